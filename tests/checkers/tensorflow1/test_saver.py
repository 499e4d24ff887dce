"""Checkpoints and saved graphs that TensorFlow 2 lacks."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import rules, signatures
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "tf1-saver"

HEAD = "import tensorflow as tf\n\n"


found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tf.train.Checkpoint(v=v).restore(path)\n", id="TensorFlow 2"),
        pytest.param("tf.train.latest_checkpoint(path)\n", id="a name of both"),
        pytest.param("tf.saved_model.SERVING\n", id="a constant of both"),
        pytest.param("tf.saved_model.load(path)\n", id="a function of both"),
        pytest.param("tf.lite.TFLiteConverter.from_saved_model(path)\n", id="a method of both"),
        pytest.param("tf.compat.v1.train.Saver()\n", id="kept below compat"),
        pytest.param("tf.log(x)\n", id="another rule"),
        pytest.param("train.Saver()\n", id="another module"),
        pytest.param("if tf.__version__ < '2':\n    saver = tf.train.Saver()\n", id="guarded"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(HEAD + text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("saver = tf.train.Saver(max_to_keep=3)\n", "train.Saver"),
        ("saver = tf.train.import_meta_graph('m.meta')\n", "train.import_meta_graph"),
        ("tf.train.NewCheckpointReader(path)\n", "train.NewCheckpointReader"),
        (
            "tf.contrib.slim.assign_from_checkpoint_fn(p, v)\n",
            "contrib.slim.assign_from_checkpoint_fn",
        ),
    ],
)
def test_reported(text: str, expected: str) -> None:
    assert [finding.api for finding in found(HEAD + text)] == [f"tensorflow.{expected}"]


@pytest.mark.parametrize(
    ("expression", "target", "advice"),
    [
        ("tf.train.Saver()", "tf2", "tf.train.Checkpoint(model=model, optimizer=optimizer)"),
        ("tf.train.Saver()", "torch", "torch.save"),
        ("tf.train.init_from_checkpoint(p, m)", "tf2", "tf.train.load_variable(path, name)"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, target: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", target)
    assert advice in finding.message
    assert finding.fixes == ()


@pytest.mark.parametrize(
    ("expression", "applicability", "replacement"),
    [
        ("tf.train.NewCheckpointReader(p)", Applicability.DISPLAY, "tf.train.load_checkpoint(p)"),
    ],
)
def test_one_name_for_another(
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
