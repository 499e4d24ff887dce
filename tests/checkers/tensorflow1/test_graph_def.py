"""Frozen graphs, and what took graphs apart, that TensorFlow 2 no longer has."""

from __future__ import annotations

from functools import partial

import pytest

from tests.checkers import findings

SYMBOL = "tf1-graph-def"

HEAD = "import tensorflow as tf\n"

found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "expression",
    [
        "tf.saved_model.save(model, path)",
        "tf.Graph()",
        "tf.graph_util.import_graph_def(g)",
        "other.GraphDef()",
    ],
)
def test_left_alone(expression: str) -> None:
    assert found(f"{HEAD}{expression}\n") == []


@pytest.mark.parametrize(
    "name",
    [
        "GraphDef",
        "graph_util.convert_variables_to_constants",
        "contrib.graph_editor",
        "graph_util.extract_sub_graph",
    ],
)
def test_reported(name: str) -> None:
    (finding,) = found(f"{HEAD}y = tf.{name}\n")
    assert finding.api == f"tensorflow.{name}"
    assert "counterpart" not in finding.message


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("tf.GraphDef()", "tf.graph_util.import_graph_def"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    assert advice in finding.message
    assert finding.fixes == ()
