"""`torch.load` without `map_location`."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lintplugin import evidence
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "device-load-without-map-location"

HEADER = """\
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model = nn.Linear(3, 2).to(device)
"""


def lines(text: str, header: str = HEADER) -> list[int]:
    found = findings.found(SYMBOL, header + dedent(text))
    return [one.span.line - header.count("\n") for one in found]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("model.load_state_dict(torch.load(p, map_location=device))\n", id="given"),
        pytest.param("model.load_state_dict(torch.load(p, 'cpu'))\n", id="by position"),
        pytest.param(
            "model.load_state_dict(torch.load(p, lambda storage, location: storage))\n",
            id="a function",
        ),
        pytest.param("model.load_state_dict(torch.load(p, **options))\n", id="perhaps given"),
        pytest.param("model.load_state_dict(torch.load(*options))\n", id="perhaps given, too"),
        pytest.param("words = torch.load('vocabulary.pt')\nprint(len(words))\n", id="data"),
        pytest.param("scheduler.load_state_dict(torch.load(p))\n", id="numbers of Python"),
        pytest.param(
            """\
            torch.save(model.state_dict(), "best.pt")
            model.load_state_dict(torch.load("best.pt"))
            """,
            id="saved by the same program",
        ),
        pytest.param(
            """\
            def train():
                with open(args.save, "wb") as f:
                    torch.save(model.state_dict(), f)

            train()
            with open(args.save, "rb") as f:
                model.load_state_dict(torch.load(f))
            """,
            id="saved by the same program, through a file object",
        ),
        pytest.param(
            """\
            model.load_state_dict(torch.load(args.model))
            model.eval().cpu()
            torch.save(model.state_dict(), "out.pt")
            """,
            id="models are saved from the CPU",
        ),
        pytest.param(
            """\
            if torch.cuda.is_available():
                model.load_state_dict(torch.load(p))
            else:
                model.load_state_dict(torch.load(p, map_location="cpu"))
            """,
            id="asked for the device",
        ),
        pytest.param(
            """\
            with torch.serialization.safe_globals([nn.Linear]):
                model = torch.load(p, "cpu")
            """,
            id="globals that are safe",
        ),
        pytest.param(
            "import torch.distributed.fsdp\nmodel.load_state_dict(torch.load(p))\n", id="FSDP"
        ),
        pytest.param(
            "torch.set_default_device(device)\nmodel.load_state_dict(torch.load(p))\n",
            id="a default device",
        ),
        pytest.param("model = torch.jit.load(p)\nmodel.eval()\n", id="TorchScript"),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "model.load_state_dict(torch.load('model.pt'))\n",
        "checkpoint = torch.load('model.pt')\nmodel.load_state_dict(checkpoint['state_dict'])\n",
        "model = torch.load('model.pt', weights_only=False)\nmodel.eval()\n",
    ],
)
def test_a_program_without_devices_is_left_alone(text: str) -> None:
    assert lines(text, "import torch\nmodel = torch.nn.Linear(3, 2)\n") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("model.load_state_dict(torch.load('model.pt'))\n", 1),
        ("model.load_state_dict(torch.load('model.pt', weights_only=True))\n", 1),
        ("from torch import load\nmodel.load_state_dict(state_dict=load(p))\n", 2),
        ("import torch as t\nt.nn.Linear(3, 2).load_state_dict(t.load(p), strict=False)\n", 2),
        ("checkpoint = torch.load(p)\nmodel.load_state_dict(checkpoint['state_dict'])\n", 1),
        ("state = torch.load(p)['net']\nmodel.load_state_dict(state)\n", 1),
        ("saved = torch.load(p)\nstate = saved['net']\nmodel.load_state_dict(state)\n", 1),
        ("with open(p, 'rb') as f:\n    optimizer.load_state_dict(torch.load(f))\n", 2),
        ("def restore(net, p):\n    net.load_state_dict(torch.load(p))\n", 2),
        ("net = torch.load(p)\nnet.eval()\n", 1),
        ("net = torch.load(p, weights_only=False)\nprint(net(x))\n", 1),
        ("net = torch.load(p)['model'].to(device)\n", None),
        ("net = torch.load(p)['model'].eval()\n", 1),
        (
            "def save(net, p):\n    torch.save(net.state_dict(), p)\n"
            "def load(net, p):\n    net.load_state_dict(torch.load(p))\n",
            4,
        ),
        (
            "torch.save(model.state_dict(), q)\nmodel.load_state_dict(torch.load(p))\n"
            "print(model(x).cpu())\n",
            2,
        ),
    ],
)
def test_found(text: str, line: int | None) -> None:
    assert lines(text) == ([line] if line else [])


def test_a_pickled_model_is_found_on_the_cpu_too() -> None:
    (finding,) = findings.found(SYMBOL, "import torch\nmodel = torch.load('m.pt')\nmodel.eval()\n")
    assert finding.message == (
        "torch.load('m.pt') raises UnpicklingError for a pickled model since PyTorch 2.6: "
        "pass weights_only=False"
    )


def test_the_message_names_the_file_and_what_to_pass() -> None:
    (finding,) = findings.found(SYMBOL, HEADER + "model.load_state_dict(torch.load(p))\n")
    assert finding.message == (
        "torch.load(p) needs the device that the checkpoint was saved from, and raises where that "
        "GPU is missing: pass map_location"
    )


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (
            "model.load_state_dict(torch.load(p))\n",
            'model.load_state_dict(torch.load(p, map_location="cpu"))\n',
        ),
        (
            "saved = torch.load(\n    p,  # the best\n)\n"
            "model.load_state_dict(saved['net'])\nprint(saved['epoch'], saved.keys())\n",
            'saved = torch.load(\n    p, map_location="cpu",  # the best\n)\n'
            "model.load_state_dict(saved['net'])\nprint(saved['epoch'], saved.keys())\n",
        ),
    ],
)
def test_a_state_is_loaded_to_the_host(text: str, fixed: str) -> None:
    assert findings.fixed(SYMBOL, HEADER + text) == HEADER + fixed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "saved = torch.load(p)\nmodel.load_state_dict(saved['net'])\nprint(saved['hidden'])\n",
            'torch.load(p, map_location="cpu")',
        ),
        (
            "net = torch.load(p)\nnet.eval()\n",
            "torch.load(p, map_location=device, weights_only=False)",
        ),
    ],
)
def test_what_may_change_more_is_unsafe(text: str, shown: str) -> None:
    assert findings.fixed(SYMBOL, HEADER + text) == HEADER + text
    (finding,) = findings.found(SYMBOL, HEADER + text, "torch")
    (fix,) = finding.fixes
    assert (fix.applicability, fix.replacement) == (Applicability.UNSAFE, shown)
    assert fix.reason


def test_tensorflow_is_shown() -> None:
    (finding,) = findings.found(SYMBOL, HEADER + "model.load_state_dict(torch.load(p))\n", "tf2")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.DISPLAY
    assert fix.evidence is not None


@pytest.mark.parametrize("case", ["state", "model"])
def test_the_fixture_holds_what_the_fix_writes(case: str) -> None:
    folder = evidence.fixtures() / SYMBOL / case
    applied = (Applicability.SAFE, Applicability.UNSAFE)
    legacy = (folder / "legacy.py").read_text("utf-8")
    written = (folder / "torch.py").read_text("utf-8")
    assert findings.fixed(SYMBOL, legacy, "torch", applied=applied) == written
