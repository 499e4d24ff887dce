"""Applying the fixes of a file, and saying of each finding that remains why it does."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field

from lintplugin import analysis, checking, edits, imports, parsing
from lintplugin.analysis import Module, Problem, Report
from lintplugin.configuration import Configuration
from lintplugin.edits import Applicability, Fix, Outcome
from lintplugin.rules import Finding
from lintplugin.source import Source, UnreadableSource


@dataclass
class Fixed:
    """A file with its fixes applied, in memory until it is saved.

    :param before: what is found in the file as it is.
    :param after: what is found in the text with the fixes.
    :param unsafe: whether unsafe fixes were wanted.
    :param problems: what went wrong on the way.
    """

    before: Report
    after: Report
    outcome: Outcome
    unsafe: bool
    problems: list[Problem] = field(default_factory=list)

    def remaining(self) -> Iterator[tuple[Finding, str]]:
        """The findings of the text with the fixes, each with the reason why it is left."""
        left_alone = held(self.after)
        for finding in self.after.findings:
            yield finding, self._why(finding, left_alone)

    def _why(self, finding: Finding, left_alone: frozenset[tuple[edits.Edit, ...]]) -> str:
        if not finding.fixes:
            return "no replacement for this target"
        fix = finding.fixes[0]
        if fix.applicability is Applicability.DISPLAY:
            return fix.reason
        if fix.applicability is Applicability.UNSAFE and not self.unsafe:
            return f"{fix.reason} (--unsafe-fixes applies it)"
        if fix.edits in left_alone:
            return "its fix would change a place where the finding is suppressed"
        if any(problem.kind == "unwritable" for problem in self.problems):
            return "the file cannot be written"
        return "its fix was tried and refused: the text would not parse, or the finding would stay"

    def diff(self) -> bytes:
        """The change as a unified diff; what prevents it goes to the problems."""
        source = self.before.source
        if source is None or not self.outcome.changed or not self._is_writable(source):
            return b""
        return edits.unified_diff(source, self.outcome.text)

    def save(self) -> bool:
        """Write the file and return True; what prevents it goes to the problems."""
        source = self.before.source
        if source is None or not self.outcome.changed or not self._is_writable(source):
            return False
        try:
            edits.write(source, self.outcome.text)
        except OSError as error:
            self._refuse(source, error.strerror or str(error))
            return False
        return True

    def _is_writable(self, source: Source) -> bool:
        """Whether the text reads as it should once it is in the encoding of the file."""
        text = self.outcome.text
        try:
            if source.keeps(text):
                return True
            words = "the encoding would be lost"
        except UnicodeEncodeError as error:
            words = f"{source.encoding} has no {error.object[error.start : error.end]!r}"
        except UnicodeError as error:
            words = str(error)
        except UnreadableSource as error:
            words = f"the encoding would be lost: {error.message}"
        self._refuse(source, words)
        return False

    def _refuse(self, source: Source, words: str) -> None:
        self.problems.append(Problem(source.path, 1, 0, "unwritable", f"not written: {words}"))
        self.after, self.outcome = self.before, Outcome(source.text)


def fix(
    report: Report, configuration: Configuration, *, unsafe: bool, python3: bool = False
) -> Fixed:
    """Apply the fixes of a file for the one target of the settings.

    :param report: what was found in the file.
    :param unsafe: apply the unsafe fixes, too.
    :param python3: convert a file in Python 2 first.
    """
    text = report.source.text if report.source is not None else ""
    fixed = Fixed(report, report, Outcome(text), unsafe, list(report.problems))
    if report.source is not None:
        try:
            converted = python3 and _convert(fixed, report.source, configuration)
            if report.findings or converted:
                _apply(fixed, report.source, configuration)
            if converted:
                fixed.problems += _doubts(fixed, report.source)
        except Exception as error:
            fixed.problems.append(analysis.internal_error("fix", report.path, error))
    return fixed


def _convert(fixed: Fixed, source: Source, configuration: Configuration) -> bool:
    """Convert a file in Python 2 to Python 3, and say what to look at; False for any other."""
    from lintplugin import python3

    if not any(problem.kind == "python2" for problem in fixed.problems):
        return False
    fixed.problems = [problem for problem in fixed.problems if problem.kind != "python2"]
    try:
        text = python3.convert(source.text)
        refusal = source.refusal(text)
        if refusal:
            raise python3.NotConverted(f"not converted to Python 3: {refusal}")
    except python3.NotConverted as error:
        fixed.problems.append(Problem(source.path, 1, 0, "unwritable", str(error)))
        return False
    (target,) = configuration.settings.targets
    step = Fix(target, Applicability.UNSAFE, "Convert to Python 3", "")
    after = dataclasses.replace(source, text=text)
    fixed.outcome = Outcome(text, [step])
    fixed.after = checking.check(after, configuration)
    return True


def _doubts(fixed: Fixed, source: Source) -> Iterator[Problem]:
    """What to look at in a file that was converted from Python 2."""
    from lintplugin import python3

    after = dataclasses.replace(source, text=fixed.outcome.text)
    for line, words in sorted(set(python3.doubts(source.text, after.text))):
        cell, number = after.place(line)
        yield Problem(source.path, number, 0, "python2", words, cell)


def _apply(fixed: Fixed, source: Source, configuration: Configuration) -> None:
    before = fixed.outcome
    reports = {before.text: fixed.after}

    def check(text: str) -> Report:
        if text not in reports:
            reports.clear()
            reports[text] = checking.check(dataclasses.replace(source, text=text), configuration)
        return reports[text]

    def offered(text: str) -> Iterator[Fix]:
        report = check(text)
        left_alone = held(report)
        for finding in report.findings:
            for one in finding.fixes:
                if _is_applied(one, fixed.unsafe) and one.edits not in left_alone:
                    yield one

    def tidy(before: str, after: str) -> str:
        """Drop the imports that a round of fixes leaves without a use."""
        one = dataclasses.replace(source, text=before)
        module = Module(parsing.parse(one), one, configuration.settings_for(source.path))
        with module.with_text(after) as rewritten:
            tidied = edits.splice(after, imports.unused_after(module, rewritten))
        return tidied if accepts(tidied) else after

    def accepts(text: str) -> bool:
        return edits.parses(text) and not source.refusal(text)

    outcome = edits.apply_all(before.text, offered, tidy, accepts)
    fixed.after = check(outcome.text)
    fixed.outcome = dataclasses.replace(outcome, applied=[*before.applied, *outcome.applied])
    fixed.problems.extend(one for one in fixed.after.problems if one not in fixed.problems)


def _is_applied(one: Fix, unsafe: bool) -> bool:
    return one.applicability is Applicability.SAFE or (
        unsafe and one.applicability is Applicability.UNSAFE
    )


def held(report: Report) -> frozenset[tuple[edits.Edit, ...]]:
    """Edits of suppressed findings: a module is not converted around a place to be left alone."""
    return frozenset(one.edits for finding in report.suppressed for one in finding.fixes)
