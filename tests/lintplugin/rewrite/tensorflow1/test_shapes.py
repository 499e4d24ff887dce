"""Shapes that the text of a program shows."""

from __future__ import annotations

import pytest

from lintplugin.rewrite.tensorflow1.graph import Graph
from lintplugin.rewrite.tensorflow1.shapes import Shape, Shapes
from lintplugin.rewrite.tensorflow1.types import Types
from tests.lintplugin.rewrite.programs import parsed, value_of

HEAD = """\
import numpy as np
import tensorflow as tf
SIZE = 4
x = tf.placeholder(tf.float32, [None, 3])
i = tf.placeholder(tf.int32, [])
anything = tf.placeholder(tf.float32)
w = tf.Variable([[0.5, -1.0, 2.0]])
"""


def shape(text: str) -> Shape | None:
    module = parsed(f"{HEAD}r = {text}\n")
    graph = Graph(module.names)
    return Shapes(graph, Types(graph)).of(value_of(module, "r"))


@pytest.mark.parametrize(
    "text",
    [
        "unknown",
        "anything",
        "x + anything",
        "tf.tile(x, [1, 2])",
        "tf.concat([x, x], 1)",
        "tf.reduce_sum(x, axis=i)",
        "tf.reduce_sum(x, 0, True)",
        "tf.Variable(np.zeros(3))",
        "tf.zeros(unknown)",
        "[[1], 2]",
        "tf.map_fn(lambda r: tf.tile(r, [2]), x)",
        "tf.while_loop(lambda v: i < 1, lambda v: v, [x], shape_invariants=[s])",
    ],
)
def test_what_is_not_known(text: str) -> None:
    assert shape(text) is None


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("2.0", ()),
        ("x", (None, 3)),
        ("w", (1, 3)),
        ("w * x", (None, 3)),
        ("w + tf.ones([SIZE, 1])", (4, 3)),
        ("tf.tanh(-x)", (None, 3)),
        ("x > 0.0", (None, 3)),
        ("x[0]", (3,)),
        ("x[i]", (3,)),
        ("tf.reduce_sum(x)", ()),
        ("tf.reduce_max(x, axis=-1)", (None,)),
        ("tf.reduce_mean(x, [0])", (3,)),
        ("tf.zeros([SIZE, 2])", (4, 2)),
        ("tf.constant(1.0, shape=[2])", (2,)),
        ("tf.map_fn(lambda r: tf.reduce_sum(r), x)", (None,)),
        ("tf.map_fn(lambda p: p[0] * p[1], (x, x), dtype=tf.float32)", (None, 3)),
        ("tf.foldl(lambda t, r: t + r, x)", (3,)),
        ("tf.scan(lambda t, r: t + tf.reduce_sum(r), w, tf.zeros([2]))", (1, 2)),
        ("tf.while_loop(lambda v: i < 1, lambda v: v, [x])", (None, 3)),
    ],
)
def test_what_tensorflow_knows_when_it_builds_the_graph(text: str, known: Shape) -> None:
    # Found by executing each on TensorFlow 1.15.5.
    assert shape(text) == known
