"""Findings as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lintplugin
from lintplugin import cli
from lintplugin.edits import Edit, splice
from lintplugin.source import Source

_ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _check(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    cli.main(["check", "--output-format", "json", *arguments])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_place_in_a_program_too_deep_for_pylint(capsys: pytest.CaptureFixture[str]) -> None:
    chain = "".join(f"        elif x == {number}: pass\n" for number in range(2_000))
    Path("a.py").write_text(
        "import theano.tensor as T\nclass A:\n    def f(x):\n        if x: pass\n"
        + chain
        + "        else: T.dot(x, x)\n"
    )
    found = _check(capsys, "--select=theano-operation", "a.py")["findings"]
    assert [(one["module"], one["obj"]) for one in found] == [("a", "A.f")]


def test_nothing_found(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").touch()
    assert _check(capsys, "a.py") == {
        "version": lintplugin.__version__,
        "findings": [],
        "problems": [],
    }


def test_problem(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text("x = (\n")
    (problem,) = _check(capsys, "a.py")["problems"]
    assert problem == {
        "path": "a.py",
        "line": 1,
        "column": 4,
        "kind": "syntax-error",
        "message": "syntax error: '(' was never closed",
        "cell": None,
    }


@pytest.mark.usefixtures("made_up_rules")
def test_finding(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text("import tensorflow as tf\n\ndef f():\n    é = 'ñ😀'; tf.old(é)\n")
    (finding,) = _check(capsys, "a.py", "--target", "tf2")["findings"]
    assert finding == {
        "type": "warning",
        "symbol": "made-up",
        "message": "'tensorflow.old' is old",
        "messageId": "W6698",
        "confidence": "HIGH",
        "module": "a",
        "obj": "f",
        "cell": None,
        "line": 4,
        "column": 14,
        "endCell": None,
        "endLine": 4,
        "endColumn": 20,
        "path": "a.py",
        "api": "tensorflow.old",
        "docsUrl": "https://github.com/lintplugin/lintplugin/blob/main/docs/rules/made-up.md",
        "fixes": [
            {
                "target": "tf2",
                "applicability": "safe",
                "title": "Use new",
                "reason": "",
                "edits": [
                    {
                        "path": "a.py",
                        "cell": None,
                        "line": 4,
                        "column": 17,
                        "endCell": None,
                        "endLine": 4,
                        "endColumn": 20,
                        "newText": "new",
                    }
                ],
                "replacement": "tf.new",
                "evidence": {
                    "device": "cpu",
                    "versions": {"tensorflow": "2.21.0"},
                    "samples": 25,
                    "maxAbsError": 1e-7,
                    "maxRelError": 2e-7,
                },
            }
        ],
    }


@pytest.mark.usefixtures("made_up_rules")
def test_edits_applied_from_json_give_what_fix_writes(capsys: pytest.CaptureFixture[str]) -> None:
    text = "import tensorflow as tf\r\n\x0cy = '😀', tf.old(tf.old), '''\r\n''', tf.old\r\n"
    Path("a.py").write_bytes(text.encode())
    source = Source.read("a.py")
    edits = [
        Edit(
            source.offset(edit["line"], edit["column"]),
            source.offset(edit["endLine"], edit["endColumn"]),
            edit["newText"],
        )
        for finding in _check(capsys, "a.py")["findings"]
        for fix in finding["fixes"]
        if fix["target"] == "tf2"
        for edit in fix["edits"]
    ]
    cli.main(["fix", "--target", "tf2", "a.py"])
    assert Path("a.py").read_bytes() == splice(text, edits).encode()
    assert text.replace("old", "new") == splice(text, edits)


def test_modules_and_scopes_are_pylints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (
        "import theano.tensor as T\nT.dot(a, b)\nclass C:\n    x = T.dot(a, b)\n"
        "    def f(self):\n        def g(): return lambda: [T.dot(a, i) for i in b]\n"
        "async def h(x=T.dot(a, b)): T.dot(a, b)\n@T.dot(a, b)\nclass D(T.dot(a, b)): pass\n"
    )
    for path in ("m.py", "p/__init__.py", "p/m.py", "p/q/__init__.py", "p/q/m.py"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(program)
    for folder in (".", "p", "p/q"):
        monkeypatch.chdir(tmp_path / folder)
        files = sorted(str(path) for path in Path().rglob("*.py"))
        found = _check(capsys, "--select=theano-operation", *files)["findings"]
        command = [sys.executable, "-m", "pylint", "--load-plugins=lintplugin", "--persistent=n"]
        result = subprocess.run(
            [*command, "--disable=all", "--enable=W6504", "--output-format=json2", *files],
            env={"PYTHONPATH": str(_ROOT), "PATH": ""},
            capture_output=True,
            text=True,
        )
        fields = ("path", "line", "column", "module", "obj")
        ours, theirs = (
            sorted(tuple(one[field] for field in fields) for one in messages)
            for messages in (found, json.loads(result.stdout)["messages"])
        )
        assert ours == theirs
        assert len(ours) == 7 * len(files)
