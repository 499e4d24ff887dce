"""Every program and row: stored is what the fixer writes, and what was executed is still there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lintplugin import evidence, rules
from lintplugin.analysis import Settings, analyse
from lintplugin.checking import check_file
from lintplugin.configuration import Configuration
from lintplugin.fixing import fix
from lintplugin.rewrite import convert_text
from lintplugin.rules import Checker
from lintplugin.source import Source
from lintplugin.verification import environments

CHECKERS = rules.checkers()


def programs(checker: Checker) -> list[Path]:
    folder = evidence.fixtures() / checker.symbol
    return sorted(file.parent for file in folder.glob("*/fixture.toml"))


def sides(folder: Path, origin: str) -> list[str]:
    """The targets whose side of a program has this origin."""
    modern = evidence.load_fixture(folder).get("modern", {})
    return [target for target in rules.TARGETS if modern.get(target) == origin]


def found(checker: Checker, file: Path) -> int:
    """How often a rule reports a file, every target being asked for."""
    settings = Settings(rules.TARGETS, asked=True, symbols=frozenset({checker.symbol}))
    report = analyse(Source.read(file), settings)
    assert not report.problems
    return len(report.findings)


PROGRAMS = [(checker, folder) for checker in CHECKERS for folder in programs(checker)]
GENERATED = [(folder, target) for _, folder in PROGRAMS for target in sides(folder, "generated")]


@pytest.mark.parametrize(
    ("checker", "folder"), PROGRAMS, ids=[f"{one.symbol}/{path.name}" for one, path in PROGRAMS]
)
def test_ported_programs_are_left_alone(checker: Checker, folder: Path) -> None:
    for origin in ("generated", "written"):
        for target in sides(folder, origin):
            assert found(checker, folder / f"{target}.py") == 0


@pytest.mark.parametrize(
    "checker", [one for one in CHECKERS if programs(one)], ids=lambda checker: checker.symbol
)
def test_a_rule_reports_its_legacy_program(checker: Checker) -> None:
    reported = [found(checker, folder / "legacy.py") for folder in programs(checker)]
    # What no Python reads stands in a string there, so that the program runs up to it.
    unreadable = all(
        "SyntaxError" in evidence.load_fixture(folder).get("fails", {}).values()
        for folder in programs(checker)
    )
    assert any(reported) or unreadable


@pytest.mark.parametrize(
    ("folder", "target"),
    GENERATED,
    ids=[f"{path.parent.name}/{path.name}-{target}" for path, target in GENERATED],
)
def test_a_generated_side_is_what_the_fixer_writes(folder: Path, target: str) -> None:
    assert written(folder / "legacy.py", target) == (folder / f"{target}.py").read_text("utf-8")


def written(legacy: Path, target: str) -> str:
    """A program converted as a whole, else with the fixes that its rule offers."""
    text, _ = convert_text(legacy.read_text("utf-8"), target)
    if text is not None:
        return text
    symbol = legacy.parent.parent.name
    configuration = Configuration(None, (target,), frozenset({symbol}), frozenset())
    report = check_file(str(legacy), configuration, named=True)
    return fix(report, configuration, unsafe=True).outcome.text


@pytest.mark.parametrize("target", rules.TARGETS)
@pytest.mark.parametrize(
    "example", ["tensorflow1_softmax_regression", "theano_logistic_regression"]
)
def test_the_examples_convert(root: Path, example: str, target: str) -> None:
    text = (root / "examples" / f"{example}.py").read_text("utf-8")
    converted, conversion = convert_text(text, target)
    assert conversion.refusals == ()
    assert converted is not None
    assert "import theano" not in converted
    assert "Session" not in converted


def executed(checker: Checker) -> set[tuple[str, str]]:
    """Cases and targets of a rule that have evidence."""
    file = evidence.fixtures() / checker.symbol / "evidence.json"
    entries = json.loads(file.read_text("utf-8"))["entries"] if file.is_file() else {}
    return {(case, target) for case, targets in entries.items() for target in targets}


@pytest.mark.parametrize("checker", CHECKERS, ids=lambda checker: checker.symbol)
def test_evidence_is_of_the_text_that_is_there(checker: Checker) -> None:
    folders = {folder.name: folder for folder in programs(checker)}
    stale = set()
    for case, target in executed(checker):
        if case in folders:
            known = evidence.lookup_fixture(folders[case], target)
        else:
            known = checker.rows[case].evidence(checker.symbol, target)
        if known is None:
            stale.add((case, target))
    assert stale == set()


def is_large(checker: Checker) -> bool:
    """Whether executing all of a rule takes minutes: only runs that ask for it do."""
    return len(executed(checker)) > 12


@pytest.mark.executes
@pytest.mark.parametrize(
    "large", [False, pytest.param(True, marks=pytest.mark.recorded)], ids=["small", "large"]
)
def test_every_modern_side_agrees_with_the_recorded_results(
    large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lintplugin.verification import run

    def absent(option: str | None) -> Any:
        raise environments.InterpreterError("recorded results are wanted")

    monkeypatch.setattr(environments, "legacy_base", absent)
    wanted = [one for one in CHECKERS if executed(one) and is_large(one) is large]
    verdicts = run.verify([one.symbol for one in wanted])
    assert [
        f"{one.rule} {one.case} {one.target}: {one.detail}" for one in verdicts if one.fails
    ] == []
    agreed = {(one.rule, one.case, one.target) for one in verdicts if one.verdict == "agree"}
    for checker in wanted:
        assert {(checker.symbol, *one) for one in executed(checker)} <= agreed
