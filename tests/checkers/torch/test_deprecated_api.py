"""Names of PyTorch that warn."""

from __future__ import annotations

import pytest
from lintplugin.checkers.torch.deprecated_api import ROWS

from tests.checkers.findings import fixed, found

SYMBOL = "torch-deprecated-api"


@pytest.mark.parametrize(
    "text",
    [
        "import torch\na = torch.arange(0, 5)",
        "import torch\nfor i in range(3): torch.sigmoid(x)",
        "import torch.nn as nn\nnn.init.xavier_uniform_(w)",
        "import torch.nn.functional as F\nF.interpolate(F.tanh(F.sigmoid(x)), size=3)",
        "import torch\nwith torch.amp.autocast('cuda'): pass",
        "import numpy as np\nnp.linalg.qr(x)",
        "from torch import nn\nnorm = nn.utils.weight_norm\n"
        "if hasattr(nn.utils.parametrizations, 'weight_norm'):\n"
        "    norm = nn.utils.parametrizations.weight_norm",
        "import torch\nx = numpy.ones(3)\nx.resize(4)\nmodel.lu(x)",
        "import torch\nfrom own import _TORCH_GREATER_EQUAL_2_4\n"
        "s = torch.amp.GradScaler() if _TORCH_GREATER_EQUAL_2_4 else torch.cuda.amp.GradScaler()",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, f"{text}\n") == []


HEADER = """\
import math
import torch
from torch import nn
import torch.nn.functional as F
from torch.nn import init
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("init.xavier_uniform(w)", "torch.nn.init.xavier_uniform_(w)"),
        ("nn.init.normal(w, std=0.1)", "torch.nn.init.normal_(w, std=0.1)"),
        ("init.constant(w, 0)  # b", "torch.nn.init.constant_(w, 0)  # b"),
        ("F.upsample(x, scale_factor=2)", "F.interpolate(x, scale_factor=2)"),
        (
            "F.upsample_bilinear(x, 3)",
            "F.interpolate(x, size=3, mode='bilinear', align_corners=True)",
        ),
        ("nn.utils.clip_grad_norm(p, 0.25)", "torch.nn.utils.clip_grad_norm_(p, 0.25)"),
        ("with torch.cuda.amp.autocast(): f()", "with torch.amp.autocast('cuda'): f()"),
        ("s = torch.cuda.amp.GradScaler()", "s = torch.amp.GradScaler('cuda')"),
        ("q, r = torch.qr(x)", "q, r = torch.linalg.qr(x, mode='reduced')"),
        ("c = torch.cholesky(x)", "c = torch.linalg.cholesky(x)"),
        (
            "q, r = torch.ones(2, 3).qr(False)",
            "q, r = torch.linalg.qr(torch.ones(2, 3), mode='complete')",
        ),
        (
            "c = torch.eye(3).t().cholesky()",
            "c = torch.linalg.cholesky(torch.eye(3).t())",
        ),
        ("y = torch.ones(6).resize(2, 3)", "y = torch.ones(6).resize(2, 3)"),
        ("y = torch.ones(6).storage()", "y = torch.ones(6).storage()"),
    ],
)
def test_what_is_written(before: str, after: str) -> None:
    text = f"{HEADER}{before}\n"
    assert [one.span.line for one in found(SYMBOL, text, "torch")] == [6]
    assert fixed(SYMBOL, text, "torch") == f"{HEADER}{after}\n"


@pytest.mark.executes
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("start", "end", "step"),
    [(0, 5, 2), (0, 6, 2), (5, 0, -2), (0.1, 0.95, 0.17), (1, 1, 1), (0, 1, 0.1), (-3, 3.7, 0.7)],
)
def test_a_range_has_its_end(start: float, end: float, step: float) -> None:
    """What the fixer writes has the same elements, which ``end + step`` gets wrong."""
    torch = pytest.importorskip("torch")
    call = f"torch.range({start}, {end}, {step})"
    written = fixed(SYMBOL, f"{HEADER}a = {call}\n", "torch").splitlines()[-1].removeprefix("a = ")
    assert written != call
    names = {"torch": torch, "math": __import__("math")}
    old, new = (eval(one, names) for one in (call, written))
    assert old.dtype == new.dtype
    assert old.tolist() == pytest.approx(new.tolist())


@pytest.mark.executes
@pytest.mark.filterwarnings("ignore:.*CUDA")
def test_every_name_warns() -> None:
    torch = pytest.importorskip("torch")
    assert set(ROWS) == set(_CALLS)
    for call in _CALLS.values():
        with pytest.warns(Warning, match=r"deprecated|renamed"):
            eval(call, {"torch": torch, "x": torch.rand(1, 1, 4, 4), "m": torch.eye(3)})


_MATRIX = ("qr", "cholesky", "chain_matmul", "lu")
_CALLS = {
    **{f"torch.{name}": f"torch.{name}(m)" for name in _MATRIX},
    "torch.lu_solve": "torch.lu_solve(m, *torch.linalg.lu_factor(m))",
    "torch.triangular_solve": "torch.triangular_solve(m, m)",
    "torch.range": "torch.range(0, 2)",
    "torch.Tensor.resize": "m.resize(1, 9)",
    "torch.Tensor.resize_as": "m.resize_as(m)",
    "torch.Tensor.storage": "m.storage()",
    "torch.nn.functional.upsample": "torch.nn.functional.upsample(x, 2)",
    "torch.nn.functional.upsample_nearest": "torch.nn.functional.upsample_nearest(x, 2)",
    "torch.nn.functional.upsample_bilinear": "torch.nn.functional.upsample_bilinear(x, 2)",
    "torch.nn.NLLLoss2d": "torch.nn.NLLLoss2d()",
    **{
        f"torch.nn.init.{name}": f"torch.nn.init.{name}({arguments})"
        for name, arguments in {
            "uniform": "m",
            "normal": "m",
            "constant": "m, 1.0",
            "eye": "m",
            "dirac": "x",
            "xavier_uniform": "m",
            "xavier_normal": "m",
            "kaiming_uniform": "m",
            "kaiming_normal": "m",
            "orthogonal": "m",
            "sparse": "m, 0.5",
        }.items()
    },
    "torch.nn.utils.clip_grad_norm": "torch.nn.utils.clip_grad_norm([m], 1.0)",
    "torch.nn.utils.weight_norm": "torch.nn.utils.weight_norm(torch.nn.Linear(2, 2))",
    "torch.cuda.amp.autocast": "torch.cuda.amp.autocast()",
    "torch.cpu.amp.autocast": "torch.cpu.amp.autocast()",
    "torch.cuda.amp.GradScaler": "torch.cuda.amp.GradScaler()",
    "torch.cuda.memory_cached": "torch.cuda.memory_cached()",
    "torch.cuda.max_memory_cached": "torch.cuda.max_memory_cached()",
    "torch.testing.assert_allclose": "torch.testing.assert_allclose(m, m)",
}
