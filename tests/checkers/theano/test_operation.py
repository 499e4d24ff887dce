"""Operations of ``theano.tensor``."""

from __future__ import annotations

import pytest

from lintplugin import rules
from lintplugin.analysis import Settings, analyse
from lintplugin.edits import Applicability
from lintplugin.rules import Finding
from lintplugin.source import Source

SYMBOL = "theano-operation"


def found(text: str) -> list[Finding]:
    report = analyse(Source("module.py", text), Settings(symbols=frozenset({SYMBOL})))
    assert not report.problems
    return report.findings


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as T\nT.dot(a, b)\n",
        "import tensorflow as T\nT.tanh(a)\n",
        "import theano.tensor as T\nT = other\nT.dot(a, b)\n",
        "import theano.tensor as T\ndef f(T):\n    return T.dot(a, b)\n",
        "import theano\nimport theano.tensor as T\nx = T.matrix('x')\n",
        "try:\n    import theano.tensor as T\nexcept ImportError:\n    import numpy as T\n"
        "T.dot(a, b)\n",
    ],
)
def test_what_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "api", "tf2", "torch"),
    [
        ("T.dot(a, b)", "theano.tensor.dot", None, "torch.matmul(a, b)"),
        ("T.dot(b=a, a=b)", "theano.tensor.dot", None, "torch.matmul(b, a)"),
        ("T.nnet.sigmoid(a)", "theano.tensor.nnet.sigmoid", "tf.sigmoid(a)", "torch.sigmoid(a)"),
        ("T.log(a + b)", "theano.tensor.log", "tf.math.log(a + b)", "torch.log(a + b)"),
        ("T.sum(a)", "theano.tensor.sum", "tf.reduce_sum(a)", "torch.sum(a)"),
        (
            "T.mean(a, 0, keepdims=True)",
            "theano.tensor.mean",
            "tf.reduce_mean(a, axis=0, keepdims=True)",
            "torch.mean(a, dim=0, keepdim=True)",
        ),
        (
            "T.concatenate([a, b], axis=1)",
            "theano.tensor.concatenate",
            None,
            "torch.cat([a, b], dim=1)",
        ),
    ],
)
def test_replacements(text: str, api: str, tf2: str | None, torch: str) -> None:
    (finding,) = found(f"import theano.tensor as T\nc = {text}\n")
    assert finding.api == api
    replaced = {fix.target: fix for fix in finding.fixes}
    assert replaced["torch"].replacement == torch
    assert tf2 is None or replaced["tf2"].replacement == tf2
    for fix in replaced.values():
        # Half a conversion does not run: the module's own fix applies it.
        assert fix.applicability is Applicability.DISPLAY
        assert fix.edits == ()
        assert fix.evidence is not None


def test_the_first_table_has_its_30_operations_for_both_targets() -> None:
    rows = rules.by_symbol()[SYMBOL].rows.values()
    assert sum(bool(row.templates["tf2"] and row.templates["torch"]) for row in rows) >= 30
