"""Findings as one JSON object.

``{"version", "findings": […], "problems": […]}``. A finding has the fields of Pylint's ``json2``
and ``api``, ``docsUrl`` and ``fixes``. Columns are character columns from 0, unlike Pylint's, which
count UTF-8 bytes; lines count from 1; ends are exclusive.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Any, TextIO

from astroid import nodes

import lintplugin
from lintplugin.analysis import Problem, Report
from lintplugin.configuration import Configuration
from lintplugin.edits import Edit, Fix
from lintplugin.reporters import Page
from lintplugin.rules import Finding
from lintplugin.source import Source

_SEPARATOR = ",\n"


def render(report: Report, configuration: Configuration) -> Page:
    """The findings of a file, between commas."""
    if not report.findings or report.module is None or report.source is None:
        return Page.of(report, "")
    # Pylint takes the name of the module from the tree.
    report.module.tree.name = configuration.module_name(report.path)
    texts = [json.dumps(as_json(finding, report.source)) for finding in report.findings]
    return Page.of(report, _SEPARATOR.join(texts))


class JsonReporter:
    """Writes each finding when it comes; the problems last."""

    def __init__(self, configuration: Configuration, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._problems: list[Problem] = []
        self._separator = "\n"
        self._stream.write(f'{{"version": {json.dumps(lintplugin.__version__)}, "findings": [')

    def add(self, page: Page) -> None:
        self._problems.extend(page.problems)
        if page.text:
            self._stream.write(self._separator + page.text)
            self._separator = _SEPARATOR

    def close(self) -> None:
        problems = json.dumps([dataclasses.asdict(problem) for problem in self._problems])
        self._stream.write(f'\n], "problems": {problems}}}\n')


REPORTER = JsonReporter

_NAMED = (nodes.ClassDef, nodes.FunctionDef)


def as_json(finding: Finding, source: Source) -> dict[str, Any]:
    """A finding as plain data."""
    module, obj = _place(finding.node)
    span = finding.span
    return {
        "type": finding.checker.rule.category,
        "symbol": finding.symbol,
        "message": finding.message,
        "messageId": finding.checker.rule.id,
        "confidence": finding.confidence,
        "module": module,
        "obj": obj,
        "line": span.line,
        "column": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
        "path": source.path,
        "api": finding.api,
        "docsUrl": finding.checker.docs_url,
        "fixes": [_fix(fix, source) for fix in finding.fixes],
    }


def _place(node: nodes.NodeNG) -> tuple[str, str]:
    """The names of the module and of the object that a node is in, as Pylint gives them."""
    from pylint.utils import get_module_and_frameid

    try:
        return get_module_and_frameid(node)
    except RecursionError:  # Nested too deeply for Pylint, as a chain of a thousand elif is.
        frames = [one for one in node.node_ancestors() if isinstance(one, _NAMED)]
        return node.root().name, ".".join(one.name for one in reversed(frames))


def _fix(fix: Fix, source: Source) -> dict[str, Any]:
    return {
        "target": fix.target,
        "applicability": fix.applicability.value,
        "title": fix.title,
        "reason": fix.reason,
        "edits": [_edit(edit, source) for edit in fix.edits],
        "replacement": fix.replacement,
        "evidence": fix.evidence.as_json() if fix.evidence is not None else None,
    }


def _edit(edit: Edit, source: Source) -> dict[str, Any]:
    span = source.span_of(edit.start, edit.end)
    return {
        "path": source.path,
        "line": span.line,
        "column": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
        "newText": edit.text,
    }
