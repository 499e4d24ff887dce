"""The site: ``sphinx-build -W --keep-going docs build/site``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lintplugin
from lintplugin import docs, rules

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "lintplugin"
version = release = lintplugin.__version__
extensions = ["myst_parser", "sphinx_design"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
# Programs that no released Python reads, as one with an argument `async`, have no colours.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "pydata_sphinx_theme"
html_title = "lintplugin"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = html_show_sourcelink = False
html_sidebars = {"[!r]*": []}  # Rules have a list of all of them.
html_theme_options = {
    "github_url": "https://github.com/lintplugin/lintplugin",
    "navigation_with_keys": False,
    "secondary_sidebar_items": {"rules/*": [], "[!r]*": ["page-toc"]},
    "show_prev_next": False,
}


def setup(app: Sphinx) -> None:
    """Have the pages of rules written for the site."""
    app.connect("source-read", _write_page)


def _write_page(app: Sphinx, name: str, source: list[str]) -> None:
    folder, _, symbol = name.rpartition("/")
    if folder == "rules" and symbol in rules.by_symbol():
        source[0] = docs.site_page(symbol)
    elif name == "rules/README":
        source[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"
