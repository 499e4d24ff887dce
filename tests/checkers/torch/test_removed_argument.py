"""Arguments and methods that PyTorch no longer has."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from tests.checkers.findings import fixed, found

SYMBOL = "torch-removed-argument"

HEADER = "import torch\nfrom torch.optim import lr_scheduler as s\n"


@pytest.mark.parametrize(
    "text",
    [
        "loss.backward(retain_graph=True)",
        "f(retain_variables=True)",
        "model.fit(x, verbose=True)",
        "s.StepLR(optimizer, 1)",
        "x = next(iter(loader))",
        "node = node.next()",
        "def f(it):\n    return it.next()",
        "it = iter(loader)\nit = mine(it)\nit.next()",
        "iter(loader).next(1)",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, f"{HEADER}{text}\n") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("loss.backward(retain_variables=True)", "loss.backward(retain_graph=True)"),
        ("loss.backward(g, retain_variables=a)", "loss.backward(g, retain_graph=a)"),
        ("s.ReduceLROnPlateau(o, verbose=True, factor=2)", "s.ReduceLROnPlateau(o, factor=2)"),
        ("s.StepLR(o, 1,\n  verbose=False)", "s.StepLR(o, 1)"),
        ("s.StepLR(o, 1,  # a\n  verbose=False)", "s.StepLR(o, 1,  # a\n  verbose=False)"),
        ("x, y = iter(loader).next()", "x, y = next(iter(loader))"),
    ],
)
def test_what_is_written(before: str, after: str) -> None:
    text = f"{HEADER}{before}\n"
    assert len(found(SYMBOL, text)) == 1
    assert fixed(SYMBOL, text, "torch") == f"{HEADER}{after}\n"


def test_an_iterator_that_a_name_holds() -> None:
    text = f"{HEADER}it = iter(loader)\nx = it.next()\n"
    assert fixed(SYMBOL, text, "torch") == text.replace("it.next()", "next(it)")


def test_the_fixtures_are_what_the_fixer_writes() -> None:
    (folder,) = evidence.generated_fixtures(SYMBOL, "torch")
    legacy = (folder / "legacy.py").read_text("utf-8")
    assert fixed(SYMBOL, legacy, "torch") == (folder / "torch.py").read_text("utf-8")
