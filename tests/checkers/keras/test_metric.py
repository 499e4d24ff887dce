"""Metrics of Keras as functions of PyTorch."""

from __future__ import annotations

import pytest
from lintplugin.checkers.keras import metric

from lintplugin import evidence
from lintplugin.rules import Finding
from tests.checkers import findings

SYMBOL = "keras-metric"

HEADER = "import tensorflow as tf\nfrom tensorflow.keras import metrics\n"


def found(text: str, *, asked: bool = True) -> list[Finding]:
    return findings.found(SYMBOL, HEADER + text, "torch", asked=asked)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("metrics.AUC\n", id="the class itself"),
        pytest.param("tf.metrics.accuracy(a, b)\n", id="of TensorFlow 1"),
        pytest.param("class Mine(metrics.Metric):\n    pass\n", id="one's own"),
        pytest.param("metrics = []\n", id="a list"),
        pytest.param("def f(metrics):\n    return metrics.AUC()\n", id="a parameter"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


def test_silent_unless_pytorch_is_asked_for() -> None:
    assert found("metrics.AUC()\n", asked=False) == []


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (
            "metrics.BinaryAccuracy(threshold=0.7)",
            "lambda y_true, y_pred: ((y_pred > 0.7) == y_true).float().mean()",
        ),
        ("tf.keras.metrics.AUC(50)", "functools.partial(roc_auc, num_thresholds=50)"),
    ],
)
def test_what_is_written(text: str, answer: str) -> None:
    (finding,) = found(f"{text}\n")
    assert finding.message.endswith(f"is a metric of Keras; PyTorch: {answer}")
    (fix,) = finding.fixes
    assert fix.replacement.endswith(answer)
    assert ("def roc_auc(" in fix.replacement) == ("roc_auc" in answer)
    assert fix.evidence is not None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("metrics.AUC(curve='PR')", "PyTorch has nothing for AUC with these arguments"),
        ("metrics.Precision(0.7)", "PyTorch has nothing for Precision with these arguments"),
        ("metrics.AUC(num_labels=3)", "'num_labels' of AUC is not carried over"),
    ],
)
def test_what_has_no_counterpart_is_named(text: str, reason: str) -> None:
    (finding,) = found(f"{text}\n")
    assert finding.message.endswith(f"PyTorch: {reason}")
    assert finding.fixes == ()


def test_the_fixture_holds_what_is_written() -> None:
    folder = evidence.fixtures() / SYMBOL / "values"
    text = (folder / "torch.py").read_text("utf-8")
    legacy = (folder / "legacy.py").read_text("utf-8")
    reported = findings.found(SYMBOL, legacy, "torch", asked=True)
    answers = [finding.fixes[0].replacement.split("\n")[-1] for finding in reported]
    assert [
        line.strip().removesuffix(",")
        for line in text.splitlines()
        if line.startswith(("    lambda", "    functools"))
    ] == answers
    assert all(helper in text for helper in metric.HELPERS.values())


def test_every_metric_is_executed() -> None:
    text = (evidence.fixtures() / SYMBOL / "values" / "legacy.py").read_text("utf-8")
    assert [row.keras for row in metric.GROUP.rows if f"metrics.{row.keras}(" not in text] == []
