"""What the modules of the linted project take from each other: names, and arguments.

Found by the file system alone, so that linting one file gives what linting the whole tree gives.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from astroid import nodes

from lintplugin import parsing, rules, signatures
from lintplugin.names import Names, Passed
from lintplugin.source import Source, UnreadableSource

_T = TypeVar("_T")

# Re-exports through re-exports, and arguments through callers, are followed this far, since modules
# import each other in circles.
_MAX_DEPTH = 4
_MAX_CALLERS = 2

_IMPORT = re.compile(rb"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import|import[ \t]+([\w.]+))", re.M)

# A whole import statement, and the names in it.
_STATEMENT = re.compile(rb"^[ \t]*(?:from|import)[ \t.](?:[^\n(]*\([^)]*\)|[^\n]*)", re.M)
_WORD = re.compile(r"\w+")

# Files and folders in which callers are looked for. A larger folder is no project but a home, or
# holds many: what its modules pass to each other is not asked.
_MOST_ENTRIES = 20_000

# Names of folders into which tools write, not people.
_INSTALLED = frozenset({"__pycache__", "__pypackages__", "node_modules", "site-packages"})

_DEFINITION = re.compile(rb"^(?:class|(?:async )?def) ([\w\x80-\xff]+)", re.M)


@functools.cache
def _prefilter() -> re.Pattern[bytes]:
    return re.compile(rb"\b(?:" + b"|".join(sorted(map(str.encode, rules.roots()))) + rb")\b")


def mentions_framework(data: bytes) -> bool:
    """Whether a file names a framework: one search, no parsing."""
    return _prefilter().search(data) is not None


def may_use_framework(data: bytes, path: str) -> bool:
    """Whether a file names a framework, or imports from a module of its project that does."""
    if mentions_framework(data):
        return True
    project = Project(path)
    for dots, module, plain in _IMPORT.findall(data):
        found = project.locate((module or plain).decode("ascii", "replace"), len(dots))
        if found is not None and _names_framework(found):
            return True
    return False


class Project:
    """The modules that a file can import from its own project."""

    def __init__(self, path: str | Path, depth: int = 0) -> None:
        self._path = os.path.abspath(path)
        self._folder = os.path.dirname(self._path)
        self._depth = depth

    @classmethod
    def around(cls, path: str) -> Project:
        return cls(path)

    def locate(self, module: str, level: int) -> str | None:
        """Path of ``module``, relative with a level, else beside the file or its package's root."""
        return _locate(self._folder, module, level)

    def export(self, path: str, name: str) -> str | None:
        """What a name denotes at the top level of a project module; None past a depth of four."""
        if self._depth >= _MAX_DEPTH or name in _defined(path):
            return None
        return _exports(path, self._depth + 1).get(name)

    def calls(self, name: str) -> Sequence[Passed | None]:
        """What other modules pass to a function of this one; None for a use that is no call."""
        found: list[Passed | None] = []
        for path in _importers(self._path):
            if not _mentions(path, name):
                continue
            if self._depth >= _MAX_CALLERS:
                return (None,)
            made = _calls(path, self._depth + 1)
            for called in (name, "*"):
                found += made.get((self._path, called), ())
        return found


@functools.lru_cache(maxsize=1024)
def _locate(folder: str, module: str, level: int) -> str | None:
    if level:
        for _ in range(level - 1):
            folder = os.path.dirname(folder)
        return _file_of(folder, module)
    top = _top(folder)
    found = _file_of(top, module)
    if found is None and top != folder:
        found = _file_of(folder, module)
    return found


def _top(folder: str) -> str:
    """The folder that holds the outermost package around a folder."""
    while _exists(os.path.join(folder, "__init__.py")) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder


@functools.lru_cache(maxsize=1024)
def _exists(path: str) -> bool:
    return os.path.isfile(path)


@functools.lru_cache(maxsize=1024)
def _names_framework(path: str) -> bool:
    try:
        return mentions_framework(Path(path).read_bytes())
    except OSError:
        return False


