"""The page of ``lintplugin report`` in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from lintplugin import cli

#: Programs that convert, that do not, and one of which path and text look like markup.
FILES = {
    "whole.py": "import theano\nx = theano.tensor.vector()\nf = theano.function([x], x + 1)\n",
    "part/stopped.py": "import theano\nx = theano.tensor.vector()\nx.eval({x: [1]})\n"
    "f = theano.function([x], theano.tensor.exp(x))\n",
    "part/calls.py": "import tensorflow as tf\n" + "tf.log(1.0)\n" * 130,
    "part/<u>.py": "import tensorflow as tf\ntf.contrib.x  # </script><u>alert(1)</u>\n",
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with an earlier one to compare with."""
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, text in FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for _ in range(2):
            assert cli.main(["report", ".", "--history", "history.jsonl"]) == 0
    return folder / "report.html"


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, report: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page, which must ask for nothing and raise nothing."""
    context = browser.new_context(color_scheme=request.param)
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda one: said.append(one.url) if one.url != report.as_uri() else None)
    page.goto(report.as_uri())
    yield page
    context.close()
    assert said == []


def test_nothing_speaks_against_its_accessibility(page: Page) -> None:
    """Names, roles, order of headings, contrast (WCAG 2.2 AA) and more, by axe-core."""
    page.locator("#list tbody button").first.click()
    for choice in ("PyTorch", "Folder"):
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        page.get_by_role("radio", name=choice).check()


def test_keys_alone_sort_filter_and_open(page: Page) -> None:
    rules = page.locator("table.sortable").first
    header = rules.get_by_role("columnheader", name="Rule")
    header.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(header).to_have_attribute("aria-sort", "ascending")
    names = rules.locator("tbody th button").all_inner_texts()
    assert names == sorted(names)
    page.keyboard.press("Space")
    expect(header).to_have_attribute("aria-sort", "descending")
    assert rules.locator("tbody th button").all_inner_texts() == names[::-1]

    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"

    tile = page.locator(".tile[data-rule=theano-function]")
    tile.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(re.compile("^2 of "))
    assert page.evaluate("document.activeElement.id") == "findings"
    place = page.locator("#list tbody button").first
    expect(place).to_have_attribute("aria-expanded", "false")
    place.focus()
    page.keyboard.press("Enter")
    expect(place).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#list .details")).to_have_count(0)


def test_filters_are_kept_in_the_address(page: Page) -> None:
    status = page.get_by_role("status")
    page.get_by_label("Search").fill("calls LOG")
    expect(status).to_have_text(re.compile("^130 of .*, the first 100 are shown$"))
    expect(page.locator("#list tbody tr")).to_have_count(100)
    page.get_by_role("button", name="All", exact=True).click()
    expect(page.locator("#list tbody tr")).to_have_count(130)
    page.get_by_role("radio", name="PyTorch").check()
    page.get_by_label("Takes").select_option("code shown")
    page.get_by_label("Below").fill("part/")
    expect(status).to_have_text(re.compile("^130 of "))
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.get_by_role("radio", name="PyTorch")).to_be_checked()
    expect(page.get_by_label("Below")).to_have_value("part/")
    expect(status).to_have_text(re.compile("^130 of "))
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_label("Search")).to_have_value("")
    expect(status).not_to_have_text(re.compile("^130 of "))


def test_a_finding_shows_replacement_evidence_and_what_stops_its_module(page: Page) -> None:
    page.get_by_label("Search").fill("calls")
    page.locator("#list tbody button").first.click()
    details = page.locator("#list .details")
    expect(details.locator("pre")).to_have_text("tf.math.log(1.0)")
    expect(details.locator(".evidence")).to_have_text(re.compile("executed on cpu: .* 2.21.0"))
    page.get_by_label("Search").fill("stopped exp")
    page.locator("#list tbody button").first.click()
    details.get_by_text("What keeps this module from converting").click()
    expect(details.get_by_text(re.compile("line 3: "))).to_be_visible()


def test_a_folder_shows_what_lies_in_it(page: Page) -> None:
    rows = page.locator("table.sortable", has_text="Folder").locator("tbody tr")
    assert rows.count() == 2
    for row in rows.all():
        row.get_by_role("button").click()
        count = row.get_by_role("cell").first.inner_text()
        expect(page.get_by_role("status")).to_have_text(re.compile(f"^{count} of "))


def test_texts_are_never_markup(page: Page) -> None:
    page.get_by_label("Search").fill("alert")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page.locator("#list code")).to_contain_text("</script><u>alert(1)</u>")
    expect(page.locator("u")).to_have_count(0)


def test_one_target_is_shown(page: Page) -> None:
    expect(page.locator(".cards .for-tf2").first).to_be_visible()
    expect(page.locator(".cards .for-torch").first).to_be_hidden()
    page.get_by_role("radio", name="PyTorch").check()
    expect(page.locator(".cards .for-tf2").first).to_be_hidden()
    expect(page.locator(".cards .for-torch").first).to_be_visible()


@pytest.mark.parametrize("width", [320, 1200])
def test_nothing_is_cut_off(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_it_prints(page: Page) -> None:
    page.emulate_media(media="print")
    for selector in ("#filter", "#more", ".switch"):
        expect(page.locator(selector)).to_be_hidden()
    expect(page.locator("#list")).to_be_visible()
    # Empty pages, which a style once made of all of them, have no fonts.
    assert b"/FontFile2" in page.pdf()


def test_without_script_the_numbers_are_there(browser: Browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    expect(page.locator(".cards")).to_be_visible()
    expect(page.get_by_text("This list needs JavaScript")).to_be_visible()
    expect(page.locator("#filter")).to_be_hidden()
    context.close()
