"""Functions of linear algebra and signal processing that TensorFlow 2 has under other names."""

from __future__ import annotations

from functools import partial

import pytest

from tests.checkers import findings

SYMBOL = "tf1-linalg"

HEAD = "import tensorflow as tf\n"

found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


@pytest.mark.parametrize(
    "expression",
    [
        "tf.linalg.inv(x)",
        "tf.signal.fft(x)",
        "tf.matmul(a, b)",
        "other.matrix_inverse(x)",
    ],
)
def test_left_alone(expression: str) -> None:
    assert found(f"{HEAD}{expression}\n") == []


@pytest.mark.parametrize(
    "name",
    [
        "matrix_inverse",
        "cholesky",
        "svd",
        "fft2d",
        "batch_cholesky",
    ],
)
def test_reported(name: str) -> None:
    (finding,) = found(f"{HEAD}y = tf.{name}\n")
    assert finding.api == f"tensorflow.{name}"
    assert "counterpart" not in finding.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tf.matrix_inverse(x)", "tf.linalg.inv(x)"),
        ("tf.cholesky(x)", "tf.linalg.cholesky(x)"),
        ("tf.fft2d(x)", "tf.signal.fft2d(x)"),
        ("tf.matrix_inverse(a, True)", "tf.linalg.inv(a, True)"),
    ],
)
def test_fixed(before: str, after: str) -> None:
    assert fixed(f"{HEAD}y = {before}\n", "tf2") == f"{HEAD}y = {after}\n"
