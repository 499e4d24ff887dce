"""Tensors that a loop moves although nothing needs it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lintplugin import evidence
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "device-ping-pong"

HEADER = """\
import numpy as np
import torch
import torch.nn.functional as F
from data import loader, model, mystery, optimizer

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
w = torch.ones(3)
"""


def lines(text: str) -> list[int]:
    found = findings.found(SYMBOL, HEADER + dedent(text))
    return [one.span.line - HEADER.count("\n") for one in found]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            for x, y in loader:
                x, y = x.to(device), y.cuda()
                loss = F.cross_entropy(model(x), y)
                total += loss.cpu()
            """,
            id="batches",
        ),
        pytest.param(
            "w = w.to(device)\nfor x, y in loader:\n    model(x) * w.to(device)\n",
            id="moved before",
        ),
        pytest.param(
            "v = torch.ones(3, device=device)\nfor x in loader:\n    x * v.to(device)\n",
            id="made there",
        ),
        pytest.param(
            "def train(v):\n    for x in loader:\n        x * v.to(device)\n", id="not known where"
        ),
        pytest.param("for x in loader:\n    x * mystery.to(device)\n", id="not known to be one"),
        pytest.param("for x in loader:\n    x * w.to(torch.float64)\n", id="another type"),
        pytest.param("for x in loader:\n    w.to(device)\n", id="without effect"),
        pytest.param(
            "for i, x in enumerate(loader):\n    if i % 100 == 0:\n        x * w.to(device)\n",
            id="every hundredth step",
        ),
        pytest.param("for x in loader:\n    w += 1\n    x * w.to(device)\n", id="it changes"),
        pytest.param("for x in loader:\n    w.add_(1)\n    x * w.to(device)\n", id="in place"),
        pytest.param("for x in loader:\n    w[0] = 1\n    x * w.to(device)\n", id="an element"),
        pytest.param("for x in loader:\n    mystery(w)\n    x * w.to(device)\n", id="perhaps"),
        pytest.param(
            "v = torch.ones(3, requires_grad=True)\nfor x in loader:\n    x * v.to(device)\n",
            id="its graph ends with each step",
        ),
        pytest.param("for d in mystery:\n    found.append(w.to(d.device))\n", id="several devices"),
        pytest.param("for epoch in range(9):\n    x = w.to(device)\n    train(x)\n", id="epochs"),
        pytest.param(
            "for x in loader:\n    y = model(x).cpu()\n    show(y)\n    model(x.to(device))\n",
            id="only to the host",
        ),
        pytest.param(
            "for x in loader:\n    y = search(model(x).cpu())\n    model(y.to(device))\n",
            id="the host computes",
        ),
        pytest.param(
            "y = model(w).cpu()\nfor x in loader:\n    x * 2\nmodel(y.to(device))\n", id="no loop"
        ),
        pytest.param(
            "for x in loader:\n    model.cpu()\n    save(model)\n", id="a model that stays"
        ),
        pytest.param(
            """\
            for i, x in enumerate(loader):
                if i % 100 == 0:
                    model.cpu()
                    save(model)
                    model.to(device)
            """,
            id="a model, now and then",
        ),
        pytest.param(
            "for i, path in enumerate(paths):\n    path.to(device)\n    path.cpu()\n",
            id="another one each time",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("for x in loader:\n    x * w.to(device)\n", 2),
        ("for x in loader:\n    F.cross_entropy(x, x, weight=w.cuda())\n", 2),
        ("while mystery():\n    model(w.to(device=device, non_blocking=True))\n", 2),
        ("v = torch.from_numpy(np.ones(3)).float()\nfor x in loader:\n    v.cuda(0) + x\n", 3),
        ("def train():\n    for x in loader:\n        x * w.to('cuda')\n", 3),
        ("for x in loader:\n    y = model(x).cpu().to(device)\n", 2),
        ("for x in loader:\n    y = model(x).cpu()\n    z = model(y.to(device))\n", 3),
        ("for x in loader:\n    y = model(x).to('cpu')\n    z = model(y.cuda())\n", 3),
        (
            "for x in loader:\n    y = model(x).detach().cpu().numpy()\n"
            "    z = torch.from_numpy(y).to(device)\n",
            3,
        ),
        ("for x in loader:\n    y = torch.tensor(model(x).cpu().numpy()).cuda()\n", 2),
        ("for x in loader:\n    model.cpu()\n    save(model)\n    model.to(device)\n", 2),
    ],
)
def test_found(text: str, line: int) -> None:
    assert lines(text) == [line]


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (
            "for x in loader:\n    x * w.to(device)  # 1\n",
            "w_on_device = w.to(device)\nfor x in loader:\n    x * w_on_device  # 1\n",
        ),
        (
            "for x in loader:\n    v = w.cuda()\n    x * v\n",
            "v = w.cuda()\nfor x in loader:\n    x * v\n",
        ),
    ],
)
def test_it_is_moved_before_the_loop(text: str, fixed: str) -> None:
    assert findings.fixed(SYMBOL, HEADER + text) == HEADER + fixed


@pytest.mark.parametrize(
    "text",
    [
        "for x in loader:\n    y = model(x).cpu().to(device)\n",
        "for x in loader:\n    model.cpu()\n    save(model)\n    model.cuda()\n",
        "for x in loader: model(x * w.to(device))\n",
    ],
)
def test_the_rest_is_shown(text: str) -> None:
    (finding,) = findings.found(SYMBOL, HEADER + text)
    by_target = {fix.target: fix for fix in finding.fixes}
    assert by_target.keys() == {"tf2", "torch"}
    assert by_target["tf2"].applicability is Applicability.DISPLAY
    assert all(fix.evidence is not None for fix in finding.fixes)


def test_the_message_names_the_move_and_the_loop() -> None:
    (finding,) = findings.found(SYMBOL, HEADER + "for x in loader:\n    x * w.to( device )\n")
    line = HEADER.count("\n") + 1
    assert finding.message == (
        f"'w.to( device )' copies the same tensor at each step of the loop on line {line}: "
        "move it once, before it"
    )


def test_the_fixture_holds_what_the_fix_writes() -> None:
    (folder,) = evidence.generated_fixtures(SYMBOL, "torch")
    written = (folder / "torch.py").read_text("utf-8")
    assert findings.fixed(SYMBOL, (folder / "legacy.py").read_text("utf-8"), "torch") == written


@pytest.mark.parametrize("case", ["round-trip", "model"])
def test_the_fixtures_hold_what_is_found(case: str) -> None:
    folder = evidence.fixtures() / SYMBOL / case
    assert findings.found(SYMBOL, (folder / "legacy.py").read_text("utf-8"))
    assert not findings.found(SYMBOL, (folder / "torch.py").read_text("utf-8"))
