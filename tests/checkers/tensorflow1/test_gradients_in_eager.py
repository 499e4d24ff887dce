"""``tf.gradients`` outside graphs."""

from __future__ import annotations

from functools import partial

import pytest

from tests.checkers import findings

SYMBOL = "tf1-gradients-in-eager"

HEAD = "import tensorflow as tf\n"


found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD + "g = tf.gradients(y, x)\n", id="may be traced"),
        pytest.param(HEAD + "@tf.function\ndef f(x):\n    tf.gradients(x, x)\n", id="traced"),
        pytest.param(
            HEAD + "tf.compat.v1.disable_v2_behavior()\ntf.Session()\ng = tf.gradients(y, x)\n",
            id="switched off",
        ),
        pytest.param(HEAD + "tf.Session()\nother.gradients(y, x)\n", id="of something else"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("name", ["gradients", "hessians"])
def test_reported_in_programs_of_tensorflow_1(name: str) -> None:
    (finding,) = found(HEAD + f"x = tf.placeholder(tf.float32)\ng = tf.{name}(x * x, x)\n")
    assert (finding.span.line, finding.api) == (3, f"tensorflow.{name}")
    assert "tf.GradientTape" in finding.message
