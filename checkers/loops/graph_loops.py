"""What is known of TensorFlow's loops in a file: their functions, variables and arrays."""

from __future__ import annotations

import functools
import tokenize
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from astroid import nodes

from lintplugin import replacements, rules, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.names import Binding, Names, Reference
from lintplugin.source import Source

_PACKAGES = ("tensorflow", "tensorflow.compat.v1", "tensorflow.compat.v2")

Function: TypeAlias = nodes.Lambda | nodes.FunctionDef

# Assignments that are followed; a guard against cycles.
_MAX_HOPS = 8

#: Methods of an array that give it with more in it.
WRITES = frozenset({"write", "scatter", "unstack", "split"})


def references(module: Module, *names: str) -> Iterator[Reference]:
    """Calls of functions of TensorFlow, by what follows its package: ``while_loop``."""
    for package in _PACKAGES:
        for name in names:
            for reference in module.by_api.get(f"{package}.{name}", ()):
                if reference.call is not None:
                    yield reference


def name_of(names: Names, call: nodes.Call) -> str:
    """A function of TensorFlow by what follows its package; empty for any other."""
    api = names.api(call.func) or ""
    package = max((one for one in _PACKAGES if api.startswith(f"{one}.")), key=len, default=None)
    return api.removeprefix(f"{package}.") if package is not None else ""


def arguments(reference: Reference) -> Mapping[str, nodes.NodeNG]:
    """What a call gives, by the parameter names of both releases; empty for a call with stars.

    An eighth argument of ``while_loop``, ``name`` once and now ``maximum_iterations``, is taken for
    both.
    """
    call = reference.call
    if call is None:
        return {}
    api = f"tensorflow.{reference.api.rpartition('.')[2]}"
    legacy = signatures.parameters(signatures.legacy_entry(api))
    before = {one.name for one in legacy}
    added = [
        one._replace(positional=False)
        for one in signatures.parameters(signatures.modern_entry(api))
        if one.name not in before
    ]
    try:
        given = signatures.bind(call, (*legacy, *added))
    except signatures.Unbindable:
        return {}
    if api == "tensorflow.while_loop" and given.get("name") in call.args:
        given = {**given, "maximum_iterations": given["name"]}
    return given


@dataclass(frozen=True, eq=False)
class While:
    """A call of ``tf.while_loop`` whose functions and variables are in sight.

    :param condition: the function that decides on a further turn.
    :param body: the function that is repeated.
    :param variables: what the loop begins with, in the order of the parameters.
    :param returned: what the body gives for them, in the same order.
    """

    reference: Reference
    call: nodes.Call
    given: Mapping[str, nodes.NodeNG]
    condition: Function
    body: Function
    variables: Sequence[nodes.NodeNG]
    returned: Sequence[nodes.NodeNG]


def whiles(module: Module) -> Iterator[While]:
    """The loops of a file that can be looked into."""
    for reference in references(module, "while_loop"):
        given = arguments(reference)
        call = reference.call
        if call is None or not {"cond", "body", "loop_vars"} <= given.keys():
            continue
        condition, body = (function(module.names, given[name]) for name in ("cond", "body"))
        variables = value(module.names, given["loop_vars"])
        if condition is None or body is None or not isinstance(variables, _DISPLAYS):
            continue
        result = returned(body)
        if result is None:
            continue
        result = value(module.names, result)
        single = len(variables.elts) == 1 and not isinstance(result, _DISPLAYS)
        results = [result] if single else getattr(result, "elts", [])
        if len(results) == len(variables.elts) == len(parameters(body)):
            yield While(reference, call, given, condition, body, variables.elts, results)


_DISPLAYS = (nodes.Tuple, nodes.List)


def parameters(definition: Function) -> Sequence[nodes.AssignName]:
    """The positional parameters of a function."""
    return [*definition.args.posonlyargs, *(definition.args.args or [])]


def function(names: Names, node: nodes.NodeNG) -> Function | None:
    """The function of this file that an expression denotes."""
    if isinstance(node, nodes.Name):
        bindings = names.bindings(node)
        if len(bindings) == 1 and isinstance(bindings[0].node, nodes.FunctionDef):
            return bindings[0].node
    found = value(names, node)
    return found if isinstance(found, nodes.Lambda) else None


