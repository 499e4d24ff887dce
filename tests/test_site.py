"""The site that is built from docs/."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lintplugin import rules

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """The site; a link that leads nowhere, or any other warning, fails the build."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    done = subprocess.run(
        [*command, root / "docs", folder], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_every_page_is_there_and_searched(site: Path) -> None:
    index = (site / "searchindex.js").read_text("utf-8")
    for name in ("index", "guide", *(f"rules/{symbol}" for symbol in rules.by_symbol())):
        assert (site / f"{name}.html").is_file()
        assert f'"{name}"' in index


def test_programs_stand_side_by_side(site: Path, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "rules" / "tf1-session.html").as_uri())
    # Some programs have a side for one target only.
    both = page.locator(".sd-row").filter(has=page.locator("label", has_text="PyTorch"))
    grid = both.first
    before, after = (grid.locator("pre:visible").nth(number) for number in (0, 1))
    left, right = before.bounding_box(), after.bounding_box()
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"]
    assert abs(left["y"] - right["y"]) < 10
    assert "Session" in before.inner_text()

    grid.locator("label", has_text="PyTorch").click()
    for one in (grid, both.nth(1)):  # One choice turns all of them.
        assert "Executed on cpu: " in one.inner_text()
        assert "torch 2." in one.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == 1440
    assert all(url.startswith("file:") for url in asked)
    context.close()
