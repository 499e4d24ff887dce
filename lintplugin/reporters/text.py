"""Findings for people: grouped by file, with the source line, the replacement and the evidence."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING, TextIO

from lintplugin import rules
from lintplugin.configuration import Configuration
from lintplugin.console import Console, Piece, plural, printable, width
from lintplugin.reporters import Page
from lintplugin.rules import Finding, Problem
from lintplugin.source import Place, Source, Span

if TYPE_CHECKING:
    from lintplugin.analysis import Report
    from lintplugin.edits import Fix

# How far a fix may be trusted, see lintplugin.edits, which a second run does not load.
_STYLES = {"safe": "green", "unsafe": "yellow", "display": "bright_black"}

#: Characters of a source line that are shown; generated files have lines of megabytes.
_LINE = 120

#: Lines of a replacement that are shown; the conversion of a module has hundreds.
_BLOCK = 12


def render(report: Report, configuration: Configuration, *, plain: bool = False) -> str:
    """Problems, then findings with their lines and fixes.

    :param plain: whether it goes to a file, and not to the standard output.
    """
    with io.StringIO() as buffer:
        console = Console(buffer if plain else None).onto(buffer)
        for problem in report.problems:
            print_problem(console, problem)
        if report.findings and report.source is not None:
            console.line((report.path, "bold underline"))
            shown: set[str] = set()
            for finding in report.findings:
                _print_finding(console, finding, report.source, shown)
            console.line()
        return buffer.getvalue()


def _print_finding(console: Console, finding: Finding, source: Source, shown: set[str]) -> None:
    span = finding.span
    console.line(
        "  ",
        (f"{source.place(span.line)}:{span.column}", "cyan"),
        " ",
        (finding.checker.rule.id, "red"),
        " ",
        (finding.symbol, "bold"),
        f"  {finding.message}",
    )
    print_excerpt(console, source, span)
    for fix in finding.fixes:
        _print_fix(console, fix, shown)


def _print_fix(console: Console, fix: Fix, shown: set[str]) -> None:
    line = console.line
    style = _STYLES[fix.applicability]
    code = fix.replacement.splitlines()
    head: list[Piece] = ["      ", (f"{rules.TARGET_TITLES[fix.target]}: ", style)]
    if len(code) < 2:
        line(*head, (fix.replacement or fix.title, "bold"))
    elif fix.replacement in shown:
        line(*head, fix.title, " (shown above)")
    else:
        shown.add(fix.replacement)
        line(*head, fix.title)
        for text in code[:_BLOCK]:
            line("        " if text else "", (text, "bold"))
        if len(code) > _BLOCK:
            line(f"        … {plural(len(code) - _BLOCK, 'more line')}")
    reason = f": {fix.reason}" if fix.reason else ""
    evidence = f"; {fix.evidence}" if fix.evidence is not None else ""
    line("        ", (fix.applicability.value, style), f"{reason}{evidence}")


class TextReporter:
    """Prints a file when it is checked, and a summary at the end."""

    def __init__(self, configuration: Configuration, stream: TextIO | None = None) -> None:
        asked = {target for one in configuration.all_settings() for target in one.targets}
        self._targets = tuple(target for target in rules.TARGETS if target in asked)
        self._console = Console(stream)
        self._files = 0
        self._with_findings = 0
        self._problems = 0
        self._known = 0
        self._gone = 0
        self._found: Counter[str] = Counter()
        self._fixes: Counter[tuple[str, str, str]] = Counter()

    def add(self, text: str, page: Page) -> None:
        self._console.stream.write(text)
        self._files += 1
        self._with_findings += bool(page.found)
        self._problems += len(page.problems)
        for symbol, count in page.found.items():
            self._found[symbol] += count
        for kind, count in page.fixes.items():
            self._fixes[kind] += count
        self._known += page.known
        self._gone += page.gone.total()

    def close(self) -> None:
        line = self._console.line
        if self._found:
            total = plural(self._found.total(), "finding")
            line((f"{total} in {self._with_findings} of {plural(self._files, 'file')}", "bold"))
            self._table()
        else:
            line(f"no findings in {plural(self._files, 'file')}")
        if self._known:
            line(f"{plural(self._known, 'finding')} in the baseline")
        if self._gone:
            words = "is" if self._gone == 1 else "are"
            line(
                f"{plural(self._gone, 'finding')} of the baseline {words} gone: "
                "lintplugin baseline --prune"
            )
        if self._problems:
            line((f"{plural(self._problems, 'problem')}: see the lines above", "red"))

    def _table(self) -> None:
        """Counts by symbol, and how many of them ``fix`` repairs for each target."""
        rows = [("symbol", "findings", *(f"{target} fixes" for target in self._targets))]
        for symbol, count in self._found.most_common():
            rows.append(
                (symbol, str(count), *(self._fixable(symbol, one) for one in self._targets))
            )
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = [cell.ljust(size) for cell, size in zip(row, widths, strict=True)]
            self._console.line("  ", "  ".join(cells).rstrip())
        for target in self._targets:
            safe, unsafe = (
                sum(count for (_, *kind), count in self._fixes.items() if kind == [target, one])
                for one in ("safe", "unsafe")
            )
            if safe or unsafe:
                extra = f", {unsafe} more with --unsafe-fixes" if unsafe else ""
                self._console.line(f"lintplugin fix --target {target} repairs {safe}{extra}")

    def _fixable(self, symbol: str, target: str) -> str:
        parts = [
            f"{count} {level}" for level in _STYLES if (count := self._fixes[symbol, target, level])
        ]
        return ", ".join(parts) or "none"


def print_problem(console: Console, problem: Problem) -> None:
    """One line for a file, or a rule, that gave no findings."""
    where = f"{problem.path}:{Place(problem.cell, problem.line)}:{problem.column}"
    console.line((where, "bold"), ": ", (problem.kind, "red"), f": {problem.message}")


def print_excerpt(console: Console, source: Source, span: Span) -> None:
    """The line where a span begins, with the span marked below it."""
    text = source.excerpt(span.line)
    end = span.end_column if span.end_line == span.line else len(text)
    first = max(min(span.column - _LINE // 3, len(text) - _LINE), 0)
    last = first + _LINE
    before = ("…" if first else "") + printable(text[first : span.column])
    marked = printable(text[span.column : min(end, last)])
    after = printable(text[min(end, last) : last]) + ("…" if last < len(text) else "")
    console.line(
        (f"{source.place(span.line).line:>8} | ", "cyan"), before, (marked, "bold red"), after
    )
    space = " " * width(before)
    console.line(("         | ", "cyan"), space, ("^" * max(width(marked), 1), "bold red"))