def returned(definition: Function) -> nodes.NodeNG | None:
    """The one expression that a function returns; None when it has several or none."""
    if not isinstance(definition, nodes.FunctionDef):
        return definition.body
    found = [one for one in definition.nodes_of_class(nodes.Return) if one.frame() is definition]
    return found[0].value if len(found) == 1 else None


def value(names: Names, node: nodes.NodeNG) -> nodes.NodeNG:
    """The expression behind a name that is assigned once; any other as it is."""
    for _ in range(_MAX_HOPS):
        if not isinstance(node, nodes.Name):
            break
        bindings = names.bindings(node)
        if len(bindings) != 1 or bindings[0].value is None or bindings[0].item is not None:
            break
        node = bindings[0].value
    return node


def integer(names: Names, node: nodes.NodeNG | None) -> int | None:
    """A whole number that is written, here or where its name is assigned."""
    found = value(names, node) if node is not None else None
    if isinstance(found, nodes.UnaryOp) and found.op == "-":
        inner = integer(names, found.operand)
        return -inner if inner is not None else None
    return found.value if isinstance(found, nodes.Const) and type(found.value) is int else None


def is_constant(node: nodes.NodeNG | None, *values: object) -> bool:
    """Whether an expression is one of some constants, written out."""
    return isinstance(node, nodes.Const) and any(node.value is one for one in values)


def parameter_of(names: Names, node: nodes.NodeNG | None) -> nodes.AssignName | None:
    """The parameter that a name denotes, if it can be nothing else."""
    bindings = names.bindings(node) if isinstance(node, nodes.Name) else []
    if len(bindings) == 1 and isinstance(bindings[0].node.parent, nodes.Arguments):
        return bindings[0].node
    return None


def sources(names: Names, node: nodes.NodeNG) -> Iterator[nodes.NodeNG]:
    """All that an expression is computed from: its parts, and what is behind their names.

    A name that may have several values ends there. What a function of this file is called with
    counts, and what it returns; for a parameter, what its calls pass.
    """
    waiting = [node]
    seen: set[nodes.NodeNG] = set()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        yield one
        waiting.extend(one.get_children())
        if isinstance(one, nodes.Name):
            bindings = names.bindings(one)
            binding = bindings[0] if len(bindings) == 1 else None
            if binding is not None and binding.value is not None:
                waiting.append(binding.value)
            elif binding is not None and isinstance(binding.node.parent, nodes.Arguments):
                waiting.extend(passed(names, binding.node))
        elif isinstance(one, nodes.Call):
            called = function(names, one.func)
            result = returned(called) if called is not None else None
            if result is not None:
                waiting.append(result)


def passed(names: Names, parameter: nodes.AssignName) -> Iterator[nodes.NodeNG]:
    """What the calls of a function in this file pass for one of its parameters."""
    definition = parameter.parent.parent
    if not isinstance(definition, nodes.FunctionDef) or parameter not in parameters(definition):
        return
    place = parameters(definition).index(parameter)
    for use in uses(names, definition):
        call = use.parent
        if isinstance(call, nodes.Call) and call.func is use:
            yield from call.args[place : place + 1]
            yield from (one.value for one in call.keywords if one.arg == parameter.name)


