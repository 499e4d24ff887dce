"""Estimators, hooks and training sessions that TensorFlow 2 lacks."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import rules, signatures
from tests.checkers import findings

SYMBOL = "tf1-estimator"

HEAD = "import tensorflow as tf\n\n"


found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tf.keras.Model.fit\n", id="TensorFlow 2"),
        pytest.param("tf.train.ClusterSpec({})\n", id="a class of both"),
        pytest.param("tf.feature_column.numeric_column('x')\n", id="a column of both"),
        pytest.param("tf.compat.v1.train.MonitoredTrainingSession()\n", id="kept below compat"),
        pytest.param("tf.train.Saver()\n", id="another rule"),
        pytest.param("estimator.Estimator(f)\n", id="another module"),
        pytest.param(
            "if tf.__version__ < '2.16':\n    e = tf.estimator.Estimator(f)\n", id="guarded"
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(HEAD + text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e = tf.estimator.Estimator(f)\n", "estimator.Estimator"),
        ("if mode == tf.estimator.ModeKeys.TRAIN:\n    pass\n", "estimator.ModeKeys.TRAIN"),
        ("tf.estimator.nobody_knows\n", "estimator"),
        ("tf.compat.v1.estimator.Estimator(f)\n", "compat.v1.estimator.Estimator"),
        ("class H(tf.train.SessionRunHook):\n    pass\n", "train.SessionRunHook"),
        ("tf.contrib.learn.DNNClassifier([3], c)\n", "contrib.learn.DNNClassifier"),
        ("tf.contrib.tpu.TPUEstimator(f)\n", "contrib.tpu.TPUEstimator"),
        ("tf.contrib.training.HParams(a=1)\n", "contrib.training.HParams"),
        ("tf.contrib.slim.learning.train(op, 'd')\n", "contrib.slim.learning.train"),
        (
            "from tensorflow.contrib.learn.python.learn.datasets.mnist import read_data_sets\n",
            "contrib.learn.python.learn.datasets.mnist.read_data_sets",
        ),
    ],
)
def test_reported(text: str, expected: str) -> None:
    assert [finding.api for finding in found(HEAD + text)] == [f"tensorflow.{expected}"]


@pytest.mark.parametrize(
    ("expression", "target", "advice"),
    [
        ("tf.estimator.Estimator(f)", "tf2", "tf.keras.Model: compile(optimizer, loss, metrics)"),
        ("tf.estimator.Estimator(f)", "torch", "torch.utils.data.DataLoader"),
        ("tf.estimator.ModeKeys.TRAIN", "tf2", "model(x, training=True)"),
        ("tf.estimator.DNNClassifier([3], c)", "tf2", "tf.keras.optimizers.Adagrad(0.05)"),
        ("tf.estimator.train_and_evaluate(e, t, v)", "tf2", "validation_data=test"),
        ("tf.train.NanTensorHook(x)", "tf2", "tf.keras.callbacks.TerminateOnNaN()"),
        ("tf.contrib.learn.datasets.mnist.read_data_sets('d')", "tf2", "mnist.load_data()"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, target: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", target)
    assert advice in finding.message
    assert finding.fixes == ()


def test_every_row_is_of_a_name_that_is_gone() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        assert signatures.modern_entry(row.legacy) is None, row.legacy


def test_no_advice_is_to_stay_with_version_1() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        for target in rules.TARGETS:
            assert "compat.v1" not in row.reasons.get(target, row.advice(target)), row.legacy
