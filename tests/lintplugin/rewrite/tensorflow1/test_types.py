"""Element types and ranks that the text of a program shows."""

from __future__ import annotations

import pytest

from lintplugin.rewrite.tensorflow1.graph import Graph
from lintplugin.rewrite.tensorflow1.types import Type, Types
from tests.lintplugin.rewrite.programs import parsed, value_of

HEAD = """\
import numpy as np
import tensorflow as tf
x = tf.placeholder(tf.float32, [None, 3])
i = tf.placeholder("int64", [None])
d = tf.placeholder(tf.float64)
v = tf.Variable(np.zeros((3, 2)))
rng = np.random.RandomState(1)
"""


def typed(text: str) -> Type:
    module = parsed(f"{HEAD}r = {text}\n")
    return Types(Graph(module.names)).of(value_of(module, "r"))


@pytest.mark.parametrize(
    "text", ["unknown", "tf.py_func(f, [x], tf.float32)", "f(x)", "tf.placeholder(dtype)", "a.b(1)"]
)
def test_what_is_not_known(text: str) -> None:
    assert typed(text) == Type()


@pytest.mark.parametrize(
    ("text", "dtype", "rank"),
    [
        # As TensorFlow 1.15 converts Python and NumPy values, found by executing tf.constant.
        ("1", "int32", 0),
        ("1.5", "float32", 0),
        ("True", "bool", 0),
        ("'a'", "string", 0),
        ("[1, 2]", "int32", 1),
        ("[[1, 2.5]]", "float32", 2),
        ("[np.float64(1.0)]", None, 1),
        ("np.float64(1.0)", "float64", 0),
        ("np.arange(3)", "int64", 1),
        ("np.zeros([2, 2], np.float32)", "float32", 2),
        ("rng.randn()", "float32", 0),
        ("rng.uniform(-1, 1, (3, 2)).astype(np.float32)", "float32", 2),
        ("np.ones(3) * 2", "float64", 1),
        # Tensors.
        ("x", "float32", 2),
        ("i", "int64", 1),
        ("d", "float64", None),
        ("v", "float64", 2),
        ("tf.Variable(0, dtype=tf.float32)", "float32", 0),
        ("tf.constant([1, 2])", "int32", 1),
        ("tf.constant(1.0, shape=[2, 2])", "float32", 2),
        ("tf.get_variable('w', [2, 3])", "float32", 2),
        ("x + 1.0", "float32", 2),
        ("-x * x", "float32", 2),
        ("i / i", "float64", 1),
        ("x > 0", "bool", 2),
        ("x[0]", "float32", 1),
        ("x[:, 1]", "float32", 1),
        ("x[i]", "float32", None),
        ("tf.reduce_sum(x)", "float32", 0),
        ("tf.reduce_mean(x, 1)", "float32", 1),
        ("tf.reduce_max(x, axis=[0, 1])", "float32", 0),
        ("tf.reduce_sum(x, 1, keep_dims=True)", "float32", 2),
        ("tf.argmax(x, 1)", "int64", 1),
        ("tf.cast(i, tf.float32)", "float32", 1),
        ("tf.to_double(x)", "float64", 2),
        ("tf.equal(i, i)", "bool", 1),
        ("tf.matmul(x, unknown)", "float32", 2),
        ("tf.nn.softmax_cross_entropy_with_logits(labels=x, logits=x)", "float32", 1),
        ("tf.one_hot(i, 3)", "float32", 2),
        ("tf.reshape(x, [-1, 2, 2])", "float32", 3),
        ("tf.shape(x)", "int32", 1),
        ("tf.zeros([2])", "float32", 1),
        ("tf.add_n([x, x])", "float32", 2),
        ("v.assign(v * 2)", "float64", 2),
    ],
)
def test_types(text: str, dtype: str | None, rank: int | None) -> None:
    assert typed(text) == Type(dtype, rank)


def test_functions_of_the_module() -> None:
    text = (
        f"{HEAD}def layer(a, n):\n    start = rng.randn(n, 2).astype('float32')\n"
        "    return tf.matmul(a, tf.Variable(start))\nr = layer(x, 3)\n"
    )
    module = parsed(text)
    types = Types(Graph(module.names))
    assert types.of(value_of(module, "r")) == Type("float32", 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", True),
        ("-2.0 * len(a)", True),
        ("a.shape[0]", True),
        ("True + a", False),
        ("a", False),
        ("np.ones(2)", False),
        ("x", False),
    ],
)
def test_what_is_certainly_a_number(text: str, expected: bool) -> None:
    module = parsed(f"{HEAD}r = {text}\n")
    assert Types(Graph(module.names)).is_number(value_of(module, "r")) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tf.float32", "float32"),
        ("tf.double", "float64"),
        ("'float'", "float32"),
        ("np.int64", "int64"),
        ("'no type'", None),
        ("unknown", None),
    ],
)
def test_names_of_element_types(text: str, expected: str | None) -> None:
    module = parsed(f"{HEAD}r = {text}\n")
    assert Types(Graph(module.names)).dtype(value_of(module, "r")) == expected
