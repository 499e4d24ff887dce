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

import builtins
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from astroid import nodes

_BUILTINS = frozenset(dir(builtins))

_COMPREHENSIONS = (nodes.ListComp, nodes.SetComp, nodes.DictComp, nodes.GeneratorExp)
_FUNCTIONS = (nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.Lambda)

# Longest chain of assignments that is followed; a guard against cycles such as ``a = b; b = a``.
_MAX_HOPS = 12

_Position = tuple[int, int]


class Exports(Protocol):
    """Looks up names in other modules of the linted project."""

    def locate(self, module: str, level: int) -> str | None:
        """Path of a project module named by an import, None when it is not in the project."""

    def export(self, path: str, name: str) -> str | None:
        """What a name denotes at the top level of a project module."""


@dataclass(frozen=True, slots=True)
class Denotation:
    """What an expression denotes.

    :param api: dotted name.
    :param direct: False when an assignment, attribute or star import was followed on the way.
    """

    api: str
    direct: bool = True

    def then(self, suffix: str) -> Denotation:
        return Denotation(self.api + suffix, self.direct)


@dataclass(slots=True)
class Binding:
    """One place where a scope gives a name a meaning.

    :param node: the statement, or the ``AssignName`` inside it.
    :param position: where the binding takes effect: the end of a simple statement, since
        ``x = f(x)`` reads the old ``x``.
    :param value: the expression bound, None when it is not one (parameter, loop variable …).
    :param item: index into the value when a tuple is unpacked.
    :param api: dotted name bound by an import.
    """

    name: str
    node: nodes.NodeNG
    position: _Position
    value: nodes.NodeNG | None = None
    item: int | None = None
    api: str | None = None


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


@dataclass(slots=True)
class Reference:
    """A use of a framework name.

    :param node: the ``Name`` or ``Attribute`` chain up to the next call or the end.
    :param call: the call whose callee is ``node``, None when the name is passed as a value.
    """

    node: nodes.Name | nodes.Attribute
    denotation: Denotation
    call: nodes.Call | None

    @property
    def api(self) -> str:
        return self.denotation.api

    @property
    def confidence(self) -> str:
        return "HIGH" if self.denotation.direct else "INFERENCE"

    def prefixes(self) -> Iterator[tuple[str, nodes.NodeNG]]:
        """The name and the shorter names in it, longest first, each with its node."""
        api, node = self.api, self.node
        while True:
            yield api, node
            if not isinstance(node, nodes.Attribute):
                return
            api, node = api.rpartition(".")[0], node.expr


