"""Programs that move one half where CUDA is there, and the other half always or never."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "device-half-guarded"

HEADER = """\
import torch
from torch import nn
from data import batches

use_cuda = torch.cuda.is_available()
model = nn.Linear(3, 4)

"""


def lines(text: str) -> list[int]:
    """Lines of the findings, counted in the text after the header."""
    found = findings.found(SYMBOL, HEADER + dedent(text))
    return [one.span.line - HEADER.count("\n") for one in found]


GUARDED = "if use_cuda:\n    model.cuda()\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("for x in batches:\n    model(x)\n", id="nothing is moved"),
        pytest.param(
            GUARDED + "for x in batches:\n    if use_cuda:\n        x = x.cuda()\n    model(x)\n",
            id="both",
        ),
        pytest.param(
            GUARDED + "for x in batches:\n    x = x.cuda() if use_cuda else x\n    model(x)\n",
            id="both, in a line",
        ),
        pytest.param("model.cuda()\nfor x in batches:\n    model(x.cuda())\n", id="neither asks"),
        pytest.param(GUARDED + "model(batches)\n", id="an input that is not known"),
        pytest.param(
            "if use_cuda:\n    model.cuda()\n    x = batches.cuda()\n    model(x)\n", id="one block"
        ),
        pytest.param(
            GUARDED + "assert use_cuda\nmodel(batches.cuda())\n", id="asked by an assertion"
        ),
        pytest.param(
            GUARDED
            + "def fetch(x):\n    return x.cuda()\nif use_cuda:\n    batches = fetch(batches)\n",
            id="a function behind the test",
        ),
        pytest.param(
            GUARDED
            + "class Prefetch:\n    def __init__(self, x):\n        self.x = x.cuda()\n"
            + "if use_cuda:\n    batches = Prefetch(batches)\n",
            id="a class behind the test",
        ),
        pytest.param(
            "if use_cuda:\n    model = nn.DataParallel(model).cuda()\nmodel(torch.ones(3))\n",
            id="DataParallel",
        ),
        pytest.param(
            GUARDED + "x = torch.ones(3).to(model.weight.device)\nmodel(x)\n", id="follows"
        ),
        pytest.param(
            "to_device(model)\nx = batches\nif use_cuda:\n    x = x.cuda()\nmodel(x)\n",
            id="a function that may move the model",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param(GUARDED + "for x in batches:\n    x = x.cuda()\n", [4], id="always"),
        pytest.param(
            """\
            import argparse
            args = argparse.ArgumentParser().parse_args()
            args.cuda = not args.no_cuda and torch.cuda.is_available()
            if args.cuda:
                model.cuda()
            for x in batches:
                model(x.cuda(non_blocking=True))
            """,
            [7],
            id="by an option",
        ),
        pytest.param(GUARDED + "x = torch.ones(2, 3)\nmodel(x)\n", [4], id="the model alone"),
        pytest.param(
            """\
            net = model.cuda() if torch.cuda.is_available() else model
            def run(net):
                return net(torch.ones(2, 3))
            run(net)
            """,
            [3],
            id="the model alone, in a line",
        ),
        pytest.param(
            "x = batches\nif use_cuda:\n    x = x.cuda()\nmodel(x)\n", [4], id="the input alone"
        ),
        pytest.param(
            """\
            def train(net):
                for x in batches:
                    if use_cuda:
                        x = x.cuda()
                    net(x)
            train(model)
            """,
            [5],
            id="the input alone, in a function",
        ),
    ],
)
def test_found(text: str, wanted: list[int]) -> None:
    assert lines(text) == wanted


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (
            "y = batches.cuda(non_blocking=True)\n",
            'y = batches.to("cuda" if torch.cuda.is_available() else "cpu", non_blocking=True)\n',
        ),
        (
            "model(torch.ones(3) * 2)\n",
            "model((torch.ones(3) * 2).to(next(model.parameters()).device))\n",
        ),
    ],
)
def test_the_other_half_follows(text: str, fixed: str) -> None:
    assert findings.fixed(SYMBOL, HEADER + GUARDED + text) == HEADER + GUARDED + fixed


def test_where_the_model_is_moved_is_left_to_the_reader() -> None:
    text = "x = batches\nif use_cuda:\n    x = x.cuda()\nmodel(x)\n"
    (finding,) = findings.found(SYMBOL, HEADER + text, "torch")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert fix.replacement == 'model.to("cuda" if torch.cuda.is_available() else "cpu")'
    assert "'model' stays on the CPU" in finding.message
