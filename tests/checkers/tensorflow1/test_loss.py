"""Loss functions that TensorFlow 2 lacks."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import rules, signatures
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "tf1-loss"

HEAD = "import tensorflow as tf\n\n"


found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tf.keras.losses.MeanSquaredError()(y, p)\n", id="Keras"),
        pytest.param("tf.losses.MeanSquaredError()(y, p)\n", id="the module of TensorFlow 2"),
        pytest.param("tf.losses.Reduction.NONE\n", id="a name of both"),
        pytest.param("tf.nn.l2_loss(w)\n", id="kept"),
        pytest.param("tf.compat.v1.losses.huber_loss(y, p)\n", id="kept below compat"),
        pytest.param("tf.losses.no_such_loss(y, p)\n", id="unknown to both"),
        pytest.param("tf.log(x)\n", id="another rule"),
        pytest.param("losses.huber_loss(y, p)\n", id="another module"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(HEAD + text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tf.losses.huber_loss(y, p)\n", "losses.huber_loss"),
        ("tf.losses.get_total_loss()\n", "losses.get_total_loss"),
        ("loss = tf.losses.log_loss\n", "losses.log_loss"),
        ("r = tf.losses.Reduction.MEAN\n", "losses.Reduction.MEAN"),
        ("tf.contrib.losses.log_loss(p, y)\n", "contrib.losses.log_loss"),
        ("tf.contrib.losses.nobody_knows(p, y)\n", "contrib.losses"),
        (
            "tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=z)\n",
            "nn.softmax_cross_entropy_with_logits_v2",
        ),
    ],
)
def test_reported(text: str, expected: str) -> None:
    assert [finding.api for finding in found(HEAD + text)] == [f"tensorflow.{expected}"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "tf.losses.mean_squared_error(y, model(x))",
            "tf.reduce_mean(tf.math.squared_difference("
            "tf.cast(model(x), tf.float32), tf.cast(y, tf.float32)))",
        ),
        (
            "tf.losses.mean_squared_error(y, model(x), loss_collection=None, scope='loss')",
            "tf.reduce_mean(tf.math.squared_difference("
            "tf.cast(model(x), tf.float32), tf.cast(y, tf.float32)))",
        ),
        (
            "tf.losses.absolute_difference(y, p, weights=w)",
            "tf.math.divide_no_nan(tf.reduce_sum(tf.abs(tf.cast(p, tf.float32) - "
            "tf.cast(y, tf.float32)) * tf.cast(w, tf.float32)), tf.math.count_nonzero("
            "tf.ones_like(y, tf.float32) * tf.cast(w, tf.float32), dtype=tf.float32))",
        ),
        (
            "tf.losses.huber_loss(y, p, delta=2.0)",
            "tf.keras.losses.Huber(delta=2.0)(y, p)",
        ),
        (
            "tf.losses.softmax_cross_entropy(y, net(x))",
            "tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits("
            "labels=tf.stop_gradient(y), logits=net(x)))",
        ),
        (
            "tf.losses.sparse_softmax_cross_entropy(logits=z, labels=y)",
            "tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=z))",
        ),
        (
            "tf.contrib.losses.absolute_difference(p, y)",
            "tf.reduce_mean(tf.abs(tf.cast(p, tf.float32) - tf.cast(y, tf.float32)))",
        ),
    ],
)
def test_fixed(before: str, after: str) -> None:
    assert fixed(f"{HEAD}{before}\n") == f"{HEAD}{after}\n"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("tf.losses.huber_loss(y, p, reduction=r)", "'reduction' has no equivalent"),
        ("tf.losses.mean_squared_error(y, p, weights=f(w))", "'weights' would be evaluated twice"),
        ("tf.losses.log_loss(y, model(x))", "'predictions' would be evaluated twice"),
        ("tf.contrib.losses.log_loss(p, y, weights=w)", "'weights' has no equivalent"),
    ],
)
def test_only_shown(expression: str, reason: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert reason in fix.reason


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("tf.losses.get_regularization_losses()", "model.losses"),
        ("tf.losses.Reduction.SUM_BY_NONZERO_WEIGHTS", "tf.math.count_nonzero"),
        (
            "tf.contrib.losses.metric_learning.triplet_semihard_loss(y, e)",
            "Keras has no triplet loss",
        ),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    assert advice in finding.message
    assert finding.fixes == ()


def test_every_row_is_of_a_name_that_is_gone() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        assert signatures.modern_entry(row.legacy) is None, row.legacy
