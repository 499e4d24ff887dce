"""Inputs that stay on the CPU while their model was moved."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "device-input-not-moved"

HEADER = """\
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision import datasets

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 4)

    def forward(self, x):
        return self.fc(x)

class Taking(Net):
    def forward(self, x):
        return super().forward(x.to(self.fc.weight.device))

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
loader = DataLoader(datasets.MNIST("data"), batch_size=8)

"""


def lines(text: str) -> list[int]:
    """Lines of the findings, counted in the text after the header."""
    found = findings.found(SYMBOL, HEADER + dedent(text))
    return [one.span.line - HEADER.count("\n") for one in found]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("model = Net()\nfor x, y in loader:\n    model(x)\n", id="nothing is moved"),
        pytest.param(
            "model = Net().to(device)\nfor x, y in loader:\n    x = x.to(device)\n    model(x)\n",
            id="moved",
        ),
        pytest.param(
            "model = Net().to(device)\nfor x, y in loader:\n    model(x.to(device))\n",
            id="moved in place",
        ),
        pytest.param("model = Net().to('cpu')\nmodel(torch.ones(3))\n", id="the CPU"),
        pytest.param(
            "model = Net().to(device)\nmodel.cpu()\nmodel(torch.ones(3))\n", id="moved back"
        ),
        pytest.param("model = Net()\nmodel(torch.ones(3))\nmodel.to(device)\n", id="called before"),
        pytest.param(
            """\
            def initialise(net):
                net(torch.ones(3))

            model = Net()
            initialise(model)
            model.to(device)
            """,
            id="called before, in a function",
        ),
        pytest.param(
            "model = Net()\nif cuda:\n    model.cuda()\nmodel(torch.ones(3))\n", id="a condition"
        ),
        pytest.param("model = Net().half()\nmodel(torch.ones(3))\n", id="another type"),
        pytest.param("model = Taking().to(device)\nmodel(torch.ones(3))\n", id="a taking model"),
        pytest.param(
            "model = nn.DataParallel(Net()).to(device)\nmodel(torch.ones(3))\n", id="DataParallel"
        ),
        pytest.param(
            """\
            model = Net().to(device)
            for x in DataLoader(data, collate_fn=moving):
                model(x)
            """,
            id="batches of another kind",
        ),
        pytest.param(
            """\
            model = Net().to(device)
            for x, y in DataLoader(TensorDataset(torch.ones(9, 3).to(device), labels)):
                model(x)
            """,
            id="data on the device",
        ),
        pytest.param(
            "model = Net().to(device)\nfor x, y in DataLoader(data):\n    model(x)\n",
            id="a data set that is not known",
        ),
        pytest.param(
            "model = Net().to(device)\nmodel(torch.ones(3, device=device))\n", id="made there"
        ),
        pytest.param(
            """\
            model = Net().to(device)
            for x, y in loader:
                if cuda:
                    x = x.cuda()
                model(x)
            """,
            id="moved under a condition",
        ),
        pytest.param("model = load().to(device)\nmodel(torch.ones(3))\n", id="perhaps no module"),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("model = Net().to(device)\nmodel(torch.ones(3))\n", [2], id="made in place"),
        pytest.param(
            "model = Net()\nmodel.cuda()\nx = torch.from_numpy(a).float()\nmodel(x=x)\n",
            [4],
            id="from NumPy, by keyword",
        ),
        pytest.param(
            "model = nn.Sequential(nn.Linear(3, 4))\nmodel = model.cuda()\nmodel(torch.rand(3))\n",
            [3],
            id="a Sequential",
        ),
        pytest.param(
            """\
            model = resnet18()
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            model.to(device)
            for i, (x, y) in enumerate(loader):
                model(x)
            """,
            [5],
            id="a model that its parameters tell",
        ),
        pytest.param(
            """\
            def train(model, batches):
                for data in batches:
                    x, y = data
                    output = model(x.view(-1, 3))
                    loss = nn.CrossEntropyLoss()(output, y)

            def main():
                net = Net().to(device)
                train(net, loader)

            main()
            """,
            [4, 5],
            id="through a function, with the target",
        ),
        pytest.param(
            """\
            model = Net().to(device)
            for x, y in DataLoader(data, num_workers=4):
                x = x.to(device)
                loss = nn.functional.cross_entropy(model(x), y)
            """,
            [4],
            id="the target alone",
        ),
    ],
)
def test_found(text: str, wanted: list[int]) -> None:
    assert lines(text) == wanted


@pytest.mark.parametrize(
    ("moved", "given"),
    [
        ("model = Net().to(device)", "x.to(device)"),
        ("model = Net().cuda(0)", "x.cuda(0)"),
        ("model = Net()\nmodel.to('cuda')", "x.to('cuda')"),
    ],
)
def test_the_input_is_moved_as_the_model_was(moved: str, given: str) -> None:
    text = f"{HEADER}{moved}\nx = torch.ones(3)\nprint(model(x))\n"
    assert findings.fixed(SYMBOL, text) == text.replace("model(x)", f"model({given})")


def test_a_device_that_another_function_knows() -> None:
    text = f"""{HEADER}
def run(net):
    return net(torch.ones(3) + 1)

def main(where):
    model = Net()
    model.to(device=where.device)
    run(model)
"""
    wanted = text.replace(
        "net(torch.ones(3) + 1)",
        "net((torch.ones(3) + 1).to(next(net.parameters()).device))",
    )
    assert findings.fixed(SYMBOL, text) == wanted


def test_where_no_name_tells_the_device() -> None:
    text = (
        "model = Net().to(device)\nfor x, y in loader:\n"
        "    x = x.to(device)\n    loss = nn.functional.cross_entropy(model(x), y)\n"
    )
    (finding,) = findings.found(SYMBOL, HEADER + text, "torch")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert fix.reason
