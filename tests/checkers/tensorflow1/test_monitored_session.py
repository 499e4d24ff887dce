"""Sessions that look after a training run, which TensorFlow 2 has no use for."""

from __future__ import annotations

from functools import partial

import pytest

from tests.checkers import findings

SYMBOL = "tf1-monitored-session"

HEAD = "import tensorflow as tf\n"

found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "expression",
    [
        "tf.train.CheckpointManager(c, d, 3)",
        "tf.keras.callbacks.BackupAndRestore(d)",
        "other.train.MonitoredSession()",
    ],
)
def test_left_alone(expression: str) -> None:
    assert found(f"{HEAD}{expression}\n") == []


@pytest.mark.parametrize(
    "name",
    [
        "train.MonitoredTrainingSession",
        "train.Scaffold",
        "train.Supervisor",
    ],
)
def test_reported(name: str) -> None:
    (finding,) = found(f"{HEAD}y = tf.{name}\n")
    assert finding.api == f"tensorflow.{name}"
    assert "counterpart" not in finding.message


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("tf.train.MonitoredTrainingSession()", "tf.train.CheckpointManager"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    assert advice in finding.message
    assert finding.fixes == ()
