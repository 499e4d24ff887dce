"""Names that one module of the linted project re-exports to another.

Found by the file system alone, so that linting one file gives what linting the whole tree gives.
"""

from __future__ import annotations

import functools
from pathlib import Path

from lintplugin import parsing, rules, signatures
from lintplugin.names import Names
from lintplugin.source import Source, UnreadableSource

# Re-exports through re-exports are followed this far; a guard against import cycles.
_MAX_DEPTH = 4


class Project:
    """The modules that a file can import from its own project."""

    def __init__(self, path: Path, depth: int = 0) -> None:
        self._path = path
        self._depth = depth

    @classmethod
    def around(cls, path: str) -> Project:
        return cls(Path(path))

    def locate(self, module: str, level: int) -> str | None:
        """Path of ``module``, relative with a level, else beside the file or its package's root."""
        folder = self._path.parent
        if level:
            for _ in range(level - 1):
                folder = folder.parent
            return _file_of(folder, module)
        top = folder
        while _exists(str(top / "__init__.py")) and top.parent != top:
            top = top.parent
        found = _file_of(top, module)
        if found is None and top != folder:
            found = _file_of(folder, module)
        return found

    def export(self, path: str, name: str) -> str | None:
        """What a name denotes at the top level of a project module; None past a depth of four."""
        if self._depth >= _MAX_DEPTH:
            return None
        return _exports(path, self._depth + 1).get(name)


@functools.lru_cache(maxsize=4096)
def _exists(path: str) -> bool:
    return Path(path).is_file()


def _file_of(folder: Path, module: str) -> str | None:
    base = folder.joinpath(*module.split(".")) if module else folder
    for candidate in (f"{base}.py", str(base / "__init__.py")):
        if _exists(candidate):
            return candidate
    return None


# Bounded, and only small dictionaries are kept: memory must not grow with the number of files.
@functools.lru_cache(maxsize=512)
def _exports(path: str, depth: int) -> dict[str, str]:
    from lintplugin.analysis import mentions_framework

    try:
        source = Source.read(path)
        if not mentions_framework(source.text):
            return {}
        tree = parsing.parse(source)
    except (UnreadableSource, parsing.Unparsable):
        return {}
    names = Names(tree, rules.roots(), signatures.known, Project(Path(path), depth))
    return names.exports()
