"""Converters to TensorFlow Lite that started from sessions and frozen graphs."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-lite"

RULE = Rule(
    id="E6640",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A TensorFlow Lite converter or operation that TensorFlow 2 no longer has.",
    why="""\
TensorFlow Lite converts a SavedModel, a Keras model or concrete functions in TensorFlow 2. The
converters that took a session or a frozen graph by the names of its inputs and outputs are gone,
and so are the options that followed from them: what the inputs are is in the function that is
converted.

The layers of `tf.lite.experimental.nn` marked recurrent cells for the converter; it recognises
`tf.keras.layers.LSTM` by itself.
""",
    references=("https://www.tensorflow.org/guide/migrate/tflite",),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
