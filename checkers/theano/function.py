"""Functions that Theano compiles from a graph."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "theano-function"

RULE = Rule(
    id="W6502",
    message="'%(api)s' compiles a graph, which neither TensorFlow 2 nor PyTorch has; write a "
    "function that computes the outputs",
    summary="A call of `theano.function`.",
    why="""\
TensorFlow 2 and PyTorch compute an expression where it stands. What `theano.function` compiled
becomes a function with the same name and parameters and the part of the graph that its outputs and
updates need, NumPy in and NumPy out, so that its callers do not change:

* inputs are converted to their declared element type, which is floatX for a bare `T.matrix`;
* `updates` see the old values, and so do the outputs, in whatever order they are written;
* `givens` replace the conversion of the input that they stand for;
* one output returns an array, a list of them a list, a dictionary a dictionary, none `[]`;
* `theano.scan`, `map`, `reduce`, `foldl` and `foldr` become loops over tensors: a named step is
  called, a lambda is written out; `truncate_gradient` detaches the state, `until` breaks, and what
  the step updates is carried along and assigned where `updates` are passed on;
* operands of different element types are cast as Theano promotes them: `float32` times `int32` is
  `float64` there and `float32` in PyTorch, and an error in TensorFlow.

A module is left as it is where that cannot be certain: symbolic values in classes and attributes,
a `for` over something symbolic, gradients in the step of a `scan`, random numbers, a value that the
graph took and that changes later, an operation without an executed counterpart.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/library/compile/function.html",
        "https://theano-pymc.readthedocs.io/en/latest/tutorial/examples.html",
    ),
)


def check(module: Module) -> Iterator[Finding]:
    yield from replacements.conversion_findings(module, SYMBOL, "theano.function")
