"""Tensors that are made on the CPU beside an input that may lie elsewhere."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "device-tensor-in-forward"

HEADER = """\
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

"""

NET = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4)
        self.cell = nn.GRUCell(3, 4)
        self.embedding = nn.Embedding(9, 4)
        self.bias = nn.Parameter(torch.zeros(4))
        self.criterion = nn.BCELoss()

    def forward(self, x, lengths, start, hidden=None):
        n = x.size(0)
"""


def lines(text: str) -> list[int]:
    """Lines of the findings, counted in the text after the header."""
    found = findings.found(SYMBOL, HEADER + dedent(text))
    return [one.span.line - HEADER.count("\n") for one in found]


def in_forward(body: str) -> str:
    return NET + indent(dedent(body), " " * 8)


def found(body: str) -> list[int]:
    """Lines of the findings in the body of ``forward``, after the first."""
    return [line - NET.count("\n") for line in lines(in_forward(body))]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("return x + torch.zeros(n, device=x.device)", id="a device"),
        pytest.param("return x + torch.zeros(n).to(x.device)", id="moved"),
        pytest.param("h = torch.zeros(n)\nh = h.type_as(x)\nreturn x + h", id="as the input"),
        pytest.param("return x + torch.zeros_like(x) + x.new_zeros(n)", id="like the input"),
        pytest.param(
            "t = torch.ones(n)\nreturn x + torch.zeros_like(t, device=x.device)", id="like, there"
        ),
        pytest.param("return x[torch.arange(n)]", id="an index"),
        pytest.param("x[:, torch.randperm(n)] = 0\nreturn x", id="an index that is stored to"),
        pytest.param("return x * torch.tensor(2.0) + torch.tensor(n)", id="numbers"),
        pytest.param("return x * torch.rand(()) + torch.ones([])", id="no dimension"),
        pytest.param("return x / torch.arange(n).float().mean()", id="the mean of a constant"),
        pytest.param("return x * torch.linspace(0, 1, 5)[2]", id="an element"),
        pytest.param("return x * torch.rand(1).item()", id="a Python number"),
        pytest.param("print(torch.zeros(n))\nreturn x.view(torch.ones(2).tolist())", id="ints"),
        pytest.param("return torch.arange(n) + start", id="beside what may be a number"),
        pytest.param(
            "mask = torch.arange(9)[None] < lengths[:, None]\nreturn mask.to(x.device) & (x > 0)",
            id="lengths, which lie on the CPU",
        ),
        pytest.param(
            "s = torch.full((n,), 7)\n"
            "return nn.utils.rnn.pack_padded_sequence(x, s), F.ctc_loss(x, x, s, s)",
            id="what must lie on the CPU",
        ),
        pytest.param(
            "h = torch.zeros(n, 4)\nif x.is_cuda:\n    h = h.cuda()\nreturn self.cell(x, h)",
            id="moved under a condition",
        ),
        pytest.param("out = torch.zeros(n, 4)\nout[:, 0] = x[:, 0]\nreturn out", id="filled"),
        pytest.param("with torch.device(x.device):\n    return x + torch.zeros(n)", id="a context"),
        pytest.param("return x.cpu() + torch.zeros(n)", id="on the CPU"),
    ],
)
def test_left_alone(body: str) -> None:
    assert found(body) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("def f(x):\n    return x.view(3) + torch.zeros(3)\n", id="a function"),
        pytest.param("x = torch.zeros(3) + torch.ones(3)\n", id="both on the CPU"),
        pytest.param(
            in_forward("return x + torch.zeros(n)") + "\nmodel = Net()\nprint(model(batch))\n",
            id="a program for the CPU",
        ),
        pytest.param(
            "torch.set_default_device(0)\n" + in_forward("return x + torch.zeros(n)"),
            id="another device for all",
        ),
        pytest.param(
            "class Noise:\n    def forward(self, x):\n        return x.view(3) + torch.rand(3)\n",
            id="no module",
        ),
    ],
)
def test_left_alone_in_a_file(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        pytest.param("h = torch.zeros(1, n, 4)\nreturn self.lstm(x, (h, h))", [1], id="a state"),
        pytest.param(
            "if hidden is None:\n    hidden = torch.zeros(n, 4)\nreturn self.cell(x, hidden)",
            [2],
            id="a state by default",
        ),
        pytest.param(
            "p = torch.arange(n).unsqueeze(0)\nreturn self.embedding(p)", [1], id="positions"
        ),
        pytest.param("return x + torch.randn(x.size())", [1], id="noise"),
        pytest.param("x += torch.rand(n)\nreturn x", [1], id="noise in place"),
        pytest.param("return torch.cat([x, torch.ones(n, 1)], dim=1)", [1], id="cat"),
        pytest.param(
            "m = torch.triu(torch.ones(n, n), diagonal=1).bool()\nreturn x.masked_fill(m, 0.0)",
            [1],
            id="a mask",
        ),
        pytest.param("y = torch.zeros(n, 9)\nreturn y.scatter_(1, x.long(), 1)", [1], id="one hot"),
        pytest.param("return torch.where(x > 0, x, torch.zeros(n))", [1], id="where"),
        pytest.param("return torch.arange(n) < x.long()", [1], id="a comparison"),
        pytest.param("return self.bias * torch.from_numpy(np.ones(4))", [1], id="a parameter"),
        pytest.param(
            "from torch import ones as o\nout, (h, c) = self.lstm(x)\nreturn out @ o(4, 4)",
            [3],
            id="an output",
        ),
        pytest.param(
            "for t in range(3):\n    x = F.relu(x)\nreturn self.criterion(x, torch.ones(n))",
            [3],
            id="a target",
        ),
        pytest.param(
            "t = torch.tensor([1.0, 2.0])\nv = torch.autograd.Variable(t)\nreturn v * x",
            [1],
            id="a constant",
        ),
    ],
)
def test_found_in_forward(body: str, wanted: list[int]) -> None:
    assert found(body) == wanted


