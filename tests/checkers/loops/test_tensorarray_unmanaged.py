"""Arrays of TensorFlow whose writes are lost, that are read twice or too small."""

from __future__ import annotations

import pytest

from tests.checkers import findings

SYMBOL = "tensorarray-unmanaged"

HEADER = """\
import tensorflow as tf
"""


_texts = findings.Headed(SYMBOL, HEADER)
found, lines, edited = _texts.found, _texts.lines, _texts.edited


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 3)
            a = a.write(0, 1.0)
            """,
            id="assigned",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 3).unstack(x)
            y = a.stack()
            """,
            id="chained",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 3)
            with tf.control_dependencies([a.write(0, x).flow]):
                y = a.read(0)
            """,
            id="given to something else",
        ),
        pytest.param(
            """\
            loop = tf.while_loop(
                lambda i, a: i < 3,
                lambda i, a: (i + 1, a.write(i, x)),
                (0, tf.TensorArray(tf.float32, 3)),
            )
            """,
            id="returned by the body of a loop",
        ),
        pytest.param(
            """\
            def log(file: open):
                a = tf.TensorArray(tf.float32, 3)
                file.write(0, 1)
                "a b".split(" ")
            """,
            id="methods of other objects",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 3)
            if x:
                a = open("f")
            a.write("x")
            """,
            id="what may be something else",
        ),
        pytest.param(
            """\
            class TensorArray:
                pass

            a = TensorArray()
            a.write(0, 1)
            b = tf.TensorArray
            """,
            id="a class of that name",
        ),
        pytest.param(
            """\
            def draw(a):
                a.write(0, 1)

            tf.TensorArray(tf.float32, 3)
            """,
            id="a parameter of any kind",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 3, clear_after_read=False).unstack(x)
            y = a.read(0) + a.read(0)
            """,
            id="read twice and not cleared",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 3).unstack(x)
            y = a.read(0) + a.read(1)
            """,
            id="two elements",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 3).unstack(x)
            y = a.read(0) if x else a.read(0) + 1
            """,
            id="read in one of two branches",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 3).unstack(x)
            if x:
                y = a.read(0)
            else:
                y = a.read(0)
            """,
            id="read in two branches",
        ),
        pytest.param(
            """\
            @tf.function
            def f(x):
                a = tf.TensorArray(tf.float32, 3).unstack(x)
                return a.read(0) + a.read(0)
            """,
            id="read twice in tf.function, which allows it",
        ),
        pytest.param(
            """\
            def f(x):
                a = tf.TensorArray(tf.float32, 3).unstack(x)
                return a.read(0) + a.read(0)

            g = tf.function(f)
            """,
            id="read twice in what tf.function is given",
        ),
        pytest.param(
            """\
            def f(x):
                a = tf.TensorArray(tf.float32, 3).unstack(x)
                return a.stack() + a.stack()
            """,
            id="stacked twice where TensorFlow 2 computes at once",
        ),
        pytest.param(
            """\
            def f(i, j):
                a = tf.TensorArray(tf.float32, 3).unstack(x)
                return a.read(i) + a.read(j)
            """,
            id="two indices",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 0, dynamic_size=True)
            a = a.write(0, 1.0)
            """,
            id="one that grows",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, size, True)
            a = a.write(4, 1.0)
            """,
            id="a size that is not known",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 2, dynamic_size=grows)
            a = a.write(2, 1.0)
            """,
            id="one that may grow",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, **options)
            a = a.write(2, 1.0)
            """,
            id="options out of sight",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 2)
            a = a.write(1, 1.0).write(i, 2.0)
            """,
            id="in its size",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 0)
            y = a.stack()
            """,
            id="empty and never written",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 3)
            for i in range(3):
                a.write(i, x)
            """,
            [3],
            id="a loop of Python",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 3)
            a.unstack(x)
            a.scatter([0], x)
            _ = a.split(x, [3])
            """,
            [2, 3, 4],
            id="all that write",
        ),
        pytest.param(
            """\
            from tensorflow.compat.v1 import TensorArray as Array
            a = b = Array(tf.float32, 3)
            b = b.write(0, 1)
            b.write(1, 1)
            """,
            [4],
            id="another name",
        ),
        pytest.param(
            """\
            def body(i, a):
                a.write(i, x)
                return i + 1, a

            a = tf.TensorArray(tf.float32, 3)
            tf.while_loop(lambda i, a: i < 3, body, [0, a])
            """,
            [2],
            id="a variable of a loop",
        ),
        pytest.param(
            """\
            start = (0, tf.TensorArray(tf.float32, 3))
            step = lambda i, a: (i + 1, a.write(i, x))
            _, a = tf.while_loop(body=step, cond=lambda i, a: i < 3, loop_vars=start)
            a.write(0, x)
            """,
            [4],
            id="what a loop returns",
        ),
        pytest.param(
            """\
            def fill(a: tf.TensorArray):
                a.write(0, x)
            """,
            [2],
            id="a parameter with an annotation",
        ),
        pytest.param(
            """\
            class Model:
                def call(self, x):
                    self.a = tf.TensorArray(tf.float32, 3)
                    self.a.write(0, x)
            """,
            [4],
            id="an attribute",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 3).unstack(x)
            y = a.read(0)
            z = y + a.read(index=0)
            """,
            [3],
            id="read twice",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, 3).unstack(x)
            y = a.read(0) + a.stack()
            z = a.stack()
            tf.Session().run(z)
            """,
            [3],
            id="stacked twice in a session",
        ),
        pytest.param(
            """\
            a = tf.TensorArray(tf.float32, size=0)
            a = a.write(0, 1.0)
            a = a.write(1, 1.0)
            """,
            [2],
            id="no place at all",
        ),
        pytest.param(
            """\
            SIZE = 2
            a = tf.TensorArray(tf.float32, SIZE, False)
            a = a.write(0, 1.0).write(2, 1.0)
            """,
            [3],
            id="past the end",
        ),
    ],
)
def test_reported(text: str, expected: list[int]) -> None:
    assert lines(text) == expected


