"""The table ``[tool.lintplugin]`` of pyproject.toml, which both front ends read."""

from __future__ import annotations

import difflib
import functools
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lintplugin import rules

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_FILE = "pyproject.toml"
_TABLE = ("tool", "lintplugin")

# What the parser's message ends with.
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")

#: Where in the document something stands: keys of tables, and numbers of items.
_Place = tuple[str | int, ...]


class ConfigurationError(Exception):
    """An option or a configuration file that cannot be followed; the message is for the user."""


@dataclass(frozen=True)
class Section:
    """What is said of all files, or of some; None where nothing is said.

    :param target: frameworks to move to.
    :param select: symbols of the only rules to run.
    :param ignore: symbols of rules not to run.
    :param allow_compat_v1: whether to offer names of ``tf.compat.v1``.
    """

    target: tuple[str, ...] | None = None
    select: frozenset[str] | None = None
    ignore: frozenset[str] = frozenset()
    allow_compat_v1: bool | None = None


#: Of which nothing is said.
NOTHING = Section()


@dataclass(frozen=True)
class Globs:
    """Patterns as in a ``.gitignore``, for paths below a folder."""

    folder: Path
    patterns: tuple[str, ...]

    @functools.cached_property
    def _spec(self) -> GitIgnoreSpec:
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(self.patterns)

    def match(self, path: str, *, is_folder: bool = False) -> bool:
        """Whether a path, or a folder around it, matches."""
        if not self.patterns:
            return False
        try:
            relative = Path(path).absolute().relative_to(self.folder).as_posix()
        except ValueError:
            return False
        return self._spec.match_file(f"{relative}/" if is_folder else relative)


@dataclass(frozen=True)
class Options:
    """The table.

    :param file: the file that holds it, None when there is none.
    :param section: what it says of all files.
    :param overrides: what it says of some, in its order; the later wins.
    :param baseline: the file of known findings; empty where none is named.
    :param exclude: files and folders that are not looked for.
    :param force_exclude: whether that holds for those that the command line names, too.
    :param respect_gitignore: whether files that Git ignores are not looked for.
    :param fail_on: rules whose findings fail a run, None for all.
    """

    file: Path | None = None
    section: Section = NOTHING
    overrides: tuple[tuple[Globs, Section], ...] = ()
    baseline: str = ""
    exclude: Globs = field(default_factory=lambda: Globs(Path.cwd(), ()))
    force_exclude: bool = False
    respect_gitignore: bool = True
    fail_on: frozenset[str] | None = None

    @classmethod
    def find(cls) -> Options:
        """Those of the nearest pyproject.toml that has the table, from the current folder up.

        The search ends at the root of the repository.

        :raises ConfigurationError: for what is no TOML, an unknown key or a value of a wrong type,
            with the file and the line.
        """
        for folder in (Path.cwd(), *Path.cwd().parents):
            found = cls.read(folder / _FILE)
            if found is not None:
                return found
            if (folder / ".git").exists():
                break
        return cls()

    @classmethod
    def read(cls, file: Path) -> Options | None:
        """Those of a file; None when it is not there, or has no such table.

        :raises ConfigurationError: as :meth:`find` does.
        """
        try:
            data = file.read_bytes()
        except OSError:
            return None
        if b"lintplugin" not in data:  # To load a parser takes as long as to check a file.
            return None
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib
        try:
            text = data.decode()
            table: Any = tomllib.loads(text)
        except ValueError as error:
            line = _AT_LINE.search(str(error))
            where = f"{file}:{line[1]}" if line else str(file)
            raise ConfigurationError(f"{where}: {error}") from error
        reader = _Reader(file, text)
        for key in _TABLE:
            table = table.get(key, {}) if isinstance(table, dict) else {}
        return reader.options(table) if table else None


