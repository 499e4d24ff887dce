"""What can be done about findings: code actions and their edits."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lsprotocol import types

from lintplugin import accepting, analysis, rules
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.lsp.client import Client
from lintplugin.lsp.diagnostics import of_findings, offsets
from lintplugin.lsp.documents import Document
from lintplugin.lsp.engine import Checked
from lintplugin.rules import Finding
from lintplugin.source import Source

QUICK_FIX = types.CodeActionKind.QuickFix.value
REWRITE = types.CodeActionKind.RefactorRewrite.value

#: Asked for on save. Offered only where one target is configured, which it then is for.
FIX_ALL = "source.fixAll.lintplugin"

#: The same by hand, for each target.
FIX_FOR = "source.lintplugin"

KINDS = (
    QUICK_FIX,
    REWRITE,
    FIX_ALL,
    FIX_FOR,
)

_CONFIRM = "lintplugin"


@dataclass(frozen=True)
class Whole:
    """An action on a whole file, whose edits are computed when it is chosen.

    :param converts: convert the module, rather than apply all safe fixes.
    """

    uri: str
    target: str
    converts: bool

    @classmethod
    def read(cls, data: Any) -> Whole | None:
        """From the data that an action carries; None when they are not ours."""
        try:
            return cls(str(data["uri"]), str(data["target"]), bool(data["converts"]))
        except (KeyError, TypeError):
            return None

    def data(self) -> dict[str, Any]:
        return {"uri": self.uri, "target": self.target, "converts": self.converts}


def actions(
    checked: Checked, params: types.CodeActionParams, client: Client
) -> Iterator[types.CodeAction]:
    """What can be done about the findings in a range, and about the file they are in.

    Actions on the whole file carry no edit, but a :class:`Whole` as their data. Where nothing was
    found in the range they are offered only when they are asked for, and not to a light bulb.
    """
    report, document, context = checked.report, checked.document, params.context
    if report.source is None or report.module is None:
        return
    start, end = document.offset(params.range.start), document.offset(params.range.end)
    found = [
        finding
        for finding in report.findings
        for first, last in [offsets(report.source, finding)]
        if first <= end and start <= last
    ]
    if found and _is_asked(context, QUICK_FIX):
        yield from _repairs(checked, found, client)
    if document.holds_settings:
        return  # Pylint's comments mean nothing there, and nothing is converted.
    if found and _is_asked(context, QUICK_FIX):
        yield from _suppressions(checked, found, client)
    is_automatic = context.trigger_kind is types.CodeActionTriggerKind.Automatic
    if found or (report.findings and not is_automatic):
        yield from _of_file(checked, context, client)


def _is_asked(context: types.CodeActionContext, kind: str) -> bool:
    """Whether a kind, or one that it is of, is asked for; all are where none is named."""
    if context.only is None:
        return True
    asked = (one.value if isinstance(one, types.CodeActionKind) else one for one in context.only)
    return any(f"{kind}.".startswith(f"{one}.") for one in asked)


def _repairs(
    checked: Checked, found: Sequence[Finding], client: Client
) -> Iterator[types.CodeAction]:
    """An action for each fix that can be applied; that of a module is offered once."""
    analysis.compute_fixes(checked.report, found)
    targets = checked.configuration.settings.targets
    offered: dict[tuple[str, tuple[Edit, ...]], tuple[Fix, list[Finding]]] = {}
    for finding in found:
        for fix in finding.fixes:
            if fix.edits and fix.edits not in checked.held:
                _, findings = offered.setdefault((fix.target, fix.edits), (fix, []))
                findings.append(finding)
    for fix, findings in offered.values():
        is_safe = fix.applicability is Applicability.SAFE
        title = rules.TARGET_TITLES[fix.target]
        named = fix.title if title in fix.title else f"{fix.title} ({title})"
        yield types.CodeAction(
            title=named if is_safe else f"{named}, unsafe: {fix.reason}",
            kind=QUICK_FIX,
            diagnostics=list(of_findings(checked, findings, client)),
            is_preferred=True if is_safe and len(targets) == 1 else None,
            edit=edit(checked.document, fix.edits, client, confirm="" if is_safe else fix.reason),
        )


def _suppressions(
    checked: Checked, found: Sequence[Finding], client: Client
) -> Iterator[types.CodeAction]:
    source = checked.report.source
    assert source is not None
    inside = accepting.inside_strings(source)
    by_place: dict[tuple[str, int], list[Finding]] = {}
    for finding in found:
        by_place.setdefault((finding.symbol, finding.span.line), []).append(finding)
    for (symbol, line), findings in by_place.items():
        comment = accepting.comment(source, line, {symbol}, inside)
        if comment is not None:
            yield types.CodeAction(
                title=f"Suppress {symbol} here",
                kind=QUICK_FIX,
                diagnostics=list(of_findings(checked, findings, client)),
                edit=edit(checked.document, [comment], client),
            )


def _of_file(
    checked: Checked, context: types.CodeActionContext, client: Client
) -> Iterator[types.CodeAction]:
    """Actions on a whole file, for each target."""
    targets = checked.configuration.settings.targets
    for target in targets:
        title = rules.TARGET_TITLES[target]
        uri = checked.document.uri
        if _is_asked(context, REWRITE):
            reason = checked.obstacle(target)
            if client.explains or not reason:
                yield types.CodeAction(
                    title=f"Convert the whole file to {title}",
                    kind=REWRITE,
                    disabled=types.CodeActionDisabled(reason) if reason else None,
                    data=Whole(uri, target, converts=True).data(),
                )
        kind = FIX_ALL if len(targets) == 1 else f"{FIX_FOR}.{target}"
        if _is_asked(context, kind):
            yield types.CodeAction(
                title=f"Apply all safe fixes for {title}",
                kind=kind,
                data=Whole(uri, target, converts=False).data(),
            )


def whole_edit(document: Document, action: Whole, text: str, client: Client) -> types.WorkspaceEdit:
    """The edit of an action on a whole file.

    :param text: what the file becomes.
    """
    confirm = f"Convert to {rules.TARGET_TITLES[action.target]}" if action.converts else ""
    return edit(document, _differences(document.text, text), client, confirm=confirm)


def _differences(before: str, after: str) -> Iterator[Edit]:
    """Lines that differ, so that the cursor and marks elsewhere stay where they are."""
    source, other = Source("", before), Source("", after)
    old, new = (
        [one.text[one.line_start(n) : one.line_start(n + 1)] for n in range(1, one.line_count + 1)]
        for one in (source, other)
    )
    for tag, *lines in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if tag != "equal":
            first, last, new_first, new_last = lines
            yield Edit(
                source.line_start(first + 1),
                source.line_start(last + 1),
                "".join(new[new_first:new_last]),
            )


def edit(
    document: Document, edits: Iterable[Edit], client: Client, *, confirm: str = ""
) -> types.WorkspaceEdit:
    """Edits of one document, as the client takes them.

    :param confirm: what to confirm before they are made, empty for nothing.
    """
    changes = [(document.range(one.start, one.end), one.text) for one in sorted(set(edits))]
    if not client.versions:
        return types.WorkspaceEdit(
            changes={document.uri: [types.TextEdit(where, text) for where, text in changes]}
        )
    is_confirmed = bool(confirm) and client.confirms
    identifier = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                identifier,
                [
                    types.AnnotatedTextEdit(_CONFIRM, where, text)
                    if is_confirmed
                    else types.TextEdit(where, text)
                    for where, text in changes
                ],
            )
        ],
        change_annotations={
            _CONFIRM: types.ChangeAnnotation("lintplugin", True, confirm),
        }
        if is_confirmed
        else None,
    )
