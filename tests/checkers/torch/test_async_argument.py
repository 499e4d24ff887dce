"""The argument ``async`` of copies."""

from __future__ import annotations

import ast

import pytest

from lintplugin.analysis import analyse
from lintplugin.source import Source
from tests.checkers.findings import fixed, found

SYMBOL = "torch-async-argument"


@pytest.mark.parametrize(
    "text",
    [
        "x = y.cuda(non_blocking=True)",
        "async def f(x):\n    async with x:\n        await x.cuda(Async=True)",
        "text = 'y.cuda(async=True)'  # async=True",
        "dist.all_reduce(x, async_op=True)",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, f"import torch\n{text}\n") == []


def test_found_where_it_stands() -> None:
    text = 'import torch\ns = "é async=True"; y = x.cuda(device,\n    async = True)\n'
    (finding,) = found(SYMBOL, text)
    assert (finding.span.line, finding.span.column, finding.span.end_column) == (3, 4, 16)
    assert "write non_blocking=" in finding.message


def test_all_of_a_file_are_fixed_at_once() -> None:
    text = "import torch\nx = x.cuda(async=True)\ny.copy_(x, async=a)  # async=\n"
    after = "import torch\nx = x.cuda(non_blocking=True)\ny.copy_(x, non_blocking=a)  # async=\n"
    assert fixed(SYMBOL, text, "torch") == after
    ast.parse(after)


def test_the_argument_of_a_function_that_is_not_known_is_not_renamed() -> None:
    (finding,) = found(SYMBOL, "import torch\nrun(x, async=True)\n")
    assert finding.fixes == ()
    assert "another name" in finding.message


def test_another_error_is_still_one() -> None:
    report = analyse(Source("module.py", "import torch\nx.cuda(async=True)\nprint 'x'\n"))
    assert [(one.kind, one.line) for one in report.problems] == [("python2", 3)]


def test_the_rest_of_the_file_is_looked_at() -> None:
    text = "import torch.nn as nn\nx.cuda(async=True)\nnn.Conv2D(1, 2, 3)\n"
    report = analyse(Source("module.py", text))
    assert [one.symbol for one in report.findings] == [SYMBOL, "torch-unknown-name"]
