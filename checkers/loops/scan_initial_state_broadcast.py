"""Initial states of ``theano.scan`` that broadcast where the results of the step do not."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

from . import scans
from .tensors import Dimensions

RULE = Rule(
    id="E6703",
    message="the initial state of '%(api)s' %(state)s, but what its step returns %(result)s",
    summary="The initial state of a Theano loop broadcasts in a dimension in which its step's "
    "result does not.",
    why="""\
Whether a dimension broadcasts is part of a type of Theano, fixed when the graph is built: one of
constant size 1, as in `T.zeros((1, n))`, `T.alloc(v, 1, n)`, `T.shape_padleft(b)` or a NumPy array
of shape `(1, n)`, does; a variable's does not, whatever its size will be. A state must have the
type of what the step returns for it. As executed on Theano 1.0.5:

* `theano.scan` raises nothing; `theano.function` raises `TypeError`, "Inconsistency in the inner
  graph of scan … should have the same type but have type 'TensorType(float64, row)' and
  'TensorType(float64, matrix)'";
* `T.unbroadcast(T.zeros((1, n)), 0)` mends it, and so does a `theano.shared` array, no dimension of
  which broadcasts;
* a state with another number of dimensions than the result raises `ValueError` in `theano.scan`.

TensorFlow 2 and PyTorch broadcast by the size that is there, so the port needs no `unbroadcast`.
But what Theano refused, a state of one row that meets many and becomes many, goes on in a Python
loop without a word; within `tf.function`, `tf.while_loop` raises `ValueError` unless its shape
invariant says that it may.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/library/tensor/basic.html",
        "https://www.tensorflow.org/api_docs/python/tf/while_loop",
    ),
)

SYMBOL = "scan-initial-state-broadcast"


def check(module: Module) -> Iterator[Finding]:
    for loop in scans.loops(module):
        for place, output in enumerate(loop.outputs or ()):
            if output.value is None or loop.runs_once:
                continue
            state, result = loop.state(output).dims, loop.result(place).dims
            words = _difference(state, result) if None not in (state, result) else None
            if words is not None:
                yield module.finding(
                    output.value,
                    loop.reference.api,
                    confidence=loop.reference.confidence,
                    fixes=functools.partial(
                        scans.examples,
                        module,
                        SYMBOL,
                        "row",
                        "Broadcasting goes by the size that is there",
                    ),
                    state=words[0],
                    result=words[1],
                )


def _difference(state: Dimensions | None, result: Dimensions | None) -> tuple[str, str] | None:
    """How two patterns differ for sure, in words for both."""
    if state is None or result is None:
        return None
    if len(state) != len(result):
        return (
            f"has {_count(len(state))}",
            f"has {_count(len(result))}: theano.scan raises ValueError",
        )
    for axis, (one, other) in enumerate(zip(state, result, strict=True)):
        if one is True and other is False:
            return (
                f"broadcasts in dimension {axis}",
                f"does not: theano.function raises TypeError without T.unbroadcast(…, {axis})",
            )
    return None


def _count(number: int) -> str:
    return f"{number} dimension" if number == 1 else f"{number} dimensions"
