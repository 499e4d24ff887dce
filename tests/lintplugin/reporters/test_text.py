"""Findings for people."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from lintplugin.analysis import Problem, Report
from lintplugin.checking import check
from lintplugin.configuration import Configuration
from lintplugin.console import Console
from lintplugin.reporters import Output, render
from lintplugin.reporters.text import TextReporter, print_excerpt
from lintplugin.source import Source, Span


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _printed(*texts: str, problems: tuple[Problem, ...] = ()) -> str:
    configuration = Configuration.load(["tf2"])
    stream = io.StringIO()
    reporter = TextReporter(configuration, stream)
    for number, text in enumerate(texts):
        report = check(Source(f"{number}.py", text), configuration)
        page = render(report, configuration, [Output("text", "a file")])
        reporter.add(page.texts[0], page)
    for problem in problems:
        report = Report(problem.path, problems=[problem])
        page = render(report, configuration, [Output("text", "a file")])
        reporter.add(page.texts[0], page)
    reporter.close()
    return stream.getvalue()


def _excerpt(text: str, *span: int) -> list[str]:
    stream = io.StringIO()
    print_excerpt(Console(stream), Source("a.py", text), Span(*span))
    return stream.getvalue().splitlines()


def test_nothing_found() -> None:
    assert _printed("x = 1\n", "") == "no findings in 2 files\n"


def test_problem_is_one_line() -> None:
    problem = Problem("a.py", 3, 4, "syntax-error", "syntax error: two\nlines")
    assert _printed(problems=(problem,)) == (
        "a.py:3:4: syntax-error: syntax error: two�lines\n"
        "no findings in 1 file\n"
        "1 problem: see the lines above\n"
    )


@pytest.mark.usefixtures("made_up_rules")
def test_findings_of_two_files() -> None:
    head = "import tensorflow as tf\n"
    printed = _printed(head + "x = tf.old(1)\ny = tf.risky\n", "", head + "tf.shown\n")
    assert printed == (
        "0.py\n"
        "  2:4 W6698 made-up  'tensorflow.old' is old\n"
        "       2 | x = tf.old(1)\n"
        "         |     ^^^^^^\n"
        "      TensorFlow 2: tf.new\n"
        "        safe; executed on cpu: 25 samples, largest error 1.0e-07 (tensorflow 2.21.0)\n"
        "  3:4 W6698 made-up  'tensorflow.risky' is old\n"
        "       3 | y = tf.risky\n"
        "         |     ^^^^^^^^\n"
        "      TensorFlow 2: tf.bold\n"
        "        unsafe: only when it is small; executed on cpu: 25 samples, largest error 1.0e-07 "
        "(tensorflow 2.21.0)\n"
        "\n"
        "2.py\n"
        "  2:0 W6698 made-up  'tensorflow.shown' is old\n"
        "       2 | tf.shown\n"
        "         | ^^^^^^^^\n"
        "      TensorFlow 2: tf.other\n"
        "        display: not executed; executed on cpu: 25 samples, largest error 1.0e-07 "
        "(tensorflow 2.21.0)\n"
        "\n"
        "3 findings in 2 of 3 files\n"
        "  symbol   findings  tf2 fixes\n"
        "  made-up  3         1 safe, 1 unsafe, 1 display\n"
        "lintplugin fix --target tf2 repairs 1, 1 more with --unsafe-fixes\n"
    )


def test_excerpt_marks_the_span_below_wide_and_control_characters() -> None:
    assert _excerpt("\t'日本\x1b', tf.a\n", 1, 7, 1, 11) == [
        "       1 |     '日本�', tf.a",
        "         |             ^^^^",
    ]


def test_excerpt_of_several_lines_shows_the_first() -> None:
    assert _excerpt("f(a,\n  b)\n", 1, 0, 2, 4) == ["       1 | f(a,", "         | ^^^^"]


def test_excerpt_of_a_line_of_megabytes_shows_the_place() -> None:
    text = "x, " * 1_000_000 + "tf.old, " + "y, " * 1_000_000
    line, mark = _excerpt(text, 1, 3_000_000, 1, 3_000_006)
    assert len(line) < 200
    start = mark.index("^")
    assert line[start : start + mark.count("^")] == "tf.old"
    assert line.count("…") == 2
