"""What an expression denotes: a dotted name, found by scopes and imports, never by inference.

Nothing is imported and no framework needs to be installed. The answer for
``tf.train.AdamOptimizer`` after ``import tensorflow as tf`` is
``tensorflow.train.AdamOptimizer``; what a call returns is written with ``()``, so that ``sess``
after ``sess = tf.Session()`` denotes ``tensorflow.Session()`` and ``sess.run`` denotes
``tensorflow.Session().run``; the second item of ``a, b = theano.scan(…)`` denotes
``theano.scan()[1]``.

A name that may denote two things denotes nothing: we would rather miss a place than flag code
that has already been migrated behind a guarded import.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import os
import re
from collections import defaultdict
from collections.abc import (
    Callable,
    Collection,
    Container,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeVar

from astroid import nodes

_T = TypeVar("_T")

_COMPREHENSIONS = (nodes.ListComp, nodes.SetComp, nodes.DictComp, nodes.GeneratorExp)
_RUN_LATER = frozenset(
    {nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.Lambda, nodes.GeneratorExp}
)

# Longest chain of assignments that is followed; a guard against cycles such as ``a = b; b = a``.
_MAX_HOPS = 12

_Position = tuple[int, int]

# Of a parameter, which is bound before anything in its function.
_NOWHERE: _Position = (0, 0)


class Exports(Protocol):
    """Looks up names in other modules of the linted project."""

    def locate(self, module: str, level: int) -> str | None:
        """Path of a project module named by an import, None when it is not in the project."""

    def export(self, path: str, name: str) -> str | None:
        """What a name denotes at the top level of a project module."""

    def calls(self, name: str) -> Sequence[Passed | None]:
        """What other modules pass to a function of this one; None for a use that is no call."""


class Denotation(NamedTuple):
    """What an expression denotes.

    :param api: dotted name.
    :param direct: False when an assignment, attribute or star import was followed on the way.
    """

    api: str
    direct: bool = True

    def then(self, suffix: str) -> Denotation:
        return Denotation(self.api + suffix, self.direct)


class Passed(NamedTuple):
    """What a call in another module passes: dotted names, None for what denotes none.

    :param is_open: whether stars hide what is passed for which parameter.
    """

    args: tuple[str | None, ...]
    keywords: Mapping[str, str | None]
    is_open: bool


@dataclass(slots=True)
class Binding:
    """One place where a scope gives a name a meaning.

    :param node: the statement, or the ``AssignName`` inside it.
    :param position: where the binding takes effect: the end of a simple statement, since
        ``x = f(x)`` reads the old ``x``.
    :param value: the expression bound, None when it is not one (parameter, loop variable …).
    :param item: index into the value when a tuple is unpacked.
    :param api: dotted name bound by an import.
    :param inner: whether an inner function binds the name, under ``global`` or ``nonlocal``: at a
        time that the text does not tell.
    """

    name: str
    node: nodes.NodeNG
    position: _Position
    value: nodes.NodeNG | None = None
    item: int | None = None
    api: str | None = None
    inner: bool = False
    home: nodes.NodeNG | None = field(default=None, init=False, repr=False, compare=False)
    _around: list[tuple[nodes.NodeNG, str | None]] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    @property
    def around(self) -> list[tuple[nodes.NodeNG, str | None]]:
        """Compound statements around the binding, as :func:`_blocks` gives them."""
        if self._around is None:
            self._around = _blocks(self.node, self.home)
        return self._around


@dataclass(slots=True, eq=False)
class Scope:
    """A namespace: module, class, function, lambda or comprehension."""

    node: nodes.NodeNG
    parent: Scope | None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    declared: dict[str, Scope] = field(default_factory=dict)

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, nodes.ClassDef)

    def module_scope(self) -> Scope:
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope


@dataclass(slots=True)
class Import:
    """One name that an import statement mentions.

    :param api: dotted name imported.
    :param name: name bound in the scope; ``*`` for a star import.
    """

    node: nodes.Import | nodes.ImportFrom
    api: str
    name: str

    @property
    def is_guarded(self) -> bool:
        """Whether a condition or a handler gives the program a way out when the import fails."""
        return any(isinstance(one, (nodes.If, nodes.Try)) for one in self.node.node_ancestors())


class _Flow(NamedTuple):
    """How names of a module may get their meaning, whatever their scopes.

    :param imported: names bound by imports of frameworks or of the project.
    :param objects: names bound only to what calls return.
    :param dependents: by name, those that may be assigned from it; attributes with a dot before.
    :param functions: those that are called by their name or their class's.
    """

    imported: set[str]
    objects: set[str]
    dependents: Mapping[str, set[str]]
    functions: Sequence[nodes.FunctionDef]


@dataclass(slots=True)
class Reference:
    """A use of a framework name.

    :param node: the ``Name`` or ``Attribute`` chain up to the next call or the end.
    :param call: the call whose callee is ``node``, None when the name is passed as a value.
    :param receiver: the object whose method is called, where a function of it is meant.
    """

    node: nodes.Name | nodes.Attribute
    denotation: Denotation
    call: nodes.Call | None
    receiver: nodes.NodeNG | None = None

    @property
    def api(self) -> str:
        return self.denotation.api

    @property
    def confidence(self) -> str:
        return "HIGH" if self.denotation.direct else "INFERENCE"

    def part(self, api: str) -> nodes.NodeNG | None:
        """The node of a shorter name in this one, None when an import stands for more of it."""
        if not f"{self.api}.".startswith(f"{api}."):
            return None  # What is called or indexed has no node.
        node = self.node
        for _ in range(self.api.count(".") - api.count(".")):
            if not isinstance(node, nodes.Attribute):
                return None
            node = node.expr
        return node


def parts(api: str) -> Iterator[str]:
    """A dotted name and the shorter names in it, longest first."""
    while api:
        yield api
        api = api.rpartition(".")[0]


class Names:
    """Scopes, imports and references of one module.

    :param roots: top-level packages whose names are followed.
    :param known: whether a dotted name exists; decides what a star import provides.
    :param exports: other modules of the project, None to follow nothing out of this one.
    :param methods: those that tell that it matters what their object is. Where none is named, the
        callers of this module's functions are not looked for in others.
    :param ended: packages that are references behind a test of their version, too: no later release
        of them does without a name.
    """

    def __init__(
        self,
        module: nodes.Module,
        roots: Iterable[str],
        known: Callable[[str], bool] = lambda api: False,
        exports: Exports | None = None,
        methods: Collection[str] = (),
        ended: Collection[str] = (),
    ) -> None:
        self.module = module
        self.imports: list[Import] = []
        #: Nodes by class name, in no order: all but constants and names that are read.
        self.by_type: dict[str, list[nodes.NodeNG]] = defaultdict(list)
        self._roots = frozenset(roots)
        self._known = known
        self._exports = exports
        self._methods = methods
        self._ended = ended
        self._scopes: dict[nodes.NodeNG, Scope] = {}
        self._names: dict[str, list[nodes.Name]] = defaultdict(list)
        self._constants: list[nodes.Const] = []
        self._scope_of_name: dict[nodes.Name, Scope] = {}
        self._attributes: dict[nodes.ClassDef, dict[str, list[nodes.NodeNG]]] = {}
        self._stars: list[tuple[_Position, str]] = []
        self._guards: dict[nodes.NodeNG, bool] = {}
        self._plain: dict[str, tuple[_Position, Denotation]] = {}
        self._guarded: dict[nodes.NodeNG, bool] = {}
        self._cache: dict[nodes.NodeNG, Denotation | None] = {}
        self._bindings: dict[nodes.Name, list[Binding]] = {}
        self._kept: dict[Callable[[Names], Any], Any] = {}
        self._depth = 0
        self.scope = Scope(module, None)
        self._collect()

    # Collecting

    def _collect(self) -> None:
        by_type = self.by_type
        names = self._names
        constants = self._constants
        scope_of_name = self._scope_of_name
        self._scopes[self.module] = self.scope
        binders = {
            nodes.AssignName: self._bind_name,
            nodes.DelName: self._bind_name,
            nodes.AssignAttr: self._bind_attribute,
            nodes.Import: self._bind_import,
            nodes.ImportFrom: self._bind_import_from,
            nodes.Global: self._declare,
            nodes.Nonlocal: self._declare,
        }
        const, read, attribute = nodes.Const, nodes.Name, nodes.Attribute
        attributes = by_type["Attribute"]
        # The hottest loop of the linter: one step for each node of the file. Nodes wait in a list
        # for each scope, inner scopes after the one around them.
        waiting: list[tuple[Scope, list[nodes.NodeNG]]] = [(self.scope, [self.module])]
        for scope, stack in waiting:
            while stack:
                node = stack.pop()
                kind = node.__class__
                while kind is attribute:
                    attributes.append(node)
                    node = node.expr
                    kind = node.__class__
                if kind is const:
                    constants.append(node)
                    continue
                if kind is read:
                    names[node.name].append(node)
                    scope_of_name[node] = scope
                    continue
                by_type[kind.__name__].append(node)
                if kind in binders:
                    binders[kind](node, scope)
                if kind not in _SPECIAL:
                    for name in kind._astroid_fields:
                        value = getattr(node, name)
                        if value.__class__ is list:
                            stack += value
                        elif value is not None:
                            stack.append(value)
                elif kind in _SCOPED:
                    for place, children in self._enter(node, scope):
                        if place is scope:
                            stack += children
                        else:
                            waiting.append((place, children))
                else:
                    stack += node.get_children()
        for scope in self._scopes.values():
            for bindings in scope.bindings.values():
                if len(bindings) > 1:
                    bindings.sort(key=lambda binding: binding.position)
        self.imports.sort(key=lambda imported: _start(imported.node))
        self._stars.sort()
        self._plain = dict(self._plain_imports())

    def _plain_imports(self) -> Iterator[tuple[str, tuple[_Position, Denotation]]]:
        """Names that the module binds once, by an import, and no other scope does: most uses.

        Each with the position from which on it denotes what is imported.
        """
        for name, bindings in self.scope.bindings.items():
            binding = bindings[0]
            if len(bindings) == 1 and binding.api is not None and not binding.inner:
                denoted = self._resolve_binding(binding)
                scopes = self._scopes.values()
                if denoted and sum(name in scope.bindings for scope in scopes) == 1:
                    yield name, (binding.position, denoted)

    def _enter(
        self, node: nodes.NodeNG, scope: Scope
    ) -> Iterator[tuple[Scope, list[nodes.NodeNG]]]:
        """Children of a node that opens a scope, each with the scope it is evaluated in."""
        if isinstance(node, _COMPREHENSIONS):
            first, *others = node.generators
            inside = [first.target, *first.ifs]
            for generator in others:
                inside += [generator.target, generator.iter, *generator.ifs]
            inside += (node.key, node.value) if isinstance(node, nodes.DictComp) else (node.elt,)
            yield scope, [first.iter]
            yield self._open(node, scope), inside
            return
        if isinstance(node, (nodes.ClassDef, nodes.FunctionDef, nodes.TypeAlias)):
            name = node.name
            self._bind(scope, Binding(getattr(name, "name", name), node, _start(node)))
        around = scope
        type_parameters = getattr(node, "type_params", None)
        if type_parameters:
            around = self._open(type_parameters[0], scope)
            for parameter in type_parameters:
                name, *bounds = parameter.get_children()
                self._bind(around, Binding(name.name, name, _NOWHERE))
                yield around, bounds
        if isinstance(node, nodes.TypeAlias):
            yield around, [node.value]
            return
        inner = self._open(node, around)
        decorators = getattr(node, "decorators", None)
        if decorators is not None:
            yield scope, [decorators]
        if isinstance(node, nodes.ClassDef):
            self._attributes[node] = defaultdict(list)
            yield around, [*node.bases, *node.keywords]
            yield inner, list(node.body)
            return
        arguments = node.args
        for argument in _parameters(arguments):
            self._bind(inner, Binding(argument.name, argument, _NOWHERE))
        defaults = [*(arguments.defaults or ()), *arguments.kw_defaults]
        yield scope, [default for default in defaults if default is not None]
        annotations = [
            child
            for child in arguments.get_children()
            if not isinstance(child, nodes.AssignName) and child not in defaults
        ]
        returns = getattr(node, "returns", None)
        yield around, annotations if returns is None else [*annotations, returns]
        yield inner, list(node.body) if isinstance(node.body, list) else [node.body]

    def _open(self, node: nodes.NodeNG, parent: Scope) -> Scope:
        scope = self._scopes[node] = Scope(node, parent)
        return scope

    def _bind(self, scope: Scope, binding: Binding) -> None:
        owner = scope.declared.get(binding.name, scope)
        binding.inner = owner is not scope
        binding.home = owner.node
        owner.bindings.setdefault(binding.name, []).append(binding)

    def _bind_name(self, node: nodes.AssignName, scope: Scope) -> None:
        if node.parent.__class__ is nodes.Assign:  # Most are, and need no more.
            self._bind(scope, Binding(node.name, node, _end(node.parent), node.parent.value))
            return
        value, item = _assigned(node)
        if value is None and isinstance(node.parent, nodes.AnnAssign):
            return  # An annotation alone binds nothing.
        if isinstance(node.parent, nodes.NamedExpr):
            while isinstance(scope.node, _COMPREHENSIONS) and scope.parent is not None:
                scope = scope.parent
        statement = node.statement()
        position = _end(node)
        if isinstance(node.parent, nodes.ExceptHandler):
            position = _start(node.parent)
        elif not isinstance(node.parent, nodes.NamedExpr):
            if isinstance(statement, (nodes.Assign, nodes.AnnAssign, nodes.AugAssign)):
                position = _end(statement)
            elif isinstance(statement, nodes.For):
                position = _end(statement.iter)
        self._bind(scope, Binding(node.name, node, position, value, item))

    def _bind_attribute(self, node: nodes.AssignAttr, scope: Scope) -> None:
        owner = self._class_of_self(node.expr, scope)
        if owner is not None:
            value, item = _assigned(node)
            self._attributes[owner][node.attrname].append(value if item is None else node)

    def _bind_import(self, node: nodes.Import, scope: Scope) -> None:
        for module, alias in node.names:
            name = alias or module.partition(".")[0]
            api = module if alias else name
            if api.partition(".")[0] not in self._roots:
                api = self._local(module if alias else name, 0) or api
            self.imports.append(Import(node, module, name))
            self._bind(scope, Binding(name, node, _end(node), api=api))

    def _bind_import_from(self, node: nodes.ImportFrom, scope: Scope) -> None:
        level = node.level or 0
        in_root = not level and node.modname.partition(".")[0] in self._roots
        path = None if in_root else self._locate(node.modname, level)
        for name, alias in node.names:
            api = f"{node.modname}.{name}" if node.modname else name
            if name == "*":
                if in_root:
                    self._stars.append((_start(node), node.modname))
                    self.imports.append(Import(node, node.modname, "*"))
                elif path is not None:
                    self._stars.append((_start(node), path))
                continue
            if level or path is not None:
                resolved = self._export(path, name)
                if resolved is None and self._exports is not None:
                    submodule = f"{node.modname}.{name}" if node.modname else name
                    located = self._locate(submodule, level)
                    resolved = _PROJECT + located if located else None
                api = resolved or ("." * level + api)
            self.imports.append(Import(node, api, alias or name))
            self._bind(scope, Binding(alias or name, node, _end(node), api=api))

    def _declare(self, node: nodes.Global | nodes.Nonlocal, scope: Scope) -> None:
        for name in node.names:
            owner = scope.module_scope()
            if isinstance(node, nodes.Nonlocal):
                candidate = scope.parent
                while candidate is not None and (
                    candidate.is_class or name not in candidate.bindings
                ):
                    candidate = candidate.parent
                owner = candidate or owner
            if owner is scope:
                continue
            scope.declared[name] = owner
            # Bindings of this scope that were met before the declaration belong there too.
            for binding in scope.bindings.pop(name, []):
                self._bind(scope, binding)

    # Project modules

    def _locate(self, module: str, level: int) -> str | None:
        return self._exports.locate(module, level) if self._exports is not None else None

    def _local(self, module: str, level: int) -> str | None:
        path = self._locate(module, level)
        return _PROJECT + path if path else None

    def _export(self, path: str | None, name: str) -> str | None:
        if path is None or self._exports is None:
            return None
        return self._exports.export(path, name)

    def calls(self) -> dict[tuple[str, str], list[Passed | None]]:
        """What is passed to functions and classes of other project modules.

        By path and name. None stands for a use that is no call, and the name ``*`` for all.
        """
        found: dict[tuple[str, str], list[Passed | None]] = defaultdict(list)
        for node in self.by_type["ImportFrom"]:
            level = node.level or 0
            path = self._locate(node.modname, level)
            for name, alias in node.names:
                whole = f"{node.modname}.{name}" if node.modname else name
                module = self._locate(whole, level) if name != "*" else None
                if module is not None:
                    for key, use in self._attributes_used(node, alias or name, module, ()):
                        found[key].append(self._passed(use))
                elif path is not None:
                    passed_on = name == "*" or os.path.basename(self.module.file) == "__init__.py"
                    if passed_on:
                        found[path, name].append(None)
                    for use in self._uses_of(node, alias or name):
                        found[path, name].append(self._passed(use))
        for node in self.by_type["Import"]:
            for name, alias in node.names:
                module = self._locate(name, 0)
                first, *rest = name.split(".")
                if module is not None:
                    path_to_it = () if alias else rest
                    for key, use in self._attributes_used(node, alias or first, module, path_to_it):
                        found[key].append(self._passed(use))
        return dict(found)

    def _uses_of(self, node: nodes.NodeNG, name: str) -> Iterator[nodes.Name]:
        """The reads of a name that a statement may bind."""
        for use in self._names.get(name, ()):
            if any(binding.node is node for binding in self.bindings(use)):
                yield use

    def _attributes_used(
        self, node: nodes.NodeNG, name: str, module: str, rest: Sequence[str]
    ) -> Iterator[tuple[tuple[str, str], nodes.NodeNG]]:
        """Uses of what is in a project module, with its path and their names.

        :param rest: names that follow, as ``b`` in ``a.b.f`` after ``import a.b``.
        """
        for use in self._uses_of(node, name):
            found: nodes.NodeNG = use
            names: list[str] = []
            while len(names) <= len(rest) and isinstance(found.parent, nodes.Attribute):
                found = found.parent
                names.append(found.attrname)
            if len(names) == len(rest) + 1 and names[:-1] == list(rest):
                yield (module, names[-1]), found
            else:
                yield (module, "*"), found  # The module itself is given away.

    def _passed(self, node: nodes.NodeNG) -> Passed | None:
        call = node.parent
        if not (isinstance(call, nodes.Call) and call.func is node):
            return None
        return Passed(
            tuple(self._framework_name(value) for value in call.args),
            {one.arg: self._framework_name(one.value) for one in call.keywords if one.arg},
            any(isinstance(value, nodes.Starred) for value in call.args)
            or any(one.arg is None for one in call.keywords),
        )

    def _framework_name(self, node: nodes.NodeNG) -> str | None:
        api = self.api(node)
        return None if api is None or api.startswith(_PROJECT) else api

    def is_foreign(self, api: str) -> bool:
        """Whether what an import names is neither of a framework nor of the project."""
        package = api.partition(".")[0]
        return not (
            not package  # A relative import.
            or package in self._roots
            or package.startswith(_PROJECT)
            or self._locate(package, 0)
        )

    # Resolving

    def elsewhere(self, callee: nodes.NodeNG) -> tuple[str, str] | None:
        """Path and name of what another module of the project defines, where this one names it."""
        if isinstance(callee, nodes.Attribute):
            owner = self.api(callee.expr) or ""
            is_module = owner.startswith(_PROJECT)
            return (owner.removeprefix(_PROJECT), callee.attrname) if is_module else None
        bindings = self.bindings(callee) if isinstance(callee, nodes.Name) else []
        node = bindings[0].node if len(bindings) == 1 else None
        if not isinstance(node, nodes.ImportFrom):
            return None
        path = self._locate(node.modname, node.level or 0)
        name = next((one for one, alias in node.names if (alias or one) == callee.name), None)
        return (path, name) if path and name else None

    def scope_of(self, node: nodes.NodeNG) -> Scope:
        """The scope in which a node is evaluated, its own when it opens one."""
        current: nodes.NodeNG | None = node
        while current is not None:
            scope = self._scopes.get(current)
            if scope is not None:
                return scope
            current = current.parent
        return self.scope

    def resolve(self, node: nodes.NodeNG) -> Denotation | None:
        """What an expression denotes, None when that is unknown or not one thing."""
        if node in self._cache:
            return self._cache[node]
        if self._depth >= _MAX_HOPS * 4:
            return None
        self._cache[node] = None  # A cycle denotes nothing.
        self._depth += 1
        try:
            result = self._resolve(node)
        finally:
            self._depth -= 1
        self._cache[node] = result
        return result

    def api(self, node: nodes.NodeNG) -> str | None:
        """The dotted name that an expression denotes."""
        denotation = self.resolve(node)
        return denotation.api if denotation is not None else None

    def _resolve(self, node: nodes.NodeNG) -> Denotation | None:
        if isinstance(node, nodes.Name):
            return self._resolve_name(node)
        if isinstance(node, nodes.Attribute):
            return self._resolve_attribute(node)
        if isinstance(node, nodes.Call):
            callee = self.resolve(node.func)
            return callee.then("()") if callee is not None else None
        if isinstance(node, nodes.Subscript):
            if isinstance(node.slice, nodes.Const) and isinstance(node.slice.value, int):
                whole = self.resolve(node.value)
                return whole.then(f"[{node.slice.value}]") if whole is not None else None
            return None
        if isinstance(node, nodes.NamedExpr):
            return self.resolve(node.value)
        if isinstance(node, nodes.IfExp):
            return _agreed([self.resolve(node.body), self.resolve(node.orelse)])
        return None

    def _evaluation_scope(self, node: nodes.NodeNG) -> Scope:
        return self._scope_of_name.get(node) or self.scope_of(node)

    def _resolve_attribute(self, node: nodes.Attribute) -> Denotation | None:
        base = self.resolve(node.expr)
        if base is not None:
            if base.api.startswith(_PROJECT):
                api = self._export(base.api.removeprefix(_PROJECT), node.attrname)
                return Denotation(api, False) if api else None
            return base.then(f".{node.attrname}")
        if isinstance(node.expr, nodes.Name):
            owner = self._class_of_self(node.expr, self._evaluation_scope(node.expr))
            values = self._attributes.get(owner, {}).get(node.attrname) if owner else None
            if values:
                found = _agreed(
                    [
                        self._resolve_target(value)
                        if isinstance(value, nodes.AssignAttr)
                        else self.resolve(value)
                        if value is not None
                        else None
                        for value in values
                        if not _is_none(value)
                    ]
                )
                return Denotation(found.api, False) if found else None
        return None

    def _resolve_target(self, node: nodes.AssignAttr) -> Denotation | None:
        value, item = _assigned(node)
        whole = self.resolve(value) if value is not None else None
        return whole.then(f"[{item}]") if whole is not None and item is not None else whole

    def _resolve_name(self, node: nodes.Name) -> Denotation | None:
        plain = self._plain.get(node.name)
        if plain is not None and plain[0] <= _start(node):
            return plain[1]
        bindings = self.bindings(node)
        if not bindings:
            return self._resolve_star(node.name)
        if len(bindings) == 1:
            return self._resolve_binding(bindings[0])
        return _agreed(
            [self._resolve_binding(binding) for binding in bindings if not _is_none(binding.value)]
        )

    def bindings(self, node: nodes.Name) -> list[Binding]:
        """The bindings that may give a name its meaning at this use."""
        if node not in self._bindings:
            self._bindings[node] = self._find_bindings(node)
        return self._bindings[node]

    def _find_bindings(self, node: nodes.Name) -> list[Binding]:
        innermost = self._evaluation_scope(node)
        current: Scope | None = innermost
        place: nodes.NodeNG = node
        runs_later = in_class = False
        seen: list[Binding] = []
        while current is not None:
            # What a class may bind is looked up in the module next, not in functions around it.
            is_seen = current.parent is None if in_class else not current.is_class
            if current is innermost or is_seen:
                owner = current.declared.get(node.name, current)
                bindings = owner.bindings.get(node.name)
                if bindings:
                    if owner is not current:
                        return [*bindings, *seen]
                    reaching, is_bound = _reaching(bindings, place, current.node, runs_later)
                    seen = [*reaching, *seen]
                    if is_bound or not current.is_class:
                        return seen
                    in_class = True
            place = current.node
            runs_later = runs_later or place.__class__ in _RUN_LATER
            current = current.parent
        return seen

    def everywhere(self, name: str) -> list[Binding]:
        """The bindings of a name in all scopes."""
        return self._everywhere.get(name, [])

    @functools.cached_property
    def _everywhere(self) -> Mapping[str, list[Binding]]:
        found: dict[str, list[Binding]] = {}
        for scope in self._scopes.values():
            for name, bindings in scope.bindings.items():
                found.setdefault(name, []).extend(bindings)
        return found

    def kept(self, make: Callable[[Names], _T]) -> _T:
        """What is found about the module once, for all that ask, and forgotten with it."""
        if make not in self._kept:
            self._kept[make] = make(self)
        found: _T = self._kept[make]
        return found

    def release(self) -> None:
        """Cut every node from its parent, when nothing is asked any more.

        The tree is then freed at once. As garbage in circles it costs a tenth of a run to find.
        """
        self._kept.clear()
        for found in (*self.by_type.values(), *self._names.values(), self._constants):
            for node in found:
                node.parent = None
        for scope in self._scopes:  # Of which not every part was looked at.
            made = itertools.chain.from_iterable(getattr(scope, "locals", {}).values())
            arguments = getattr(scope, "args", None)
            rest = (getattr(arguments, "vararg_node", None), getattr(arguments, "kwarg_node", None))
            for node in (*scope.get_children(), *made, getattr(scope, "doc_node", None), *rest):
                if node is not None:
                    node.parent = None

    def uses(self, name: str) -> list[nodes.Name]:
        """Every read of a name in the module, whatever it denotes, in order."""
        return sorted(self._names.get(name, ()), key=_start)

    def _resolve_star(self, name: str) -> Denotation | None:
        for _, module in reversed(self._stars):
            if module.partition(".")[0] in self._roots:
                if self._known(f"{module}.{name}"):
                    return Denotation(f"{module}.{name}", False)
            else:
                api = self._export(module, name)
                if api is not None:
                    return Denotation(api, False)
        return None

    def _resolve_binding(self, binding: Binding) -> Denotation | None:
        if binding.api is not None:
            root = binding.api.partition(".")[0]
            if root in self._roots:
                return Denotation(binding.api)
            return Denotation(binding.api, False) if binding.api.startswith(_PROJECT) else None
        if isinstance(binding.node.parent, nodes.Arguments):
            return self._resolve_parameter(binding)
        if binding.value is None:
            return None
        value = self.resolve(binding.value)
        if value is None:
            return None
        suffix = "" if binding.item is None else f"[{binding.item}]"
        return Denotation(value.api + suffix, False)

    def _resolve_parameter(self, binding: Binding) -> Denotation | None:
        """An object of its annotation, else what every call passes, if that is one thing."""
        annotation = _annotation(binding.node)
        if annotation is not None:
            declared = self.resolve(annotation)
            return Denotation(f"{declared.api}()", False) if declared is not None else None
        function = binding.node.parent.parent
        called = _called(function)
        if called is None:
            return None
        passed: list[Denotation | None] = []
        for name in self._uses_of(called, called.name):
            call = name.parent
            if not (isinstance(call, nodes.Call) and call.func is name):
                return None  # Passed as a value: its callers are not in sight.
            value = _argument(call, function, binding.name)
            passed.append(self.resolve(value) if value is not None else None)
        for elsewhere in self._passed_elsewhere(function):
            api = self._given(elsewhere, function, binding.name) if elsewhere else None
            passed.append(Denotation(api) if api is not None else None)
        found = _agreed(passed)
        return Denotation(found.api, False) if found else None

    def _passed_elsewhere(self, function: nodes.FunctionDef) -> Sequence[Passed | None]:
        """What other modules pass to a function, if it matters."""
        called = _called(function)
        if (
            self._exports is None
            or called is None
            or called.parent is not self.module
            or not any(parameter.name in self._awaited for parameter in _parameters(function.args))
        ):
            return ()
        return self._exports.calls(called.name)

    def _given(self, passed: Passed, function: nodes.FunctionDef, name: str) -> str | None:
        if passed.is_open:
            return None
        place = _place(function, name, len(passed.args), passed.keywords)
        if isinstance(place, int):
            return passed.args[place]
        if isinstance(place, str):
            return passed.keywords[place]
        return self.api(place) if place is not None else None

    def _class_of_self(self, node: nodes.NodeNG, scope: Scope) -> nodes.ClassDef | None:
        """The class whose instance a name is: the first parameter of a method."""
        if not isinstance(node, nodes.Name):
            return None
        current: Scope | None = scope
        while current is not None:
            function = current.node
            if isinstance(function, nodes.FunctionDef):
                parameters = function.args.posonlyargs + (function.args.args or [])
                if parameters and parameters[0].name == node.name:
                    owner = function.parent
                    is_method = isinstance(owner, nodes.ClassDef) and not _is_static(function)
                    return owner if is_method else None
                if node.name in current.bindings:
                    return None
            current = current.parent
        return None

    def exports(self) -> dict[str, str]:
        """What the names at the top level of the module denote, for those that denote one thing."""
        found: dict[str, str] = {}
        for name, bindings in self.scope.bindings.items():
            denoted = _agreed([self._resolve_binding(binding) for binding in bindings])
            if denoted is not None:
                found[name] = denoted.api
        return found

    # References

    def references(self) -> list[Reference]:
        """Every use of a framework name, in the order of the text.

        What a call returned is a use only where an attribute or item of it is taken, or it is
        called: ``x`` after ``x = tf.ones(3)`` names nothing of the framework.
        """
        interesting, objects = self._interesting()
        own = frozenset(self._self_names())
        found: list[Reference] = []
        for identifier in (interesting | own) & self._names.keys():
            is_object = identifier in objects
            for name in self._names[identifier]:
                if is_object and not _is_taken_apart(name):
                    continue
                if identifier in interesting or _attribute_of(name) in interesting:
                    found.extend(self._chain(name))
        found = [
            reference
            for reference in found
            if reference.api.partition(".")[0] in self._ended
            or not self._is_guarded(reference.node)
        ]
        found.sort(key=lambda reference: _end(reference.node))
        return found

    def _interesting(self) -> tuple[set[str], set[str]]:
        """Names that some scope may bind to a framework, so that others cost nothing.

        Attributes of instances are among them with a dot before: ``.session`` for
        ``self.session``. All names are when a star import may bind any.

        :returns: these names, and those that every scope binds only to what a call returned.
        """
        if self._stars:
            return set(self._names), set()
        interesting = set(self._flow.imported)
        for function in self._flow.functions:
            for elsewhere in self._passed_elsewhere(function):
                interesting.update(
                    parameter.name
                    for parameter in _parameters(function.args)
                    if elsewhere and self._given(elsewhere, function, parameter.name)
                )
        return _closure(interesting, self._flow.dependents), self._flow.objects

    @functools.cached_property
    def _flow(self) -> _Flow:
        imported: set[str] = set()
        objects: set[str] = set()
        others: set[str] = set()
        dependents: dict[str, set[str]] = defaultdict(set)

        def depend(name: str, value: nodes.NodeNG | None) -> None:
            for source in _sources(value) if value is not None else ():
                dependents[source].add(name)

        for scope in self._scopes.values():
            for name, bindings in scope.bindings.items():
                for binding in bindings:
                    (objects if binding.value.__class__ is nodes.Call else others).add(name)
                    if binding.api is not None:
                        root = binding.api.partition(".")[0]
                        if root in self._roots or root.startswith(_PROJECT):
                            imported.add(name)
                    elif binding.value is not None:
                        depend(name, binding.value)
                    elif isinstance(binding.node.parent, nodes.Arguments):
                        depend(name, _annotation(binding.node))
        for attributes in self._attributes.values():
            for attribute, values in attributes.items():
                for value in values:
                    if isinstance(value, nodes.AssignAttr):
                        value, _ = _assigned(value)
                    depend(f".{attribute}", value)
        functions: dict[str, list[nodes.FunctionDef]] = defaultdict(list)
        for kind in ("FunctionDef", "AsyncFunctionDef"):
            for function in self.by_type[kind]:
                called = _called(function)
                if called is not None:
                    functions[called.name].append(function)
        for call in self.by_type["Call"]:
            if isinstance(call.func, nodes.Name):
                for function in functions.get(call.func.name, ()):
                    for parameter in _parameters(function.args):
                        depend(parameter.name, _argument(call, function, parameter.name))
        called_functions = [one for found in functions.values() for one in found]
        return _Flow(imported, objects - others, dependents, called_functions)

    @functools.cached_property
    def _awaited(self) -> set[str]:
        """Names that may hold an object on which one of the methods is called."""
        owners = (read for read in self.by_type["Attribute"] if read.attrname in self._methods)
        found = {source for owner in owners for source in _sources(owner.expr)}
        if not found:
            return found
        origins: dict[str, set[str]] = defaultdict(set)
        for source, names in self._flow.dependents.items():
            for name in names:
                origins[name].add(source)
        return _closure(found, origins)

    def _self_names(self) -> Iterator[str]:
        for kind in ("FunctionDef", "AsyncFunctionDef"):
            for method in self.by_type[kind]:
                if self._attributes.get(method.parent.frame()):
                    yield from (one.name for one in _parameters(method.args)[:1])

    def _chain(self, name: nodes.Name) -> Iterator[Reference]:
        node: nodes.NodeNG = name
        denotation = self.resolve(name)
        if denotation is None or denotation.api.startswith(_PROJECT):
            # ``self.tf`` or ``compat.tf``: the chain begins one attribute later.
            while isinstance(node.parent, nodes.Attribute) and node.parent.expr is node:
                node = node.parent
                denotation = self.resolve(node)
                if denotation is not None and not denotation.api.startswith(_PROJECT):
                    break
            else:
                return
        while True:
            # What :meth:`resolve` would find, without asking it for each step.
            parent = node.parent
            names = ""
            while isinstance(parent, nodes.Attribute) and parent.expr is node:
                names += f".{parent.attrname}"
                node, parent = parent, parent.parent
            if names:
                denotation = self._cache[node] = denotation.then(names)
            called = isinstance(parent, nodes.Call) and parent.func is node
            yield Reference(node, denotation, parent if called else None)
            if called:
                node = parent
                denotation = self._cache[node] = denotation.then("()")
            elif isinstance(parent, nodes.Subscript) and parent.value is node:
                node = parent
                item = self.resolve(node)
                if item is None:
                    return
                denotation = item
            else:
                return
            if not (isinstance(node.parent, nodes.Attribute) and node.parent.expr is node):
                return

    def _is_guard(self, node: nodes.If | nodes.IfExp | nodes.Try) -> bool:
        """Whether a statement chooses by the version of a framework, or by what it still has."""
        if isinstance(node, nodes.Try):
            caught = [handler.type for handler in node.handlers if handler.type is not None]
            return any(
                isinstance(name, nodes.Name) and name.name == "AttributeError"
                for one in caught
                for name in (one.elts if isinstance(one, nodes.Tuple) else [one])
            )
        return self._tests_version(node.test)

    def _tests_version(self, test: nodes.NodeNG, follow: bool = True) -> bool:
        """Whether a condition asks for a version, or a framework for a name.

        :param follow: whether to look at what the names in it are assigned.
        """
        pending = [test]
        while pending:
            node = pending.pop()
            if isinstance(node, nodes.Attribute) and node.attrname in {"__version__", "VERSION"}:
                return True
            if isinstance(node, nodes.Name):
                if _VERSION.search(node.name):
                    return True
                if follow and any(
                    self._tests_version(binding.value, False)
                    for binding in self.bindings(node)
                    if binding.value is not None
                ):
                    return True
            if (
                isinstance(node, nodes.Call)
                and isinstance(node.func, nodes.Name)
                and node.func.name == "hasattr"
                and node.args
                and self.resolve(node.args[0]) is not None
            ):
                return True
            pending.extend(node.get_children())
        return False

    def _is_guarded(self, node: nodes.NodeNG) -> bool:
        """Whether the node runs only behind a test of a framework's version."""
        passed: list[nodes.NodeNG] = []
        child, parent = node, node.parent
        guarded = False
        while parent is not None and not guarded:
            if child.is_statement:
                if child in self._guarded:
                    guarded = self._guarded[child]
                    break
                passed.append(child)
            if parent.__class__ in _CHOICES and child is not getattr(parent, "test", None):
                if parent not in self._guards:
                    self._guards[parent] = self._is_guard(parent)
                guarded = self._guards[parent]
            child, parent = parent, parent.parent
        self._guarded.update(dict.fromkeys(passed, guarded))
        return guarded


