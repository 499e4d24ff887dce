"""Names below ``tf.compat.v1`` as fixes of last resort."""

from __future__ import annotations

import pytest

from lintplugin.analysis import Settings, analyse
from lintplugin.edits import Applicability, Fix, apply_all
from lintplugin.source import Source

HEAD = "import tensorflow as tf\n"


def offered(text: str, *, allowed: bool = True, target: str = "tf2") -> list[Fix]:
    """The fixes with a name of ``tf.compat.v1``."""
    report = analyse(Source("module.py", text), Settings((target,), compat_v1=allowed))
    assert not report.problems
    fixes = [fix for finding in report.findings for fix in finding.fixes]
    return [fix for fix in fixes if "compat.v1" in fix.title]


def test_not_offered_unless_allowed() -> None:
    assert offered(f"{HEAD}tf.get_collection('a')\n", allowed=False) == []


@pytest.mark.parametrize(
    "statement",
    [
        "tf.log(x)",  # TensorFlow 2 has it under another name.
        "tf.layers.dense(x, 3)",  # Keras 3 took it away there, too.
        "tf.nn.rnn_cell.LSTMCell(3)",
        "tf.contrib.layers.flatten(x)",
        "tf.Session()",  # It raises where operations are computed.
        "tf.placeholder(tf.float32)",
        "tf.train.shuffle_batch([x], 3, 10, 1)",
        "tf.summary.FileWriter('logs')",
        "tf.metrics.accuracy(x, y)",
        "tf.compat.v1.get_collection('a')",
        "tf.sqrt(x)",
    ],
)
def test_not_offered(statement: str) -> None:
    assert offered(f"{HEAD}{statement}\n") == []


def test_not_offered_for_pytorch() -> None:
    assert offered(f"{HEAD}tf.get_collection('a')\n", target="torch") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tf.get_collection('a')", "tf.compat.v1.get_collection('a')"),
        ("with tf.variable_scope('a'):\n    pass", None),
        ("f = tf.get_variable", None),
        ("saver = tf.train.Saver([v])", None),
    ],
)
def test_offered(before: str, after: str | None) -> None:
    text = f"{HEAD}{before}\n"
    (fix,) = offered(text)
    assert fix.applicability is Applicability.UNSAFE
    written = apply_all(text, lambda current: offered(current)).text
    assert written == f"{HEAD}{after or before.replace('tf.', 'tf.compat.v1.', 1)}\n"


@pytest.mark.parametrize("name", ["Session()", "placeholder(tf.float32)", "summary.merge_all()"])
@pytest.mark.parametrize("switch", ["tf.compat.v1.disable_eager_execution()", "g = tf.Graph()"])
def test_offered_where_graphs_are_built(name: str, switch: str) -> None:
    text = f"{HEAD}{switch}\nx = tf.{name}\n"
    written = apply_all(text, lambda current: offered(current)).text
    assert written == f"{HEAD}{switch}\nx = tf.compat.v1.{name}\n"


def test_imported_names() -> None:
    text = "from tensorflow import get_collection\nget_collection('a')\n"
    (fix,) = offered(text)
    assert fix.replacement == "tf.compat.v1.get_collection"
