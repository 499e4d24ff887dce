"""Quotients of integers that are used as integers."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from tests.checkers.findings import fixed, found

SYMBOL = "torch-integer-division"
HEADER = "import torch\nx = torch.randn(12)\ni = torch.arange(6)\n"


@pytest.mark.parametrize(
    "text",
    [
        "y = i / 6",
        "y = torch.arange(0, 8, 2) / 8\nz = 1.0 / (10000 ** y)",
        "y = x[i // 2]",
        "y = x[(i / 2).long()]",
        "y = i.float()\ny /= 2",
        "y = x / 2\nx /= 2",
        "share = (x > 0).sum() / len(x)",
        "y = x[n / 2]",
        "value, place = x.topk(3)\ny = value / 2\nz = value % 2",
        "place = x.argmax() / 2.0",
        "beam = torch.div(i, 2, rounding_mode='floor')\ny = x[beam]",
        "width = image.size\ny = i / width\nz = x.sum() * y",
        "count = 5\ncount /= 2",
        "j = i if n else x\ny = x[j / 2]",
        "import numpy as np\nj = np.arange(6)\ny = j / 2 - j % 2",
        "step = i / 2\nstep = step.long()\ny = x[step]",
        "a = b = 1\nwhile a:\n    a = b + 1\n    b = a + 1\n    j = i + a\n    y = j / 2",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, f"{HEADER}{text}\n") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("y = x[i / 2]", "y = x[torch.div(i, 2, rounding_mode='trunc')]"),
        ("y = x.index_select(0, i / 2)", None),
        ("y = torch.gather(x, 0, (i / 2).view(-1))", None),
        ("y = torch.nn.functional.embedding(i / 2, x)", None),
        ("i /= 2", "i.div_(2, rounding_mode='trunc')"),
        ("i.div_(len(x))", "i.div_(len(x), rounding_mode='trunc')"),
        (
            "b = torch.div(x.topk(3)[1], 4)\ny = x[b]",
            "b = torch.div(x.topk(3)[1], 4, rounding_mode='trunc')\ny = x[b]",
        ),
        (
            "v, j = x.sort(0)\nb = j / x.size(0)\nw = j % x.size(0)",
            "v, j = x.sort(0)\nb = torch.div(j, x.size(0), rounding_mode='trunc')\n"
            "w = j % x.size(0)",
        ),
        (
            "def f(n):\n    _, j = x.max(0)\n    b = j / n\n    return j - b * n",
            "def f(n):\n    _, j = x.max(0)\n    b = torch.div(j, n, rounding_mode='trunc')\n"
            "    return j - b * n",
        ),
        ("y = x[i / (  # half\n    2)]", "y = x[i / (  # half\n    2)]"),
    ],
)
def test_what_is_written(before: str, after: str | None) -> None:
    (_,) = found(SYMBOL, f"{HEADER}{before}\n")
    wanted = before.replace("i / 2", "torch.div(i, 2, rounding_mode='trunc')")
    assert fixed(SYMBOL, HEADER + before, "torch") == HEADER + (after or wanted)


def test_the_fixtures_are_what_the_fixer_writes() -> None:
    for folder in evidence.generated_fixtures(SYMBOL, "torch"):
        legacy = (folder / "legacy.py").read_text("utf-8")
        assert fixed(SYMBOL, legacy, "torch") == (folder / "torch.py").read_text("utf-8")
