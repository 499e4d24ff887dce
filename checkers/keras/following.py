"""The statements of a program that builds a model, followed as Python would run them.

Functions of the file are entered, loops over what is known are run, and of a branch the side is
taken that its test chooses. What is not known is named, and matters only where a layer needs it.
"""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from astroid import nodes

from lintplugin.analysis import Module

from . import expressions, graphs
from .layer_arguments import UNKNOWN, Arguments, Size
from .values import (
    Applied,
    Function,
    Model,
    Named,
    NotConvertible,
    Text,
    Unknown,
    Value,
)

#: Longest way that is followed, in statements, and deepest calls.
_MOST_STEPS = 50_000
_DEEPEST = 30

#: Packages whose names stand for themselves.
_PACKAGES = ("keras", "tensorflow", "functools")

_ADDED = Unknown("layers are added in a branch or loop")


class _Found(Exception):
    """The functional model was made."""


class _Ended(Exception):
    """A function returned, a loop was left, or the program raised.

    :param how: the class of the statement.
    """

    def __init__(self, how: type[nodes.NodeNG], value: Value = None) -> None:
        self.how = how
        self.value = value


@dataclass
class Building:
    """What following a program brings to light.

    :param target: the call that makes the model.
    :ivar model: what it made first.
    :ivar given: the arguments of the function in which it was made.
    :ivar applied: every layer that was applied to tensors, in order.
    """

    module: Module
    target: nodes.Call
    model: Model | None = None
    given: Mapping[str, Value] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)
    shapes: dict[Applied, Value] = field(default_factory=dict)
    steps: int = 0
    depth: int = 0


