"""What is found, and for each target what it takes to end it: the data of a report.

A finding is ``safe`` or ``unsafe`` to fix as its fix is, also where that fix is the conversion of
its whole module. All else needs a person, and has a reason.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lintplugin import analysis, rules
from lintplugin.analysis import Problem, Report
from lintplugin.configuration import Configuration
from lintplugin.edits import Applicability, Fix
from lintplugin.evidence import Evidence, together
from lintplugin.replacements import WHOLE_MODULE
from lintplugin.reporters import Page
from lintplugin.rewrite import Refusal
from lintplugin.rules import Finding

#: What it takes to end a finding, from the least to the most.
SAFE, UNSAFE, HAND = STATUSES = ("safe", "unsafe", "hand")

_STATUS = {
    Applicability.SAFE: SAFE,
    Applicability.UNSAFE: UNSAFE,
    Applicability.DISPLAY: HAND,
}

_WITH_ITS_MODULE = "converted with its module"
_NO_REPLACEMENT = "no replacement for this target"

#: Characters of a source line that are kept.
_LINE = 160

_QUOTED = re.compile("'[^']*'")


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
    return json.dumps(Surveyed(report.path, lines, tuple(found), stops))


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
    fix = min(fixes, key=lambda one: STATUSES.index(_STATUS[one.applicability]), default=None)
    status, reason = (HAND, _NO_REPLACEMENT) if fix is None else (_status(fix), fix.reason)
    if status == HAND and module.fix is not None:
        status, reason = _status(module.fix), module.fix.reason or _WITH_ITS_MODULE
    if fix is None:
        return Answer(status, reason)
    if module.holds_up(fix):
        reason = WHOLE_MODULE
    return Answer(status, reason, fix.replacement, fix.evidence)


def _status(fix: Fix) -> str:
    return _STATUS[fix.applicability]


@dataclass
class Tally:
    """Findings that have something in common, counted.

    :param files: paths of the files with some.
    :param statuses: how many there are by target and status.
    """

    findings: int = 0
    files: set[str] = field(default_factory=set)
    statuses: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, path: str, found: Found) -> None:
        """Count one more."""
        self.findings += 1
        self.files.add(path)
        for target, answer in found.answers.items():
            self.statuses[target][answer.status] += 1


@dataclass
class Reason:
    """Why findings need a person, for one target.

    :param text: one line, in which what differs is left out.
    :param names: what stood there instead, or the legacy names that it is of, with how often.
    :param places: how often it was given.
    :param files: the files in which it was.
    :param alone: the files in which nothing else was.
    """

    text: str
    names: Counter[str] = field(default_factory=Counter)
    places: int = 0
    files: set[str] = field(default_factory=set)
    alone: set[str] = field(default_factory=set)


class Executed(NamedTuple):
    """What was executed of what one rule offers for a target, on one device with its versions.

    :param findings: how many have a replacement that was executed.
    :param names: how many legacy names those replace.
    :param shown: samples and largest errors of all of them.
    """

    symbol: str
    findings: int
    names: int
    shown: Evidence


@dataclass
class Survey:
    """All files of a report.

    :param targets: those that it is about.
    :param files: how many were read, with findings or without.
    :param lines: their length together.
    :param surveyed: those with findings.
    """

    targets: tuple[str, ...]
    files: int = 0
    lines: int = 0
    surveyed: list[Surveyed] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, page: Page) -> None:
        """Take in the one page of a file."""
        file = load(page.texts[0])
        self.files += 1
        self.lines += file.lines
        self.problems.extend(page.problems)
        if file.found:
            self.surveyed.append(file)

    @property
    def found(self) -> Iterator[tuple[str, Found]]:
        """Every finding with the path of its file."""
        return ((file.path, found) for file in self.surveyed for found in file.found)

    def total(self) -> Tally:
        """All findings."""
        return self.tallies(lambda path, found: "").get("", Tally())

    def tallies(self, key: Callable[[str, Found], str]) -> dict[str, Tally]:
        """The findings by what a function of path and finding says, most first."""
        made: dict[str, Tally] = defaultdict(Tally)
        for path, found in self.found:
            made[key(path, found)].add(path, found)
        return dict(sorted(made.items(), key=lambda item: (-item[1].findings, item[0])))

    def done(self, target: str) -> list[str]:
        """Files without a finding once the safe fixes are applied."""
        return [
            file.path
            for file in self.surveyed
            if all(found.answers[target].status == SAFE for found in file.found)
        ]

    def obstacles(self, target: str) -> list[Reason]:
        """What stops the conversion of modules, by the number of files."""
        return _reasons(
            (file.path, reason, "")
            for file in self.surveyed
            for _, reason in file.stops.get(target, ())
        )

    def reasons(self, target: str) -> list[Reason]:
        """Why findings that wait for no conversion need a person all the same."""
        return _reasons(
            (path, answer.reason, found.api)
            for path, found in self.found
            if (answer := found.answers[target]).status == HAND and answer.reason != WHOLE_MODULE
        )

    def executed(self, target: str) -> list[Executed]:
        """The evidence behind the replacements, by rule."""
        findings: Counter[tuple[str, ...]] = Counter()
        shown: dict[tuple[str, ...], dict[str, Evidence]] = defaultdict(dict)
        for _, found in self.found:
            one = found.answers[target].evidence
            if one is not None:
                key = (found.symbol, one.device, *map(" ".join, one.versions.items()))
                findings[key] += 1
                shown[key][found.api] = one
        return [
            Executed(key[0], findings[key], len(by_api), whole)
            for key, by_api in sorted(shown.items())
            if (whole := together(by_api.values())) is not None
        ]


def _reasons(given: Iterable[tuple[str, str, str]]) -> list[Reason]:
    """Paths, texts and legacy names by text."""
    made: dict[str, Reason] = {}
    by_file: dict[str, set[str]] = defaultdict(set)
    for path, text, api in given:
        general = _QUOTED.sub("'…'", text)
        one = made.setdefault(general, Reason(general))
        quoted = [name[1:-1] for name in _QUOTED.findall(text)]
        one.names.update(quoted or filter(None, [api]))
        one.places += 1
        one.files.add(path)
        by_file[path].add(general)
    for path, texts in by_file.items():
        if len(texts) == 1:
            made[texts.pop()].alone.add(path)
    return sorted(made.values(), key=lambda one: (-len(one.files), -one.places, one.text))