#: Names of conditions about a release: ``torch_version``, ``_TORCH_GREATER_EQUAL_2_4``, ``IS_TF2``.
_VERSION = re.compile(r"version|(?:keras|tensorflow|tf|theano|torch)\w*\d$", re.IGNORECASE)

_CHOICES = frozenset({nodes.If, nodes.IfExp, nodes.Try})

_PROJECT = "\N{SECTION SIGN}"  # Marks the path of a project module: no dotted name begins so.

_SCOPED = frozenset(
    {
        nodes.ClassDef,
        nodes.FunctionDef,
        nodes.AsyncFunctionDef,
        nodes.Lambda,
        nodes.TypeAlias,
        *_COMPREHENSIONS,
    }
)

# Those, and nodes whose fields hold tuples of nodes.
_SPECIAL = _SCOPED | {
    nodes.With,
    nodes.AsyncWith,
    nodes.Dict,
    nodes.Compare,
    nodes.MatchMapping,
    nodes.MatchClass,
}


def _start(node: nodes.NodeNG) -> _Position:
    return (node.lineno or 0, node.col_offset or 0)


def _end(node: nodes.NodeNG) -> _Position:
    return (node.end_lineno or node.lineno or 0, node.end_col_offset or node.col_offset or 0)


def _is_none(node: nodes.NodeNG | None) -> bool:
    return isinstance(node, nodes.Const) and node.value is None


