"""What ``lintplugin check`` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple, Protocol

from lintplugin.analysis import Problem, Report
from lintplugin.configuration import Configuration


class Page(NamedTuple):
    """What is printed of one file, and what is counted: small, and sent between processes.

    :param text: the findings in an output format.
    :param found: findings by symbol.
    :param fixes: fixes by symbol, target and applicability.
    """

    text: str
    problems: tuple[Problem, ...]
    found: Counter[str]
    fixes: Counter[tuple[str, str, str]]

    @classmethod
    def of(cls, report: Report, text: str) -> Page:
        found = Counter(finding.symbol for finding in report.findings)
        fixes = Counter(
            (finding.symbol, fix.target, fix.applicability.value)
            for finding in report.findings
            for fix in finding.fixes
        )
        return cls(text, tuple(report.problems), found, fixes)


class Reporter(Protocol):
    """Prints pages as they come, so that memory does not grow with the number of files."""

    def __init__(self, configuration: Configuration) -> None: ...

    def add(self, page: Page) -> None:
        """Print what one file gave."""

    def close(self) -> None:
        """Print what is known only at the end."""


def create(name: str, configuration: Configuration) -> Reporter:
    """The reporter of the module here that has the name of an output format."""
    reporter: type[Reporter] = import_module(f"{__name__}.{name}").REPORTER
    return reporter(configuration)


def renderer(name: str) -> Callable[[Report, Configuration], Page]:
    """What makes the pages for that reporter."""
    render: Callable[[Report, Configuration], Page] = import_module(f"{__name__}.{name}").render
    return render
