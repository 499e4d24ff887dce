"""Optimizers, learning rates and the global step, which TensorFlow 2 lacks."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import rules, signatures
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "tf1-optimizer"

HEAD = "import tensorflow as tf\n\n"

SCHEDULES = "tf.keras.optimizers.schedules"


found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tf.keras.optimizers.Adam(0.1)\n", id="Keras"),
        pytest.param("tf.optimizers.Adam(0.1)\n", id="another name of it"),
        pytest.param("tf.train.ExponentialMovingAverage(0.9)\n", id="kept"),
        pytest.param("tf.clip_by_global_norm(gs, 1.0)\n", id="kept function"),
        pytest.param("tf.compat.v1.train.AdamOptimizer(0.1)\n", id="kept below compat"),
        pytest.param("tf.train.Saver()\n", id="another rule"),
        pytest.param("train.AdamOptimizer(0.1)\n", id="another module"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(HEAD + text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tf.train.AdamOptimizer(0.1).minimize(loss)\n", "train.AdamOptimizer"),
        ("class Mine(tf.train.Optimizer):\n    pass\n", "train.Optimizer"),
        ("gate = tf.train.Optimizer.GATE_OP\n", "train.Optimizer.GATE_OP"),
        ("step = tf.train.get_or_create_global_step()\n", "train.get_or_create_global_step"),
        (
            "step = tf.contrib.framework.get_global_step()\n",
            "contrib.framework.get_global_step",
        ),
        (
            "tf.train.piecewise_constant_decay(s, [1], [1.0, 0.1])\n",
            "train.piecewise_constant_decay",
        ),
        ("tf.contrib.opt.AdamWOptimizer(0.1)\n", "contrib.opt.AdamWOptimizer"),
        ("tf.contrib.opt.NobodyKnows(0.1)\n", "contrib.opt"),
        ("tf.train.experimental.FixedLossScale(2.0)\n", "train.experimental.FixedLossScale"),
    ],
)
def test_reported(text: str, expected: str) -> None:
    assert [finding.api for finding in found(HEAD + text)] == [f"tensorflow.{expected}"]


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("tf.train.RMSPropOptimizer(0.1)", "begin at 0, not at 1"),
        ("tf.train.get_global_step()", "optimizer.iterations"),
        ("tf.contrib.opt.AdamWOptimizer(0.1)", "weight_decay / learning_rate"),
        ("tf.contrib.opt.LARSOptimizer(0.1)", "Keras has no LARS"),
        ("tf.train.noisy_linear_cosine_decay(0.1, s, 9)", "no schedule with noise"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    assert advice in finding.message
    assert finding.fixes == ()


@pytest.mark.parametrize(
    ("expression", "replacement"),
    [
        ("tf.train.GradientDescentOptimizer(0.1)", "SGD(learning_rate=0.1)"),
        (
            "tf.train.MomentumOptimizer(rate, 0.9, use_nesterov=True)",
            "SGD(learning_rate=rate, momentum=0.9, nesterov=True)",
        ),
        ("tf.train.AdamOptimizer()", "Adam(epsilon=1e-08)"),
        ("tf.train.AdamOptimizer(1e-4, beta1=0.5)", None),
        (
            "tf.train.AdagradOptimizer(0.1, name='a')",
            "Adagrad(learning_rate=0.1, epsilon=0.0)",
        ),
        ("tf.train.FtrlOptimizer(0.1)", "Ftrl(learning_rate=0.1)"),
    ],
)
def test_optimizers_are_shown(expression: str, replacement: str | None) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert fix.evidence is not None
    assert "tf.GradientTape" in fix.reason
    replacement = replacement or "Adam(learning_rate=1e-4, beta_1=0.5, epsilon=1e-08)"
    assert fix.replacement == f"tf.keras.optimizers.{replacement}"


@pytest.mark.parametrize(
    ("expression", "replacement"),
    [
        ("tf.train.GradientDescentOptimizer(0.1)", "SGD(model.parameters(), lr=0.1)"),
        (
            "tf.train.MomentumOptimizer(rate, 0.9, use_nesterov=True)",
            "SGD(model.parameters(), lr=rate, momentum=0.9, nesterov=True)",
        ),
        (
            "tf.train.AdagradOptimizer(0.1)",
            "Adagrad(model.parameters(), lr=0.1, initial_accumulator_value=0.1, eps=0.0)",
        ),
        (
            "tf.train.AdadeltaOptimizer()",
            "Adadelta(model.parameters(), lr=0.001, rho=0.95, eps=1e-08)",
        ),
    ],
)
def test_optimizers_of_pytorch_are_shown(expression: str, replacement: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "torch")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert fix.evidence is not None
    assert "loss.backward()" in fix.reason
    assert fix.replacement == f"torch.optim.{replacement}"


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("tf.train.AdamOptimizer(0.1)", "adds epsilon after the bias correction"),
        ("tf.train.RMSPropOptimizer(0.1)", "begin at 0, not at 1"),
        ("tf.train.FtrlOptimizer(0.1)", "no optimizer of PyTorch"),
    ],
)
def test_an_optimizer_of_pytorch_that_takes_other_steps(expression: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "torch")
    assert advice in finding.message
    assert finding.fixes == ()


@pytest.mark.parametrize(
    ("expression", "replacement"),
    [
        (
            "tf.train.exponential_decay(0.1, s, 100, 0.96, staircase=True)",
            f"{SCHEDULES}.ExponentialDecay(0.1, 100, 0.96, staircase=True)(s)",
        ),
        (
            "tf.train.natural_exp_decay(0.1, s, 100, rate)",
            f"{SCHEDULES}.ExponentialDecay(0.1, 100, tf.exp(-rate))(s)",
        ),
        (
            "tf.train.polynomial_decay(0.1, s, 100, power=2.0)",
            f"{SCHEDULES}.PolynomialDecay(0.1, 100, power=2.0)(s)",
        ),
        (
            "tf.train.piecewise_constant(s, [10], [0.1, 0.01])",
            f"{SCHEDULES}.PiecewiseConstantDecay([10], [0.1, 0.01])(s)",
        ),
    ],
)
def test_a_rate_is_that_of_one_step(expression: str, replacement: str) -> None:
    """An optimizer that got it would never change its rate."""
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    (fix,) = finding.fixes
    assert fix.replacement == replacement
    assert fix.applicability is Applicability.UNSAFE
    assert "takes the schedule itself" in fix.reason


def test_every_row_is_of_a_name_that_is_gone() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        assert signatures.modern_entry(row.legacy) is None, row.legacy