class Frame:
    """What the names of a function, or of the module, hold up to a statement.

    :param outer: the names around it; None of the outermost, whose names may stand for themselves.
    """

    def __init__(
        self, building: Building, values: dict[str, Value], outer: Frame | None, inlined: bool
    ) -> None:
        self._building = building
        self._values = values
        self._outer = outer
        self.is_outermost = not inlined
        self._doubt: Unknown | None = None
        self._given = dict(values)

    # Names

    def inner(self) -> Frame:
        """Names of a comprehension."""
        return Frame(self._building, {}, self, True)

    def _holder(self, name: str) -> Frame | None:
        """The innermost frame that holds a name."""
        frame: Frame | None = self
        while frame is not None and name not in frame._values:
            frame = frame._outer
        return frame

    def lookup(self, node: nodes.Name) -> Value:
        holder = self._holder(node.name)
        return holder._values[node.name] if holder is not None else self._global(node)

    def stands(self, node: nodes.NodeNG) -> bool:
        """Whether the text of an expression means the same outside, at any time."""
        for name in node.nodes_of_class(nodes.Name):
            found = self._values.get(name.name)
            if isinstance(found, Text):
                if found.text != name.name:
                    return False
            elif name.name in self._values:
                assigned = name.scope().locals.get(name.name, ())
                if len(assigned) != 1 or isinstance(assigned[0].parent, nodes.For):
                    return False
        return self.is_outermost

    def _global(self, node: nodes.Name) -> Value:
        """What a name of the module holds, where that was not followed."""
        api = self.api(node)
        if api is not None:
            return Named(api)
        reason = f"'{node.name}' on line {node.lineno} is no tensor in sight"
        bindings = self._building.module.names.bindings(node)
        if len(bindings) == 1:
            (binding,) = bindings
            if isinstance(binding.node, nodes.FunctionDef):
                return Function(binding.node, Frame(self._building, {}, None, True))
            if isinstance(binding.node, nodes.ClassDef):
                return Unknown(f"'{node.name}' on line {node.lineno} is a class of the file")
            is_global = isinstance(binding.node.scope(), nodes.Module)
            if binding.value is not None and binding.item is None and is_global:
                found = expressions.value(Frame(self._building, {}, None, True), binding.value)
                if expressions.is_known(found):
                    return found
        return Text(node.name, reason)

    def api(self, node: nodes.NodeNG) -> str | None:
        """The name of an object of a package that is no value of the program."""
        root = node
        while isinstance(root, nodes.Attribute):
            root = root.expr
        if isinstance(root, nodes.Name) and self._holder(root.name) is not None:
            return None
        names = self._building.module.names
        api = names.api(node)
        if api is None and isinstance(root, nodes.Name):
            bindings = names.bindings(root)
            if len(bindings) == 1 and bindings[0].api is not None:
                api = bindings[0].api + node.as_string().removeprefix(root.name)
        known = api is not None and "(" not in api and api.partition(".")[0] in _PACKAGES
        return api if known else None

    def is_builtin(self, node: nodes.Name) -> bool:
        is_free = self._holder(node.name) is None and not self._building.module.names.bindings(node)
        return is_free and hasattr(builtins, node.name)

    def stored(self, node: nodes.Attribute) -> Value:
        """What was assigned to an attribute of ``self``."""
        text = node.as_string()
        holder = self._holder(text)
        return holder._values[text] if holder is not None else None

    def method_owner(self, callee: nodes.Attribute) -> Value:
        """The object whose method is called; the method itself, where a class here has it."""
        if isinstance(callee.expr, nodes.Name) and callee.expr.name == "self":
            owner = callee.frame().parent
            if isinstance(owner, nodes.ClassDef):
                for one in owner.body:
                    if isinstance(one, nodes.FunctionDef) and one.name == callee.attrname:
                        outer = Frame(self._building, self._attributes(), None, True)
                        return Function(one, outer, [Text("self")])
        return expressions.value(self, callee.expr)

    def _attributes(self) -> dict[str, Value]:
        return {name: one for name, one in self._values.items() if name.startswith("self.")}

    # Models

    def apply(self, layer: Arguments, inputs: Sequence[Applied]) -> Applied:
        made = Applied(layer, list(inputs))
        self._building.applied.append(made)
        return made

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """Follow something of which no layer is one of the program's."""
        count = len(self._building.applied)
        yield
        del self._building.applied[count:]

    def copy(self, model: Model, tensors: Sequence[Applied]) -> Value:
        """What a model gives for some tensors: its layers once more."""
        try:
            made = graphs.copied(self._building.applied, model, tensors)
        except NotConvertible as error:
            return Unknown(str(error))
        return made

    def made(self, call: nodes.Call, model: Model) -> Model:
        if call is self._building.target and self._building.model is None:
            self._building.model = model
            self._building.given = self._given
            if model.layers is None:
                raise _Found
        return model

    def shape(self, tensor: Applied) -> Value:
        """The sizes of a tensor, None for what is not known, as Keras gives them."""
        found = self._building.shapes
        for one in self._building.applied:
            if one not in found:
                found[one] = graphs.shape(one, found)
            if one is tensor:
                break
        sizes = found.get(tensor, Unknown("a tensor of which no shape is known"))
        if isinstance(sizes, Unknown):
            return sizes
        return (None, *(_plain(size) for size in sizes))

    # Statements

    def follow(self, statements: Iterable[nodes.NodeNG]) -> None:
        for statement in statements:
            self._building.steps += 1
            if self._building.steps > _MOST_STEPS:
                raise NotConvertible("the program is too long to be followed")
            self._statement(statement)

    def _statement(self, node: nodes.NodeNG) -> None:
        if isinstance(node, nodes.Expr):
            expressions.value(self, node.value)
        elif isinstance(node, nodes.Assign):
            found = expressions.value(self, node.value)
            for target in node.targets:
                self.assign(target, found)
        elif isinstance(node, nodes.AnnAssign) and node.value is not None:
            self.assign(node.target, expressions.value(self, node.value))
        elif isinstance(node, nodes.AugAssign):
            left = self._held(node.target)
            right = expressions.value(self, node.value)
            found = expressions.combined(self, node, node.op[:-1], left, right)
            self.assign(node.target, found)
        elif isinstance(node, (nodes.FunctionDef, nodes.AsyncFunctionDef)):
            if node.decorators is None:
                self._values[node.name] = Function(node, self)
        elif isinstance(node, nodes.With):
            for _, target in node.items:
                if target is not None:
                    self.assign(target, Unknown(f"line {node.lineno} binds no tensor"))
            self.follow(node.body)
        elif isinstance(node, nodes.If):
            self._branch(node)
        elif isinstance(node, nodes.For):
            self._loop(node)
        elif isinstance(node, nodes.Return):
            found = expressions.value(self, node.value) if node.value is not None else None
            raise _Ended(nodes.Return, found)
        elif isinstance(node, (nodes.Break, nodes.Continue, nodes.Raise)):
            raise _Ended(type(node), Unknown(f"line {node.lineno} raises"))
        elif isinstance(node, (nodes.While, nodes.Try)):
            self._leave(node, node.body)

    def _held(self, target: nodes.NodeNG) -> Value:
        """What a name or attribute holds that is assigned anew."""
        text = target.as_string()
        holder = self._holder(text)
        reason = f"line {target.lineno} assigns '{text}' not as a layer's output"
        return holder._values[text] if holder is not None else Unknown(reason)

    def assign(self, target: nodes.NodeNG, found: Value) -> None:
        """Let a name, or several, hold a value."""
        if isinstance(target, nodes.AssignName):
            if isinstance(found, Applied):
                found.variable = found.variable or target.name
            if isinstance(found, (Text, Unknown)):
                found = self._unknown(target, found)
            self._values[target.name] = found
        elif isinstance(target, nodes.AssignAttr):
            self._values[target.as_string()] = found
        elif isinstance(target, (nodes.Tuple, nodes.List)):
            items: Sequence[Value] = found if type(found) in (tuple, list) else ()
            is_whole = len(items) == len(target.elts)
            for index, one in enumerate(target.elts):
                reason = f"line {one.lineno} assigns '{one.as_string()}' not as a layer's output"
                self.assign(one, items[index] if is_whole else Unknown(reason))

    def _unknown(self, target: nodes.AssignName, found: Text | Unknown) -> Value:
        """A name of what is not known, which stands for itself where it is assigned once."""
        if not self.is_outermost or isinstance(target.parent, nodes.For):
            return found
        scope = target.scope()
        assigned = scope.locals.get(target.name, ())
        return Text(target.name, found.reason) if len(assigned) == 1 else Unknown(found.reason)

    def _branch(self, node: nodes.If) -> None:
        test = expressions.value(self, node.test)
        if expressions.is_settled(test):
            self.follow(node.body if test else node.orelse)
            return
        for body in (node.body, node.orelse):
            if body and self._leads(body):
                self.follow(body)
                return
        if not isinstance(node.body[-1], nodes.Raise) or node.orelse:
            self._leave(node, ())

    def _loop(self, node: nodes.For) -> None:
        items = expressions.value(self, node.iter)
        if isinstance(items, dict):
            items = list(items)
        if type(items) not in (tuple, list):
            self._leave(node, node.body)
            return
        for item in list(items):
            self.assign(node.target, item)
            try:
                self.follow(node.body)
            except _Ended as ended:
                if ended.how is nodes.Break:
                    return
                if ended.how is not nodes.Continue:
                    raise
        self.follow(node.orelse)

    def _leads(self, statements: Sequence[nodes.NodeNG]) -> bool:
        """Whether the model that is looked for is made in some statements."""
        target: nodes.NodeNG | None = self._building.target
        while target is not None:
            if target in statements:
                return True
            target = target.parent
        return False

    def _leave(self, node: nodes.NodeNG, body: Sequence[nodes.NodeNG]) -> None:
        """Pass over statements of which it is not known whether or how often they run."""
        if body and self._leads(body):
            self.follow(body)
            return
        for bound in node.nodes_of_class((nodes.AssignName, nodes.AssignAttr)):
            text = bound.as_string()
            reason = f"line {bound.lineno} assigns '{text}' in a branch or loop"
            self._values[text] = Unknown(reason)
        for call in node.nodes_of_class(nodes.Call):
            callee = call.func
            holder = (
                self._holder(callee.expr.as_string())
                if isinstance(callee, nodes.Attribute)
                else None
            )
            if holder is None:
                continue
            owner = callee.expr.as_string()
            held = holder._values[owner]
            if isinstance(held, Model) and held.layers is not None and callee.attrname == "add":
                held.layers.append((_ADDED, call.lineno))
            elif isinstance(held, (list, dict)):
                holder._values[owner] = Unknown(f"line {call.lineno} changes '{owner}' in a branch")
        for one in node.nodes_of_class(nodes.Return):
            if one.frame() is node.frame():
                self._doubt = Unknown(f"line {one.lineno} returns in a branch or loop")

    # Functions

    def enter(
        self,
        function: Function,
        call: nodes.NodeNG,
        args: Sequence[Value],
        keywords: Mapping[str, Value],
    ) -> Value:
        """What a function of the file returns."""
        node = function.node
        given = _bound(node, [*function.bound, *args], keywords)
        if given is None or self._building.depth >= _DEEPEST:
            return Unknown(f"the call on line {call.lineno} cannot be followed")
        if isinstance(node, nodes.FunctionDef) and (node.decorators or _is_generator(node)):
            return Unknown(f"the function on line {node.lineno} cannot be followed")
        for name, default in _defaults(node):
            if name not in given:
                given[name] = expressions.value(function.frame, default)
        for name in given:
            if isinstance(given[name], Text):
                given[name] = given[name]._replace(reason=f"'{name}' is no tensor in sight")
        frame = Frame(self._building, given, function.frame, True)
        self._building.depth += 1
        try:
            if isinstance(node, nodes.Lambda):
                return expressions.value(frame, node.body)
            frame.follow(node.body)
        except _Ended as ended:
            return frame._doubt or ended.value
        finally:
            self._building.depth -= 1
        return frame._doubt


