"""Loops of Theano with a truncated gradient."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

from . import scans

RULE = Rule(
    id="W6708",
    message="'%(api)s' takes gradients through its last %(steps)s only; nothing in TensorFlow 2 or "
    "PyTorch does: compute the iterations before them without gradient",
    summary="A Theano loop with `truncate_gradient`, which has no counterpart.",
    why="""\
`truncate_gradient=k` lets the gradient of a loop run through its last `k` iterations. What
Theano 1.0.5 makes of it was executed, and is not what truncated backpropagation through time
usually means:

* only the last `k` iterations contribute. What the outputs *before* them add to a cost is dropped
  whole, so the gradient of `outputs.sum()` for a parameter is that of the last `k` terms;
* gradients for the elements before them, and for the initial state, are zero, not missing;
* with `k` no smaller than the number of iterations the gradient is complete; `k = 0` raises
  `NotImplementedError` when it is computed.

The values do not change, so a port without truncation gives the same costs and other gradients.
The port that gives the same detaches at one place: it computes the first `n - k` iterations under
`torch.no_grad()`, or through `tf.stop_gradient`, the elements and the parameters included. A
`.detach()` of the state every `k` iterations is another thing: there every iteration contributes.

Reported where `k` is in sight and is not `-1`, the default, which truncates nothing.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/library/scan.html",
        "https://pytorch.org/docs/stable/generated/torch.no_grad.html",
        "https://www.tensorflow.org/api_docs/python/tf/stop_gradient",
    ),
)

SYMBOL = "scan-truncate-gradient"


def check(module: Module) -> Iterator[Finding]:
    for loop in scans.loops(module):
        steps = loop.constant("truncate_gradient")
        if type(steps) is int and steps != -1:
            yield module.finding(
                loop.reference.node,
                loop.reference.api,
                confidence=loop.reference.confidence,
                fixes=functools.partial(
                    scans.examples,
                    module,
                    SYMBOL,
                    "last-steps",
                    "Compute the iterations before the last without gradient",
                ),
                steps="iteration" if steps == 1 else f"{steps} iterations",
            )
