"""A report as a page that needs nothing else, and as Markdown for a merge request's comment."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import lintplugin
from lintplugin import rules
from lintplugin.console import plural
from lintplugin.report import treemap
from lintplugin.report.summary import Survey, Tally, folder_of
from lintplugin.report.survey import STATUSES
from lintplugin.report.trend import Snapshot
from lintplugin.rules import TARGET_TITLES

_HERE = Path(__file__).parent

#: The statuses as a reader sees them.
LABELS = {
    "safe": "Safe to fix",
    "unsafe": "To confirm",
    "shown": "Code shown",
    "hand": "By hand",
}

#: Rows of a table of a comment: the hosts cut off or refuse what is longer than 65,536 characters.
_ROWS = 15

#: Characters of a text that stands in a table of a comment.
_CELL = 300


class Row(NamedTuple):
    """A rule in the table of rules.

    :param url: its page; empty for a rule of an earlier report that there is no longer.
    :param before: its findings in the report to compare with, None where there is none.
    """

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
    template = _environment(html=True).get_template("page.html.jinja")
    return template.render(
        context,
        style=(_HERE / "page.css").read_text("utf-8"),
        script=script,
        script_digest=digest,
        maps={"rule": treemap.by_rule(survey), "folder": treemap.by_folder(survey)},
        data=_data(survey),
    )


def comment(
    survey: Survey, paths: Sequence[str], now: Snapshot, earlier: Sequence[Snapshot]
) -> str:
    """The same as Markdown, cut where it is too long for a comment."""
    context = _context(survey, paths, now, earlier)
    template = _environment(html=False).get_template("comment.md.jinja")
    text = template.render(context, limit=_ROWS)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


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
        "folders": survey.tallies(lambda path, _: folder_of(path)),
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
