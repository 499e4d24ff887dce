"""Masks of bytes."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from tests.checkers.findings import fixed, found

SYMBOL = "torch-byte-mask"
HEADER = "import torch\nx = torch.randn(3)\n"


@pytest.mark.parametrize(
    "text",
    [
        "y = x.masked_fill(x > 0, 1)",
        "y = x[(x > 0).bool()]",
        "y = x.masked_fill(mask, 1)",
        "image = torch.zeros(3, dtype=torch.uint8)\ny = ~image",
        "image = torch.zeros(3, dtype=torch.uint8)\ny = image[x > 0]",
        "labels = (x > 0).byte()\ntable = {0: 'a'}\ny = table[labels.sum()]",
        "y = x[torch.LongTensor([0])]",
        "y = x[torch.ByteTensor([1, 0, 0]).bool()]",
        "m = x > 0\ny = torch.where(m, x, m.byte())",
        "mask = x.byte()\nmask = mask.bool()\ny = x[mask]",
        "y = values[(x > 0).byte()]",
        "valid = (x > 0).to(dtype=torch.uint8)\nplaces = torch.where(valid)[0]",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, f"{HEADER}{text}\n") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("y = x.masked_fill((x > 0).byte(), 1)", "y = x.masked_fill((x > 0).bool(), 1)"),
        ("m = torch.ByteTensor(3)\ny = x[m]", "m = torch.ByteTensor(3)\ny = x[m.bool()]"),
        (
            "m = x.lt(0).type(torch.uint8)\nx.masked_fill_(mask=1 - m, value=0)",
            "m = x.lt(0).type(torch.uint8)\nx.masked_fill_(mask=(1 - m).bool(), value=0)",
        ),
        (
            "m = torch.triu(torch.ones(3, 3)).byte()\ny = torch.masked_select(x, ~m)",
            "m = torch.triu(torch.ones(3, 3)).byte()\ny = torch.masked_select(x, ~m.bool())",
        ),
        ("m = x.byte()\nx[~m, None] = 0", "m = x.byte()\nx[~m.bool(), None] = 0"),
        ("m = x.byte()\nx[~m & m] = 0", "m = x.byte()\nx[~m & m] = 0"),
        ("x[(x > 0).byte(  # all\n)] = 0", "x[(x > 0).byte(  # all\n)] = 0"),
        (
            "def f(x, m):\n    return x.masked_fill(m, 0)\nf(x, x.gt(0).byte())",
            "def f(x, m):\n    return x.masked_fill(m.bool(), 0)\nf(x, x.gt(0).byte())",
        ),
    ],
)
def test_what_is_written(before: str, after: str) -> None:
    (_,) = found(SYMBOL, f"{HEADER}{before}\n")
    assert fixed(SYMBOL, HEADER + before, "torch") == HEADER + after


def test_what_is_said() -> None:
    text = f"{HEADER}m = x.byte()\nx[m], x[~m], x.masked_fill(~m, 0)\n"
    messages = [one.message for one in found(SYMBOL, text, "torch")]
    assert [text for text in messages if "takes every element" in text] == [messages[1]]
    assert [text for text in messages if "that raises" in text] == [messages[2]]
    assert [one.partition("write ")[2] for one in messages] == [
        "m.bool()",
        "~m.bool()",
        "~m.bool()",
    ]


def test_the_fixtures_are_what_the_fixer_writes() -> None:
    for folder in evidence.generated_fixtures(SYMBOL, "torch"):
        legacy = (folder / "legacy.py").read_text("utf-8")
        assert fixed(SYMBOL, legacy, "torch") == (folder / "torch.py").read_text("utf-8")
