"""Python loops over symbolic tensors, and loops that write out long graphs."""

from __future__ import annotations

from functools import partial
from textwrap import dedent

import pytest

from tests.checkers import findings

SYMBOL = "python-loop-over-tensor"

TENSORFLOW1 = """\
import numpy as np
import tensorflow as tf

sess = tf.Session()
x = tf.placeholder(tf.float32, [None, 1000])
image = tf.placeholder(tf.float32, shape=(None, 28))
y = tf.sqrt(x)
w = tf.Variable(tf.zeros([3]))

"""

TENSORFLOW2 = """\
import tensorflow as tf

"""

THEANO = """\
import theano
import theano.tensor as T

x = T.matrix('x')
v = T.fvector()
w = theano.shared([1.0, 2.0])
f = theano.function([x], x.sum())

"""

found = partial(findings.found, SYMBOL)


def lines(header: str, text: str) -> list[int]:
    """Lines of the findings, counted in the text after the header."""
    return [one.span.line - header.count("\n") for one in found(header + dedent(text))]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("for row in tf.unstack(x):\n    tf.norm(row)\n", id="unstacked"),
        pytest.param("for half in tf.split(x, 2, 1):\n    tf.norm(half)\n", id="split"),
        pytest.param("for t in [x, y]:\n    tf.norm(t)\n", id="a list of tensors"),
        pytest.param("for v in tf.trainable_variables():\n    tf.norm(v)\n", id="variables"),
        pytest.param("for g in tf.gradients(y, [x]):\n    tf.norm(g)\n", id="gradients"),
        pytest.param("for row in sess.run(y, {x: a}):\n    print(row)\n", id="fetched values"),
        pytest.param("for row in np.ones([3, 3]):\n    tf.norm(row)\n", id="an array"),
        pytest.param("for d in x.shape:\n    print(d)\n", id="the shape"),
        pytest.param("for i in range(image.shape[1]):\n    tf.norm(image[:, i])\n", id="28 steps"),
        pytest.param("for i in range(3):\n    tf.norm(x[i])\n", id="three steps"),
        pytest.param("for i in range(n):\n    tf.norm(x[i])\n", id="an unknown number"),
        pytest.param("for i in range(x.shape[2]):\n    tf.norm(x[i])\n", id="no such size"),
        pytest.param("for i in range(1000):\n    sess.run(y, {x: a})\n", id="steps of training"),
        pytest.param("for i in range(1000):\n    a[i] = np.sqrt(i)\n", id="steps of NumPy"),
        pytest.param(
            "def total(rows):\n    return [tf.norm(row) for row in rows]\n", id="an argument"
        ),
        pytest.param(
            """\
            def parse(record):
                values = tf.sqrt(record)
                for value in tf.sqrt(values):
                    tf.print(value)
                return values

            data = tf.data.Dataset.range(3).map(parse)
            """,
            id="a function that a dataset converts",
        ),
    ],
)
def test_tensorflow1_left_alone(text: str) -> None:
    assert lines(TENSORFLOW1, text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "x = tf.ones([3])\nfor v in x:\n    print(tf.sqrt(v))\na = [v for v in tf.sqrt(x)]\n",
            id="eager",
        ),
        pytest.param("for i in range(1000):\n    print(tf.sqrt(float(i)))\n", id="eager steps"),
        pytest.param(
            """\
            @tf.function
            def f(x):
                for row in x:
                    tf.print(row)
                for i in tf.range(1000):
                    tf.print(i)
                return [tf.norm(a) for a in tf.unstack(x)] + [i for i in range(3)], x.shape
            """,
            id="loops that AutoGraph converts",
        ),
        pytest.param(
            """\
            @tf.function
            def f(tensors):
                return [tf.norm(a) for a in tensors], [b for a, b in zip(tensors, tensors)]
            """,
            id="an argument that may be a list",
        ),
        pytest.param(
            "tf.compat.v1.enable_eager_execution()\nfor v in tf.placeholder(tf.float32):\n    v\n",
            id="eager execution of TensorFlow 1",
        ),
    ],
)
def test_tensorflow2_left_alone(text: str) -> None:
    assert lines(TENSORFLOW2, text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("for size in x.shape:\n    print(size)\n", id="a shape has a known length"),
        pytest.param("for a in T.stack([v[0], v[1]]):\n    print(a)\n", id="so does a stack"),
        pytest.param("for a in T.matrices('a', 'b'):\n    print(a)\n", id="several variables"),
        pytest.param("for g in T.grad(v.sum(), [v]):\n    print(g)\n", id="gradients"),
        pytest.param("for value in w.get_value():\n    print(value)\n", id="values"),
        pytest.param("for value in f([[1.0]]):\n    print(value)\n", id="results"),
        pytest.param("for i in range(1000):\n    f(i)\n", id="steps of training"),
        pytest.param("h = v\nfor i in range(5):\n    h = T.tanh(h)\n", id="a few steps"),
    ],
)
def test_theano_left_alone(text: str) -> None:
    assert lines(THEANO, text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("for row in x:\n    tf.norm(row)\n", [1], id="placeholder"),
        pytest.param("for value in w:\n    print(value)\n", [1], id="variable"),
        pytest.param("for i, row in enumerate(y):\n    print(row)\n", [1], id="enumerate"),
        pytest.param("for a, b in zip([1], x * 2):\n    print(a)\n", [1], id="zip"),
        pytest.param("a = [tf.norm(row) for row in tf.sqrt(y)]\n", [1], id="comprehension"),
        pytest.param("for i in range(tf.shape(x)[0]):\n    print(i)\n", [1], id="range"),
        pytest.param("for i in tf.range(3):\n    print(i)\n", [1], id="tf.range"),
        pytest.param(
            "def build():\n    for row in x:\n        tf.norm(row)\nbuild()\n", [2], id="function"
        ),
        pytest.param("h = x\nfor i in range(1000):\n    h = tf.tanh(h)\n", [2], id="1000 steps"),
        pytest.param(
            "n = 500\nh = x\nfor i in range(1, n):\n    h = tf.tanh(h)\n", [3], id="named number"
        ),
        pytest.param(
            "for i in range(x.get_shape()[1].value):\n    tf.norm(x[:, i])\n", [1], id="get_shape"
        ),
        pytest.param(
            "for i in range(int(x.shape[1])):\n    tf.norm(x[:, i])\n", [1], id="size of a shape"
        ),
    ],
)
def test_tensorflow1(text: str, expected: list[int]) -> None:
    assert lines(TENSORFLOW1, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            """\
            @tf.function(input_signature=[tf.TensorSpec([None])])
            def f(x):
                for i, value in enumerate(x):
                    tf.print(i)
                for a, b in zip(x, x):
                    tf.print(a)
                return [tf.sqrt(value) for value in x]
            """,
            [3, 5, 7],
            id="left to Python",
        ),
        pytest.param(
            """\
            @tf.function
            def f(x):
                for i in range(1000):
                    x = tf.tanh(x)
                return x, [x[i] for i in range(tf.size(x))]
            """,
            [3, 5],
            id="steps",
        ),
    ],
)
def test_tensorflow2(text: str, expected: list[int]) -> None:
    assert lines(TENSORFLOW2, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("for row in x:\n    print(row)\n", [1], id="matrix"),
        pytest.param("a = [value for value in v]\n", [1], id="vector"),
        pytest.param("for value in w:\n    print(value)\n", [1], id="shared"),
        pytest.param("for a, b in zip(v, [1, 2]):\n    print(a)\n", [1], id="zip"),
        pytest.param("for i in range(x.shape[0]):\n    print(i)\n", [1], id="shape"),
        pytest.param("for column in x.T:\n    print(column)\n", [1], id="transposed"),
        pytest.param("h = v\nfor i in range(100):\n    h = T.tanh(h)\n", [2], id="steps"),
    ],
)
def test_theano(text: str, expected: list[int]) -> None:
    assert lines(THEANO, text) == expected


