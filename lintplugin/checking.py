"""One file as ``check`` and ``fix`` see it: analysed, what is suppressed set apart, with fixes."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
from collections.abc import Iterator

from lintplugin import analysis, suppression
from lintplugin.analysis import Report
from lintplugin.configuration import Configuration
from lintplugin.source import Source


def check_file(path: str, configuration: Configuration, *, named: bool) -> Report:
    """Read and check a file. Whatever goes wrong is a problem in the report.

    :param named: whether the user named this file, and wants to know all of it: syntax errors
        also where no framework is named, and all that stops a conversion.
    """
    settings = configuration.settings
    if configuration.overview and not (named or settings.asked):
        settings = dataclasses.replace(settings, thorough=False)
    try:
        report = analysis.analyse_file(path, settings, parse_always=named)
        return _complete(report, configuration)
    except Exception as error:
        return Report(path, problems=[analysis.internal_error("lintplugin", path, error)])


def check(source: Source, configuration: Configuration) -> Report:
    """Check a text."""
    return _complete(analysis.analyse(source, configuration.settings), configuration)


def _complete(report: Report, configuration: Configuration) -> Report:
    suppression.apply(report, configuration)
    analysis.compute_fixes(report)
    return report


@contextlib.contextmanager
def many_short_lived_trees() -> Iterator[None]:
    """Tune the garbage collector for a run over many files.

    Syntax trees are full of cycles and die together. With Python's default thresholds a third of
    the time goes into collections that find nothing.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 5, 5)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
