"""Counts of earlier reports, and how today's differ from them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

import lintplugin
from lintplugin.report.summary import Survey
from lintplugin.reporters import written

#: How a page marks the counts that a later report is compared with.
_IN_PAGE = re.compile(r'<script type="application/json" id="snapshot">(.*?)</script>', re.DOTALL)


class TrendError(Exception):
    """A file that holds no earlier report; the message is for the user."""


class Snapshot(NamedTuple):
    """The counts of one report.

    :param when: date and time in UTC, or the name of the file that they come from.
    :param rules: findings by symbol.
    :param statuses: findings by target and status; empty where only findings are known.
    """

    when: str
    rules: Mapping[str, int]
    statuses: Mapping[str, Mapping[str, int]]
    version: str = lintplugin.__version__

    @property
    def findings(self) -> int:
        return sum(self.rules.values())

    @classmethod
    def of(cls, survey: Survey) -> Snapshot:
        """What a report counts now."""
        when = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M")
        found = Counter(found.symbol for _, found in survey.found)
        statuses = survey.total().statuses
        return cls(when, dict(found), {target: dict(statuses[target]) for target in survey.targets})

    def as_json(self) -> dict[str, Any]:
        return self._asdict()


def read_earlier(path: Path) -> Snapshot:
    """The counts of an earlier page, or of what ``check --output-format json`` wrote.

    :raises TrendError: when it is neither.
    """
    text = _read(path)
    in_page = _IN_PAGE.search(text)
    if in_page is not None:
        return _snapshot(_json(in_page[1], str(path)), str(path))
    data = _json(text, str(path))
    try:
        found = Counter(str(one["symbol"]) for one in data["findings"])
        return Snapshot(path.name, dict(found), {}, str(data["version"]))
    except (TypeError, KeyError) as error:
        raise TrendError(
            f"{path}: neither a page of 'lintplugin report' nor the output of "
            "'lintplugin check --output-format json'"
        ) from error


def read_history(path: Path) -> list[Snapshot]:
    """The snapshots of a file, one a line; none where there is no file yet.

    :raises TrendError: with the line that is none.
    """
    if not path.exists():
        return []
    return [
        _snapshot(_json(line, f"{path}:{number}"), f"{path}:{number}")
        for number, line in enumerate(_read(path).splitlines(), 1)
        if line.strip()
    ]


def write_history(path: Path, snapshots: Sequence[Snapshot]) -> None:
    """Write a file of snapshots.

    :raises OSError: when it cannot be written.
    """
    with written(str(path)) as stream:
        stream.writelines(json.dumps(one.as_json()) + "\n" for one in snapshots)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise TrendError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TrendError(f"{path}: not UTF-8") from error


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise TrendError(f"{where}: not JSON ({error})") from error


def _snapshot(data: Any, where: str) -> Snapshot:
    try:
        return Snapshot(
            str(data["when"]),
            {str(symbol): int(count) for symbol, count in data["rules"].items()},
            {
                str(target): {str(status): int(count) for status, count in counts.items()}
                for target, counts in data["statuses"].items()
            },
            str(data["version"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TrendError(f"{where}: not the counts of a report") from error
