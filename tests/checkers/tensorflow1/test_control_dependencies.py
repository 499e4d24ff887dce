"""The order of operations in a graph."""

from __future__ import annotations

from functools import partial

import pytest

from tests.checkers import findings

SYMBOL = "tf1-control-dependencies"

#: A file that can only be of TensorFlow 1.
OLD = "import tensorflow as tf\nx = tf.placeholder(tf.float32)\n"

found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        "import tensorflow as tf\nwith tf.control_dependencies([a]):\n    pass\n",
        "import tensorflow as tf\n@tf.function\ndef f():\n    return tf.group(a, b)\n",
        OLD + "g = tf.Graph()\nwith tf.control_dependencies([a]):\n    pass\n",
        OLD + "tf.compat.v1.disable_eager_execution()\ntf.group(a, b)\n",
        OLD + "other.control_dependencies([a])\n",
        OLD + "tf.compat.v1.group(a, b)\n",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("statement", "advice"),
    [
        ("with tf.control_dependencies([a]):\n    y = tf.sqrt(x)", "must come first above it"),
        ("train = tf.group(a, b)", "call one after another"),
        ("from tensorflow import group\ntrain = group(*updates)", "call one after another"),
    ],
)
def test_reported(statement: str, advice: str) -> None:
    (finding,) = found(f"{OLD}{statement}\n")
    assert advice in finding.message
    assert {fix.target for fix in finding.fixes} == {"tf2", "torch"}
