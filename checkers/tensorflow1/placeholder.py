"""Placeholders: inputs of a graph that is run later."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from astroid import nodes
from lintplugin.checkers.tensorflow1 import fallback, graph_mode

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.rewrite.tensorflow1.graph import canonical
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-placeholder"

RULE = Rule(
    id="E6601",
    message="'%(api)s' is an input of a graph, and TensorFlow 2 builds none; make it a parameter",
    summary="A placeholder: an input of a graph that a session runs later.",
    why="""\
TensorFlow 2 computes each operation when it is called, so nothing can be fed later.
`tf.placeholder` raises `AttributeError` in TensorFlow 2.21, and `tf.compat.v1.placeholder` raises
`RuntimeError` unless eager execution was switched off.

What a session ran with `feed_dict` becomes a function: the placeholders that its result needs are
the parameters. What is fed is converted to the element type of the placeholder first, as
`Session.run` did with `numpy.asarray`; without that, NumPy's float64 would meet float32 variables.

A file is converted as a whole, by `lintplugin fix --target tf2` or `--target torch`. It is left as
it is when a part of it cannot be carried over, and `lintplugin check FILE` names the lines.

Names below `tf.compat.v1` are not reported in a file that calls `disable_v2_behavior`,
`disable_eager_execution` or makes a `tf.Graph`: they work there.
""",
    references=(
        "https://www.tensorflow.org/guide/migrate/tf1_vs_tf2#no_more_sessions",
        "https://www.tensorflow.org/api_docs/python/tf/compat/v1/placeholder",
    ),
)

_PLACEHOLDERS = frozenset({"tensorflow.placeholder", "tensorflow.placeholder_with_default"})


def check(module: Module) -> Iterator[Finding]:
    for api, references in module.by_api.items():
        if canonical(api) not in _PLACEHOLDERS or graph_mode.works(module, api):
            continue
        if graph_mode.is_graph_only(api):
            continue  # Of tf1-session-in-eager.
        for reference in references:
            yield module.finding(
                reference.node,
                reference.api,
                confidence=reference.confidence,
                fixes=functools.partial(_fixes, module, reference.node, api),
            )


def _fixes(module: Module, node: nodes.NodeNG, api: str) -> Iterable[Fix]:
    converted = replacements.conversion_fixes(module, SYMBOL, node)
    offered: Iterable[Fix] = fallback.fixes(module, node, api, converted)
    return offered
