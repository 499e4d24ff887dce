"""Sums with a factor before the tensor that it multiplies."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from tests.checkers.findings import fixed, found

SYMBOL = "torch-scalar-first"


@pytest.mark.parametrize(
    "text",
    [
        "p.add_(grad, alpha=-lr)",
        "x.add_(y)",
        "torch.add(x, 2)",
        "torch.addmm(x, y, z, beta=2)",
        "x.addmm(y, z)",
        "x.addcmul_(y, z, value=2)",
        "graph.add(node, edge)",
        "s = set()\ns.add(1)",
        "torch.addmm(x, y, z)",
        "torch.addcdiv(x, y, z)",
        "p.add_(*terms)",
        "a.sub(pattern, text)",
        "import re\nre.sub('a', 'b', x)",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, f"import torch\n{text}\n") == []


def test_another_library_is_left_alone() -> None:
    assert found(SYMBOL, "p.add_(-lr, grad)\n") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("p.data.add_(-lr, p.grad.data)", "p.data.add_(p.grad.data, alpha=-lr)"),
        ("torch.add(x, 2, y, out=z)", "torch.add(x, y, alpha=2, out=z)"),
        ("torch.randn(3).sub(2, y)", "torch.randn(3).sub(y, alpha=2)"),
        ("torch.addmm(b, M, a, x, y)", "torch.addmm(M, x, y, beta=b, alpha=a)"),
        ("torch.addmm(b, M, x, y)", "torch.addmm(M, x, y, beta=b)"),
        ("M.addmv_(b, a, x, y)", "M.addmv_(x, y, beta=b, alpha=a)"),
        ("p.addcdiv_(-step, avg, denom)", "p.addcdiv_(avg, denom, value=-step)"),
        ("avg.mul_(b).addcmul_(1 - b, g, g)", "avg.mul_(b).addcmul_(g, g, value=1 - b)"),
        ("p.add_(  # a\n  2, y)", "p.add_(  # a\n  2, y)"),
    ],
)
def test_what_is_written(before: str, after: str) -> None:
    text = f"import torch\n{before}\n"
    assert [one.span.line for one in found(SYMBOL, text)] == [2]
    assert fixed(SYMBOL, text, "torch") == f"import torch\n{after}\n"


def test_the_fixtures_are_what_the_fixer_writes() -> None:
    (folder,) = evidence.generated_fixtures(SYMBOL, "torch")
    legacy = (folder / "legacy.py").read_text("utf-8")
    assert fixed(SYMBOL, legacy, "torch") == (folder / "torch.py").read_text("utf-8")