def test_found_in_a_method_that_forward_calls() -> None:
    text = in_forward("return self.lstm(x, self.init_hidden(n))\n") + (
        "\n    def init_hidden(self, n):\n"
        "        return torch.zeros(1, n, 4), torch.zeros(1, n, 4)\n"
    )
    assert lines(text) == [15, 15]
    fixed = findings.fixed(SYMBOL, HEADER + text)
    assert fixed.count("torch.zeros(1, n, 4, device=next(self.parameters()).device)") == 2


def test_found_beside_what_forward_passes_to_a_method() -> None:
    text = """
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = nn.Linear(3, 4)
        self.scale = nn.Linear(3, 4)

    def encode(self, x):
        return self.mean(x), self.scale(x)

    def sample(self, mean, scale):
        std = torch.exp(0.5 * scale)
        noise = torch.randn(std.size())
        return mean + noise * std

    def forward(self, x):
        mean, scale = self.encode(x)
        return self.sample(mean, scale=scale)
"""
    wanted = text.replace("torch.randn(std.size())", "torch.randn(std.size(), device=std.device)")
    assert findings.fixed(SYMBOL, HEADER + text) == HEADER + wanted


@pytest.mark.parametrize(
    "moved",
    ["net = Net()\nnet.to(device)", "net = Net().cuda()", "net = Net()\nnet = net.to(device)"],
)
def test_found_in_a_training_step(moved: str) -> None:
    text = f"""
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
{moved}

def step(model, x):
    x = x.to(device)
    real = torch.ones(x.size(0), 1)
    return F.binary_cross_entropy(model(x), real)

for x in data:
    step(net, x)
"""
    text = f"{in_forward('return self.embedding(x)')}\n{text}"
    (finding,) = findings.found(SYMBOL, HEADER + text)
    assert finding.args["partner"] == "model(x)"
    assert "torch.ones(x.size(0), 1, device=x.device)" in findings.fixed(SYMBOL, HEADER + text)


@pytest.mark.parametrize(
    ("made", "fixed"),
    [
        ("torch.zeros(n)", "torch.zeros(n, device=x.device)"),
        ("torch.zeros((n))", "torch.zeros((n), device=x.device)"),
        ("torch.zeros(\n    n,  # all\n)", "torch.zeros(\n    n, device=x.device,  # all\n)"),
        ("torch.from_numpy(np.ones(3))", "torch.from_numpy(np.ones(3)).to(x.device)"),
        (
            "torch.arange(end=n, dtype=x.dtype)",
            "torch.arange(end=n, dtype=x.dtype, device=x.device)",
        ),
    ],
)
def test_the_device_is_stated(made: str, fixed: str) -> None:
    text = HEADER + in_forward(f"t = {made}\nreturn x * t\n")
    wanted = HEADER + in_forward(f"t = {fixed}\nreturn x * t\n")
    assert findings.fixed(SYMBOL, text) == wanted


def test_where_no_tensor_tells_the_device() -> None:
    text = (
        "class Shift(nn.Module):\n"
        "    def forward(self, x):\n"
        "        return self.make() + x.view(3)\n\n"
        "    def make(self):\n"
        "        return torch.zeros(3)\n"
    )
    (finding,) = findings.found(SYMBOL, HEADER + text, "torch")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert fix.reason
