"""Reviewdog's diagnostic format, with suggestions that a review offers to apply.

https://github.com/reviewdog/reviewdog/tree/master/proto/rdf
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lintplugin.analysis import Problem
from lintplugin.reporters.records import Record

SEPARATOR = ",\n"

_SEVERITIES = {"error": "ERROR", "fatal": "ERROR", "warning": "WARNING"}


def head() -> str:
    """What stands before the diagnostics."""
    source = {"name": "lintplugin", "url": "https://github.com/lintplugin/lintplugin"}
    return f'{{"source": {json.dumps(source)}, "diagnostics": [\n'


def page(path: str, records: Sequence[Record], problems: Sequence[Problem]) -> str:
    """A diagnostic for each problem and finding of a file."""
    found = [_problem(problem) for problem in problems]
    found.extend(_diagnostic(record) for record in records)
    return SEPARATOR.join(map(json.dumps, found))


def tail(problems: Sequence[Problem], found: Mapping[str, int]) -> str:
    """The end of the list."""
    return "\n]}\n"


def _diagnostic(record: Record) -> dict[str, Any]:
    data = record.data
    code = {"value": data["symbol"]}
    if "docsUrl" in data:
        code["url"] = data["docsUrl"]
    # A suggestion is one range. What changes several places, as a whole module, cannot be one.
    suggestions = [
        {"range": _range(record, edit), "text": edit["newText"]}
        for fix in data.get("fixes", ())
        if fix["applicability"] == "safe" and len(fix["edits"]) == 1
        for edit in fix["edits"]
    ]
    return {
        "message": data["message"],
        "location": {"path": data["path"], "range": _range(record, data)},
        "severity": _SEVERITIES.get(data["type"], "INFO"),
        "code": code,
        **({"suggestions": suggestions} if suggestions else {}),
    }


def _range(record: Record, data: Mapping[str, Any]) -> dict[str, Any]:
    """Lines from 1 and columns in UTF-8 bytes from 1, the end exclusive."""
    found = {"start": _position(record, data["line"], data["column"])}
    if data["endLine"] is not None:
        found["end"] = _position(record, data["endLine"], data["endColumn"])
    return found


def _position(record: Record, line: int, column: int) -> dict[str, int]:
    return {"line": line, "column": record.byte_column(line, column) + 1}


def _problem(problem: Problem) -> dict[str, Any]:
    start = {"line": problem.line, "column": problem.column + 1}
    return {
        "message": problem.message,
        "location": {"path": problem.path, "range": {"start": start}},
        "severity": "ERROR" if problem.fails else "WARNING",
        "code": {"value": problem.kind},
    }
