"""Builders and loaders of saved models that TensorFlow 2 no longer has."""

from __future__ import annotations

from functools import partial

import pytest

from tests.checkers import findings

SYMBOL = "tf1-saved-model"

HEAD = "import tensorflow as tf\n"

found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


@pytest.mark.parametrize(
    "expression",
    [
        "tf.saved_model.save(model, path)",
        "tf.saved_model.load(path)",
        "tf.saved_model.SERVING",
    ],
)
def test_left_alone(expression: str) -> None:
    assert found(f"{HEAD}{expression}\n") == []


@pytest.mark.parametrize(
    "name",
    [
        "saved_model.simple_save",
        "saved_model.builder.SavedModelBuilder",
        "saved_model.tag_constants.SERVING",
        "contrib.predictor.from_saved_model",
        "saved_model.loader.load",
        "saved_model.utils.build_tensor_info",
    ],
)
def test_reported(name: str) -> None:
    (finding,) = found(f"{HEAD}y = tf.{name}\n")
    assert finding.api == f"tensorflow.{name}"
    assert "counterpart" not in finding.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tf.saved_model.tag_constants.SERVING", "tf.saved_model.SERVING"),
        (
            "tf.saved_model.signature_constants.PREDICT_METHOD_NAME",
            "tf.saved_model.PREDICT_METHOD_NAME",
        ),
    ],
)
def test_fixed(before: str, after: str) -> None:
    assert fixed(f"{HEAD}y = {before}\n", "tf2") == f"{HEAD}y = {after}\n"


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("tf.saved_model.simple_save(s, d, i, o)", "tf.saved_model.save(module, export_dir"),
        ("tf.contrib.predictor.nobody_knows(p)", "tf.saved_model"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    assert advice in finding.message
    assert finding.fixes == ()
