"""A softmax before a loss that applies one."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lintplugin.analysis import Settings, analyse
from lintplugin.edits import Applicability, Fix, apply_all, splice
from lintplugin.rules import Finding
from lintplugin.source import Source

SYMBOL = "torch-softmax-twice"

HEADER = """\
import torch
from torch import nn
import torch.nn.functional as F

"""

MODEL = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        return F.softmax(self.fc(x), dim=1)

"""


def found(text: str) -> list[Finding]:
    settings = Settings(("torch",), symbols=frozenset({SYMBOL}))
    report = analyse(Source("module.py", HEADER + dedent(text)), settings)
    assert not report.problems
    return report.findings


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(MODEL, id="no loss in sight"),
        pytest.param(
            MODEL + "net = Net()\nloss = nn.NLLLoss()(torch.log(net(x)), y)\n", id="another loss"
        ),
        pytest.param(
            MODEL + "net = Net()\nprint(net(x))\nF.cross_entropy(other(x), y)\n",
            id="the loss of another model",
        ),
        pytest.param(
            MODEL.replace("F.softmax(self.fc(x), dim=1)", "self.fc(x)")
            + "net = Net()\nF.cross_entropy(net(x), y)\n",
            id="scores",
        ),
        pytest.param(
            MODEL.replace("softmax", "log_softmax") + "net = Net()\nF.cross_entropy(net(x), y)\n",
            id="log_softmax, which does not change when it is applied again",
        ),
        pytest.param(
            """\
            class Net(nn.Module):
                def forward(self, x):
                    if self.training:
                        return x
                    return F.softmax(x, dim=1)

            net = Net()
            F.cross_entropy(net(x), y)
            """,
            id="a softmax only outside of training",
        ),
        pytest.param(
            "weights = F.softmax(x, dim=1)\nF.cross_entropy(weights @ v, y)\n",
            id="a softmax inside the network",
        ),
        pytest.param(
            "import keras\nkeras.layers.Dense(3, activation='relu')\n" + MODEL,
            id="beside a Keras model that ends in scores",
        ),
        pytest.param(
            "import keras\nkeras.layers.Dense(3, activation='softmax')\n"
            + MODEL
            + "F.nll_loss(torch.log(Net()(x)), y)\n",
            id="beside a Keras model, with a loss for probabilities",
        ),
        pytest.param(
            "from scipy.special import softmax\nF.cross_entropy(softmax(x), y)\n",
            id="not one of PyTorch",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("loss = F.cross_entropy(F.softmax(x, dim=1), y)\n", 1, id="in place"),
        pytest.param(
            "p = torch.softmax(x, dim=1)\nloss = F.cross_entropy(input=p, target=y)\n",
            1,
            id="through a variable",
        ),
        pytest.param(
            MODEL + "net = Net()\ncriterion = nn.CrossEntropyLoss()\nloss = criterion(net(x), y)\n",
            7,
            id="a model",
        ),
        pytest.param(
            MODEL
            + "net = Net().train()\ncriterion = nn.CrossEntropyLoss().cuda()\n"
            + "for x, y in data:\n    out = net(x)\n    loss = criterion(out, y)\n",
            7,
            id="a model in a training loop",
        ),
        pytest.param(
            "net = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))\n"
            "loss = nn.CrossEntropyLoss()(net(x), y)\n",
            1,
            id="a Sequential",
        ),
        pytest.param(
            """\
            class Net(nn.Module):
                def __init__(self):
                    self.softmax = nn.Softmax(dim=1)
                    self.loss = nn.CrossEntropyLoss()

                def forward(self, x):
                    out = self.softmax(x)
                    return out

                def training_step(self, x, y):
                    return self.loss(x.softmax(dim=1), y)

            net = Net()
            F.cross_entropy(net(x), y)
            """,
            7,
            id="a layer, and a method of the tensor",
        ),
    ],
)
def test_reported(text: str, line: int) -> None:
    lines = [finding.span.line - HEADER.count("\n") for finding in found(text)]
    assert lines[0] == line


def test_a_method_of_the_tensor_is_reported_too() -> None:
    text = """\
        class Net(nn.Module):
            def loss(self, x, y):
                return F.cross_entropy(x.softmax(dim=1), y)
        """
    (finding,) = found(text)
    assert finding.span.column == 31


def test_a_port_beside_its_keras_model() -> None:
    (finding,) = found("import keras\nkeras.layers.Dense(3, activation='softmax')\n\n" + MODEL)
    assert finding.message == (
        "nn.CrossEntropyLoss applies softmax itself, and this softmax is that of the Keras model "
        "on line 6, whose loss does not: return the scores before it"
    )


def test_the_message_names_the_line_of_the_loss() -> None:
    (finding,) = found(MODEL + "net = Net()\nF.cross_entropy(net(x), y)\n")
    assert finding.message == (
        "nn.CrossEntropyLoss applies softmax itself, and this softmax feeds the one on line 14: "
        "return the scores before it"
    )


def test_the_fix_leaves_the_scores_and_is_unsafe() -> None:
    text = HEADER + MODEL + "net = Net()\nF.cross_entropy(net(x), y)\n"

    def offered(current: str) -> list[Fix]:
        return [fix for one in found(current.removeprefix(HEADER)) for fix in one.fixes]

    (fix,) = offered(text)
    assert fix.applicability is Applicability.UNSAFE
    assert fix.evidence is not None
    after = apply_all(text, offered).text
    assert after == text.replace("F.softmax(self.fc(x), dim=1)", "self.fc(x)")


def test_an_expression_keeps_its_meaning() -> None:
    text = "F.cross_entropy((2 * x + 1).softmax(dim=1), y)\n"
    body = HEADER + "class Net(nn.Module):\n    def loss(self, x, y):\n        return " + text
    (finding,) = found(body.removeprefix(HEADER))
    (fix,) = finding.fixes
    assert fix.replacement == "(2 * x + 1)"
    assert splice(body, fix.edits).endswith("F.cross_entropy((2 * x + 1), y)\n")


def test_a_sequential_is_only_shown() -> None:
    text = "net = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))\nF.cross_entropy(net(x), y)\n"
    (finding,) = found(text)
    assert [fix.applicability for fix in finding.fixes] == [Applicability.DISPLAY]
