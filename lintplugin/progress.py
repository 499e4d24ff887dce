"""A bar on the standard error, in a terminal, for as long as a long run goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

_T = TypeVar("_T")
_R = TypeVar("_R")

#: Seconds after which a run is long, and between two looks of the bar.
_LONG = 1.0
_STEP = 0.1


class Bar:
    """Shows how many files are done; drawn only between two of them, so that nothing waits for it.

    :param total: how many there are; None shows nothing.
    """

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._done = 0
        self._drawn = time.monotonic() + _LONG - _STEP
        self._progress: Progress | None = None
        self._is_visible = False

    def advance(self) -> None:
        """Count one file."""
        self._done += 1
        if self._total is None or time.monotonic() - self._drawn < _STEP:
            return
        if self._progress is None:
            self._progress = _progress(self._total)
        self._progress.update(self._progress.task_ids[0], completed=self._done)
        if not self._is_visible:
            self._progress.start()
            self._is_visible = True
        self._progress.refresh()
        self._drawn = time.monotonic()

    def clear(self) -> None:
        """Take the bar away, before something else is written; it comes back with a later file."""
        if self._is_visible and self._progress is not None:
            self._progress.stop()
            self._is_visible = False


def followed(
    files: Iterable[_T],
    work: Callable[[Iterable[_T]], Iterable[_R]],
    prints: Callable[[_R], object],
) -> Generator[_R, None, None]:
    """The results of work on files, with a bar if the standard error is a terminal.

    Only then all files are looked for before the first is worked on.

    :param work: takes the files and gives a result for each.
    :param prints: whether something is written for a result while this generator waits.
    """
    total = None
    if sys.stderr.isatty():
        files = list(files)
        total = len(files)
    bar = Bar(total)
    try:
        for result in work(files):
            if prints(result):
                bar.clear()
            yield result
            bar.advance()
    finally:
        bar.clear()


def _progress(total: int) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    progress = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        "files",
        TimeRemainingColumn(),
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    progress.add_task("", total=total)
    return progress