def test_messages() -> None:
    text = f"{TENSORFLOW1}for row in y:\n    print(row)\nfor i in range(500):\n    tf.sqrt(y)\n"
    assert [finding.message for finding in found(text)] == [
        "a Python loop cannot go through 'y', which has no values while the graph is built: use an "
        "operation for all elements, tf.map_fn or tf.while_loop",
        "the graph gets the operations of this loop 500 times: use tf.scan or tf.while_loop",
    ]


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (TENSORFLOW1, "for row in x:\n    tf.norm(row)\nfor i in range(500):\n    tf.sqrt(x)\n"),
        (THEANO, "for row in x:\n    print(row)\nfor i in range(500):\n    T.sqrt(x)\n"),
        (
            TENSORFLOW2,
            "@tf.function\ndef f(x):\n    for i in range(500):\n        x = tf.sqrt(x)\n"
            "    return [v for v in tf.sqrt(x)]\n",
        ),
    ],
)
def test_fixes_show_executed_ports(header: str, text: str) -> None:
    fixes = [fix for finding in found(header + text) for fix in finding.fixes]
    assert [fix.target for fix in fixes] == ["tf2", "torch", "tf2", "torch"]
    for fix in fixes:
        assert fix.applicability.value == "display"
        assert fix.evidence is not None
        compile(fix.replacement, "replacement", "exec")