class Names:
    """Scopes, imports and references of one module.

    :param roots: top-level packages whose names are followed.
    :param known: whether a dotted name exists; decides what a star import provides.
    :param exports: other modules of the project, None to follow nothing out of this one.
    """

    def __init__(
        self,
        module: nodes.Module,
        roots: Iterable[str],
        known: Callable[[str], bool] = lambda api: False,
        exports: Exports | None = None,
    ) -> None:
        self.module = module
        self.imports: list[Import] = []
        #: Every node of the module by class name, in no order.
        self.by_type: dict[str, list[nodes.NodeNG]] = defaultdict(list)
        self._roots = frozenset(roots)
        self._known = known
        self._exports = exports
        self._scopes: dict[nodes.NodeNG, Scope] = {}
        self._names: dict[str, list[nodes.Name]] = defaultdict(list)
        self._scope_of_name: dict[nodes.Name, Scope] = {}
        self._attributes: dict[nodes.ClassDef, dict[str, list[nodes.NodeNG]]] = {}
        self._stars: list[str] = []
        self._guards: list[nodes.If] = []
        self._cache: dict[nodes.NodeNG, Denotation | None] = {}
        self._depth = 0
        self.scope = Scope(module, None)
        self._collect()

    # Collecting

    def _collect(self) -> None:
        by_type = self.by_type
        names = self._names
        scope_of_name = self._scope_of_name
        stack: list[tuple[nodes.NodeNG, Scope]] = [(self.module, self.scope)]
        self._scopes[self.module] = self.scope
        binders = {
            "AssignName": self._bind_name,
            "AssignAttr": self._bind_attribute,
            "Import": self._bind_import,
            "ImportFrom": self._bind_import_from,
            "Global": self._declare,
            "Nonlocal": self._declare,
        }
        while stack:
            node, scope = stack.pop()
            kind = type(node).__name__
            if kind == "Const":
                continue
            if kind == "Name":
                names[node.name].append(node)
                scope_of_name[node] = scope
                continue
            by_type[kind].append(node)
            binder = binders.get(kind)
            if binder is not None:
                binder(node, scope)
            if kind in _SCOPED:
                stack.extend(self._enter(node, scope))
                continue
            if kind in _NESTED_FIELDS:
                stack.extend((child, scope) for child in node.get_children())
                continue
            for name in node._astroid_fields:
                value = getattr(node, name)
                if value.__class__ is list:
                    for child in value:
                        stack.append((child, scope))
                elif value is not None and value.__class__ is not str:
                    stack.append((value, scope))
        for scope in self._scopes.values():
            for bindings in scope.bindings.values():
                bindings.sort(key=lambda binding: binding.position)
        self._guards = [node for node in by_type["If"] if _tests_version(node.test)]

    def _enter(self, node: nodes.NodeNG, scope: Scope) -> Iterator[tuple[nodes.NodeNG, Scope]]:
        """Children of a node that opens a scope, each with the scope it is evaluated in."""
        inner = self._scopes[node] = Scope(node, scope)
        if isinstance(node, _COMPREHENSIONS):
            for index, generator in enumerate(node.generators):
                yield generator.target, inner
                yield generator.iter, inner if index else scope
                for test in generator.ifs:
                    yield test, inner
            elements = (node.key, node.value) if isinstance(node, nodes.DictComp) else (node.elt,)
            for element in elements:
                yield element, inner
            return
        if isinstance(node, nodes.ClassDef):
            self._bind(scope, Binding(node.name, node, _start(node)))
            self._attributes[node] = defaultdict(list)
            outside = [*node.bases, *node.keywords]
            inside = node.body
        else:
            arguments = node.args
            if not isinstance(node, nodes.Lambda) or isinstance(node, nodes.FunctionDef):
                self._bind(scope, Binding(node.name, node, _start(node)))
            for argument in _parameters(arguments):
                self._bind(inner, Binding(argument.name, argument, (0, 0)))
            outside = [
                child
                for child in arguments.get_children()
                if not isinstance(child, nodes.AssignName)
            ]
            returns = getattr(node, "returns", None)
            if returns is not None:
                outside.append(returns)
            inside = node.body if isinstance(node.body, list) else [node.body]
        decorators = getattr(node, "decorators", None)
        if decorators is not None:
            outside.append(decorators)
        for child in outside:
            yield child, scope
        for child in inside:
            yield child, inner

    def _bind(self, scope: Scope, binding: Binding) -> None:
        scope = scope.declared.get(binding.name, scope)
        scope.bindings.setdefault(binding.name, []).append(binding)

    def _bind_name(self, node: nodes.AssignName, scope: Scope) -> None:
        value, item = _assigned(node)
        if isinstance(node.parent, nodes.NamedExpr):
            while isinstance(scope.node, _COMPREHENSIONS) and scope.parent is not None:
                scope = scope.parent
        statement = node.statement()
        simple = isinstance(
            statement, (nodes.Assign, nodes.AnnAssign, nodes.AugAssign)
        ) and not isinstance(node.parent, nodes.NamedExpr)
        position = _end(statement) if simple else _end(node)
        if isinstance(node.parent, nodes.ExceptHandler):
            position = _start(node.parent)
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
                    self._stars.append(node.modname)
                    self.imports.append(Import(node, node.modname, "*"))
                elif path is not None:
                    self._stars.append(path)
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
                while candidate is not None and name not in candidate.bindings:
                    candidate = candidate.parent
                owner = candidate or owner
            scope.declared[name] = owner
            # Bindings of this scope that were met before the declaration belong there too.
            owner.bindings.setdefault(name, []).extend(scope.bindings.pop(name, []))

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

    # Resolving

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
        try:
            return self._cache[node]
        except KeyError:
            pass
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
            return self._resolve_name(node, self._evaluation_scope(node))
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

    def _resolve_name(self, node: nodes.Name, scope: Scope) -> Denotation | None:
        bindings, same_scope = self._lookup(node.name, scope)
        if not bindings:
            return self._resolve_star(node.name)
        if same_scope:
            bindings = _reaching(bindings, node)
            if not bindings:
                return None
        found = [
            self._resolve_binding(binding)
            for binding in bindings
            if not (len(bindings) > 1 and _is_none(binding.value))
        ]
        return _agreed(found)

    def _lookup(self, name: str, scope: Scope) -> tuple[list[Binding], bool]:
        """Bindings of a name, and whether they are in the scope of the use itself."""
        current: Scope | None = scope
        while current is not None:
            if current is scope or not current.is_class:
                owner = current.declared.get(name, current)
                bindings = owner.bindings.get(name)
                if bindings:
                    return bindings, owner is scope
            current = current.parent
        return [], False

    def bindings(self, node: nodes.Name) -> list[Binding]:
        """The bindings that may give a name its meaning at this use."""
        bindings, same_scope = self._lookup(node.name, self._evaluation_scope(node))
        return _reaching(bindings, node) if same_scope else bindings

    def uses(self, name: str) -> list[nodes.Name]:
        """Every read of a name in the module, whatever it denotes, in order."""
        return sorted(self._names.get(name, ()), key=_start)

    def _resolve_star(self, name: str) -> Denotation | None:
        if not self._stars or name in _BUILTINS:
            return None
        for module in reversed(self._stars):
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
        """What every call of the function in this module passes, when they agree."""
        function = binding.node.parent.parent
        if not isinstance(function, nodes.FunctionDef) or function.is_method():
            return None
        passed: list[Denotation | None] = []
        for name in self.uses(function.name):
            if not any(found.node is function for found in self.bindings(name)):
                continue
            call = name.parent
            if not (isinstance(call, nodes.Call) and call.func is name):
                return None  # Passed as a value: its callers are not in sight.
            value = _argument(call, function, binding.name)
            passed.append(self.resolve(value) if value is not None else None)
        found = _agreed(passed)
        return Denotation(found.api, False) if found else None

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
                    owner = current.parent
                    if owner is not None and isinstance(owner.node, nodes.ClassDef):
                        return owner.node
                    return None
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
        """Every use of a framework name, in the order of the text."""
        found: list[Reference] = []
        for identifier in self._interesting():
            for name in self._names[identifier]:
                found.extend(self._chain(name))
        if self._guards:
            found = [reference for reference in found if not self._is_guarded(reference.node)]
        found.sort(key=lambda reference: _end(reference.node))
        return found

    def _interesting(self) -> Iterable[str]:
        """Names that some scope may bind to a framework, so that others cost nothing."""
        if self._stars:
            return list(self._names)
        interesting: set[str] = set()
        dependents: dict[str, set[str]] = defaultdict(set)
        for scope in self._scopes.values():
            for name, bindings in scope.bindings.items():
                for binding in bindings:
                    if binding.api is not None:
                        root = binding.api.partition(".")[0]
                        if root in self._roots or root.startswith(_PROJECT):
                            interesting.add(name)
                    elif binding.value is not None:
                        for source in _leading_names(binding.value):
                            dependents[source].add(name)
        for call in self.by_type["Call"]:
            if isinstance(call.func, nodes.Name):
                self._pass_on(call, dependents)
        has_attributes = any(self._attributes.values())
        pending = list(interesting)
        while pending:
            for name in dependents.get(pending.pop(), ()):
                if name not in interesting:
                    interesting.add(name)
                    pending.append(name)
        if has_attributes and interesting:
            interesting.update(self._self_names())
        return [name for name in interesting if name in self._names]

    def _pass_on(self, call: nodes.Call, dependents: dict[str, set[str]]) -> None:
        for binding in self.scope.bindings.get(call.func.name, ()):
            if isinstance(binding.node, nodes.FunctionDef):
                for parameter in _parameters(binding.node.args):
                    value = _argument(call, binding.node, parameter.name)
                    for source in _leading_names(value) if value is not None else ():
                        dependents[source].add(parameter.name)

    def _self_names(self) -> Iterator[str]:
        for owner, attributes in self._attributes.items():
            if attributes:
                for method in owner.body:
                    if isinstance(method, nodes.FunctionDef) and method.args.args:
                        yield method.args.args[0].name

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
            parent = node.parent
            while isinstance(parent, nodes.Attribute) and parent.expr is node:
                node, parent = parent, parent.parent
            denotation = self.resolve(node)
            if denotation is None:
                return
            called = isinstance(parent, nodes.Call) and parent.func is node
            yield Reference(node, denotation, parent if called else None)
            if not called:
                if isinstance(parent, nodes.Subscript) and parent.value is node:
                    node = parent
                    if self.resolve(node) is None:
                        return
                else:
                    return
            else:
                node = parent
            if not (isinstance(node.parent, nodes.Attribute) and node.parent.expr is node):
                return

    def _is_guarded(self, node: nodes.NodeNG) -> bool:
        """Whether the node runs only behind a test of a framework's version."""
        current, child = node.parent, node
        while current is not None:
            if current in self._guards and child is not current.test:
                return True
            current, child = current.parent, current
        return False


