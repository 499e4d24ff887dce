"""Tensors that a module holds as plain attributes."""

from __future__ import annotations

from textwrap import indent

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "device-buffer-attribute"


def net(init: str, forward: str, more: str = "") -> str:
    """A module that runs an initialiser and ``forward`` on an image."""
    return (
        "import torch\nimport torch.nn as nn\n\n"
        "class Net(nn.Module):\n"
        "    def __init__(self, n):\n"
        "        super().__init__()\n"
        "        self.fc = nn.Linear(n, n)\n"
        f"{indent(init, ' ' * 8)}\n\n"
        "    def forward(self, x):\n"
        "        h = self.fc(x)\n"
        f"{indent(forward, ' ' * 8)}\n\n{more}"
    )


def lines(text: str) -> list[int]:
    """Lines of the findings, counted from the second of the initialiser."""
    return [one.span.line - 7 for one in findings.found(SYMBOL, text)]


@pytest.mark.parametrize(
    ("init", "forward"),
    [
        pytest.param("self.m = torch.ones(n)", "return h * self.m.to(x.device)", id="moved"),
        pytest.param("self.m = torch.ones(n)", "return h * self.m.type_as(x)", id="as the input"),
        pytest.param("self.m = torch.tensor(2.0)", "return h * self.m", id="a number"),
        pytest.param("self.m = torch.ones(n).sum()", "return h * self.m", id="a sum"),
        pytest.param("self.m = torch.arange(n)", "return h[self.m]", id="an index"),
        pytest.param("self.m = torch.arange(n)", "return h[: len(self.m)]", id="a length"),
        pytest.param("self.m = nn.Parameter(torch.ones(n))", "return h * self.m", id="a parameter"),
        pytest.param(
            "self.m = None\nself.register_buffer('m', torch.ones(n))",
            "return h * self.m",
            id="none",
        ),
        pytest.param(
            "self.register_buffer('m', torch.ones(n))", "return h * self.m", id="a buffer"
        ),
        pytest.param(
            "self.m = torch.ones(n)", "self.m = self.m.to(h)\nreturn h * self.m", id="kept anew"
        ),
        pytest.param("self.m = torch.ones(n, device=device)", "return h * self.m", id="a device"),
        pytest.param("self.m = torch.ones(n).cuda()", "return h * self.m", id="moved at once"),
        pytest.param("self.m = load()", "return h * self.m", id="not known"),
    ],
)
def test_left_alone(init: str, forward: str) -> None:
    assert lines(net(init, forward)) == []


@pytest.mark.parametrize(
    "more",
    [
        pytest.param("net = Net(3)\nnet.m = net.m.cuda()\n", id="moved from outside"),
        pytest.param("net = Net(3)\nprint(net(torch.ones(3)))\n", id="a program for the CPU"),
        pytest.param(
            "    def _apply(self, fn):\n        self.__dict__['m'] = fn(self.m)\n",
            id="moved by the module",
        ),
    ],
)
def test_left_alone_beside(more: str) -> None:
    assert lines(net("self.m = torch.ones(n)", "return h * self.m", more)) == []


@pytest.mark.parametrize(
    ("init", "forward", "wanted"),
    [
        pytest.param("self.m = torch.ones(n)", "return h * self.m", [1], id="with an output"),
        pytest.param(
            "pe = torch.zeros(n, 4)\npe[:, 0::2] = torch.sin(torch.arange(n))\n"
            "self.pe = pe.unsqueeze(0)",
            "return h + torch.autograd.Variable(self.pe[:, : h.size(1)])",
            [3],
            id="a positional code",
        ),
        pytest.param(
            "self.m = torch.tril(torch.ones(n, n)).bool()",
            "return h.masked_fill(self.m == 0, -1e9)",
            [1],
            id="a mask",
        ),
        pytest.param("self.ids = torch.arange(n)", "return self.fc(self.ids)", [1], id="an input"),
        pytest.param(
            "self.mean = torch.tensor([0.1, 0.2])\nself.std = torch.Tensor([1, 2])",
            "return (h - self.mean[:, None]) / self.std",
            [1, 2],
            id="two",
        ),
    ],
)
def test_found(init: str, forward: str, wanted: list[int]) -> None:
    assert lines(net(init, forward)) == wanted


def test_the_same_name_in_another_class() -> None:
    text = net("self.m = torch.ones(n)", "return h * self.m")
    other = "class Other:\n    def __init__(self):\n        self.m = torch.zeros(2)\n"
    assert lines(f"{text}\n{other}") == [1]


def test_the_fix_registers_a_buffer() -> None:
    text = net("self.m = torch.ones(n)  # all", "return h * self.m")
    wanted = text.replace(
        "self.m = torch.ones(n)", 'self.register_buffer("m", torch.ones(n), persistent=False)'
    )
    assert findings.fixed(SYMBOL, text) == wanted


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("self.m = torch", "self.m = m = torch", "assigns something else"),
        ("(n)", "(n, requires_grad=True)", "nn.Parameter"),
        ("super().__init__()", "pass", "super().__init__()"),
        ("    def __init__", "    m = None\n\n    def __init__", "the class has"),
    ],
)
def test_what_is_only_shown(before: str, after: str, reason: str) -> None:
    text = net("self.m = torch.ones(n)", "return h * self.m")
    (finding,) = findings.found(SYMBOL, text.replace(before, after, 1), "torch")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert reason in fix.reason
