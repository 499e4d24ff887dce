"""Tensors that NumPy cannot read."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lintplugin import evidence
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "device-numpy-without-detach"

HEADER = """\
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from data import batches, mystery

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        x = F.relu(self.fc(x))
        return F.log_softmax(x, dim=1)

class Labels(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(x).argmax(1)

net = Net()
x = torch.ones(4, 3)
w = torch.ones(3, requires_grad=True)
"""


def lines(text: str) -> list[int]:
    found = findings.found(SYMBOL, HEADER + dedent(text))
    return [one.span.line - HEADER.count("\n") for one in found]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x.numpy()\n(2 * x).sum().numpy()\nnp.asarray(x)\n", id="data"),
        pytest.param("net(x).detach().numpy()\nw.data.numpy()\n", id="detached"),
        pytest.param("w.numpy(force=True)\n", id="forced"),
        pytest.param(
            "net(x).argmax(1).numpy()\n(w > 0).numpy()\nw.long().numpy()\n", id="integers"
        ),
        pytest.param("_, index = net(x).max(1)\nindex.numpy()\n", id="indices"),
        pytest.param("net(x).max(1)[1].numpy()\ntorch.max(net(x), 1)[1].numpy()\n", id="an item"),
        pytest.param("Labels()(x).numpy()\n", id="a model that gives integers"),
        pytest.param("nn.ReLU()(x).numpy()\nnn.MSELoss()(x, x).numpy()\n", id="no parameters"),
        pytest.param(
            "with torch.no_grad():\n    out = net(x)\n    out.numpy()\nout.numpy()\n", id="no_grad"
        ),
        pytest.param(
            "@torch.no_grad()\ndef predict(x):\n    return net(x).numpy()\n", id="a decorator"
        ),
        pytest.param("with torch.inference_mode():\n    net(x).numpy()\n", id="inference_mode"),
        pytest.param(
            """\
            def predict(x):
                return net(x).numpy()

            with torch.no_grad():
                predict(x)
            """,
            id="called under no_grad",
        ),
        pytest.param("torch.set_grad_enabled(False)\nnet(x).numpy()\n", id="turned off"),
        pytest.param(
            "for p in net.parameters():\n    p.requires_grad = False\nnet(x).numpy()\n",
            id="frozen",
        ),
        pytest.param("net.requires_grad_(False)\nnet(x).numpy()\n", id="frozen by a method"),
        pytest.param("v = nn.Parameter(x, requires_grad=False)\nv.numpy()\n", id="no gradient"),
        pytest.param("x.to(device).cpu().numpy()\nx.cuda().cpu().numpy()\n", id="copied"),
        pytest.param("x.to('cuda').to('cpu').numpy()\n", id="moved to the host"),
        pytest.param(
            "y = x.cuda()\nif not torch.cuda.is_available():\n    y.numpy()\n", id="asked"
        ),
        pytest.param("if mystery:\n    x = x.cuda()\nx.numpy()\n", id="moved by a condition"),
        pytest.param("x.to(mystery).numpy()\nx.to(torch.uint8).numpy()\n", id="any device or type"),
        pytest.param(
            "def f(v, model):\n    v.numpy()\n    model(v).numpy()\n", id="parameters of a function"
        ),
        pytest.param("for v in batches:\n    v.numpy()\nmystery(w).numpy()\n", id="not known"),
        pytest.param("import tensorflow as tf\ntf.Variable(1.0).numpy()\n", id="an eager tensor"),
        pytest.param("net.state_dict()['fc.weight'].numpy()\n", id="a state is detached"),
        pytest.param("np.array([1, 2])\nnp.array(w.tolist())\nw.sum().item()\n", id="numbers"),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("w.numpy()\n", "w.detach().numpy()\n"),
        ("net(x).cpu().numpy()\n", "net(x).detach().cpu().numpy()\n"),
        ("out = net(x)\nout.numpy()  # 1\n", "out = net(x)\nout.detach().numpy()  # 1\n"),
        ("(w * 2 - 1).numpy()\n", "(w * 2 - 1).detach().numpy()\n"),
        (
            "(\n    w.exp()\n    .cpu()\n    .numpy()\n)\n",
            "(\n    w.exp()\n    .detach().cpu()\n    .numpy()\n)\n",
        ),
        ("np.asarray(w)\n", "np.asarray(w.detach())\n"),
        ("np.array(w + 1)\n", "np.array((w + 1).detach())\n"),
        ("net.fc.weight.numpy()\n", "net.fc.weight.detach().numpy()\n"),
        ("nn.Linear(3, 2)(x)[0].numpy()\n", "nn.Linear(3, 2)(x)[0].detach().numpy()\n"),
        (
            "loss = F.nll_loss(net(x), x.argmax(1))\nloss.numpy()\n",
            "loss = F.nll_loss(net(x), x.argmax(1))\nloss.detach().numpy()\n",
        ),
        (
            "for p in net.parameters():\n    p.numpy()\n",
            "for p in net.parameters():\n    p.detach().numpy()\n",
        ),
        (
            "best, _ = torch.max(net(x), 1)\nbest.numpy()\n",
            "best, _ = torch.max(net(x), 1)\nbest.detach().numpy()\n",
        ),
        (
            "model = nn.Sequential(nn.Linear(3, 2), nn.ReLU())\nmodel(x).numpy()\n",
            "model = nn.Sequential(nn.Linear(3, 2), nn.ReLU())\nmodel(x).detach().numpy()\n",
        ),
        ("x.cuda().numpy()\n", "x.cuda().cpu().numpy()\n"),
        ("x.to(device).sum().numpy()\n", "x.to(device).sum().cpu().numpy()\n"),
        (
            "y = torch.zeros(3, device=device)\nnp.asarray(y)\n",
            "y = torch.zeros(3, device=device)\nnp.asarray(y.cpu())\n",
        ),
        (
            "for v in batches:\n    v = v.to('cuda:0')\n    v.numpy()\n",
            "for v in batches:\n    v = v.to('cuda:0')\n    v.cpu().numpy()\n",
        ),
        (
            "net = Net().to(device)\nnet(x.to(device)).numpy()\n",
            "net = Net().to(device)\nnet(x.to(device)).detach().cpu().numpy()\n",
        ),
        (
            "net = Net().to(device)\nwith torch.no_grad():\n    net(x.to(device)).numpy()\n",
            "net = Net().to(device)\nwith torch.no_grad():\n    net(x.to(device)).cpu().numpy()\n",
        ),
        (
            "class A(nn.Module):\n    def __init__(self):\n        self.w = nn.Parameter(x)\n"
            "    def show(self):\n        return self.w.numpy()\n",
            "class A(nn.Module):\n    def __init__(self):\n        self.w = nn.Parameter(x)\n"
            "    def show(self):\n        return self.w.detach().numpy()\n",
        ),
    ],
)
def test_what_is_missing_is_put_in(text: str, fixed: str) -> None:
    assert findings.fixed(SYMBOL, HEADER + text) == HEADER + fixed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "w.numpy()\n",
            "'w' requires a gradient, and numpy() raises RuntimeError: write w.detach().numpy()",
        ),
        (
            "np.asarray(x.to(device))\n",
            "'x.to(device)' is on a GPU where there is one, and np.asarray() raises TypeError: "
            "write np.asarray(x.to(device).cpu())",
        ),
    ],
)
def test_the_message_says_what_raises_and_what_to_write(text: str, message: str) -> None:
    (finding,) = findings.found(SYMBOL, HEADER + text)
    assert finding.message == message


@pytest.mark.parametrize("text", ["w.numpy()\n", "x.cuda().numpy()\n"])
def test_tensorflow_is_shown(text: str) -> None:
    (finding,) = findings.found(SYMBOL, HEADER + text, "tf2")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert fix.evidence is not None


@pytest.mark.parametrize("case", ["graph", "device"])
def test_the_fixture_holds_what_the_fix_writes(case: str) -> None:
    folder = evidence.fixtures() / SYMBOL / case
    written = (folder / "torch.py").read_text("utf-8")
    assert findings.fixed(SYMBOL, (folder / "legacy.py").read_text("utf-8"), "torch") == written


KEPT = """\
class Kept(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.layers = {layers}

    def make(self, n):
        made = []
        for _ in range(n):
            made.append(Net())
        return nn.Sequential(*made)

    def forward(self, x):
{forward}

y = Kept(3)(x).numpy()
"""

LOOP = """\
        for layer in self.layers:
            x = layer(x)
        return x"""

CALL = "        return self.layers(x)"


def found_in(layers: str, forward: str) -> bool:
    return bool(lines(KEPT.format(layers=layers, forward=forward)))


@pytest.mark.parametrize(
    ("layers", "forward"),
    [
        ("nn.ModuleList([nn.ReLU(), nn.Tanh()])", LOOP),
        ("nn.ModuleList([nn.Linear(3, 3), nn.ReLU()])", "        return self.layers[n](x)"),
        ("nn.ModuleList(others)", LOOP),
        ("nn.ModuleList([Labels() for _ in range(n)])", LOOP),
        ("nn.ModuleList([nn.Linear(3, 3)])", LOOP.replace("return x", "return x, x")),
        ("nn.ModuleList([nn.Linear(3, 3)])", LOOP.replace("return x", "return x.detach()")),
        ("nn.Sequential(*others)", CALL),
        ("others(n)", CALL),
    ],
)
def test_layers_without_parameters_are_left_alone(layers: str, forward: str) -> None:
    assert not found_in(layers, forward)


@pytest.mark.parametrize(
    ("layers", "forward"),
    [
        ("nn.ModuleList([nn.Linear(3, 3) for _ in range(n)])", LOOP),
        ("nn.ModuleList([nn.Linear(3, 3), nn.ReLU()])", LOOP),
        ("nn.ModuleList([nn.Linear(3, 3)] + [Net()])", LOOP),
        ("[nn.Linear(3, 3), nn.Linear(3, 3)]", LOOP),
        ("[nn.Linear(3, 3), nn.Linear(3, 3)]", "        return self.layers[n](x)"),
        (
            "nn.ModuleList()\n        self.layers.append(nn.Linear(3, 3))",
            LOOP.replace("layer in self.layers", "i, layer in enumerate(self.layers)"),
        ),
        (
            "nn.ModuleDict({'a': nn.Linear(3, 3)})",
            LOOP.replace("layer in self.layers", "_, layer in self.layers.items()"),
        ),
        ("nn.ModuleDict({'a': nn.Linear(3, 3)})", "        return self.layers['a'](x)"),
        ("nn.Sequential(*[nn.Linear(3, 3) for _ in range(n)])", CALL),
        ("nn.Sequential(OrderedDict([('a', nn.Linear(3, 3)), ('b', nn.ReLU())]))", CALL),
        ("self.make(n)", CALL),
    ],
)
def test_layers_in_a_container_are_followed(layers: str, forward: str) -> None:
    assert found_in(layers, forward)
