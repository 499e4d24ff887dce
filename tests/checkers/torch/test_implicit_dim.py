"""A softmax that is not told along which dimension."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from lintplugin.edits import Applicability
from tests.checkers.findings import fixed, found

SYMBOL = "torch-implicit-dim"

HEADER = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
UNSAFE = (Applicability.UNSAFE,)


@pytest.mark.parametrize(
    "text",
    [
        "F.softmax(x, dim=1)",
        "F.softmax(x, -1)",
        "nn.Softmax(dim=1)",
        "nn.LogSoftmax(1)",
        "nn.Softmax2d()",
        "torch.softmax(x, 0)",
        "F.softmax(*x)",
        "F.softmax(x, **options)",
        "F.gumbel_softmax(x)",
        "activation = F.softmax",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, f"{HEADER}{text}\n") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("F.softmax(x)", "F.softmax(x, dim=1)"),
        ("F.log_softmax(f(x), dtype=t)", "F.log_softmax(f(x), dtype=t, dim=1)"),
        ("nn.Softmax()", "nn.Softmax(dim=1)"),
        ("nn.functional.softmin(\n    x,\n)", "nn.functional.softmin(\n    x, dim=1)"),
        ("F.softmax(x, dim=None)", "F.softmax(x, dim=None)"),
        ("F.softmax(x  # a\n)", "F.softmax(x  # a\n)"),
    ],
)
def test_what_is_written(before: str, after: str) -> None:
    text = f"{HEADER}{before}\n"
    assert [one.span.line for one in found(SYMBOL, text)] == [4]
    assert fixed(SYMBOL, text, "torch") == text
    assert fixed(SYMBOL, text, "torch", applied=UNSAFE) == f"{HEADER}{after}\n"


def test_the_fixtures_are_what_the_fixer_writes() -> None:
    (folder,) = evidence.generated_fixtures(SYMBOL, "torch")
    legacy = (folder / "legacy.py").read_text("utf-8")
    written = fixed(SYMBOL, legacy, "torch", applied=UNSAFE)
    assert written == (folder / "torch.py").read_text("utf-8")