def enclosing_functions(node: nodes.NodeNG) -> Iterator[Function]:
    """The functions around a node, innermost first."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, (nodes.Lambda, nodes.FunctionDef)):
            yield node


def uses(names: Names, definition: nodes.FunctionDef) -> Iterator[nodes.Name]:
    """The reads of the name of a function."""
    for use in names.uses(definition.name):
        if any(binding.node is definition for binding in names.bindings(use)):
            yield use


class Arrays:
    """Follows objects of ``tf.TensorArray`` through a file."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._names = module.names
        self._active: set[nodes.NodeNG] = set()

    @functools.cached_property
    def _bodies(self) -> Mapping[Function, While]:
        loops = list(whiles(self._module))
        return {one.condition: one for one in loops} | {one.body: one for one in loops}

    def made(self, node: nodes.NodeNG) -> frozenset[nodes.Call] | None:
        """The calls that made the array which an expression is; None when it may be none."""
        if node in self._active:
            return frozenset()
        self._active.add(node)
        try:
            return self._made(node)
        finally:
            self._active.remove(node)

    def _made(self, node: nodes.NodeNG) -> frozenset[nodes.Call] | None:
        if isinstance(node, nodes.Name):
            return _united(self._bound(binding) for binding in self._names.bindings(node))
        if isinstance(node, nodes.Subscript):
            index = integer(self._names, node.slice)
            return self._item(node.value, index) if index is not None else None
        if isinstance(node, nodes.IfExp):
            return _united(map(self.made, (node.body, node.orelse)))
        if not isinstance(node, nodes.Call):
            return frozenset() if _is_array(self._names.api(node)) else None
        if _is_array(f"{self._names.api(node.func)}()"):
            return frozenset({node})
        if isinstance(node.func, nodes.Attribute) and node.func.attrname in WRITES:
            return self.made(node.func.expr)
        return None

    def _bound(self, binding: Binding) -> frozenset[nodes.Call] | None:
        if isinstance(binding.node.parent, nodes.Arguments):
            return self._parameter(binding.node)
        if binding.value is None:
            return None
        if binding.item is not None:
            return self._item(binding.value, binding.item)
        return self.made(binding.value)

    def _item(self, node: nodes.NodeNG, index: int) -> frozenset[nodes.Call] | None:
        """An item of what a loop returns: the variable that it began with."""
        call = value(self._names, node)
        for loop in self._bodies.values():
            if loop.call is call and -1 <= index < len(loop.variables):
                return self.made(loop.variables[index])
        return None

    def _parameter(self, parameter: nodes.AssignName) -> frozenset[nodes.Call] | None:
        definition = parameter.parent.parent
        annotations = [*definition.args.annotations, *definition.args.kwonlyargs_annotations]
        stated = [*(definition.args.args or []), *definition.args.kwonlyargs]
        for one, annotation in zip(stated, annotations, strict=False):
            if one is parameter and annotation is not None:
                return frozenset() if _is_array(f"{self._names.api(annotation)}()") else None
        loop = self._bodies.get(definition)
        if loop is None or parameter not in parameters(definition):
            return None
        return self.made(loop.variables[parameters(definition).index(parameter)])


def _is_array(api: str | None) -> bool:
    return api in {f"{package}.TensorArray()" for package in _PACKAGES}


def _united(found: Iterator[frozenset[nodes.Call] | None]) -> frozenset[nodes.Call] | None:
    sets = list(found)
    if not sets or None in sets:
        return None
    return frozenset().union(*(one for one in sets if one is not None))


def with_argument(source: Source, call: nodes.Call, name: str, text: str) -> Edit:
    """The edit that gives a call a keyword argument, which it may have already."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return Edit(source.start(keyword), source.end(keyword), f"{name}={text}")
    last = token_before(source, source.end(call) - 1)
    place = source.offset(*last.end)
    before, after = {"(": ("", ""), ",": (" ", ",")}.get(last.string, (", ", ""))
    return Edit(place, place, f"{before}{name}={text}{after}")


def token_before(source: Source, offset: int) -> tokenize.TokenInfo:
    """The last token that ends before an offset, or there; no comment and no line end."""
    limit = source.position(offset)
    skipped = (tokenize.NL, tokenize.COMMENT)
    found = (one for one in source.tokens if one.end <= limit and one.type not in skipped)
    return max(found, key=lambda one: one.end)


def examples(
    module: Module, symbol: str, case: str, title: str, targets: Collection[str] = rules.TARGETS
) -> Iterator[Fix]:
    """An executed program of the same kind for each target, to read.

    :param targets: those for which there is nothing better.
    """
    for target in module.settings.targets:
        if target in targets:
            more = "; the code around it has to change, too"
            yield replacements.example(symbol, case, target, title, more)
