"""Calls in the order of arguments of TensorFlow 0.x."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import evidence
from tests.checkers import findings

SYMBOL = "tf1-argument-order"

HEAD = "import tensorflow as tf\n"


found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


@pytest.mark.parametrize(
    "call",
    [
        "tf.concat([a, b], 1)",
        "tf.concat([a, b], axis=1)",
        "tf.concat(values=[a, b], axis=-1)",
        "tf.concat(values, axis)",
        "tf.concat(a, b)",
        "tf.concat((a, b), [0][0])",
        "tf.concat(*arguments)",
        "tf.concat([a, b], -1, 'name')",
        "tf.concat",
        "tf.split(x, 2)",
        "tf.split(x, 2, 1)",
        "tf.split(x, [1, 2], -1)",
        "tf.split(axis=0, num_or_size_splits=2, value=x)",
        "tf.split(a, b, c)",
        "tf.split(0, 2, 1)",
    ],
)
def test_left_alone(call: str) -> None:
    assert found(f"{HEAD}{call}\n") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tf.concat(1, [a, b])", "tf.concat([a, b], 1)"),
        ("tf.concat(-1, values)", "tf.concat(values, -1)"),
        ("tf.concat(axis, [a, b])", "tf.concat([a, b], axis)"),
        ("tf.concat(0, [x for x in xs])", "tf.concat([x for x in xs], 0)"),
        ("tf.concat(concat_dim=d, values=v)", "tf.concat(v, d)"),
        ("tf.concat(values=v, concat_dim=d, name='n')", "tf.concat(v, d, name='n')"),
        ("tf.concat(0, [a, b], 'n')", "tf.concat([a, b], 0, name='n')"),
        ("tf.concat(1, values=[a,\n  b])", "tf.concat([a,\n  b], 1)"),
        ("tf.split(1, n, x)", "tf.split(x, n, 1)"),
        ("tf.split(split_dim=d, num_split=n, value=x)", "tf.split(x, n, d)"),
        (
            "tf.concat(0, [tf.split(0, 2, x)[1], tf.concat(1, [a, b])])",
            "tf.concat([tf.split(x, 2, 0)[1], tf.concat([a, b], 1)], 0)",
        ),
    ],
)
def test_reordered(before: str, after: str) -> None:
    assert fixed(f"{HEAD}y = {before}\n") == f"{HEAD}y = {after}\n"


def test_a_comment_is_not_lost() -> None:
    text = f"{HEAD}y = tf.concat(1,  # columns\n              [a, b])\n"
    assert fixed(text) == text
    (finding,) = found(text, "tf2")
    assert finding.fixes[0].reason == "comments inside the call would be lost"


def test_pytorch_gets_the_message_alone() -> None:
    (finding,) = found(f"{HEAD}tf.concat(1, [a, b])\n", "torch")
    assert finding.fixes == ()
    assert "tf.concat(values, axis)" in finding.message


def test_the_fixture_holds_what_the_fix_writes() -> None:
    (folder,) = evidence.generated_fixtures(SYMBOL, "tf2")
    written = (folder / "tf2.py").read_text("utf-8")
    assert fixed((folder / "legacy.py").read_text("utf-8")) == written
