"""Layers and cells that a program makes, and lists of their variables."""

from __future__ import annotations

import pytest

from lintplugin.rewrite import convert_text

HEAD = """\
import tensorflow as tf
x = tf.placeholder(tf.float32, [None, 4])
y = tf.placeholder(tf.float32, [None, 2])
"""
FOOT = """
loss = tf.reduce_mean(tf.square(out - y))
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
sess = tf.Session()
sess.run(tf.global_variables_initializer())
sess.run(train, {x: [[1, 2, 3, 4]], y: [[1, 2]]})
"""

FUNCTION = """\
def net(a, reuse=None, units=2):
    with tf.variable_scope('net', reuse=reuse):
        return tf.layers.dense(a, units)
"""


def converted(text: str, target: str) -> str:
    result, conversion = convert_text(HEAD + text + FOOT, target)
    assert result is not None, conversion.refusals
    return result


@pytest.mark.parametrize("target", ["tf2", "torch"])
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("for i in range(2):\n    out = tf.layers.dense(x, 2)", "a layer made under control flow"),
        ("out = tf.layers.dense(x, 2, name='a', reuse=True)",
         "reuses variables outside of a function"),
        ("with tf.variable_scope('a', reuse=True):\n    out = tf.layers.dense(x, 2)",
         "reuses variables outside of a function"),
        ("out = tf.layers.dense(x, 2, kernel_regularizer=f)", "'kernel_regularizer'"),
        ("out = tf.contrib.layers.fully_connected(x, 2, normalizer_fn=f)", "'normalizer_fn'"),
        (FUNCTION + "out = net(x) + net(x)", "'net' makes other variables here than at first"),
        (FUNCTION + "out = net(x, True)", "'net' reuses variables that it did not make"),
        (FUNCTION + "out = net(x) + net(x, reuse=bool(1))", "'reuse' is not written out"),
        (FUNCTION + "f = net\nout = f(x)", "'net' makes a layer and is used for more than calls"),
        (FUNCTION + "for i in range(2):\n    out = net(x)", "may be called repeatedly"),
        (FUNCTION.replace("'net'", "a.name") + "out = net(x)", "whose name is not written out"),
        (FUNCTION.replace("reuse=reuse", "initializer=f") + "out = net(x)", "'initializer'"),
        (FUNCTION + "out = net(x, units=len([1, 2]))", "'units' of a layer differs"),
        ("with tf.variable_scope('a') as scope:\n    out = tf.layers.dense(x, 2)\n"
         "scope.reuse_variables()", "'scope', a scope, is used"),
        ("a = tf.get_variable('a', [4, 2])\nb = tf.get_variable('a', [4, 2])\n"
         "out = tf.matmul(x, a + b)", "'a' is made before, or reused"),
        ("with tf.variable_scope('a', reuse=True):\n    a = tf.get_variable('a', [4, 2])\n"
         "out = tf.matmul(x, a)", "a variable that may be one made before"),
        ("out = tf.layers.dense(tf.cast(x, tf.float64), 2)", "a layer of float64"),
        ("cell = tf.nn.rnn_cell.MultiRNNCell([])\n"
         "out, _ = tf.nn.static_rnn(cell, [x], dtype=tf.float32)", "is not converted yet"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, reason: str, target: str) -> None:
    result, conversion = convert_text(HEAD + text + FOOT, target)
    assert result is None
    assert any(reason in one.reason for one in conversion.refusals), conversion.refusals


def test_a_layer_is_made_where_it_was_called() -> None:
    text = "out = tf.layers.dense(x, 2, tf.nn.relu, name='score')  # scores"
    result = converted(text, "tf2")
    assert "\nscore_layer = tf.keras.layers.Dense(2, activation=tf.nn.relu)\n" in result
    assert "        out = score_layer(x)  # scores\n" in result
    assert "    variables = [*score_layer.trainable_variables]\n" in result
    result = converted(text, "torch")
    assert "score_layer = torch.nn.Linear(4, 2)\ntorch.nn.init.xavier_uniform_(" in result
    assert "    out = torch.relu(score_layer(x))  # scores\n" in result
    assert "torch.optim.SGD([*score_layer.parameters()], lr=0.1)" in result


