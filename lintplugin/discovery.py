"""From the paths on the command line to the files to check."""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from lintplugin import rules
from lintplugin.analysis import Problem
from lintplugin.project import is_python, is_skipped
from lintplugin.source import NOTEBOOK


class Found(NamedTuple):
    """A file to check.

    :param path: relative to the current folder when it lies in it, else absolute, as Pylint
        prints paths.
    :param named: whether the user named this file, rather than a folder above it.
    """

    path: str
    named: bool


#: A file to check, or why there is none.
File = Found | Problem


def discover(
    paths: Iterable[str], ignores: Callable[[str], bool] = lambda path: False
) -> Iterator[File]:
    """Files to check, each real file once, in the order of the arguments and then by name.

    A folder stands for the ``*.py`` and ``*.pyi`` files and notebooks below it and those that
    rules read by name, without hidden folders, caches, environments, installed packages and
    editors' lock files (``.#name``). Links to folders are followed only when named, so that walking
    ends.

    :param ignores: paths of files and folders to leave out, as they follow from the arguments.
    :returns: files, and a problem for what is missing, unreadable or no regular file.
    """
    paths = list(paths)
    named = {os.path.realpath(path) for path in paths if not os.path.isdir(path)}
    seen: set[str] = set()
    for path in paths:
        for found in _expand(path, ignores):
            if isinstance(found, Problem):
                yield found
                continue
            real = _real(found)
            if real not in seen:
                seen.add(real)
                yield Found(_shown(found), real in named)


def _real(path: str) -> str:
    """As ``os.path.realpath``, with one look at a folder for all of its files."""
    if os.path.islink(path):
        return os.path.realpath(path)
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(_real_folder(folder), name)


@functools.lru_cache(maxsize=1024)
def _real_folder(path: str) -> str:
    return os.path.realpath(path)


def _expand(path: str, ignores: Callable[[str], bool]) -> Iterator[str | Problem]:
    if ignores(path):
        return
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        yield _unreadable(path, error)
        return
    if stat.S_ISDIR(mode):
        yield from _walk(path, ignores)
    elif not stat.S_ISREG(mode):
        yield _problem(path, "neither a file nor a folder")
    else:
        yield path


def _walk(folder: str, ignores: Callable[[str], bool]) -> Iterator[str | Problem]:
    pending = [(folder, True)]
    while pending:
        path, is_folder = pending.pop()
        if not is_folder:
            yield from _expand(path, ignores)
            continue
        if path != folder and (is_skipped(path) or ignores(path)):
            continue
        try:
            with os.scandir(path) as found:
                entries = sorted(found, key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            yield _unreadable(path, error)
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                pending.append((entry.path, True))
            elif _is_read(entry.name) and not os.path.isdir(entry.path):
                pending.append((entry.path, False))


def _is_read(name: str) -> bool:
    return (
        is_python(name)
        or (name.endswith((NOTEBOOK, ".pyi")) and not name.startswith(".#"))
        or name in rules.files()
    )


def _shown(path: str) -> str:
    path = os.path.abspath(path)
    here = os.getcwd()
    return path.removeprefix(here + os.sep) if path != here else "."


def _unreadable(path: str, error: OSError) -> Problem:
    words = error.strerror or str(error)
    if os.path.islink(path):
        words = f"link to {os.readlink(path)}: {words}"
    return _problem(path, words)


def _problem(path: str, words: str) -> Problem:
    return Problem(_shown(path), 1, 0, "unreadable", words)
