"""Every name that TensorFlow 1.15 had and TensorFlow 2.21 lacks is found, however it is reached."""

from __future__ import annotations

from collections import defaultdict

import pytest
from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import coverage, docs, signatures, snapshots
from lintplugin.analysis import analyse
from lintplugin.edits import Applicability
from lintplugin.rewrite.expressions import row_of
from lintplugin.rules import Finding
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


def _findings(lines: list[str]) -> list[Finding]:
    report = analyse(Source("module.py", "\n".join(lines) + "\n"))
    assert not report.problems
    return report.findings


def _lines_found(lines: list[str]) -> set[int]:
    return {finding.span.line for finding in _findings(lines)}


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


def _found_by_name() -> dict[str, list[Finding]]:
    """The findings at an attribute of each name."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in _findings(["import tensorflow", *GONE]):
        found[GONE[finding.span.line - 2]].append(finding)
    return found


def test_no_name_lacks_an_answer() -> None:
    found = _found_by_name()
    without = [
        name
        for name in GONE
        if not found[name]
        or any(removed_api.NO_COUNTERPART in finding.message for finding in found[name])
    ]
    assert without == []


def test_no_name_below_contrib_has_only_the_answer_for_all_of_it() -> None:
    generic = removed_api.nearest("tensorflow.contrib")
    assert generic is not None
    below = [name for name in GONE if name.startswith("tensorflow.contrib.")]
    assert [name for name in below if removed_api.nearest(name) is generic] == []


def test_a_name_is_replaced_only_by_what_is_meant_for_it() -> None:
    """The replacement for a class is none for its members."""
    for name, findings in _found_by_name().items():
        if row_of(name) is None:
            fixes = [fix for finding in findings for fix in finding.fixes]
            assert all(fix.applicability is Applicability.DISPLAY for fix in fixes), name


def test_counts() -> None:
    """Those that the index of the rules states; they only grow."""
    counted = coverage.counts()
    assert {part: numbers["without"] for part, numbers in counted.items()} == dict.fromkeys(
        counted, 0
    )
    for numbers in counted.values():
        answers = numbers["answer of its own"] + numbers["answer of its class or module"]
        assert answers == numbers["gone"]
        assert numbers["executed for TensorFlow 2"] > numbers["executed for PyTorch"]
    assert set(coverage.names()) == set(GONE)
    assert counted["all"]["executed for TensorFlow 2"] > 400


def test_the_index_states_the_counts() -> None:
    assert coverage.table() in docs.pages()["README.md"]