def _agreed(found: list[Denotation | None]) -> Denotation | None:
    if len(found) == 1:
        return found[0]
    if not found or any(one is None for one in found):
        return None
    known = [one for one in found if one is not None]
    if len({one.api for one in known}) > 1:
        return None
    return Denotation(known[0].api, all(one.direct for one in known))


def _assigned(node: nodes.NodeNG) -> tuple[nodes.NodeNG | None, int | None]:
    """The expression that a target receives, and which item of it."""
    parent = node.parent
    if isinstance(parent, (nodes.Assign, nodes.AnnAssign, nodes.NamedExpr)):
        return parent.value, None
    if isinstance(parent, (nodes.With, nodes.AsyncWith)):
        return next((expr for expr, target in parent.items if target is node), None), None
    if isinstance(parent, (nodes.Tuple, nodes.List)) and isinstance(parent.parent, nodes.Assign):
        index = parent.elts.index(node)
        value = parent.parent.value
        if any(isinstance(target, nodes.Starred) for target in parent.elts):
            return None, None
        if isinstance(value, (nodes.Tuple, nodes.List)) and len(value.elts) == len(parent.elts):
            return value.elts[index], None
        return value, index
    return None, None


def _is_static(function: nodes.FunctionDef) -> bool:
    decorators = function.decorators.nodes if function.decorators is not None else ()
    return any(isinstance(one, nodes.Name) and one.name == "staticmethod" for one in decorators)


