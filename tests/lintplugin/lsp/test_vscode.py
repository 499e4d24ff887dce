"""The extension for Visual Studio Code: its settings are ours, and it type-checks and builds."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import lintplugin
from lintplugin.lsp.options import NAMES
from lintplugin.rules import TARGETS, files


@pytest.fixture
def extension(root: Path) -> Path:
    return root / "editors" / "vscode"


def test_what_the_manifest_states(extension: Path) -> None:
    manifest = json.loads((extension / "package.json").read_text("utf-8"))
    settings = manifest["contributes"]["configuration"]["properties"]
    assert set(settings) == {f"lintplugin.{name}" for name in (*NAMES, "interpreter")}
    assert settings["lintplugin.target"]["items"]["enum"] == list(TARGETS)
    assert manifest["version"] == lintplugin.__version__


def test_reads_the_files_that_rules_read(extension: Path) -> None:
    source = (extension / "src" / "extension.ts").read_text("utf-8")
    (listed,) = (line for line in source.splitlines() if "pattern:" in line)
    assert set(listed.rpartition("{")[2].partition("}")[0].split(",")) == files()


@pytest.mark.editors
def test_type_checks_and_builds(extension: Path, tmp_path: Path) -> None:
    copy = tmp_path / "vscode"
    shutil.copytree(extension, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    for command in (("ci",), ("run", "check"), ("run", "build")):
        done = subprocess.run(
            ["npm", *command], cwd=copy, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "lintplugin.restart" in (copy / "dist" / "extension.js").read_text("utf-8")