def _plain(size: Size) -> Value:
    """A size as Keras gives it."""
    if size is UNKNOWN:
        return None
    return size.value if size.value is not None else Text(size.text)


def _is_generator(node: nodes.FunctionDef) -> bool:
    return any(one.frame() is node for one in node.nodes_of_class((nodes.Yield, nodes.YieldFrom)))


def _bound(
    node: nodes.FunctionDef | nodes.Lambda, args: Sequence[Value], keywords: Mapping[str, Value]
) -> dict[str, Value] | None:
    """Arguments by the names of the parameters; None where they do not fit."""
    accepted = node.args
    positional = [one.name for one in (*accepted.posonlyargs, *(accepted.args or ()))]
    named = {*positional, *(one.name for one in accepted.kwonlyargs)}
    found: dict[str, Value] = dict(zip(positional, args, strict=False))
    if len(args) > len(positional):
        if accepted.vararg is None:
            return None
        found[accepted.vararg] = tuple(args[len(positional) :])
    elif accepted.vararg is not None:
        found[accepted.vararg] = ()
    more = {name: one for name, one in keywords.items() if name not in named}
    if more and accepted.kwarg is None:
        return None
    found.update((name, one) for name, one in keywords.items() if name in named)
    if accepted.kwarg is not None:
        found[accepted.kwarg] = more
    defaults = {name for name, _ in _defaults(node)}
    return found if named <= {*found, *defaults} else None


