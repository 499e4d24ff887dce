"""An editor: a client that talks to the server over its standard streams."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_type_hints

from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient, client_capabilities

ROOT = Path(__file__).parents[3]

#: Seconds, long enough for a busy machine; what takes longer has failed.
PATIENCE = 60

Published = types.PublishDiagnosticsParams


class Editor:
    """What an editor does, and what it was told.

    :param folder: its workspace folder.
    :param command: what starts the server.
    """

    def __init__(self, folder: Path, *command: str) -> None:
        self.folder = folder
        self.command = command or (sys.executable, "-m", "lintplugin", "lsp", "--stdio")
        self.edits: list[types.WorkspaceEdit] = []
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.published: list[Published] = []
        self.messages: list[str] = []
        self.registered: list[str] = []
        self.settings: dict[str, Any] | None = None
        self.encoding: str = "utf-16"
        self.client = LanguageClient(converter_factory=_converter)
        self._news = asyncio.Event()
        self._listen()

    def _listen(self) -> None:
        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: Published) -> None:
            self.published.append(params)
            self._news.set()

        @self.client.feature(types.WINDOW_SHOW_MESSAGE)
        def show(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)
            self._news.set()

        @self.client.feature(types.CLIENT_REGISTER_CAPABILITY)
        def register(params: types.RegistrationParams) -> None:
            self.registered.extend(one.method for one in params.registrations)

        @self.client.feature(types.WORKSPACE_APPLY_EDIT)
        def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
            self.edits.append(params.edit)
            self._news.set()
            return types.ApplyWorkspaceEditResult(applied=True)

        @self.client.feature(types.WORKSPACE_CONFIGURATION)
        def configuration(params: types.ConfigurationParams) -> list[Any]:
            assert [one.section for one in params.items] == ["lintplugin"]
            return [self.settings]

    async def start(
        self,
        name: str,
        change: Callable[[types.ClientCapabilities], None] = lambda one: None,
        options: dict[str, Any] | None = None,
    ) -> None:
        """Start the server as a known client does.

        :param change: what is different in this client.
        """
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        await self.client.start_io(*self.command, env=environment, cwd=ROOT)
        capabilities = client_capabilities(name)
        change(capabilities)
        result = await self.client.initialize_session(
            types.InitializeParams(
                capabilities,
                initialization_options=options,
                workspace_folders=[types.WorkspaceFolder(self.folder.as_uri(), "project")],
            )
        )
        self.encoding = result.capabilities.position_encoding or "utf-16"

    async def stop(self) -> None:
        await self.client.shutdown_session()
        await self.client.stop()

    async def until(self, is_reached: Callable[[], Any]) -> None:
        """Wait for what is told until a condition holds."""
        while not is_reached():
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), PATIENCE)

    def uri(self, name: str) -> str:
        return name if ":" in name else (self.folder / name).as_uri()

    async def open(self, name: str, text: str, language: str = "python") -> Sequence[Any]:
        """Open a text and return the diagnostics of it."""
        uri = self.uri(name)
        self.texts[name], self.versions[name] = text, self.versions.get(name, 0) + 1
        item = types.TextDocumentItem(uri, language, self.versions[name], text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return await self.news(name)

    async def news(self, name: str) -> Sequence[types.Diagnostic]:
        """The next diagnostics that are published of the present version of a text."""
        return (await self.next(name)).diagnostics

    async def next(self, name: str) -> Published:
        seen = len(self.published)

        def found() -> list[Published]:
            wanted = (self.uri(name), self.versions[name])
            return [one for one in self.published[seen:] if (one.uri, one.version) == wanted]

        await self.until(found)
        return found()[0]

    def change(self, name: str, *changes: types.TextDocumentContentChangeEvent) -> None:
        """Send changes; the last of the whole text is the text that is known then."""
        self.versions[name] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(
                    version=self.versions[name], uri=self.uri(name)
                ),
                list(changes),
            )
        )

    def write(self, name: str, text: str) -> None:
        """Send a text as a whole."""
        self.texts[name] = text
        self.change(name, types.TextDocumentContentChangeWholeDocument(text))

    def replace(self, name: str, start: int, end: int, new: str) -> None:
        """Send a change between two offsets."""
        text = self.texts[name]
        self.texts[name] = text[:start] + new + text[end:]
        where = types.Range(self._position(text[:start]), self._position(text[:end]))
        self.change(name, types.TextDocumentContentChangePartial(where, new))

    def _position(self, before: str) -> types.Position:
        codec, unit = CODECS[self.encoding]
        column = before.rpartition("\n")[2]
        return types.Position(before.count("\n"), len(column.encode(codec)) // unit)

    def save(self, name: str) -> None:
        identifier = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(identifier))

    def close(self, name: str) -> None:
        identifier = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(identifier))

    async def hover(self, name: str, line: int, column: int) -> str | None:
        found = await self.client.text_document_hover_async(
            types.HoverParams(
                types.TextDocumentIdentifier(self.uri(name)), types.Position(line, column)
            )
        )
        if found is None:
            return None
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    async def actions(
        self,
        name: str,
        line: int,
        column: int,
        only: Sequence[str] | None = None,
        trigger: types.CodeActionTriggerKind | None = None,
    ) -> dict[str, types.CodeAction]:
        """Code actions at a place, by title."""
        place = types.Position(line, column)
        found = await self.client.text_document_code_action_async(
            types.CodeActionParams(
                types.TextDocumentIdentifier(self.uri(name)),
                types.Range(place, place),
                types.CodeActionContext([], only, trigger),
            )
        )
        assert all(isinstance(one, types.CodeAction) for one in found or ())
        return {one.title: one for one in found or () if isinstance(one, types.CodeAction)}

    async def apply(self, name: str, action: types.CodeAction) -> str:
        """The text after an action, whose edit is asked for if need be."""
        if action.edit is None:
            action = await self.client.code_action_resolve_async(action)
        assert action.edit is not None
        return self.edited(name, action.edit)

    def edited(self, name: str, edit: types.WorkspaceEdit) -> str:
        """The text after an edit, which must be of it alone."""
        uri, changes = self.uri(name), list((edit.changes or {}).get(self.uri(name), ()))
        for document in edit.document_changes or ():
            assert isinstance(document, types.TextDocumentEdit)
            assert document.text_document.version == self.versions[name]
            assert document.text_document.uri == uri
            changes.extend(document.edits)
        return applied(self.texts[name], changes, self.encoding)


def _converter() -> Any:
    """That of pygls, without two mistakes of lsprotocol's."""
    converter = default_converter()
    notebook = get_type_hints(types.NotebookDocumentFilterWithCells)["notebook"]
    converter.register_structure_hook(notebook, lambda value, _: value)

    def action(value: Any, _: Any) -> Any:  # An action may have a command, too.
        is_command = isinstance(value.get("command"), str)
        return converter.structure(value, types.Command if is_command else types.CodeAction)

    converter.register_structure_hook(types.Command | types.CodeAction, action)
    return converter


#: How wide a unit of each position encoding is, in bytes of a codec.
CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


def applied(text: str, edits: Sequence[Any], encoding: str = "utf-16") -> str:
    """As a client applies edits, whose positions are all those of the text before."""
    codec, unit = CODECS[encoding]
    lines = [line.encode(codec) for line in text.splitlines(keepends=True)]

    def offset(position: types.Position) -> int:
        return sum(map(len, lines[: position.line])) + unit * position.character

    data = b"".join(lines)
    for one in sorted(edits, key=lambda one: offset(one.range.start), reverse=True):
        start, end = offset(one.range.start), offset(one.range.end)
        data = data[:start] + one.new_text.encode(codec) + data[end:]
    return data.decode(codec)