def _annotation(parameter: nodes.AssignName) -> nodes.NodeNG | None:
    """The annotation of a parameter."""
    arguments = parameter.parent
    for group, stated in (
        (arguments.posonlyargs, arguments.posonlyargs_annotations),
        (arguments.args, arguments.annotations),
        (arguments.kwonlyargs, arguments.kwonlyargs_annotations),
    ):
        for argument, annotation in zip(group or (), stated, strict=False):
            if argument is parameter:
                return annotation
    return None


def _parameters(arguments: nodes.Arguments) -> list[nodes.AssignName]:
    plain = [*arguments.posonlyargs, *(arguments.args or []), *arguments.kwonlyargs]
    return plain + [
        node for node in (arguments.vararg_node, arguments.kwarg_node) if node is not None
    ]


def _called(function: nodes.NodeNG) -> nodes.FunctionDef | nodes.ClassDef | None:
    """What is called to call a function: itself, or the class that it initialises."""
    if not isinstance(function, nodes.FunctionDef):
        return None
    owner = function.parent.frame()
    if not isinstance(owner, nodes.ClassDef):
        return function
    return owner if function.name == "__init__" else None


def _argument(call: nodes.Call, function: nodes.FunctionDef, name: str) -> nodes.NodeNG | None:
    """What a call passes for a parameter, its default when it passes nothing."""
    if any(isinstance(value, nodes.Starred) for value in call.args):
        return None
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if None in keywords and name not in keywords:
        return None
    place = _place(function, name, len(call.args), keywords)
    if isinstance(place, int):
        return call.args[place]
    return keywords[place] if isinstance(place, str) else place


