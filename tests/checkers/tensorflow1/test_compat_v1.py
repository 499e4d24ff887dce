"""Names used by way of ``tf.compat.v1``."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "tf1-compat-v1"

HEAD = "import tensorflow as tf\n"


found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD + "tf.math.log(x)\n", id="TensorFlow 2"),
        pytest.param(HEAD + "tf.log(x)\n", id="TensorFlow 1"),
        pytest.param(HEAD + "tf.compat.as_bytes(x)\n", id="other compatibility"),
        pytest.param(HEAD + "tf.compat.v2.math.log(x)\n", id="version 2"),
        pytest.param(HEAD + "tf.compat.v1.layers.dense(x, 3)\n", id="gone: an error"),
        pytest.param(HEAD + "tf.compat.v1.placeholder(tf.float32)\n", id="fails here: an error"),
        pytest.param(HEAD + "tf.compat.v1.QUANTIZED_DTYPES\n", id="nowhere else"),
        pytest.param(
            HEAD + "if tf.__version__ < '2':\n    tf.compat.v1.log(x)\n", id="behind a version"
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (HEAD + "tf.compat.v1.log(x)\n", [(2, "log")]),
        (HEAD + "f = tf.compat.v1.train.AdamOptimizer\n", [(2, "train.AdamOptimizer")]),
        ("import tensorflow.compat.v1 as tf\ntf.log(x)\ntf.exp(y)\n", [(1, "")]),
        ("from tensorflow.compat import v1 as tf\ntf.log(x)\n", [(1, "")]),
        (HEAD + "tf1 = tf.compat.v1\ntf1.log(x)\n", [(2, "")]),
        ("from tensorflow.compat.v1 import log\nlog(x)\n", [(1, "log")]),
        (
            HEAD + "tf.compat.v1.disable_v2_behavior()\ntf.compat.v1.Session()\n",
            [(2, "disable_v2_behavior"), (3, "Session")],
        ),
    ],
)
def test_reported(text: str, places: list[tuple[int, str]]) -> None:
    prefix = "tensorflow.compat.v1"
    apis = [(one.span.line, one.api.removeprefix(prefix).strip(".")) for one in found(text)]
    assert apis == places


def test_the_fix_is_that_of_the_name_in_tensorflow_1() -> None:
    (finding,) = found(HEAD + "y = tf.compat.v1.log(x)\n", "tf2")
    assert finding.checker.rule.category == "warning"
    (fix,) = finding.fixes
    assert (fix.applicability, fix.replacement) == (Applicability.SAFE, "tf.math.log(x)")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("log", "tf.math.log"),
        ("nn.relu", "tf.nn.relu"),
        ("decode_compressed", "tf.io.decode_compressed"),
        ("disable_eager_execution", "TensorFlow 2"),
    ],
)
def test_the_message_names_what_takes_its_place(name: str, advice: str) -> None:
    (finding,) = found(HEAD + f"f = tf.compat.v1.{name}\n", "tf2")
    assert advice in finding.message
