"""Sessions and placeholders of ``tf.compat.v1`` in a file that builds no graph."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import graph_mode

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-session-in-eager"

RULE = Rule(
    id="E6607",
    message="'%(api)s' fails in eager mode, and nothing here switches it off; convert the file",
    summary="A name of `tf.compat.v1` that works in graphs alone, where TensorFlow 2 computes at "
    "once.",
    why="""\
`tf.Session` renamed to `tf.compat.v1.Session` is what the official upgrade script writes, and it
does not run: operations are computed when they are called, so `run` raises
`RuntimeError: The Session graph is empty`, and `tf.compat.v1.placeholder` raises
`tf.placeholder() is not compatible with eager execution`. So do queues and
readers, summary writers, and the monitored sessions.

The file is converted to functions, as one that says `tf.Session` is. Nothing is reported where
`disable_v2_behavior` or `disable_eager_execution` is called, or a `tf.Graph` is made.
""",
    references=(
        "https://www.tensorflow.org/guide/migrate/tf1_vs_tf2#no_more_sessions",
        "https://www.tensorflow.org/api_docs/python/tf/compat/v1/placeholder",
    ),
)


def check(module: Module) -> Iterator[Finding]:
    for api, references in module.by_api.items():
        if not graph_mode.is_graph_only(api) or graph_mode.works(module, api):
            continue
        for reference in references:
            yield module.finding(
                reference.node,
                api,
                confidence=reference.confidence,
                fixes=functools.partial(
                    replacements.conversion_fixes, module, SYMBOL, reference.node
                ),
            )
