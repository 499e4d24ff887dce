"""What answers about files rest on, noted while they are read, so that answers can be kept.

A fact is what a file, a folder or a project looked like. An answer that rests on facts is right as
long as each of them holds.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar

_T = TypeVar("_T")
_P = ParamSpec("_P")


class Fact(NamedTuple):
    """What something looked like.

    :param kind: ``file`` for the content of a file, ``folder`` for the names in a folder,
        ``exists``, or ``importers`` for the modules of a project that import one of it.
    :param path: absolute.
    :param value: a digest; empty for what was not there or not readable.
    """

    kind: str
    path: str
    value: str


class _Open(threading.local):
    """Sets that take what is noted now, the innermost last."""

    def __init__(self) -> None:
        self.sets: list[set[Fact]] = []


#: Bytes that are read at once.
_PART = 1 << 20

_open = _Open()
_kept: list[Callable[[], None]] = []


@contextlib.contextmanager
def noted() -> Iterator[set[Fact]]:
    """Note all facts that are looked at meanwhile."""
    found: set[Fact] = set()
    _open.sets.append(found)
    try:
        yield found
    finally:
        _open.sets.pop()


def is_noting() -> bool:
    """Whether somebody wants to know the facts."""
    return bool(_open.sets)


def note(kind: str, path: str, value: str) -> None:
    """Say that an answer rests on something."""
    if _open.sets:
        _open.sets[-1].add(Fact(kind, path, value))


def kept(most: int) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """As ``functools.lru_cache``; who gets a kept answer rests on what it rested on."""

    def decorate(function: Callable[_P, _T]) -> Callable[_P, _T]:
        @functools.lru_cache(most)
        def answer(is_noted: bool, *arguments: Any, **named: Any) -> tuple[_T, frozenset[Fact]]:
            if not is_noted:
                return function(*arguments, **named), frozenset()
            with noted() as found:
                value = function(*arguments, **named)
            return value, frozenset(found)

        @functools.wraps(function)
        def ask(*arguments: _P.args, **named: _P.kwargs) -> _T:
            sets = _open.sets
            value, found = answer(bool(sets), *arguments, **named)  # type: ignore[arg-type]
            if sets:
                sets[-1] |= found
            return value

        _kept.append(answer.cache_clear)
        return ask

    return decorate


def forget() -> None:
    """Drop all kept answers, where a process lives longer than the files stay as they are."""
    for clear in _kept:
        clear()


def digest(data: bytes) -> str:
    """What stands for a content."""
    return hashlib.sha256(data).hexdigest()


def read(path: str | Path) -> bytes:
    """The content of a file.

    :raises OSError: when it cannot be read.
    """
    if not _open.sets:
        return Path(path).read_bytes()
    place = os.path.abspath(path)
    try:
        data = Path(path).read_bytes()
    except OSError:
        note("file", place, "")
        raise
    note("file", place, digest(data))
    return data


def exists(path: str) -> bool:
    """Whether there is a file or a folder."""
    found = os.path.exists(path)
    note("exists", path, str(found))
    return found


@kept(4096)
def names_in(folder: str) -> frozenset[str]:
    """The modules and folders in a folder, a folder with a slash behind its name."""
    names = frozenset(_names_in(folder))
    note("folder", folder, _digest_of(names))
    return names


def _digest_of(names: Iterable[str]) -> str:
    return digest("/".join(sorted(names)).encode("utf-8", "surrogateescape"))


def value_of(kind: str, path: str) -> str:
    """What a fact of a kind says now, but of importers."""
    if kind == "folder":
        return _digest_of(_names_in(path))
    if kind == "exists":
        return str(os.path.exists(path))
    try:
        return digest(_content(path))
    except OSError:
        return ""


def _content(path: str) -> bytes:
    """As ``Path(path).read_bytes()``, in three quarters of the time: a million lines have many."""
    file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        parts = []
        while part := os.read(file, _PART):
            parts.append(part)
            if len(part) < _PART:
                break
    finally:
        os.close(file)
    return b"".join(parts)


def _names_in(folder: str) -> Iterator[str]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield f"{entry.name}/"
            elif entry.name.endswith(".py") and is_file(entry):
                yield entry.name
            elif entry.is_symlink() and os.path.isdir(entry.path):
                yield f"{entry.name}/"


def is_file(entry: os.DirEntry[str]) -> bool:
    """Whether an entry of a folder is a file, or a link to one: a pipe is waited for."""
    return entry.is_file(follow_symlinks=False) or os.path.isfile(entry.path)


def package_root(folder: str) -> str:
    """The folder that holds the outermost package around a folder."""
    while "__init__.py" in names_in(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder
