"""Findings that were there when a project began to use the linter, so that only new ones are shown.

The file has one line for each path, rule and enclosing scope, with the number of findings::

    ["models/rnn.py", "tf1-session", "Trainer.fit", 2]

Lines may move and change within the scope. Lines that two branches added merge by themselves; where
they do not, both sides count, and of two numbers for the same place the larger one.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from astroid import nodes

    from lintplugin.rules import Finding

#: Looked for in the current folder and those above it, up to the root of the repository.
NAME = ".lintplugin-baseline"

_HEADER = "# Findings that `lintplugin check` passes over. Written by `lintplugin baseline`.\n"

_CONFLICT = re.compile(r"(?:<{7}|\|{7}|={7}|>{7})(?: |$)")


class BaselineError(Exception):
    """A baseline that cannot be read; the message names the file, and the line."""


class Place(NamedTuple):
    """What findings are counted by.

    :param path: relative to the folder of the baseline, with slashes.
    :param scope: names of the functions and classes around, from the outside; empty for a module.
    """

    path: str
    symbol: str
    scope: str


class Baseline:
    """The findings that are passed over.

    :param file: where it is, or will be.
    """

    def __init__(self, file: Path, counts: Mapping[Place, int]) -> None:
        self.file = file
        self.counts = dict(counts)

    @classmethod
    def find(cls) -> Path | None:
        """The baseline of the current folder."""
        for folder in (Path.cwd(), *Path.cwd().parents):
            if (folder / NAME).is_file():
                return folder / NAME
            if (folder / ".git").exists():
                break
        return None

    @classmethod
    def read(cls, file: Path) -> Baseline:
        """Read a baseline.

        :raises BaselineError: when it is not there, or a line of it is not as described.
        """
        try:
            lines = file.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            words = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise BaselineError(f"{file}: {words}") from error
        counts: dict[Place, int] = {}
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#") or _CONFLICT.match(line):
                continue
            place, count = _entry(line, f"{file}:{number}")
            counts[place] = max(count, counts.get(place, 0))
        return cls(file, counts)

    def text(self) -> str:
        """The file, in the order of the paths."""
        entries = sorted((*place, count) for place, count in self.counts.items() if count)
        return _HEADER + "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in entries)

    def path(self, path: str) -> str:
        """A path as this file has it."""
        relative = os.path.relpath(os.path.realpath(path), os.path.realpath(self.file.parent))
        return relative.replace(os.sep, "/")

    def place(self, path: str, finding: Finding) -> Place:
        """What a finding in a file is counted by."""
        return Place(self.path(path), finding.symbol, scope_of(finding.node))

    def split(
        self,
        path: str,
        findings: Iterable[Finding],
        counts: Callable[[Finding], bool] = lambda finding: True,
    ) -> tuple[list[Finding], list[Finding], Counter[Place]]:
        """New findings of a file, known ones, and how many known ones are gone.

        :param counts: whether a finding is shown at all; others are no known ones.
        """
        own = self.path(path)
        left = Counter({one: count for one, count in self.counts.items() if one.path == own})
        new, known = [], []
        for finding in findings:
            place = self.place(path, finding)
            if left[place] > 0 and counts(finding):
                left[place] -= 1
                known.append(finding)
            else:
                new.append(finding)
        return new, known, +left

    def missing(self) -> Iterator[Place]:
        """Entries of files that are no longer there."""
        for place in self.counts:
            if not (self.file.parent / place.path).is_file():
                yield place


def scope_of(node: nodes.NodeNG) -> str:
    """Names of the functions and classes around a node, from the outside."""
    from astroid import nodes

    around = (node, *node.node_ancestors())
    named = [one.name for one in around if isinstance(one, (nodes.ClassDef, nodes.FunctionDef))]
    return ".".join(reversed(named))


def _entry(line: str, where: str) -> tuple[Place, int]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise BaselineError(f"{where}: not a JSON list: {error}") from error
    if not (isinstance(found, list) and [type(one) for one in found] == [str, str, str, int]):
        raise BaselineError(f"{where}: not [path, rule, scope, number]")
    *place, count = found
    return Place(*place), count
