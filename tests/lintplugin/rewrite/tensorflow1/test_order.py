"""What a run computes before it changes a variable.

Each program was run 300 times on TensorFlow 1.15.5. What is settled always had the value from
before the update. What is left open had the one or the other, or came first only because a shape
was not known when the graph was built.
"""

from __future__ import annotations

import pytest

from lintplugin.rewrite.tensorflow1.graph import Graph
from lintplugin.rewrite.tensorflow1.layers import Layers
from lintplugin.rewrite.tensorflow1.order import Order
from tests.lintplugin.rewrite.programs import parsed, value_of

HEAD = "import tensorflow as tf\nx = tf.placeholder(tf.float32)\nw = tf.Variable([1.0])\n"


def settled(text: str) -> bool:
    """Whether ``fetched`` is settled in a run that minimises ``loss`` by ``w``."""
    module = parsed(HEAD + text + "\n")
    graph = Graph(module.names)
    variable = graph.value(value_of(module, "w"))
    assert variable is not None
    loss, fetched = value_of(module, "loss"), value_of(module, "fetched")
    return Order(graph, Layers(graph, module.tree)).is_settled(fetched, loss, [variable])


@pytest.mark.parametrize(
    "text",
    [
        "loss = tf.reduce_sum(w * x)\nfetched = loss",
        "loss = tf.reduce_mean(tf.square(w * x)) + tf.nn.l2_loss(w)\nfetched = loss",
        "loss = tf.reduce_mean(tf.square(w * x))\nfetched = tf.nn.l2_loss(w)",
        "loss = tf.reduce_mean(tf.square(w * x))\nfetched = w * 1.0",
        "loss = tf.py_func(f, [w], tf.float32)\nfetched = loss",
        "def f(a):\n    return tf.reduce_sum(a * x)\nloss = f(w)\nfetched = loss",
        "h = w * x\nh += w\nloss = tf.reduce_sum(h)\nfetched = loss",
        # No gradient goes back through the steps, so nothing makes them come first.
        "def f(a, b):\n    return tf.py_func(g, [a, w], tf.float32)\n"
        "h = tf.foldl(f, x, 0.0)\nloss = tf.square(h)\nfetched = h",
    ],
)
def test_what_is_left_open(text: str) -> None:
    assert not settled(text)


@pytest.mark.parametrize(
    "text",
    [
        "loss = tf.reduce_mean(tf.square(w * x - 1.0))\nfetched = loss",
        "p = tf.nn.softmax(w * x)\nloss = -tf.reduce_sum(x * tf.log(p))\nfetched = tf.argmax(p, 0)",
        "y = tf.sigmoid(x)\nloss = tf.reduce_mean((w - x) ** 2)\nfetched = y",
        "def f(a):\n    return tf.reduce_sum(tf.square(a - x))\nloss = f(w)\nfetched = loss",
        "h = tf.scan(lambda a, b: a + b * w, x, w)\nloss = tf.reduce_mean(tf.square(h))\n"
        "fetched = loss",
        "def f(a, b):\n    return tf.tanh(a + b * w)\nh = tf.foldl(f, x, 0.0)\n"
        "loss = tf.reduce_mean(tf.square(h - 1.0))\nfetched = h",
        "_, h = tf.while_loop(lambda i, h: i < 3, lambda i, h: (i + 1, h * w), [0, x])\n"
        "loss = tf.reduce_sum(h)\nfetched = loss",
        "def f(a):\n    return a * w\nh = f(x)\nloss = tf.reduce_mean(tf.square(h))\nfetched = h",
        "loss = tf.nn.softmax_cross_entropy_with_logits(labels=x, logits=tf.matmul(x, w))\n"
        "fetched = tf.reduce_mean(loss)",
    ],
)
def test_what_comes_before_the_update(text: str) -> None:
    assert settled(text)
