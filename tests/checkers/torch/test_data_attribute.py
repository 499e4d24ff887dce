"""The attribute ``data`` of tensors."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from lintplugin.edits import Applicability
from tests.checkers.findings import fixed, found

SYMBOL = "torch-data-attribute"

HEADER = """\
import torch
from torch import nn
import torch.nn.functional as F

layer = nn.Linear(3, 3)
"""

UNSAFE = (Applicability.SAFE, Applicability.UNSAFE)


def lines(text: str) -> list[int]:
    return [one.span.line - 5 for one in found(SYMBOL, f"{HEADER}{text}\n")]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a = layer(x).detach().numpy()", id="what is right"),
        pytest.param("layer.weight.data.normal_(0, 0.02)", id="parameters are set"),
        pytest.param("layer.bias.data[0] = 1", id="an element of a parameter is set"),
        pytest.param("layer.weight.data = torch.zeros(3, 3)", id="an assignment"),
        pytest.param("layer.weight.data = layer.weight.data.cuda()", id="moved"),
        pytest.param("layer.weight.data[:2] = nn.Linear(3, 2).weight.data[:2]", id="copied"),
        pytest.param("n = layer.weight.data.shape[0]", id="what detach() does not change"),
        pytest.param("n = isinstance(layer.weight.data, DTensor)", id="a class"),
        pytest.param("for p in layer.parameters():\n    p.data.add_(1)", id="a step"),
        pytest.param("for p in layer.parameters():\n    p.data.view(-1)[0].zero_()", id="a view"),
        pytest.param("a = args.data, self.data, corpus.data", id="other objects"),
        pytest.param("dataset = MNIST(p)\na = dataset.data.view(-1)", id="a data set"),
        pytest.param("a = dataset.data.float().numpy()", id="a data set of another file"),
        pytest.param("import requests\na = requests.get(u).data", id="an answer"),
        pytest.param("def f(r):\n    return r.data", id="nothing known"),
        pytest.param(
            "p = nn.utils.rnn.pack_padded_sequence(x, n)\na = layer(p.data)", id="a packed sequence"
        ),
        pytest.param(
            "o, h = nn.LSTM(3, 3)(x)\na = o.data", id="what an LSTM makes of a packed sequence"
        ),
        pytest.param("with torch.no_grad():\n    a = layer(x).data", id="under no_grad"),
        pytest.param("out = layer(x)\nout.data.clamp_(0, 1)", id="changed without a backward"),
        pytest.param("loss = F.mse_loss(x, y)\na = loss.data[0]", id="of another rule"),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "a = layer(x).data",
        "a = F.relu(x).data.cpu().numpy()",
        "a = torch.cat([x, y]).data",
        "a = layer.weight.data.view(-1)",
        "loss = F.mse_loss(x, y); t.append(loss.data)",
        "class N(nn.Module): pass\nn = N(); a = n(x).data",
        "def f(model, x):\n    out = model(x); return out.data.max(1)[1]",
        "def f(loss):\n    print(loss.data.cpu())",
        "x = torch.randn(3); a = x.data.numpy()",
        "for p in layer.parameters():\n    p.data.add_(p.grad.data)",
        "w = next(layer.parameters()).data",
    ],
)
def test_found(text: str) -> None:
    assert lines(text) == [len(text.splitlines())]


def test_a_read_is_safely_detached() -> None:
    text = f"{HEADER}a = layer(x) . data.max(1)[1]  # kept\n"
    assert fixed(SYMBOL, text, "torch") == text.replace("data", "detach()")


def test_what_is_held_may_be_changed() -> None:
    text = f"{HEADER}a = layer(x).data\n"
    assert fixed(SYMBOL, text, "torch") == text
    after = text.replace(".data", ".detach()")
    assert fixed(SYMBOL, text, "torch", applied=UNSAFE) == after


def test_a_change_before_backward() -> None:
    text = f"{HEADER}out = layer(x)\nout.data.clamp_(0, 1)\nout.sum().backward()\n"
    (finding,) = found(SYMBOL, text, "torch")
    assert finding.span.line == 7
    assert "wrong gradients" in finding.message
    assert finding.fixes[0].applicability is Applicability.UNSAFE


def test_the_fixtures_are_what_the_fixer_writes() -> None:
    for folder in evidence.generated_fixtures(SYMBOL, "torch"):
        legacy = (folder / "legacy.py").read_text("utf-8")
        assert fixed(SYMBOL, legacy, "torch") == (folder / "torch.py").read_text("utf-8")
