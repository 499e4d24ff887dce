"""Queues, readers and iterators that TensorFlow 2 lacks."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import rules, signatures
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "tf1-reader"

HEAD = "import tensorflow as tf\n\n"


found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tf.data.TFRecordDataset(files)\n", id="TensorFlow 2"),
        pytest.param("tf.queue.FIFOQueue(3, tf.int32)\n", id="the queue of TensorFlow 2"),
        pytest.param("tf.data.Dataset.range(3).batch(2)\n", id="a method of both"),
        pytest.param("tf.train.Coordinator()\n", id="a class of both"),
        pytest.param("tf.compat.v1.train.batch([x], 3)\n", id="kept below compat"),
        pytest.param("tf.io.TFRecordWriter(path)\n", id="a writer"),
        pytest.param("tf.log(x)\n", id="another rule"),
        pytest.param("train.shuffle_batch([x], 3, 9, 3)\n", id="another module"),
        pytest.param("if tf.__version__ < '2':\n    reader = tf.TFRecordReader()\n", id="guarded"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(HEAD + text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x, y = tf.train.shuffle_batch([x, y], 3, 9, 3)\n", "train.shuffle_batch"),
        ("tf.train.queue_runner.QueueRunner(q, [op])\n", "train.queue_runner.QueueRunner"),
        ("threads = tf.train.start_queue_runners()\n", "train.start_queue_runners"),
        ("reader = tf.TextLineReader()\n", "TextLineReader"),
        ("q = tf.io.PaddingFIFOQueue(3, [tf.int32], [[None]])\n", "io.PaddingFIFOQueue"),
        ("tf.contrib.training.bucket(x, i, 3, 2)\n", "contrib.training.bucket"),
        ("tf.train.match_filenames_once('*')\n", "train.match_filenames_once"),
    ],
)
def test_reported(text: str, expected: str) -> None:
    assert [finding.api for finding in found(HEAD + text)] == [f"tensorflow.{expected}"]


@pytest.mark.parametrize(
    ("expression", "target", "advice"),
    [
        ("tf.train.batch([x], 3)", "tf2", "batch(batch_size, drop_remainder=True)"),
        ("tf.train.shuffle_batch([x], 3, 9, 3)", "tf2", "tf.data.Dataset.shuffle(capacity, seed)"),
        ("tf.train.shuffle_batch([x], 3, 9, 3)", "torch", "DataLoader"),
        ("tf.TFRecordReader()", "tf2", "tf.data.TFRecordDataset(filenames, compression_type)"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, target: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", target)
    assert advice in finding.message
    assert finding.fixes == ()


@pytest.mark.parametrize(
    ("expression", "applicability", "replacement"),
    [
        ("tf.FIFOQueue(3, tf.int32)", Applicability.DISPLAY, "tf.queue.FIFOQueue(3, tf.int32)"),
        (
            "tf.python_io.tf_record_iterator(path)",
            Applicability.DISPLAY,
            "tf.data.TFRecordDataset(path).as_numpy_iterator()",
        ),
    ],
)
def test_one_call_for_another(
    expression: str, applicability: Applicability, replacement: str
) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    (fix,) = finding.fixes
    assert (fix.applicability, fix.replacement) == (applicability, replacement)
    assert bool(fix.edits) == (applicability is Applicability.SAFE)


def test_every_row_is_of_a_name_that_is_gone() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        assert signatures.modern_entry(row.legacy) is None, row.legacy


def test_no_advice_is_to_stay_with_version_1() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        for target in rules.TARGETS:
            assert "compat.v1" not in row.reasons.get(target, row.advice(target)), row.legacy
