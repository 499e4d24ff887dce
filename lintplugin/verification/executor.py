"""Runs jobs, each framework in a server of its own that is started when first needed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lintplugin.parallel import cores
from lintplugin.verification import environments
from lintplugin.verification.environments import InterpreterError
from lintplugin.verification.pairs import Job
from lintplugin.verification.servers import LEGACY, TITLES, Limits, Server, UnavailableError


class JobError(Exception):
    """A job ended without a value.

    :param verdict: ``error``, ``time limit`` or ``memory limit``.
    """

    def __init__(self, verdict: str, detail: str) -> None:
        super().__init__(detail)
        self.verdict = verdict


class Executor:
    """The interpreters of one run; a context manager that ends them.

    :param legacy_python: see :func:`environments.legacy_base`.
    :param modern_python: see :func:`environments.modern_python`.
    :param jobs: processes at once, by default one for each core.
    :param note: told what takes long or is missing, in one line.
    :raises InterpreterError: when an interpreter asked for is not what it should be.
    """

    def __init__(
        self,
        legacy_python: str | None,
        modern_python: str | None,
        jobs: int | None,
        limits: Limits,
        note: Callable[[str], None],
    ) -> None:
        self._modern = environments.modern_python(modern_python)
        self._legacy_option = legacy_python
        self._legacy: str | InterpreterError | None = None
        if environments.is_legacy_asked(legacy_python):
            environments.legacy_base(legacy_python)
        self._limits = limits
        self._note = note
        jobs = jobs or cores()
        self._slots = threading.Semaphore(jobs)
        #: Numbers of the servers of Theano that have no job.
        self._idle: queue.PriorityQueue[int] = queue.PriorityQueue()
        for number in range(jobs):
            self._idle.put(number)
        self._lock = threading.Lock()
        self._closed = False
        self._servers: dict[tuple[str, str, int], Server] = {}

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._closed = True
        for server in self._servers.values():
            server.close()

    def _server(self, runtime: str, device: str, number: int = 0) -> Server:
        key = runtime, device, number
        with self._lock:
            if self._closed:  # After an interrupt, threads still come to their next step.
                raise UnavailableError("interrupted")
            if key not in self._servers:
                python = self._legacy_python() if runtime in LEGACY else self._modern
                self._servers[key] = Server(
                    python, runtime, device, self._slots, self._limits, number
                )
            return self._servers[key]

    @contextmanager
    def _lent(self, runtime: str, device: str) -> Iterator[Server]:
        """A server that can take a job; those of Theano take one at a time."""
        if runtime != "theano":
            yield self._server(runtime, device)
            return
        number = self._idle.get()
        try:
            yield self._server(runtime, device, number)
        finally:
            self._idle.put(number)

    def _legacy_python(self) -> str:
        if self._legacy is None:
            try:
                base = environments.legacy_base(self._legacy_option)
                self._legacy = environments.legacy_python(base, self._note)
            except InterpreterError as error:
                self._legacy = error
                self._note(str(error))
        if isinstance(self._legacy, InterpreterError):
            raise UnavailableError(str(self._legacy))
        return self._legacy

    def about(self, runtime: str, device: str = "cpu") -> Mapping[str, str]:
        """As :meth:`Server.about`.

        :raises UnavailableError: when there is no interpreter for the runtime, either.
        """
        return self._server(runtime, device).about()

    def run(self, runtime: str, job: Job, device: str = "cpu") -> Any:
        """The value of a job.

        :raises UnavailableError: when the runtime or the device is not there.
        :raises JobError: when its process ended without a value.
        """
        with self._lent(runtime, device) as server:
            outcome = server.run(job)
        status, text, title = outcome["status"], outcome.get("text", ""), TITLES[runtime]
        if status == "done":
            return outcome["value"]
        if status == "time limit":
            raise JobError(status, f"{title}: more than {self._limits.seconds:g} s")
        if status == "memory limit":
            limit = f"{title}: more than {self._limits.bytes / (1 << 20):,.0f} MiB"
            raise JobError(status, f"{limit}: {text}" if text else limit)
        raise JobError("error", f"{title}: {text}")
