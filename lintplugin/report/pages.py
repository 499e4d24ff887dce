"""A report as a page that needs nothing else, and as Markdown for a merge request's comment."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from os.path import commonpath
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import lintplugin
from lintplugin import rules
from lintplugin.console import plural
from lintplugin.report.survey import STATUSES, Found, Survey, Tally
from lintplugin.report.treemap import Box, squarified
from lintplugin.report.trend import Snapshot
from lintplugin.rules import TARGET_TITLES

_HERE = Path(__file__).parent

#: What a person does about each status, for headings and for sentences.
LABELS = {"safe": "Safe to fix", "unsafe": "To confirm", "hand": "By hand"}

#: Width by height that a map of tiles is laid out for, and the least share that has its own tile.
_RATIO = 2.4
_LEAST = 0.004

#: Folders that have an area each.
_FOLDERS = 16

#: Rows of a table of a comment: the hosts cut off or refuse what is longer than 65,536 characters.
_ROWS = 15

#: Characters of a text that stands in a table of a comment.
_CELL = 300


class Tile(NamedTuple):
    """A part of a map of tiles.

    :param name: what to filter by, empty for the small ones that are one tile together.
    """

    name: str
    label: str
    tally: Tally
    box: Box
    inner: Sequence[Tile] = ()


class Row(NamedTuple):
    """A rule in the table of rules; None for one that is gone since an earlier report."""

    symbol: str
    summary: str
    url: str
    tally: Tally
    before: int | None


def page(survey: Survey, paths: Sequence[str], now: Snapshot, earlier: Sequence[Snapshot]) -> str:
    """The page, HTML with style and script inside, which loads nothing.

    :param paths: what the report is of, as the user named it.
    :param now: the counts of this report.
    :param earlier: those to compare with, the last one last.
    """
    script = (_HERE / "page.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    context = _context(survey, paths, now, earlier)
    return (
        _environment(html=True)
        .get_template("page.html.jinja")
        .render(
            context,
            style=(_HERE / "page.css").read_text("utf-8"),
            script=script,
            script_digest=digest,
            maps={
                "rule": _tiles(
                    survey, lambda _, found: found.framework, lambda _, found: found.symbol
                ),
                "folder": _tiles(survey, _top(survey), lambda path, _: path),
            },
            folders=survey.tallies(lambda path, _: folder_of(path)),
            data=_data(survey),
        )
    )


def comment(
    survey: Survey, paths: Sequence[str], now: Snapshot, earlier: Sequence[Snapshot]
) -> str:
    """The same as Markdown, cut where it is too long for a comment."""
    context = _context(survey, paths, now, earlier)
    text = (
        _environment(html=False)
        .get_template("comment.md.jinja")
        .render(
            context,
            limit=_ROWS,
            folders=survey.tallies(lambda path, _: folder_of(path)),
        )
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def folder_of(path: str) -> str:
    """The folder of a file, ``.`` for the current one."""
    return PurePath(path).parent.as_posix()


def _context(
    survey: Survey, paths: Sequence[str], now: Snapshot, earlier: Sequence[Snapshot]
) -> dict[str, Any]:
    known = rules.by_symbol()
    before = earlier[-1].rules if earlier else None
    tallies = survey.tallies(lambda _, found: found.symbol)
    rows = [
        Row(
            symbol,
            known[symbol].rule.summary.replace("`", "") if symbol in known else "",
            known[symbol].docs_url if symbol in known else "",
            tallies.get(symbol, Tally()),
            before.get(symbol, 0) if before is not None else None,
        )
        for symbol in (*tallies, *sorted((before or {}).keys() - tallies.keys()))
    ]
    return {
        "survey": survey,
        "title": ", ".join(map(_named, paths)),
        "command": shlex.join(paths),
        "now": now,
        "earlier": earlier,
        "total": survey.total(),
        "rows": rows,
        "frameworks": survey.tallies(lambda _, found: found.framework),
        "labels": LABELS,
        "statuses": STATUSES,
        "titles": TARGET_TITLES,
        "version": lintplugin.__version__,
    }


def _named(path: str) -> str:
    """A path for a heading: a dot would say nothing."""
    return path if path.strip("./\\") else Path(path).resolve().name


@functools.cache
def _environment(*, html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": plural,
        "number": "{:,}".format,
        "signed": lambda number: f"{number:+,}".replace("-", "\N{MINUS SIGN}"),
        "cell": _cell,
        "code": _code,
    }
    return environment


def _cell(text: str) -> str:
    """Text in a table of Markdown, with what would be markup escaped."""
    text = " ".join(text.split())
    text = text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", text)


def _code(text: str) -> str:
    """Code in a table of Markdown, between more backticks than it has in a row."""
    text = " ".join(text.split()).replace("|", r"\|")
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"


def _top(survey: Survey) -> Any:
    """What gives a file its folder, or where there are many the first in which files differ."""
    folders = {folder_of(file.path) for file in survey.surveyed}
    if len(folders) <= _FOLDERS:
        return lambda path, _: folder_of(path)
    try:
        shared = len(PurePath(commonpath(tuple(folders))).parts)
    except ValueError:  # None, or some absolute and some not.
        shared = 0

    def top(path: str, _: Found) -> str:
        return PurePath(*PurePath(folder_of(path)).parts[: shared + 1]).as_posix()

    return top


def _tiles(survey: Survey, outer: Any, inner: Any) -> list[Tile]:
    """A map of two levels."""
    whole = survey.tallies(outer)
    parts = survey.tallies(lambda path, found: f"{outer(path, found)}\0{inner(path, found)}")
    made = []
    boxes = squarified([tally.findings for tally in whole.values()], _RATIO)
    least = _LEAST * sum(tally.findings for tally in whole.values())
    for (name, tally), box in zip(whole.items(), boxes, strict=True):
        mine = {
            key.partition("\0")[2]: part
            for key, part in parts.items()
            if key.partition("\0")[0] == name
        }
        inside = _level(_folded(mine, least), _RATIO * box.width / box.height, name)
        made.append(Tile(name, name, tally, box, inside))
    return made


def _folded(tallies: Mapping[str, Tally], least: float) -> dict[str, Tally]:
    """The small ones taken together, under no name."""
    small = [name for name, tally in tallies.items() if tally.findings < least]
    if len(small) < 2:
        return dict(tallies)
    kept = {name: tally for name, tally in tallies.items() if name not in small}
    kept[""] = _together(tallies[name] for name in small)
    return kept


def _together(tallies: Iterable[Tally]) -> Tally:
    made = Tally()
    for tally in tallies:
        made.findings += tally.findings
        made.files |= tally.files
        for target, counts in tally.statuses.items():
            made.statuses[target] += counts
    return made


def _level(tallies: Mapping[str, Tally], ratio: float, outer: str) -> list[Tile]:
    ordered = sorted(tallies.items(), key=lambda item: -item[1].findings)
    boxes = squarified([tally.findings for _, tally in ordered], ratio)
    return [
        Tile(name, name.removeprefix(f"{outer}/") or "others", tally, box)
        for (name, tally), box in zip(ordered, boxes, strict=True)
    ]


def _data(survey: Survey) -> dict[str, Any]:
    """The findings for the script. Texts come once, since most are those of many findings."""
    numbers: dict[str, int] = {}

    def number(text: str) -> int:
        return numbers.setdefault(text, len(numbers))

    findings = [
        [
            number(path),
            found.line,
            number(found.symbol),
            number(found.framework),
            number(found.message),
            number(found.code),
            [
                [
                    STATUSES.index(answer.status),
                    number(answer.reason),
                    number(answer.replacement),
                    number(str(answer.evidence or "")),
                ]
                for answer in map(found.answers.__getitem__, survey.targets)
            ],
        ]
        for path, found in survey.found
    ]
    stops = {
        number(file.path): [
            [[line, number(reason)] for line, reason in file.stops.get(target, ())]
            for target in survey.targets
        ]
        for file in survey.surveyed
    }
    return {
        "targets": [TARGET_TITLES[target] for target in survey.targets],
        "urls": {
            symbol: checker.docs_url
            for symbol, checker in rules.by_symbol().items()
            if symbol in numbers
        },
        "findings": findings,
        "stops": stops,
        "texts": list(numbers),
    }
