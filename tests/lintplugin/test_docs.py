"""The generated pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from lintplugin import docs, rules


def test_pages_that_are_up_to_date_are_left_alone(tmp_path: Path) -> None:
    docs.write(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert docs.stale(tmp_path) == []
    assert docs.write(tmp_path) == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_pages_follow_the_rules(tmp_path: Path) -> None:
    made = docs.write(tmp_path / "rules")
    assert made == sorted(["README.md", *(f"{symbol}.md" for symbol in rules.by_symbol())])
    (tmp_path / "rules" / "theano-gone.md").write_text("A rule that is gone.\n")
    (tmp_path / "rules" / "theano-operation.md").write_text("Edited by hand.\n")
    (tmp_path / "rules" / "README.md").unlink()
    changed = ["README.md", "theano-gone.md", "theano-operation.md"]
    assert docs.stale(tmp_path / "rules") == changed
    assert docs.write(tmp_path / "rules") == changed
    assert docs.stale(tmp_path / "rules") == []


def test_a_page_holds_rule_and_programs() -> None:
    page = docs.pages()["scan-updates-dropped.md"]
    for part in ("W6701", "## Why", "### shared-variable", "**TensorFlow 2**", "**PyTorch**"):
        assert part in page


def test_a_page_of_the_site_holds_the_same_in_columns() -> None:
    page = docs.site_page("scan-updates-dropped")
    assert page.count("::::::{grid}") == page.count("\n### ")
    assert page.count(":::{tab-item} TensorFlow 2\n:sync: tf2") == page.count("\n### ")
    plain = set(docs.pages()["scan-updates-dropped.md"].splitlines())
    ours = {line for line in page.splitlines() if line and ":::" not in line}
    evidence = {line for line in ours if line.startswith("Executed on cpu: ")}
    syncs = {":gutter: 3", ":sync: tf2", ":sync: torch"}
    assert evidence
    assert ours - evidence - syncs <= plain


def test_the_index_links_every_page() -> None:
    pages = docs.pages()
    for checker in rules.checkers():
        assert (
            f"[{checker.symbol}]({checker.symbol}.md) | {checker.rule.id} |" in pages["README.md"]
        )


def test_check_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(docs, "checkout", lambda: tmp_path)
    assert docs.main(["--check"]) == 1
    assert "docs/rules/theano-operation.md: not up to date\n" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0


def test_an_installed_package_is_no_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docs, "__file__", str(tmp_path / "site-packages/lintplugin/docs.py"))
    with pytest.raises(docs.NotACheckoutError, match="not a source checkout"):
        docs.checkout()
