"""One file as ``check`` and ``fix`` see it: analysed, what is suppressed set apart, with fixes."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
from collections import Counter
from collections.abc import Iterable, Iterator

from lintplugin import analysis, suppression
from lintplugin.analysis import Problem, Report
from lintplugin.configuration import Configuration
from lintplugin.discovery import File
from lintplugin.source import Source


def check_file(path: str, configuration: Configuration, *, named: bool) -> Report:
    """Read and check a file. Whatever goes wrong is a problem in the report.

    :param named: whether the user named this file, and wants to know all of it: syntax errors
        also where no framework is named, and all that stops a conversion.
    """
    settings = configuration.settings_for(path)
    if configuration.overview and not (named or settings.asked):
        settings = dataclasses.replace(settings, thorough=False)
    try:
        report = analysis.analyse_file(path, settings, parse_always=named)
        return _complete(report, configuration)
    except Exception as error:
        return Report(path, problems=[analysis.internal_error("lintplugin", path, error)])


def check(source: Source, configuration: Configuration, *, fixes: bool = True) -> Report:
    """Check a text.

    :param fixes: compute them all now, rather than each when it is asked for.
    """
    report = analysis.analyse(source, configuration.settings_for(source.path))
    return _complete(report, configuration, fixes=fixes)


def _complete(report: Report, configuration: Configuration, *, fixes: bool = True) -> Report:
    settings = configuration.settings_for(report.path)
    suppression.apply(report, configuration)
    if configuration.baseline is not None and report.source is not None:
        split = configuration.baseline.split(report.path, report.findings)
        report.findings, report.known, gone = split
        report.gone = Counter(
            {place: count for place, count in gone.items() if settings.runs(place.symbol)}
        )
    if configuration.changes is not None and report.findings:
        old = set(map(id, configuration.changes.old(report, settings)))
        report.findings = [one for one in report.findings if id(one) not in old]
    if fixes:
        analysis.compute_fixes(report)
    return report


def reports(files: Iterable[File], configuration: Configuration) -> Iterator[Report]:
    """A report for each file, as it is checked; its trees die when the next is asked for."""
    for file in files:
        if isinstance(file, Problem):
            yield Report(file.path, problems=[file])
            continue
        report = check_file(file.path, configuration, named=file.named)
        yield report
        if report.module is not None:
            report.module.names.release()
        del report
        collect()


@contextlib.contextmanager
def many_short_lived_trees() -> Iterator[None]:
    """Tune the garbage collector for :func:`reports` of many files."""
    was_enabled = gc.isenabled()
    tune_collector()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()


def tune_collector() -> None:
    """Leave collecting to :func:`collect`, for good.

    Syntax trees are full of cycles and die together. With Python's default thresholds a third of
    the time goes into collections that find nothing.
    """
    gc.freeze()
    gc.disable()


# A small file makes some ten thousand objects, of which few wait for the collector.
_MANY_OBJECTS = 25_000
_MANY_COLLECTIONS = 10


def collect() -> None:
    """Collect garbage if there is so much that it pays."""
    young, collections, _ = gc.get_count()
    if young > _MANY_OBJECTS:
        # The trees that a cache held when the others died are found by the tenth collection.
        gc.collect(2 if collections >= _MANY_COLLECTIONS else 0)
