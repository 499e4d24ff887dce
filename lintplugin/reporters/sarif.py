"""SARIF 2.1.0, which GitHub code scanning, Azure DevOps and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/, and what GitHub asks for beyond it:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import lintplugin
from lintplugin import rules
from lintplugin.analysis import Problem
from lintplugin.reporters.records import Record

SEPARATOR = ",\n"

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

_LEVELS = {"error": "error", "fatal": "error", "warning": "warning"}

_TITLES = {"note": "recommendation"}


def head() -> str:
    """What stands before the results. Columns count characters, not UTF-16 units."""
    return (
        f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [{{"columnKind": '
        '"unicodeCodePoints", "results": [\n'
    )


def page(path: str, records: Sequence[Record], problems: Sequence[Problem]) -> str:
    """The results of a file; its problems are notifications, which come last."""
    return SEPARATOR.join(json.dumps(_result(record)) for record in records)


def tail(problems: Sequence[Problem], found: Mapping[str, int]) -> str:
    """The tool with the rules that found something, and what could not be analysed."""
    driver = {
        "name": "lintplugin",
        "version": lintplugin.__version__,
        "semanticVersion": lintplugin.__version__,
        "informationUri": "https://github.com/lintplugin/lintplugin",
        "rules": [_rule(symbol) for symbol in sorted(found)],
    }
    invocation = {
        "executionSuccessful": not any(problem.fails for problem in problems),
        "toolExecutionNotifications": [_notification(problem) for problem in problems],
    }
    end = json.dumps({"tool": {"driver": driver}, "invocations": [invocation]})
    return f"\n], {end[1:]}]}}\n"


def _rule(symbol: str) -> dict[str, Any]:
    checker = rules.by_symbol().get(symbol)
    if checker is None:  # A message of Pylint itself.
        return {"id": symbol, "shortDescription": {"text": symbol}}
    rule = checker.rule
    level = _level(rule.category)
    summary = rule.summary.replace("`", "")
    return {
        "id": symbol,
        "name": "".join(part.title() for part in symbol.split("-")),
        "shortDescription": {"text": summary},
        "fullDescription": {"text": summary},
        "helpUri": checker.docs_url,
        "help": {"text": rule.why, "markdown": f"{rule.why}\n[{symbol}]({checker.docs_url})\n"},
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["migration", checker.group],
            "precision": "very-high",
            "problem.severity": _TITLES.get(level, level),
        },
    }


def _level(category: str) -> str:
    return _LEVELS.get(category, "note")


def _result(record: Record) -> dict[str, Any]:
    data = record.data
    place: dict[str, Any] = {"physicalLocation": _location(data["path"], _region(data))}
    if data["obj"]:
        place["logicalLocations"] = [{"fullyQualifiedName": f"{data['module']}.{data['obj']}"}]
    result = {
        "ruleId": data["symbol"],
        "level": _level(data["type"]),
        "message": {"text": data["message"]},
        "locations": [place],
        "partialFingerprints": {"lintplugin/v1": record.fingerprint},
    }
    fixes = [_fix(fix) for fix in data.get("fixes", ()) if fix["edits"]]
    if fixes:
        result["fixes"] = fixes
    shown = [
        {name: fix[name] for name in ("target", "applicability", "replacement", "reason")}
        for fix in data.get("fixes", ())
    ]
    if shown:
        result["properties"] = {"api": data["api"], "replacements": shown}
    return result


def _fix(fix: Mapping[str, Any]) -> dict[str, Any]:
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in fix["edits"]:
        replaced = {"deletedRegion": _region(edit), "insertedContent": {"text": edit["newText"]}}
        changes.setdefault(edit["path"], []).append(replaced)
    reason = f" ({fix['reason']})" if fix["reason"] else ""
    target = rules.TARGET_TITLES[fix["target"]]
    return {
        "description": {"text": f"{target}: {fix['title']}; {fix['applicability']}{reason}"},
        "artifactChanges": [
            {"artifactLocation": {"uri": uri(path)}, "replacements": replacements}
            for path, replacements in changes.items()
        ],
    }


def _notification(problem: Problem) -> dict[str, Any]:
    region = {"startLine": problem.line, "startColumn": problem.column + 1}
    return {
        "level": "error" if problem.fails else "note",
        "descriptor": {"id": problem.kind},
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": _location(problem.path, region)}],
    }


def _location(path: str, region: Mapping[str, int]) -> dict[str, Any]:
    return {"artifactLocation": {"uri": uri(path)}, "region": region}


def _region(data: Mapping[str, Any]) -> dict[str, int]:
    """Lines and columns from 1, the end exclusive."""
    region = {"startLine": data["line"], "startColumn": data["column"] + 1}
    if data["endLine"] is not None:
        region |= {"endLine": data["endLine"], "endColumn": data["endColumn"] + 1}
    return region


def uri(path: str) -> str:
    """A path as a URI reference: relative as it stands, absolute with its scheme."""
    if os.path.isabs(path):
        return Path(path).as_uri()
    return quote(path.replace(os.sep, "/"), errors="surrogateescape")
