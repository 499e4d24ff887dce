"""Steps of ``theano.scan`` that use symbolic values which they are not given."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

from . import scans

RULE = Rule(
    id="C6704",
    message="the step of '%(api)s' uses %(names)s, not among its non_sequences%(strict)s",
    summary="The step of a Theano loop uses symbolic variables that are not passed to it.",
    why="""\
Without `strict=True`, `theano.scan` searches the graph of the step for what it was not given. What
Theano 1.0.5 makes of it was executed:

* for shared variables and inputs of the function nothing changes: values, and gradients for them,
  are those of a loop that gets them through `non_sequences`;
* an *expression* such as `W2 = 2 * W` becomes part of the step instead of an input of the loop.
  Values are the same, but `T.grad(cost, W2)` raises `DisconnectedInputError`; passed through
  `non_sequences` it is a gradient as any other;
* a *random draw* made before the loop is made again in every iteration, see `scan-rng-inside`.

With `strict=True` a shared variable that is not passed raises `MissingInputError`, so that none is
missed when the step is ported: `non_sequences` then is the list of the parameters, and must be a
list. Inputs of the function and draws are taken up even so. `map`, `reduce`, `foldl` and `foldr`
have no `strict`.

In TensorFlow 2 and PyTorch the step is Python and may use what is around it: an expression outside
of the loop is computed once, and a gradient for it is taken with `tape.watch(W2)` or from a tensor
that the loop was computed from.

Reported where the step is a function of the module, the list of `non_sequences` is in sight and
does not hold the variable, and `strict` is not set.
""",
    references=("https://theano-pymc.readthedocs.io/en/latest/library/scan.html",),
)

SYMBOL = "scan-missing-strict"

#: How many names the message shows.
_SHOWN = 4


def check(module: Module) -> Iterator[Finding]:
    for loop in scans.loops(module):
        if loop.constant("strict") not in (False, ...) or not loop.captured:
            continue
        if loop.constant("strict") is ... and "strict" in loop.arguments:
            continue
        names = [f"'{one.text}'" for one in loop.captured]
        shown = ", ".join(names[:_SHOWN]) + (" and others" if len(names) > _SHOWN else "")
        yield module.finding(
            loop.reference.node,
            loop.reference.api,
            confidence=loop.reference.confidence,
            fixes=functools.partial(
                scans.examples, module, SYMBOL, "expression", "Compute it once, before the loop"
            ),
            names=shown,
            strict="; strict=True would tell" if loop.name == "scan" else "",
        )
