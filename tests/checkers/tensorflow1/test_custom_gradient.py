"""Functions of Python in a graph, and their gradients, that TensorFlow 2 lacks."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import rules, signatures
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "tf1-custom-gradient"

HEAD = "import tensorflow as tf\n\n"


found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tf.numpy_function(f, [x], tf.float32)\n", id="TensorFlow 2"),
        pytest.param("@tf.RegisterGradient('A')\ndef f(op, g):\n    return g\n", id="kept"),
        pytest.param("tf.no_gradient('A')\n", id="a name of both"),
        pytest.param("tf.compat.v1.py_func(f, [x], tf.float32)\n", id="kept below compat"),
        pytest.param("py_func(f, [x], tf.float32)\n", id="another function"),
        pytest.param("tf.gradients(y, x)\n", id="another rule"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(HEAD + text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y = tf.py_func(f, [x], tf.float32)\n", "py_func"),
        ("tf.NotDifferentiable('A')\n", "NotDifferentiable"),
        ("tf.NoGradient('A')\n", "NoGradient"),
        ("from tensorflow.contrib.framework import py_func\n", "contrib.framework.py_func"),
    ],
)
def test_reported(text: str, expected: str) -> None:
    assert [finding.api for finding in found(HEAD + text)] == [f"tensorflow.{expected}"]


def test_eager_results_of_numpy_functions_differ() -> None:
    (finding,) = found(f"{HEAD}tf.py_func(f, [x], [tf.float32])\n", "tf2")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.UNSAFE
    assert fix.replacement == "tf.numpy_function(f, [x], [tf.float32])"
    assert "Tout" in fix.reason


def test_a_registration_is_only_shown() -> None:
    (finding,) = found(f"{HEAD}tf.NotDifferentiable('A')\n", "tf2")
    (fix,) = finding.fixes
    assert (fix.applicability, fix.edits) == (Applicability.DISPLAY, ())
    assert fix.replacement == "tf.no_gradient('A')"


def test_every_row_is_of_a_name_that_is_gone() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        assert signatures.modern_entry(row.legacy) is None, row.legacy
