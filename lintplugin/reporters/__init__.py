"""What ``lintplugin check`` prints."""

from __future__ import annotations

from typing import Protocol

from lintplugin.analysis import Report


class Reporter(Protocol):
    """Prints reports as they come, so that memory does not grow with the number of files."""

    def add(self, report: Report) -> None:
        """Print what one file gave."""

    def close(self) -> None:
        """Print what is known only at the end."""
