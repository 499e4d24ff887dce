"""Loops written for PyTorch."""

from __future__ import annotations

import pytest

from lintplugin.rewrite import convert_text

HEAD = """\
import numpy as np
import tensorflow as tf
x = tf.placeholder(tf.float32, [None, 2])
n = tf.placeholder(tf.int32, [])
w = tf.Variable([0.5, -1.0])
"""


def converted(text: str) -> str:
    """What computes ``y``, without its first and last lines."""
    program = f"{HEAD}{text}\nprint(tf.Session().run(y, {{x: [[1.0, 2.0]], n: 3}}))\n"
    result, conversion = convert_text(program, "torch")
    assert result is not None, conversion.refusals
    body = result.partition("def compute_y")[2].partition("\n    return")[0]
    lines = [line.removeprefix("    ") for line in body.split("\n")[1:]]
    return "\n".join(line for line in lines if line and "torch.tensor(" + line[0] not in line)


def reasons(text: str) -> str:
    program = f"{HEAD}{text}\nprint(tf.Session().run(y, {{x: [[1.0, 2.0]], n: 3}}))\n"
    result, conversion = convert_text(program, "torch")
    assert result is None
    return "; ".join(refusal.reason for refusal in conversion.refusals)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (
            "y = tf.foldl(lambda t, r: t + r, x, tf.zeros([2]))",
            "y = torch.zeros([2])\nfor r in x:\n    y = y + r",
        ),
        ("y = tf.foldl(lambda t, r: t + r, x)", "y = x[0]\nfor r in x[1:]:\n    y = y + r"),
        (
            "y = tf.foldr(lambda t, r: t * r, x)",
            "y = x[-1]\nfor r in reversed(x[:-1]):\n    y = y * r",
        ),
        (
            "y = tf.scan(lambda t, r: t + r, x, tf.zeros([2]), reverse=True)",
            "t = torch.zeros([2])\nresults = [t]\nfor r in reversed(x):\n    t = t + r\n"
            "    results.append(t)\ny = torch.stack(results)[1:].flip(0)",
        ),
        (
            "y = tf.map_fn(lambda r: tf.reduce_sum(r), x)",
            "results = [torch.sum(r) for r in x]\n"
            "y = torch.stack(results) if results else torch.zeros([0])",
        ),
        (
            "y = tf.map_fn(lambda r: r > 0.0, x, dtype=tf.bool)",
            "results = [r > 0.0 for r in x]\n"
            "y = torch.stack(results) if results else torch.zeros([0, 2], dtype=torch.bool)",
        ),
        (
            "y = tf.map_fn(lambda p: p[0] * p[1], (x, x), dtype=tf.float32)",
            "results = [p[0] * p[1] for p in zip(x, x, strict=True)]\n"
            "y = torch.stack(results) if results else torch.zeros([0, 2])",
        ),
        (
            "i, y = tf.while_loop(lambda i, v: i < n, lambda i, v: (i + 1, v * 2.0), [0, x])",
            "i, y = torch.tensor(0, dtype=torch.int32), x\nwhile i < n:\n    i, y = i + 1, y * 2.0",
        ),
        (
            "y = tf.while_loop(lambda v: tf.reduce_sum(v) < 9.0, lambda v: [v * 2.0], (x,), "
            "maximum_iterations=5)",
            "y = x\nfor _ in range(5):\n    if not (torch.sum(y) < 9.0):\n        break\n"
            "    y = y * 2.0",
        ),
    ],
)
def test_loops(text: str, written: str) -> None:
    assert converted(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        # The body reads the tensor that the name of the result has before the loop.
        (
            "y = x\ny = tf.while_loop(lambda v: tf.reduce_sum(v) < 9.0, lambda v: v + y, [x])",
            "y = x\nv = x\nwhile torch.sum(v) < 9.0:\n    v = v + y\ny = v",
        ),
        # What the rows come from must not change with the first step.
        (
            "y = x\ny = tf.foldl(lambda t, r: t + r, y)",
            "y = x\nt = y[0]\nfor r in y[1:]:\n    t = t + r\ny = t",
        ),
        # A name of the program is no variable of a loop.
        (
            "total = 2.0 * x\ny = tf.scan(lambda total, r: total + r, x) + total",
            "total = 2.0 * x\ntotal_2 = x[0]\nresults = [total_2]\nfor r in x[1:]:\n"
            "    total_2 = total_2 + r\n    results.append(total_2)\n"
            "y = torch.stack(results) + total",
        ),
        # Each loop of a statement keeps what it gives to the end of it.
        (
            "y = tf.foldl(lambda t, r: t + r, x) + tf.foldl(lambda t, r: t * r, x)",
            "t = x[0]\nfor r in x[1:]:\n    t = t + r\nt_2 = x[0]\nfor r_2 in x[1:]:\n"
            "    t_2 = t_2 * r_2\ny = t + t_2",
        ),
        # Names of Python's own stay what they are.
        (
            "y = tf.scan(lambda sum, r: sum + r, x)",
            "sum_2 = x[0]\nresults = [sum_2]\nfor r in x[1:]:\n    sum_2 = sum_2 + r\n"
            "    results.append(sum_2)\ny = torch.stack(results)",
        ),
    ],
)
def test_names_keep_their_values(text: str, written: str) -> None:
    assert converted(text) == written


