"""``lintplugin report``: what it counts, and how it is written."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from lintplugin import cli
from lintplugin.analysis import Module
from lintplugin.checking import check
from lintplugin.configuration import Configuration
from lintplugin.report import summary, survey
from lintplugin.report.summary import Survey
from lintplugin.reporters import Output, render
from lintplugin.source import Source

#: Converts to both targets as a whole; the call of a table is ended by that, too.
CONVERTS = """\
import theano
import theano.tensor as T

x = T.vector('x')
f = theano.function([x], T.exp(x))
"""

#: Two places keep it from converting.
STOPPED = CONVERTS + "x.eval({x: [1]})\nf.set_value(1)\ntheano.printing.debugprint(f)\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def surveyed(**texts: str) -> Survey:
    """A survey of programs."""
    configuration = Configuration.load()
    made = Survey(configuration.settings.targets)
    for name, text in texts.items():
        report = check(Source(f"{name}.py", text), configuration)
        made.add(render(report, configuration, [Output("survey")]))
    return made


def test_a_file_without_findings_is_counted() -> None:
    made = surveyed(a="x = 1\ny = 2\n", b="")
    assert (made.files, made.lines, made.surveyed) == (2, 2, [])
    assert made.total().findings == 0


def test_what_is_ended_by_the_conversion_of_its_module_is_safe() -> None:
    made = surveyed(a=CONVERTS)
    total = made.total()
    assert total.findings > 2
    for target in made.targets:
        assert total.statuses[target] == {"safe": total.findings}
        assert made.done(target) == ["a.py"]
        assert made.obstacles(target) == made.reasons(target) == []
        assert any(found.answers[target].evidence for _, found in made.found)


def test_as_many_are_safe_as_fix_repairs(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(CONVERTS)
    Path("b.py").write_text("import tensorflow as tf\ntf.log(1.0)\ntf.contrib.layers.flatten(x)\n")
    made = surveyed(a=CONVERTS, b=Path("b.py").read_text())
    cli.main(["fix", "--target", "tf2", "a.py", "b.py"])
    left = int(re.findall(r"(\d+) findings? left", capsys.readouterr().out)[0])
    total = made.total()
    assert total.statuses["tf2"]["safe"] == total.findings - left > 0


def test_all_that_keeps_a_module_from_converting_is_named() -> None:
    made = surveyed(a=STOPPED, b=STOPPED + "f.get_value()\n", c=CONVERTS)
    for target in made.targets:
        obstacles = made.obstacles(target)
        assert len(obstacles) > 1
        assert obstacles[0].files == {"a.py", "b.py"}
        waiting = [
            found.answers[target].reason
            for path, found in made.found
            if path == "a.py" and found.answers[target].replacement
        ]
        assert set(waiting) == {survey.WHOLE_MODULE}
        assert made.done(target) == ["c.py"]


def test_a_conversion_that_raises_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(module: Module, target: str) -> None:
        raise LookupError("no such thing")

    monkeypatch.setattr(Module, "conversion", fail)
    made = surveyed(a="import theano.tensor as T\nT.exp(1)\n")
    assert {problem.kind for problem in made.problems} == {"internal-error"}
    assert "the conversion (LookupError: no such thing" in made.problems[-1].message
    statuses = made.tallies(lambda _, found: found.symbol)["theano-operation"].statuses
    assert statuses == {"tf2": {"shown": 1}, "torch": {"shown": 1}}


def test_reasons_are_taken_together_without_their_names() -> None:
    reasons = summary._reasons(
        [
            ("a", "'x' is odd", ""),
            ("a", "'y' is odd", ""),
            ("b", "'x' is odd", ""),
            ("b", "no", "n"),
        ]
    )
    assert [(one.text, one.places, one.files, one.alone) for one in reasons] == [
        ("'…' is odd", 3, {"a", "b"}, {"a"}),
        ("no", 1, {"b"}, set()),
    ]
    assert reasons[0].names == {"x": 2, "y": 1}
    assert reasons[1].names == {"n": 1}


@pytest.mark.usefixtures("made_up_rules")
def test_statuses_are_those_of_the_fixes() -> None:
    made = surveyed(a="import tensorflow as tf\ntf.old, tf.risky, tf.shown\n")
    found = [found for _, found in made.found]
    answers = [one.answers["torch"] for one in found]
    assert [(one.status, one.reason, one.replacement) for one in answers] == [
        ("safe", "", "tf.new"),
        ("unsafe", "only when it is small", "tf.bold"),
        ("shown", "not executed", "tf.other"),
    ]
    assert found[0].code == "tf.old, tf.risky, tf.shown"
    assert found[0].framework == "tensorflow"
    (executed,) = made.executed("torch")
    assert (executed.findings, executed.names, executed.shown.samples) == (3, 3, 75)


class Page(HTMLParser):
    """The visible text of a page, its scripts by id, and every address that it names."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: dict[str, str] = {}
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self._inside: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named = dict(attrs)
        self.addresses += [named[key] or "" for key in ("src", "href") if key in named]
        self._inside = named.get("id", tag) if tag in ("script", "style") else None

    def handle_endtag(self, tag: str) -> None:
        self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside is None:
            self.text += data
        else:
            self.scripts[self._inside] = self.scripts.get(self._inside, "") + data

    def data(self) -> Any:
        return json.loads(self.scripts["data"])