def _place(
    function: nodes.FunctionDef, name: str, given: int, keywords: Container[str | None]
) -> int | str | nodes.NodeNG | None:
    """Where a call has what it passes for a parameter: an argument, a keyword, or the default.

    :param given: how many positional arguments it passes.
    """
    if name in keywords:
        return name
    arguments = function.args
    positional = [*arguments.posonlyargs, *(arguments.args or [])]
    if _called(function) is not function:
        positional = positional[1:]
    for index, parameter in enumerate(positional):
        if parameter.name == name:
            if index < given:
                return index
            default = index - len(positional) + len(arguments.defaults or [])
            return arguments.defaults[default] if default >= 0 else None
    defaults = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return next((default for parameter, default in defaults if parameter.name == name), None)


def _attribute_of(node: nodes.NodeNG) -> str | None:
    """``.tf`` for the ``self`` of ``self.tf``."""
    parent = node.parent
    if isinstance(parent, nodes.Attribute) and parent.expr is node:
        return f".{parent.attrname}"
    return None


def _closure(names: set[str], following: Mapping[str, set[str]]) -> set[str]:
    """Names, those that follow them, and so on."""
    found, pending = set(names), list(names)
    while pending:
        for name in following.get(pending.pop(), ()):
            if name not in found:
                found.add(name)
                pending.append(name)
    return found


