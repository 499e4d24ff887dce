"""Channels first, which needs a GPU."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers.findings import found

SYMBOL = "device-data-format"

HEAD = "import tensorflow as tf\nx = tf.placeholder(tf.float32, [None, 3, 8, 8])\n"
CONV = "y = tf.nn.conv2d(x, w, [1, 1, 1, 1], 'SAME', data_format={})\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD + CONV.format("'NHWC'"), id="channels last"),
        pytest.param(HEAD + CONV.format("data_format"), id="unknown"),
        pytest.param(f"{HEAD}def f(order):\n    {CONV.format('order')}", id="a parameter"),
        pytest.param(HEAD + CONV.format("'NCHW' if gpu else 'NHWC'"), id="a choice"),
        pytest.param(
            f"{HEAD}order = 'NHWC'\nif a:\n    order = 'NCHW'\n{CONV.format('order')}",
            id="a choice by statements",
        ),
        pytest.param(
            f"{HEAD}if tf.test.is_gpu_available():\n    {CONV.format(repr('NCHW'))}",
            id="under a test for GPUs",
        ),
        pytest.param(
            f"{HEAD}y = tf.nn.bias_add(x, b, data_format='NCHW')\n", id="bias_add takes both"
        ),
        pytest.param(
            f"import tensorflow as tf\n{CONV.format(repr('NCHW'))}", id="perhaps of TensorFlow 2"
        ),
        pytest.param(f"{HEAD}y = other.conv2d(x, data_format='NCHW')\n", id="another module"),
        pytest.param(f"{HEAD}print('NCHW')\n", id="a text"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(CONV.format("'NCHW'"), id="keyword"),
        pytest.param("y = tf.nn.conv2d(x, w, [1, 1, 1, 1], 'SAME', True, 'NCHW')\n", id="place"),
        pytest.param(f"ORDER = 'NCHW'\n{CONV.format('ORDER')}", id="a constant"),
        pytest.param(
            "y = tf.layers.conv2d(x, 4, 3, data_format='channels_first')\n", id="tf.layers"
        ),
        pytest.param(
            "y = tf.nn.max_pool(x, [1] * 4, [1] * 4, 'SAME', data_format='NCHW')\n", id="pool"
        ),
        pytest.param(
            "y = tf.nn.fused_batch_norm(x, s, o, data_format='NCHW')\n", id="normalisation"
        ),
        pytest.param(
            "y = tf.contrib.layers.conv2d(x, 4, 3, data_format='NCHW')\n", id="tf.contrib"
        ),
        pytest.param(
            "from tensorflow.nn import conv3d as c\n"
            "y = c(x, w, [1] * 5, 'SAME', data_format='NCDHW')\n",
            id="from import",
        ),
    ],
)
def test_found(text: str) -> None:
    (finding,) = found(SYMBOL, HEAD + text)
    assert {fix.target for fix in finding.fixes} == {"tf2", "torch"}
    for fix in finding.fixes:
        assert fix.applicability is Applicability.DISPLAY
        assert fix.evidence is not None
