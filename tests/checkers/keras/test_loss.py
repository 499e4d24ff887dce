"""Losses of Keras as functions of PyTorch."""

from __future__ import annotations

import pytest
from lintplugin.checkers.keras import loss

from lintplugin import evidence
from lintplugin.rules import Finding
from tests.checkers import findings

SYMBOL = "keras-loss"

HEADER = "import tensorflow as tf\nfrom tensorflow.keras import losses\n"


def found(text: str, *, asked: bool = True) -> list[Finding]:
    return findings.found(SYMBOL, HEADER + text, "torch", asked=asked)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("losses.MeanSquaredError\n", id="the class itself"),
        pytest.param("import torch\ntorch.nn.HuberLoss()\n", id="of PyTorch"),
        pytest.param("class Mine(losses.Loss):\n    pass\n", id="one's own"),
        pytest.param("losses.Loss()\n", id="the class of all"),
        pytest.param("tf.losses.huber_loss(a, b)\n", id="of TensorFlow 1"),
        pytest.param("def f(losses):\n    return losses.Huber()\n", id="a parameter"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


def test_silent_unless_pytorch_is_asked_for() -> None:
    assert found("losses.Huber()\n", asked=False) == []


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (
            "losses.MeanSquaredError()",
            "lambda y_true, y_pred: (y_pred - y_true).square().mean(-1).mean()",
        ),
        (
            'tf.keras.losses.MeanSquaredError(reduction="sum", name="mine")',
            "lambda y_true, y_pred: (y_pred - y_true).square().mean(-1).sum()",
        ),
        (
            "losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)",
            "lambda y_true, y_pred: F.cross_entropy(y_pred, y_true, reduction='none')",
        ),
    ],
)
def test_what_is_written(text: str, answer: str) -> None:
    (finding,) = found(f"{text}\n")
    assert finding.message.endswith(f"is a loss of Keras; PyTorch: {answer}")
    (fix,) = finding.fixes
    assert fix.replacement == answer
    assert fix.evidence is not None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "losses.BinaryCrossentropy(from_logits=flag)",
            "PyTorch has nothing for BinaryCrossentropy with these arguments",
        ),
        (
            "losses.SparseCategoricalCrossentropy(ignore_class=0)",
            "'ignore_class' of SparseCategoricalCrossentropy is not carried over",
        ),
        ("losses.Poisson(reduction=how)", "'reduction' of Poisson is not known here"),
        ("losses.Poisson(*given)", "'*' arguments hide which parameter they fill"),
    ],
)
def test_what_has_no_counterpart_is_named(text: str, reason: str) -> None:
    (finding,) = found(f"{text}\n")
    assert finding.message.endswith(f"PyTorch: {reason}")
    assert finding.fixes == ()


@pytest.mark.parametrize("case", ["values", "classes"])
def test_the_fixtures_hold_what_is_written(case: str) -> None:
    folder = evidence.fixtures() / SYMBOL / case
    text = (folder / "torch.py").read_text("utf-8")
    legacy = (folder / "legacy.py").read_text("utf-8")
    reported = findings.found(SYMBOL, legacy, "torch", asked=True)
    answers = [finding.fixes[0].replacement for finding in reported]
    ends = ("\n", ",\n", "  # noqa")
    assert all(any(f"{answer}{end}" in text for end in ends) for answer in answers)
    assert text.count("lambda y_true, y_pred: ") == len(answers)


def test_every_loss_is_executed() -> None:
    folder = evidence.fixtures() / SYMBOL
    text = "".join(file.read_text("utf-8") for file in folder.glob("*/legacy.py"))
    assert [row.keras for row in loss.GROUP.rows if f"losses.{row.keras}(" not in text] == []
