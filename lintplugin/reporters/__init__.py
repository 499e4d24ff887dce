"""What ``lintplugin check`` prints."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from lintplugin.analysis import Report
from lintplugin.configuration import Configuration


class Reporter(Protocol):
    """Prints reports as they come, so that memory does not grow with the number of files."""

    def __init__(self, configuration: Configuration) -> None: ...

    def add(self, report: Report) -> None:
        """Print what one file gave."""

    def close(self) -> None:
        """Print what is known only at the end."""


def create(name: str, configuration: Configuration) -> Reporter:
    """The reporter of the module here that has the name of an output format."""
    reporter: type[Reporter] = import_module(f"{__name__}.{name}").REPORTER
    return reporter(configuration)
