"""Functions on sparse and ragged tensors that TensorFlow 2 has under other names."""

from __future__ import annotations

from functools import partial

import pytest

from tests.checkers import findings

SYMBOL = "tf1-sparse"

HEAD = "import tensorflow as tf\n"

found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


@pytest.mark.parametrize(
    "expression",
    [
        "tf.sparse.to_dense(x)",
        "tf.sparse.reorder(x)",
        "tf.SparseTensor(i, v, s)",
        "other.sparse_to_dense(i, s, v)",
    ],
)
def test_left_alone(expression: str) -> None:
    assert found(f"{HEAD}{expression}\n") == []


@pytest.mark.parametrize(
    "name",
    [
        "sparse_tensor_to_dense",
        "sparse_to_dense",
        "sparse_reduce_sum",
        "SparseTensorValue",
        "ragged.RaggedTensorValue",
    ],
)
def test_reported(name: str) -> None:
    (finding,) = found(f"{HEAD}y = tf.{name}\n")
    assert finding.api == f"tensorflow.{name}"
    assert "counterpart" not in finding.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tf.sparse_tensor_to_dense(x)", "tf.sparse.to_dense(x)"),
        ("tf.sparse_reorder(x)", "tf.sparse.reorder(x)"),
        (
            "tf.sparse_to_dense(i, [9], 1.0, -1.0)",
            "tf.raw_ops.SparseToDense(sparse_indices=i, output_shape=[9], "
            "sparse_values=1.0, default_value=-1.0)",
        ),
    ],
)
def test_fixed(before: str, after: str) -> None:
    assert fixed(f"{HEAD}y = {before}\n", "tf2") == f"{HEAD}y = {after}\n"
