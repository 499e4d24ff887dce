"""A plugin for python-lsp-server: the same diagnostics and actions, from the same engine.

That server asks from several threads, keeps closed documents to itself, and does not resolve
actions: what it asks is answered one at a time, a few documents are remembered, and an action on a
whole file is a command, which computes its edit.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from lsprotocol import converters, types
from pylsp import hookimpl, lsp

from lintplugin.configuration import ConfigurationError
from lintplugin.lsp import actions
from lintplugin.lsp.client import Client
from lintplugin.lsp.diagnostics import diagnostics
from lintplugin.lsp.documents import Document
from lintplugin.lsp.engine import Checked, Engine
from lintplugin.lsp.options import NAMES, Options

_PLUGIN = "lintplugin"
_COMMAND = "lintplugin.applyToFile"
_REMEMBERED = 16

_Json = dict[str, Any]


class Session:
    """What is kept between questions."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.complaints: list[str] = []
        self.engine = Engine(self.complaints.append)
        #: By document, the latest last; None before its text has parsed.
        self.published: OrderedDict[str, list[_Json] | None] = OrderedDict()
        #: By URI, with the workspace folder of each.
        self.documents: dict[str, tuple[Document, str]] = {}

    @contextlib.contextmanager
    def turn(self, workspace: Any) -> Iterator[None]:
        """Answer one question. The current folder is that of the server again when it is done."""
        with self.lock:
            folder = os.getcwd()
            try:
                yield
            except ConfigurationError as error:
                self.complaints.append(str(error))
            finally:
                os.chdir(folder)
            for words in self.complaints:
                workspace.show_message(f"lintplugin: {words}", lsp.MessageType.Error)
            self.complaints.clear()

    def check(self, config: Any, workspace: Any, document: Any) -> Checked | None:
        """Check the present text of a document of the server."""
        one = Document(document.uri, document.version, "python", document.source)
        known = self.documents.get(one.uri)
        if known is not None and known[0] == one:
            one = known[0]  # The same object, of which the engine remembers what it found.
        self.documents[one.uri] = one, os.path.abspath(workspace.root_path or os.getcwd())
        self.published.setdefault(one.uri, None)
        self.published.move_to_end(one.uri)
        if len(self.published) > _REMEMBERED:
            former, _ = self.published.popitem(last=False)
            self.engine.forget(former)
            del self.documents[former]
        return self.engine.check(*self.documents[one.uri], _options(config))


@functools.cache
def _session() -> Session:
    return Session()


@functools.cache
def _converter() -> Any:
    return converters.get_converter()


@hookimpl
def pylsp_settings() -> _Json:
    """The settings with their defaults, as the server wants them."""
    return {"plugins": {_PLUGIN: {"enabled": True, **dict.fromkeys(NAMES)}}}


@hookimpl
def pylsp_lint(config: Any, workspace: Any, document: Any) -> list[_Json]:
    """Diagnostics; while the text does not parse, those of the last one that did."""
    session = _session()
    found: list[_Json] | None = None
    with session.turn(workspace):
        checked = session.check(config, workspace, document)
        found = session.published[document.uri]
        if checked is not None and not (checked.is_broken and found is not None):
            found = _converter().unstructure(diagnostics(checked, _client(config)))
            if not checked.is_broken:
                session.published[document.uri] = found
    return found or []


@hookimpl
def pylsp_code_actions(
    config: Any, workspace: Any, document: Any, range: _Json, context: _Json
) -> list[_Json]:
    """Code actions; those on the whole file run a command."""
    session, client = _session(), _client(config)
    params = types.CodeActionParams(
        types.TextDocumentIdentifier(document.uri),
        _converter().structure(range, types.Range),
        _converter().structure(context, types.CodeActionContext),
    )
    found: list[types.CodeAction] = []
    with session.turn(workspace):
        checked = session.check(config, workspace, document)
        if checked is not None:
            found = list(actions.actions(checked, params, client))
    for action in found:
        if action.data is not None and action.disabled is None:
            action.command = types.Command(action.title, _COMMAND, arguments=[action.data])
    listed: list[_Json] = _converter().unstructure(found)
    return listed


@hookimpl
def pylsp_commands(config: Any, workspace: Any) -> list[str]:
    """The names of our commands."""
    return [_COMMAND]


@hookimpl
def pylsp_execute_command(config: Any, workspace: Any, command: str, arguments: list[Any]) -> None:
    """Compute the edit of an action on a whole file, and ask the client to make it."""
    whole = actions.Whole.read(arguments[0]) if command == _COMMAND and arguments else None
    if whole is None:
        return
    session, edit = _session(), None
    if whole.uri not in session.documents:
        return
    with session.turn(workspace):
        document, folder = session.documents[whole.uri]
        options = _options(config)
        text = session.engine.fix(document, folder, options, whole.target, whole=whole.converts)
        if text is not None and text != document.text:
            edit = actions.whole_edit(document, whole, text, _client(config))
    if edit is not None:
        workspace.apply_edit(_converter().unstructure(edit))


@hookimpl
def pylsp_document_did_save(config: Any, workspace: Any, document: Any) -> None:
    """What other files say may have changed."""
    session = _session()
    with session.turn(workspace):
        session.engine.look_anew()


def _options(config: Any) -> Options:
    stated = config.plugin_settings(_PLUGIN)
    return Options.read({name: value for name, value in stated.items() if name != "enabled"})


def _client(config: Any) -> Client:
    return Client.of(_converter().structure(config.capabilities, types.ClientCapabilities))