def test_a_loop_inside_the_step_of_another() -> None:
    assert converted("y = tf.map_fn(lambda r: tf.foldl(lambda t, e: t + e, r, 0.0), x)") == (
        "results = []\nfor r in x:\n    t = torch.tensor(0.0)\n    for e in r:\n        t = t + e\n"
        "    results.append(t)\ny = torch.stack(results) if results else torch.zeros([0])"
    )


def test_an_item_of_one_variable_is_a_row_of_it() -> None:
    several = "tf.while_loop(lambda i, v: i < n, lambda i, v: (i + 1, v), [0, x])[1]"
    assert converted(f"y = {several}").endswith("\ny = v")
    single = "tf.while_loop(lambda v: v[0, 0] < 9.0, lambda v: v * 2.0, [x])[0]"
    assert converted(f"y = {single}").endswith("\ny = v[0]")


def test_functions_are_called() -> None:
    text = (
        "def near(i, v):\n    return i < n\n"
        "def body(i, v):\n    w = v * 2.0\n    return [i + 1, w]\n"
        "_, y = tf.while_loop(near, body, [tf.constant(0), x])"
    )
    written = converted(text)
    assert written.startswith("def near(i, v):\n    return i < n\n")
    assert written.endswith("while near(i, y):\n    i, y = body(i, y)")


def test_an_array_is_a_list() -> None:
    array = "a = tf.TensorArray(tf.float32, size=tf.shape(x)[0])\n"
    loop = (
        "_, a = tf.while_loop(lambda i, a: i < n, "
        "lambda i, a: (i + 1, a.write(i, x[i])), [0, a])\ny = a.stack()"
    )
    assert converted(array + loop) == (
        "a = [None] * torch.tensor(x.shape, dtype=torch.int32)[0]\n"
        "i = torch.tensor(0, dtype=torch.int32)\nwhile i < n:\n    a[i] = x[i]\n    i = i + 1\n"
        "y = torch.stack(a) if a else torch.zeros([0, 2])"
    )
    growing = "a = tf.TensorArray(tf.float32, size=0, dynamic_size=True)\n"
    assert "a = []\n" in converted(growing + loop)
    assert "    a.append(x[i])\n" in converted(growing + loop)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("y = tf.scan(f, x)", "'f' is not one function written in this file"),
        (
            "def f(a, b, c=1):\n    return a\ny = tf.foldl(f, x)",
            "'f' does not take what the loop gives it",
        ),
        (
            "def f(a):\n    if True: b = tf.foldl(lambda t, r: t + r, a)\n    return b\ny = f(x)",
            "a loop on the line of another statement",
        ),
        ("y = tf.scan(lambda a, r: a, x, reverse=flag)", "'reverse' is not written out"),
        ("y = tf.foldl(lambda a, r: a, {'a': x})", "a loop over a dictionary"),
        ("y = tf.while_loop(lambda i: i < n, lambda i: i, start)", "are not written out"),
        ("y = tf.foldl(*arguments)", "the arguments of the loop are not written out"),
        (
            "y = tf.while_loop(lambda i: i < n, lambda i: (i, i), [0])",
            "returns other variables than it takes",
        ),
        (
            "f = lambda r: tf.while_loop(lambda v: v[0] < 9.0, lambda v: v * 2.0, [r])\n"
            "y = tf.map_fn(f, x)",
            "tf.while_loop inside an expression",
        ),
        (
            "a = tf.TensorArray(tf.float32, 0, dynamic_size=True)\na = a.write(n, x)\n"
            "y = a.stack()",
            "grows and is not written step by step",
        ),
        ("y = tf.map_fn(lambda r: tf.gradients(r * r, r)[0], x)", "at each step of a loop"),
        ("y = tf.foldl(lambda t, r: w.assign_add(r), x)", "at each step of a loop"),
        ("y = tf.foldl(lambda t, r: 0.5, x)", "a step of a loop gives '0.5', no tensor"),
        (
            "def f(i, v):\n    return i + 1, 0.5\n"
            "_, y = tf.while_loop(lambda i, v: i < n, f, [0, x])",
            "gives '0.5', no tensor",
        ),
        ("y = tf.TensorArray(tf.float32, 2).concat()", "'concat' of a tf.TensorArray"),
    ],
)
def test_what_is_not_converted(text: str, why: str) -> None:
    assert why in reasons(text)


def test_a_loop_that_keeps_nothing_for_gradients() -> None:
    text = "y = tf.foldl(lambda a, r: a + r, x, back_prop=False)\n"
    assert converted(text.rstrip())
    assert "without 'back_prop'" in reasons(text + "y = tf.gradients(y, x)[0]")


def test_a_loop_that_may_keep_nothing_for_gradients() -> None:
    text = "keep = n > 1\ny = tf.foldl(lambda a, r: a + r, x, back_prop=keep)\n"
    assert "'back_prop' is not True or False here" in reasons(text)


def test_what_is_right_only_where_there_are_steps() -> None:
    def condition(text: str) -> str:
        program = f"{HEAD}{text}\nprint(tf.Session().run(y, {{x: [[1.0, 2.0]]}}))\n"
        result, conversion = convert_text(program, "torch")
        assert result is not None, conversion.refusals
        return conversion.unsafe

    assert condition("y = tf.map_fn(lambda r: 2.0 * r, x)") == ""
    assert "makes no step" in condition("y = tf.map_fn(lambda r: r, tf.transpose(x))")
    gradient = "y = tf.gradients(tf.foldl(lambda t, r: t + r, {}, tf.zeros([2])), x)[0]"
    assert "gradients of a loop that makes no step" in condition(gradient.format("x"))
