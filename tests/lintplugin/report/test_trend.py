"""Earlier reports that a report is compared with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lintplugin import cli
from lintplugin.report import trend

pytestmark = pytest.mark.usefixtures("made_up_rules")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(*names: str) -> None:
    """A program that uses names of TensorFlow."""
    Path("a.py").write_text("import tensorflow as tf\n" + "".join(f"tf.{one}\n" for one in names))


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main(["report", "a.py", "--format", "markdown", *arguments]) == 0
    return capsys.readouterr().out


def test_with_an_earlier_page(capsys: pytest.CaptureFixture[str]) -> None:
    write("old", "old", "risky")
    cli.main(["report", "a.py", "--output", "before.html"])
    capsys.readouterr()
    earlier = trend.read_earlier(Path("before.html"))
    assert earlier.rules == {"made-up": 3}
    assert earlier.statuses == {key: {"safe": 2, "unsafe": 1} for key in ("tf2", "torch")}
    write("old")
    text = report(capsys, "--compare", "before.html")
    assert "**2 fewer** than in " in text
    assert "| 1 | \N{MINUS SIGN}2 | 1 / 0 / 0 / 0 |" in text


def test_with_what_check_wrote(capsys: pytest.CaptureFixture[str]) -> None:
    write("old", "shown")
    cli.main(["check", "a.py", "--output-format", "json:before.json"])
    assert "As many as in before.json (2)." in report(capsys, "--compare", "before.json")
    write("old", "old", "old")
    assert "**1 more** than in before.json (2)." in report(capsys, "--compare", "before.json")
    cli.main(["report", "a.py", "--compare", "before.json"])
    page = Path("report.html").read_text("utf-8")
    assert '<td class="n" data-value="1">+1</td>' in page


def test_a_rule_that_is_gone_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    write("old")
    before = {"version": "0", "findings": [{"symbol": "tf1-gone"}] * 3, "problems": []}
    Path("before.json").write_text(json.dumps(before))
    assert "| tf1-gone | 0 | \N{MINUS SIGN}3 |" in report(capsys, "--compare", "before.json")


def test_history(capsys: pytest.CaptureFixture[str]) -> None:
    write("old", "old")
    assert "than in" not in report(capsys, "--history", "history.jsonl")
    write("old")
    assert "**1 fewer** than in " in report(capsys, "--history", "history.jsonl")
    write()
    assert "**1 fewer** than in " in report(capsys, "--history", "history.jsonl")
    kept = trend.read_history(Path("history.jsonl"))
    assert [one.findings for one in kept] == [2, 1, 0]
    assert len(Path("history.jsonl").read_text("utf-8").splitlines()) == 3
    cli.main(["report", "a.py", "--history", "history.jsonl"])
    page = Path("report.html").read_text("utf-8")
    assert page.count('<tr><th scope="row">') == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "before: not JSON"),
        ("{}", "before: neither a page of 'lintplugin report' nor"),
        ('{"findings": [1], "version": "0"}', "before: neither a page"),
        ('<script type="application/json" id="snapshot">{}</script>', "not the counts of a report"),
        ("\x00\xff", "before: not UTF-8"),
    ],
)
def test_what_is_no_earlier_report(
    text: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write("old")
    Path("before").write_bytes(text.encode("latin-1"))
    with pytest.raises(SystemExit, match="2"):
        cli.main(["report", "a.py", "--compare", "before"])
    assert words in capsys.readouterr().err
    assert not Path("report.html").exists()


def test_a_line_that_is_no_report_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    write("old")
    report(capsys, "--history", "history.jsonl")
    kept = Path("history.jsonl").read_text("utf-8")
    for line in ("[]", "{", '{"when": 1}'):
        Path("history.jsonl").write_text(f"{kept}{line}\n")
        with pytest.raises(SystemExit, match="2"):
            cli.main(["report", "a.py", "--history", "history.jsonl"])
        assert "lintplugin: history.jsonl:2: not" in capsys.readouterr().err
        assert Path("history.jsonl").read_text("utf-8") == f"{kept}{line}\n"


def test_a_missing_report(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["report", "a.py", "--compare", "missing.html"])
    assert "lintplugin: missing.html: No such file or directory" in capsys.readouterr().err