_PROJECT = "\N{SECTION SIGN}"  # Marks the path of a project module: no dotted name begins so.

_SCOPED = frozenset(
    {
        "ClassDef",
        "FunctionDef",
        "AsyncFunctionDef",
        "Lambda",
        "ListComp",
        "SetComp",
        "DictComp",
        "GeneratorExp",
    }
)

# Fields of these hold tuples of nodes.
_NESTED_FIELDS = frozenset({"With", "AsyncWith", "Dict", "Compare", "MatchMapping", "MatchClass"})


def _start(node: nodes.NodeNG) -> _Position:
    return (node.lineno or 0, node.col_offset or 0)


def _end(node: nodes.NodeNG) -> _Position:
    return (node.end_lineno or node.lineno or 0, node.end_col_offset or node.col_offset or 0)


def _is_none(node: nodes.NodeNG | None) -> bool:
    return isinstance(node, nodes.Const) and node.value is None


def _agreed(found: list[Denotation | None]) -> Denotation | None:
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


def _parameters(arguments: nodes.Arguments) -> list[nodes.AssignName]:
    plain = [*arguments.posonlyargs, *(arguments.args or []), *arguments.kwonlyargs]
    return plain + [
        node for node in (arguments.vararg_node, arguments.kwarg_node) if node is not None
    ]


