"""Functions on sparse and ragged tensors that TensorFlow 2 has under other names."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-sparse"

RULE = Rule(
    id="E6633",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A function on sparse or ragged tensors that TensorFlow 2 has elsewhere.",
    why="""\
What was `tf.sparse_…` is `tf.sparse.…` in TensorFlow 2, with fewer arguments: names that were
already deprecated, such as `keep_dims` and `reduction_axes`, went with the move. Two are no
renames: `tf.sparse_to_dense` took indices, a shape and values, which are a `tf.SparseTensor` now,
and `tf.sparse_merge` is a `tf.SparseTensor` written out.

`tf.SparseTensorValue` was what a session returned and was fed with. Nothing is fetched any more.

PyTorch has sparse tensors of its own, `torch.sparse_coo_tensor`, with few of these functions.
""",
    references=(
        "https://www.tensorflow.org/guide/sparse_tensor",
        "https://docs.pytorch.org/docs/stable/sparse.html",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
