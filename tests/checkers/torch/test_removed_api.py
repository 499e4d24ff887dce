"""Names that PyTorch no longer has."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest
from lintplugin.checkers.torch.removed_api import METHODS, ROWS

from lintplugin import signatures
from lintplugin.edits import Applicability
from tests.checkers.findings import fixed, found

SYMBOL = "torch-removed-api"


def lines(text: str) -> list[int]:
    return [one.span.line for one in found(SYMBOL, f"{text}\n")]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import torch\na = torch.fft.rfft(x)", id="the module torch.fft"),
        pytest.param("import torch.fft\nfrom torch.fft import rfft\na = rfft(x)", id="imports"),
        pytest.param("import torch\na = torch.linalg.solve(x, y)", id="what is right"),
        pytest.param("import torch\na = torch.tensor([1.0])", id="torch.tensor, called"),
        pytest.param("import numpy as np\na = np.linalg.matrix_rank(x)", id="NumPy"),
        pytest.param(
            "import torch\nif hasattr(torch, 'rfft'):\n    a = torch.rfft(x, 1)", id="asked"
        ),
        pytest.param("try:\n    import torch._six\nexcept ImportError:\n    pass", id="guarded"),
        pytest.param("from mine import torch\na = torch.symeig(x)", id="another torch"),
        pytest.param("import torch\na = equation.solve(x)", id="a method of who knows what"),
        pytest.param("import torch\nx = read(torch.ones(2))\nx.fft(1)", id="no tensor for sure"),
        pytest.param("model = make()\ny = model(x)\ny.solve()", id="no PyTorch"),
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "import torch\na = torch.symeig(x)",
        "import torch as t\na = t.gesv(b, x)",
        "from torch import potrf\na = potrf(x)",
        "import torch\na = torch.fft(x, 1)",
        "import torch\nf = torch.rfft\nf(x, 1)",
        "import os\nimport torch.legacy.nn as nn",
        "from os import path\nfrom torch.utils.ffi import create_extension",
        "import math\nfrom torch._six import inf\nprint(inf)",
        "import math\nfrom torch.autograd.gradcheck import zero_gradients\nzero_gradients(x)",
        "from torch import nn\nnn.functional.nll_loss2d(x, y)",
        "import torch\nx = torch.randn(3, 3)\nx.btrifact()",
        "import torch\ndef f(x: torch.Tensor): return x.symeig()",
        "import torch\np = torch.softmax(x, 1).multinomial(1); p.reinforce(reward)",
    ],
)
def test_found(text: str) -> None:
    assert {2, 3} >= set(lines(text)) != set()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "e, v = torch.symeig(a, eigenvectors=True)",
            "e, v = torch.linalg.eigh(a, UPLO='U')",
        ),
        ("e, v = torch.symeig(a, True, False)", "e, v = torch.linalg.eigh(a, UPLO='L')"),
        ("u = torch.potrf(a)", "u = torch.linalg.cholesky(a, upper=True)"),
        ("u = torch.potrf(a, upper=False)", "u = torch.linalg.cholesky(a, upper=False)"),
        (
            "x, lu = torch.gesv(b, a)",
            "x, lu = (torch.linalg.solve(a, b), torch.linalg.lu_factor(a)[0])",
        ),
        (
            "y = torch.rfft(x, d)",
            "y = torch.view_as_real(torch.fft.rfftn(x, dim=tuple(range(-d, 0)), norm='backward'))",
        ),
        ("e, v = torch.eig(a, eigenvectors=True)", "e, v = torch.eig(a, eigenvectors=True)"),
        (
            "a = torch.ones(2, 2); u = (a + 1).potrf(False)",
            "a = torch.ones(2, 2); u = torch.linalg.cholesky(a + 1, upper=False)",
        ),
        (
            "e, v = torch.diag(a).t().symeig(upper=False, eigenvectors=True)",
            "e, v = torch.linalg.eigh(torch.diag(a).t(), UPLO='L')",
        ),
    ],
)
def test_what_is_written(before: str, after: str) -> None:
    assert fixed(SYMBOL, f"import torch\n{before}\n", "torch") == f"import torch\n{after}\n"


def test_a_name_is_not_reported_as_a_misspelt_one_too() -> None:
    text = "import torch.nn.functional as F\nF.nll_loss2d(x, y)\n"
    assert found("torch-unknown-name", text) == []
    (finding,) = found(SYMBOL, text)
    assert finding.fixes[-1].applicability is Applicability.SAFE


@pytest.mark.executes
@pytest.mark.filterwarnings("ignore")
def test_every_name_is_gone() -> None:
    """The installed PyTorch lacks it, or calling it raises."""
    torch = pytest.importorskip("torch")
    assert torch.__version__.partition("+")[0] == "2.13.0"
    for name in [*ROWS, *(f"torch.Tensor.{name}" for name in METHODS)]:
        there = _look_up(name)
        if there is None:
            assert signatures.legacy_entry(name) is None, name
        elif isinstance(there, ModuleType):
            assert not callable(there)
        else:
            taken = 2 if name.endswith((".lstsq", ".solve", ".reinforce")) else 1
            arguments = [torch.ones(2, 2)] * taken
            with pytest.raises(RuntimeError, match=r"removed|deprecated"):
                there(*arguments)


def _look_up(name: str) -> object:
    found: object = importlib.import_module("torch")
    path = "torch"
    for part in name.split(".")[1:]:
        path = f"{path}.{part}"
        if hasattr(found, part):
            found = getattr(found, part)
            continue
        try:
            found = importlib.import_module(path)
        except ImportError:
            return None
    return found