def _argument(call: nodes.Call, function: nodes.FunctionDef, name: str) -> nodes.NodeNG | None:
    """What a call passes for a parameter, its default when it passes nothing."""
    if any(isinstance(value, nodes.Starred) for value in call.args):
        return None
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
        if keyword.arg is None:
            return None
    positional = [*function.args.posonlyargs, *(function.args.args or [])]
    for index, parameter in enumerate(positional):
        if parameter.name == name:
            if index < len(call.args):
                return call.args[index]
            default = index - len(positional) + len(function.args.defaults or [])
            return function.args.defaults[default] if default >= 0 else None
    return None


def _leading_names(node: nodes.NodeNG) -> Iterator[str]:
    """Names that an expression may take its meaning from: ``tf`` of ``tf.Session(x).run``."""
    while True:
        if isinstance(node, nodes.Name):
            yield node.name
            return
        if isinstance(node, nodes.Attribute):
            node = node.expr
        elif isinstance(node, nodes.Call):
            node = node.func
        elif isinstance(node, (nodes.Subscript, nodes.NamedExpr)):
            node = node.value
        elif isinstance(node, nodes.IfExp):
            yield from _leading_names(node.body)
            node = node.orelse
        else:
            return


def _branch(node: nodes.NodeNG, ancestor: nodes.NodeNG) -> str | None:
    """The field of an ancestor that a node lies in: ``body``, ``orelse``, ``handlers`` …"""
    child = node
    while child.parent is not ancestor:
        if child.parent is None:
            return None
        child = child.parent
    for name in ancestor._astroid_fields:
        value = getattr(ancestor, name)
        if value is child or (isinstance(value, list) and child in value):
            return str(name)
    return None


def _blocks(node: nodes.NodeNG) -> list[tuple[nodes.NodeNG, str | None]]:
    """Compound statements around a node inside its scope, innermost first, with the branch."""
    found = []
    current = node
    while current.parent is not None and type(current).__name__ not in _SCOPED:
        current = current.parent
        if isinstance(current, (nodes.If, nodes.For, nodes.While, nodes.Try, nodes.ExceptHandler)):
            found.append((current, _branch(node, current)))
    return found


def _reaching(bindings: list[Binding], use: nodes.NodeNG) -> list[Binding]:
    """The bindings of its own scope that a use can see."""
    if len(bindings) == 1:
        return bindings if bindings[0].position <= _start(use) or _loops(use) else []
    blocks = dict(_blocks(use))
    loops = {block for block in blocks if isinstance(block, (nodes.For, nodes.While))}
    reaching: list[Binding] = []
    for binding in bindings:
        around = _blocks(binding.node)
        if binding.position > _start(use):
            if any(block in loops for block, _ in around):
                reaching.append(binding)
            continue
        if any(
            isinstance(block, nodes.If) and block in blocks and blocks[block] != branch
            for block, branch in around
        ):
            continue  # The other branch of the same ``if``.
        if all(block in blocks and blocks[block] == branch for block, branch in around):
            reaching = [one for one in reaching if one.position > _start(use)]
        reaching.append(binding)
    return reaching


def _loops(node: nodes.NodeNG) -> bool:
    return any(isinstance(block, (nodes.For, nodes.While)) for block, _ in _blocks(node))


def _tests_version(test: nodes.NodeNG) -> bool:
    """Whether a condition asks for a version or for the presence of a name."""
    pending = [test]
    while pending:
        node = pending.pop()
        if isinstance(node, nodes.Attribute) and node.attrname in {"__version__", "VERSION"}:
            return True
        if isinstance(node, nodes.Name) and node.name == "hasattr":
            return True
        if isinstance(node, nodes.Name) and "version" in node.name.lower():
            return True
        pending.extend(node.get_children())
    return False
