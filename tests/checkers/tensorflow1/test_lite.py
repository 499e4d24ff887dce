"""Converters to TensorFlow Lite that started from sessions and frozen graphs."""

from __future__ import annotations

from functools import partial

import pytest

from tests.checkers import findings

SYMBOL = "tf1-lite"

HEAD = "import tensorflow as tf\n"

found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "expression",
    [
        "tf.lite.TFLiteConverter.from_saved_model(path)",
        "tf.lite.Interpreter(path)",
        "tf.lite.TFLiteConverter.from_keras_model(m)",
    ],
)
def test_left_alone(expression: str) -> None:
    assert found(f"{HEAD}{expression}\n") == []


@pytest.mark.parametrize(
    "name",
    [
        "lite.TFLiteConverter.from_session",
        "lite.TocoConverter",
        "lite.toco_convert",
        "contrib.lite",
    ],
)
def test_reported(name: str) -> None:
    (finding,) = found(f"{HEAD}y = tf.{name}\n")
    assert finding.api == f"tensorflow.{name}"
    assert "counterpart" not in finding.message


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("tf.lite.TFLiteConverter.from_keras_model_file(p)", "from_keras_model(tf.keras"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    assert advice in finding.message
    assert finding.fixes == ()
