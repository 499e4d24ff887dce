"""Constructors and types of PyTorch 0.3."""

from __future__ import annotations

from pathlib import Path

import pytest

from lintplugin import evidence
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "device-legacy-constructor"

HEADER = """\
import torch

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
x = torch.ones(2, 3)
"""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("torch.FloatTensor(2, 3)\nx.type(torch.LongTensor)\n", id="types of the CPU"),
        pytest.param("x.type()\nx.type('torch.FloatTensor')\n", id="asked, and a type of the CPU"),
        pytest.param("isinstance(x, torch.cuda.FloatTensor)\n", id="isinstance"),
        pytest.param(
            "if torch.cuda.is_available():\n    x = torch.cuda.FloatTensor(2, 3)\n", id="guarded"
        ),
        pytest.param(
            "Tensor = torch.cuda.FloatTensor if torch.cuda.is_available() else torch.FloatTensor\n"
            "y = Tensor(2, 3)\n",
            id="chosen",
        ),
        pytest.param("hashlib.new('md5')\nImage.new('RGB', (2, 2))\n", id="another new"),
        pytest.param("y = x.new(other)\n", id="a copy, or sizes"),
        pytest.param("x.new(2, 3, device=device).zero_()\n", id="new as it was not"),
        pytest.param("x.new_zeros(2, 3)\nx.new_tensor([1, 2])\n", id="the methods of today"),
        pytest.param("model.type('rnn')\ncolumn.type(kinds.FloatTensor)\n", id="another type"),
    ],
)
def test_left_alone(text: str) -> None:
    assert findings.found(SYMBOL, HEADER + text) == []


def test_a_file_without_pytorch_is_left_alone() -> None:
    assert findings.found(SYMBOL, "import tensorflow as tf\nx.new(2).zero_()\n") == []


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (
            "y = torch.cuda.FloatTensor(2, 3).fill_(0)\n",
            "y = torch.empty(2, 3, dtype=torch.float32, device=device).fill_(0)\n",
        ),
        (
            "y = torch.cuda.LongTensor([[1], [2]])\n",
            "y = torch.tensor([[1], [2]], dtype=torch.int64, device=device)\n",
        ),
        (
            "y = torch.cuda.ByteTensor(x.shape)\n",
            "y = torch.empty(x.shape, dtype=torch.uint8, device=device)\n",
        ),
        (
            "y = torch.cuda.HalfTensor(*x.size())\n",
            "y = torch.empty(*x.size(), dtype=torch.float16, device=device)\n",
        ),
        (
            "y = torch.cuda.FloatTensor()\n",
            "y = torch.empty(0, dtype=torch.float32, device=device)\n",
        ),
        (
            "from torch.cuda import DoubleTensor as D\ny = D(3)\n",
            "from torch.cuda import DoubleTensor as D\n"
            "y = torch.empty(3, dtype=torch.float64, device=device)\n",
        ),
        ("y = x.type(torch.cuda.FloatTensor)\n", "y = x.to(device, torch.float32)\n"),
        ("y = x.t().type('torch.cuda.LongTensor')\n", "y = x.t().to(device, torch.int64)\n"),
        ("y = (x + 1).type(torch.cuda.HalfTensor)\n", "y = (x + 1).to(device, torch.float16)\n"),
        ("y = x.new(2, 3).zero_()\n", "y = x.new_zeros(2, 3)\n"),
        ("y = x.data.new(x.size()).normal_()\n", "y = x.data.new_empty(x.size()).normal_()\n"),
        (
            "def f(w, n):\n    return w.new(n,  # rows\n                 3).fill_(2)\n",
            "def f(w, n):\n    return w.new_empty(n,  # rows\n                 3).fill_(2)\n",
        ),
    ],
)
def test_a_factory_takes_its_place(text: str, fixed: str) -> None:
    assert findings.fixed(SYMBOL, HEADER + text) == HEADER + fixed


@pytest.mark.parametrize(
    "text",
    ["torch.cuda.FloatTensor(y)\n", "torch.cuda.FloatTensor([\n    1,  # one\n])\n"],
)
def test_what_is_given_may_be_either(text: str) -> None:
    (finding,) = findings.found(SYMBOL, HEADER + text, "torch")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert fix.reason


def test_a_device_is_chosen_where_the_file_has_none() -> None:
    text = "import torch\n\nx = torch.cuda.FloatTensor(3)\ny = torch.cuda.FloatTensor(3)\n"
    fixed = findings.fixed(SYMBOL, text)
    assert fixed.count("torch.device(") == 1
    assert fixed.count("device=device") == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "torch.cuda.FloatTensor(2, 3)\n",
            "'torch.cuda.FloatTensor(2, 3)' raises without CUDA: "
            "write torch.empty(2, 3, dtype=torch.float32, device=device)",
        ),
        (
            "x.new(2).zero_()\n",
            "'x.new(2)' is a constructor of PyTorch 0.3, and gives memory as it is: "
            "write x.new_zeros(2)",
        ),
    ],
)
def test_the_message_says_what_to_write(text: str, message: str) -> None:
    (finding,) = findings.found(SYMBOL, HEADER + text)
    assert finding.message == message
    assert {fix.target for fix in finding.fixes} == {"tf2", "torch"}


@pytest.mark.parametrize("folder", evidence.generated_fixtures(SYMBOL, "torch"))
def test_the_fixtures_hold_what_the_fix_writes(folder: Path) -> None:
    written = (folder / "torch.py").read_text("utf-8")
    assert findings.fixed(SYMBOL, (folder / "legacy.py").read_text("utf-8"), "torch") == written
