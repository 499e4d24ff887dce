"""What is found in a file, and for each target what it takes to end it.

A finding is ``safe`` or ``unsafe`` to fix as its fix is, also where that fix is the conversion of
its whole module. All else needs a person, and has a reason: it is ``shown`` where code that was
executed can be taken over, else ``hand``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from lintplugin import analysis, rules
from lintplugin.analysis import Report
from lintplugin.configuration import Configuration
from lintplugin.edits import Applicability, Fix
from lintplugin.evidence import Evidence
from lintplugin.replacements import WHOLE_MODULE
from lintplugin.rewrite import Refusal
from lintplugin.rules import Finding

#: What it takes to end a finding, from the least to the most.
SAFE, UNSAFE, SHOWN, HAND = STATUSES = ("safe", "unsafe", "shown", "hand")

#: Those for which a person writes code.
WRITTEN = (SHOWN, HAND)

_WITH_ITS_MODULE = "converted with its module"
_NO_REPLACEMENT = "nothing takes its place by itself: the message says what to do"

#: Characters of a source line that are kept.
_LINE = 160


class Answer(NamedTuple):
    """What a target has for a finding.

    :param status: one of :data:`STATUSES`.
    :param reason: why it is not safe; of a safe one, how it is done when not by itself.
    :param replacement: code to write instead, or an example; empty when there is none.
    :param evidence: what executing the replacement showed, None when nothing was executed.
    """

    status: str
    reason: str
    replacement: str = ""
    evidence: Evidence | None = None


class Found(NamedTuple):
    """A finding.

    :param api: dotted legacy name.
    :param framework: the package whose name was found, else the group of the rule.
    :param line: from 1.
    :param code: the line as it reads.
    :param answers: by target.
    """

    symbol: str
    api: str
    framework: str
    line: int
    message: str
    code: str
    answers: Mapping[str, Answer]


class Surveyed(NamedTuple):
    """A file.

    :param path: with slashes on every system.
    :param stops: by target, lines and reasons of all that stops the conversion of the module,
        where a finding waits for it.
    """

    path: str
    lines: int
    found: tuple[Found, ...]
    stops: Mapping[str, list[tuple[int, str]]]


def page(report: Report, configuration: Configuration) -> str:
    """What a report says of one file, as text that processes send; problems are not in it."""
    source = report.source
    found: list[Found] = []
    modules = {target: _module(report, target) for target in configuration.settings.targets}
    for one in report.findings:
        text = source.line(one.span.line) if source is not None else ""
        answers = {target: _answer(one, target, module) for target, module in modules.items()}
        found.append(
            Found(
                one.symbol,
                one.api,
                _framework(one),
                one.span.line,
                one.message,
                text.strip()[:_LINE],
                answers,
            )
        )
    stops = {
        target: [(stop.line, stop.reason) for stop in module.stops]
        for target, module in modules.items()
    }
    lines = len(source.text.splitlines()) if source is not None else 0
    path = report.path.replace(os.sep, "/")
    return json.dumps(Surveyed(path, lines, tuple(found), stops))


def load(text: str) -> Surveyed:
    """The file of a :func:`page`."""
    path, lines, found, stops = json.loads(text)
    return Surveyed(path, lines, tuple(map(_load_found, found)), stops)


def _load_found(fields: list[Any]) -> Found:
    answers = {target: _load_answer(*answer) for target, answer in fields.pop().items()}
    return Found._make([*fields, answers])


def _load_answer(status: str, reason: str, replacement: str, evidence: list[Any] | None) -> Answer:
    return Answer(status, reason, replacement, Evidence(*evidence) if evidence else None)


def _framework(finding: Finding) -> str:
    root = finding.api.partition(".")[0]
    return root if root in rules.roots() else finding.checker.group


class _Module(NamedTuple):
    """The conversion of a whole module, where findings in it wait for it.

    :param fix: what applies it, None where nothing does.
    :param stops: what stops it.
    """

    fix: Fix | None = None
    stops: tuple[Refusal, ...] = ()

    def holds_up(self, fix: Fix) -> bool:
        """Whether a fix cannot be applied because the module does not convert."""
        return fix.reason == WHOLE_MODULE or (
            bool(self.stops) and fix.reason.startswith(str(self.stops[0]))
        )


def _module(report: Report, target: str) -> _Module:
    fixes = [fix for one in report.findings for fix in one.fixes if fix.target == target]
    if report.module is None or not fixes:
        return _Module()
    try:
        conversion = report.module.conversion(target)
    except Exception as error:
        report.problems.append(analysis.internal_error("the conversion", report.path, error))
        return _Module()
    if conversion.converts:
        return _Module(next((fix for fix in fixes if fix.edits == conversion.edits), None))
    stopped = _Module(stops=conversion.refusals)
    return stopped if any(map(stopped.holds_up, fixes)) else _Module()


def _answer(finding: Finding, target: str, module: _Module) -> Answer:
    fixes = [fix for fix in finding.fixes if fix.target == target]
    fix = min(fixes, key=lambda one: STATUSES.index(_status(one)), default=None)
    status, reason = (HAND, _NO_REPLACEMENT) if fix is None else (_status(fix), fix.reason)
    if status in WRITTEN and module.fix is not None:
        status, reason = _status(module.fix), module.fix.reason or _WITH_ITS_MODULE
    if fix is None:
        return Answer(status, reason)
    if module.holds_up(fix):
        reason = WHOLE_MODULE
    return Answer(status, reason, fix.replacement, fix.evidence)


def _status(fix: Fix) -> str:
    if fix.applicability is not Applicability.DISPLAY:
        return SAFE if fix.applicability is Applicability.SAFE else UNSAFE
    return SHOWN if fix.replacement and fix.evidence is not None else HAND
