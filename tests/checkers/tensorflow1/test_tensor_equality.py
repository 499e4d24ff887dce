"""Tensors compared, and tensors as keys."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import evidence
from tests.checkers import findings

SYMBOL = "tf1-tensor-equality"

#: A file that can only be of TensorFlow 1.
OLD = """\
import tensorflow as tf

x = tf.placeholder(tf.float32, [3])
y = tf.sqrt(x)
w = tf.Variable(tf.zeros([3]))
d = {}
"""

found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


@pytest.mark.parametrize(
    "statement",
    [
        "a == b",
        "mode == tf.estimator.ModeKeys.TRAIN",
        "y == None",
        "None != y",
        "y is x",
        "y > x",
        "y is not None",
        "x.shape[0] == 3",
        "x.get_shape().ndims == 2",
        "x.dtype == tf.float32",
        "y.name == 'y'",
        "x.op == y.op",
        "y.get_shape() == x.get_shape()",
        "tf.get_default_graph() == graph",
        "name in d",
        "3 in [1, 2]",
        "feeds = {x: 3}",
        "sess.run(y, feed_dict={y: 3})",
        "sess.run(y, {y: 3})",
        "y.eval({w: 3})",
        "d[x] = 3",
        "d['a'] = y",
        "a[y] = 3",
        "w[y]",
        "{'a': y}",
        "{y.name: y}",
    ],
)
def test_left_alone(statement: str) -> None:
    assert found(f"{OLD}{statement}\n") == []


def test_a_file_that_may_be_of_version_2_is_left_alone() -> None:
    text = "import tensorflow as tf\ny = tf.sqrt(tf.constant(1.0))\nif y == y:\n    pass\n"
    assert found(text) == []


def test_a_name_of_several_things_is_left_alone() -> None:
    assert found(f"{OLD}z = 3\nif c:\n    z = y\nif z == x[0]:\n    pass\n") == []


@pytest.mark.parametrize(
    ("statement", "change"),
    [
        ("if y == x:\n    pass", "was 'is' in TensorFlow 1"),
        ("print(y != other)", "was 'is not' in TensorFlow 1"),
        ("if other == w:\n    pass", "'==' between tensors"),
        ("if 0 < a == y:\n    pass", "'==' between tensors"),
        ("tf.sqrt(x) == y", "'==' between tensors"),
        ("if y in tensors:\n    pass", "any(one is tensor for one in tensors)"),
        ("if w not in [y, x]:\n    pass", "'not in' compares"),
        ("names = {y: 'y'}", "use y.ref()"),
        ("both = {y, w}", "use y.ref()"),
        ("d[y] = 'y'", "use y.ref()"),
        ("d[tf.sqrt(x)] = 3", "use tf.sqrt(x).ref()"),
    ],
)
def test_reported(statement: str, change: str) -> None:
    first, *_ = found(f"{OLD}{statement}\n")
    assert change in first.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("y == x", "y is x"),
        ("y != x", "y is not x"),
        ("(y) == (x)", None),
        ("y==x", None),
        ("y == x != w", "y is x is not w"),
        ("(y\n == x)", "(y\n is x)"),
    ],
)
def test_fixed(before: str, after: str | None) -> None:
    assert fixed(f"{OLD}z = {before}\n") == f"{OLD}z = {before if after is None else after}\n"


def test_the_fixture_holds_what_the_fix_writes() -> None:
    (folder,) = evidence.generated_fixtures(SYMBOL, "tf2")
    written = (folder / "tf2.py").read_text("utf-8")
    assert fixed((folder / "legacy.py").read_text("utf-8")) == written
