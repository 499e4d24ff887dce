"""Files checked by several processes, with the pages in the order in which the files were found."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lintplugin import checking, reporters
from lintplugin.analysis import Problem, Report
from lintplugin.configuration import Configuration
from lintplugin.discovery import File
from lintplugin.reporters import Output, Page

# Imported where processes are started: it takes as long as to check a file.
if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

#: Processes are started at once for as many files, and for fewer after so many seconds of work: a
#: run that takes less never pays for them.
_MANY = 32
_ALONE = 0.1

#: Files that a process takes at once, few, so that none is left with many when the others are
#: done; and how many times that wait for each: enough to keep it busy, and all that is in memory
#: when one file takes long.
_CHUNK = 2
_AHEAD = 32

#: More share too little of a run to earn the memory that each takes.
_MOST = 8

# What is loaded before a fork is shared. Elsewhere each process loads it; macOS's own libraries do
# not survive a fork.
_START_METHOD = "fork" if sys.platform == "linux" else "spawn"


def cores() -> int:
    """Processors that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Run:
    """Checks files and makes a page of each."""

    configuration: Configuration
    outputs: tuple[Output, ...]

    def pages(self, files: Iterable[File], jobs: int | None = None) -> Generator[Page, None, None]:
        """A page for each file, in order; the same for any number of processes.

        :param jobs: processes; one for each processor when None, up to eight.
        """
        files = iter(files)
        jobs = jobs or min(cores(), _MOST)
        first = list(itertools.islice(files, _MANY))
        files = itertools.chain(first, files)
        with checking.many_short_lived_trees():
            if jobs == 1 or len(first) < _MANY:
                ends = time.monotonic() + _ALONE
                for page in self._pages(files):
                    yield page
                    if jobs > 1 and time.monotonic() > ends:
                        break
            yield from self._spread(files, jobs)

    def _pages(self, files: Iterable[File]) -> Iterator[Page]:
        for report in checking.reports(files, self.configuration):
            yield reporters.render(report, self.configuration, self.outputs)

    def _spread(self, files: Iterator[File], jobs: int) -> Iterator[Page]:
        """The pages of what is left, made by processes."""
        while first := list(itertools.islice(files, _CHUNK)):
            files = itertools.chain(first, files)
            try:
                executor = self._executor(jobs)
            except (ImportError, NotImplementedError, OSError):  # No semaphores on this machine.
                yield from self._pages(files)
                return
            suspects = yield from _results(executor, files, jobs)
            for file in suspects:
                yield self._page_alone(file)

    def _page_alone(self, file: File) -> Page:
        """The page of a file that may be what ended a process, in one of its own."""
        from concurrent.futures.process import BrokenProcessPool

        executor = self._executor(1)
        try:
            (page,) = executor.submit(_check, [file]).result()
        except BrokenProcessPool:
            problem = Problem(file.path, 1, 0, "internal-error", "the process that checked it died")
            report = Report(file.path, problems=[problem])
            page = reporters.render(report, self.configuration, self.outputs)
        finally:
            executor.shutdown()
        return page

    def _executor(self, jobs: int) -> ProcessPoolExecutor:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        context = multiprocessing.get_context(_START_METHOD)
        # Anew, without Pylint's linter, which cannot be sent.
        run = replace(self, configuration=replace(self.configuration))
        return ProcessPoolExecutor(jobs, context, _start, (run,))


def _results(
    executor: ProcessPoolExecutor, files: Iterator[File], jobs: int
) -> Generator[Page, None, list[File]]:
    """Pages as processes make them; returns the files under way when one died, which have none."""
    from concurrent.futures.process import BrokenProcessPool

    chunks: deque[Sequence[File]] = deque()
    results: deque[Future[list[Page]]] = deque()
    try:
        while True:
            chunk = list(itertools.islice(files, _CHUNK))
            if chunk:
                chunks.append(chunk)
                results.append(executor.submit(_check, chunk))
            if chunks and (not chunk or len(chunks) > jobs * _AHEAD):
                made = results.popleft().result()
                chunks.popleft()
                yield from made
            elif not chunk:
                return []
    except BrokenProcessPool:
        return list(itertools.chain(*chunks))
    finally:
        executor.shutdown(cancel_futures=True)


#: What a process was started for.
_run: Run


def _start(run: Run) -> None:
    global _run
    _run = run
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The process that started this one ends it.
    checking.tune_collector()


def _check(files: Sequence[File]) -> list[Page]:
    return list(_run._pages(files))
