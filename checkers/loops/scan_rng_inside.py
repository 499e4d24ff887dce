"""Random numbers drawn in the steps of Theano loops."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

from . import scans

RULE = Rule(
    id="W6710",
    message="'%(api)s' %(draws)s on line %(line)s; a port draws from a tf.random.Generator or "
    "torch.Generator made outside, and gets other numbers",
    summary="Random numbers that a Theano loop draws in every iteration.",
    why="""\
A draw from `RandomStreams` or `MRG_RandomStreams` is an expression with a state of its own. What
Theano 1.0.5 makes of one that a step uses was executed:

* in the step it is drawn anew in every iteration, and the state is kept for the next call only when
  the updates that the loop returns reach `theano.function`, see
  `scan-updates-dropped`;
* *made before the loop and used in the step*, it is drawn anew in every iteration as well, with or
  without `strict=True`: the step takes up the expression, not its value. A dropout mask that was
  meant to be the same for all iterations is not. Passed through `non_sequences` it is drawn once.

A draw in Python is a value. What stands before the loop in a port is drawn once, what stands in it
every time, so a mask that was taken up must move into the loop to do the same, and one that was
meant to be fixed must not. The generator is made once, outside of the function that is called:
`tf.random.Generator` or `torch.Generator`. Within `tf.function`, `np.random` draws once, when the
function is traced, and every iteration of every call gets that number.

No generator gives the numbers of another framework: compare distributions, or draw before the loop
and pass the same numbers to both as a sequence.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/library/scan.html",
        "https://www.tensorflow.org/api_docs/python/tf/random/Generator",
        "https://pytorch.org/docs/stable/generated/torch.Generator.html",
    ),
)

SYMBOL = "scan-rng-inside"

_INSIDE = "draws in every iteration of the loop"
_OUTSIDE = "is drawn again in every iteration, not once, by the loop that uses '{}'"


def check(module: Module) -> Iterator[Finding]:
    found: dict[nodes.NodeNG, tuple[str, str, int]] = {}
    for loop in scans.loops(module):
        if loop.runs_once:
            continue
        step = scans.step_of(loop.call)
        for function in scans.functions(module.names, step) if step is not None else ():
            for one, _ in scans.reached(module.names, function):
                for draw in scans.draws(module.names, one):
                    found.setdefault(draw, ("inside", _INSIDE, loop.call.lineno))
        for captured in loop.captured:
            made = scans.drawn(module.names, captured.value)
            if made is not None:
                words = _OUTSIDE.format(captured.text)
                found.setdefault(made, ("captured", words, loop.call.lineno))
    for draw, (case, words, line) in found.items():
        assert isinstance(draw, nodes.Call)
        yield module.finding(
            draw.func,
            module.names.api(draw.func) or draw.func.as_string(),
            confidence="INFERENCE",
            fixes=functools.partial(
                scans.examples, module, SYMBOL, case, "Draw from a generator made outside"
            ),
            draws=words,
            line=str(line),
        )
