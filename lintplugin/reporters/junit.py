"""JUnit's XML, which every build server shows: a suite for each file, a failure for each finding.

https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from lintplugin import rules
from lintplugin.analysis import Problem
from lintplugin.reporters.records import Record

SEPARATOR = ""

#: Characters that XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def head() -> str:
    """The declaration and the root."""
    return '<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="lintplugin">\n'


def page(path: str, records: Sequence[Record], problems: Sequence[Problem]) -> str:
    """The suite of a file."""
    counts = (
        f'tests="{len(records) + len(problems)}" failures="{len(records)}" '
        f'errors="{len(problems)}" skipped="0"'
    )
    cases = [_problem(problem) for problem in problems]
    cases.extend(_case(record) for record in records)
    return f"<testsuite name={_value(path)} {counts}>\n{''.join(cases)}</testsuite>\n"


def tail(problems: Sequence[Problem], found: Mapping[str, int]) -> str:
    """The end; a test that passed where there was nothing, since servers refuse an empty file."""
    passed = (
        '<testsuite name="lintplugin" tests="1" failures="0" errors="0" skipped="0">\n'
        '<testcase classname="lintplugin" name="no findings"/>\n</testsuite>\n'
    )
    return f"{'' if problems or found else passed}</testsuites>\n"


def _case(record: Record) -> str:
    data = record.data
    where = f"{data['path']}:{data['line']}:{data['column'] + 1}"
    lines = [f"{where}: {data['message']}"]
    for fix in data.get("fixes", ()):
        code = fix["replacement"].strip() or fix["title"]
        reason = f", {fix['reason']}" if fix["reason"] else ""
        title = rules.TARGET_TITLES[fix["target"]]
        lines.append(f"{title} ({fix['applicability']}{reason}):\n{code}")
    kind = f"{data['symbol']} ({data['messageId']})"
    return _test(data["path"], data["line"], kind, "failure", data["message"], "\n".join(lines))


def _problem(problem: Problem) -> str:
    text = f"{problem.path}:{problem.line}:{problem.column + 1}: {problem.message}"
    return _test(problem.path, problem.line, problem.kind, "error", problem.message, text)


def _test(path: str, line: int, kind: str, outcome: str, message: str, text: str) -> str:
    return (
        f'<testcase classname={_value(path)} name={_value(kind)} file={_value(path)} line="{line}">'
        f"<{outcome} type={_value(kind)} message={_value(message)}>{escape(_plain(text))}"
        f"</{outcome}></testcase>\n"
    )


def _value(text: str) -> str:
    return quoteattr(_plain(text))


def _plain(text: str) -> str:
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
