"""Traced functions that a loop traces again."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from textwrap import dedent

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "function-retraced-in-loop"

HEADER = """\
import random
import numpy as np
import tensorflow as tf
from tensorflow import function

x = tf.ones([3])

@tf.function
def step(x, i, training=True):
    return x * tf.cast(i, x.dtype)

"""

found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


lines = findings.Headed(SYMBOL, HEADER).lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("for batch in data:\n    step(batch, 3, training=False)\n", id="constants"),
        pytest.param("for i in tf.range(9):\n    step(x, i)\n", id="tensors"),
        pytest.param("for i in range(9):\n    step(x, tf.constant(i))\n", id="made a tensor"),
        pytest.param("for i in np.arange(9):\n    step(x, i)\n", id="NumPy integers"),
        pytest.param("for v in np.linspace(0, 1):\n    step(x, v)\n", id="NumPy floats"),
        pytest.param("for flag in [True, False]:\n    step(x, 1, training=flag)\n", id="flags"),
        pytest.param("for i in range(9):\n    step(x, 1, training=i > 3)\n", id="a comparison"),
        pytest.param("for i in range(9):\n    step(batches[i], 1)\n", id="an item"),
        pytest.param("for i in range(9):\n    step(x * i, 1)\n", id="arithmetic of a tensor"),
        pytest.param("for i in range(1):\n    step(x, i)\n", id="one iteration"),
        pytest.param("for i, batch in enumerate(data):\n    step(batch, 1)\n", id="a batch"),
        pytest.param(
            "for i in range(9):\n    for _ in range(9):\n        step(x, 2)\n", id="other"
        ),
        pytest.param(
            """\
            @tf.function(input_signature=[tf.TensorSpec([]), tf.TensorSpec([], tf.int32)])
            def typed(x, i):
                return x * tf.cast(i, x.dtype)

            for i in range(9):
                typed(1.0, i)
            """,
            id="an input signature",
        ),
        pytest.param(
            """\
            @tf.function
            def unrolled(x):
                for i in range(3):
                    x = step(x, i)
                return x
            """,
            id="inside another traced function",
        ),
        pytest.param(
            """\
            def plain(x, i):
                return x * i

            for i in range(9):
                plain(x, i)
            """,
            id="a function that is not traced",
        ),
        pytest.param(
            """\
            steps = {}
            for model in models:
                @tf.function
                def train(batch):
                    return model(batch)
                steps[model] = train
                for batch in data:
                    train(batch)
            """,
            id="a function for each model",
        ),
        pytest.param(
            """\
            def make(model):
                @tf.function
                def train(batch):
                    return model(batch)
                return train

            train = make(model)
            for batch in data:
                train(batch)
            """,
            id="made before the loop",
        ),
        pytest.param(
            """\
            train = None
            for batch in data:
                if train is None:
                    train = tf.function(model)
                train(batch)
            """,
            id="made once by a condition",
        ),
        pytest.param(
            """\
            @tf.function
            def outer(rows):
                total = 0.0
                for row in rows:
                    @tf.function
                    def inner(v):
                        return tf.reduce_sum(v)
                    total += inner(row)
                return total
            """,
            id="made while another one is traced",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("for i in range(9):\n    step(x, i)\n", [2], id="range"),
        pytest.param("for i in range(9):\n    step(x, i=i)\n", [2], id="by keyword"),
        pytest.param("for i, b in enumerate(data):\n    step(b, i)\n", [2], id="enumerate"),
        pytest.param("for i in range(9):\n    step(x, 0.1 / (i + 1))\n", [2], id="arithmetic"),
        pytest.param("a = [step(x, i) for i in range(9)]\n", [1], id="comprehension"),
        pytest.param("for i in range(9):\n    step(x, [i, i + 1])\n", [2], id="list"),
        pytest.param("for b in data:\n    step(x, float(b))\n", [2], id="float"),
        pytest.param("for b in data:\n    step(x, b.item())\n", [2], id="item"),
        pytest.param("for b in data:\n    step(x, random.random())\n", [2], id="random"),
        pytest.param(
            "i = 0\nwhile i < 9:\n    step(x, i)\n    i += 1\n", [3], id="a counter of while"
        ),
        pytest.param(
            "rate = 0.1\nfor b in data:\n    step(b, rate)\n    rate *= 0.9\n", [3], id="a rate"
        ),
        pytest.param(
            "for i in range(9):\n    rate = 0.1 * 0.9 ** i\n    step(x, rate)\n", [3], id="named"
        ),
        pytest.param(
            "for i in range(9):\n    for b in data:\n        step(b, i)\n", [3], id="outer loop"
        ),
        pytest.param(
            """\
            traced = tf.function(lambda x, i: x * i)
            for i in range(9):
                traced(x, i)
            """,
            [3],
            id="tf.function called",
        ),
        pytest.param(
            """\
            class Model:
                @function(reduce_retracing=True)
                def step(self, x, i):
                    return x

                def fit(self):
                    for i in range(9):
                        self.step(x, i)
            """,
            [8],
            id="a method",
        ),
        pytest.param("for b in data:\n    tf.function(model)(b)\n", [2], id="called at once"),
        pytest.param(
            "for b in data:\n    f = tf.function(model)\n    f(b)\n", [2], id="made in the loop"
        ),
        pytest.param(
            """\
            for b in data:
                @tf.function
                def double(v):
                    return v * 2
                double(b)
            """,
            [2],
            id="defined in the loop",
        ),
        pytest.param(
            """\
            def double(b):
                @tf.function
                def inner(v):
                    return v * 2
                return inner(b)

            def make():
                return tf.function(model)

            for b in data:
                double(b)
                f = make()
                f(b)
            """,
            [2, 8],
            id="made in functions that the loop calls",
        ),
    ],
)
def test_reported(text: str, expected: list[int]) -> None:
    assert lines(text) == expected


def test_messages() -> None:
    text = f"{HEADER}for i in range(9):\n    step(x, i)\n    tf.function(model)(x)\n"
    assert [finding.message for finding in found(text)] == [
        "'step' gets another Python number in each iteration of the loop on line 12, and is traced "
        "each time: pass a tensor",
        "'tensorflow.function' makes a function in each iteration of the loop on line 12, and is "
        "traced each time: make it once, before the loop",
    ]


def test_the_safe_fix_writes_what_was_executed(root: Path) -> None:
    folder = root / "fixtures" / SYMBOL / "definition"
    before, after = ((folder / f"{side}.py").read_text("utf-8") for side in ("legacy", "tf2"))
    assert fixed(before) == after


def test_the_unsafe_fix_writes_what_was_executed(root: Path) -> None:
    folder = root / "fixtures" / SYMBOL / "number"
    before, after = ((folder / f"{side}.py").read_text("utf-8") for side in ("legacy", "tf2"))
    assert fixed(before) == before
    assert fixed(before, applied=(Applicability.UNSAFE,)) == after


def test_a_function_that_reads_more_is_moved_unsafely() -> None:
    text = dedent(
        """\
        for b in data:
            @tf.function
            def scaled(v):
                return v * scale
            scaled(b)
        """
    )
    assert fixed(HEADER + text) == HEADER + text
    moved = fixed(HEADER + text, applied=(Applicability.UNSAFE,))
    assert moved.endswith("    return v * scale\nfor b in data:\n    scaled(b)\n")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("return v * b", id="reads a variable of the loop"),
        pytest.param("return tf.Variable(0.0) + v", id="makes a variable"),
    ],
)
def test_no_edit_where_the_function_has_to_be_another_one(body: str) -> None:
    text = f"{HEADER}for b in data:\n    @tf.function\n    def f(v):\n        {body}\n    f(b)\n"
    every = (Applicability.SAFE, Applicability.UNSAFE)
    assert len(found(text)) == 1
    assert fixed(text, applied=every) == text


def test_fixes_show_executed_ports() -> None:
    (finding,) = found(f"{HEADER}for i in range(9):\n    step(x, i)\n")
    shown = [fix for fix in finding.fixes if fix.applicability is Applicability.DISPLAY]
    assert [fix.target for fix in shown] == ["tf2", "torch"]
    assert all(fix.evidence is not None for fix in shown)
