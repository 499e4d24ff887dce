"""Steps of schedulers in their old place."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from lintplugin.edits import Applicability
from tests.checkers.findings import fixed, found

SYMBOL = "torch-scheduler-step"
HEADER = """\
import torch
from torch.optim import lr_scheduler
optimizer = torch.optim.SGD(parameters, lr=0.1)
scheduler = lr_scheduler.StepLR(optimizer, 2)
def train():
    for batch in loader:
        loss(batch).backward()
        optimizer.step()
"""


def lines(text: str) -> list[int]:
    return [one.span.line - 8 for one in found(SYMBOL, f"{HEADER}{text}\n")]


@pytest.mark.parametrize(
    "text",
    [
        "for epoch in range(3):\n    train()\n    scheduler.step()",
        "for epoch in range(3):\n    scheduler.step()\n    evaluate()",
        "for epoch in range(3):\n    if epoch: scheduler.step()\n    train()",
        "for epoch in range(3):\n    schedule.step()\n    train()",
        "plateau = lr_scheduler.ReduceLROnPlateau(optimizer)\n"
        "for epoch in range(3):\n    plateau.step(loss)\n    train()",
        "warm = lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 5)\n"
        "for epoch in range(3):\n    warm.step(epoch)\n    train()",
        "scheduler.step()\nfor epoch in range(3):\n    train()",
        "rate = scheduler.get_last_lr()",
        "rate = model.get_lr()",
        "for epoch in range(3):\n    optimizer.step()\n    train()",
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (
            "for epoch in range(3):\n    scheduler.step()  # new\n    train()\n",
            "",
            Applicability.DISPLAY,
        ),
        (
            "for epoch in range(3):\n    scheduler.step()\n    train()\n",
            "for epoch in range(3):\n    train()\n    scheduler.step()\n",
            Applicability.UNSAFE,
        ),
        (
            "for epoch in range(3):\n    scheduler.step(epoch)\n    train()\nsave()",
            "for epoch in range(3):\n    train()\n    scheduler.step()\nsave()",
            Applicability.SAFE,
        ),
        (
            "for epoch in range(1, 3):\n    scheduler.step(epoch)\n    train()\n",
            "",
            Applicability.DISPLAY,
        ),
        (
            "for epoch in range(3):\n    scheduler.step()\n    if epoch: continue\n    train()\n",
            "",
            Applicability.DISPLAY,
        ),
        (
            "for epoch in range(3):\n    train()\n    scheduler.step(epoch)\n",
            "",
            Applicability.DISPLAY,
        ),
        (
            "def main():\n    for epoch in range(3):\n        scheduler.step()\n"
            "        for a in loader:\n            if a: continue\n            optimizer.step()",
            "def main():\n    for epoch in range(3):\n        for a in loader:\n"
            "            if a: continue\n            optimizer.step()\n        scheduler.step()",
            Applicability.UNSAFE,
        ),
        ("print(scheduler.get_lr())", "print(scheduler.get_last_lr())", Applicability.SAFE),
    ],
)
def test_what_is_written(before: str, after: str, kind: Applicability) -> None:
    (finding,) = found(SYMBOL, HEADER + before, "torch")
    assert finding.fixes[0].applicability is kind
    assert fixed(SYMBOL, HEADER + before, "torch", applied=(kind,)) == HEADER + (after or before)


def test_the_fixtures_are_what_the_fixer_writes() -> None:
    kinds = (Applicability.SAFE, Applicability.UNSAFE)
    (folder,) = evidence.generated_fixtures(SYMBOL, "torch")
    legacy = (folder / "legacy.py").read_text("utf-8")
    wanted = (folder / "torch.py").read_text("utf-8")
    assert fixed(SYMBOL, legacy, "torch", applied=kinds) == wanted
