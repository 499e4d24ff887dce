"""What the engine keeps between requests, and what not."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

from lintplugin.lsp.documents import Document
from lintplugin.lsp.engine import Checked, Engine
from lintplugin.lsp.options import Options

OLD = """import tensorflow as tf

tf.flags.DEFINE_string('a', 'b', 'c')
y = tf.log(1.0)
"""


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    monkeypatch.chdir(tmp_path)  # The current folder is the engine's to change.
    return Engine(pytest.fail)


def check(engine: Engine, text: str, folder: Path, version: int = 1) -> Checked:
    document = Document((folder / "module.py").as_uri(), version, "python", text)
    checked = engine.check(document, str(folder), Options())
    assert checked is not None
    return checked


def test_same_version_is_not_checked_twice(engine: Engine, tmp_path: Path) -> None:
    first = check(engine, OLD, tmp_path)
    assert engine.check(first.document, str(tmp_path), Options()) is first
    engine.look_anew()
    assert engine.check(first.document, str(tmp_path), Options()) is not first


def test_former_version_leaves_no_garbage(engine: Engine, tmp_path: Path) -> None:
    for version in range(2):  # Rules are loaded.
        assert len(check(engine, OLD + "tf.log(2)\n" * 50, tmp_path, version).report.findings) > 50
    gc.collect()
    check(engine, OLD, tmp_path, 2)
    # A tree has thousands of objects.
    assert gc.collect() < 100


def test_folder_that_is_gone(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "gone" / "deeper"
    assert check(engine, OLD, folder).report.findings
    assert os.getcwd() == str(tmp_path)


def test_paths_are_those_of_check(engine: Engine, tmp_path: Path) -> None:
    assert check(engine, OLD, tmp_path).report.path == "module.py"
    elsewhere = Document("file:///elsewhere/m.py", 1, "python", OLD)
    untitled = Document("untitled:Untitled-1", 1, "python", OLD)
    for document, path in ((elsewhere, "/elsewhere/m.py"), (untitled, "untitled_Untitled_1.py")):
        checked = engine.check(document, str(tmp_path), Options())
        assert checked is not None
        assert (checked.report.path, bool(checked.report.findings)) == (path, True)
