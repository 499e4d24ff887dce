"""Feature columns of TensorFlow 1 that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-feature-column"

RULE = Rule(
    id="E6636",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A feature column, or what made tensors of columns, that TensorFlow 2 no longer has.",
    why="""\
Feature columns described how the fields of a table become the inputs of an Estimator. The columns
themselves are still in `tf.feature_column`, deprecated; what read them is gone:
`tf.feature_column.input_layer` and `linear_model` with the graph, `tf.keras.layers.DenseFeatures`
with Keras 3. The columns of `tf.contrib.layers` went with contrib.

Keras has a preprocessing layer for each kind of column, or `tf.keras.utils.FeatureSpace` for all
the fields of a table at once.
""",
    references=("https://www.tensorflow.org/guide/migrate/migrating_feature_columns",),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
