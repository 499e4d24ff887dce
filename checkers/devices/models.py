"""Modules of PyTorch that a program moves to a device, and under which conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin.names import Names

from ..loops import graph_loops
from ..torch import objects, vocabulary
from . import tensors

#: How many calls and assignments a model is followed through.
_MAX_HOPS = 6

#: Methods of ``nn.Module`` that return the module itself.
_SAME = vocabulary.MOVES | {"double", "eval", "float", "half", "requires_grad_", "train"}

#: Methods that tell that an object is a module.
_OF_MODULES = frozenset({"named_parameters", "parameters", "state_dict", "zero_grad"})

#: Wrappers that take their inputs to the device by themselves.
_PARALLEL = re.compile(r"torch\..*Parallel\(\)")

#: What tells that a model takes its inputs to its device by itself.
_TAKES = frozenset({"cuda", "device", "get_device", "to", "type_as"})


class Move(NamedTuple):
    """A call that moves a model.

    :param device: as :func:`lintplugin.checkers.devices.tensors.device` gives it.
    """

    call: nodes.Call
    device: str

    def precedes(self, node: nodes.NodeNG) -> bool:
        """Whether it comes first in the text, or stands in another function."""
        return self.call.frame() is not node.frame() or self.call.lineno < node.lineno

    def conditions(self) -> Iterator[nodes.If | nodes.IfExp]:
        """The conditions under which it runs, innermost first."""
        return conditions(self.call)


def conditions(node: nodes.NodeNG) -> Iterator[nodes.If | nodes.IfExp]:
    """The conditions around a node in its function, but for that of a script's main part."""
    child = node
    while child.parent is not None and not isinstance(child, (nodes.FunctionDef, nodes.Lambda)):
        parent = child.parent
        is_part = isinstance(parent, (nodes.If, nodes.IfExp)) and child is not parent.test
        if is_part and "__name__" not in parent.test.as_string():
            yield parent
        child = parent


def moves(names: Names, model: nodes.NodeNG, hops: int = _MAX_HOPS) -> list[Move] | None:
    """The calls that move what a name holds, in the order of the text; None if it is no module."""
    if not isinstance(model, nodes.Name) or not hops:
        return None
    bindings = names.bindings(model)
    if len(bindings) > objects.MOST_BINDINGS:
        return None
    found: list[Move] = []
    is_module = False
    for binding in bindings:
        if isinstance(binding.node.parent, nodes.Arguments):
            given = list(graph_loops.passed(names, binding.node))
            if len(given) > objects.MOST_BINDINGS:
                return None
            passed = [_passed(names, one, hops) for one in given]
            if None in passed or len({bool(one) for one in passed}) != 1:
                return None  # Not known, or moved by one caller and not by another.
            found.extend(move for one in passed if one is not None for move in one)
            is_module = True
            continue
        if binding.value is None or binding.item is not None:
            return None
        receiver, chained = _chain(names, binding.value)
        found.extend(chained)
        if isinstance(receiver, nodes.Name) and receiver is not binding.value:
            inner = moves(names, receiver, hops - 1)
            if inner is None:
                return None
            found.extend(inner)
            is_module = True
        else:
            is_module = is_module or _makes_module(names, receiver)
            if _PARALLEL.fullmatch(names.api(receiver) or ""):
                return None
    is_module = is_module or _is_used_as_module(names, model)
    if not is_module:
        return None
    found.extend(_in_place(names, model))
    unique = {id(move.call): move for move in found}.values()
    return sorted(unique, key=lambda move: (move.call.lineno, move.call.col_offset))


def _in_place(names: Names, model: nodes.Name) -> Iterator[Move]:
    """Statements that only move what a name holds."""
    bound = {id(binding.node) for binding in names.bindings(model)}
    for use in names.uses(model.name):
        call = getattr(use.parent, "parent", None)
        callee = tensors.method_of(call, vocabulary.MOVES)
        statement = getattr(call, "parent", None)
        if callee is None or callee.expr is not use or not isinstance(statement, nodes.Expr):
            continue
        there = tensors.destination(names, call)
        if there is not None and bound & {id(one.node) for one in names.bindings(use)}:
            yield Move(call, there)


