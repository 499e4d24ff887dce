"""From text to findings: the one entry point that every front end calls."""

from __future__ import annotations

import contextlib
import functools
import os
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from astroid import nodes

from lintplugin import offers, parsing, rules
from lintplugin.names import Reference
from lintplugin.project import Project, may_use_framework, names_of
from lintplugin.rules import Checker, Finding, Problem, Settings
from lintplugin.source import Source, Span, UnreadableSource

if TYPE_CHECKING:
    from lintplugin.baseline import Place as Scope
    from lintplugin.edits import Fix
    from lintplugin.rewrite import Conversion

ISSUES_URL = "https://github.com/lintplugin/lintplugin/issues"


@dataclass
class Report:
    """What the analysis of one file gave.

    :param suppressed: findings that a comment or the configuration turns off.
    :param known: findings that the baseline passes over.
    :param gone: how many findings the baseline has that are no longer there, by place.
    :param source: None when the file is unreadable.
    :param module: None when the file names no framework or does not parse.
    """

    path: str
    findings: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    suppressed: list[Finding] = field(default_factory=list)
    known: list[Finding] = field(default_factory=list)
    gone: Counter[Scope] = field(default_factory=Counter)
    source: Source | None = None
    module: Module | None = None

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing to print."""
        return not (self.findings or self.problems)


class Module:
    """One parsed file, as the rules see it."""

    def __init__(self, tree: nodes.Module, source: Source, settings: Settings) -> None:
        self.tree = tree
        self.source = source
        self.settings = settings
        self.names = names_of(tree, Project.around(source.path))
        self._conversions: dict[str, Conversion] = {}

    @contextlib.contextmanager
    def with_text(self, text: str) -> Iterator[Module]:
        """The same file with another text, which must parse."""
        source = replace(self.source, text=text)
        module = Module(parsing.parse(source), source, self.settings)
        try:
            yield module
        finally:
            module.names.release()

    @functools.cached_property
    def references(self) -> Sequence[Reference]:
        """Uses of framework names, in the order of the text."""
        return self.names.references()

    @functools.cached_property
    def by_api(self) -> dict[str, list[Reference]]:
        """References by full dotted name."""
        found: dict[str, list[Reference]] = defaultdict(list)
        for reference in self.references:
            found[reference.api].append(reference)
        return found

    def uses(self, package: str) -> bool:
        """Whether a name of a top-level package is used."""
        return any(f"{api}.".startswith(f"{package}.") for api in self.by_api)

    def conversion(self, target: str) -> Conversion:
        """The module rewritten as a whole for a target; computed once."""
        if target not in self._conversions:
            from lintplugin.rewrite import convert

            self._conversions[target] = convert(self, target)
        return self._conversions[target]

    def finding(
        self,
        node: nodes.NodeNG,
        api: str,
        *,
        confidence: str = "HIGH",
        fixes: Callable[[], Iterable[Fix]] = tuple,
        **args: str,
    ) -> Finding:
        """A finding at a node; ``args`` fill the message together with ``api``."""
        span = self.source.span(node)
        if isinstance(node, (nodes.FunctionDef, nodes.ClassDef)) and node.position is not None:
            # As Pylint reports them: the header, not the body.
            start = self.source.offset_of_bytes(node.position.lineno, node.position.col_offset)
            end = self.source.offset_of_bytes(
                node.position.end_lineno, node.position.end_col_offset
            )
            span = self.source.span_of(start, end)
        return Finding(node, span, api, {"api": api, **args}, confidence, fixes)


def analyse(
    source: Source, settings: Settings | None = None, *, parse_always: bool = False
) -> Report:
    """Findings of a file, without regard to suppression comments.

    :param parse_always: look for syntax errors in a file that names no framework, too.
    """
    report = Report(source.path, source=source)
    if os.path.basename(source.path) in rules.files():
        tree = parsing.parse(replace(source, text=""))
        report.module = Module(tree, source, settings or Settings())
        readers = [
            replace(one, check=one.read) for one in rules.readers_of(source.path) if one.read
        ]
        run_rules(report.module, readers, report)
        return report
    try:
        if not may_use_framework(source.text.encode(), source.path):
            if parse_always:
                report.problems += _left_out(source)
                parsing.check(source)
            return report
        tree = parsing.parse(source)
    except parsing.Unparsable as error:
        report.problems.append(_not_parsed(source, error))
        return report
    report.problems += _left_out(source)
    python2 = parsing.python2_error(tree)
    if python2 is not None:
        report.problems.append(_not_parsed(source, python2))
    report.module = Module(tree, source, settings or Settings())
    run_rules(report.module, _concerned(report.module), report)
    return report


def _not_parsed(source: Source, error: parsing.Unparsable) -> Problem:
    cell, line = source.place(error.line)
    return Problem(source.path, line, error.column, error.kind, error.message, cell)


def _left_out(source: Source) -> Iterator[Problem]:
    """Cells that are no Python, without which the others are read."""
    for cell, line, column, message in source.broken:
        yield Problem(source.path, line, column, "syntax-error", message, cell)


def _concerned(module: Module) -> Sequence[Checker]:
    try:
        return rules.concerned_with(module)
    except Exception:  # Names that cannot be resolved: each rule says so for itself.
        return rules.checkers()


def analyse_file(
    path: str, settings: Settings | None = None, *, parse_always: bool = False
) -> Report:
    """Read and analyse a file; an unreadable one gives a problem, never an exception."""
    try:
        return analyse(Source.read(path), settings, parse_always=parse_always)
    except UnreadableSource as error:
        return Report(path, problems=[Problem(path, error.line, 0, "unreadable", error.message)])


def run_rules(module: Module, checkers: Iterable[Checker], report: Report) -> None:
    """Run rules over a parsed file and add what they find to a report, in order of position."""
    for checker in checkers:
        if not module.settings.wants(checker):
            continue
        try:
            found = list(checker.check(module))
        except RecursionError:
            problem = Problem(module.source.path, 1, 0, "syntax-error", parsing.TOO_DEEP)
            report.problems.append(problem)
            break
        except Exception as error:  # One rule's mistake must not cost the others their findings.
            report.problems.append(
                internal_error(f"rule {checker.symbol}", module.source.path, error)
            )
            continue
        for finding in found:
            finding.checker = checker
        report.findings.extend(offers.bounded(found, module))
    report.findings.sort(key=lambda finding: (finding.span, finding.checker.rule.id))


def compute_fixes(report: Report, findings: Iterable[Finding] | None = None) -> None:
    """Compute the fixes of findings, of all by default; one whose rule raises keeps none."""
    for finding in [*report.findings, *report.suppressed] if findings is None else findings:
        try:
            finding.fixes  # noqa: B018
        except Exception as error:
            finding.compute = tuple
            problem = internal_error(f"the fix of rule {finding.symbol}", report.path, error)
            if problem not in report.problems:
                report.problems.append(problem)


def internal_error(what: str, path: str, error: Exception) -> Problem:
    """An exception of ours, as one line that says where and how to report it."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
    words = " ".join(str(error).split())
    return Problem(
        path,
        1,
        0,
        "internal-error",
        f"internal error in {what} ({type(error).__name__}: {words}, at {where}). "
        f"All else ran. Please report it with this file at {ISSUES_URL}",
    )


__all__ = ["Module", "Problem", "Report", "Settings", "Span", "analyse", "analyse_file"]
