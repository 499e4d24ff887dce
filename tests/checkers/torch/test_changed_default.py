"""Calls that count on a default that changed or goes."""

from __future__ import annotations

import pytest

from lintplugin import evidence
from lintplugin.edits import Applicability
from tests.checkers.findings import fixed, found

SYMBOL = "torch-changed-default"
HEADER = """\
import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint
"""


@pytest.mark.parametrize(
    "text",
    [
        "F.grid_sample(x, grid, align_corners=True)",
        "F.grid_sample(x, grid, 'bilinear', 'zeros', False)",
        "F.grid_sample(x, grid, **options)",
        "F.affine_grid(theta, size, False)",
        "F.interpolate(x, scale_factor=2, mode='bilinear')",
        "torch.meshgrid(x, y, indexing='xy')",
        "torch.meshgrid(x)",
        "torch.meshgrid([x])",
        "torch.meshgrid(vectors)",
        "torch.cross(x, y, dim=1)",
        "torch.linalg.cross(x, y)",
        "torch.stft(x, 8, return_complex=True)",
        "torch.stft(x, *sizes)",
        "librosa.stft(x, 8)",
        "audio.stft(8)",
        "checkpoint(f, x, use_reentrant=True)",
        "g = F.grid_sample",
        "import numpy as np\nnp.meshgrid(x, y)",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, f"{HEADER}{text}\n") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("F.grid_sample(x, grid)", "F.grid_sample(x, grid, align_corners=False)"),
        (
            "torch.nn.functional.affine_grid(\n    theta,\n    size=size,\n)",
            "torch.nn.functional.affine_grid(\n    theta,\n    size=size,\nalign_corners=False)",
        ),
        ("torch.meshgrid(x, y)", "torch.meshgrid(x, y, indexing='ij')"),
        ("torch.meshgrid(*axes)", "torch.meshgrid(*axes, indexing='ij')"),
        ("y = checkpoint(f, x)", "y = checkpoint(f, x, use_reentrant=False)"),
        ("torch.cross(x, (y))", "torch.cross(x, (y), dim=-1)"),
        ("s = torch.stft(x, 8)", "s = torch.view_as_real(torch.stft(x, 8, return_complex=True))"),
        (
            "s = torch.ones(64).stft(8)",
            "s = torch.view_as_real(torch.ones(64).stft(8, return_complex=True))",
        ),
    ],
)
def test_what_is_written(before: str, after: str) -> None:
    assert [one.span.line for one in found(SYMBOL, f"{HEADER}{before}\n")] == [4]
    kinds = (Applicability.SAFE, Applicability.UNSAFE)
    assert fixed(SYMBOL, HEADER + before, "torch", applied=kinds) == HEADER + after


@pytest.mark.parametrize("text", ["torch.cross(x, y)", "checkpoint(f, x)"])
def test_what_may_change_is_unsafe(text: str) -> None:
    (finding,) = found(SYMBOL, f"{HEADER}{text}\n", "torch")
    assert finding.fixes[0].applicability is Applicability.UNSAFE


def test_the_fixtures_are_what_the_fixer_writes() -> None:
    kinds = (Applicability.SAFE, Applicability.UNSAFE)
    for folder in evidence.generated_fixtures(SYMBOL, "torch"):
        legacy = (folder / "legacy.py").read_text("utf-8")
        wanted = (folder / "torch.py").read_text("utf-8")
        assert fixed(SYMBOL, legacy, "torch", applied=kinds) == wanted
