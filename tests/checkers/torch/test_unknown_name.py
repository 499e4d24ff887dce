"""Names that PyTorch does not have."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from lintplugin.analysis import Settings, analyse
from lintplugin.edits import Applicability, Fix, apply_all
from lintplugin.rules import Finding
from lintplugin.source import Source

SYMBOL = "torch-unknown-name"

HEADER = "import torch\nimport torch.nn as nn\nfrom torch import optim\n\n"


def found(text: str) -> list[Finding]:
    settings = Settings(("torch",), symbols=frozenset({SYMBOL}))
    report = analyse(Source("module.py", text), settings)
    assert not report.problems
    return report.findings


def fixed(text: str) -> str:
    def safe(current: str) -> list[Fix]:
        offered = [fix for finding in found(current) for fix in finding.fixes]
        return [fix for fix in offered if fix.applicability is Applicability.SAFE]

    return apply_all(text, safe).text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("nn.Conv2d(1, 2, 3)\n", id="a name that is there"),
        pytest.param("torch.nn.functional.relu(x)\n", id="in a submodule"),
        pytest.param("optim.Adam(p).step()\n", id="a method"),
        pytest.param("nn.SomethingOfTheFuture()\n", id="like no other name"),
        pytest.param("torch.distributed.init_process_group()\n", id="not recorded"),
        pytest.param("torch.ops.load_library('x')\n", id="made at run time"),
        pytest.param("nn._private()\n", id="private"),
        pytest.param("from torch.optim.optimizer import Optimizer\n", id="a submodule"),
        pytest.param("import torch.optim.adam\ntorch.optim.adam.Adam(p)\n", id="one by its path"),
        pytest.param("x = torch.zeros(2)\nx.Conv2D\n", id="attribute of a tensor"),
        pytest.param("keras.layers.Conv2D(1, 2)\n", id="another module"),
        pytest.param("if hasattr(nn, 'Conv2D'):\n    nn.Conv2D(1, 2, 3)\n", id="asked for"),
        pytest.param(
            "try:\n    from torch.nn import Conv2D\nexcept ImportError:\n    Conv2D = None\n",
            id="guarded import",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(HEADER + text) == []


@pytest.mark.parametrize(
    ("text", "api", "advice"),
    [
        ("nn.Conv2D(1, 2, 3)\n", "torch.nn.Conv2D", "torch.nn.Conv2d"),
        ("nn.MaxPool2D(2).eval()\n", "torch.nn.MaxPool2D", "torch.nn.MaxPool2d"),
        ("layer = nn.Conv2D\n", "torch.nn.Conv2D", "torch.nn.Conv2d"),
        ("torch.nn.Relu()\n", "torch.nn.Relu", "torch.nn.ReLU"),
        ("optim.ADAM(p)\n", "torch.optim.ADAM", "torch.optim.Adam"),
        ("nn.MaxPooling2D(2)\n", "torch.nn.MaxPooling2D", "torch.nn.MaxPool2d"),
        ("nn.Dense(1, 2)\n", "torch.nn.Dense", "torch.nn.Linear"),
        ("nn.relu(x)\n", "torch.nn.relu", "torch.nn.ReLU"),
        ("from torch.nn import Conv2D\nConv2D(1, 2, 3)\n", "torch.nn.Conv2D", "torch.nn.Conv2d"),
    ],
)
def test_reported(text: str, api: str, advice: str) -> None:
    (finding,) = found(HEADER + text)
    assert (finding.api, finding.args["advice"]) == (api, advice)


def test_the_message_and_its_place() -> None:
    (finding,) = found(HEADER + "layer = nn.Conv2D(1, 2, 3)\n")
    assert finding.message == (
        "PyTorch 2.13.0 has no 'torch.nn.Conv2D': AttributeError when the line runs; "
        "write 'torch.nn.Conv2d'"
    )
    assert (finding.span.line, finding.span.column, finding.span.end_column) == (5, 8, 17)


def test_only_case_is_changed() -> None:
    text = HEADER + "a = nn.Conv2D(1, 2, 3)  # kept\nb = nn.relu(x)\nc = nn.Dense(1, 2)\n"
    assert fixed(text) == text.replace("Conv2D", "Conv2d")


def test_the_fixture_holds_what_the_fix_writes() -> None:
    (folder,) = evidence.generated_fixtures(SYMBOL, "torch")
    written = (folder / "torch.py").read_text("utf-8")
    assert fixed((folder / "legacy.py").read_text("utf-8")) == written
