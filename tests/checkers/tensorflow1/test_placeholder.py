"""Inputs of graphs."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin.edits import apply_all
from tests.checkers import findings

SYMBOL = "tf1-placeholder"


found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        "import tensorflow as tf\nx = tf.constant(1.0)\n",
        "import tensorflow as tf\nx = tf.raw_ops.Placeholder(dtype=tf.float32)\n",
        "import other as tf\nx = tf.placeholder(tf.float32)\n",
        "import tensorflow as tf\ndef f(tf):\n    return tf.placeholder(tf.float32)\n",
        "import tensorflow as tf\nplaceholder = tf.constant\nx = placeholder(1.0)\n",
        "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
        "x = tf.placeholder('float')\n",
        "import tensorflow as tf\ntf.compat.v1.disable_eager_execution()\n"
        "x = tf.compat.v1.placeholder('float')\n",
        "import tensorflow as tf\nwith tf.Graph().as_default():\n"
        "    x = tf.compat.v1.placeholder('float')\n",
    ],
)
def test_what_is_no_placeholder_or_works(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "api"),
    [
        ("import tensorflow as tf\nx = tf.placeholder(tf.float32, [None, 2])\n", "placeholder"),
        ("import tensorflow as tf\nx = tf.placeholder_with_default(1.0, [])\n",
         "placeholder_with_default"),
        ("from tensorflow import placeholder as p\nx = p('float')\n", "placeholder"),
        ("import tensorflow as tf\ntf.compat.v1.disable_v2_behavior()\n"
            "x = tf.placeholder('float')\n",
         "placeholder"),
        ("import functools, tensorflow as tf\nx = functools.partial(tf.placeholder, 'float')\n",
         "placeholder"),
        ("from tensorflow import *\nx = placeholder('float')\n", "placeholder"),
    ],
)  # fmt: skip
def test_placeholders(text: str, api: str) -> None:
    (finding,) = found(text)
    assert finding.api == f"tensorflow.{api}"
    assert finding.span.line == text.count("\n")
    assert "make it a parameter" in finding.message


def test_the_fix_converts_the_module() -> None:
    text = (
        "import tensorflow as tf\nx = tf.placeholder(tf.float32)\ny = x + 1.0\n"
        "print(tf.Session().run(y, {x: 1.0}))\n"
    )
    (finding,) = found(text)
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]
    for fix in finding.fixes:
        assert fix.replacement.startswith("def compute_y(x):\n")
        if fix.edits:
            after = apply_all(text, lambda current, fix=fix: [fix] if current == text else [])
            assert found(after.text) == []
            assert "print(compute_y(1.0))" in after.text


def test_a_file_that_cannot_be_converted_says_why() -> None:
    text = "import tensorflow as tf\nx = tf.placeholder(tf.float32)\nprint(x)\n"
    (finding,) = found(text)
    assert {fix.applicability.value for fix in finding.fixes} == {"display"}
    assert all("line" in fix.reason for fix in finding.fixes)
