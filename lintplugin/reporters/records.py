"""Findings as plain data, from which every format but the text for people is written."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from astroid import nodes

from lintplugin.analysis import Report
from lintplugin.configuration import Configuration
from lintplugin.edits import Edit, Fix
from lintplugin.rules import Finding
from lintplugin.source import Place, Source, Span

_NAMED = (nodes.ClassDef, nodes.FunctionDef)


class Record(NamedTuple):
    """A finding as plain data.

    :param data: what the JSON output prints of it.
    :param source: the file, to count its columns in other ways; None when it cannot be read.
    :param fingerprint: the same as long as the line reads the same, wherever it moves in its
        function or class: what code scanning knows a finding by.
    """

    data: dict[str, Any]
    source: Source | None
    fingerprint: str

    def byte_column(self, line: int, column: int) -> int:
        """The UTF-8 byte column, from 0, of a character column."""
        return self.source.byte_column(line, column) if self.source is not None else column


def records_of(report: Report, configuration: Configuration) -> list[Record]:
    """The findings of a file."""
    if not report.findings or report.module is None or report.source is None:
        return []
    # Pylint takes the name of the module from the tree.
    report.module.tree.name = configuration.module_name(report.path)
    source = report.source
    return list(with_fingerprints((as_json(one, source), source) for one in report.findings))


def with_fingerprints(
    found: Iterable[tuple[dict[str, Any], Source | None]],
) -> Iterator[Record]:
    """Records of the findings of one file, in order; alike ones are told apart by number."""
    seen: Counter[str] = Counter()
    for data, source in found:
        text = _line(data, source).strip() if source is not None else ""
        parts = (data["path"].replace("\\", "/"), data["symbol"], data["obj"], text)
        key = "\0".join(parts)
        digest = hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "surrogatepass"))
        seen[key] += 1
        yield Record(data, source, digest.hexdigest())


def _line(data: dict[str, Any], source: Source) -> str:
    return source.line(source.line_at(Place(data.get("cell"), data["line"])))


def in_file(record: Record) -> Record:
    """A finding in a notebook as those see it who know no cells: in the JSON text.

    Of the fixes, what they replace is shown, and nothing to apply.
    """
    data, source = record.data, record.source
    if source is None or data.get("cell") is None:
        return record
    places = [
        source.file_position(source.line_at(Place(cell, data[line])), data[column])
        for cell, line, column in (
            (data["cell"], "line", "column"),
            (data["endCell"], "endLine", "endColumn"),
        )
    ]
    (line, column), (end_line, end_column) = places
    where = {"line": line, "column": column, "endLine": end_line, "endColumn": end_column}
    fixes = [{**fix, "edits": []} for fix in data["fixes"]]
    return record._replace(data={**data, **where, "fixes": fixes}, source=source.as_file())


def as_json(finding: Finding, source: Source) -> dict[str, Any]:
    """A finding as plain data: the fields of Pylint's ``json2``, ``api``, ``docsUrl``, ``fixes``.

    In a notebook, lines are those of ``cell`` and ``endCell``, which are None elsewhere. Columns
    are character columns from 0, unlike Pylint's, which count UTF-8 bytes; lines count from 1; ends
    are exclusive.
    """
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
        **_range(span, source),
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
        **_range(span, source),
        "newText": edit.text,
    }


def _range(span: Span, source: Source) -> dict[str, int | None]:
    (cell, line), (end_cell, end_line) = source.place(span.line), source.place(span.end_line)
    return {
        "cell": cell,
        "line": line,
        "column": span.column,
        "endCell": end_cell,
        "endLine": end_line,
        "endColumn": span.end_column,
    }