class _Reader:
    """Reads a table, and says where it is wrong."""

    def __init__(self, file: Path, text: str) -> None:
        self._file = file
        self._text = text

    def options(self, table: Any) -> Options:
        """The whole table."""
        values = self._table(_TABLE, table, _OPTIONS)
        per_file = values.pop("per_file_ignores", ())
        overrides = (*values.pop("overrides", ()), *per_file)
        section = Section(**{key: values.pop(key) for key in _names(_SECTION) if key in values})
        exclude = Globs(self._file.parent, values.pop("exclude", ()))
        if values.get("baseline"):
            values["baseline"] = str(self._file.parent / values["baseline"])
        return Options(self._file, section, overrides, exclude=exclude, **values)

    def _table(self, place: _Place, table: Any, kinds: Mapping[str, _Kind]) -> dict[str, Any]:
        """The values of a table, by the names of the fields that take them."""
        if not isinstance(table, dict):
            raise self._wrong(place, "a table", table)
        found = {}
        for key, value in table.items():
            if key not in kinds:
                near = difflib.get_close_matches(key, kinds, 1)
                hint = f"did you mean '{near[0]}'?" if near else f"it has {', '.join(kinds)}"
                raise self._error(
                    (*place, key), f"unknown key '{key}' in [{_dotted(place)}]; {hint}"
                )
            found[key.replace("-", "_")] = kinds[key](self, (*place, key), value)
        return found

    def flag(self, place: _Place, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self._wrong(place, "true or false", value)
        return value

    def text(self, place: _Place, value: Any) -> str:
        if not isinstance(value, str):
            raise self._wrong(place, "a string", value)
        return value

    def texts(self, place: _Place, value: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, list):
            raise self._wrong(place, "a string or a list of strings", value)
        return tuple(self.text((*place, number), one) for number, one in enumerate(value))

    def targets(self, place: _Place, value: Any) -> tuple[str, ...]:
        names = self.texts(place, value)
        for number, name in enumerate(names):
            if name not in rules.TARGETS:
                words = f"unknown target '{name}', choose from {', '.join(rules.TARGETS)}"
                raise self._error(_item(place, number, value), words)
        return names

    def rules(self, place: _Place, value: Any) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        for number, name in enumerate(self.texts(place, value)):
            try:
                found |= symbols_of([name])
            except ConfigurationError as error:
                raise self._error(_item(place, number, value), str(error)) from error
        return found

    def overrides(self, place: _Place, value: Any) -> Sequence[tuple[Globs, Section]]:
        if not isinstance(value, list):
            raise self._wrong(place, f"written as [[{_dotted(place)}]]", value)
        found = []
        for number, table in enumerate(value):
            values = self._table((*place, number), table, _OVERRIDE)
            if "files" not in values:
                raise self._error((*place, number), f"[[{_dotted(place)}]] without 'files'")
            globs = Globs(self._file.parent, values.pop("files"))
            found.append((globs, Section(**values)))
        return found

    def per_file_ignores(self, place: _Place, value: Any) -> Sequence[tuple[Globs, Section]]:
        if not isinstance(value, dict):
            raise self._wrong(place, "a table of globs with rules", value)
        return [
            (Globs(self._file.parent, (glob,)), Section(ignore=self.rules((*place, glob), names)))
            for glob, names in value.items()
        ]

    def _wrong(self, place: _Place, wanted: str, value: Any) -> ConfigurationError:
        shown = f"{value!r:.40}".lower() if isinstance(value, bool) else f"{value!r:.40}"
        return self._error(place, f"{_dotted(place)} must be {wanted}, not {shown}")

    def _error(self, place: _Place, words: str) -> ConfigurationError:
        return ConfigurationError(f"{self._file}:{_line(self._text, place)}: {words}")


#: Reads a value that stands somewhere.
_Kind = Callable[[_Reader, _Place, Any], Any]

_SECTION: Mapping[str, _Kind] = {
    "target": _Reader.targets,
    "select": _Reader.rules,
    "ignore": _Reader.rules,
    "allow-compat-v1": _Reader.flag,
}

_OVERRIDE: Mapping[str, _Kind] = {"files": _Reader.texts, **_SECTION}

_OPTIONS: Mapping[str, _Kind] = {
    **_SECTION,
    "overrides": _Reader.overrides,
    "per-file-ignores": _Reader.per_file_ignores,
    "baseline": _Reader.text,
    "exclude": _Reader.texts,
    "force-exclude": _Reader.flag,
    "respect-gitignore": _Reader.flag,
    "fail-on": _Reader.rules,
}


def _names(kinds: Mapping[str, _Kind]) -> list[str]:
    return [key.replace("-", "_") for key in kinds]


def _item(place: _Place, number: int, value: Any) -> _Place:
    return (*place, number) if isinstance(value, list) else place


def _dotted(place: _Place) -> str:
    return ".".join(key for key in place if isinstance(key, str))


def _line(text: str, place: _Place) -> int:
    """The line of an entry: the first that changes when another value takes its place.

    No parser of TOML says where a value stands; tomlkit writes back all else as it was.
    """
    import tomlkit

    document = tomlkit.parse(text)
    holder: Any = document
    for key in place[:-1]:
        holder = holder[key]
    if isinstance(holder[place[-1]], dict | list):
        del holder[place[-1]]
    else:
        holder[place[-1]] = "\N{REPLACEMENT CHARACTER}"
    before, after = text.split("\n"), tomlkit.dumps(document).split("\n")
    pairs = enumerate(zip(before, [*after, *before], strict=False), 1)
    return next((number for number, (was, now) in pairs if was != now), 1)


def symbols_of(names: Iterable[str]) -> frozenset[str]:
    """The rules that symbols, message ids and groups (``theano``, ``tensorflow1`` …) name.

    :raises ConfigurationError: for an unknown name, with the nearest known ones.
    """
    found: set[str] = set()
    for name in names:
        known = _symbols_by_name()
        if name not in known:
            near = difflib.get_close_matches(name, known)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise ConfigurationError(f"unknown rule '{name}'{hint}")
        found |= known[name]
    return frozenset(found)


def _symbols_by_name() -> Mapping[str, set[str]]:
    known: dict[str, set[str]] = {}
    for checker in rules.checkers():
        for name in (checker.symbol, checker.rule.id, checker.group):
            known.setdefault(name, set()).add(checker.symbol)
    return known
