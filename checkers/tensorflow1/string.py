"""Functions on strings and records that TensorFlow 2 has under other names."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-string"

RULE = Rule(
    id="E6632",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A function on strings, files or records that TensorFlow 2 has elsewhere.",
    why="""\
Operations on strings moved to `tf.strings`, those on files and serialised records to `tf.io`. They
kept their meaning but for two:

* `tf.string_split` gave a sparse tensor, and `tf.strings.split` gives a ragged one: `.to_sparse()`
  makes the former of the latter.
* `tf.decode_csv` and `tf.parse_example` took their arguments in another order.

PyTorch has no tensors of strings. What a data pipeline does with texts is done in Python there,
before tensors are made of the results.
""",
    references=(
        "https://www.tensorflow.org/api_docs/python/tf/strings",
        "https://www.tensorflow.org/api_docs/python/tf/io",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
