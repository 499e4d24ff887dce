"""Steps of ``theano.scan`` whose parameters do not match what they are called with."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

from . import scans

RULE = Rule(
    id="E6705",
    message="the step of '%(api)s' %(problem)s",
    summary="The step of a Theano loop does not match its sequences, outputs and non-sequences.",
    why="""\
`theano.scan` calls its step by position: first the slices of each sequence, one for each of its
`taps`, in their order; then the previous values of each output that has an initial state, one for
each tap, `-1` unless stated; an output that is `None` gets none; last the `non_sequences`. The step
returns the outputs in the order of `outputs_info`, which has `None` for those that are not fed
back, and may be left out when none is. As executed on Theano 1.0.5:

* another number of parameters raises `TypeError` while the graph is built;
* another number of outputs raises `ValueError`, "Please provide None as outputs_info for any output
  that does not feed back";
* parameters in another order raise nothing where the shapes fit, and give other numbers.

TensorFlow's `tf.scan` has another order, `fn(previous outputs, slices)`, the state first, so the
parameters of a step are not to be carried over as they are. `functools.reduce` is like `tf.scan`.
In a Python loop the names say what is what.

Parameters are counted where all three lists are in sight; an order is reported where two parameters
bear the names of each other's arguments.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/library/scan.html",
        "https://www.tensorflow.org/api_docs/python/tf/scan",
    ),
)

SYMBOL = "scan-argument-order"

# What tutorials append to the name of a slice or of a previous value: x_t, h_tm1, h_prev, v_.
_SUFFIX = re.compile(r"_?(?:t(?:m|p)?\d*|prev|previous|next|n|i|0|init|initial)?_*$")


def check(module: Module) -> Iterator[Finding]:
    for loop in scans.loops(module):
        problem = _problem(loop)
        if problem is not None:
            yield module.finding(
                loop.arguments["fn"],
                loop.reference.api,
                confidence=loop.reference.confidence,
                fixes=functools.partial(
                    scans.examples, module, SYMBOL, problem[0], "Name the parts in a loop"
                ),
                problem=problem[1],
            )


def _problem(loop: scans.Loop) -> tuple[str, str] | None:
    """What does not match: the fixture that shows it, and the words."""
    received = loop.received()
    if loop.step is None or received is None:
        return None
    count, most = len(received), len(loop.parameters)
    if not loop.takes(count):
        least = most - len(loop.step.args.defaults or ())
        takes = f"{most} argument{'s' * (most != 1)}" if least == most else f"{least} to {most}"
        given = ", ".join(
            f"{sum(one.kind == kind for one in received)} of {title}"
            for kind, title in _TITLES.items()
            if any(one.kind == kind for one in received)
        )
        return "count", f"takes {takes} and gets {count} ({given})"
    swapped = _swapped(loop.parameters, received)
    if swapped is not None:
        return "order", f"gets '{swapped[1]}' for '{swapped[0]}': sequences come first, then states"
    returned = loop.returned(loop.types())
    if returned is not None and loop.outputs and len(returned) != len(loop.outputs):
        entries = "one entry" if len(loop.outputs) == 1 else f"{len(loop.outputs)} entries"
        outputs = "one output" if len(returned) == 1 else f"{len(returned)} outputs"
        return "count", f"returns {outputs} for {entries} of outputs_info"
    return None


_TITLES = {"sequence": "sequences", "output": "outputs_info", "argument": "non_sequences"}


def _swapped(
    parameters: Sequence[nodes.AssignName], received: Sequence[scans.Received]
) -> tuple[str, str] | None:
    """A parameter and what it gets, when another parameter bears the name of that."""
    pairs = [
        (parameter.name, one.value.name)
        for parameter, one in zip(parameters, received, strict=False)
        if isinstance(one.value, nodes.Name)
    ]
    stems = {(_stem(parameter), _stem(given)): (parameter, given) for parameter, given in pairs}
    for (parameter, given), names in stems.items():
        if parameter != given and (given, parameter) in stems:
            return names
    return None


def _stem(name: str) -> str:
    return _SUFFIX.sub("", name) or name
