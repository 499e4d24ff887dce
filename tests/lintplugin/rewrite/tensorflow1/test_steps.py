"""Steps of optimisers: clipped gradients, changing rates, counters, several in one run."""

from __future__ import annotations

import pytest

from lintplugin.rewrite import convert_text

HEAD = """\
import tensorflow as tf
x = tf.placeholder(tf.float32, [None, 2])
w = tf.Variable([[1.0], [2.0]])
b = tf.Variable([1.0])
n = tf.Variable(0, trainable=False)
loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + b))
opt = tf.train.GradientDescentOptimizer(0.1)
"""
FOOT = """
sess = tf.Session()
sess.run(tf.global_variables_initializer())
sess.run(train, {x: [[1, 2]]})
"""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pairs = opt.compute_gradients(loss)\n"
         "train = opt.apply_gradients([(g * 2.0, v) for g, v in pairs])",
         "gradients that are changed in a way not converted yet"),
        ("pairs = opt.compute_gradients(loss)\ntrain = opt.apply_gradients(pairs[:1])",
         "gradients that are changed in a way not converted yet"),
        ("other = tf.train.AdamOptimizer()\npairs = other.compute_gradients(loss)\n"
         "train = opt.apply_gradients(pairs)",
         "gradients that are changed in a way not converted yet"),
        ("pairs = opt.compute_gradients(loss)\nprint(pairs)\ntrain = opt.apply_gradients(pairs)",
         "'pairs', gradients, is used for more"),
        ("train = opt.minimize(loss, global_step=b)", "a variable that the step trains"),
        ("train = tf.train.AdamOptimizer(b[0]).minimize(loss)",
         "a learning rate that depends on what the step changes"),
        ("one = opt.minimize(loss)\ntwo = tf.train.AdamOptimizer().minimize(loss)\n"
         "train = [one, two]", "several training operations of one variable"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, reason: str) -> None:
    result, conversion = convert_text(HEAD + text + FOOT, "tf2")
    assert result is None
    assert any(reason in one.reason for one in conversion.refusals), conversion.refusals


def test_momentum_of_keras_keeps_the_rates() -> None:
    text = (
        "rate = tf.train.exponential_decay(0.1, n, 2, 0.5)\n"
        "opt = tf.train.MomentumOptimizer(rate, 0.9)\n"
        "train = opt.minimize(loss, global_step=n)"
    )
    head = HEAD.rpartition("opt = ")[0]
    result, conversion = convert_text(head + text + FOOT, "tf2")
    assert result is None
    assert "momentum with a learning rate that changes" in str(conversion.refusals)
    result, conversion = convert_text(head + text + FOOT, "torch")
    assert result is not None, conversion.refusals
    assert '        group["lr"] = rate.item()\n    opt.step()\n    n.add_(1)\n' in result


@pytest.mark.parametrize(
    ("text", "tf2", "torch"),
    [
        ("pairs = opt.compute_gradients(loss)\n"
         "train = opt.apply_gradients([(tf.clip_by_norm(g, 2.0), v) for g, v in pairs])",
         "    gradients = [tf.clip_by_norm(gradient, 2.0) for gradient in gradients]\n",
         "    for variable in [w, b]:\n"
         "        torch.nn.utils.clip_grad_norm_(variable, 2.0)\n    opt.step()\n"),
        ("grads, tvars = zip(*opt.compute_gradients(loss))\n"
         "grads, _ = tf.clip_by_global_norm(grads, 5.0)\n"
         "train = opt.apply_gradients(zip(grads, tvars))",
         "    gradients, _ = tf.clip_by_global_norm(gradients, 5.0)\n",
         "    torch.nn.utils.clip_grad_norm_([w, b], 5.0)\n    opt.step()\n"),
        ("grads = tf.gradients(loss, tf.trainable_variables())\n"
         "grads = list(zip(grads, tf.trainable_variables()))\n"
         "train = opt.apply_gradients(grads_and_vars=grads)",
         "    gradients = tape.gradient(loss, [w, b])\n", "    loss.backward()\n    opt.step()\n"),
    ],
)  # fmt: skip
def test_gradients_on_their_way(text: str, tf2: str, torch: str) -> None:
    for target, expected in (("tf2", tf2), ("torch", torch)):
        result, conversion = convert_text(HEAD + text + FOOT, target)
        assert result is not None, conversion.refusals
        assert expected in result
        assert "pairs" not in result


def test_all_gradients_are_taken_before_the_first_step() -> None:
    text = (
        "one = opt.minimize(loss, var_list=[w])\n"
        "two = tf.train.AdamOptimizer().minimize(loss, var_list=[b])\ntrain = [one, two]"
    )
    result, conversion = convert_text(HEAD + text + FOOT, "torch")
    assert result is not None, conversion.refusals
    assert "loss.backward(retain_graph=True, inputs=[w])\n" in result
    assert "loss.backward(inputs=[b])\n    opt.step()\n    optimizer.step()\n" in result
    assert "does not order the training operations of one run" in conversion.unsafe


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ("tf.train.RMSPropOptimizer(0.1).minimize(h)", "changes only rows that were looked up"),
        ("opt.apply_gradients([(tf.clip_by_norm(g, 2.0), v) for g, v in opt.compute_gradients(h)])",
         "are clipped row by row"),
    ],
)  # fmt: skip
def test_rows_that_were_looked_up(made: str, reason: str) -> None:
    text = f"h = tf.reduce_sum(tf.gather(w, [0, 0]) * x[0])\ntrain = {made}"
    result, conversion = convert_text(HEAD + text + FOOT, "tf2")
    assert result is None
    assert any(reason in one.reason for one in conversion.refusals), conversion.refusals