def _defaults(
    node: nodes.FunctionDef | nodes.Lambda,
) -> Iterator[tuple[str, nodes.NodeNG]]:
    """The parameters that have a default."""
    accepted = node.args
    positional = [*accepted.posonlyargs, *(accepted.args or ())]
    defaults = accepted.defaults or []
    for parameter, default in zip(
        positional[len(positional) - len(defaults) :], defaults, strict=True
    ):
        yield parameter.name, default
    for parameter, default in zip(accepted.kwonlyargs, accepted.kw_defaults, strict=True):
        if default is not None:
            yield parameter.name, default


def model(module: Module, call: nodes.Call) -> tuple[Model, Building]:
    """The model that a call makes.

    The program is followed from the module, where the function around the call is called there
    once, and from the function with its defaults otherwise.

    :raises NotConvertible: when it is not made.
    """
    reason = "its layers are not in sight"
    for start in _starts(module, call):
        building = Building(module, call)
        values: dict[str, Value] = {}
        if isinstance(start, nodes.FunctionDef):
            outer = Frame(building, {}, None, True)
            for name, default in _defaults(start):
                values[name] = expressions.value(outer, default)
        frame = Frame(building, values, None, False)
        try:
            frame.follow(start.body)
        except _Ended as ended:
            if isinstance(ended.value, Unknown):
                reason = ended.value.reason
        except _Found:
            pass
        if building.model is not None:
            return building.model, building
    raise NotConvertible(reason)


def _starts(module: Module, call: nodes.Call) -> Iterator[nodes.Module | nodes.FunctionDef]:
    """Where to begin: the module or function that calls what is around the call, then that."""
    around = call.frame()
    if isinstance(around, nodes.Lambda):
        raise NotConvertible("it is made in a lambda")
    if isinstance(around, nodes.FunctionDef):
        uses = module.names.uses(around.name)
        if len(uses) == 1 and isinstance(uses[0].parent, nodes.Call):
            outer = uses[0].frame()
            if outer is not around and not isinstance(outer, nodes.ClassDef):
                yield outer
    yield around
