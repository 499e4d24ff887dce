"""Loops that were to stop gradients."""

from __future__ import annotations

import pytest

from tests.checkers import findings

SYMBOL = "while-loop-back-prop"

HEADER = """\
import tensorflow as tf
"""


_texts = findings.Headed(SYMBOL, HEADER)
found, lines, edited = _texts.found, _texts.lines, _texts.edited


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("y = tf.map_fn(f, x, back_prop=True)", id="the default"),
        pytest.param("y = tf.map_fn(f, x, back_prop=trains)", id="a value that is not known"),
        pytest.param("y = tf.map_fn(f, x, None, 10, True, False)", id="swap_memory"),
        pytest.param("y = tf.stop_gradient(tf.map_fn(f, x))", id="stopped at the result"),
        pytest.param("y = tf.scan(f, x, parallel_iterations=1, swap_memory=False)", id="others"),
        pytest.param("y = tf.map_fn(*given, back_prop=False)", id="stars"),
        pytest.param("y = mine.map_fn(f, x, back_prop=False)", id="another module"),
        pytest.param(
            """\
            import tensorflow.compat.v1 as tf1
            tf1.disable_v2_behavior()
            y = tf1.map_fn(f, x, back_prop=False)
            """,
            id="a file that builds graphs on TensorFlow 2, where it is heeded",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("y = tf.map_fn(f, x, back_prop=False)", [1], id="by name"),
        pytest.param("y = tf.map_fn(f, x, None, 10, False)", [1], id="by place"),
        pytest.param(
            "y = tf.map_fn(f, x, fn_output_signature=tf.int32, back_prop=False)",
            [1],
            id="beside an argument of TensorFlow 2",
        ),
        pytest.param(
            """\
            from tensorflow import foldl, foldr as right
            scan = tf.scan
            a = foldl(f, x, back_prop=False)
            b = right(f, x, None, 10, False)
            c = scan(f, x, back_prop=False)
            d = tf.compat.v1.while_loop(f, g, [x], None, 10, False)
            """,
            [3, 4, 5, 6],
            id="all loops, by other names",
        ),
    ],
)
def test_reported(text: str, expected: list[int]) -> None:
    assert lines(text) == expected


@pytest.mark.parametrize(
    ("call", "fixed"),
    [
        ("tf.scan(f, x, back_prop=False)", "tf.scan(f, x)"),
        ("tf.scan(back_prop=False, fn=f, elems=x)", "tf.scan( fn=f, elems=x)"),
        ("tf.scan(f, x, back_prop=False, reverse=True)", "tf.scan(f, x, reverse=True)"),
        ("tf.scan(f, x, None, 10, False)", "tf.scan(f, x, None, 10)"),
        ("tf.scan(f, x,\n  back_prop=False,  # why\n)", "tf.scan(f, x,  # why\n)"),
    ],
)
def test_the_result_is_stopped(call: str, fixed: str) -> None:
    expected = f"y = tf.nest.map_structure(tf.stop_gradient, {fixed})\n"
    assert edited(f"y = {call}\n") == expected


@pytest.mark.parametrize("dtype", ["tf.int32", "tf.string", "tf.dtypes.bool", "tf.uint8"])
def test_integers_need_no_stop(dtype: str) -> None:
    text = f"y = tf.map_fn(f, x, dtype={dtype}, back_prop=False)\n"
    assert edited(text) == f"y = tf.map_fn(f, x, dtype={dtype})\n"
    (finding,) = found(text)
    assert finding.message == (
        "'back_prop=False' of 'tensorflow.map_fn' is deprecated, and what it gives has no "
        "gradient: leave it out"
    )


@pytest.mark.parametrize(
    "call",
    [
        "tf.scan(f, x, None, 10, False, True)",
        "tf.scan(f, x,  # a comment\n  back_prop=False)",
    ],
)
def test_what_cannot_be_taken_out_is_shown(call: str) -> None:
    assert edited(f"y = {call}\n") is None


def test_the_rule_for_arguments_does_not_report_it_too() -> None:
    text = "y = tf.while_loop(f, g, (x,), back_prop=False)\ntf.Session()\n"
    assert findings.found("tf1-renamed-argument", HEADER + text) == []


def test_a_loop_without_gradients_is_shown_for_pytorch() -> None:
    (finding,) = found("y = tf.scan(f, x, back_prop=False)\n")
    fix = next(fix for fix in finding.fixes if fix.target == "torch")
    assert fix.applicability.value == "display"
    assert "torch.no_grad()" in fix.replacement
    assert fix.evidence is not None
