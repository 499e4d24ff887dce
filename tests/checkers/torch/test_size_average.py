"""The arguments ``size_average`` and ``reduce`` of losses."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from tests.checkers.findings import fixed, found

SYMBOL = "torch-size-average"

HEADER = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"


@pytest.mark.parametrize(
    "text",
    [
        "a = F.mse_loss(x, y, reduction='sum')",
        "a = nn.MSELoss()",
        "a = F.mse_loss(x, y, None, None, 'sum')",
        "a = mine(size_average=False)",
        "a = nn.CrossEntropyLoss(weight, ignore_index=1)",
        "a = torch.sum(x, reduce=True)",
        "a = F.mse_loss(*x)",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, f"{HEADER}{text}\n") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("F.nll_loss(x, y, size_average=False)", "F.nll_loss(x, y, reduction='sum')"),
        ("F.mse_loss(x, y, False)", "F.mse_loss(x, y, reduction='sum')"),
        ("nn.MSELoss(True)", "nn.MSELoss(reduction='mean')"),
        ("nn.MSELoss(reduce=False)", "nn.MSELoss(reduction='none')"),
        ("nn.MSELoss(size_average=False, reduce=False)", "nn.MSELoss(reduction='none')"),
        ("nn.NLLLoss(w, False, 1)", "nn.NLLLoss(w, reduction='sum', ignore_index=1)"),
        ("nn.NLLLoss(size_average=0, weight=w)", "nn.NLLLoss(reduction='sum', weight=w)"),
        ("nn.NLLLoss(size_average=flag)", "nn.NLLLoss(size_average=flag)"),
        (
            "nn.NLLLoss(size_average=0,  # a\n weight=w)",
            "nn.NLLLoss(size_average=0,  # a\n weight=w)",
        ),
    ],
)
def test_what_is_written(before: str, after: str) -> None:
    text = f"{HEADER}a = {before}\n"
    assert [one.span.line for one in found(SYMBOL, text)] == [4]
    assert fixed(SYMBOL, text, "torch") == f"{HEADER}a = {after}\n"


def test_the_fixtures_are_what_the_fixer_writes() -> None:
    (folder,) = evidence.generated_fixtures(SYMBOL, "torch")
    legacy = (folder / "legacy.py").read_text("utf-8")
    assert fixed(SYMBOL, legacy, "torch") == (folder / "torch.py").read_text("utf-8")
