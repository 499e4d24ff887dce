"""Python 2: found where it stands, converted when asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lintplugin import analysis, cli, python2, python3
from lintplugin.source import Source

_ROOT = Path(__file__).parents[2]
_TF = "import tensorflow as tf\n"

# Each with a call on the repaired line, before and behind what is repaired.
_IDIOMS = [
    "print tf.log(1)",
    "print tf.log(1),",
    "print'é', tf.log(1)  # print",
    'print "%s" % tf.log(1), tf.log(2); tf.log(3)',
    "print >>tf.log(f), tf.log(1)",
    "print>>f,tf.log(1)",
    "print -1, [tf.log(0)], `tf.log(1)`",
    "print {1: tf.log(2)}",
    "print lambda (a, (b, c)), d: tf.log(a)",
    "print not tf.log(1)",
    "if x: print tf.log(1)\nelse: print tf.log(2)",
    "exec 'x' in tf.log(1)",
    "exec code",
    "raise E, 'é' + tf.log(1)",
    "raise E, tf.log(1), tf.log(2)",
    "try: x\nexcept E, e: tf.log(e)",
    "try: x\nexcept (A, B),e: tf.log(e)",
    "try: x\nexcept E, (a, b): tf.log(a)",
    "f(0777, 10L, 0xFFL, 0L, 00, tf.log(1))",
    "a <> tf.log(1)",
    "f(ur'é\\d', UR\"x\", tf.log(1))",
    "`tf.log(1)` + `tf.log('é')`",
    "def f(a, (b, (c, d)), e=tf.log(1)): return tf.log(2)",
    "x = lambda (a, b): tf.log(a)",
    "if x:\n\ty = 1\n        z = tf.log(1)",
    "if x:\n    if y:\n\tz = 'é', tf.log(1)\n\tprint tf.log(2)",
    "x = '''\n\tprint a\n'''; print tf.log(1)",
    "f(a,\n\tprint_)\nprint \\\n  tf.log(1)",
    "class A:\n    def f(self): print 'a', \\\n            tf.log(1)",
]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["x = (1,", "f(a b)", "print 'a' 1 b", "def f(:\n  pass", "x = 'a", "if x:\npass", "`a", "£"],
)
def test_what_is_no_python_at_all(text: str) -> None:
    report = analysis.analyse(Source("a.py", f"{_TF}tf.log(1)\n{text}\n"))
    assert [problem.kind for problem in report.problems] == ["syntax-error"]
    assert report.problems[0].message.startswith("syntax error: ")
    assert report.problems[0].fails


@pytest.mark.parametrize(
    "text", ["print(x)", "print", "exec(x)", "raise E(1)", "x = print", "a = {'print': 1}.print"]
)
def test_python_3_is_not_repaired(text: str) -> None:
    report = analysis.analyse(Source("a.py", f"{_TF}{text}\ntf.log(1)\n"))
    assert report.problems == []
    assert report.findings[0].fixes[0].edits


@pytest.mark.parametrize("idiom", _IDIOMS)
def test_places_are_those_of_the_file(idiom: str) -> None:
    source = Source("a.py", f"{_TF}{idiom}\nprint tf.log(9)\n")
    report = analysis.analyse(source)
    (problem,) = report.problems
    assert (problem.kind, problem.fails) == ("python2", False)
    starts = [
        source.offset(found.span.line, found.span.column)
        for found in report.findings
        if found.api == "tensorflow.log"
    ]
    assert starts == [at for at in range(len(source.text)) if source.text.startswith("tf.log", at)]
    for found in report.findings:
        if found.api != "tensorflow.log":
            continue
        end = source.offset(found.span.end_line, found.span.end_column)
        assert source.text[source.offset(*found.span[:2]) : end] == "tf.log"
        assert all(not fix.edits for fix in found.fixes)
        assert "is Python 2" in found.fixes[0].reason


def test_ends_of_what_is_replaced() -> None:
    source = Source("a.py", "x = `0777L` <> 10L; print 'a', ur'b'\n")
    tree = analysis.parsing.parse(source)
    shown = [source.segment(one) for one in tree.nodes_of_class(analysis.nodes.Const)]
    assert shown == ["0777L", "10L", "'a'", "ur'b'"]
    calls = [source.segment(one) for one in tree.nodes_of_class(analysis.nodes.Call)]
    assert calls == ["`0777L`", "print 'a', ur'b'"]


def test_repairs_stay_within_their_lines() -> None:
    text = "\n".join(_IDIOMS)
    for start, end, new in python2.repair(text):
        assert "\n" not in text[start:end] + new


def test_check_says_it_once_and_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(f"{_TF}print tf.log(1)\nprint 2\n")
    assert cli.main(["check", "."]) == 1
    out = capsys.readouterr().out
    assert out.count("python2: Python 2 (Missing parentheses") == 1
    assert "a.py:2:0: python2: " in out
    assert cli.main(["check", "--fail-on=tf1-session", "."]) == 0
    assert cli.main(["check", "--fail-on=tf1-removed-api", "."]) == 1
    assert "display: the file is Python 2; 'lintplugin fix --python3' converts it first" in out


def test_formats_tell_python_2_from_failures(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(f"{_TF}print 2\n")
    for form, words in {
        "sarif": '"executionSuccessful": true, "toolExecutionNotifications": [{"level": "note"',
        "github": "::warning file=a.py",
        "gitlab": '"severity": "minor"',
        "rdjson": '"severity": "WARNING"',
        "json": '"kind": "python2"',
    }.items():
        assert cli.main(["check", f"--output-format={form}", "a.py"]) == 1
        assert words in capsys.readouterr().out


def test_baseline_takes_python_2(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(f"{_TF}print tf.log(1)\n")
    assert cli.main(["baseline", "."]) == 0
    capsys.readouterr()
    cli.main(["check", "--output-format=json", "."])
    assert json.loads(capsys.readouterr().out)["findings"] == []


# Converting


def _fix(*arguments: str) -> int:
    return cli.main(["fix", "--target=tf2", *arguments])


def test_fix_alone_leaves_python_2(capsys: pytest.CaptureFixture[str]) -> None:
    text = f"{_TF}print tf.log(1)\n"
    Path("a.py").write_text(text)
    assert _fix("a.py") == 1
    assert Path("a.py").read_text() == text
    assert "remains: the file is Python 2; " in capsys.readouterr().out


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_fix_converts_first(end: str, capsys: pytest.CaptureFixture[str]) -> None:
    newline = end or "\n"
    before = f"{_TF}print tf.log(1) # é".replace("\n", newline) + end
    Path("a.py").write_bytes(before.encode())
    assert _fix("--python3", "a.py") == 0
    after = f"{_TF}print(tf.math.log(1)) # é".replace("\n", newline) + end
    assert Path("a.py").read_bytes() == after.encode()
    out = capsys.readouterr().out
    assert "  1 applied: Convert to Python 3\n  1 applied: Replace with tf.math.log\n" in out
    assert _fix("--python3", "a.py") == 0
    assert Path("a.py").read_bytes() == after.encode()


def test_diff_of_a_conversion(capfd: pytest.CaptureFixture[str]) -> None:
    text = f"{_TF}print tf.log(1)\n"
    Path("a.py").write_text(text)
    _fix("--python3", "--diff", "a.py")
    assert "-print tf.log(1)\n+print(tf.math.log(1))\n" in capfd.readouterr().out
    assert Path("a.py").read_text() == text


def test_what_a_person_must_look_at(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(
        f"{_TF}import cPickle\nprint tf.log(1)\na = n / 2\nb = n / 2.0\nc = float(a) / n\n"
        "d = cPickle.load(f)\n"
    )
    assert _fix("--python3", "a.py") == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if ": python2: " in line]
    assert [line.split(": ")[0] for line in lines] == ["a.py:4:0", "a.py:7:0"]
    Path("b.py").write_text(f"from __future__ import division\n{_TF}print tf.log(1) / 2\n")
    assert _fix("--python3", "b.py") == 0


def test_what_cannot_be_converted_stays(capsys: pytest.CaptureFixture[str]) -> None:
    text = f"{_TF}print tf.log(1)\nprint(1, file=f)\n"
    Path("a.py").write_text(text)
    assert _fix("--python3", "a.py") == 2
    assert "a.py:1:0: unwritable: not converted to Python 3: " in capsys.readouterr().out
    assert Path("a.py").read_text() == text


def test_notebook_is_converted() -> None:
    cells = [_TF, "%time 1\nprint tf.log(1)", "print 'a'"]
    document = {
        "cells": [
            {"cell_type": "code", "metadata": {}, "outputs": [], "source": [cell]} for cell in cells
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 0,
    }
    Path("a.ipynb").write_text(json.dumps(document))
    assert _fix("--python3", "a.ipynb") == 0
    after = json.loads(Path("a.ipynb").read_bytes())["cells"]
    assert ["".join(cell["source"]) for cell in after] == [
        _TF,
        "%time 1\nprint(tf.math.log(1))",
        "print('a')",
    ]


def test_without_fissix(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(python3, "is_installed", lambda: False)
    with pytest.raises(SystemExit) as ended:
        _fix("--python3", "a.py")
    assert ended.value.code == 2
    assert "pip install lintplugin[python2]" in capsys.readouterr().err


def test_converted_code_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = "d = {'a': 07}\nif d.has_key('a') and d['a'] <> 8: print >>None, `d`, 3/2.,\n"
    exec(python3.convert(text), {})
    assert capsys.readouterr().out == "{'a': 7} 1.5 "


# Pylint


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_pylint_reads_python_2_when_told(jobs: str) -> None:
    Path("a.py").write_text(f"{_TF}print '\\t', tf.log(0777)\n")
    Path("b.py").write_text(f"{_TF}x = tf.log(1)\n")
    assert _pylint(jobs, "n") == [("a.py", "syntax-error", 0), ("b.py", "tf1-removed-api", 4)]
    assert _pylint(jobs, "y") == [("a.py", "tf1-removed-api", 12), ("b.py", "tf1-removed-api", 4)]


def _pylint(jobs: str, python2: str) -> list[tuple[str, str, Any]]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pylint", "--load-plugins=lintplugin", "--output-format=json"),
            *("--disable=all", "--enable=lintplugin,syntax-error", f"--jobs={jobs}"),
            *(f"--lintplugin-python2={python2}", "a.py", "b.py"),
        ],
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
    )
    found = [(one["path"], one["symbol"], one["column"]) for one in json.loads(done.stdout)]
    return sorted(
        (path, symbol, 0 if symbol == "syntax-error" else at) for path, symbol, at in found
    )
