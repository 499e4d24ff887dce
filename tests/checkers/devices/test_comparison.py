"""Comparisons of devices that are never equal."""

from __future__ import annotations

import pytest

from tests.checkers import findings

SYMBOL = "device-comparison"

HEADER = """\
import torch
from torch import nn

x = torch.zeros(3)
model = nn.Linear(3, 4)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
first = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")

"""


@pytest.mark.parametrize(
    "text",
    [
        "x.device.type == 'cuda'",
        "str(x.device) == 'cuda:0'",
        "x.device == y.device",
        "x.device == torch.device('cuda:0')",
        "x.device == torch.device('cpu')",
        "x.device == torch.device('meta')",
        "device == torch.device('cuda')",
        "device == torch.device('cuda:0')",
        "first == torch.device('cpu')",
        "x.device == device",
        "args.device == 'cuda'",
        "model.device == 'cuda'",
        "x.device == name",
        "x.device in (device, 'cpu')",
        "x.device is None",
        "x.dtype == 'cuda'",
        "array.device == 'cpu'",
        "(lambda device: device == 'cuda')('cpu')",
    ],
)
def test_left_alone(text: str) -> None:
    assert findings.found(SYMBOL, f"{HEADER}print({text})\n") == []


def test_what_may_be_a_string_is_left_alone() -> None:
    text = "def f(device: torch.device = 'cpu'):\n    return device == 'cpu'\n"
    assert findings.found(SYMBOL, HEADER + text) == []
    text = "class Agent:\n    def __init__(self, device):\n        self.device = device\n"
    text += "    def f(self):\n        return self.device == 'cuda'\n"
    assert findings.found(SYMBOL, HEADER + text) == []


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("x.device == 'cuda'", "x.device.type == 'cuda'"),
        ("'cpu' != x.device", "'cpu' != x.device.type"),
        ("x.device == 'cuda:1'", "str(x.device) == 'cuda:1'"),
        ("x.device in ('cuda', 'mps')", "x.device.type in ('cuda', 'mps')"),
        ("x.device not in ['cpu']", "x.device.type not in ['cpu']"),
        ("x.device in {'cuda:0', 'cuda:1'}", "str(x.device) in {'cuda:0', 'cuda:1'}"),
        ("device == 'cuda'", "device.type == 'cuda'"),
        ("torch.device('cuda') == 'cuda'", "torch.device('cuda').type == 'cuda'"),
        ("model(x).device == 'cuda'", "model(x).device.type == 'cuda'"),
        (
            "next(model.parameters()).device == 'cuda'",
            "next(model.parameters()).device.type == 'cuda'",
        ),
        ("x.device == torch.device('cuda')", 'x.device.type == "cuda"'),
        ("torch.device(type='cuda') != x.device", '"cuda" != x.device.type'),
        ("first == torch.device('cuda')", 'first.type == "cuda"'),
    ],
)
def test_found_and_fixed(text: str, fixed: str) -> None:
    before, after = (f"{HEADER}print({one})  # where\n" for one in (text, fixed))
    (finding,) = findings.found(SYMBOL, before)
    assert finding.span.line == HEADER.count("\n") + 1
    assert findings.fixed(SYMBOL, before) == after


def test_a_device_that_an_object_keeps() -> None:
    text = f"""{HEADER}
class Agent:
    def __init__(self):
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def pins(self):
        return self.device == "cuda"
"""
    wanted = text.replace("self.device ==", "self.device.type ==")
    assert findings.fixed(SYMBOL, text) == wanted


def test_the_message_says_what_the_comparison_is() -> None:
    (equal, unequal) = findings.found(
        SYMBOL, f"{HEADER}a = x.device == 'cpu'\nb = x.device != torch.device('cuda')\n"
    )
    assert "equals no string, so this comparison is always False" in equal.message
    assert "has an index, and 'torch.device('cuda')' has none" in unequal.message
    assert "always True" in unequal.message
