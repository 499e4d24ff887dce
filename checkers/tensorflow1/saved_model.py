"""Builders and loaders of saved models that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-saved-model"

RULE = Rule(
    id="E6638",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="What wrote or read a SavedModel by way of a session.",
    why="""\
The format stayed: `tf.saved_model.load` of TensorFlow 2 reads what the builder of TensorFlow 1
wrote, and gives an object whose `signatures["serving_default"]` is a function. What wrote it took a
session and tensors by name; `tf.saved_model.save` takes an object whose methods are `tf.function`s,
and the tensors of a signature are the arguments and results of such a method.

The constants of `saved_model.tag_constants`, `signature_constants` and `constants` are names in
`tf.saved_model` itself.
""",
    references=(
        "https://www.tensorflow.org/guide/saved_model",
        "https://www.tensorflow.org/guide/migrate/saved_model",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
