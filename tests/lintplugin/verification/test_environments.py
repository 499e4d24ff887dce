"""Interpreters: where they are looked for, and the environment that is made."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lintplugin.verification import environments
from lintplugin.verification.environments import InterpreterError, LegacyBase


def _interpreter(path: Path, version: str = "3.7", *, ready: bool = False, script: str = "") -> str:
    """A script that answers as an interpreter of this version does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    answer = f'{{"version": "{version}", "executable": "{path}", "ready": {str(ready).lower()}}}'
    path.write_text(f"#!/bin/sh\n{script}\necho '{answer}'\n", "utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.fixture(autouse=True)
def _nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (environments.LEGACY_VARIABLE, environments.MODERN_VARIABLE, "PYENV_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(environments, "cache_folder", lambda: tmp_path / "cache")


def test_none(tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match=r"no Python 3\.7 found: give --legacy-python"):
        environments.legacy_base(None)


def test_what_was_asked_for_must_be_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _interpreter(tmp_path / "bin" / "python3.7")
    for wanted, problem in [
        (sys.executable, f"Python {sys.version_info.major}.{sys.version_info.minor}, but"),
        (str(tmp_path / "nowhere"), "not a Python interpreter"),
        ("/bin/ls", "not a Python interpreter"),
    ]:
        with pytest.raises(InterpreterError, match=problem):
            environments.legacy_base(wanted)
        monkeypatch.setenv(environments.LEGACY_VARIABLE, wanted)
        with pytest.raises(InterpreterError, match=problem):
            environments.legacy_base(None)
        assert environments.is_legacy_asked(None)


def test_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = _interpreter(tmp_path / "uv-python")
    found = [uv]
    _interpreter(tmp_path / "bin" / "uv", script=f"echo {uv}; exit 0")
    assert environments.legacy_base(None).python == uv

    older = _interpreter(tmp_path / "home" / ".pyenv" / "versions" / "3.7.2" / "bin" / "python")
    assert environments.legacy_base(None).python == older
    root = tmp_path / "pyenv"
    found.append(_interpreter(root / "versions" / "3.7.9" / "bin" / "python"))
    monkeypatch.setenv("PYENV_ROOT", str(root))
    assert environments.legacy_base(None).python == found[-1]

    found.append(_interpreter(tmp_path / "bin" / "python3.7"))
    assert environments.legacy_base(None).python == found[-1]

    found.append(_interpreter(tmp_path / "variable"))
    monkeypatch.setenv(environments.LEGACY_VARIABLE, found[-1])
    assert environments.legacy_base(None).python == found[-1]

    option = _interpreter(tmp_path / "option", ready=True)
    assert environments.legacy_base(option) == LegacyBase(option, ready=True)


def test_broken_candidate_is_passed_over(tmp_path: Path) -> None:
    shim = tmp_path / "bin" / "python3.7"
    _interpreter(shim, script="echo 'command not found' >&2; exit 127")
    good = _interpreter(tmp_path / "home" / ".pyenv" / "versions" / "3.7.2" / "bin" / "python")
    assert environments.legacy_base(None).python == good


def test_modern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert environments.modern_python(None) == sys.executable
    with pytest.raises(InterpreterError, match="not a Python interpreter"):
        environments.modern_python(str(tmp_path / "nowhere"))
    other = _interpreter(tmp_path / "other", "3.12")
    monkeypatch.setenv(environments.MODERN_VARIABLE, other)
    assert environments.modern_python(None) == other
    assert environments.modern_python(sys.executable) == sys.executable


def test_this_interpreter_is_not_ready() -> None:
    probed = subprocess.run(
        [sys.executable, "-c", environments._PROBE], capture_output=True, text=True, check=True
    )
    assert '"ready": false' in probed.stdout


class _Made:
    """A Python 3.7 whose ``-m venv`` makes an environment of scripts, which log their calls."""

    def __init__(self, folder: Path, *, inner: str = "") -> None:
        self.log = folder / "log"
        self.notes: list[str] = []
        script = f"""\
echo "$@" >> {self.log}
if [ "$2" = venv ]; then
    mkdir -p "$3/bin"
    printf '#!/bin/sh\\necho "$@" >> {self.log}\\n{inner}\\n' > "$3/bin/python"
    chmod +x "$3/bin/python"
fi"""
        self.base = LegacyBase(_interpreter(folder / "base", script=script), ready=False)

    def make(self) -> str:
        return environments.legacy_python(self.base, self.notes.append)

    def calls(self) -> list[str]:
        return self.log.read_text("utf-8").splitlines()


def test_ready_interpreter_is_used_as_it_is(tmp_path: Path) -> None:
    base = LegacyBase(_interpreter(tmp_path / "base"), ready=True)
    assert environments.legacy_python(base, pytest.fail) == base.python


def test_environment_is_made_once(tmp_path: Path) -> None:
    made = _Made(tmp_path)
    python = made.make()
    assert python == made.make()
    assert Path(python).is_relative_to(tmp_path / "cache")
    assert len(made.notes) == 1
    venv, install, check = made.calls()
    assert venv.startswith("-m venv ")
    assert install.endswith(f"install --requirement {environments.REQUIREMENTS}")
    assert check == "-c import tensorflow, theano, keras"
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [Path(python).parts[-3]]


def test_environment_follows_the_requirements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _Made(tmp_path)
    python = made.make()
    changed = tmp_path / "requirements.txt"
    changed.write_text(environments.REQUIREMENTS.read_text("utf-8") + "# changed\n", "utf-8")
    monkeypatch.setattr(environments, "REQUIREMENTS", changed)
    assert made.make() != python


def test_failure_leaves_nothing(tmp_path: Path) -> None:
    made = _Made(tmp_path, inner="echo No matching distribution >&2; exit 1")
    with pytest.raises(InterpreterError, match="failed: No matching distribution"):
        made.make()
    assert list((tmp_path / "cache").iterdir()) == []


def test_another_process_was_first(tmp_path: Path) -> None:
    first = _Made(tmp_path / "first")
    python = first.make()
    folder = Path(python).parents[1]
    hidden = folder.rename(tmp_path / "hidden")
    # While the second one installs, the first one's environment comes into its place.
    inner = f"test -e {hidden} && mv {hidden} {folder}; exit 0"
    assert _Made(tmp_path / "second", inner=inner).make() == python
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_abandoned_parts_are_removed(tmp_path: Path) -> None:
    abandoned, recent = (tmp_path / "cache" / f"legacy-{name}.part" for name in ("old", "new"))
    for folder in (abandoned, recent):
        folder.mkdir(parents=True)
    yesterday = time.time() - 2 * 86_400
    os.utime(abandoned, (yesterday, yesterday))
    _Made(tmp_path).make()
    assert not abandoned.exists()
    assert recent.exists()


def test_requirements_are_pinned() -> None:
    lines = environments.REQUIREMENTS.read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert pins["tensorflow"] == "1.15.5"
    assert (pins["Theano"], pins["Keras"]) == ("1.0.5", "2.3.1")
