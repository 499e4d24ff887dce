"""Sessions of ``tf.compat.v1`` in files that build no graph."""

from __future__ import annotations

import pytest

from lintplugin.analysis import Settings, analyse
from lintplugin.edits import Applicability
from lintplugin.rules import Finding
from lintplugin.source import Source

SYMBOL = "tf1-session-in-eager"

HEAD = "import tensorflow as tf\n"
PROGRAM = """
x = tf.compat.v1.placeholder(tf.float32)
with tf.compat.v1.Session() as sess:
    print(sess.run(x + 1.0, feed_dict={x: 2.0}))
"""


def found(text: str, *symbols: str) -> list[Finding]:
    settings = Settings(symbols=frozenset(symbols or {SYMBOL}))
    report = analyse(Source("module.py", text), settings)
    assert not report.problems
    return report.findings


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD + "tf.compat.v1.disable_eager_execution()\n" + PROGRAM, id="eager off"),
        pytest.param(HEAD + "tf.compat.v1.disable_v2_behavior()\n" + PROGRAM, id="version 2 off"),
        pytest.param(
            "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
            + PROGRAM.replace("compat.v1.", ""),
            id="imported, version 2 off",
        ),
        pytest.param(
            HEAD + "with tf.Graph().as_default():\n    " + PROGRAM.splitlines()[1], id="graph"
        ),
        pytest.param(HEAD + "tf.Session()\n", id="TensorFlow 1, of another rule"),
        pytest.param(
            "import tensorflow.compat.v1 as tf\ntf.compat.v1.disable_eager_execution()\n"
            + PROGRAM.replace("compat.v1.", ""),
            id="imported, eager off the long way",
        ),
        pytest.param(HEAD + "tf.compat.v1.metrics.accuracy(x, y)\n", id="works when traced"),
        pytest.param(HEAD + "tf.compat.v1.placeholder_with_default(1.0, [])\n", id="works"),
        pytest.param("import other as tf\n" + PROGRAM, id="another module"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [HEAD + PROGRAM, "import tensorflow.compat.v1 as tf\n" + PROGRAM.replace("compat.v1.", "")],
)
def test_reported_once_with_the_conversion_of_the_file(text: str) -> None:
    findings = found(text, SYMBOL, "tf1-session", "tf1-placeholder", "tf1-compat-v1")
    ours = [one for one in findings if one.symbol == SYMBOL]
    assert [(one.span.line, one.api.rpartition(".")[2]) for one in ours] == [
        (3, "placeholder"),
        (4, "Session"),
    ]
    places = [one.span for one in findings]
    assert len(set(places)) == len(places)
    for finding in ours:
        assert [fix.applicability for fix in finding.fixes] == [Applicability.SAFE] * 2


@pytest.mark.parametrize(
    "name",
    ["TextLineReader", "train.shuffle_batch", "summary.FileWriter", "train.MonitoredSession"],
)
def test_what_else_works_in_graphs_alone(name: str) -> None:
    (finding,) = found(f"{HEAD}x = tf.compat.v1.{name}()\n", SYMBOL, "tf1-compat-v1")
    assert finding.checker.symbol == SYMBOL
