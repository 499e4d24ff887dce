"""The interpreters that execute: one server process for each framework, started when needed."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from lintplugin.verification import worker
from lintplugin.verification.environments import cache_folder

#: Runtimes as messages call them.
TITLES = {
    "numpy": "NumPy",
    "theano": "Theano",
    "tensorflow1": "TensorFlow 1",
    "keras2": "Keras 2",
    "tensorflow2": "TensorFlow",
    "torch": "PyTorch",
}

#: Runtimes that need the Python of the legacy frameworks.
LEGACY = ("theano", "tensorflow1", "keras2")


class UnavailableError(Exception):
    """A framework cannot be used; the message says why in one line."""


@dataclass(frozen=True)
class Limits:
    """What one job may use.

    :param seconds: wall-clock time.
    :param bytes: memory beyond what the framework itself takes.
    """

    seconds: float = 300.0
    bytes: int = 4 << 30


def environment(python: str, device: str, number: int = 0) -> dict[str, str]:
    """Environment variables of a server: quiet, one thread a job, no settings of the user.

    :param number: of a server among those of one framework. Theano compiles one module at a time
        in a folder, so that each has its own.
    """
    compiled = cache_folder() / (f"theano-{number}" if number else "theano")
    variables = {
        name: value
        for name, value in os.environ.items()
        # Packages of this interpreter are of no use to another one.
        if name != "PYTHONPATH" or python == sys.executable
    }
    if device == "cpu":
        variables["CUDA_VISIBLE_DEVICES"] = "-1"
    variables.update(
        KERAS_BACKEND="tensorflow",
        KERAS_HOME=str(cache_folder() / "keras"),
        MPLBACKEND="Agg",
        PYTORCH_NVML_BASED_CUDA_CHECK="1",
        PYTHONHASHSEED="0",
        TF_CPP_MIN_LOG_LEVEL="3",
        TF_ENABLE_ONEDNN_OPTS="0",
        THEANORC=os.devnull,
        TORCHINDUCTOR_CACHE_DIR=str(cache_folder() / "torch"),
        THEANO_FLAGS=f"base_compiledir={compiled},compile.wait=1",
    )
    for name in ("OMP_NUM", "OPENBLAS_NUM", "MKL_NUM", "TF_NUM_INTRAOP", "TF_NUM_INTEROP"):
        variables[f"{name}_THREADS"] = "1"
    return variables


class Server:
    """One framework in one interpreter, which runs jobs, each in a process of its own.

    :param runtime: a key of :data:`worker.RUNTIMES`.
    :param slots: limits the number of jobs that run at once, over all servers that share it.
    :param number: see :func:`environment`.
    :param fresh: start a new process for every job instead of forking one.
    """

    def __init__(
        self,
        python: str,
        runtime: str,
        device: str,
        slots: threading.Semaphore,
        limits: Limits,
        number: int = 0,
        fresh: bool = False,
    ) -> None:
        self.runtime = runtime
        self._slots = slots
        self._limits = limits
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._hello: Future[dict[str, Any]] = Future()
        self._pending: dict[int, Future[dict[str, Any]]] = {0: self._hello}
        command = [python, worker.__file__, runtime, "--device", device]
        self._process = subprocess.Popen(
            [*command, "--fresh"] if fresh else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(python, device, number),
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        # Whether the device is there shows only in a job: asking starts the driver.
        self._probe = self._submit({"kind": "probe"}) if device != "cpu" else None

    def _read(self) -> None:
        assert self._process.stdout is not None
        while (frame := worker.read_frame(self._process.stdout)) is not None:
            number, payload = frame
            with self._lock:
                future = self._pending.pop(number)
            future.set_result(worker.decode(payload))
        with self._lock:
            lost = list(self._pending.values())
            self._pending.clear()
        self._process.wait()
        for future in lost:
            future.set_result(self._lost())

    def about(self) -> Mapping[str, str]:
        """``version``, ``python``, ``numpy`` and ``platform``; waits until it has started.

        :raises UnavailableError: when the framework is not installed or cannot be imported, or
            when it does not see the device.
        """
        hello = self._hello.result()
        title = TITLES[self.runtime]
        if hello["status"] == "missing":
            raise UnavailableError(f"{title} is not installed ({hello['text']})")
        if hello["status"] != "done":
            raise UnavailableError(f"{title} cannot be imported: {hello['text']}")
        if self._probe is not None and self._probe.result()["status"] != "done":
            raise UnavailableError(self._probe.result()["text"])
        return hello

    def run(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """The outcome of a job: see :func:`worker.perform`.

        :raises UnavailableError: as :meth:`about`.
        """
        self.about()
        with self._slots:
            return self._submit(job).result()

    def _submit(self, job: Mapping[str, Any]) -> Future[dict[str, Any]]:
        limits = {"seconds": self._limits.seconds, "bytes": self._limits.bytes}
        data = worker.encode({**job, **limits})
        future: Future[dict[str, Any]] = Future()
        assert self._process.stdin is not None
        with self._lock:
            number = next(self._numbers)
            self._pending[number] = future
            try:
                worker.write_frame(self._process.stdin, number, data)
            except (OSError, ValueError):  # It has ended, or was closed.
                del self._pending[number]
                future.set_result(self._lost())
        return future

    def _lost(self) -> dict[str, Any]:
        return {"status": "crashed", "text": f"the server of {TITLES[self.runtime]} has ended"}

    def close(self) -> None:
        """End the server and whatever it still runs."""
        assert self._process.stdin is not None
        if not self._hello.done():
            self._process.kill()  # It still imports its framework, and has no jobs.
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
