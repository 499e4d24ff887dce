"""Random numbers of TensorFlow 1 that TensorFlow 2 draws under other names."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-random"

RULE = Rule(
    id="E6635",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A random operation or a distribution of TensorFlow 1 that TensorFlow 2 has elsewhere.",
    why="""\
Random operations moved to `tf.random`. The numbers drawn are others, with the same seed, too: an
operation seed of TensorFlow 1 was combined with the place of the operation in the graph. What is
compared is the distribution, over large samples.

`tf.distributions` became a package of its own, TensorFlow Probability; `torch.distributions` has
most of it.
""",
    references=(
        "https://www.tensorflow.org/guide/random_numbers",
        "https://www.tensorflow.org/probability",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
