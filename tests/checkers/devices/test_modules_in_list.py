"""Modules in a plain list or dictionary."""

from __future__ import annotations

from textwrap import indent

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "device-modules-in-list"

HEADER = """\
import torch
import torch.nn as nn

class Block(nn.Module):
    def forward(self, x):
        return x

"""


def net(init: str, forward: str = "return x", more: str = "") -> str:
    """A module that runs an initialiser and ``forward``."""
    return (
        f"{HEADER}class Net(nn.Module):\n"
        "    def __init__(self, n, blocks):\n"
        "        super().__init__()\n"
        f"{indent(init, ' ' * 8)}\n\n"
        "    def forward(self, x):\n"
        f"{indent(forward, ' ' * 8)}\n\n{more}"
    )


def names(text: str) -> list[str]:
    """Attributes of the findings."""
    return [one.args["name"] for one in findings.found(SYMBOL, text)]


@pytest.mark.parametrize(
    "init",
    [
        pytest.param("self.a = nn.ModuleList([nn.Linear(n, n), nn.Linear(n, 1)])", id="ModuleList"),
        pytest.param("self.a = [n, n]", id="numbers"),
        pytest.param("self.a = [nn.ReLU(), nn.Tanh()]", id="no parameters"),
        pytest.param("self.a = [nn.Linear(n, n)]", id="hidden on purpose"),
        pytest.param("self.a = [blocks, blocks]", id="not known"),
        pytest.param("self.a = [torch.zeros(n), torch.zeros(n)]", id="tensors"),
        pytest.param("self.a = [Block, nn.Linear]", id="classes"),
        pytest.param(
            "self.f = nn.Linear(n, n)\nself.g = Block()\nself.a = [self.f, self.g]", id="attributes"
        ),
        pytest.param(
            "f = nn.Linear(n, n)\nself.f = f\ng = Block()\nself.g = g\nself.a = [f, g]", id="named"
        ),
        pytest.param(
            "self.a = [nn.Linear(n, n) for _ in range(n)]\nself.b = nn.Sequential(*self.a)",
            id="in a Sequential, too",
        ),
        pytest.param(
            "self.a = [nn.Linear(n, n) for _ in range(n)]\nself.a = nn.ModuleList(self.a)",
            id="made a container",
        ),
        pytest.param(
            "self.a = []\nfor i in range(n):\n    layer = nn.Linear(n, n)\n"
            "    self.a.append(layer)\n    self.add_module(str(i), layer)",
            id="add_module",
        ),
        pytest.param(
            "self.a = []\nfor i in range(n):\n    self.a.append(nn.Linear(n, n))\n"
            "    setattr(self, f'a{i}', self.a[-1])",
            id="setattr",
        ),
    ],
)
def test_left_alone(init: str) -> None:
    assert names(net(init)) == []


def test_left_alone_in_other_classes() -> None:
    layers = "self.a = [nn.Linear(n, n) for _ in range(n)]"
    assert names(net(layers).replace("Net(nn.Module)", "Net")) == []
    own = "    def parameters(self):\n        return self.a[0].parameters()\n"
    assert names(net(layers, more=own)) == []


@pytest.mark.parametrize(
    "init",
    [
        pytest.param("self.a = [nn.Linear(n, n) for _ in range(n)]", id="comprehension"),
        pytest.param("self.a = [nn.Linear(n, n), nn.ReLU(), nn.Linear(n, 1)]", id="display"),
        pytest.param("self.a = [Block(), Block()]", id="modules of the file"),
        pytest.param("self.a = []\nfor _ in blocks:\n    self.a.append(nn.GRU(n, n))", id="append"),
        pytest.param("self.a = []\nb = Block()\nself.a.insert(0, b)", id="insert"),
        pytest.param("self.a = [nn.Dropout(0.5) for _ in range(n)]", id="dropout"),
        pytest.param(
            "self.a = [nn.Sequential(nn.ReLU(), nn.Conv2d(n, n, 1)) for _ in range(n)]",
            id="a Sequential each",
        ),
        pytest.param("self.a = {'x': nn.Linear(n, n), 'y': nn.Linear(n, n)}", id="dictionary"),
        pytest.param("self.a = {k: Block() for k in blocks}", id="dictionary comprehension"),
        pytest.param("self.a = {}\nself.a['x'] = nn.Embedding(n, n)", id="by key"),
        pytest.param(
            "from torch.nn import Linear as L\nself.a = [L(n, n) for _ in blocks]", id="alias"
        ),
    ],
)
def test_found(init: str) -> None:
    assert names(net(init)) == ["a"]


@pytest.mark.parametrize(
    ("init", "fixed"),
    [
        ("self.a = []\nself.a.append(Block())", "self.a = nn.ModuleList()\nself.a.append(Block())"),
        (
            "self.a = [\n    Block(),  # one\n    Block(),\n]",
            "self.a = nn.ModuleList([\n    Block(),  # one\n    Block(),\n])",
        ),
        ("self.a = {'x': Block()}", "self.a = nn.ModuleDict({'x': Block()})"),
    ],
)
def test_a_container_takes_its_place(init: str, fixed: str) -> None:
    forward = "for one in self.a:\n    pass\nreturn self.a"
    safe = forward.replace("return self.a", "return len(self.a)")
    unsafe = [Applicability.UNSAFE]  # What was saved before lacks the weights.
    assert findings.fixed(SYMBOL, net(init, safe), applied=unsafe) == net(fixed, safe)
    assert findings.fixed(SYMBOL, net(init, safe)) == net(init, safe)
    assert findings.fixed(SYMBOL, net(init, forward), applied=unsafe) == net(init, forward)


@pytest.mark.parametrize(
    ("init", "forward", "reason"),
    [
        ("self.a = [Block(), Block()]", "return self.a + self.a", "line 14 uses it"),
        ("self.a = [Block(), Block()]", "return self.a.index(x)", "line 14 uses it"),
        ("self.a = {'x.y': Block()}", "return self.a['x.y']", "without dots"),
        ("self.a = {'keys': Block()}", "return x", "names of its methods"),
        ("self.a = {k: Block() for k in blocks}", "return x", "strings"),
        ("self.a = {'x': Block()}", "return self.a.get('x')", "uses it"),
    ],
)
def test_what_is_not_alike_is_only_shown(init: str, forward: str, reason: str) -> None:
    (finding,) = findings.found(SYMBOL, net(init, forward), "torch")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert reason in fix.reason


def test_the_initialiser_must_have_run() -> None:
    text = net("self.a = [Block(), Block()]").replace("super().__init__()", "pass")
    (finding,) = findings.found(SYMBOL, text, "torch")
    assert "super().__init__()" in finding.fixes[0].reason
