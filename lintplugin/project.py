"""Names that one module of the linted project re-exports to another.

Found by the file system alone, so that linting one file gives what linting the whole tree gives.
"""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path

from lintplugin import parsing, rules, signatures
from lintplugin.names import Names
from lintplugin.source import Source, UnreadableSource

# Re-exports through re-exports are followed this far; a guard against import cycles.
_MAX_DEPTH = 4

_IMPORT = re.compile(rb"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import|import[ \t]+([\w.]+))", re.M)

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
        self._folder = os.path.dirname(os.path.abspath(path))
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


@functools.lru_cache(maxsize=4096)
def _locate(folder: str, module: str, level: int) -> str | None:
    if level:
        for _ in range(level - 1):
            folder = os.path.dirname(folder)
        return _file_of(folder, module)
    top = folder
    while _exists(os.path.join(top, "__init__.py")) and os.path.dirname(top) != top:
        top = os.path.dirname(top)
    found = _file_of(top, module)
    if found is None and top != folder:
        found = _file_of(folder, module)
    return found


@functools.lru_cache(maxsize=4096)
def _exists(path: str) -> bool:
    return os.path.isfile(path)


@functools.lru_cache(maxsize=4096)
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


# Bounded, and only small dictionaries are kept: memory must not grow with the number of files.
@functools.lru_cache(maxsize=512)
def _exports(path: str, depth: int) -> dict[str, str]:
    try:
        if not may_use_framework(Path(path).read_bytes(), path):
            return {}
        source = Source.read(path)
        tree = parsing.parse(source)
    except (OSError, UnreadableSource, parsing.Unparsable):
        return {}
    names = Names(tree, rules.roots(), signatures.known, Project(path, depth))
    try:
        return names.exports()
    finally:
        names.release()
