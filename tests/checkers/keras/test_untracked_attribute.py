"""Variables in attributes of layers and models."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.checkers import findings

SYMBOL = "keras-untracked-attribute"

HEADER = "import tensorflow as tf\nfrom tensorflow import keras\nfrom keras.layers import Layer\n\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            class A(Layer):
                def build(self, shape):
                    self.w = self.add_weight(shape=(3,), name="w")
                    self.layers_ = [keras.layers.Dense(2)]
                    self.v = keras.Variable(1.0)
                    self.c = tf.constant(1.0)
            """,
            id="Keras 3",
        ),
        pytest.param(
            """\
            class A(tf.Module):
                def __init__(self):
                    self.w = tf.Variable(1.0)
                    self.trainable_weights = [self.w]
            """,
            id="a module of TensorFlow",
        ),
        pytest.param(
            """\
            class A(keras.callbacks.Callback):
                def __init__(self):
                    self.w = tf.Variable(1.0)
            """,
            id="a callback",
        ),
        pytest.param(
            """\
            class A(Layer):
                def call(self, x):
                    w = tf.Variable(1.0)
                    x.w = tf.Variable(1.0)
            """,
            id="no attribute of the layer",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert findings.found(SYMBOL, HEADER + dedent(text)) == []


@pytest.mark.parametrize(
    ("base", "statement", "effect"),
    [
        ("Layer", "self.w = tf.Variable(1.0)", "not trained"),
        ("keras.layers.Dense", "self.w = tf.Variable(tf.zeros([3]), name='w')", "not trained"),
        ("tf.keras.Model", "self.w = tf.Variable(1.0, trainable=False)", "not saved"),
        ("keras.Sequential", "self.w = self.v = tf.Variable(1.0)", "not trained"),
        ("Layer", "self.trainable_weights = [w]", "no setter"),
        ("Base", "self.w = tf.Variable(1.0)", "not trained"),
    ],
)
def test_found(base: str, statement: str, effect: str) -> None:
    text = f"class Base(Layer):\n    pass\n\nclass A({base}):\n    def build(self, shape):\n"
    found = findings.found(SYMBOL, f"{HEADER}{text}        {statement}\n")
    assert len(found) == statement.count("= ") - statement.count("trainable= ")
    assert effect in found[0].message
    assert all(fix.evidence is not None for fix in found[0].fixes)
    assert [fix.target for fix in found[0].fixes] == ["tf2", "torch"]
