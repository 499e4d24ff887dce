"""Loops of Theano that run backwards."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

from . import scans

RULE = Rule(
    id="W6707",
    message="'%(api)s' goes backwards: its outputs come in the order of the iterations, the first "
    "for the last element; a port reverses the sequences and not the outputs",
    summary="A Theano loop with `go_backwards=True`, whose outputs are in reversed order.",
    why="""\
`go_backwards=True` reverses every sequence and nothing else. As executed on Theano 1.0.5:

* `outputs[0]` belongs to the last element, `outputs[-1]` to the first. To stand beside the
  sequence, or beside the outputs of a forward loop, they must be reversed: `outputs[::-1]`;
* the initial state is that before the *last* element. One with several taps is not reversed;
* taps of sequences keep their meaning: with `dict(input=x, taps=[0, 1])` a step gets `x[t]` and
  `x[t + 1]`, and only `t` falls;
* with `n_steps` the loop takes the last elements, not the first.

`tf.scan(fn, x, reverse=True)` is *not* the same: it returns the outputs in the order of the
sequence, like `outputs[::-1]`. `tf.keras.layers.RNN(go_backwards=True)` is: it returns them in the
order of the iterations. In PyTorch, `nn.RNN` and its relatives with `bidirectional=True` return
the backward outputs in the order of the sequence. A Python loop over `x.flip(0)` or `x[::-1]` gives
Theano's order.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/library/scan.html",
        "https://www.tensorflow.org/api_docs/python/tf/scan",
        "https://pytorch.org/docs/stable/generated/torch.nn.RNN.html",
    ),
)

SYMBOL = "scan-go-backwards"


def check(module: Module) -> Iterator[Finding]:
    for loop in scans.loops(module):
        if loop.constant("go_backwards") in (True, 1):
            yield module.finding(
                loop.reference.node,
                loop.reference.api,
                confidence=loop.reference.confidence,
                fixes=functools.partial(
                    scans.examples,
                    module,
                    SYMBOL,
                    "reversed",
                    "Reverse the sequences, and not the outputs",
                ),
            )
