"""Findings and problems as diagnostics."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from lintplugin import signatures
from lintplugin.analysis import Problem
from lintplugin.lsp.client import Client
from lintplugin.lsp.documents import Document
from lintplugin.lsp.engine import Checked
from lintplugin.rules import Finding
from lintplugin.source import Source

SOURCE = "lintplugin"

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Hint,
}


def diagnostics(checked: Checked, client: Client) -> list[types.Diagnostic]:
    """All that is said of a document, in the order of the text."""
    document, report = checked.document, checked.report
    return [
        *(_of_problem(document, problem) for problem in report.problems),
        *of_findings(checked, report.findings, client),
    ]


def of_findings(
    checked: Checked, findings: list[Finding], client: Client
) -> Iterator[types.Diagnostic]:
    """A diagnostic for each finding."""
    source = checked.report.source
    for finding in findings:
        assert source is not None  # There was text to find something in.
        rule = finding.checker.rule
        is_struck = client.strikes and is_deprecated(finding)
        yield types.Diagnostic(
            range=checked.document.range(*offsets(source, finding)),
            message=finding.message,
            severity=_SEVERITIES.get(rule.category, types.DiagnosticSeverity.Information),
            code=finding.symbol,
            code_description=types.CodeDescription(finding.checker.docs_url)
            if client.links
            else None,
            source=SOURCE,
            tags=[types.DiagnosticTag.Deprecated] if is_struck else None,
        )


def offsets(source: Source, finding: Finding) -> tuple[int, int]:
    """Where a finding begins and ends in the text."""
    span = finding.span
    return source.offset(span.line, span.column), source.offset(span.end_line, span.end_column)


def is_deprecated(finding: Finding) -> bool:
    """Whether a finding is one name that has a successor, rather than a use that has a pitfall.

    So is what a table names, and what the last release has no more that the legacy one had.
    """
    if finding.span.line != finding.span.end_line:
        return False  # A statement, which would be struck through from end to end.
    if finding.api in finding.checker.rows:
        return finding.checker.rule.only_target is None
    name = finding.api.partition("()")[0]
    return signatures.known(name) and signatures.modern_entry(name) is None


def _of_problem(document: Document, problem: Problem) -> types.Diagnostic:
    line = types.Position(problem.line - 1, 0)
    start = document.offset(line) + problem.column
    is_internal = problem.kind == "internal-error"
    return types.Diagnostic(
        range=document.range(start, start),
        message=problem.message,
        severity=types.DiagnosticSeverity.Warning
        if is_internal
        else types.DiagnosticSeverity.Error,
        code=problem.kind,
        source=SOURCE,
    )
