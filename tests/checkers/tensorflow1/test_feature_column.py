"""Feature columns of TensorFlow 1 that TensorFlow 2 no longer has."""

from __future__ import annotations

from functools import partial

import pytest

from tests.checkers import findings

SYMBOL = "tf1-feature-column"

HEAD = "import tensorflow as tf\n"

found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "expression",
    [
        "tf.feature_column.numeric_column('a')",
        "tf.keras.layers.Normalization()",
        "tf.keras.utils.FeatureSpace(features)",
    ],
)
def test_left_alone(expression: str) -> None:
    assert found(f"{HEAD}{expression}\n") == []


@pytest.mark.parametrize(
    "name",
    [
        "feature_column.input_layer",
        "keras.layers.DenseFeatures",
        "contrib.layers.real_valued_column",
    ],
)
def test_reported(name: str) -> None:
    (finding,) = found(f"{HEAD}y = tf.{name}\n")
    assert finding.api == f"tensorflow.{name}"
    assert "counterpart" not in finding.message


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("tf.feature_column.input_layer(f, c)", "tf.keras"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    assert advice in finding.message
    assert finding.fixes == ()
