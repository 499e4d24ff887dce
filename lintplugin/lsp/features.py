"""What the server answers, by the methods of the protocol, and how it is started."""

from __future__ import annotations

import os
import sys

from lsprotocol import types

from lintplugin.lsp import actions
from lintplugin.lsp.hover import hover
from lintplugin.lsp.server import Server


def serve() -> int:
    """Serve one client on the standard streams until it leaves; return the exit status."""
    # What is printed by mistake must not get between the messages.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    server = create()
    server.start_io(sys.stdin.buffer, output)
    return 0


def create() -> Server:
    """A server with all that it answers."""
    server = Server()
    code_actions = types.CodeActionOptions(actions.KINDS, resolve_provider=True)
    for method, answer, options in (
        (types.INITIALIZE, _initialize, None),
        (types.INITIALIZED, _initialized, None),
        (types.TEXT_DOCUMENT_DID_OPEN, _did_open, None),
        (types.TEXT_DOCUMENT_DID_CHANGE, _did_change, None),
        (types.TEXT_DOCUMENT_DID_SAVE, _did_save, None),
        (types.TEXT_DOCUMENT_DID_CLOSE, _did_close, None),
        (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, _files_changed, None),
        (types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, _folders_changed, None),
        (types.WORKSPACE_DID_CHANGE_CONFIGURATION, _settings_changed, None),
        (types.TEXT_DOCUMENT_CODE_ACTION, _code_actions, code_actions),
        (types.CODE_ACTION_RESOLVE, _resolve, None),
        (types.TEXT_DOCUMENT_HOVER, _hover, None),
    ):
        server.feature(method, options)(answer)
    return server


def _initialize(ls: Server, params: types.InitializeParams) -> None:
    ls.connect(params)


async def _initialized(ls: Server, params: types.InitializedParams) -> None:
    await ls.register()
    if ls.client.configures:
        await ls.ask_for_settings()


def _did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    ls.opened(params.text_document)


def _did_change(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    ls.changed(params)


def _did_save(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
    ls.look_anew([params.text_document.uri])


def _did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    ls.closed(params.text_document.uri)


def _files_changed(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
    ls.look_anew([change.uri for change in params.changes])


def _folders_changed(ls: Server, params: types.DidChangeWorkspaceFoldersParams) -> None:
    ls.look_anew()


async def _settings_changed(ls: Server, params: types.DidChangeConfigurationParams) -> None:
    if ls.client.configures:
        await ls.ask_for_settings()
    elif isinstance(params.settings, dict) and "lintplugin" in params.settings:
        ls.configure(params.settings["lintplugin"])


async def _code_actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    document = ls.documents.get(params.text_document.uri)
    if document is None or not document.is_read:
        return []
    found = await ls.ask(
        document, lambda checked: list(actions.actions(checked, params, ls.client))
    )
    if ls.client.resolves:
        return found or []
    return [one for one in [await _resolve(ls, action) for action in found or []] if _does(one)]


def _does(action: types.CodeAction) -> bool:
    return action.edit is not None or action.disabled is not None


async def _resolve(ls: Server, action: types.CodeAction) -> types.CodeAction:
    whole = actions.Whole.read(action.data)
    if whole is not None and action.edit is None and action.disabled is None:
        action.edit = await ls.whole(whole)
    return action


async def _hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    document = ls.documents.get(params.text_document.uri)
    if document is None or not document.is_read:
        return None
    return await ls.ask(document, lambda checked: hover(checked, params.position, ls.client))