def test_a_layer_in_a_function_is_made_once_before_it() -> None:
    text = FUNCTION + "out = net(x) + net(2.0 * x, reuse=True)"
    result = converted(text, "tf2")
    assert "net_dense_layer = tf.keras.layers.Dense(2)\n" in result
    assert "def net(a, reuse=None, units=2):\n    return net_dense_layer(a)\n" in result


@pytest.mark.parametrize(
    ("padding", "made", "called"),
    [
        ("", "Conv2d(3, 5, 3)", "layer(x.movedim(-1, 1))"),
        (", strides=2", "Conv2d(3, 5, 3, stride=2)", "layer(x.movedim(-1, 1))"),
        (", padding='same'", "Conv2d(3, 5, 3, padding=1)", "layer(x.movedim(-1, 1))"),
        (", padding='SAME', strides=(2, 1)", "Conv2d(3, 5, 3, stride=(2, 1))",
         "layer(F.pad(x.movedim(-1, 1), [1, 1, 0, 1]))"),
    ],
)  # fmt: skip
def test_padding_of_pytorch(padding: str, made: str, called: str) -> None:
    text = (
        "import tensorflow as tf\nx = tf.placeholder(tf.float32, [None, 8, 7, 3])\n"
        f"out = tf.layers.conv2d(x, 5, 3{padding})\n"
        "print(tf.Session().run(out, {x: 1}))\n"
    )
    result, conversion = convert_text(text, "torch")
    assert result is not None, conversion.refusals
    assert f"out_layer = torch.nn.{made}\n" in result
    assert f"out = out_{called}.movedim(1, -1)\n" in result


def test_variables_by_scope_and_by_name() -> None:
    made = (
        "with tf.variable_scope('a'):\n    h = tf.layers.dense(x, 3)\n"
        "with tf.variable_scope('b'):\n    out = tf.layers.dense(h, 2)\n"
    )
    for chosen in (
        "tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope='b')",
        "[v for v in tf.trainable_variables() if v.name.startswith('b')]",
        "[v for v in tf.trainable_variables() if 'b/' in v.name]",
    ):
        foot = FOOT.replace("minimize(loss)", "minimize(loss, var_list=chosen)")
        text = f"{HEAD}{made}chosen = {chosen}\n{foot}"
        result, conversion = convert_text(text, "torch")
        assert result is not None, conversion.refusals
        assert "torch.optim.SGD([*out_layer.parameters()], lr=0.1)" in result
        assert "chosen" not in result
        refused, _ = convert_text(text.replace("sess = ", "print(chosen)\nsess = "), "torch")
        assert refused is None


def test_a_cell_is_made_of_its_kernel() -> None:
    text = (
        "def net(a):\n    cell = tf.nn.rnn_cell.BasicLSTMCell(5)  # five\n"
        "    outputs, state = tf.nn.static_rnn(cell, tf.unstack(a, axis=0), dtype=tf.float32)\n"
        "    return outputs[-1]\nout = net(tf.reshape(x, [2, -1, 2]))[:, :2]"
    )
    result = converted(text, "tf2")
    kernel = "tf.keras.initializers.GlorotUniform()([2 + 5, 4 * 5])"
    assert f"\ncell = LSTMCell({kernel})\n" in result
    assert "    outputs, state = static_rnn(cell, tf.unstack(a, axis=0))\n" in result
    assert "[*cell.trainable_variables]" in result
    taken, conversion = convert_text(HEAD + "LSTMCell = 1\n" + text + FOOT, "torch")
    assert taken is None
    assert "'LSTMCell' is already the name of something else" in str(conversion.refusals)