EVIL = "</script><u>&amp;\"'"


def test_the_page_shows_texts_and_never_runs_them(
    made_up_rules: None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path("<u>&") / "a.py"
    path.parent.mkdir()
    path.write_text(f"import tensorflow as tf\ntf.old  # {EVIL}\n")
    assert cli.main(["report", "."]) == 0
    assert capsys.readouterr().out == "report.html: 1 finding in 1 file\n"
    page = Page(Path("report.html").read_text("utf-8"))
    assert "u" not in page.tags
    data = page.data()
    (finding,) = data["findings"]
    assert data["texts"][finding[0]] == str(path)
    assert data["texts"][finding[5]] == f"tf.old  # {EVIL}"
    assert "<u>&" in page.text
    assert not any("</" in script for name, script in page.scripts.items() if name != "style")


def test_the_page_needs_nothing_else() -> None:
    Path("a.py").write_text(CONVERTS)
    assert cli.main(["report", "a.py"]) == 0
    text = Path("report.html").read_text("utf-8")
    page = Page(text)
    assert all(
        address.startswith(("#", "https://github.com/lintplugin/")) for address in page.addresses
    )
    assert not {"link", "img", "iframe"} & set(page.tags)
    assert "default-src 'none'" in text
    assert "url(" not in text


def test_nothing_found(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text("x = 1\n")
    assert cli.main(["report", ".", "--output", "-"]) == 0
    assert "No finding in 1 file." in Page(capsys.readouterr().out).text
    assert cli.main(["report", ".", "--format", "markdown"]) == 0
    assert "No finding in 1 file." in capsys.readouterr().out


def test_what_cannot_be_read_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text("x = (\n")
    assert cli.main(["report", "a.py", "missing.py"]) == 2
    text = Page(Path("report.html").read_text("utf-8")).text
    assert "a.py:1" in text
    assert "missing.py" in text
    assert cli.main(["report", "a.py", "--output", "out.md"]) == 2
    assert "* `a.py:1` syntax-error:" in Path("out.md").read_text("utf-8")


def test_markdown_is_escaped_and_short(
    made_up_rules: None, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(300):
        folder = Path(f"a|`{number}`_<u>")
        folder.mkdir()
        (folder / "a.py").write_text("import tensorflow as tf\ntf.old, tf.risky\n")
    assert cli.main(["report", ".", "--format", "markdown"]) == 0
    text = capsys.readouterr().out
    assert len(text) < 65_536
    assert "**600 findings** in 300 of 300 files with 600 lines." in text
    assert "| TensorFlow 2 | 300 (50 %) | 300 (50 %) | 0 (0 %) | 0 (0 %) | 0 |" in text
    assert r"| `` a\|`0`_<u> `` | 2 | 1 |" in text
    assert "and 285 more." in text
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        columns = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(columns) == 1, table


def test_one_target_and_fewer_rules(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text("import tensorflow as tf\ntf.log(1.0)\nwith tf.Session(): pass\n")
    arguments = ["report", "a.py", "--target", "torch", "--select", "tf1-session", "--output", "-"]
    assert cli.main(arguments) == 0
    page = Page(capsys.readouterr().out)
    assert page.data()["targets"] == ["PyTorch"]
    assert len(page.data()["findings"]) == 1
    assert "Move to" not in page.text
