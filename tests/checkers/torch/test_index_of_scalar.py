"""The first element of a loss."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from tests.checkers.findings import fixed, found

SYMBOL = "torch-index-of-scalar"

HEADER = """\
import torch
from torch import nn
import torch.nn.functional as F
"""


def lines(text: str) -> list[int]:
    return [one.span.line - 3 for one in found(SYMBOL, f"{HEADER}{text}\n")]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("print(F.mse_loss(x, y).item())", id="what is right"),
        pytest.param("a = model(x).data[0]", id="the first of a batch"),
        pytest.param("a = torch.max(x, 1)[0]", id="the first of two results"),
        pytest.param("a = x.sum(0).data[0]", id="a sum over one dimension"),
        pytest.param("a = x.sum(dim=1)[0]", id="a sum over one dimension, by keyword"),
        pytest.param("a = F.mse_loss(x, y, reduction='none').data[0]", id="a loss each"),
        pytest.param("a = F.mse_loss(x, y, reduction=how).data[0]", id="a loss each, perhaps"),
        pytest.param("a = F.mse_loss(x, y, **how).data[0]", id="a loss each, perhaps, by stars"),
        pytest.param("c = nn.MSELoss(reduce=False)\na = c(x, y).data[0]", id="a loss each, object"),
        pytest.param("def f(loss):\n    return loss[0]", id="a list, perhaps"),
        pytest.param("loss = [f(x)]\na = loss[0]", id="a list"),
        pytest.param("losses = run(x)\na = losses.data[0]", id="several losses"),
        pytest.param("loss = F.mse_loss(x, y)\na = loss.data[1]", id="not the first"),
        pytest.param("x.grad = g\nx.backward(g)\na = x.data[0]", id="a gradient is given"),
        pytest.param("total = [0]\nfor x in xs:\n    total += x\na = total[0]", id="a total list"),
        pytest.param("def f(r):\n    return r.data[0]", id="nothing known"),
        pytest.param("import pandas as pd\nt = pd.read_csv(p).sum()\na = t[0]", id="pandas"),
        pytest.param("import json\na = json.loads(x).data[0]", id="something else"),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "loss = F.nll_loss(x, y)\na = loss.data[0]",
        "loss = F.nll_loss(x, y)\na = loss[0]",
        "criterion = nn.CrossEntropyLoss().cuda()\na = criterion(x, y).data[0]",
        "a = criterion(x, y).data[0]",
        "class A:\n def f(self):  \n  a = self.criterion(x, y).data[0]",
        "def f(loss):\n    print(loss.data[0])",
        "out = g(x)\nout.backward(); a = out.data[0]",
        "a = x.sum().data[0]",
        "a = torch.sum(x).cpu().data[0]",
        "a = x.mean().data.cpu().numpy()[0]",
        "a = (x.mean() * 2 + y.sum()).data[0]",
        "def loss_function(x):\n    return 2 * F.mse_loss(x, x)\na = loss_function(x).data[0]",
        "loss = F.mse_loss(x, y)\nt = 0\nfor i in a: t += len(a) * loss.data\nprint(t[0])",
        "a = torch.randn(3).sum()[0]",
        "a = F.nll_loss(x, y, reduction='sum').data[0]",
        "a = F.nll_loss(x, y, size_average=False, reduce=True).data[0]",
    ],
)
def test_found(text: str) -> None:
    found_lines = lines(text)
    assert len(found_lines) == 1
    assert text.splitlines()[found_lines[0] - 1].rstrip(")").endswith("[0]")


def test_the_number_is_written() -> None:
    text = f"{HEADER}a = (x.sum() + 1).data[0] / n, [y.mean().data.cpu()[0]]\n"
    after = f"{HEADER}a = (x.sum() + 1).item() / n, [y.mean().item()]\n"
    assert fixed(SYMBOL, text, "torch") == after


def test_a_comment_is_not_lost() -> None:
    text = f"{HEADER}a = (F.mse_loss(x, y)  # why\n     .data[0])\n"
    assert fixed(SYMBOL, text, "torch") == text


def test_the_fixtures_are_what_the_fixer_writes() -> None:
    for folder in evidence.generated_fixtures(SYMBOL, "torch"):
        legacy = (folder / "legacy.py").read_text("utf-8")
        assert fixed(SYMBOL, legacy, "torch") == (folder / "torch.py").read_text("utf-8")
