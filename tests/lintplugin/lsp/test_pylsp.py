"""The plugin in the real python-lsp-server."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types

from tests.lintplugin.lsp.editor import Editor

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLEAN = "import tensorflow as tf\n\ny = tf.math.log(tf.constant([1.0]))\n"
OLD = "import tensorflow as tf\n\ny = '😀', tf.log(tf.constant([1.0]))\n"
REMOVED = "tf1-removed-api"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def editor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    one = Editor(tmp_path_factory.mktemp("project"), sys.executable, "-m", "pylsp")
    await one.start("visual-studio-code", _without_progress)
    yield one
    await one.stop()


def _without_progress(stated: types.ClientCapabilities) -> None:
    # The server waits a second for its own answer where it shows progress of what is synchronous.
    stated.window = None


def ours(found: Sequence[types.Diagnostic]) -> list[types.Diagnostic]:
    return [one for one in found if one.source == "lintplugin"]


def configure(editor: Editor, settings: dict[str, Any]) -> None:
    stated = {"pylsp": {"plugins": {"lintplugin": settings}}}
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(stated))


async def test_right_code_is_left_alone(editor: Editor) -> None:
    assert not ours(await editor.open("clean.py", CLEAN))
    assert await editor.actions("clean.py", 2, 5) == {}


async def test_diagnostics(editor: Editor) -> None:
    (found,) = ours(await editor.open("old.py", OLD))
    assert found.code == REMOVED
    assert (found.range.start, found.range.end) == (types.Position(2, 10), types.Position(2, 16))
    assert found.code_description is not None
    assert found.tags


async def test_actions_on_one_place(editor: Editor) -> None:
    await editor.open("place.py", OLD)
    actions = await editor.actions("place.py", 2, 12)
    repaired = await editor.apply("place.py", actions["Replace with tf.math.log (TensorFlow 2)"])
    assert repaired == OLD.replace("tf.log", "tf.math.log")
    suppressed = await editor.apply("place.py", actions[f"Suppress {REMOVED} here"])
    assert f"\n# pylint: disable-next={REMOVED}\ny = " in suppressed


@pytest.mark.parametrize(
    ("title", "imported"), [("TensorFlow 2", "tensorflow"), ("PyTorch", "torch")]
)
async def test_conversion(editor: Editor, root: Path, title: str, imported: str) -> None:
    text = (root / "examples" / "tensorflow1_softmax_regression.py").read_text("utf-8")
    name = f"{imported}_softmax.py"
    await editor.open(name, text)
    command = (await editor.actions(name, 7, 5))[f"Convert the whole file to {title}"].command
    assert command is not None
    asked = types.ExecuteCommandParams(command.command, command.arguments)
    await editor.client.workspace_execute_command_async(asked)
    await editor.until(lambda: editor.edits)
    converted = editor.edited(name, editor.edits.pop())
    assert f"import {imported}" in converted
    editor.write(name, converted)
    assert not ours(await editor.news(name))


async def test_last_findings_stay_while_a_statement_is_written(editor: Editor) -> None:
    await editor.open("broken.py", OLD)
    editor.write("broken.py", OLD + "def f(:\n")
    assert [one.code for one in ours(await editor.news("broken.py"))] == [REMOVED]


async def test_settings(editor: Editor) -> None:
    await editor.open("settings.py", OLD)
    configure(editor, {"ignore": [REMOVED]})
    assert not ours(await editor.news("settings.py"))
    seen = len(editor.messages)
    configure(editor, {"ignore": [], "target": ["tf3"]})
    assert not ours(await editor.news("settings.py"))  # As before.
    assert "tf3" in editor.messages[seen]
    configure(editor, {"ignore": [], "target": ["tf2"]})
    assert ours(await editor.news("settings.py"))
    action = (await editor.actions("settings.py", 2, 12))["Apply all safe fixes for TensorFlow 2"]
    assert action.kind == "source.fixAll.lintplugin"
