"""Applying the fixes of a file, and saying of each finding that remains why it does."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from lintplugin import checking, edits, imports, parsing
from lintplugin.analysis import Module, Problem, Report
from lintplugin.configuration import Configuration
from lintplugin.edits import Applicability, Fix, Outcome
from lintplugin.rules import Finding
from lintplugin.source import Source


@dataclass(frozen=True)
class Fixed:
    """A file with its fixes applied, in memory.

    :param before: what was found in the file as it is.
    :param after: what is found in the text with the fixes.
    """

    outcome: Outcome
    before: Report
    after: Report
    unsafe: bool

    def remaining(self) -> Iterator[tuple[Finding, str]]:
        """The findings that are left, each with the reason in one line."""
        for finding in self.after.findings:
            yield finding, self._why(finding)

    def _why(self, finding: Finding) -> str:
        if not finding.fixes:
            return "no replacement for this target"
        fix = finding.fixes[0]
        if fix.applicability is Applicability.DISPLAY:
            return fix.reason or "shown only"
        if fix.applicability is Applicability.UNSAFE and not self.unsafe:
            return f"unsafe: {fix.reason} (--unsafe-fixes applies it)"
        if fix.edits in _held(self.after):
            return "its fix would change a place where the finding is suppressed"
        return "its fix was tried and refused: the text would not parse, or the finding would stay"


def fix(report: Report, source: Source, configuration: Configuration, *, unsafe: bool) -> Fixed:
    """Apply the fixes for the one target of the settings.

    :param report: what was found in ``source``.
    :param unsafe: apply the unsafe fixes, too.
    """
    reports = {source.text: report}

    def check(text: str) -> Report:
        if text not in reports:
            reports.clear()
            reports[text] = checking.check(dataclasses.replace(source, text=text), configuration)
        return reports[text]

    def offered(text: str) -> Iterator[Fix]:
        found = check(text)
        held = _held(found)
        for finding in found.findings:
            for one in finding.fixes:
                if _is_applied(one, unsafe) and one.edits not in held:
                    yield one

    def tidy(before: str, after: str) -> str:
        """Drop the imports that the fixes leave without a use."""
        modules = [_module(source, text, configuration) for text in (before, after)]
        tidied = edits.splice(after, imports.unused_after(*modules))
        return tidied if edits.parses(tidied) else after

    outcome = edits.apply_all(source.text, offered, tidy)
    return Fixed(outcome, report, check(outcome.text), unsafe)


def save(source: Source, text: str) -> Problem | None:
    """Write the fixed text, or say why it cannot be."""
    try:
        if Source.decode(source.encode(text), source.path).text != text:
            return _unwritable(source, "the fixed text would read differently")
        edits.write(source, text)
    except UnicodeEncodeError as error:
        missing = error.object[error.start : error.end]
        return _unwritable(source, f"{source.encoding} has no {missing!r}")
    except OSError as error:
        return _unwritable(source, error.strerror or str(error))
    return None


def _unwritable(source: Source, words: str) -> Problem:
    return Problem(source.path, 1, 0, "unwritable", f"not written: {words}")


def _is_applied(one: Fix, unsafe: bool) -> bool:
    return one.applicability is Applicability.SAFE or (
        unsafe and one.applicability is Applicability.UNSAFE
    )


def _held(report: Report) -> frozenset[tuple[edits.Edit, ...]]:
    """Edits of suppressed findings: a module is not converted around a place to be left alone."""
    return frozenset(one.edits for finding in report.suppressed for one in finding.fixes)


def _module(source: Source, text: str, configuration: Configuration) -> Module:
    source = dataclasses.replace(source, text=text)
    return Module(parsing.parse(source), source, configuration.settings)

