"""Summaries that TensorFlow 2 lacks."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import rules, signatures
from tests.checkers import findings

SYMBOL = "tf1-summary"

HEAD = "import tensorflow as tf\n\n"


found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tf.summary.create_file_writer('d')\n", id="TensorFlow 2"),
        pytest.param("tf.summary.scalar('loss', loss, step=1)\n", id="a name of both"),
        pytest.param("tf.summary.scalar('loss', loss)\n", id="of the rule for arguments"),
        pytest.param("tf.compat.v1.summary.FileWriter('d')\n", id="kept below compat"),
        pytest.param("tf.summary.no_such_name()\n", id="unknown to both"),
        pytest.param("tf.log(x)\n", id="another rule"),
        pytest.param("tf.keras.Model.summary\n", id="of Keras"),
        pytest.param("summary.merge_all()\n", id="another module"),
        pytest.param(
            "if tf.__version__ < '2':\n    writer = tf.summary.FileWriter('d')\n", id="guarded"
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(HEAD + text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("writer = tf.summary.FileWriter('d')\n", "summary.FileWriter"),
        ("merged = tf.summary.merge_all()\n", "summary.merge_all"),
        ("tf.Summary(value=[])\n", "Summary"),
        ("tf.summary.Summary(value=[])\n", "summary.Summary"),
        ("tf.Summary.Value(tag='a', simple_value=1.0)\n", "Summary.Value"),
        ("tf.train.SummaryWriter('d')\n", "train.SummaryWriter"),
        ("tf.scalar_summary('a', x)\n", "scalar_summary"),
        ("tf.contrib.summary.scalar('a', x)\n", "contrib.summary.scalar"),
        ("tf.contrib.summary.nobody_knows()\n", "contrib.summary"),
        ("for event in tf.train.summary_iterator(path):\n    pass\n", "train.summary_iterator"),
        (
            "from tensorflow.contrib.tensorboard.plugins import projector\n",
            "contrib.tensorboard.plugins.projector",
        ),
    ],
)
def test_reported(text: str, expected: str) -> None:
    assert [finding.api for finding in found(HEAD + text)] == [f"tensorflow.{expected}"]


@pytest.mark.parametrize(
    ("expression", "target", "advice"),
    [
        ("tf.summary.FileWriter('d')", "tf2", "tf.summary.create_file_writer(logdir)"),
        ("tf.summary.FileWriter('d')", "torch", "torch.utils.tensorboard.SummaryWriter(logdir)"),
        ("tf.summary.merge_all()", "tf2", "nothing: a summary is written when it is called"),
        ("tf.scalar_summary('a', x)", "torch", "writer.add_scalar(tag, value, step)"),
        ("tf.image_summary('a', x)", "tf2", "between 0 and 1"),
        ("tf.Summary.Value(tag='a', simple_value=x)", "tf2", "tf.summary.scalar(name, value"),
        ("tf.contrib.summary.never_record_summaries()", "tf2", "tf.summary.record_if(False)"),
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