def test_the_result_is_assigned() -> None:
    text = "a = tf.TensorArray(tf.float32, 3)\na.write(0, x).write(1, x)  # all\n"
    assert edited(text) == (
        "a = tf.TensorArray(tf.float32, 3)\na = a.write(0, x).write(1, x)  # all\n"
    )


def test_a_result_bound_to_the_underscore_is_assigned() -> None:
    text = "a = tf.TensorArray(tf.float32, 3)\n_ = a.write(0, x)\n"
    assert edited(text) == "a = tf.TensorArray(tf.float32, 3)\na = a.write(0, x)\n"


def test_a_name_of_a_scope_outside_is_not_assigned() -> None:
    text = """\
        a = tf.TensorArray(tf.float32, 3)

        def body(i):
            a.write(i, x)
            return i + 1
        """
    assert edited(text) is None


def test_an_attribute_is_not_assigned() -> None:
    text = """\
        class Model:
            def call(self, x):
                self.a = tf.TensorArray(tf.float32, 3)
                self.a.write(0, x)
        """
    assert edited(text) is None


@pytest.mark.parametrize(
    ("made", "fixed"),
    [
        ("tf.TensorArray(\n    tf.float32,\n    0,  # none\n)", "0, dynamic_size=True,  # none\n)"),
        ("tf.TensorArray(tf.float32, 0, dynamic_size=False)", "0, dynamic_size=True)"),
        ("tf.TensorArray(tf.float32, size=(0))", "size=(0), dynamic_size=True)"),
    ],
)
def test_the_array_is_made_to_grow(made: str, fixed: str) -> None:
    text = edited(f"a = {made}\na = a.write(0, x)\n")
    assert text is not None
    assert text.endswith(f"{fixed}\na = a.write(0, x)\n")


def test_what_is_given_by_its_place_is_not_given_twice() -> None:
    assert edited("a = tf.TensorArray(tf.float32, 0, False)\na = a.write(0, x)\n") is None


def test_the_array_is_made_to_keep_what_was_read() -> None:
    text = "a = tf.TensorArray(tf.float32, 3).unstack(x)\ny = a.read(0) + a.read(0)\n"
    assert edited(text) == text.replace("32, 3)", "32, 3, clear_after_read=False)")


def test_a_list_of_pytorch_is_shown() -> None:
    (finding,) = found("a = tf.TensorArray(tf.float32, 3)\na.write(0, x)\n")
    fix = next(fix for fix in finding.fixes if fix.target == "torch")
    assert fix.applicability.value == "display"
    assert "torch.stack(found)" in fix.replacement
    assert fix.evidence is not None
