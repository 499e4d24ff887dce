"""Functions of linear algebra and signal processing that TensorFlow 2 has under other names."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-linalg"

RULE = Rule(
    id="E6634",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A function of linear algebra or of a transform that TensorFlow 2 has elsewhere.",
    why="""\
Linear algebra moved to `tf.linalg`, transforms to `tf.signal`. The functions on one matrix and
those of 0.x on a batch, `tf.batch_matrix_inverse`, are one function now, since all take leading
dimensions.

`tf.svd` gives the singular values first, also in TensorFlow 2, and the adjoint of the right vectors
is not taken; `torch.linalg.svd` gives them in the order `U, S, Vh`, with the adjoint taken. Vectors
are determined up to their sign, or phase, in all of them.
""",
    references=(
        "https://www.tensorflow.org/api_docs/python/tf/linalg",
        "https://www.tensorflow.org/api_docs/python/tf/signal",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
