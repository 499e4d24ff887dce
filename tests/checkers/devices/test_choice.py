"""The device that a program chooses."""

from __future__ import annotations

import ast

import pytest
from lintplugin.checkers.devices import choice


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ("cuda", '"cuda" if torch.cuda.is_available() else "cpu"'),
        ("cuda:0", '"cuda:0" if torch.cuda.is_available() else "cpu"'),
        ("cuda:1", '"cuda:1" if torch.cuda.device_count() > 1 else "cpu"'),
    ],
)
def test_expression(device: str, expected: str) -> None:
    assert choice.expression("torch", device) == expected
    ast.parse(expected, mode="eval")


def test_quotation_marks_of_the_file() -> None:
    text = choice.expression("t", quote="'")
    assert text == "'cuda' if t.cuda.is_available() else 'cpu'"


def test_definition() -> None:
    assert choice.definition("torch") == (
        'device = torch.device("cuda" if torch.cuda.is_available() else "cpu")'
    )
