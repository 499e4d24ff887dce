"""What is found in all files, counted in the ways that a report shows."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import NamedTuple

from lintplugin.analysis import Problem
from lintplugin.evidence import Evidence, together
from lintplugin.replacements import WHOLE_MODULE
from lintplugin.report.survey import SAFE, WRITTEN, Found, Surveyed, load
from lintplugin.reporters import Page

#: What findings are counted by: a function of the path and the finding.
Key = Callable[[str, Found], str]

_QUOTED = re.compile("'[^']*'")


def folder_of(path: str) -> str:
    """The folder of a file, ``.`` for the current one."""
    return PurePath(path).parent.as_posix()


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

    @classmethod
    def together(cls, parts: Iterable[Tally]) -> Tally:
        """The findings of several."""
        made = cls()
        for part in parts:
            made.findings += part.findings
            made.files |= part.files
            for target, counts in part.statuses.items():
                made.statuses[target] += counts
        return made


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

    def tallies(self, key: Key) -> dict[str, Tally]:
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
            if (answer := found.answers[target]).status in WRITTEN and answer.reason != WHOLE_MODULE
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
