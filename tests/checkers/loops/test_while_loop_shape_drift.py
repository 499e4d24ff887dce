"""Loops of TensorFlow whose variables change their shapes."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from lintplugin.rules import Finding
from tests.checkers import findings

SYMBOL = "while-loop-shape-drift"

HEADER = """\
import numpy as np
import tensorflow as tf

@tf.function
def f(x, y, n):
"""


def found(text: str, header: str = HEADER) -> list[Finding]:
    body = indent(dedent(text), "    ") if header == HEADER else dedent(text)
    return findings.found(SYMBOL, header + body)


def loop(result: str, begins: str, more: str = "") -> str:
    return f"tf.while_loop(lambda i, v: i < n, lambda i, v: (i + 1, {result}), (0, {begins}){more})"


def invariants(text: str) -> str | None:
    """What the fix states; None when it is only shown."""
    (finding,) = found(text)
    fix = next(fix for fix in finding.fixes if fix.target == "tf2")
    return fix.edits[0].text if fix.edits else None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            loop(
                "tf.concat([v, y], 0)",
                "tf.zeros([0, 2])",
                ", shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, 2]))",
            ),
            id="invariants",
        ),
        pytest.param(loop("tf.concat([v, y], 0)", "x"), id="a shape out of sight"),
        pytest.param(
            loop("tf.concat([v, y], 0)", "tf.zeros([n, 2])"), id="a size that is not known"
        ),
        pytest.param(
            loop("tf.concat([v, y], 0)", "tf.compat.v1.placeholder(tf.float32, [None, 2])"),
            id="a placeholder of any size",
        ),
        pytest.param(
            loop("tf.concat([v[1:], y], 0)", "tf.zeros([3, 2])"), id="one row out, one row in"
        ),
        pytest.param(loop("tf.concat([v], 0)", "tf.zeros([3, 2])"), id="nothing joined"),
        pytest.param(loop("tf.concat([v, y], n)", "tf.zeros([3, 2])"), id="an unknown axis"),
        pytest.param(loop("tf.stack([v, v])[0]", "tf.zeros([3])"), id="stacked and taken apart"),
        pytest.param(loop("tf.tile(v, [1, 1])", "tf.zeros([3, 2])"), id="repeated once"),
        pytest.param(loop("tf.tile(v, y)", "tf.zeros([3, 2])"), id="repeated unknown times"),
        pytest.param(loop("tf.pad(v, [[0, 0]])", "tf.zeros([3])"), id="padded with nothing"),
        pytest.param(loop("v + tf.concat([y, y], 0)", "tf.zeros([3])"), id="the same size"),
        pytest.param(loop("np.concatenate([v, y], 0)", "tf.zeros([3])"), id="of NumPy"),
        pytest.param(
            """\
            def body(i, a):
                a = a.write(i, tf.concat([y, y], 0))
                return i + 1, a

            tf.while_loop(lambda i, a: i < n, body, (0, tf.TensorArray(tf.float32, n)))
            """,
            id="an array",
        ),
        pytest.param("tf.while_loop(f, lambda i, v: tf.stack([v, v]), x)", id="unknown variables"),
        pytest.param(
            """\
            v = tf.zeros([0, 2])
            for i in tf.range(n):
                tf.autograph.experimental.set_loop_options(
                    shape_invariants=[(v, tf.TensorShape([None, 2]))]
                )
                v = tf.concat([v, y], 0)
            """,
            id="a loop over tf.range with options",
        ),
        pytest.param(
            """\
            v = tf.zeros([0, 2])
            for i in range(3):
                v = tf.concat([v, y], 0)
            """,
            id="a loop of Python, which is unrolled",
        ),
        pytest.param(
            """\
            v = tf.zeros([3, 2])
            for i in tf.range(n):
                w = tf.concat([v, y], 0)
            """,
            id="a variable that does not grow",
        ),
        pytest.param(
            """\
            v = x
            for i in tf.range(n):
                v = tf.concat([v, y], 0)
            """,
            id="a shape out of sight before a loop over tf.range",
        ),
        pytest.param(
            """\
            def body(i, v):
                if y:
                    return i, v
                return i + 1, tf.concat([v, y], 0)

            tf.while_loop(lambda i, v: i < n, body, (0, tf.zeros([3])))
            """,
            id="a body with two results",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


GROWS = loop("tf.concat([v, v], 0)", "tf.zeros([1, 2])")


def test_a_loop_that_is_computed_at_once_is_left_alone() -> None:
    assert found(f"import tensorflow as tf\n{GROWS}\n", "") == []
    eager = "import tensorflow as tf\ntf.enable_eager_execution()\ntf.placeholder\n"
    assert found(eager + GROWS, "") == []


@pytest.mark.parametrize(
    "before",
    [
        "tf.placeholder(tf.float32)\n",
        "tf.compat.v1.disable_eager_execution()\n",
        "g = tf.Graph()\n",
    ],
)
def test_a_loop_in_a_file_that_builds_graphs(before: str) -> None:
    assert len(found(f"import tensorflow as tf\n{before}{GROWS}\n", "")) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"def f(x):\n    return {GROWS}\ng = tf.function(f)\n",
        f"def f(x):\n    return {GROWS}\n@tf.function(jit_compile=True)\ndef g(x): return f(x)\n",
        f"import functools\n@functools.partial(tf.function, jit_compile=True)\ndef f(x): {GROWS}\n",
    ],
)
def test_a_function_that_is_traced(text: str) -> None:
    assert len(found(f"import tensorflow as tf\n{text}", "")) == 1


@pytest.mark.parametrize(
    ("result", "begins", "states"),
    [
        ("tf.concat([v, y], 0)", "tf.zeros([0, 2])", "[None, 2]"),
        ("tf.concat([y, v], axis=-1)", "tf.ones((3, 2))", "[3, None]"),
        ("tf.concat(axis=0, values=[v, v])", "tf.constant([1.0])", "[None]"),
        ("tf.concat([v, y], 0)", "tf.constant([[1, 2, -3]])", "[None, 3]"),
        ("tf.concat([v, y], 0)", "np.zeros(4)", "[None]"),
        ("tf.concat([v, y], 1)", "tf.random.normal([n, 1])", "[None, None]"),
        ("tf.stack([v, y])", "tf.constant(0.0)", "None"),
        ("tf.expand_dims(v, 0)", "tf.zeros([2])", "None"),
        ("tf.tile(v, [2, 1])", "tf.zeros([1, 2])", "[None, 2]"),
        ("tf.pad(v, [[0, 1], [0, 0]])", "tf.zeros([1, 2])", "[None, 2]"),
    ],
)
def test_reported(result: str, begins: str, states: str) -> None:
    stated = f", shape_invariants=(tf.TensorShape([]), tf.TensorShape({states}))"
    assert invariants(loop(result, begins)) == stated


def test_functions_and_names_are_followed() -> None:
    text = """\
        rows = tf.zeros([0, 2])
        begin = [rows]

        def go_on(v):
            return tf.shape(v)[0] < n

        def body(v):
            v = tf.concat([v, y], 0)
            return [v]

        tf.while_loop(body=body, cond=go_on, loop_vars=begin)
        """
    assert invariants(text) == ", shape_invariants=[tf.TensorShape([None, 2])]"


def test_one_variable_without_a_list_in_the_body() -> None:
    text = "tf.while_loop(lambda v: y, lambda v: tf.concat([v, v], 0), (tf.ones([1]),))"
    assert invariants(text) == ", shape_invariants=(tf.TensorShape([None]),)"


RANGE = """\
v = tf.zeros([0, 2])
for i in tf.range(n):
    # more
    v = tf.concat([v, y], 0)
    w = v
