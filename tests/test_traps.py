"""Nothing that is linted is executed or imported: each file of a project is a trap."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]

# Loaded by Python itself before the first line of ours, which no program can help.
_OF_PYTHON = frozenset(
    "abc codecs collections functools importlib io keyword operator os reprlib runpy sys types "
    "typing warnings re enum copyreg contextlib".split()
)

_NAMED = frozenset(
    "conftest fissix keras numpy pygls setup sitecustomize tensorflow theano torch "
    "usercustomize".split()
)


def _modules() -> frozenset[str]:
    """Top-level names that our code imports, wherever it does."""
    files = [
        path for folder in ("lintplugin", "checkers") for path in (_ROOT / folder).rglob("*.py")
    ]
    found = {
        name
        for path in files
        for name in re.findall(r"^\s*(?:import|from) (\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    return (frozenset(found) | _NAMED) - _OF_PYTHON - {"lintplugin", "__future__", "a", "the"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which whatever runs leaves its name."""
    monkeypatch.chdir(tmp_path)
    trap = f"open({str(tmp_path / 'trapped')!r}, 'a').write(__name__ + '\\n')\n"
    for name in _modules():
        Path(f"{name}.py").write_text(trap)
    Path("package").mkdir()
    Path("package/__init__.py").write_text(f"{trap}import tensorflow as tf\n")
    Path("package/model.py").write_text(
        f"import tensorflow as tf\nfrom package import tf as other\nimport setup, conftest\n{trap}"
        "@setup.decorate\ndef f(x=tf.log(1)):\n    return other.to_float(x)\n\n"
        "with tf.Session() as s:\n    print(s.run(f(2)))\n"
    )
    Path("package/old.py").write_text(f"import theano\nprint theano.shared(1)\n{trap}")
    return tmp_path


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    # In the folder of the project, and with it first in the search for modules.
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["check", "--jobs=2", "--output-format=sarif", "package"], 1),
        (["fix", "--target=torch", "--python3", "."], 1),
        (["baseline", "."], 0),
        (["explain", "tf.log"], 0),
    ],
)
def test_commands(project: Path, command: list[str], status: int) -> None:
    Path("pyproject.toml").write_text(
        '[tool.pylint.main]\nload-plugins = ["setup"]\n'
        "init-hook = \"open('trapped', 'a').write('hook')\"\n"
    )
    done = _run("-m", "lintplugin", *command)
    assert (done.returncode, done.stderr) == (status, "")
    assert not (project / "trapped").exists()


def test_pylint(project: Path) -> None:
    # As its own script starts it: without the folder in the search, until Pylint adds it.
    start = "import sys; del sys.path[0]; import pylint; pylint.run_pylint()"
    done = _run(
        *("-c", start, "--load-plugins=lintplugin", "--disable=all", "--enable=lintplugin"),
        *("--lintplugin-python2=y", "--output-format=lintplugin-sarif", "package"),
    )
    assert "tf1-session" in done.stdout, done.stderr
    assert not (project / "trapped").exists()
