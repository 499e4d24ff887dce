"""Optimisers and assignments, for both targets."""

from __future__ import annotations

import pytest

from lintplugin.rewrite import convert_text

TEXT = """\
import tensorflow as tf
w = tf.Variable([1.0, 2.0])
loss = tf.reduce_sum(tf.square(w))
train = tf.train.{}.minimize(loss)
sess = tf.Session()
sess.run(tf.global_variables_initializer())
sess.run(train)
"""


def optimizer(made: str, target: str) -> str:
    result, conversion = convert_text(TEXT.format(made), target)
    assert result is not None, conversion.refusals
    return result.partition("\noptimizer = ")[2].partition("\n")[0]


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ("RMSPropOptimizer(0.1, centered=True)", "argument 'centered' has no equivalent"),
        ("GradientDescentOptimizer(w)", "a learning rate that depends on what the step changes"),
        ("GradientDescentOptimizer()", "required argument 'learning_rate' is missing"),
        ("GradientDescentOptimizer(rate=1)", "argument 'rate' is not one of the recorded"),
    ],
)
@pytest.mark.parametrize("target", ["tf2", "torch"])
def test_optimisers_without_an_equal(made: str, why: str, target: str) -> None:
    result, conversion = convert_text(TEXT.format(made), target)
    assert result is None
    assert any(why in refusal.reason for refusal in conversion.refusals), conversion.refusals


@pytest.mark.parametrize(
    ("made", "tf2", "torch"),
    [
        (
            "GradientDescentOptimizer(0.5, name='sgd')",
            "tf.keras.optimizers.SGD(learning_rate=0.5)",
            "torch.optim.SGD([w], lr=0.5)",
        ),
        (
            "MomentumOptimizer(0.1, 0.9)",
            "tf.keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)",
            "torch.optim.SGD([w], lr=0.1, momentum=0.9)",
        ),
        (
            "MomentumOptimizer(0.1, 0.9, use_nesterov=True)",
            "tf.keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True)",
            "torch.optim.SGD([w], lr=0.1, momentum=0.9, nesterov=True)",
        ),
        (
            "AdagradOptimizer(0.1)",
            "tf.keras.optimizers.Adagrad(learning_rate=0.1, epsilon=0.0)",
            "torch.optim.Adagrad([w], lr=0.1, initial_accumulator_value=0.1, eps=0.0)",
        ),
    ],
)
def test_optimisers(made: str, tf2: str, torch: str) -> None:
    assert optimizer(made, "tf2") == tf2
    assert optimizer(made, "torch") == torch


@pytest.mark.parametrize(
    ("assignment", "tf2", "torch"),
    [
        ("tf.assign(w, [0.0, 1.0])", "w.assign([0.0, 1.0])",
         "w.copy_(torch.tensor([0.0, 1.0], dtype=torch.float32))"),
        ("tf.assign_add(ref=w, value=w * 2.0)", "w.assign_add(w * 2.0)", "w.add_(w * 2.0)"),
        ("w.assign_sub(w)", "w.assign_sub(w)", "w.sub_(w)"),
    ],
)  # fmt: skip
def test_assignments(assignment: str, tf2: str, torch: str) -> None:
    text = (
        f"import tensorflow as tf\nw = tf.Variable([1.0, 2.0])\nup = {assignment}\n"
        "sess = tf.Session()\nsess.run(tf.global_variables_initializer())\nsess.run(up)\n"
    )
    for target, written in (("tf2", tf2), ("torch", torch)):
        result, conversion = convert_text(text, target)
        assert result is not None, conversion.refusals
        assert f"def run_up():\n    {written}\n" in result


@pytest.mark.parametrize(
    ("made", "tf2", "torch"),
    [
        (
            "AdamOptimizer()",
            "tf.keras.optimizers.Adam(epsilon=1e-08)",
            "torch.optim.Adam([w], betas=(0.9, 0.999))",
        ),
        (
            "AdamOptimizer(0.01, beta1=0.5)",
            "tf.keras.optimizers.Adam(learning_rate=0.01, beta_1=0.5, epsilon=1e-08)",
            "torch.optim.Adam([w], lr=0.01, betas=(0.5, 0.999))",
        ),
    ],
)
def test_adam_has_an_equal_in_tensorflow_2_alone(made: str, tf2: str, torch: str) -> None:
    assert optimizer(made, "tf2") == tf2
    assert optimizer(made, "torch") == torch
    assert not convert_text(TEXT.format(made), "tf2")[1].unsafe
    assert "epsilon" in convert_text(TEXT.format(made), "torch")[1].unsafe
