"""GitLab's code quality report, which a merge request shows beside its changes.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from lintplugin.analysis import Problem
from lintplugin.reporters.records import Record

SEPARATOR = ",\n"

_SEVERITIES = {"error": "major", "fatal": "blocker", "warning": "minor"}


def head() -> str:
    """The beginning of a list."""
    return "[\n"


def page(path: str, records: Sequence[Record], problems: Sequence[Problem]) -> str:
    """An issue for each problem and finding of a file."""
    issues = [_problem(problem) for problem in problems]
    issues.extend(_issue(record) for record in records)
    return SEPARATOR.join(map(json.dumps, issues))


def tail(problems: Sequence[Problem], found: Mapping[str, int]) -> str:
    """The end of the list."""
    return "\n]\n"


def _issue(record: Record) -> dict[str, Any]:
    data = record.data
    return {
        "description": data["message"],
        "check_name": data["symbol"],
        "fingerprint": record.fingerprint,
        "severity": _SEVERITIES.get(data["type"], "info"),
        "location": {
            "path": data["path"],
            "lines": {"begin": data["line"], "end": data["endLine"] or data["line"]},
        },
    }


def _problem(problem: Problem) -> dict[str, Any]:
    key = "\0".join((problem.path, problem.kind, problem.message))
    return {
        "description": problem.message,
        "check_name": problem.kind,
        "fingerprint": hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest(),
        "severity": "blocker" if problem.fails else "minor",
        "location": {"path": problem.path, "lines": {"begin": problem.line, "end": problem.line}},
    }
