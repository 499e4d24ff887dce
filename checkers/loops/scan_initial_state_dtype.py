"""Initial states of ``theano.scan`` of another element type than the step returns."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

from . import scans

RULE = Rule(
    id="W6702",
    message="the initial state of '%(api)s' is %(state)s and its step %(effect)s; make both one "
    "dtype, as T.zeros(shape, dtype=x.dtype) does",
    summary="The initial state of a Theano loop has another dtype than what its step returns.",
    why="""\
Theano 1.0.5 compares the dtype of each initial state in `outputs_info` with that of what the step
returns for it, and raises `ValueError` when they differ, in either direction. It never casts.
These initial states are not what they look like, as execution showed:

* `0`, `T.as_tensor_variable(0)`, `T.constant(0)` and `T.alloc(0, n)` are `int8`, the smallest type
  that holds the number, whatever `floatX` is. Even a sum of `int64` does not start from one.
* `0.`, `T.constant(0.)` and `T.alloc(0., n)` are `float32` although `floatX` is `float64`, its
  default, because `float32` holds the number; with `floatX=float32` they fit.
* `np.zeros(n)` is `float64` and `T.zeros((n,))` is `floatX`.

The opposite mistake raises nothing: a `float64` state that meets `float32` makes `float64` of every
step. A port of it differs: TensorFlow refuses to mix the two, PyTorch gives `float64` as well
unless the state has no dimensions and the other operand does, which gives `float32`.

`floatX` is what the module sets, else its default. Reported where the lists, the step and the types
are in sight.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/library/scan.html",
        "https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc",
    ),
)

SYMBOL = "scan-initial-state-dtype"

_RAISES = "returns {}, which raises ValueError"
_WIDENS = "makes {1} of {0} with it, in every iteration"


def check(module: Module) -> Iterator[Finding]:
    for loop in scans.loops(module):
        for place, output in enumerate(loop.outputs or ()):
            if output.value is None or loop.runs_once:
                continue
            state, result = loop.state(output).dtype, loop.result(place).dtype
            if state is None or result is None:
                continue
            without = loop.result(place, without=output).dtype
            if state != result:
                case, effect = "raises", _RAISES.format(result)
            elif (without, result) == ("float32", "float64"):
                case, effect = "widens", _WIDENS.format(without, result)
            else:
                continue
            yield module.finding(
                output.value,
                loop.reference.api,
                confidence=loop.reference.confidence,
                fixes=functools.partial(
                    scans.examples, module, SYMBOL, case, "Start from the dtype of the results"
                ),
                state=state,
                effect=effect,
            )
