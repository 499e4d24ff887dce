"""Loops of Theano that stop by a condition."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

from . import scans

RULE = Rule(
    id="W6709",
    message="'%(api)s' stops the loop after this iteration, whose outputs are kept; a port tests "
    "the condition behind the step, not before it",
    summary="A Theano loop that `theano.scan_module.until` stops.",
    why="""\
A step that returns `theano.scan_module.until(condition)` last makes a `do … while` of the loop. As
executed on Theano 1.0.5:

* the condition is tested *after* the iteration, and the outputs of the iteration that makes it true
  are the last ones kept. There is always one iteration;
* `n_steps`, or the shortest sequence, is the bound, and one of them must be there, otherwise
  `ValueError`. Nothing tells whether the condition or the bound ended the loop;
* the number of outputs is known only when the loop has run;
* with `n_steps=1` the loop is left out and the condition is not looked at.

`tf.while_loop` and `while` test *before* an iteration. A port that moves the condition there leaves
out the last output, or runs once too often. In Python, and within `tf.function`, write
`outputs.append(…)` and then `if condition: break`, in a `for` over the bound. `tf.scan` and
`tf.map_fn` cannot stop.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/library/scan.html",
        "https://www.tensorflow.org/api_docs/python/tf/while_loop",
    ),
)

SYMBOL = "scan-until"


def check(module: Module) -> Iterator[Finding]:
    for reference in scans.calls(module, scans.is_until):
        yield module.finding(
            reference.node,
            reference.api,
            confidence=reference.confidence,
            fixes=functools.partial(
                scans.examples, module, SYMBOL, "doubling", "Test the condition behind the step"
            ),
        )
