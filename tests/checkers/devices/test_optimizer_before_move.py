"""Optimisers that are made before their model moves."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "device-optimizer-before-move"

HEADER = """\
import torch
from torch import nn, optim

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model = nn.Linear(3, 4)

"""


def lines(text: str) -> list[int]:
    """Lines of the findings, counted in the text after the header."""
    found = findings.found(SYMBOL, HEADER + dedent(text))
    return [one.span.line - HEADER.count("\n") for one in found]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "optimizer = optim.Adam(model.parameters())\nmodel.to(device)\n", id="no state yet"
        ),
        pytest.param(
            "optimizer = optim.SGD(model.parameters(), lr=1)\nmodel = model.cuda()\n", id="SGD"
        ),
        pytest.param("o = optim.Adam(model.parameters())\nmodel.half()\n", id="another type"),
        pytest.param("model.to(device)\no = optim.Adagrad(model.parameters())\n", id="in order"),
        pytest.param("o = optim.Adagrad(model.parameters())\nmodel.to('cpu')\n", id="to the CPU"),
        pytest.param(
            "o = optim.Adagrad(model.parameters())\nmodel.to(torch.float64)\n", id="to a type"
        ),
        pytest.param(
            "model.to(device)\no = optim.Adagrad(model.parameters())\nmodel.to(device)\n",
            id="moved before",
        ),
        pytest.param(
            "o = optim.Adagrad(model.parameters())\nmodel = nn.Linear(4, 5)\nmodel.to(device)\n",
            id="another model",
        ),
        pytest.param(
            """\
            o = optim.Adam(model.parameters())
            model.to(device)
            o.load_state_dict(state)
            """,
            id="loaded after the move",
        ),
        pytest.param(
            "model.to_empty(device=device)\no = optim.Adam(model.parameters())\n", id="to_empty"
        ),
        pytest.param("o = Adagrad(model.parameters())\nmodel.to(device)\n", id="another Adagrad"),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        pytest.param(
            "o = optim.Adagrad(model.parameters(), lr=1)\nmodel.to(device)\n", "state", id="Adagrad"
        ),
        pytest.param(
            "o = optim.Adagrad(params=model.parameters())\nif cuda:\n    model = model.cuda()\n",
            "state",
            id="by keyword, under a condition",
        ),
        pytest.param(
            "o = optim.Adam(model.parameters())\no.load_state_dict(state)\nmodel.to(device)\n",
            "line 2",
            id="a state that is loaded",
        ),
        pytest.param(
            "o = optim.SGD(model.parameters(), lr=1)\nmodel.to_empty(device=device)\n",
            "to_empty",
            id="to_empty",
        ),
        pytest.param(
            "torch.__future__.set_overwrite_module_params_on_conversion(True)\n"
            "o = optim.SGD(model.parameters(), lr=1)\nmodel.double()\n",
            "new ones",
            id="parameters that are overwritten",
        ),
    ],
)
def test_found(text: str, effect: str) -> None:
    (finding,) = findings.found(SYMBOL, HEADER + text)
    assert effect.replace("line 2", "line 8") in finding.message


def test_the_move_goes_first() -> None:
    text = f"{HEADER}o = optim.Adagrad(model.parameters())\nlr = 1\nmodel.to(device)\nstep()\n"
    wanted = f"{HEADER}model.to(device)\no = optim.Adagrad(model.parameters())\nlr = 1\nstep()\n"
    assert findings.fixed(SYMBOL, text) == wanted


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ("if cuda:\n    model.cuda()\n", "different blocks"),
        ("model.cuda()  # at last\n", "something else"),
        ("where = 'cuda'\nmodel.to(where)\n", "not there yet"),
    ],
)
def test_what_cannot_move_is_only_shown(after: str, reason: str) -> None:
    (finding,) = findings.found(SYMBOL, f"{HEADER}o = optim.Adagrad(model.parameters())\n{after}")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert reason in fix.reason
    assert fix.evidence is not None