def _passed(names: Names, given: nodes.NodeNG, hops: int) -> list[Move] | None:
    """The moves of a model that is passed to a function, as far as they precede that."""
    found = moves(names, given, hops - 1)
    return None if found is None else [one for one in found if one.precedes(given)]


def constructors(names: Names, node: nodes.NodeNG) -> list[nodes.Call]:
    """The calls that made what an expression holds, through one function; empty if not sure."""
    bindings = names.bindings(node) if isinstance(node, nodes.Name) else []
    places = [node]
    if len(bindings) == 1 and isinstance(bindings[0].node.parent, nodes.Arguments):
        places = list(graph_loops.passed(names, bindings[0].node))
    found = [objects.constructor(names, one) for one in places]
    return [one for one in found if one is not None] if None not in found else []


def _chain(names: Names, value: nodes.NodeNG) -> tuple[nodes.NodeNG, list[Move]]:
    """``Net()`` of ``Net().to(device).eval()``, and the moves in between."""
    found = []
    if isinstance(value, nodes.IfExp) and tensors.method_of(value.body, vocabulary.MOVES):
        value = value.body
    while (callee := tensors.method_of(value, _SAME)) is not None:
        if callee.attrname in vocabulary.MOVES:
            there = tensors.destination(names, value)
            if there is not None:
                found.append(Move(value, there))
        value = callee.expr
    return value, found


def _makes_module(names: Names, node: nodes.NodeNG) -> bool:
    api = names.api(node) or ""
    if vocabulary.LAYER.fullmatch(api):
        return not vocabulary.PARAMETER.fullmatch(api)
    return objects.class_of(names, node) is not None


def _is_used_as_module(names: Names, model: nodes.Name) -> bool:
    return any(
        isinstance(use.parent, nodes.Attribute) and use.parent.attrname in _OF_MODULES
        for use in names.uses(model.name)
    )


def is_parallel(names: Names) -> bool:
    """Whether a file wraps models that take their inputs to the device then."""
    return any(_PARALLEL.fullmatch(names.api(call) or "") for call in names.by_type["Call"])


def runs_on_cpu(names: Names, owner: nodes.ClassDef | None) -> bool:
    """Whether a file makes the model of a class itself, and moves nothing."""
    if owner is None or not any(
        isinstance(use.parent, nodes.Call) and use.parent.func is use
        for use in names.uses(owner.name)
    ):
        return False
    by_type = names.by_type
    return not any(node.attrname in _TAKES for node in by_type["Attribute"]) and not any(
        node.arg == "device" for node in by_type["Keyword"]
    )


def takes_inputs(names: Names, model: nodes.NodeNG) -> bool:
    """Whether a model of this file may take its inputs to its device by itself."""
    owner = objects.class_of(names, model)
    return owner is not None and any(
        node.attrname in _TAKES for node in owner.nodes_of_class(nodes.Attribute)
    )


def unconditional(names: Names, call: nodes.Call) -> Move | None:
    """The one move, to what may not be the CPU, of the model that is called; None if not sure."""
    found = moves(names, call.func)
    if not found or len({move.device for move in found}) > 1 or tensors.is_cpu(found[0].device):
        return None
    (first, *_) = found
    around = set(call.node_ancestors())
    sure = first.precedes(call) and all(one in around for one in first.conditions())
    return first if sure and not is_parallel(names) else None


def is_moved(names: Names, call: nodes.Call) -> bool:
    """Whether a call is one of a model that was surely moved, so that its output lies there."""
    return isinstance(call.func, nodes.Name) and unconditional(names, call) is not None
