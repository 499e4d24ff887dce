"""Functions on strings and records that TensorFlow 2 has under other names."""

from __future__ import annotations

from functools import partial

import pytest

from tests.checkers import findings

SYMBOL = "tf1-string"

HEAD = "import tensorflow as tf\n"

found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


@pytest.mark.parametrize(
    "expression",
    [
        "tf.strings.join([a, b])",
        "tf.io.read_file(path)",
        "tf.io.parse_example(x, features)",
        "other.string_split(x)",
    ],
)
def test_left_alone(expression: str) -> None:
    assert found(f"{HEAD}{expression}\n") == []


@pytest.mark.parametrize(
    "name",
    [
        "string_split",
        "read_file",
        "FixedLenFeature",
        "parse_single_example",
        "python_io.TFRecordWriter",
    ],
)
def test_reported(name: str) -> None:
    (finding,) = found(f"{HEAD}y = tf.{name}\n")
    assert finding.api == f"tensorflow.{name}"
    assert "counterpart" not in finding.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tf.string_join([a, b], separator='-')", "tf.strings.join([a, b], separator='-')"),
        ("tf.read_file(path)", "tf.io.read_file(path)"),
    ],
)
def test_fixed(before: str, after: str) -> None:
    assert fixed(f"{HEAD}y = {before}\n", "tf2") == f"{HEAD}y = {after}\n"
