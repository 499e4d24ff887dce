"""What runs before a merge, as its users run it: hooks of pre-commit, and the action for GitHub."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.packaging

LEGACY = "import tensorflow as tf\n\n\ndef f(x):\n    return tf.log(x)\n"


def run(*command: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        command, cwd=cwd, env={**kept, **variables}, capture_output=True, text=True, check=False
    )


def git(cwd: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=e", "-c", "init.defaultBranch=main"]
    done = run("git", *identity, *arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's repository."""
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init")
    (folder / "clean.py").write_text("print('x')\n")
    (folder / "old.py").write_text(LEGACY)
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    return folder


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """A repository with the files of this one, as pre-commit clones it."""
    folder = tmp_path_factory.mktemp("clone") / "lintplugin"
    git(root, "clone", "--quiet", "--no-hardlinks", str(root), str(folder))
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=root)
    for name in filter(None, listed.stdout.split("\0")):
        if (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((root / name).read_bytes())
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "as it is here")
    return folder


def test_hooks_of_pre_commit(clone: Path, project: Path, tmp_path: Path) -> None:
    configured = {
        "repos": [
            {
                "repo": str(clone),
                "rev": run("git", "rev-parse", "HEAD", cwd=clone).stdout.strip(),
                "hooks": [{"id": "lintplugin"}, {"id": "lintplugin-fix-tf2"}],
            }
        ]
    }
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(configured))
    git(project, "add", ".")

    def hook(name: str, *files: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pre_commit", "run", name, "--files", *files]
        return run(*command, cwd=project, PRE_COMMIT_HOME=str(tmp_path / "home"))

    clean = hook("lintplugin", "clean.py")
    assert clean.returncode == 0, clean.stdout + clean.stderr
    found = hook("lintplugin", "clean.py", "old.py")
    assert found.returncode == 1
    assert "tf1-removed-api" in found.stdout
    assert (project / "old.py").read_text() == LEGACY
    fixed = hook("lintplugin-fix-tf2", "clean.py", "old.py")
    assert "files were modified by this hook" in fixed.stdout
    assert "tf.math.log(x)" in (project / "old.py").read_text()
    assert hook("lintplugin", "old.py").returncode == 0


@pytest.fixture(scope="module")
def action(root: Path) -> dict[str, Any]:
    """``action.yml``, which follows GitHub's schema."""
    schema = "--builtin-schema=vendor.github-actions"
    done = run(sys.executable, "-m", "check_jsonschema", schema, "action.yml", cwd=root)
    assert done.returncode == 0, done.stdout
    found: dict[str, Any] = yaml.safe_load((root / "action.yml").read_text("utf-8"))
    return found


def step(
    action: dict[str, Any], number: int, cwd: Path, given: dict[str, str], **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub's runner does: its expressions replaced, by ``bash -e -o pipefail``."""
    inputs = {name: one["default"] for name, one in action["inputs"].items()} | given
    values = {f"inputs.{name}": value for name, value in inputs.items()}
    values["github.action_path"] = variables.get("GITHUB_ACTION_PATH", "")
    one = action["runs"]["steps"][number]
    environment = {
        name: re.sub(r"\${{ (.*?) }}", lambda match: values[match[1]], text)
        for name, text in one["env"].items()
    }
    shell = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", one["run"]]
    return run(*shell, cwd=cwd, **{**variables, **environment})


def test_action_for_github(
    action: dict[str, Any], clone: Path, project: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "environment"
    venv.create(folder, with_pip=True)
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = step(action, 0, project, {}, GITHUB_ACTION_PATH=str(clone), PATH=path)
    assert done.returncode == 0, done.stderr
    done = step(action, 1, project, {}, PATH=path)
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=old.py,line=5,")
    log = json.loads((project / "lintplugin.sarif").read_text("utf-8"))
    assert [one["ruleId"] for one in log["runs"][0]["results"]] == ["tf1-removed-api"]
    given = {"diff": "HEAD", "paths": "old.py clean.py", "arguments": "--target tf2 --jobs 1"}
    done = step(action, 1, project, given, PATH=path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert action["outputs"]["sarif"]["value"] == "${{ inputs.sarif }}"
