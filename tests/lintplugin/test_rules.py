"""Rules as data, and their discovery."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from lintplugin import rules
from lintplugin.analysis import Settings, analyse
from lintplugin.rules import Rule
from lintplugin.source import Source


def rule(id: str = "W6599", **stated: Any) -> Rule:
    return Rule(id, "'%(api)s'", "A made-up rule.", "It tests.", **stated)


def module(name: str, **stated: Any) -> ModuleType:
    made = ModuleType(f"lintplugin.checkers.{name}")
    vars(made).update(stated)
    return made


@pytest.fixture
def undiscovered(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Replaces the files of ``checkers/`` by made-up modules."""

    def replace(*modules: ModuleType) -> None:
        group = module("theano", PREFIX="theano", ROOTS=("theano",))
        monkeypatch.setattr(rules, "groups", lambda: (group,))
        monkeypatch.setattr(rules, "_submodules", lambda package: iter(modules))
        monkeypatch.setattr(rules, "members", rules.members.__wrapped__)
        monkeypatch.setattr(rules, "members_of", rules.members_of.__wrapped__)

    return replace


def test_a_module_without_a_rule_is_no_rule(undiscovered: Any) -> None:
    undiscovered(module("theano.common"))
    assert rules.checkers() == ()


def test_a_rule_is_found_by_its_file(undiscovered: Any) -> None:
    undiscovered(
        module("theano.second", RULE=rule("W6502"), check=list),
        module("theano.import_", RULE=rule("E6501"), check=list),
    )
    assert [(one.symbol, one.group) for one in rules.checkers()] == [
        ("theano-import", "theano"),
        ("theano-second", "theano"),
    ]


def test_two_rules_do_not_share_an_id(undiscovered: Any) -> None:
    undiscovered(
        module("theano.first", RULE=rule(), check=list),
        module("theano.second", RULE=rule(), check=list),
    )
    with pytest.raises(ValueError, match=r"share the rule\.id W6599"):
        rules.checkers()


def test_two_rules_do_not_share_a_symbol(undiscovered: Any) -> None:
    undiscovered(
        module("theano.lambda_", RULE=rule("W6501"), check=list),
        module("theano.lambda", RULE=rule("W6502"), check=list),
    )
    with pytest.raises(ValueError, match="share the symbol theano-lambda"):
        rules.checkers()


def test_a_folder_without_a_prefix_names_its_rules_by_their_files() -> None:
    loops = module("loops", PREFIX="")
    assert rules.symbol_of(loops, module("loops.scan_updates_dropped")) == "scan-updates-dropped"


@pytest.mark.parametrize(
    ("settings", "runs"),
    [
        (Settings(), False),
        (Settings(("tf2",), asked=True), False),
        (Settings(("torch",)), False),
        (Settings(("torch",), asked=True), True),
        (Settings(("tf2", "torch"), asked=True), True),
    ],
)
def test_a_rule_may_wait_for_its_target(undiscovered: Any, settings: Settings, runs: bool) -> None:
    undiscovered(module("theano.first", RULE=rule(only_target="torch"), check=list))
    (checker,) = rules.checkers()
    assert settings.wants(checker) is runs


def test_a_finding_computes_its_fixes_once() -> None:
    report = analyse(Source("module.py", "import theano.tensor as T\n\nT.dot(1, 2)\n"))
    finding = next(one for one in report.findings if one.symbol == "theano-operation")
    assert finding.fixes is finding.fixes
    assert finding.message == finding.checker.rule.message % finding.args
    assert finding.checker.docs_url.endswith("/docs/rules/theano-operation.md")
