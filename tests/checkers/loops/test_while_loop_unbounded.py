"""Loops without a bound, whose gradient XLA compiles."""

from __future__ import annotations

import pytest

from tests.checkers import findings

SYMBOL = "while-loop-unbounded"

HEADER = """\
import tensorflow as tf
"""


_texts = findings.Headed(SYMBOL, HEADER)
found, lines = _texts.found, _texts.lines


def loop(
    test: str = "i < n",
    result: str = "v * x",
    begin: str = "0",
    more: str = "",
    step: str = "i + 1",
) -> str:
    """A function that XLA compiles, with a loop and its gradient."""
    return f"""\
@tf.function(jit_compile=True)
def f(x, n):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.while_loop(
            lambda i, v: {test}, lambda i, v: ({step}, {result}), ({begin}, x){more})[1]
    return tape.gradient(y, x)
"""


def bound(text: str) -> str | None:
    """What the fix states; None when it is only shown."""
    (finding,) = found(text)
    fix = next(fix for fix in finding.fixes if fix.target == "tf2")
    return fix.edits[0].text.removeprefix(", maximum_iterations=") if fix.edits else None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(loop(more=", maximum_iterations=n"), id="bounded"),
        pytest.param(loop(more=", back_prop=False"), id="without gradients"),
        pytest.param(loop().replace("jit_compile=True", ""), id="not compiled by XLA"),
        pytest.param(loop().replace("=True", "=compiles"), id="perhaps not compiled"),
        pytest.param(loop().replace("tape.gradient(y, x)", "y"), id="no gradient"),
        pytest.param(loop().replace("gradient(y, x)", "gradient(x * x, x)"), id="of another value"),
        pytest.param(loop().replace("gradient(y, x)", "gradient(y, w)"), id="by another value"),
        pytest.param(
            loop().replace("gradient(y, x)", "gradient(tf.stop_gradient(y), x)"), id="stopped"
        ),
        pytest.param(loop(result="v + x * x"), id="a loop that only adds"),
        pytest.param(loop(result="v - tf.tanh(x)"), id="a loop that only subtracts"),
        pytest.param(
            """\
            @tf.function(jit_compile=True)
            def f(x):
                return tf.while_loop(lambda v: v < 9.0, lambda v: (v * v,), (x,))

            with tf.GradientTape() as tape:
                y = f(x)[0]
            g = tape.gradient(y, x)
            """,
            id="a gradient outside, where a bound does not help",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(loop(), [5], id="a function with a decorator"),
        pytest.param(loop(result="tf.tanh(v)"), [5], id="a function that keeps its argument"),
        pytest.param(loop(more=", maximum_iterations=None"), [5], id="no bound, written out"),
        pytest.param(
            """\
            def power(x):
                return tf.while_loop(lambda v: v < 9.0, lambda v: (v * x,), (x,))[0]

            def f(x):
                return tf.gradients(power(x), x)

            g = tf.function(f, jit_compile=True)
            """,
            [2],
            id="in a function that is called",
        ),
        pytest.param(
            """\
            def f(x):
                _, y = tf.while_loop(lambda i, v: i < 3, lambda i, v: [i + 1, v**2], [0, x])
                return tf.gradients(tf.reduce_sum(y), [x])

            a = tf.contrib.compiler.xla.compile(f, [x])
            """,
            [2],
            id="compiled by a function of TensorFlow 1",
        ),
        pytest.param(
            """\
            x = tf.placeholder(tf.float32, [])
            with tf.xla.experimental.jit_scope():
                _, y = tf.while_loop(lambda i, v: i < 3, lambda i, v: [i + 1, v / 2], [0, x])
                g = tf.gradients(ys=y, xs=x)
            """,
            [3],
            id="in a scope",
        ),
        pytest.param(
            """\
            w = tf.Variable(1.0)
            optimizer = tf.train.AdamOptimizer()

            def step(x):
                y = tf.while_loop(lambda v: v < 9.0, lambda v: (v * w,), (x,))[0]
                return optimizer.minimize(tf.square(y))

            tf.contrib.tpu.rewrite(step, [x])
            """,
            [5],
            id="an optimizer",
        ),
    ],
)
def test_reported(text: str, expected: list[int]) -> None:
    assert lines(text) == expected


@pytest.mark.parametrize(
    ("test", "begin", "states"),
    [
        ("i < 5", "0", "5"),
        ("i <= 5", "tf.constant(2)", "4"),
        ("5 > i", "0", "5"),
        ("i < 0", "0", "1"),
        ("i < n", "0", "n + 1"),
        ("n >= i", "1", "n + 1"),
        ("tf.less(i, tf.shape(x)[0])", "-2", "tf.shape(x)[0] + 3"),
        ("tf.logical_and(tf.reduce_sum(v) < 9.0, i < n)", "0", "n + 1"),
        ("(v < 9.0) & tf.less_equal(i, n)", "0", "n + 1"),
    ],
)
def test_a_counter_gives_the_bound(test: str, begin: str, states: str) -> None:
    assert bound(loop(test=test, begin=begin)) == states


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(loop("tf.reduce_sum(v) < 9.0"), id="no counter"),
        pytest.param(loop("i > n"), id="a counter that has no end"),
        pytest.param(loop(step="i + 2"), id="another step"),
        pytest.param(loop(begin="n"), id="another beginning"),
        pytest.param(loop("tf.logical_or(i < n, v < 9.0)"), id="one of two conditions"),
        pytest.param(loop("i < v"), id="an end that the loop changes"),
        pytest.param(loop("i != n"), id="another comparison"),
    ],
)
def test_without_a_bound_in_sight_a_program_is_shown(text: str) -> None:
    (finding,) = found(text)
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]
    for fix in finding.fixes:
        assert fix.applicability.value == "display"
        assert fix.evidence is not None
        compile(fix.replacement, "replacement", "exec")


def test_an_end_of_another_scope_is_not_stated() -> None:
    text = """\
        def goes_on(i, v):
            n = 5 * 3
            return i < n

        @tf.function(jit_compile=True)
        def f(x, n):
            y = tf.while_loop(goes_on, lambda i, v: (i + 1, v * x), (0, x))[1]
            return tf.gradients(y, x)
        """
    assert bound(text) is None


def test_the_message_names_the_line_of_the_gradient() -> None:
    (finding,) = found(loop())
    assert finding.message == (
        "XLA compiles no gradient of this loop, which is taken on line 8: state maximum_iterations"
    )
