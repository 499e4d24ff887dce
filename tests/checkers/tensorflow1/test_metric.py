"""Metrics that TensorFlow 2 lacks."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import rules, signatures
from tests.checkers import findings

SYMBOL = "tf1-metric"

HEAD = "import tensorflow as tf\n\n"


found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tf.keras.metrics.Accuracy()\n", id="Keras"),
        pytest.param("tf.metrics.Accuracy()\n", id="the module of TensorFlow 2"),
        pytest.param("metrics = tf.metrics\n", id="the module alone"),
        pytest.param("tf.compat.v1.metrics.auc(y, p)\n", id="kept below compat"),
        pytest.param("tf.metrics.no_such_metric(y, p)\n", id="unknown to both"),
        pytest.param("tf.losses.log_loss(y, p)\n", id="another rule"),
        pytest.param("metrics.auc(y, p)\n", id="another module"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(HEAD + text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("value, update = tf.metrics.accuracy(y, p)\n", "metrics.accuracy"),
        ("metric = tf.metrics.auc\n", "metrics.auc"),
        ("tf.contrib.metrics.streaming_auc(p, y)\n", "contrib.metrics.streaming_auc"),
        ("tf.contrib.metrics.nobody_knows(p, y)\n", "contrib.metrics"),
    ],
)
def test_reported(text: str, expected: str) -> None:
    assert [finding.api for finding in found(HEAD + text)] == [f"tensorflow.{expected}"]


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("tf.metrics.accuracy(y, p)", "tf.keras.metrics.Accuracy(): update_state(…)"),
        ("tf.metrics.precision(y, p)", "the predictions were cast to bool"),
        ("tf.metrics.auc(y, p)", "tf.keras.metrics.AUC()"),
        ("tf.metrics.mean_per_class_accuracy(y, p, 4)", "tf.math.confusion_matrix"),
        ("tf.metrics.mean_iou(y, p, 4)", "tf.keras.metrics.MeanIoU(num_classes)"),
        ("tf.metrics.sensitivity_at_specificity(y, p, 0.5)", "nearest specificity"),
        ("tf.contrib.metrics.streaming_accuracy(p, y)", "the labels come first"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    assert advice in finding.message
    assert finding.fixes == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "tf.contrib.metrics.accuracy(p, y)",
            "tf.reduce_mean(tf.cast(tf.equal(p, y), tf.float32))",
        ),
        (
            "tf.contrib.metrics.confusion_matrix(y, p, 4, weights=w)",
            "tf.math.confusion_matrix(y, p, 4, weights=w)",
        ),
    ],
)
def test_a_function_of_one_batch_is_replaced(before: str, after: str) -> None:
    (finding,) = found(f"{HEAD}{before}\n", "tf2")
    (fix,) = finding.fixes
    assert fix.replacement == after
    assert fix.edits


def test_every_row_is_of_a_name_that_is_gone() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        is_module = row.entry is not None and row.entry.kind == "module"
        assert is_module or signatures.modern_entry(row.legacy) is None, row.legacy
