"""Variables that are used under another device than that of their making."""

from __future__ import annotations

import pytest

from tests.checkers.findings import found

SYMBOL = "device-variable-scope"
HEADER = "import tensorflow as tf\nwith tf.device('/cpu:0'):\n    w = tf.get_variable('w', [3])\n"


def lines(text: str) -> list[int]:
    return [one.span.line - 3 for one in found(SYMBOL, f"{HEADER}{text}\n")]


@pytest.mark.parametrize(
    "text",
    [
        "y = w * 2",
        "with tf.device('/device:CPU:0'): y = w * 2",
        "with tf.device('cpu'): y = tf.exp(w)",
        "with tf.device(chosen): y = tf.exp(w)",
        "with tf.device('/gpu:%d' % i): y = tf.exp(w)",
        "with tf.device('/job:ps/task:0'): y = tf.exp(w)",
        "with tf.device('/gpu:0'): y = tf.nn.embedding_lookup(w, x)",
        "with tf.device('/gpu:0'): print(w.name, w.shape, tf.shape(w))",
        "with tf.device('/gpu:0'): y = tf.exp(x)",
        "with tf.device('/gpu:0'):\n    w = x\n    y = tf.exp(w)",
        "with tf.device('/gpu:0'):\n    with tf.device('/cpu:0'): y = tf.exp(w)",
        "with tf.device('/gpu:0'):\n    def later(): return tf.exp(w)",
        "with tf.device('/gpu:0'): g = tf.gradients(loss, w)",
        "with tf.device('/gpu:0'): saver = tf.train.Saver([w])",
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


def test_a_tensor_is_left_alone() -> None:
    text = HEADER.replace("get_variable('w', [3])", "zeros([3])")
    assert found(SYMBOL, f"{text}with tf.device('/gpu:0'): y = w * 2\n") == []


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("with tf.device('/gpu:0'): y = tf.matmul(x, w)", "copies all of it"),
        ("with tf.device('/device:GPU:0'): y = x + w", "copies all of it"),
        ("with tf.device(device_name='/gpu:1'): y = w.read_value()", "copies all of it"),
        ("def f(x):\n    with tf.device('gpu'): return tf.exp(w)", "copies all of it"),
        ("with tf.device('/gpu:0'): u = tf.assign(w, x)", "has no effect"),
        ("with tf.device('/gpu:0'): u = w.assign_add(x)", "has no effect"),
        ("with tf.device('/gpu:0'): u = tf.compat.v1.scatter_update(w, i, x)", "has no effect"),
        ("with tf.device('/gpu:0'): v = tf.Variable(w.initialized_value())", "TensorFlow 1 raises"),
    ],
)
def test_found(text: str, effect: str) -> None:
    (finding,) = found(SYMBOL, f"{HEADER}{text}\n")
    assert effect in finding.message
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]


def test_attributes_are_found_too() -> None:
    text = """\
from tensorflow import Variable, device

class Model:
    def __init__(self):
        with device("/gpu:0"):
            self.w = Variable([1.0])

    def __call__(self, x):
        with device("/gpu:0"):
            y = x * self.w
        with device("/cpu:0"):
            z = x * self.w
            return y, z + self.w
"""
    assert [one.span.line for one in found(SYMBOL, text)] == [12]
