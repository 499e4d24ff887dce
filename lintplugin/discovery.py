"""From the paths on the command line to the files to check."""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from lintplugin import facts, rules
from lintplugin.rules import Problem
from lintplugin.source import NOTEBOOK

if TYPE_CHECKING:
    from lintplugin.exclusion import Exclusion


# Files and folders in which callers are looked for. A larger folder is no project but a home, or
# holds many: what its modules pass to each other is not asked.
_MOST_ENTRIES = 20_000

# Names of folders into which tools write, not people.
_INSTALLED = frozenset({"__pycache__", "__pypackages__", "node_modules", "site-packages"})


class Found(NamedTuple):
    """A file to check.

    :param path: relative to the current folder when it lies in it, else absolute, as Pylint
        prints paths.
    :param named: whether the user named this file, rather than a folder above it.
    """

    path: str
    named: bool


class _Plain(str):
    """The path of what is known to be no link."""


#: A file to check, or why there is none.
File = Found | Problem


def discover(
    paths: Iterable[str],
    ignores: Callable[[str], bool] = lambda path: False,
    exclusion: Exclusion | None = None,
) -> Iterator[File]:
    """Files to check, each real file once, in the order of the arguments and then by name.

    A folder stands for the ``*.py`` and ``*.pyi`` files and notebooks below it and those that
    rules read by name, without hidden folders, caches, environments, installed packages and
    editors' lock files (``.#name``). Links to folders are followed only when named, so that walking
    ends.

    :param ignores: paths of files and folders to leave out, as they follow from the arguments.
    :param exclusion: what is left out of folders, and not where it is named.
    :returns: files, and a problem for what is missing, unreadable or no regular file.
    """
    paths = list(paths)
    named = {os.path.realpath(path) for path in paths if not os.path.isdir(path)}
    seen: set[str] = set()
    here = os.getcwd()
    for path in paths:
        for found in _expand(path, ignores, exclusion):
            if isinstance(found, Problem):
                yield found
                continue
            folder, name = os.path.split(found)
            real_folder, shown_folder = _folder(folder, here)
            is_link = not isinstance(found, _Plain) and os.path.islink(found)
            real = os.path.realpath(found) if is_link else real_folder + name
            if real not in seen:
                seen.add(real)
                yield Found(shown_folder + name, real in named)


@functools.lru_cache(maxsize=1024)
def _folder(path: str, here: str) -> tuple[str, str]:
    """A folder as ``os.path.realpath`` has it, and as it is shown, with what ends either."""
    shown = os.path.join(os.path.abspath(path), "")
    return os.path.join(os.path.realpath(path), ""), shown.removeprefix(os.path.join(here, ""))


def _expand(
    path: str, ignores: Callable[[str], bool], exclusion: Exclusion | None = None
) -> Iterator[str | Problem]:
    if ignores(path):
        return
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        yield _unreadable(path, error)
        return
    if stat.S_ISDIR(mode):
        yield from _walk(path, ignores, exclusion)
    elif not stat.S_ISREG(mode):
        yield _problem(path, "neither a file nor a folder")
    else:
        yield path


def _walk(
    folder: str, ignores: Callable[[str], bool], exclusion: Exclusion | None
) -> Iterator[str | Problem]:
    if exclusion is not None:
        exclusion.begins(folder)
    # What is no folder and no plain file, as a link, is looked at again.
    pending = [(folder, "folder")]
    while pending:
        path, kind = pending.pop()
        if exclusion is not None and path != folder:
            if exclusion.covers(path, is_folder=kind == "folder"):
                continue
        if kind == "file":
            if not ignores(path):
                yield _Plain(path)
            continue
        if kind != "folder":
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
        if exclusion is not None and path != folder and any(one.name == ".git" for one in entries):
            exclusion.enters_repository(path)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                pending.append((entry.path, "folder"))
            elif _is_read(entry.name):
                if entry.is_file(follow_symlinks=False):
                    pending.append((entry.path, "file"))
                elif not os.path.isdir(entry.path):
                    pending.append((entry.path, ""))


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


def is_python(name: str) -> bool:
    """Whether a file name is that of a module, not of an editor's lock."""
    return name.endswith(".py") and not name.startswith(".#")


def is_skipped(path: str) -> bool:
    """Whether a folder holds no code of the user: hidden, a cache, an environment, packages."""
    name = os.path.basename(path)
    return (
        name.startswith(".")
        or name in _INSTALLED
        or os.path.isfile(os.path.join(path, "pyvenv.cfg"))
        or os.path.isdir(os.path.join(path, "conda-meta"))
    )


def files_below(root: str) -> list[str]:
    """Python files of a folder, none when it is too large to be one project."""
    files: list[str] = []
    pending, seen = [root], 0
    while pending:
        try:
            entries = sorted(os.scandir(pending.pop()), key=lambda entry: entry.name)
        except OSError:
            continue
        seen += len(entries)
        if seen > _MOST_ENTRIES:
            return []
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not is_skipped(entry.path):
                    pending.append(entry.path)
            elif is_python(entry.name) and facts.is_file(entry):
                files.append(entry.path)
    return files


def tree_of(contents: Iterable[tuple[str, str]]) -> str:
    """What stands for the contents of files.

    :param contents: paths with the digests of their contents.
    """
    return facts.digest(repr(list(contents)).encode("utf-8", "surrogateescape"))
