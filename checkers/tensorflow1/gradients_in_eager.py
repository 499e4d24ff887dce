"""``tf.gradients`` in programs of TensorFlow 1: it works in graphs alone."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import graph_mode, removed_api

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-gradients-in-eager"

RULE = Rule(
    id="E6621",
    message="'%(api)s' raises where TensorFlow 2 computes at once; use tf.GradientTape",
    summary="`tf.gradients` or `tf.hessians` in a program that builds a graph for a session.",
    why="""\
`tf.gradients` asks a graph how a tensor was computed. TensorFlow 2 has the name, and outside
`tf.function` it raises `RuntimeError: tf.gradients is not supported when eager execution is
enabled`. What is to be differentiated is computed below a `tf.GradientTape` instead; PyTorch has
`torch.autograd.grad`.

Reported in files that use a name which no TensorFlow 2 has had; in others the call may be traced by
`tf.function`.
""",
    references=("https://www.tensorflow.org/api_docs/python/tf/gradients",),
)

_NAMES = frozenset({"tensorflow.gradients", "tensorflow.hessians"})


def check(module: Module) -> Iterator[Finding]:
    for api, references in module.by_api.items():
        name = api.replace(".compat.v1", "", 1)
        if name not in _NAMES or graph_mode.is_on(module):
            continue
        for reference in references:
            if removed_api.is_version_1(module):
                yield module.finding(
                    reference.node,
                    api,
                    confidence=reference.confidence,
                    fixes=functools.partial(
                        replacements.conversion_fixes, module, "tf1-session", reference.node
                    ),
                )
