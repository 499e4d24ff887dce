"""`nn.DataParallel`, and what its wrapper hides."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lintplugin import evidence
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "device-data-parallel"

HEADER = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(x)

    def scores(self, x):
        return self(x)

    def train(self, mode=True):
        return super().train(mode)

"""

WRAPPED = HEADER + "model = nn.DataParallel(Net())\n"

CHOSEN = HEADER + dedent(
    """\
    model = Net()
    if torch.cuda.device_count() > 1:
        model = nn.DataParallel(model)
    """
)


def lines(text: str, header: str = HEADER) -> list[int]:
    found = findings.found(SYMBOL, header + dedent(text))
    return [one.span.line - header.count("\n") for one in found]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            from torch.nn.parallel import DistributedDataParallel
            net = DistributedDataParallel(Net()) if distributed else nn.DataParallel(Net())
            """,
            id="both",
        ),
        pytest.param("net = Net()\nnet.fc(x)\ntorch.save(net.state_dict(), p)\n", id="no wrapper"),
        pytest.param("if isinstance(net, nn.DataParallel):\n    net = net.module\n", id="asks"),
        pytest.param(
            "net = nn.DataParallel(Net())\nnet.module.fc(x)\n"
            "torch.save(net.module.state_dict(), p)\n",
            id="what is inside",
        ),
        pytest.param("def wrapped(net):\n    return nn.DataParallel(net)\n", id="a strategy"),
        pytest.param("from other import DataParallel\nnet = DataParallel(Net())\n", id="another"),
        pytest.param(
            "net = nn.DataParallel(Net())\nstate = {k.replace('module.', ''): v for k, v in s}\n",
            id="takes the prefix away",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("model.train()\nmodel.forward(x)\nmodel.device_ids\n", id="its own"),
        pytest.param("model.parameters()\nmodel.other(x)\n", id="not of the class"),
        pytest.param("model.fc = nn.Linear(3, 2)\n", id="assigned"),
        pytest.param(
            "torch.save(model.state_dict(), p)\nmodel.load_state_dict(torch.load(p))\n",
            id="loaded by the wrapper",
        ),
        pytest.param("def f(model):\n    model.fc(x)\n", id="a parameter"),
    ],
)
def test_uses_that_are_left_alone(text: str) -> None:
    assert lines(text, WRAPPED) == [0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("net = nn.DataParallel(Net())\n", 1),
        ("net = torch.nn.DataParallel(Net(), device_ids=[0, 1]).cuda()\n", 1),
        ("from torch.nn.parallel import DataParallel as DP\nnet = DP(module=Net())\n", 2),
        ("net.features = nn.DataParallel(net.features)\n", 1),
        ("if many:\n    net = nn.DataParallel(net)\n", 2),
        ("class T:\n    def __init__(self, net):\n        self.net = nn.DataParallel(net)\n", 3),
    ],
)
def test_a_wrapper_is_found(text: str, line: int) -> None:
    (finding,) = findings.found(SYMBOL, HEADER + text)
    assert finding.span.line - HEADER.count("\n") == line
    assert finding.message == (
        "nn.DataParallel copies the model for each batch, in one process: "
        "use nn.parallel.DistributedDataParallel"
    )
    assert [fix.applicability for fix in finding.fixes] == [Applicability.DISPLAY] * 2
    assert all(fix.evidence is not None for fix in finding.fixes)


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("model.fc(x)\n", "model.module.fc(x)\n"),
        ("y = model.scores(x)\n", "y = model.module.scores(x)\n"),
        (
            "model = nn.DataParallel(Net()).cuda()\nmodel.fc.weight\n",
            "model = nn.DataParallel(Net()).cuda()\nmodel.module.fc.weight\n",
        ),
    ],
)
def test_attributes_are_reached_inside(text: str, fixed: str) -> None:
    assert findings.fixed(SYMBOL, WRAPPED + text) == WRAPPED + fixed


@pytest.mark.parametrize(
    ("header", "text", "fixed"),
    [
        (
            WRAPPED,
            "torch.save(model.state_dict(), p)\n",
            "torch.save(model.module.state_dict(), p)\n",
        ),
        (
            WRAPPED,
            "torch.save({'net': model.state_dict(), 'epoch': 3}, p)\n",
            "torch.save({'net': model.module.state_dict(), 'epoch': 3}, p)\n",
        ),
        (
            CHOSEN,
            "torch.save(model.state_dict(), p)\n",
            'torch.save(getattr(model, "module", model).state_dict(), p)\n',
        ),
    ],
)
def test_a_checkpoint_without_the_prefix_is_unsafe(header: str, text: str, fixed: str) -> None:
    assert findings.fixed(SYMBOL, header + text) == header + text
    applied = (Applicability.UNSAFE,)
    assert findings.fixed(SYMBOL, header + text, applied=applied) == header + fixed


def test_where_only_some_machines_wrap_it_is_shown() -> None:
    _, finding = findings.found(SYMBOL, CHOSEN + "model.fc(x)\n")
    assert finding.message == (
        "nn.DataParallel has no attribute 'fc', where it wraps the model: write model.module.fc"
    )
    assert [fix.applicability for fix in finding.fixes] == [Applicability.DISPLAY] * 2


@pytest.mark.parametrize("case", ["attribute", "checkpoint"])
def test_the_fixture_holds_what_the_fix_writes(case: str) -> None:
    folder = evidence.fixtures() / SYMBOL / case
    applied = (Applicability.SAFE, Applicability.UNSAFE)
    legacy = (folder / "legacy.py").read_text("utf-8")
    written = (folder / "torch.py").read_text("utf-8")
    assert findings.fixed(SYMBOL, legacy, "torch", applied=applied) == written
