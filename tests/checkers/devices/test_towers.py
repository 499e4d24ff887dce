"""Towers on several GPUs."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers.findings import found

SYMBOL = "device-towers"

HEAD = "import tensorflow as tf\nopt = tf.train.GradientDescentOptimizer(0.1)\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "import tensorflow as tf\nfor i in range(2):\n    with tf.device('/gpu:%d' % i):\n"
            "        with tf.GradientTape() as tape:\n            y = model(x)\n"
            "        grads = tape.gradient(y, model.trainable_variables)\n",
            id="TensorFlow 2",
        ),
        pytest.param(
            f"{HEAD}for i in range(2):\n    with tf.device('/gpu:0'):\n"
            "        g = opt.compute_gradients(loss)\n",
            id="one device",
        ),
        pytest.param(
            f"{HEAD}for i in range(2):\n    with tf.device('/gpu:%d' % i):\n"
            "        y = tf.matmul(x, x)\n",
            id="no gradients",
        ),
        pytest.param(
            f"{HEAD}for i in range(2):\n    with tf.device('/gpu:%d' % i):\n        y = net(x)\n"
            "g = opt.compute_gradients(y)\n",
            id="gradients after the loop: layers on several devices",
        ),
        pytest.param(
            f"{HEAD}def tower(i):\n    with tf.device('/gpu:%d' % i):\n"
            "        return opt.compute_gradients(loss)\n",
            id="no loop in sight",
        ),
        pytest.param(
            "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
            "opt = tf.train.AdamOptimizer()\nfor i in range(2):\n"
            "    with tf.device('/gpu:%d' % i):\n        g = opt.compute_gradients(loss)\n",
            id="graphs of tf.compat.v1",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, text) == []


@pytest.mark.parametrize(
    "device",
    [
        "'/gpu:%d' % i",
        "'/gpu:{}'.format(i)",
        "f'/gpu:{i}'",
        "assign_to_device('/gpu:{}'.format(i), ps_device='/cpu:0')",
        "devices[i]",
    ],
)
def test_every_way_to_name_the_device(device: str) -> None:
    text = (
        f"{HEAD}for i in range(num_gpus):\n    with tf.device({device}):\n"
        "        grads = opt.compute_gradients(loss)\n"
    )
    (finding,) = found(SYMBOL, text)
    assert finding.span.line == 3
    assert finding.args["device"] == device


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "for i, d in enumerate(devices):\n    with tf.device(d), tf.name_scope('t'):\n"
            "        with tf.variable_scope('m', reuse=i > 0):\n"
            "            grads = tf.gradients(net(x), variables)\n",
            id="tf.gradients",
        ),
        pytest.param(
            "with tf.variable_scope(tf.get_variable_scope()):\n    for i in range(n):\n"
            "        with tf.device('/gpu:%d' % i):\n            with tf.name_scope('t'):\n"
            "                loss = tower_loss(i)\n"
            "                tf.get_variable_scope().reuse_variables()\n"
            "                towers.append(opt.compute_gradients(loss))\n",
            id="as in the CIFAR-10 tutorial",
        ),
        pytest.param(
            "def tower(x):\n    return opt.compute_gradients(net(x))\n"
            "for i in range(n):\n    with tf.device('/gpu:%d' % i):\n        g = tower(x)\n",
            id="through a function",
        ),
    ],
)
def test_found(text: str) -> None:
    (finding,) = found(SYMBOL, HEAD + text)
    fixes = finding.fixes
    assert {fix.target for fix in fixes} == {"tf2", "torch"}
    assert all(fix.applicability is Applicability.DISPLAY for fix in fixes)
    assert all(fix.evidence is not None for fix in fixes)
