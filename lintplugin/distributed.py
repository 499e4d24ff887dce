"""Files checked by any ``concurrent.futures.Executor``, such as those of a cluster.

Its workers need lintplugin, and the files at the same paths. A worker may live long and have
threads: it forgets what it read when a new run begins, and checks one chunk at a time.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import socket
import threading
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import lintplugin
from lintplugin import facts
from lintplugin.discovery import File
from lintplugin.parallel import RunError
from lintplugin.reporters import Made

if TYPE_CHECKING:
    from lintplugin.parallel import Run

#: Files in a task, and tasks under way: enough for a few hundred workers.
_CHUNK = 16
_AHEAD = 1024

#: Seconds to wait for a cluster.
_PATIENCE = 10


class Order(NamedTuple):
    """What a worker is told besides the files.

    :param number: tells runs apart.
    :param folder: where the run was started; its paths are relative to it.
    """

    number: str
    run: Run
    folder: str


def connected(text: str) -> Executor:
    """The executor that a text names: ``dask=ADDRESS``, ``ray=ADDRESS`` or ``MODULE:FUNCTION``.

    :raises RunError: when it is not installed or cannot be reached.
    """
    name, _, address = text.partition("=")
    make: Callable[..., Executor]
    try:
        if name in _ENGINES:
            return _ENGINES[name](address)
        module, colon, function = name.partition(":")
        if not colon:
            known = ", ".join(f"{one}=ADDRESS" for one in _ENGINES)
            raise RunError(f"unknown, choose from {known} and MODULE:FUNCTION")
        make = getattr(import_module(module), function)
        return make(address) if address else make()
    except ModuleNotFoundError as error:
        hint = f': pip install "lintplugin[{name}]"' if name in _ENGINES else ""
        raise RunError(f"{error.name} is not installed{hint}") from error
    except (AttributeError, ConnectionError, OSError, ValueError, TypeError) as error:
        raise RunError(str(error) or type(error).__name__) from error


def _dask(address: str) -> Executor:
    from distributed import Client

    client: Any = Client  # It has no types.
    executor: Executor = client(address, timeout=_PATIENCE).get_executor(pure=False)
    return executor


def _ray(address: str) -> Executor:
    import ray

    place = urlsplit(address if "://" in address else f"//{address}")
    if place.hostname and place.port:
        # Ray itself tries for eight minutes.
        socket.create_connection((place.hostname, place.port), _PATIENCE).close()
    ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    return _Ray()


class _Ray(Executor):
    """Ray's tasks, which Ray itself does not offer as an executor."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Start a task."""
        import ray

        future: Future[Any] = ray.remote(function).remote(*arguments, **named).future()
        return future


_ENGINES: dict[str, Callable[[str], Executor]] = {"dask": _dask, "ray": _ray}


def made(run: Run, files: Iterable[File], executor: Executor) -> Generator[Made, None, None]:
    """The pages of files, in order.

    A file whose worker fails is tried once more, alone, and has a problem if that fails, too.

    :raises RunError: when the workers do not have this lintplugin.
    """
    try:
        version = executor.submit(_version).result()
    except Exception as error:
        raise RunError(f"its workers cannot run lintplugin: {_words(error)}") from error
    if version != lintplugin.__version__:
        raise RunError(f"its workers have lintplugin {version}, not {lintplugin.__version__}")
    order = Order(uuid.uuid4().hex, run.anew(), os.getcwd())
    files = iter(files)
    under_way: deque[tuple[Sequence[File], Future[list[Made]]]] = deque()
    try:
        while True:
            chunk = list(itertools.islice(files, _CHUNK))
            if chunk:
                under_way.append((chunk, executor.submit(_check, order, chunk)))
            if under_way and (not chunk or len(under_way) > _AHEAD):
                yield from _result(order, *under_way.popleft(), executor)
            elif not chunk:
                return
    finally:
        for _, future in under_way:
            future.cancel()


def _result(
    order: Order, chunk: Sequence[File], future: Future[list[Made]], executor: Executor
) -> Iterator[Made]:
    try:
        yield from future.result()
        return
    except Exception:
        retried = [(one, executor.submit(_check, order, [one])) for one in chunk]
    for file, alone in retried:
        try:
            yield from alone.result()
        except Exception as error:
            yield order.run.failed(file, f"its worker failed: {_words(error)}")


def _words(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


# From here on: in a worker.

_lock = threading.Lock()
_current: Order | None = None


def _version() -> str:
    return lintplugin.__version__


def _check(order: Order, files: Sequence[File]) -> list[Made]:
    global _current
    from lintplugin import checking

    with _lock, _in_folder(order.folder):
        if _current is None or _current.number != order.number:
            facts.forget()
            _current = order
        with checking.many_short_lived_trees():
            return list(_current.run._pages(files))


@contextlib.contextmanager
def _in_folder(folder: str) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
