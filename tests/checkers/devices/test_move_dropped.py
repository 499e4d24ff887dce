"""Copies of tensors on another device that nobody keeps."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "device-move-dropped"

HEADER = """\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

"""


def lines(text: str) -> list[int]:
    """Lines of the findings, counted in the text after the header."""
    found = findings.found(SYMBOL, HEADER + dedent(text))
    return [one.span.line - HEADER.count("\n") for one in found]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("model = nn.Linear(3, 4)\nmodel.to(device)\nmodel.cuda()\n", id="a module"),
        pytest.param("x = torch.zeros(3)\nx = x.to(device)\ny = x.cuda()\n", id="assigned"),
        pytest.param("torch.zeros(1).cuda()\n", id="waking the device"),
        pytest.param("criterion = nn.CrossEntropyLoss()\ncriterion.cuda()\n", id="a loss"),
        pytest.param("def move(x):\n    x.to(device)\n", id="not known"),
        pytest.param("def f(net):\n    net.cuda()\n    net.float()\n", id="perhaps a module"),
        pytest.param(
            "def move(x):\n    print(x.shape, x.reshape(3))\n    x.to(device)\n", id="an array"
        ),
        pytest.param("for x, y in data:\n    x.to(device)\n", id="a loop that is not known"),
        pytest.param(
            """\
            loader = DataLoader(dataset, collate_fn=Graph.join)
            for x, y in loader:
                x.to(device)
            """,
            id="batches of another kind",
        ),
        pytest.param(
            "for batch in train_loader:\n    batch.to(device)\n", id="a batch that moves itself"
        ),
        pytest.param(
            "for i, x in enumerate(loader):\n    i.to(device)\n", id="the number of a batch"
        ),
        pytest.param(
            """\
            x = torch.zeros(3)
            try:
                x.cuda()
            except RuntimeError:
                print("no device")
            """,
            id="a try",
        ),
        pytest.param(
            """\
            import pytest

            x = torch.zeros(3)
            with pytest.raises(RuntimeError):
                x.to("nowhere")
            """,
            id="an expected error",
        ),
        pytest.param(
            """\
            def measure(size):
                x = torch.zeros(size)
                start = time()
                x.cuda()
                torch.cuda.synchronize()
                return time() - start
            """,
            id="a measurement",
        ),
        pytest.param(
            """\
            if large:
                model = torch.zeros(3)
            else:
                model = nn.Linear(3, 4)
            model.to(device)
            """,
            id="one or the other",
        ),
        pytest.param("import tensorflow as tf\nx = tf.zeros(3)\nx.cpu()\n", id="TensorFlow"),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("x = torch.zeros(3)\nx.to(device)\n", 2, id="made here"),
        pytest.param("from torch import ones as o\nx = o(3) * 2\nx.cuda()\n", 3, id="computed"),
        pytest.param("x: torch.Tensor = f()\nx = torch.relu(x)\nx.cpu()\n", 3, id="a function"),
        pytest.param("def f(x: torch.Tensor):\n    x.to(device=device)\n", 2, id="annotated"),
        pytest.param(
            "def f(x):\n    x.to(device)\n    return x.view(x.size(0), -1)\n", 2, id="a parameter"
        ),
        pytest.param("for x, y in train_loader:\n    x.to(device)\n", 2, id="a batch"),
        pytest.param(
            """\
            loader = DataLoader(dataset)
            for i, (x, y) in enumerate(loader, 0):
                y.cuda(non_blocking=True)
            """,
            3,
            id="a target of a batch",
        ),
        pytest.param(
            """\
            for i, data in enumerate(trainloader, 0):
                inputs, labels = data
                inputs.to(device)
            """,
            3,
            id="unpacked",
        ),
        pytest.param(
            "batch = next(iter(loader))\nx, y = next(iter(loader))\nx.to(device)\n",
            3,
            id="the first batch",
        ),
        pytest.param(
            "for batch in DataLoader(dataset):\n    batch['image'].to(device)\n", 2, id="by key"
        ),
        pytest.param(
            """\
            class Net(nn.Module):
                def __init__(self):
                    self.scale = torch.ones(3)
                    self.fc = nn.Linear(3, 4)

                def forward(self, x):
                    self.scale.to(x.device)
                    h = self.fc(x)
                    return h * self.scale
            """,
            7,
            id="an attribute",
        ),
        pytest.param(
            "def f():\n    fc = nn.Linear(3, 4)\n    out = fc(data)\n    out.cpu()\n",
            4,
            id="output",
        ),
    ],
)
def test_found(text: str, line: int) -> None:
    assert lines(text) == [line]


def test_the_copy_is_assigned() -> None:
    text = f"{HEADER}for x, y in loader:\n    x.to(device)  # there\n    y.cuda()\n"
    wanted = text.replace("x.to", "x = x.to").replace("y.cuda", "y = y.cuda")
    assert findings.fixed(SYMBOL, text) == wanted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = torch.zeros(3)\ndef f():\n    x.to(device)\n", "another scope"),
        ("w = torch.zeros(3, requires_grad=True)\nw.to(device)\n", "no leaf"),
        ("w = nn.Parameter(torch.zeros(3))\nw.to(device)\n", "no leaf"),
        ("x = torch.zeros(3)\nx.data.to(device)\n", "others may hold"),
        ("x = torch.zeros(3)\nx[0].to(device)\n", "cannot be assigned"),
    ],
)
def test_what_would_not_be_the_same_is_only_shown(text: str, reason: str) -> None:
    (finding,) = findings.found(SYMBOL, HEADER + text, "torch")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert reason in fix.reason


def test_tensorflow_is_shown() -> None:
    (finding,) = findings.found(SYMBOL, f"{HEADER}x = torch.ones(2)\nx.to(device)\n", "tf2")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert "tf.identity" in fix.replacement
    assert fix.evidence is not None
