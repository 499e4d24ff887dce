"""Frozen graphs, and what took graphs apart, that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-graph-def"

RULE = Rule(
    id="E6639",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A serialised graph, or what froze, copied or edited one.",
    why="""\
Freezing turned the variables of a graph into constants, so that one file held the model. A
SavedModel holds both, and is what TensorFlow 2 writes. A frozen graph of TensorFlow 1 is still
read, by `tf.graph_util.import_graph_def` within a `tf.function`.

Editing a graph by its operations has no counterpart: functions are traced from Python, which is
what to change.
""",
    references=(
        "https://www.tensorflow.org/guide/migrate/saved_model",
        "https://www.tensorflow.org/api_docs/python/tf/graph_util/import_graph_def",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
