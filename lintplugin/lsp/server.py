"""The language server: keeps the documents, and answers from what the engine finds in them.

Requests are read by one thread and worked on by another, so that text that comes in is never kept
waiting. Of what waits for the second, only the newest version of a document is looked at: a burst
of changes costs one analysis, and what is asked behind it at most one more.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.uris import to_fs_path

import lintplugin
from lintplugin import checking
from lintplugin.configuration import ConfigurationError
from lintplugin.lsp import actions
from lintplugin.lsp.client import Client
from lintplugin.lsp.diagnostics import diagnostics
from lintplugin.lsp.documents import Document
from lintplugin.lsp.engine import CONFIGURATION_FILES, Checked, Engine
from lintplugin.lsp.options import Options

#: Seconds without a change after which a text is checked.
PAUSE = 0.1

_T = TypeVar("_T")


class Stale(JsonRpcContentModified):
    """The document has changed since it was asked about."""


class Protocol(LanguageServerProtocol):
    """pygls without its own copies of the texts.

    It takes positions for those of other lines, see :mod:`lintplugin.lsp.documents`, and moves
    them in the message before we read it.
    """

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(
        self, params: types.DidChangeTextDocumentParams
    ) -> Iterator[Any]:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE], (params,), None


class Server(LanguageServer):
    """A server for one client."""

    def __init__(self) -> None:
        super().__init__("lintplugin", lintplugin.__version__, protocol_cls=Protocol)
        self.client = Client()
        self.options = Options()
        self.documents: dict[str, Document] = {}
        self._home = os.getcwd()
        self._worker = ThreadPoolExecutor(1, "lintplugin")
        self._engine = Engine(self._complain)
        self._is_warm = False
        #: The check of each document that waits for a pause, or for its turn.
        self._pending: dict[str, asyncio.Task[None]] = {}
        #: One of them is with the worker at a time, so that what is asked has only one to wait for.
        self._turn = asyncio.Lock()
        #: Documents whose text has parsed since they were opened.
        self._parsed: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    # -- Documents

    def opened(self, document: types.TextDocumentItem) -> None:
        encoding = self.server_capabilities.position_encoding or types.PositionEncodingKind.Utf16
        self.documents[document.uri] = Document(
            document.uri, document.version, document.language_id, document.text, encoding
        )
        self._parsed.discard(document.uri)
        self.schedule(document.uri)

    def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        document = self.documents.get(uri)
        if document is not None:
            version = params.text_document.version
            self.documents[uri] = document.changed(version, params.content_changes)
            self.schedule(uri, PAUSE)

    def closed(self, uri: str) -> None:
        self.documents.pop(uri, None)
        if (pending := self._pending.pop(uri, None)) is not None:
            pending.cancel()
        self._parsed.discard(uri)
        self._worker.submit(self._engine.forget, uri)
        self._publish(uri, None, [])

    def look_anew(self, changed: Iterable[str] = ()) -> None:
        """Check documents again, because something beside them has changed.

        :param changed: URIs of the files that have; empty where it is something else. Of open ones
            only what names them, or is named by them, is checked again.
        """
        self._worker.submit(self._engine.look_anew)
        texts = [self.documents.get(uri) for uri in changed]
        for uri, document in self.documents.items():
            if not texts or any(one is None or _are_related(one, document) for one in texts):
                self.schedule(uri, PAUSE)

    # -- Checks

    def schedule(self, uri: str, pause: float = 0) -> None:
        """Check a document and publish what is found, unless it changes before."""
        if (pending := self._pending.get(uri)) is not None:
            pending.cancel()
        self._pending[uri] = asyncio.ensure_future(self._check_later(uri, pause))

    async def _check_later(self, uri: str, pause: float) -> None:
        await asyncio.sleep(pause)
        async with self._turn:
            self._pending.pop(uri, None)  # From here on it ends by itself, with the worker.
            await self._check(uri)

    async def _check(self, uri: str) -> None:
        document = self.documents.get(uri)
        if document is None or not document.is_read:
            return
        with contextlib.suppress(Stale):
            found = await self.ask(document, self._diagnostics)
            if found is not None and self.documents.get(uri) is document:
                self._publish(uri, document.version, found)

    def _diagnostics(self, checked: Checked) -> list[types.Diagnostic] | None:
        """What to publish; None to leave what is there, as while a statement is being written."""
        uri = checked.document.uri
        if not checked.is_broken:
            self._parsed.add(uri)
        elif uri in self._parsed:
            return None
        return diagnostics(checked, self.client)

    def _publish(self, uri: str, version: int | None, found: list[types.Diagnostic]) -> None:
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    async def ask(self, document: Document, question: Callable[[Checked], _T]) -> _T | None:
        """The answer to a question about a document; None when it cannot be checked.

        :raises Stale: when the document changes before its turn comes.
        """

        def answer() -> _T | None:
            self._must_be_current(document)
            checked = self._engine.check(document, self._folder(document), self.options)
            return question(checked) if checked is not None else None

        return await self._work(answer)

    async def whole(self, action: actions.Whole) -> types.WorkspaceEdit | None:
        """The edit of an action on a whole file; None when it changes nothing."""
        document = self.documents.get(action.uri)
        if document is None:
            return None

        def answer() -> types.WorkspaceEdit | None:
            self._must_be_current(document)
            folder = self._folder(document)
            text = self._engine.fix(
                document, folder, self.options, action.target, whole=action.converts
            )
            if text is None or text == document.text:
                return None
            return actions.whole_edit(document, action, text, self.client)

        return await self._work(answer)

    async def _work(self, work: Callable[[], _T]) -> _T:
        found = await asyncio.get_running_loop().run_in_executor(self._worker, work)
        if not self._is_warm:
            self._is_warm = True
            self._worker.submit(checking.tune_collector)
        return found

    def _must_be_current(self, document: Document) -> None:
        if self.documents.get(document.uri) is not document:
            raise Stale

    def _folder(self, document: Document) -> str:
        """The innermost workspace folder around a document, else the folder it lies in."""
        folders = [to_fs_path(one.uri) for one in self.workspace.folders.values()]
        known = [os.path.abspath(one) for one in (*folders, self.workspace.root_path) if one]
        if document.path is None:
            return known[0] if known else self._home
        path = os.path.abspath(document.path)
        around = [one for one in known if path.startswith(os.path.join(one, ""))]
        return max(around, key=len) if around else os.path.dirname(path)

    # -- The client

    def connect(self, params: types.InitializeParams) -> None:
        """Note what the client can do, and the settings that it states at once."""
        self._loop = asyncio.get_running_loop()
        self.client = Client.of(params.capabilities)
        self.configure(params.initialization_options)

    def configure(self, stated: Any) -> None:
        """Follow the settings of the client."""
        try:
            options = Options.read(stated)
        except ConfigurationError as error:
            self._complain(str(error))
            return
        if options != self.options:
            self.options = options
            for uri in self.documents:
                self.schedule(uri)

    async def ask_for_settings(self) -> None:
        wanted = types.ConfigurationItem(section="lintplugin")
        stated = await self.workspace_configuration_async(types.ConfigurationParams([wanted]))
        if stated and stated[0] is not None:
            self.configure(stated[0])

    async def register(self) -> None:
        """Ask the client to say when its settings change, or a file that matters to others."""
        registrations = []
        if self.client.announces:
            method = types.WORKSPACE_DID_CHANGE_CONFIGURATION
            stated = types.DidChangeConfigurationRegistrationOptions(section="lintplugin")
            registrations.append(types.Registration("lintplugin-settings", method, stated))
        if self.client.watches:
            patterns = ("**/*.py", *(f"**/{name}" for name in CONFIGURATION_FILES))
            method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            files = types.DidChangeWatchedFilesRegistrationOptions(
                [types.FileSystemWatcher(pattern) for pattern in patterns]
            )
            registrations.append(types.Registration("lintplugin-files", method, files))
        if registrations:
            await self.client_register_capability_async(types.RegistrationParams(registrations))

    def _complain(self, words: str) -> None:
        message = types.ShowMessageParams(types.MessageType.Error, f"lintplugin: {words}")
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self.window_show_message, message)


def _are_related(one: Document, other: Document) -> bool:
    """Whether one of two documents names the module that the other is."""
    return _names(one, other.module) or _names(other, one.module)


def _names(document: Document, module: str) -> bool:
    return re.search(rf"\b{re.escape(module)}\b", document.text) is not None
