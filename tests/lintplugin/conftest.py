"""A rule that stands for all: it reports made-up names of TensorFlow, each with another fix."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from lintplugin import rules
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.evidence import Evidence
from lintplugin.names import Reference
from lintplugin.rules import Checker, Finding, Rule

EVIDENCE = Evidence("cpu", {"tensorflow": "2.21.0"}, 25, 1e-7, 2e-7)


def _rename(
    module: Module, reference: Reference, name: str, applicability: Applicability, reason: str
) -> Iterator[Fix]:
    """Write another name, the same for both targets."""
    end = module.source.end(reference.node)
    edit = Edit(end - len(reference.node.attrname), end, name)
    for target in module.settings.targets:
        edits = () if applicability is Applicability.DISPLAY else (edit,)
        yield Fix(target, applicability, f"Use {name}", f"tf.{name}", reason, edits, EVIDENCE)


def _raise() -> Iterator[Fix]:
    raise ZeroDivisionError


def _check(module: Module) -> Iterator[Finding]:
    answers = {
        "old": ("new", Applicability.SAFE, ""),
        "risky": ("bold", Applicability.UNSAFE, "only when it is small"),
        "shown": ("other", Applicability.DISPLAY, "not executed"),
        "broken": ("a b", Applicability.SAFE, ""),
        "stubborn": ("again.stubborn", Applicability.SAFE, ""),
    }
    for reference in module.references:
        name = reference.api.rpartition(".")[2]
        if name == "raises":
            yield module.finding(reference.node, reference.api, fixes=_raise)
        if name in answers:
            yield module.finding(
                reference.node,
                reference.api,
                confidence=reference.confidence,
                fixes=functools.partial(_rename, module, reference, *answers[name]),
            )


def _fail(module: Module) -> Iterator[Finding]:
    if any(reference.api == "tensorflow.fails" for reference in module.references):
        raise LookupError("no\nsuch thing")
    return iter(())


@pytest.fixture
def made_up_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaces all rules by ``made-up``, and ``failing``, which raises on ``tensorflow.fails``."""
    checkers = tuple(
        Checker(
            symbol,
            "tensorflow1",
            Rule(id, "'%(api)s' is old", "A made-up name.", "It tests."),
            check,
            {},
        )
        for symbol, id, check in [("made-up", "W6698", _check), ("failing", "W6699", _fail)]
    )
    monkeypatch.setattr(rules, "members_of", lambda groups: checkers)
