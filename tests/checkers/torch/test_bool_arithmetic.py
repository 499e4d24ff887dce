"""Masks that are subtracted."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from lintplugin.edits import Applicability
from tests.checkers.findings import fixed, found

SYMBOL = "torch-bool-arithmetic"
HEADER = "import torch\nx = torch.randn(3)\n"


def lines(text: str) -> list[int]:
    return [one.span.line - 2 for one in found(SYMBOL, f"{HEADER}{text}\n")]


@pytest.mark.parametrize(
    "text",
    [
        "y = ~(x > 0)",
        "y = 1 - (x > 0).float()",
        "y = (x > 0) * x + (x < 1)",
        "n = (x > 0).sum() - 1",
        "y = 1 - mask",
        "y = 1 - (n > 0)",
        "y = 1 - (x.shape[0] > 2)",
        "y = 1 - (x > 0).byte()",
        "y = 1 - (x > 0).to(torch.float32)",
        "y = 1 - (x > 0).type_as(x)",
        "y = 1 - (x > 0).to(x.dtype)",
        "y = 1 - (x > 0).to(other)",
        "mask = x > 0\nmask = mask.float()\ny = 1 - mask",
        "mask = x > 0\nif half: mask = mask.half()\ny = 1 - mask",
        "def f(mask): return 1 - mask\nf(x > 0)\nf(x)",
        "import numpy as np\nmask = np.arange(3) > 1\ny = 1 - mask",
        "y = 1 - torch.where(x > 0, x, -x)",
        "y = 1 - (x > 0).all().item()",
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


def test_another_library_is_left_alone() -> None:
    assert found(SYMBOL, "y = 1 - (model(x) > 0)\n") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("y = 1 - (x > 0)", "y = ~(x > 0)"),
        ("y = (1 - x.eq(0)) * x", "y = (~x.eq(0)) * x"),
        ("y = 1 - (x > 0).to(x.device)", "y = ~(x > 0).to(x.device)"),
        ("y = 1 - torch.isnan(x)", "y = ~torch.isnan(x)"),
        ("y = 1.0 - x.ge(0).unsqueeze(1)", "y = ~x.ge(0).unsqueeze(1)"),
        ("m = x[None] > 0\ny = x[1 - m[0]]", "m = x[None] > 0\ny = x[~m[0]]"),
        ("y = 1 - torch.zeros(3, dtype=torch.bool)", "y = ~torch.zeros(3, dtype=torch.bool)"),
        ("y = 1 - ((x > 0) & (x < 1))", "y = ~((x > 0) & (x < 1))"),
        ("def f(m):\n    return 1 - m\nf(x > 0)", "def f(m):\n    return ~m\nf(x > 0)"),
        ("def f(v: torch.Tensor):\n    return 1 - (v == 0)", None),
        ("y = 1 - (  # kept\n    x > 0)", "y = 1 - (  # kept\n    x > 0)"),
        ("m = x > 0\ny = x - m", "m = x > 0\ny = x - m"),
        ("m = x > 0\nm -= 1", "m = x > 0\nm -= 1"),
        ("y = -(x > 0)", "y = -(x > 0)"),
    ],
)
def test_what_is_written(before: str, after: str | None) -> None:
    assert len(lines(before)) == 1
    wanted = before.replace("1 - ", "~") if after is None else after
    assert fixed(SYMBOL, HEADER + before, "torch") == HEADER + wanted


def test_a_sum_of_masks_is_not_rewritten() -> None:
    (finding, _) = found(SYMBOL, f"{HEADER}n = (1 - (x > 0)) + (1 - (x < 9))\n", "torch")
    assert finding.fixes[0].applicability is Applicability.DISPLAY
    assert "do not count" in finding.fixes[0].reason


def test_the_fixtures_are_what_the_fixer_writes() -> None:
    (folder,) = evidence.generated_fixtures(SYMBOL, "torch")
    legacy = (folder / "legacy.py").read_text("utf-8")
    assert fixed(SYMBOL, legacy, "torch") == (folder / "torch.py").read_text("utf-8")
