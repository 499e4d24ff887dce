"""Operations in which a tensor of the CPU surely meets one that need not lie there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from astroid import nodes

from lintplugin.names import Names

from ..torch import objects, vocabulary
from . import placement, tensors
from .placement import Place

_METHODS = vocabulary.MIXING | {f"{name}_" for name in vocabulary.MIXING}


class Meeting(NamedTuple):
    """An operation that raises unless its tensors lie on the CPU all.

    :param operand: the tensor that surely does.
    :param partner: an expression of one that may not; the layer, where its parameters are that.
    """

    node: nodes.NodeNG
    operand: nodes.NodeNG
    place: Place
    partner: nodes.NodeNG
    other: Place


def found(names: Names) -> Sequence[Meeting]:
    """Operations that raise once a module, or a tensor beside it, is on another device."""
    return names.kept(_found)


def _found(names: Names) -> list[Meeting]:
    operators = [
        meeting
        for kind in ("BinOp", "Compare", "AugAssign")
        for node in names.by_type[kind]
        for meeting in _among(names, node, placement.operands(node))
    ]
    calls = (meeting for call in objects.calls(names) for meeting in _of_call(names, call))
    return [*operators, *calls]


def _of_call(names: Names, call: nodes.Call) -> Iterator[Meeting]:
    callee, arguments = call.func, placement.arguments(call)
    api = names.api(callee) or ""
    package, _, name = api.rpartition(".")
    layer = placement.known(names).layer(callee)
    if layer is not None:
        for operand in arguments:
            place = placement.known(names).of(operand)
            if place is not None and place.is_cpu:
                yield Meeting(call, operand, place, callee, layer)
    elif package in placement.FUNCTIONS:
        if name in vocabulary.MIXING:
            yield from _among(names, call, arguments)
    elif vocabulary.LOSS.fullmatch(api):
        yield from _among(names, call, arguments)
    elif tensors.method_of(call, _METHODS):
        yield from _among(names, call, [callee.expr, *arguments])


def _among(names: Names, node: nodes.NodeNG, operands: Sequence[nodes.NodeNG]) -> Iterator[Meeting]:
    """What the tensors of the CPU among the operands of an operation meet."""
    known = placement.known(names)
    places = [(one, place) for one in operands if (place := known.of(one)) is not None]
    partner, other = next((pair for pair in places if not pair[1].is_cpu), (None, None))
    if partner is not None and other is not None:
        for operand, place in places:
            if place.is_cpu:
                yield Meeting(node, operand, place, partner, other)
