"""Flattened sizes that the layers do not give."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from lintplugin.analysis import Settings, analyse
from lintplugin.edits import Applicability, Fix, apply_all
from lintplugin.rules import Finding
from lintplugin.source import Source

SYMBOL = "torch-flatten-size"

HEADER = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n\n"

MODEL = (
    HEADER
    + """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 32, 3)
        self.fc = nn.Linear({size}, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        x = {flatten}
        return self.fc(x)

"""
)

CALLED = "net = Net()\nnet(torch.zeros(1, 1, 28, 28))\n"
KERAS = "import keras\nkeras.layers.Conv2D(32, 3, input_shape=(28, 28, 1))\n"
DATA = "from torchvision import datasets\ntrain = datasets.MNIST('.', train=True)\n"


def model(size: str, flatten: str | None = None) -> str:
    return MODEL.format(size=size, flatten=flatten or f"x.view(-1, {size})")


def found(text: str) -> list[Finding]:
    settings = Settings(("torch",), symbols=frozenset({SYMBOL}))
    report = analyse(Source("module.py", text), settings)
    assert not report.problems
    return report.findings


def fixed(text: str, *levels: Applicability) -> str:
    def offered(current: str) -> list[Fix]:
        fixes = [fix for finding in found(current) for fix in finding.fixes]
        return [fix for fix in fixes if fix.applicability in levels]

    return apply_all(text, offered).text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(model("32 * 13 * 13") + CALLED, id="the right size"),
        pytest.param(model("5408", "torch.flatten(x, 1)") + CALLED, id="as a number"),
        pytest.param(model("32 * 12 * 12"), id="no size of the input is stated"),
        pytest.param(
            model("32 * 12 * 12") + "net = Net()\nnet(torch.zeros(n, 1, 28, 28))\n"
            "net(torch.zeros(1, 1, 26, 26))\n",
            id="another size that fits",
        ),
        pytest.param(
            model("32 * 12 * 12") + DATA + "t = transforms.Resize(27)\n", id="resized images"
        ),
        pytest.param(
            model("32 * 12 * 12") + "d = datasets.CIFAR10('.')\n", id="images of other channels"
        ),
        pytest.param(
            model("32 * 12 * 12").replace("nn.Conv2d(1, 32, 3)", "nn.Conv2d(1, n, 3)") + CALLED,
            id="a layer that is not literal",
        ),
        pytest.param(
            model("32 * 12 * 12").replace("nn.Conv2d(1, 32, 3)", "Block(1, 32)") + CALLED,
            id="a layer that is not known",
        ),
        pytest.param(model("size") + CALLED, id="a size that is not literal"),
        pytest.param(
            model("32 * 12 * 12", "x.view(x.size(0), -1)").replace("x = F.max", "x = y = F.max")
            + CALLED,
            id="a statement that is not followed",
        ),
        pytest.param(
            model("32 * 12 * 12") + "Net()(torch.zeros(1, 1, 2, 2))\n",
            id="an image smaller than the kernel",
        ),
        pytest.param(
            (model("32 * 12 * 12") + CALLED).replace("(nn.Module)", ""), id="not a module"
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param(model("32 * 12 * 12") + CALLED, [9, 13], id="view"),
        pytest.param(model("4608", "torch.flatten(x, 1)") + CALLED, [9], id="torch.flatten"),
        pytest.param(model("4608", "x.flatten(1)") + CALLED, [9], id="flatten"),
        pytest.param(model("4608", "x.view(x.size(0), -1)") + CALLED, [9], id="view of all"),
        pytest.param(model("32 * 12 * 12") + KERAS, [9, 13], id="size of a Keras model"),
        pytest.param(model("32 * 12 * 12") + DATA, [9, 13], id="size of a data set"),
        pytest.param(
            model("4608", "x.flatten(1)").replace("(1, 32, 3)", "(1, 32, 3, stride=2, padding=1)")
            + "example = torch.randn((4, 1, 28, 28))\nNet()(example)\n",
            [9],
            id="stride and padding, and the example in a variable",
        ),
    ],
)
def test_reported(text: str, lines: list[int]) -> None:
    assert [finding.span.line for finding in found(text)] == lines


def test_layers_in_a_sequential() -> None:
    text = HEADER + (
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.net = nn.Sequential(\n"
        "            nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),\n"
        "            nn.Linear(9, 1),\n"
        "        )\n\n"
        "    def forward(self, x):\n"
        "        return self.net(x)\n\n"
        "Net()(torch.zeros(1, 1, 9, 9))\n"
    )
    (finding,) = found(text)
    assert finding.args["given"] == "2 * 3 * 3 = 18"


def test_the_message() -> None:
    finding = found(model("32 * 12 * 12") + CALLED)[0]
    assert finding.message == (
        "32 * 12 * 12 = 4608 features, but an image of 28x28 leaves 32 * 13 * 13 = 5408 before "
        "this layer"
    )


def test_both_places_change_together() -> None:
    text = model("32 * 12 * 12") + CALLED
    assert fixed(text, Applicability.SAFE) == text.replace("12 * 12", "13 * 13")


def test_a_size_from_elsewhere_makes_the_fix_unsafe() -> None:
    text = model("32 * 12 * 12") + DATA
    assert fixed(text, Applicability.SAFE) == text
    changed = text.replace("12 * 12", "13 * 13")
    assert fixed(text, Applicability.SAFE, Applicability.UNSAFE) == changed


def test_the_fixtures_hold_what_the_fix_writes() -> None:
    folders = evidence.generated_fixtures(SYMBOL, "torch")
    assert folders
    for folder in folders:
        written = (folder / "torch.py").read_text("utf-8")
        assert fixed((folder / "legacy.py").read_text("utf-8"), Applicability.SAFE) == written
