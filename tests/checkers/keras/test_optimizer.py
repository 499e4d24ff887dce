"""Optimisers of Keras and the same steps with PyTorch."""

from __future__ import annotations

import pytest
from lintplugin.checkers.keras import optimizer

from lintplugin import evidence
from lintplugin.rules import Finding
from tests.checkers import findings

SYMBOL = "keras-optimizer"

HEADER = "import tensorflow as tf\nfrom tensorflow.keras import optimizers\n"


def found(text: str, *, asked: bool = True) -> list[Finding]:
    return findings.found(SYMBOL, HEADER + text, "torch", asked=asked)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("optimizers.Adam\n", id="the class itself"),
        pytest.param("import torch\ntorch.optim.Adam([])\n", id="of PyTorch"),
        pytest.param("tf.train.AdamOptimizer()\n", id="of TensorFlow 1"),
        pytest.param("optimizers.get('adam')\n", id="by its name"),
        pytest.param("def f(optimizers):\n    return optimizers.Adam()\n", id="a parameter"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


def test_silent_unless_pytorch_is_asked_for() -> None:
    assert found("optimizers.Adam()\n", asked=False) == []


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("tf.optimizers.SGD(rate)", "torch.optim.SGD(model.parameters(), lr=rate)"),
        ("optimizers.SGD(rate)", "torch.optim.SGD(model.parameters(), lr=rate)"),
        ("tf.keras.optimizers.SGD(lr=0.1)", "torch.optim.SGD(model.parameters(), lr=0.1)"),
        ("optimizers.SGD(momentum=0.0)", "torch.optim.SGD(model.parameters(), lr=0.01)"),
        (
            "optimizers.Adam(beta_1=0.5)",
            "Adam(model.parameters(), lr=0.001, betas=(0.5, 0.999), eps=1e-07)",
        ),
        (
            "optimizers.Adadelta(clipnorm=None)",
            "torch.optim.Adadelta(model.parameters(), lr=0.001, rho=0.95, eps=1e-07)",
        ),
    ],
)
def test_what_is_written(text: str, answer: str) -> None:
    (finding,) = found(f"{text}\n")
    assert finding.message.endswith(f"is an optimiser of Keras; PyTorch: {answer}")
    (fix,) = finding.fixes
    assert fix.replacement.endswith(answer)
    assert ("class Adam(torch.optim.Adam):" in fix.replacement) == answer.startswith("Adam")
    assert fix.evidence is not None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("optimizers.Adam(clipnorm=1.0)", "'clipnorm' of Adam is not carried over"),
        ("optimizers.Adam(weight_decay=0.1)", "'weight_decay' of Adam is not carried over"),
        (
            "optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 9))",
            "learning_rate of SGD is made by a call",
        ),
        ("optimizers.SGD(decay=1e-6)", "argument 'decay' is not one of the recorded signature"),
        ("optimizers.SGD(**options)", "'**' arguments hide which parameter they fill"),
        ("optimizers.Ftrl()", "PyTorch has no FTRL"),
    ],
)
def test_what_has_no_counterpart_is_named(text: str, reason: str) -> None:
    (finding,) = found(f"{text}\n")
    assert finding.message.endswith(f"PyTorch: {reason}")
    assert finding.fixes == ()


def test_the_fixture_holds_what_is_written() -> None:
    folder = evidence.fixtures() / SYMBOL / "steps"
    text = (folder / "torch.py").read_text("utf-8")
    legacy = (folder / "legacy.py").read_text("utf-8")
    reported = findings.found(SYMBOL, legacy, "torch", asked=True)
    answers = [finding.fixes[0].replacement.split("\n")[-1] for finding in reported]
    assert answers == [
        line.strip().removeprefix("lambda model: ").removesuffix(",")
        for line in text.split("OPTIMIZERS = [\n")[1].splitlines()[:-1]
    ]
    assert all(helper in text for helper in optimizer.HELPERS.values())
