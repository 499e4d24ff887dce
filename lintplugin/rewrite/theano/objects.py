"""Objects of a program's classes: layers that carry parameters, models made of layers.

An object is followed from where it is made. Its attributes may hold shared variables; symbolic
values only its constructor may keep, which is then split by :mod:`.classes`.
"""

from __future__ import annotations

from collections.abc import Sequence

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.rewrite import Refused
from lintplugin.rewrite.theano.reading import Reader
from lintplugin.rewrite.theano.values import (
    FAILED,
    UNKNOWN,
    Bound,
    Class,
    Construction,
    Frame,
    Function,
    Items,
    Object,
    Unknown,
    Value,
    join,
    of_theano,
    symbolic,
)


class Objects(Reader):
    """Reads classes and their objects.

    :ivar classes: the classes that are followed.
    :ivar constructions: for each call of a class, what it was given.
    :ivar symbolic_inside: statements of constructors that compute with symbolic values.
    :ivar making_inside: statements of constructors that make shared variables or random streams.
    """

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self.classes: dict[nodes.ClassDef, Class] = {}
        self.constructions: dict[nodes.Call, Construction] = {}
        self.symbolic_inside: set[nodes.NodeNG] = set()
        self.making_inside: set[nodes.NodeNG] = set()
        self._constructing: list[Object] = []
        # Statements of constructors that are being read, one inside the other.
        self._inside: list[nodes.NodeNG] = []

    def execute(self, statement: nodes.NodeNG, frame: Frame) -> bool:
        if not _is_constructor(statement.parent):
            return super().execute(statement, frame)
        self._inside.append(statement)
        try:
            return super().execute(statement, frame)
        finally:
            self._inside.pop()

    def evaluated(self, value: Value) -> None:
        if self._inside and symbolic(value):
            self.symbolic_inside.update(self._inside)

    def made_variable(self) -> None:
        """Note that a shared variable or a random stream is made."""
        self.making_inside.update(self._inside)

    def _execute_classdef(self, statement: nodes.ClassDef, frame: Frame) -> None:
        inner = Frame(frame)
        self.run(statement.body, inner)
        bases = [self._base(base, frame) for base in statement.bases]
        followed = None not in bases and len(bases) < 2
        if not followed or statement.decorators is not None or statement.keywords:
            frame.values[statement.name] = UNKNOWN
            return
        members = dict(inner.values)
        for method in statement.body:
            if not isinstance(method, nodes.FunctionDef):
                continue
            if method.decorators is None:
                # Names of the class are not in sight in its methods.
                members[method.name] = Function(method, frame)
                self.defined[method] = frame
        base = next((one for one in bases if isinstance(one, Class)), None)
        found = self.classes[statement] = Class(statement, members, base)
        frame.values[statement.name] = found

    def _base(self, node: nodes.NodeNG, frame: Frame) -> Class | nodes.NodeNG | None:
        """The class that another one begins with, None when it is not followed."""
        if not isinstance(node, nodes.Name):
            return None
        value = frame.find(node.name)
        if isinstance(value, Class):
            return value
        return node if value is None and node.name == "object" else None

    def give_up_attribute(self, target: nodes.AssignAttr, frame: Frame) -> None:
        """What an attribute is was refused."""
        owner = frame.find(target.expr.name) if isinstance(target.expr, nodes.Name) else None
        if isinstance(owner, Object):
            owner.attributes[target.attrname] = FAILED

    def member(self, node: nodes.Attribute, owner: Object | Class) -> Value:
        """An attribute or method of an object."""
        name = node.attrname
        if isinstance(owner, Object) and name in owner.attributes:
            return owner.attributes[name]
        kind = owner.cls if isinstance(owner, Object) else owner
        found = kind.find(name)
        if isinstance(found, Function) and isinstance(owner, Object):
            return Bound(found, owner)
        if found is None and not name.startswith("__"):
            raise Refused(node.lineno, f"'{name}' of an object of '{kind.node.name}'")
        if isinstance(found, Unknown):
            raise Refused(node.lineno, f"'{name}' of a class is not followed")
        return UNKNOWN if found is None else found

    def set_member(
        self, statement: nodes.NodeNG, target: nodes.AssignAttr, owner: Object, value: Value
    ) -> None:
        """``self.W = value``."""
        name = target.attrname
        before = owner.attributes.get(name)
        if owner not in self._constructing:
            if symbolic(value):
                self.kept_later(statement, owner, name)
            elif before is not None and not symbolic(before):
                # A graph took the value that it had; what replaces it would take the new one.
                raise Refused(statement.lineno, f"changes the attribute '{name}' of an object")
        if self._uncertain and before is not None:
            if of_theano(value) or of_theano(before):
                raise Refused(statement.lineno, f"'{name}' is set under a condition")
            value = join(before, value)
        owner.attributes[name] = value
        owner.holds = owner.holds or of_theano(value)
        if isinstance(value, Items):
            value.owner = owner
        self.bound(name, value)

    def kept_later(self, statement: nodes.NodeNG, owner: Object, name: str) -> None:
        """A symbolic value in an attribute, set when the object is made already."""
        raise NotImplementedError

    @property
    def has_compiled(self) -> bool:
        """Whether a function was compiled by now."""
        raise NotImplementedError

    def require_own(self, node: nodes.NodeNG, owner: Items, added: Sequence[Value]) -> None:
        """A list of an object gets symbolic values only while the object is made."""
        if owner.owner is None or owner.owner in self._constructing:
            return
        if any(map(symbolic, added)):
            raise Refused(node.lineno, "keeps a symbolic value in a list of an object")
        if self.has_compiled and any(of_theano(one) or isinstance(one, Object) for one in added):
            raise Refused(node.lineno, "adds to an object of which a function is compiled")

    def call_object(self, node: nodes.Call, callee: Value, frame: Frame) -> Value | None:
        """A call of a class or a method, None for anything else."""
        if isinstance(callee, Object):
            called = callee.cls.find("__call__")
            if not isinstance(called, Function):
                return None
            callee = Bound(called, callee)
        if isinstance(callee, Bound):
            args, keywords = self.arguments(node, frame)
            return self.follow(callee.function, [callee.owner, *args], keywords, node)
        if isinstance(callee, Class):
            return self._construct(node, callee, frame)
        return None

    def _construct(self, node: nodes.Call, cls: Class, frame: Frame) -> Value:
        args, keywords = self.arguments(node, frame)
        made = Object(cls)
        constructor = cls.find("__init__")
        if constructor is None:
            if args or keywords:
                raise Refused(node.lineno, "a call that does not fit its class")
        elif not isinstance(constructor, Function) or self.is_apart(constructor.node):
            if any(map(of_theano, (*args, *keywords.values()))):
                name = self.module.source.segment(node.func)
                raise Refused(node.lineno, f"passes a symbolic value to '{name}'")
            if isinstance(constructor, Function):
                names = [one.name for one in constructor.node.args.args][1:]
                cls.given.append(dict(zip(names, args, strict=False)) | keywords)
            return UNKNOWN
        else:
            names = [one.name for one in constructor.node.args.args][1:]
            given = dict(zip(names, args, strict=False)) | keywords
            construction = Construction(
                cls, frozenset(name for name, one in given.items() if symbolic(one))
            )
            known = self.constructions.setdefault(node, construction)
            if known != construction:
                raise Refused(node.lineno, "means different things at different calls")
            self._constructing.append(made)
            try:
                self.follow(constructor, [made, *args], keywords, node)
            finally:
                self._constructing.pop()
        cls.objects.append(made)
        return made


def _is_constructor(node: nodes.NodeNG | None) -> bool:
    return (
        isinstance(node, nodes.FunctionDef)
        and node.name == "__init__"
        and isinstance(node.parent, nodes.ClassDef)
    )


def is_method(node: nodes.NodeNG) -> bool:
    """Whether a function is given the object that it is called of."""
    return (
        isinstance(node, nodes.FunctionDef)
        and isinstance(node.parent, nodes.ClassDef)
        and node.decorators is None
        and bool(node.args.args)
    )
