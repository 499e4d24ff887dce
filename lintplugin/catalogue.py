"""What the rules of a folder state about themselves, kept from an earlier start.

To import the files of all rules takes 100 ms, and every start of Pylint would pay it, also one that
meets no legacy code. What they state is kept in the user's cache, by the names, sizes and times of
the files; a rule is imported when it first gets a file.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import importlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import platformdirs

import lintplugin
from lintplugin.rules import Checker, Finding, Rule

if TYPE_CHECKING:
    from lintplugin.analysis import Module
    from lintplugin.templates import Row


def read(group: ModuleType) -> tuple[Checker, ...] | None:
    """The rules of a folder; None when nothing is kept of it as it stands now."""
    kept = _kept(group)
    if kept is None:
        return None
    try:
        found = json.loads(kept.read_text("utf-8"))
        return tuple(_checker(**stated) for stated in found["rules"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write(group: ModuleType, found: Iterable[tuple[str, Checker]]) -> None:
    """Keep the rules of a folder, each with the name of its module."""
    kept = _kept(group)
    if kept is None:
        return
    stated = [
        {
            "module": module,
            "symbol": checker.symbol,
            "group": checker.group,
            "rule": dataclasses.asdict(checker.rule),
            # Not by its length, for which the table would be read.
            "has_rows": not isinstance(checker.rows, dict),
            "reads": checker.read is not None,
        }
        for module, checker in found
    ]
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        for former in kept.parent.glob(f"{kept.stem.rpartition('-')[0]}-*"):
            former.unlink(missing_ok=True)
        beside = kept.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps({"rules": stated}), "utf-8")
        beside.replace(kept)


def _kept(group: ModuleType) -> Path | None:
    """Where the rules of a folder are kept, by what its files look like; None for no folder."""
    try:
        folder = os.path.realpath(next(iter(group.__path__)))
        entries = sorted(
            (entry.name, entry.stat().st_mtime_ns, entry.stat().st_size)
            for entry in os.scandir(folder)
            if entry.name.endswith(".py")
        )
    except (AttributeError, OSError, StopIteration):
        return None
    name = group.__name__.rpartition(".")[2]
    place, state = (_digest(what) for what in (folder, (lintplugin.__version__, entries)))
    return platformdirs.user_cache_path("lintplugin") / "rules" / f"{name}-{place}-{state}.json"


def _digest(what: object) -> str:
    return hashlib.sha256(repr(what).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _checker(
    module: str, symbol: str, group: str, rule: dict[str, Any], has_rows: bool, reads: bool
) -> Checker:
    stated = Rule(**{**rule, "references": tuple(rule["references"])})
    return Checker(
        symbol,
        group,
        stated,
        functools.partial(_call, module, "check"),
        _Rows(module) if has_rows else {},
        functools.partial(_call, module, "read") if reads else None,
    )


def _call(name: str, function: str, module: Module) -> Iterable[Finding]:
    """Ask a rule, whose file is imported when this is first done."""
    return _function(name, function)(module)


@functools.cache
def _function(name: str, function: str) -> Callable[[Module], Iterable[Finding]]:
    found: Callable[[Module], Iterable[Finding]] = getattr(importlib.import_module(name), function)
    return found


class _Rows(Mapping[str, "Row"]):
    """The rows of a rule, whose file is imported when they are asked for."""

    def __init__(self, module: str) -> None:
        self._module = module

    @functools.cached_property
    def _rows(self) -> Mapping[str, Row]:
        rows: Mapping[str, Row] = importlib.import_module(self._module).ROWS
        return rows

    def __getitem__(self, name: str) -> Row:
        return self._rows[name]

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __bool__(self) -> bool:
        return True
