"""``.value`` of dimensions."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import evidence
from tests.checkers import findings

SYMBOL = "tf1-dimension-value"

HEAD = "import tensorflow as tf\n"


found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("y = x.shape[1].value\n", id="no TensorFlow"),
        pytest.param(HEAD + "tf.ones(3)\ny = x.value\n", id="of something else"),
        pytest.param(HEAD + "tf.ones(3)\ny = x.shape.dims[1].value\n", id="dims, which works"),
        pytest.param(HEAD + "tf.ones(3)\ny = x.shape[1:].value\n", id="of a slice"),
        pytest.param(HEAD + "tf.ones(3)\ny = x[1].value\n", id="of an item of something else"),
        pytest.param(
            HEAD + "tf.compat.v1.disable_v2_behavior()\ny = x.shape[1].value\n", id="switched off"
        ),
        pytest.param(
            HEAD + "tf.ones(3)\nfor d in x.shape:\n    d = other\n    d.value\n", id="bound again"
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x.shape[1].value", "x.shape[1]"),
        ("x.get_shape()[-1].value", "x.get_shape()[-1]"),
        ("int(tf.zeros([2]).shape[i].value)", "int(tf.zeros([2]).shape[i])"),
        ("[d.value for d in x.shape]", "[d for d in x.shape]"),
        ("x.shape[0].value * x.shape[1].value", "x.shape[0] * x.shape[1]"),
        ("x.shape[0].value or 1  # kept", "x.shape[0] or 1  # kept"),
    ],
)
def test_dropped(before: str, after: str) -> None:
    head = f"{HEAD}tf.ones(3)\n"
    assert fixed(f"{head}y = {before}\n") == f"{head}y = {after}\n"


def test_the_fixture_holds_what_the_fix_writes() -> None:
    (folder,) = evidence.generated_fixtures(SYMBOL, "tf2")
    written = (folder / "tf2.py").read_text("utf-8")
    assert fixed((folder / "legacy.py").read_text("utf-8")) == written
