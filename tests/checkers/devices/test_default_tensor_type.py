"""A default type of tensors, and loaders under a default device."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lintplugin import evidence
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "device-default-tensor-type"

HEADER = """\
import torch
from torch.utils.data import DataLoader, RandomSampler, random_split

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
"""


def lines(text: str) -> list[int]:
    found = findings.found(SYMBOL, HEADER + dedent(text))
    return [one.span.line - HEADER.count("\n") for one in found]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("torch.set_default_dtype(torch.float64)\n", id="a default dtype"),
        pytest.param("torch.set_default_device(device)\nx = torch.ones(2)\n", id="a device"),
        pytest.param("torch.set_default_tensor_type(kind)\n", id="not written out"),
        pytest.param("loader = DataLoader(data, shuffle=True)\n", id="no default device"),
        pytest.param(
            "torch.set_default_device('cpu')\nloader = DataLoader(data, shuffle=True)\n",
            id="the CPU",
        ),
        pytest.param(
            """\
            torch.set_default_device(device)
            DataLoader(data)
            DataLoader(data, shuffle=False)
            DataLoader(data, shuffle=shuffles)
            DataLoader(data, shuffle=True, generator=torch.Generator(device))
            DataLoader(data, sampler=sampler)
            random_split(data, [3, 4], generator=generator)
            """,
            id="nothing is drawn, or by a generator",
        ),
        pytest.param(
            "with torch.device(device):\n    model = make()\nDataLoader(data, shuffle=True)\n",
            id="only the model",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("torch.set_default_device('cuda')\nDataLoader(data, shuffle=True)\n", [2]),
        ("torch.set_default_device(device)\nDataLoader(data, 32, shuffle=True)\n", [2]),
        ("torch.set_default_device(device)\nrandom_split(data, [3, 4])\n", [2]),
        ("torch.set_default_device(device)\nRandomSampler(data)\n", [2]),
        (
            "torch.set_default_tensor_type('torch.cuda.FloatTensor')\n"
            "torch.utils.data.DataLoader(data, shuffle=True)\n",
            [1, 2],
        ),
    ],
)
def test_what_draws_under_a_default_device(text: str, found: list[int]) -> None:
    assert lines(text) == found


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (
            "torch.set_default_tensor_type(torch.DoubleTensor)\n",
            "torch.set_default_dtype(torch.float64)\n",
        ),
        (
            "torch.set_default_tensor_type('torch.FloatTensor')  # 1\n",
            "torch.set_default_dtype(torch.float32)  # 1\n",
        ),
        (
            "from torch import set_default_tensor_type as f\nf(torch.HalfTensor)\n",
            "from torch import set_default_tensor_type as f\n"
            "torch.set_default_dtype(torch.float16)\n",
        ),
    ],
)
def test_a_type_of_the_cpu_is_an_element_type(text: str, fixed: str) -> None:
    assert findings.fixed(SYMBOL, HEADER + text) == HEADER + fixed


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (
            "torch.set_default_tensor_type('torch.cuda.FloatTensor')\n",
            "torch.set_default_device(device)\n",
        ),
        (
            "torch.set_default_tensor_type(torch.cuda.DoubleTensor)\n",
            "torch.set_default_device(device); torch.set_default_dtype(torch.float64)\n",
        ),
        (
            "if args.cuda:\n    torch.set_default_tensor_type('torch.cuda.FloatTensor')\n",
            'if args.cuda:\n    torch.set_default_device("cuda")\n',
        ),
    ],
)
def test_a_type_of_cuda_is_a_device_too(text: str, fixed: str) -> None:
    assert findings.fixed(SYMBOL, HEADER + text) == HEADER + text
    applied = (Applicability.UNSAFE,)
    assert findings.fixed(SYMBOL, HEADER + text, applied=applied) == HEADER + fixed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "torch.set_default_tensor_type('torch.cuda.FloatTensor')\n",
            "torch.set_default_tensor_type(torch.cuda.FloatTensor) raises without CUDA: "
            "use torch.set_default_device(device)",
        ),
        (
            "if cuda:\n    torch.set_default_tensor_type('torch.cuda.FloatTensor')\n",
            "torch.set_default_tensor_type(torch.cuda.FloatTensor) is deprecated: "
            "use torch.set_default_device(device)",
        ),
        (
            "DataLoader(data, shuffle=True)\ntorch.set_default_device('cuda')\n",
            "DataLoader draws with a generator of the CPU, and raises on the GPU that line 6 makes "
            "the default: make the model in 'with torch.device(device):' instead",
        ),
    ],
)
def test_the_message_says_what_to_use(text: str, message: str) -> None:
    (finding,) = findings.found(SYMBOL, HEADER + text)
    assert finding.message == message
    assert {fix.target for fix in finding.fixes} == {"tf2", "torch"}
    assert all(fix.evidence is not None for fix in finding.fixes)


@pytest.mark.parametrize("case", ["cuda", "dtype"])
def test_the_fixture_holds_what_the_fix_writes(case: str) -> None:
    folder = evidence.fixtures() / SYMBOL / case
    applied = (Applicability.SAFE, Applicability.UNSAFE)
    legacy = (folder / "legacy.py").read_text("utf-8")
    written = (folder / "torch.py").read_text("utf-8")
    assert findings.fixed(SYMBOL, legacy, "torch", applied=applied) == written


def test_the_fixture_holds_a_loader_that_is_found() -> None:
    legacy = (evidence.fixtures() / SYMBOL / "loader" / "legacy.py").read_text("utf-8")
    assert findings.found(SYMBOL, legacy)
