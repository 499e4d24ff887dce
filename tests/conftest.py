"""What tests of every folder share."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).parents[1]

# A time limit for one example fails where other work keeps the machine busy.
hypothesis.settings.register_profile("lintplugin", deadline=None)
hypothesis.settings.load_profile("lintplugin")


@pytest.fixture(scope="session", autouse=True)
def environment(tmp_path_factory: pytest.TempPathFactory) -> None:
    """For our own processes and those that tests start: quiet, and nothing in the user's home."""
    os.environ["PYLINTHOME"] = str(tmp_path_factory.mktemp("pylint"))
    os.environ["LINTPLUGIN_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ.pop("PYLINTRC", None)


@pytest.fixture(scope="session")
def root() -> Path:
    """The source checkout."""
    return ROOT


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes files, given as text by path, into a temporary folder and returns the folder."""

    def write_files(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return tmp_path

    return write_files