"""


def test_a_loop_over_a_range() -> None:
    (finding,) = found(RANGE)
    assert finding.span.line == HEADER.count("\n") + 2
    assert finding.message.startswith("'v' enters this loop with shape [0, 2] and gets another")
    fix = next(fix for fix in finding.fixes if fix.target == "tf2")
    text = HEADER + indent(RANGE, "    ")
    (edit,) = fix.edits
    assert text[: edit.start].endswith("# more\n        ")
    assert edit.text == (
        "tf.autograph.experimental.set_loop_options("
        "shape_invariants=[(v, tf.TensorShape([None, 2]))])\n        "
    )


def test_a_loop_over_a_range_that_is_computed_at_once_is_left_alone() -> None:
    assert found(f"import tensorflow as tf\n{RANGE}", "") == []


def test_a_loop_on_one_line_is_only_shown() -> None:
    (finding,) = found("v = tf.ones([2])\nfor i in tf.range(n): v = tf.stack([v, v])\n")
    assert not any(fix.edits for fix in finding.fixes)


def test_shapes_out_of_sight_are_not_stated() -> None:
    text = """\
        tf.while_loop(
            lambda v, w: y, lambda v, w: (tf.concat([v, v], 0), w), (tf.ones([1]), x)
        )
        """
    assert invariants(text) is None


def test_the_message_names_the_variable_and_its_shape() -> None:
    (finding,) = found(GROWS)
    assert finding.message.startswith("'v' enters this loop with shape [1, 2] and gets another")


def test_a_list_of_pytorch_is_shown() -> None:
    (finding,) = found(GROWS)
    fix = next(fix for fix in finding.fixes if fix.target == "torch")
    assert fix.applicability.value == "display"
    assert "torch.stack(found)" in fix.replacement
    assert fix.evidence is not None