def _is_taken_apart(node: nodes.Name) -> bool:
    """Whether an attribute or item of a name is taken, or it is called."""
    parent = node.parent
    kind = parent.__class__
    return (
        kind is nodes.Attribute
        or (kind is nodes.Call and parent.func is node)
        or (kind is nodes.Subscript and parent.value is node)
    )


def _sources(node: nodes.NodeNG) -> Sequence[str]:
    """Names that an expression may take its meaning from: ``tf`` of ``tf.Session(x).run``,
    ``self`` and ``.session`` of ``self.session.run``."""
    while True:
        if isinstance(node, nodes.Name):
            attribute = _attribute_of(node)
            return (node.name,) if attribute is None else (node.name, attribute)
        if isinstance(node, nodes.Attribute):
            node = node.expr
        elif isinstance(node, nodes.Call):
            node = node.func
        elif isinstance(node, (nodes.Subscript, nodes.NamedExpr)):
            node = node.value
        elif isinstance(node, nodes.IfExp):
            return (*_sources(node.body), *_sources(node.orelse))
        else:
            return ()


_BLOCKS = (
    nodes.If,
    nodes.For,
    nodes.While,
    nodes.Try,
    nodes.TryStar,
    nodes.ExceptHandler,
    nodes.MatchCase,
    # What is in these may not run either: a ``:=`` binds a name of the scope around them.
    nodes.IfExp,
    nodes.BoolOp,
    *_COMPREHENSIONS,
)


