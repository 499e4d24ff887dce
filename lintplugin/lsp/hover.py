"""What is shown beside the pointer: before, after, and what execution showed."""

from __future__ import annotations

from collections.abc import Iterator

from astroid import nodes
from lsprotocol import types

from lintplugin import analysis, rules
from lintplugin.edits import Applicability, Fix
from lintplugin.lsp.client import Client
from lintplugin.lsp.diagnostics import offsets
from lintplugin.lsp.engine import Checked
from lintplugin.rules import Finding
from lintplugin.source import Source

# Of a conversion, what takes the place of a function may fill the screen.
_MOST_LINES = 40


def hover(checked: Checked, position: types.Position, client: Client) -> types.Hover | None:
    """What is to be said of the findings at a position; None where there is none."""
    document, source = checked.document, checked.report.source
    if source is None:
        return None
    here = document.offset(position)
    around = [
        (end - start, start, finding)
        for finding in checked.report.findings
        for start, end in [offsets(source, finding)]
        if start <= here <= end
    ]
    if not around:
        return None
    # The innermost, where an argument of a call is another one.
    length, start, _ = min(around, key=lambda one: one[0])
    found = [finding for *where, finding in around if where == [length, start]]
    analysis.compute_fixes(checked.report, found)
    text = "\n\n---\n\n".join("\n\n".join(_about(one, source)) for one in found)
    kind = types.MarkupKind.Markdown if client.markdown else types.MarkupKind.PlainText
    return types.Hover(types.MarkupContent(kind, text), document.range(start, start + length))


def _about(finding: Finding, source: Source) -> Iterator[str]:
    yield f"[{finding.symbol}]({finding.checker.docs_url}): {finding.message}"
    if any(fix.replacement for fix in finding.fixes):
        yield "**Before**"
        yield _code(_before(finding, source))
    for fix in finding.fixes:
        yield f"**{rules.TARGET_TITLES[fix.target]}**: {'. '.join(_judged(fix))}"
        if fix.replacement:
            yield _code(fix.replacement)


def _before(finding: Finding, source: Source) -> str:
    """What a replacement is for: the call, where its name was found."""
    node = finding.node
    if isinstance(node.parent, nodes.Call) and node is node.parent.func:
        return source.segment(node.parent)
    start, end = offsets(source, finding)
    return source.text[start:end]


def _judged(fix: Fix) -> Iterator[str]:
    """How far a fix may be trusted, and why."""
    yield fix.title
    if fix.applicability is not Applicability.SAFE:
        yield f"{fix.applicability.value.capitalize()}: {fix.reason}"
    if fix.evidence is not None:
        shown = str(fix.evidence)
        yield shown[0].upper() + shown[1:]


def _code(text: str) -> str:
    lines = text.strip("\n").split("\n")
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], "…"]
    return "```python\n" + "\n".join(lines) + "\n```"
