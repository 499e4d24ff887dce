"""Workflow commands that GitHub Actions shows as annotations of the changed lines.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lintplugin import rules
from lintplugin.analysis import Problem
from lintplugin.reporters.records import Record

SEPARATOR = ""

_COMMANDS = {"error": "error", "fatal": "error", "warning": "warning"}


def head() -> str:
    """Nothing."""
    return ""


def page(path: str, records: Sequence[Record], problems: Sequence[Problem]) -> str:
    """A command for each problem and finding of a file."""
    lines = [
        _command(
            "error" if problem.fails else "warning",
            problem.message,
            file=path,
            line=problem.line,
            col=problem.column + 1,
            title=problem.kind,
        )
        for problem in problems
    ]
    lines.extend(_annotation(record) for record in records)
    return "".join(lines)


def tail(problems: Sequence[Problem], found: Mapping[str, int]) -> str:
    """Nothing."""
    return ""


def _annotation(record: Record) -> str:
    data = record.data
    lines = [data["message"]]
    for fix in data.get("fixes", ()):
        code = fix["replacement"].strip() or fix["title"]
        if "\n" not in code:
            lines.append(f"{rules.TARGET_TITLES[fix['target']]}: {code} ({fix['applicability']})")
    place = {"file": data["path"], "line": data["line"]}
    end = data["endLine"]
    if end is not None:
        place["endLine"] = end
    if end in (None, data["line"]):  # GitHub takes columns of one line only.
        place["col"] = data["column"] + 1
        if end is not None:
            place["endColumn"] = data["endColumn"]
    title = f"{data['symbol']} ({data['messageId']})"
    return _command(_COMMANDS.get(data["type"], "notice"), "\n".join(lines), **place, title=title)


def _command(name: str, message: str, **properties: object) -> str:
    stated = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in properties.items())
    return f"::{name} {stated}::{_escaped(message)}\n"


def _escaped(text: str, more: str = "") -> str:
    """Text with what ends a command, or a property of one, as GitHub's own toolkit writes it."""
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text
