"""What ``lintplugin check`` prints.

A module here is an output format. All but ``text`` write the same plain data, a :class:`Record` for
each finding: a module has ``head()``, ``page(path, records, problems)`` and ``tail(problems,
found)``, which give text, and ``SEPARATOR``, what stands between pages. Pylint's reporters call the
same functions, see :mod:`lintplugin.reporters.adapter`. ``survey`` is not among them: it is what
``lintplugin report`` asks of a file.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple, Protocol, TextIO

from lintplugin.baseline import Place
from lintplugin.configuration import Configuration
from lintplugin.rules import Problem

if TYPE_CHECKING:
    from lintplugin.analysis import Report
    from lintplugin.facts import Fact
    from lintplugin.reporters.records import Record

#: Formats that say where something is by the cell of a notebook; the others count lines of JSON.
KNOW_CELLS = frozenset({"json"})


class Output(NamedTuple):
    """A format that is asked for, and the file that it goes to; the standard output when None."""

    form: str
    file: str | None = None


class Page(NamedTuple):
    """What is printed of one file, and what is counted: small, and sent between processes.

    :param path: the file.
    :param texts: the findings, in each format that is asked for.
    :param found: findings by symbol.
    :param fixes: fixes by symbol, target and applicability.
    :param known: how many findings the baseline passes over.
    :param gone: how many findings of the baseline are gone, by place.
    :param new: the findings by place, where there is a baseline.
    """

    path: str
    texts: tuple[str, ...]
    problems: tuple[Problem, ...]
    found: Counter[str]
    fixes: Counter[tuple[str, str, str]]
    known: int
    gone: Counter[Place]
    new: Counter[Place]


class Made(NamedTuple):
    """A page, and the facts that it rests on, where they are noted."""

    page: Page
    facts: frozenset[Fact] = frozenset()


class Reporter(Protocol):
    """Prints pages as they come, so that memory does not grow with the number of files."""

    def add(self, text: str, page: Page) -> None:
        """Print what one file gave.

        :param text: the one of the page that is in the format of this reporter.
        """

    def close(self) -> None:
        """Print what is known only at the end."""


def create(output: Output, configuration: Configuration, stream: TextIO) -> Reporter:
    """The reporter for an output that is asked for."""
    if output.form in ("text", "statistics"):
        from lintplugin.reporters.text import TextReporter

        return TextReporter(configuration, stream)
    return DataReporter(output.form, stream)


def render(report: Report, configuration: Configuration, outputs: Iterable[Output]) -> Page:
    """The page of a file."""
    texts = []
    records = None
    baseline = configuration.baseline
    for output in outputs:
        if output.form == "text":
            from lintplugin.reporters import text

            texts.append(text.render(report, configuration, plain=output.file is not None))
            continue
        if output.form == "statistics":
            texts.append("")
            continue
        if output.form == "survey":
            from lintplugin.report import survey

            texts.append(survey.page(report, configuration))
            continue
        if records is None:
            from lintplugin.reporters.records import in_file, records_of

            records = records_of(report, configuration)
        form = form_of(output.form)
        knows_cells = output.form in KNOW_CELLS
        shown = records if knows_cells else list(map(in_file, records))
        problems = report.problems if knows_cells else _in_file(report.problems)
        texts.append(form.page(report.path, shown, problems) if shown or problems else "")
    places = (baseline.place(report.path, one) for one in report.findings) if baseline else ()
    return Page(
        report.path,
        tuple(texts),
        tuple(report.problems),
        Counter(finding.symbol for finding in report.findings),
        Counter(
            (finding.symbol, fix.target, fix.applicability.value)
            for finding in report.findings
            for fix in finding.fixes
        ),
        len(report.known),
        report.gone,
        Counter(places),
    )


def _in_file(problems: Iterable[Problem]) -> list[Problem]:
    return [problem.in_file() for problem in problems]


def form_of(name: str) -> ModuleType:
    """The module that writes a format of plain data."""
    return import_module(f"{__name__}.{name}")


class DataReporter:
    """Writes a format of plain data."""

    def __init__(self, form: str, stream: TextIO) -> None:
        self._form = form_of(form)
        self._cells = form in KNOW_CELLS
        self._stream = stream
        self._separator = ""
        self._problems: list[Problem] = []
        self._found: Counter[str] = Counter()
        stream.write(self._form.head())

    def add(self, text: str, page: Page) -> None:
        self._write(text)
        self._problems.extend(page.problems if self._cells else _in_file(page.problems))
        self._found.update(page.found)

    def add_records(self, path: str, records: Sequence[Record]) -> None:
        """Write what was found in a file."""
        self._write(self._form.page(path, records, ()))
        self._found.update(record.data["symbol"] for record in records)

    def _write(self, text: str) -> None:
        if text:
            self._stream.write(self._separator + text)
            self._separator = self._form.SEPARATOR

    def close(self) -> None:
        self._stream.write(self._form.tail(self._problems, self._found))


class Everything:
    """Hands each page to the reporters of all outputs."""

    def __init__(self, reporters: Sequence[Reporter]) -> None:
        self._reporters = reporters

    def add(self, page: Page) -> None:
        """Print what one file gave in every format."""
        for reporter, text in zip(self._reporters, page.texts, strict=True):
            reporter.add(text, page)


@contextlib.contextmanager
def opened(outputs: Sequence[Output], configuration: Configuration) -> Iterator[Everything]:
    """Reporters for all outputs, closed at the end.

    :raises OSError: when a file cannot be written.
    """
    with contextlib.ExitStack() as stack:
        reporters = [
            create(output, configuration, stack.enter_context(written(output.file)))
            for output in outputs
        ]
        yield Everything(reporters)
        for reporter in reporters:
            reporter.close()


@contextlib.contextmanager
def written(file: str | None) -> Iterator[TextIO]:
    """A file to write to; the standard output when None.

    It is written beside its place and takes it at the end, so that nobody reads half a report.

    :raises OSError: when it cannot be written.
    """
    if file is None:
        yield sys.stdout
        return
    path = Path(os.path.realpath(file))
    if path.exists() and not path.is_file():  # A device or a pipe.
        with path.open("w", encoding="utf-8", errors="backslashreplace") as stream:
            yield stream
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        stream = beside.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise OSError(f"{file}: {error.strerror}") from error
    try:
        with stream:
            yield stream
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
