"""``lintplugin baseline``: accepts the findings that are there, so that only new ones are shown."""

from __future__ import annotations

import dataclasses
import functools
import os
import re
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from lintplugin import checking, edits, progress
from lintplugin.analysis import Problem, Report
from lintplugin.baseline import NAME, Baseline
from lintplugin.configuration import Configuration
from lintplugin.console import Console, plural
from lintplugin.discovery import File
from lintplugin.edits import Edit
from lintplugin.parallel import Run
from lintplugin.reporters.text import print_problem
from lintplugin.source import Source

_NEXT = re.compile(r"\s*# pylint: disable-next=([\w, -]+)$")


def write(
    files: Iterable[File],
    configuration: Configuration,
    file: Path | None,
    console: Console,
    *,
    prune: bool = False,
    jobs: int | None = None,
) -> bool:
    """Write the findings of files to a baseline, and return whether all files could be analysed.

    :param file: the baseline; when None that of the current folder, which is made if need be.
    :param prune: take out what is gone, and add nothing.
    :raises lintplugin.baseline.BaselineError: when the one that is there cannot be read.
    :raises OSError: when it cannot be written.
    """
    file = file or Baseline.find() or Path(NAME)
    before = Baseline.read(file) if file.exists() or prune else Baseline(file, {})
    known = before if prune else Baseline(file, {})
    after = Counter(before.counts)
    is_whole = True
    run = Run(dataclasses.replace(configuration, baseline=known), ())
    work = functools.partial(run.pages, jobs=jobs)
    for page in progress.followed(files, work, lambda page: page.problems):
        for problem in page.problems:
            print_problem(console, problem)
        if any(problem.fails for problem in page.problems):
            is_whole = False
            continue  # What is said of a file that cannot be read stays.
        if prune:
            after -= page.gone
            continue
        own, settings = known.path(page.path), configuration.settings_for(page.path)
        others = {
            place: count
            for place, count in after.items()
            if place.path != own or not settings.runs(place.symbol)
        }
        after = Counter(others) + page.new
    for place in before.missing():
        del after[place]
    _save(file, Baseline(file, after).text())
    removed = (Counter(before.counts) - after).total()
    added = (after - Counter(before.counts)).total()
    counts = f"{added} added, {removed} removed"
    console.line((f"{plural(after.total(), 'finding')} in {file}: {counts}", "bold"))
    return is_whole


def _save(file: Path, text: str) -> None:
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        beside.write_text(text, "utf-8")
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def suppress(files: Iterable[File], configuration: Configuration, console: Console) -> bool:
    """Write a comment above each finding, and return whether every finding got one."""
    written = found = 0
    is_whole = True
    work = functools.partial(checking.reports, configuration=configuration)
    with checking.many_short_lived_trees():
        for report in progress.followed(files, work, lambda report: not report.is_clean):
            for problem in [*report.problems, *_suppressed(report, configuration)]:
                print_problem(console, problem)
                is_whole = is_whole and not problem.fails
            found += len(report.findings)
            written += bool(report.findings)
    console.line((f"{plural(found, 'finding')} in {plural(written, 'file')}", "bold"))
    return is_whole


def _suppressed(report: Report, configuration: Configuration) -> Iterator[Problem]:
    """Write the comments of a file; a finding that gets none is a problem."""
    source = report.source
    if source is None or not report.findings:
        return
    by_line: dict[int, set[str]] = defaultdict(set)
    for finding in report.findings:
        by_line[finding.span.line].add(finding.symbol)
    inside = inside_strings(source)
    changes = {
        line: change
        for line, symbols in by_line.items()
        if (change := comment(source, line, symbols, inside)) is not None
    }
    without = [finding for finding in report.findings if finding.span.line not in changes]
    for finding in without:
        words = f"no place for a comment that turns off {finding.symbol}"
        yield Problem(source.path, finding.span.line, finding.span.column, "unwritable", words)
    text = edits.splice(source.text, list(changes.values()))
    left = checking.check(dataclasses.replace(source, text=text), configuration)
    if any(problem.fails for problem in left.problems) or len(left.findings) > len(without):
        words = "not written: the comments would not turn off what they should"
        yield Problem(source.path, 1, 0, "unwritable", words)
        return
    try:
        edits.write(source, text)
    except OSError as error:
        yield Problem(source.path, 1, 0, "unwritable", f"not written: {error.strerror or error}")


def inside_strings(source: Source) -> frozenset[int]:
    """Lines that begin within a string."""
    return frozenset(_inside_strings(source))


def _inside_strings(source: Source) -> Iterator[int]:
    opened: list[int] = []
    for token in source.tokens:
        name = tokenize.tok_name[token.type]
        if name in ("FSTRING_START", "TSTRING_START"):
            opened.append(token.start[0])
        elif name in ("STRING", "FSTRING_END", "TSTRING_END"):
            first = token.start[0] if name == "STRING" else opened.pop()
            yield from range(first + 1, token.end[0] + 1)


def comment(source: Source, line: int, symbols: set[str], inside: frozenset[int]) -> Edit | None:
    """The comment for a line, or more symbols for one that is there; None without a place for it.

    It stands above the line. Behind a line Pylint reads it for the whole statement, so that it
    stands there only where a string begins before and leaves no other place.
    """
    names = ",".join(sorted(symbols))
    text = source.line(line)
    before = source.line(line - 1) if line > 1 else ""
    if before.endswith("\\"):
        return None
    if line in inside:
        end = source.line_start(line) + len(text)
        is_open = line + 1 not in inside and "#" not in text and not text.endswith("\\")
        return Edit(end, end, f"  # pylint: disable={names}") if is_open else None
    above = _NEXT.match(before)
    if above is not None:
        end = source.line_start(line - 1) + above.end(1)
        return Edit(end, end, f",{names}")
    start = source.line_start(line)
    indent = text[: len(text) - len(text.lstrip())]
    return Edit(start, start, f"{indent}# pylint: disable-next={names}{source.newline}")
