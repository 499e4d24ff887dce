"""Loops and branches with one output in a list."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import evidence
from tests.checkers import findings

SYMBOL = "tf1-single-output"

#: A file that can only be of TensorFlow 1.
OLD = """\
import tensorflow as tf

x = tf.placeholder(tf.float32, [3])


def single():
    return [x]


def plain():
    return x


"""

found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


@pytest.mark.parametrize(
    "expression",
    [
        "y = tf.while_loop(c, b, [x, x])",
        "y = tf.while_loop(c, b, loop_variables)",
        "y = tf.while_loop(c, b, [*loop_variables])",
        "y = tf.while_loop(c, b, [[x, x]])",
        "y = tf.while_loop(c, b, [x], return_same_structure=True)",
        "y = tf.while_loop(c, b, [x])[0]",
        "[y] = tf.while_loop(c, b, [x])",
        "y = tf.cond(p, plain, plain)",
        "y = tf.cond(p, lambda: x, lambda: x + 1)",
        "y = tf.cond(p, lambda: [x, x], lambda: [x, x])",
        "y = tf.cond(p, single, single, strict=True)",
        "y = tf.cond(p, single, plain)",
        "y = tf.cond(p, single, elsewhere)",
        "y = tf.compat.v1.while_loop(c, b, [x])",
        "tf.case([(p, single)], default=single)",
        "tf.while_loop",
    ],
)
def test_left_alone(expression: str) -> None:
    assert found(f"{OLD}{expression}\n") == []


def test_a_file_that_may_be_of_version_2_is_left_alone() -> None:
    assert found("import tensorflow as tf\ny = tf.while_loop(c, b, [x])\n") == []


@pytest.mark.parametrize(
    "call",
    [
        "tf.while_loop(c, single, [x])",
        "tf.while_loop(c, single, loop_vars=(x,))",
        "tf.while_loop(\n    c,  # while\n    lambda v: (v,),\n    [x],\n)",
        "tf.cond(p, lambda: [x], lambda: [x + 1])",
        "tf.cond(p, single, single)",
        "tf.cond(p, fn1=single, fn2=lambda: (x,))",
    ],
)
def test_fixed(call: str) -> None:
    assert fixed(f"{OLD}y = {call}\n") == f"{OLD}y = {call}[0]\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tf.while_loop(c, lambda v: v + 1, [x])", "tf.while_loop(c, lambda v: [v + 1], [x])[0]"),
        ("tf.while_loop(c, body=plain, loop_vars=[x])", None),
    ],
)
def test_the_body_of_a_loop_returns_a_list(before: str, after: str | None) -> None:
    text = fixed(f"{OLD}y = {before}\n")
    if after is None:
        assert text == f"{OLD}y = {before}[0]\n".replace("return x", "return [x]")
    else:
        assert text == f"{OLD}y = {after}\n"


@pytest.mark.parametrize(
    "statements", ["tf.while_loop(c, b, [x])", "plain()\ntf.while_loop(c, plain, [x])"]
)
def test_a_body_that_others_call_is_left_to_a_person(statements: str) -> None:
    (finding,) = found(f"{OLD}{statements}\n")
    assert finding.fixes[0].reason == "the body must return a list, and it may have other callers"


def test_the_fixture_holds_what_the_fix_writes() -> None:
    (folder,) = evidence.generated_fixtures(SYMBOL, "tf2")
    written = (folder / "tf2.py").read_text("utf-8")
    assert fixed((folder / "legacy.py").read_text("utf-8")) == written
