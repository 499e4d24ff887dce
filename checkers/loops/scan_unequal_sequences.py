"""Sequences of ``theano.scan`` of different lengths."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from . import scans
from .tensors import is_input

RULE = Rule(
    id="W6706",
    message="'%(api)s' stops at the end of its shortest sequence: %(lengths)s",
    summary="A Theano loop over sequences of different lengths, which stops at the shortest.",
    why="""\
Without `n_steps`, a loop of Theano runs to the end of its shortest sequence and says nothing about
what is left of the others, not even when the shortest is empty; only a loop with a state then
raises `NotImplementedError`. With `go_backwards=True` each is reversed first and then cut, so it is
the *first* elements of the longer one that are left out. `taps` shorten a sequence:
`dict(input=x, taps=[-1, 0])` has one step less than `x`.

The counterparts differ, as executed:

| | lengths differ |
| --- | --- |
| `theano.scan`, `map`, `reduce` … | stops at the shortest |
| `tf.map_fn`, `tf.scan` | raises |
| the same in a `tf.function` that does not know the lengths | takes the length of the *first*: \
raises when another is shorter, and leaves out the rest of one that is longer |
| `torch.vmap`, `torch.stack` | raises |
| `zip`, `tf.data.Dataset.zip` | stops at the shortest; `zip(…, strict=True)` raises |

Cut the sequences to one length before the loop. Reported where the lengths are in sight: slices of
one sequence, constants, and a constant beside an input of any length; not with `n_steps`.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/library/scan.html",
        "https://www.tensorflow.org/api_docs/python/tf/map_fn",
    ),
)

SYMBOL = "scan-unequal-sequences"


@dataclass(frozen=True)
class _Length:
    """``len(of) + plus``.

    :param of: a sequence, by its name and where that is bound; None for a constant length.
    :param is_free: whether it is an input of the function, whose length is the caller's.
    """

    of: tuple[object, ...] | None
    plus: int
    is_free: bool = False


def check(module: Module) -> Iterator[Finding]:
    for loop in scans.loops(module):
        sequences = loop.sequences or ()
        if len(sequences) < 2 or "n_steps" in loop.arguments:
            continue
        found = [_steps(module.names, one) for one in sequences]
        for (one, length), (other, next_length) in itertools.combinations(
            zip(sequences, found, strict=True), 2
        ):
            words = _difference(one, length, other, next_length)
            if words is not None:
                yield module.finding(
                    loop.arguments["sequences"],
                    loop.reference.api,
                    confidence=loop.reference.confidence,
                    fixes=functools.partial(
                        scans.examples, module, SYMBOL, "shifted", "Cut them to one length first"
                    ),
                    lengths=words,
                )
                break


def _difference(
    one: scans.Item, length: _Length | None, other: scans.Item, next_length: _Length | None
) -> str | None:
    """How two lengths differ for sure, in words."""
    if length is None or next_length is None or length == next_length:
        return None
    if length.of == next_length.of:
        longer, shorter = (one, other) if length.plus > next_length.plus else (other, one)
        more = abs(length.plus - next_length.plus)
        steps = "one more step" if more == 1 else f"{more} more steps"
        return f"{_text(longer)} has {steps} than {_text(shorter)}"
    if length.of is not None:
        one, length, other, next_length = other, next_length, one, length
    if length.of is None and next_length.is_free:
        return f"{_text(one)} has {length.plus} elements whatever the length of {_text(other)} is"
    return None


def _text(item: scans.Item) -> str:
    assert item.value is not None
    return f"'{item.value.as_string()}'"


def _steps(names: Names, sequence: scans.Item) -> _Length | None:
    found = _length(names, sequence.value) if sequence.value is not None else None
    if found is None:
        return None
    span = max((*sequence.taps, 0)) - min((*sequence.taps, 0))
    return replace(found, plus=found.plus - span)


def _length(names: Names, node: nodes.NodeNG, hops: int = 4) -> _Length | None:
    """The length of a sequence, as far as it is in sight."""
    value = scans.value_of(names, node)
    if value is not None and hops:
        found = _length(names, value, hops - 1)
        if found is not None:
            return found
    if isinstance(node, (nodes.Name, nodes.Attribute)):
        bindings = names.bindings(node) if isinstance(node, nodes.Name) else ()
        places = (binding.position for binding in bindings)
        api = names.api(node) or ""
        is_free = api.endswith("()") and is_input(api.removesuffix("()"))
        return _Length((node.as_string(), *places), 0, is_free)
    if isinstance(node, nodes.Subscript) and isinstance(node.slice, nodes.Slice):
        return _slice(names, node, hops)
    if isinstance(node, nodes.Call) and names.api(node.func) == "theano.tensor.arange":
        return _arange(names, node, hops)
    return None


def _slice(names: Names, node: nodes.Subscript, hops: int) -> _Length | None:
    whole = _length(names, node.value, hops)
    bounds = []
    for bound in (node.slice.lower, node.slice.upper):
        found = scans.constant(names, bound) if bound is not None else 0
        if type(found) is not int:
            return None
        bounds.append(found)
    step = scans.constant(names, node.slice.step) if node.slice.step is not None else 1
    lower, upper = bounds
    if whole is None or step not in (1, -1) or (step == -1 and (lower or upper)):
        return None
    if lower < 0 or upper > 0 or (node.slice.upper is not None and upper == 0):
        return None
    return replace(whole, plus=whole.plus - lower + upper)


def _arange(names: Names, call: nodes.Call, hops: int) -> _Length | None:
    if len(call.args) != 1 or call.keywords:
        return None
    stop = scans.value_of(names, call.args[0]) or call.args[0]
    number = scans.constant(names, stop)
    if type(number) is int:
        return _Length(None, number)
    if (
        isinstance(stop, nodes.Subscript)
        and isinstance(stop.value, nodes.Attribute)
        and stop.value.attrname == "shape"
        and scans.constant(names, stop.slice) == 0
    ):
        return _length(names, stop.value.expr, hops)
    return None