def _blocks(node: nodes.NodeNG, home: nodes.NodeNG | None) -> list[tuple[nodes.NodeNG, str | None]]:
    """What is around a node in its scope and may not run it, innermost first, with the branch.

    Without those of which the node is a part that always runs, once.

    :param home: the node of the scope.
    """
    found = []
    child, parent = node, node.parent
    while parent is not None and child is not home:
        if isinstance(parent, _BLOCKS):
            branch = _branch(child, parent)
            if (parent.__class__, branch) not in ((nodes.If, "test"), (nodes.For, "iter")):
                found.append((parent, branch))
        child, parent = parent, parent.parent
    return found


def _branch(child: nodes.NodeNG, parent: nodes.NodeNG) -> str | None:
    """The field of a parent that a child is in: ``body``, ``orelse``, ``handlers`` …"""
    for name in parent._astroid_fields:
        value = getattr(parent, name)
        if value is child or (isinstance(value, list) and child in value):
            return str(name)
    return None


def _reaching(
    bindings: list[Binding], place: nodes.NodeNG, home: nodes.NodeNG, runs_later: bool
) -> tuple[list[Binding], bool]:
    """The bindings of a scope that can be seen from a place in it, and whether one always is.

    :param home: the node of the scope.
    :param runs_later: whether the place is a function, whose body also sees what is bound later.
    """
    if home.__class__ in _COMPREHENSIONS:
        return bindings, True  # What stands before ``for`` runs after it.
    start = _start(place)
    if len(bindings) == 1 and (runs_later or bindings[0].position <= start):
        if home.__class__ is not nodes.ClassDef:
            return bindings, True
    if not any(binding.inner or binding.around for binding in bindings):
        past = bisect.bisect_right([binding.position for binding in bindings], start)
        return bindings[max(past - 1, 0) : None if runs_later else past], past > 0
    blocks = dict(_blocks(place, home))
    loops = {block for block in blocks if isinstance(block, (nodes.For, nodes.While))}
    reaching: list[Binding] = []
    is_bound = False
    for binding in bindings:
        if binding.inner:
            reaching.append(binding)
            continue
        around = binding.around
        # What is in the text later, or in the other branch of an ``if``, was bound last time.
        repeats = runs_later or any(block in loops for block, _ in around)
        if binding.position > start:
            if repeats:
                reaching.append(binding)
            continue
        if not repeats and any(
            isinstance(block, nodes.If) and block in blocks and blocks[block] != branch
            for block, branch in around
        ):
            continue
        if all(block in blocks and blocks[block] == branch for block, branch in around):
            reaching = [one for one in reaching if one.inner or one.position > start]
            is_bound = True
        reaching.append(binding)
    return reaching, is_bound