@functools.lru_cache(maxsize=512)
def _defined(path: str) -> frozenset[str]:
    """Names of the functions and classes of a module, which denote no framework's.

    What modules import from each other is mostly that, and this is one search, not a parse.
    """
    try:
        data = Path(path).read_bytes()
    except OSError:
        return frozenset()
    return frozenset(name.decode("utf-8", "replace") for name in _DEFINITION.findall(data))


def _file_of(folder: str, module: str) -> str | None:
    base = os.path.join(folder, *module.split(".")) if module else folder
    for candidate in (f"{base}.py", os.path.join(base, "__init__.py")):
        if _exists(candidate):
            return candidate
    return None


def names_of(tree: nodes.Module, project: Project) -> Names:
    """The names of a file, with what other modules of its project say about them."""
    return Names(tree, rules.roots(), signatures.known, project, rules.methods(), rules.ended())


@contextlib.contextmanager
def _names(path: str, depth: int) -> Iterator[Names | None]:
    """The names of a module; None when it cannot be read."""
    try:
        tree = parsing.parse(Source.read(path))
    except (UnreadableSource, parsing.Unparsable):
        yield None
        return
    names = names_of(tree, Project(path, depth))
    try:
        yield names
    finally:
        names.release()


# Bounded, and only small dictionaries are kept: memory must not grow with the number of files.
@functools.lru_cache(maxsize=512)
def _exports(path: str, depth: int) -> dict[str, str]:
    try:
        if not may_use_framework(Path(path).read_bytes(), path):
            return {}
    except OSError:
        return {}
    with _names(path, depth) as names:
        return names.exports() if names is not None else {}


@functools.lru_cache(maxsize=512)
def _calls(path: str, depth: int) -> dict[tuple[str, str], list[Passed | None]]:
    with _names(path, depth) as names:
        return names.calls() if names is not None else {}


def answer(path: str, question: Callable[[Names], _T]) -> _T | None:
    """What a question finds in another module of the project; None when it names no framework.

    :param question: a function of a module, asked once for each. Its answers must hold no nodes,
        which would keep the tree.
    """
    return _answer(path, question) if _names_framework(path) else None


@functools.lru_cache(maxsize=512)
def _answer(path: str, question: Callable[[Names], Any]) -> Any:
    with _names(path, 1) as names:
        return question(names) if names is not None else None


@functools.lru_cache(maxsize=1024)
def _mentions(path: str, name: str) -> bool:
    try:
        data = Path(path).read_bytes()
    except OSError:
        return False
    word = re.escape(name.encode())
    # A pattern that begins with a plain word is searched for fast.
    alone = word + rb"(?![\w\x80-\xff])(?<![\w\x80-\xff]" + word + b")"
    return re.search(alone, data) is not None


def _importers(path: str) -> Sequence[str]:
    """Modules of a project that may import one of them."""
    module = os.path.splitext(path)[0]
    if os.path.basename(module) == "__init__":
        module = os.path.dirname(module)
    found = _by_import(_top(os.path.dirname(path))).get(os.path.basename(module), ())
    return [one for one in found if one != path]


@functools.lru_cache(maxsize=4)
def _by_import(root: str) -> dict[str, list[str]]:
    """Files below a folder by the module names that their import statements mention."""
    paths = _files_below(root)
    modules = {os.path.splitext(os.path.basename(path))[0] for path in paths}
    modules |= {os.path.basename(os.path.dirname(path)) for path in paths}
    found: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        try:
            statements = _STATEMENT.findall(Path(path).read_bytes())
        except OSError:
            continue
        words = set(_WORD.findall(b" ".join(statements).decode("utf-8", "replace")))
        for module in words & modules:
            found[module].append(path)
    return found


def _files_below(root: str) -> list[str]:
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
            elif is_python(entry.name) and os.path.isfile(entry.path):
                files.append(entry.path)  # What is no file may be a pipe, and wait for ever.
    return files


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
