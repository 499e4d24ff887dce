"""Every name that TensorFlow 1.15 had and TensorFlow 2.21 lacks is found, however it is reached."""

from __future__ import annotations

import pytest

from lintplugin import signatures, snapshots
from lintplugin.analysis import analyse
from lintplugin.source import Source

_OLD = snapshots.load("tensorflow1")

GONE = sorted(name for name in _OLD if signatures.modern_entry(name) is None)

#: Those of modules, without members of classes: what a statement can import.
IMPORTABLE = [
    name
    for name in GONE
    if (owner := signatures.legacy_entry(name.rpartition(".")[0])) is not None
    and owner.kind == "module"
]


def _lines_found(lines: list[str]) -> set[int]:
    report = analyse(Source("module.py", "\n".join(lines) + "\n"))
    assert not report.problems
    return {finding.span.line for finding in report.findings}


def _missed(lines: list[str], first: int) -> list[str]:
    """The lines without a finding, after so many lines that need none."""
    found = _lines_found(lines)
    return [line for number, line in enumerate(lines, 1) if number > first and number not in found]


def test_there_are_as_many_as_recorded() -> None:
    outside = [name for name in IMPORTABLE if not name.startswith("tensorflow.contrib")]
    assert len(GONE) > 7000
    assert len(outside) > 1000


@pytest.mark.parametrize(
    ("head", "root"),
    [
        ("import tensorflow as tf", "tf"),
        ("import tensorflow", "tensorflow"),
        ("import tensorflow as other_name", "other_name"),
    ],
)
def test_attributes(head: str, root: str) -> None:
    assert _missed([head, *(name.replace("tensorflow", root, 1) for name in GONE)], 1) == []


def test_imported_names() -> None:
    """Each import is found, or what it binds where it is used."""
    statements, uses = [], []
    for number, name in enumerate(IMPORTABLE):
        module, _, attribute = name.rpartition(".")
        statements.append(f"from {module} import {attribute} as name_{number}")
        uses.append(f"name_{number}")
    found = _lines_found([*statements, *uses])
    count = len(IMPORTABLE)
    missed = [
        name
        for number, name in enumerate(IMPORTABLE, 1)
        if number not in found and number + count not in found
    ]
    assert missed == []


def test_calls_values_and_partial() -> None:
    lines = ["import functools", "import tensorflow as tf"]
    for number, name in enumerate(IMPORTABLE):
        short = name.replace("tensorflow", "tf", 1)
        forms = (f"{short}()", f"call({short})", f"functools.partial({short}, 1)", f"x = {short}")
        lines.append(forms[number % len(forms)])
    assert _missed(lines, 2) == []
