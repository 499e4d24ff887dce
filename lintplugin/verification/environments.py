"""The Python interpreters that hold the legacy and the modern frameworks."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from lintplugin.verification import VerificationError

LEGACY_VARIABLE = "LINTPLUGIN_LEGACY_PYTHON"
MODERN_VARIABLE = "LINTPLUGIN_MODERN_PYTHON"

#: What the environment of the legacy frameworks is made of, pinned.
REQUIREMENTS = Path(__file__).with_name("legacy-requirements.txt")

#: The last Python that TensorFlow 1.15 has packages for, and the first that runs the worker.
_LEGACY_VERSION = "3.7"

#: Prints version and whether TensorFlow 1.15 and Theano are there, without importing them.
_PROBE = """
import importlib.util, json, os, re, sys
def folder(name):
    spec = importlib.util.find_spec(name)
    return os.path.dirname(os.path.dirname(spec.origin)) if spec and spec.origin else None
tensorflow = folder("tensorflow")
release = re.compile(r"tensorflow(_gpu|_cpu)?-1[.]15[.].*[.](dist|egg)-info", re.I)
print(json.dumps({
    "version": "%d.%d" % sys.version_info[:2],
    "executable": sys.executable,
    "ready": bool(
        tensorflow and folder("theano") and any(map(release.match, os.listdir(tensorflow)))
    ),
}))
"""


class InterpreterError(VerificationError):
    """No usable interpreter; the message says what was tried, in one line."""


def cache_folder() -> Path:
    """Where environments and compiled Theano modules are kept between runs."""
    return Path(platformdirs.user_cache_dir("lintplugin"))


def modern_python(option: str | None) -> str:
    """The interpreter of TensorFlow 2 and PyTorch: option, environment variable, this one.

    :raises InterpreterError: when what was asked for does not run.
    """
    wanted = option or os.environ.get(MODERN_VARIABLE)
    if not wanted:
        return sys.executable
    if _probe(wanted) is None:
        raise InterpreterError(f"{wanted}: not a Python interpreter")
    return wanted


@dataclass(frozen=True)
class LegacyBase:
    """A Python 3.7 that was found.

    :param ready: whether it has TensorFlow 1.15 and Theano.
    """

    python: str
    ready: bool


def legacy_base(option: str | None) -> LegacyBase:
    """Find a Python 3.7: the option, the environment variable, PATH, pyenv, uv.

    :raises InterpreterError: when there is none, or when what was asked for is not one.
    """
    wanted = option or os.environ.get(LEGACY_VARIABLE)
    for candidate in [wanted] if wanted else _candidates():
        found = _probe(candidate)
        if found is not None and found["version"] == _LEGACY_VERSION:
            return LegacyBase(str(found["executable"]), bool(found["ready"]))
        if wanted:
            problem = f"Python {found['version']}" if found else "not a Python interpreter"
            raise InterpreterError(f"{wanted}: {problem}, but Python {_LEGACY_VERSION} is needed")
    raise InterpreterError(
        f"no Python {_LEGACY_VERSION} found: give --legacy-python or {LEGACY_VARIABLE}, "
        "or install one with pyenv or uv"
    )


def is_legacy_asked(option: str | None) -> bool:
    """Whether the user named an interpreter, so that no other will do."""
    return bool(option or os.environ.get(LEGACY_VARIABLE))


def legacy_python(base: LegacyBase, note: Callable[[str], None]) -> str:
    """The interpreter of TensorFlow 1.15, Keras 2 and Theano.

    A base that has them is used as it is; else a virtual environment is made from it, once, in
    the cache folder of the user.

    :param note: told what takes long, in one line.
    :raises InterpreterError: when the environment cannot be made.
    """
    return base.python if base.ready else str(_made_environment(base.python, note))


def _candidates() -> Iterator[str]:
    """Interpreters that may be Python 3.7, by falling preference."""
    on_path = shutil.which(f"python{_LEGACY_VERSION}")
    if on_path:
        yield on_path
    roots = [os.environ.get("PYENV_ROOT"), _output("pyenv", "root"), str(Path.home() / ".pyenv")]
    for root in dict.fromkeys(filter(None, roots)):
        for folder in sorted(Path(root, "versions").glob(f"{_LEGACY_VERSION}.*"), reverse=True):
            yield str(folder / "bin" / "python")
    by_uv = _output("uv", "python", "find", _LEGACY_VERSION)
    if by_uv:
        yield by_uv


def _output(*command: str) -> str | None:
    """What a command prints; None when it is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _probe(python: str) -> dict[str, str | bool] | None:
    """Version, path and state of an interpreter; None when it does not run."""
    printed = _output(python, "-c", _PROBE)
    try:
        found: dict[str, str | bool] | None = json.loads(printed or "")
    except ValueError:
        return None
    return found


def _made_environment(base: str, note: Callable[[str], None]) -> Path:
    """Python of the virtual environment of the legacy frameworks, which is made if need be.

    It is made beside its place and then renamed: what lies in the place is complete, and of two
    processes that make it at once the later one throws its own away.

    :raises InterpreterError: when a command fails; the message ends with its last line.
    """
    key = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    place = cache_folder() / f"legacy-{key}"
    python = Path("Scripts", "python.exe") if os.name == "nt" else Path("bin", "python")
    if (place / python).exists():
        return place / python
    note(f"making the environment of the legacy frameworks in {place}")
    place.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(place.parent)
    part = Path(tempfile.mkdtemp(prefix=f"{place.name}-", suffix=".part", dir=place.parent))
    try:
        _run(base, "-m", "venv", str(part))
        pip = [str(part / python), "-m", "pip", "--disable-pip-version-check", "--no-input"]
        _run(*pip, "install", "--requirement", str(REQUIREMENTS))
        _run(str(part / python), "-c", "import tensorflow, theano, keras")
        try:
            part.rename(place)
        except OSError:
            if not (place / python).exists():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return place / python


def _remove_abandoned(folder: Path) -> None:
    """Remove what a killed process left half made: a day is longer than any making takes."""
    for part in folder.glob("legacy-*.part"):
        if time.time() - part.stat().st_mtime > 86_400:
            shutil.rmtree(part, ignore_errors=True)


def _run(*command: str) -> None:
    variables = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    variables.pop("PYTHONPATH", None)
    done = subprocess.run(command, capture_output=True, text=True, env=variables, check=False)
    if done.returncode:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise InterpreterError(f"{' '.join(command)} failed: {lines[-1] if lines else ''}".strip())
