"""Blocks of ``with tf.device`` in programs that are converted."""

from __future__ import annotations

import pytest

from lintplugin.rewrite import convert_text
from lintplugin.rewrite.tensorflow1.torch import PLACED

RUN = "print(tf.Session().run(y, {x: 1.0}))\n"
HEAD = "import tensorflow as tf\nx = tf.placeholder(tf.float32)\n"


def converted(text: str, target: str = "tf2") -> tuple[str, str]:
    """The program after its imports, and why it is unsafe."""
    result, conversion = convert_text(f"{HEAD}{text}\n{RUN}", target)
    assert result is not None, conversion.refusals
    return result.partition("\n\n\n")[2] or result, conversion.unsafe


def reason(text: str) -> str:
    result, conversion = convert_text(f"{HEAD}{text}\n{RUN}", "tf2")
    assert result is None
    return conversion.refusals[0].reason


@pytest.mark.parametrize(
    "device", ["None", "'/job:ps'", "'/gpu:%d' % n", "lambda op: '/gpu:0'", "device", "f()"]
)
def test_a_device_that_is_not_in_sight_stops_it(device: str) -> None:
    text = f"device = choose()\nwith tf.device({device}):\n    y = x + 1.0"
    assert reason(text) == "'tf.device' is not converted yet"


@pytest.mark.parametrize(
    "device",
    [
        "'/cpu:0'",
        '"/device:GPU:1"',
        "'/gpu:0' if tf.test.is_gpu_available() else '/cpu:0'",
        "'/gpu:0' if tf.config.list_physical_devices('GPU') else '/cpu:0'",
    ],
)
def test_operations_stay_on_their_device(device: str) -> None:
    text, unsafe = converted(f"with tf.device({device}):\n    z = x + 1.0\n    y = z * 2.0")
    assert (
        f"    with tf.device({device}):\n        z = x + 1.0\n        y = z * 2.0\n    return"
        in text
    )
    assert not unsafe


def test_a_name_of_a_device_stays() -> None:
    text, _ = converted("place = '/gpu:0'\nwith tf.device(place):\n    y = x + 1.0")
    assert "    with tf.device(place):\n        y = x + 1.0\n    return" in text


def test_the_inner_block_decides() -> None:
    text, _ = converted(
        "with tf.device('/gpu:0'):\n    a = x + 1.0\n    with tf.name_scope('b'):\n"
        "        with tf.device('/cpu:0'): b = a + 1.0\n        y = b + 2.0"
    )
    assert (
        "    with tf.device('/gpu:0'):\n        a = x + 1.0\n"
        "    with tf.device('/cpu:0'):\n        b = a + 1.0\n"
        "    with tf.device('/gpu:0'):\n        y = b + 2.0\n"
    ) in text


def test_variables_stay_on_their_device() -> None:
    text = f"""\
{HEAD}with tf.device('/cpu:0'):

    # Weights.
    v = tf.Variable(1.0)
    w = tf.Variable(
        2.0,
    )  # the other
    n = 3

    b = tf.Variable(1.5)
c = tf.Variable(0.5)
with tf.device('/gpu:0'): d = tf.Variable(4.0)
y = (v + w + b + c + d) * x
{RUN}"""
    result, _ = convert_text(text, "tf2")
    assert result is not None
    assert (
        result.partition("\n\n\n")[0]
        == """\
import tensorflow as tf

with tf.device('/cpu:0'):
    # Weights.
    v = tf.Variable(1.0)
    w = tf.Variable(
        2.0,
    )  # the other
n = 3

with tf.device('/cpu:0'):
    b = tf.Variable(1.5)
c = tf.Variable(0.5)
with tf.device('/gpu:0'):
    d = tf.Variable(4.0)"""
    )


def test_a_block_inside_a_function() -> None:
    text = (
        "import tensorflow as tf\ndef main():\n    x = tf.placeholder(tf.float32)\n"
        "    with tf.device('/cpu:0'):\n        w = tf.Variable(2.0)\n        y = x * w\n"
        "    with tf.Session() as sess, tf.device('/cpu:0'):\n"
        "        sess.run(tf.global_variables_initializer())\n"
        "        print(sess.run(y, {x: 1.0}))\nmain()\n"
    )
    result, _ = convert_text(text, "tf2")
    assert result is not None
    assert "    with tf.device('/cpu:0'):\n        w = tf.Variable(2.0)\n" in result
    assert "        with tf.device('/cpu:0'):\n            y = x * w\n        return" in result
    assert result.count("tf.device") == 2


@pytest.mark.parametrize(("device", "unsafe"), [("/cpu:0", ""), ("/gpu:0", PLACED)])
def test_pytorch_computes_where_tensors_lie(device: str, unsafe: str) -> None:
    text, why = converted(f"with tf.device('{device}'):\n    y = x + 1.0", "torch")
    assert "device" not in text
    assert why == unsafe
