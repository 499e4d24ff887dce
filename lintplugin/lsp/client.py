"""What a client says that it understands."""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types
from pygls.capabilities import get_capability


@dataclass(frozen=True)
class Client:
    """The capabilities that make a difference to what is answered.

    :param links: diagnostics with the page of their rule.
    :param strikes: diagnostics with the tag of what is deprecated.
    :param markdown: hovers in Markdown.
    :param versions: edits that name the version of the document they are for.
    :param confirms: edits that are shown before they are made.
    :param resolves: actions whose edits are asked for when one is chosen.
    :param explains: actions that cannot be chosen, with the reason.
    :param configures: asks the client for its configuration.
    :param announces: the client can be asked to say when its configuration changes.
    :param watches: the client can be asked to watch files.
    """

    links: bool = False
    strikes: bool = False
    markdown: bool = False
    versions: bool = False
    confirms: bool = False
    resolves: bool = False
    explains: bool = False
    configures: bool = False
    announces: bool = False
    watches: bool = False

    @classmethod
    def of(cls, stated: types.ClientCapabilities) -> Client:
        published = get_capability(stated, "text_document.publish_diagnostics")
        actions = get_capability(stated, "text_document.code_action")
        edits = get_capability(stated, "workspace.workspace_edit")
        tags = published.tag_support.value_set if published and published.tag_support else ()
        resolved = actions.resolve_support.properties if actions and actions.resolve_support else ()
        formats = get_capability(stated, "text_document.hover.content_format") or ()
        versions = bool(edits and edits.document_changes)
        return cls(
            links=bool(published and published.code_description_support),
            strikes=types.DiagnosticTag.Deprecated in tags,
            markdown=types.MarkupKind.Markdown in formats,
            versions=versions,
            confirms=versions and bool(edits and edits.change_annotation_support),
            resolves="edit" in resolved,
            explains=bool(actions and actions.disabled_support),
            configures=bool(get_capability(stated, "workspace.configuration")),
            announces=bool(
                get_capability(stated, "workspace.did_change_configuration.dynamic_registration")
            ),
            watches=bool(
                get_capability(stated, "workspace.did_change_watched_files.dynamic_registration")
            ),
        )
