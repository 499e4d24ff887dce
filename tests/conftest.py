"""What tests of every folder share."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]

# A time limit for one example fails where other work keeps the machine busy.
hypothesis.settings.register_profile("lintplugin", deadline=None)
hypothesis.settings.load_profile("lintplugin")


@pytest.hookimpl(tryfirst=True)  # Before pytest leaves out what has not the marks asked for.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium: Playwright's own, or that of the machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        names = ("chromium", "chromium-browser", "google-chrome")
        paths = [playwright.chromium.executable_path, *map(shutil.which, names)]
        path = next((path for path in paths if path and Path(path).exists()), None)
        if path is None:
            pytest.fail("no Chromium: playwright install chromium, or apt-get install chromium")
        # Its sandbox does not start where tests run as root, as in a container.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
