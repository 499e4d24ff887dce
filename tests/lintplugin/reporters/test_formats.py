"""Every output format, read by the schema or the parser of those that it is written for."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import junitparser
import pytest

from lintplugin import cli
from lintplugin.reporters import adapter

SCHEMAS = Path(__file__).with_name("schemas")

#: A finding after characters of two bytes, and of two UTF-16 units; one twice in a line.
PROGRAM = "import tensorflow as tf\n\ndef f(é):\n    s = 'ñ😀'; return tf.log(é), tf.log(é)\n"

#: A name that is a property of its own in each format.
NAME = "a,b%c <d>.py"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(form: str, *paths: str) -> str:
    """What ``check`` writes to a file."""
    cli.main(["check", f"--output-format={form}:out", *paths])
    return Path("out").read_text("utf-8")


def sarif(text: str) -> dict[str, Any]:
    """The run of a SARIF log that is valid, and has what GitHub asks for beyond the schema."""
    log = json.loads(text)
    schema = json.loads((SCHEMAS / "sarif-2.1.0.json").read_text("utf-8"))
    validator = jsonschema.validators.validator_for(schema)
    validator(schema, format_checker=validator.FORMAT_CHECKER).validate(log)
    (run,) = log["runs"]
    for rule in run["tool"]["driver"]["rules"]:
        assert rule["shortDescription"]["text"]
        assert len(rule["id"]) <= 255
    for result in run["results"]:
        assert result["ruleId"] in {rule["id"] for rule in run["tool"]["driver"]["rules"]}
        assert result["partialFingerprints"]
        assert result["locations"][0]["physicalLocation"]["region"]["startColumn"] > 0
    found: dict[str, Any] = run
    return found


def rdjson(text: str) -> list[dict[str, Any]]:
    log = json.loads(text)
    schema = json.loads((SCHEMAS / "rdjson.json").read_text("utf-8"))
    jsonschema.validators.validator_for(schema)(schema).validate(log)
    found: list[dict[str, Any]] = log["diagnostics"]
    return found


def test_every_module_is_a_format() -> None:
    folder = Path(adapter.__file__).parent
    others = {"__init__", "adapter", "fixes", "records", "verification"}
    assert {file.stem for file in folder.glob("*.py")} - others == {"text", *adapter.FORMATS}
    assert {"text", "statistics", *adapter.FORMATS} == set(cli.FORMATS)


@pytest.mark.parametrize("form", adapter.FORMATS)
def test_nothing_found(form: str) -> None:
    Path("a.py").write_text("import tensorflow as tf\n")
    text = check(form, "a.py")
    if form == "sarif":
        assert sarif(text)["results"] == []
        assert sarif(text)["invocations"][0]["executionSuccessful"]
    elif form == "rdjson":
        assert rdjson(text) == []
    elif form == "gitlab":
        assert json.loads(text) == []
    elif form == "github":
        assert text == ""
    elif form == "junit":
        (suite,) = junitparser.JUnitXml.fromstring(text.encode())
        assert (suite.tests, suite.failures, suite.errors) == (1, 0, 0)
    else:
        assert json.loads(text)["findings"] == []


def test_sarif() -> None:
    Path(NAME).write_text(PROGRAM, "utf-8")
    Path("bad.py").write_text("x = (\n")
    run = sarif(check("sarif", NAME, "bad.py"))
    first, second = run["results"]
    place = first["locations"][0]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "a%2Cb%25c%20%3Cd%3E.py"},
        "region": {"startLine": 4, "startColumn": 22, "endLine": 4, "endColumn": 28},
    }
    assert run["columnKind"] == "unicodeCodePoints"
    assert PROGRAM.splitlines()[3][21:27] == "tf.log"
    assert place["logicalLocations"] == [{"fullyQualifiedName": "a,b%c <d>.f"}]
    (fix,) = first["fixes"]
    (change,) = fix["artifactChanges"][0]["replacements"]
    assert change["insertedContent"] == {"text": "tf.math.log"}
    assert first["partialFingerprints"] != second["partialFingerprints"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["help"]["markdown"]
    assert rule["properties"]["problem.severity"] == rule["defaultConfiguration"]["level"]
    (invocation,) = run["invocations"]
    assert not invocation["executionSuccessful"]
    assert "was never closed" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_absolute_paths_in_sarif(tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("else where") / "a.py"
    elsewhere.write_text(PROGRAM, "utf-8")
    (result, *_) = sarif(check("sarif", str(elsewhere)))["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": elsewhere.as_uri()}


def test_fingerprints_stay_where_lines_move() -> None:
    def fingerprints(text: str) -> list[str]:
        Path("a.py").write_text(text, "utf-8")
        return [one["fingerprint"] for one in json.loads(check("gitlab", "a.py"))]

    before = fingerprints(PROGRAM)
    assert len(set(before)) == 2
    assert fingerprints(PROGRAM.replace("\n\ndef", "\n\n# Moved\n\n\ndef")) == before
    assert set(fingerprints(PROGRAM.replace("def f", "def g"))).isdisjoint(before)


def test_github() -> None:
    Path(NAME).write_text(PROGRAM, "utf-8")
    Path("bad.py").write_text("x = (\n")
    lines = check("github", NAME, "bad.py").splitlines()
    command = re.compile(r"::(error|warning|notice) ((?:\w+=[^,:]*,?)+)::(.*)")
    found = [match.groups() for line in lines if (match := command.fullmatch(line))]
    assert len(found) == len(lines) == 3
    properties = dict(one.split("=") for one in found[0][1].split(","))
    assert properties == {
        "file": "a%2Cb%25c <d>.py",
        "line": "4",
        "endLine": "4",
        "col": "22",
        "endColumn": "27",
        "title": "tf1-removed-api (E6603)",
    }
    assert "%0ATensorFlow 2: tf.math.log(é) (safe)" in found[0][2]
    assert "title=syntax-error" in lines[2]


def test_gitlab() -> None:
    Path("a.py").write_text(PROGRAM, "utf-8")
    Path("bad.py").write_text("x = (\n")
    issues = json.loads(check("gitlab", "a.py", "bad.py"))
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
    assert issues[0]["location"] == {"path": "a.py", "lines": {"begin": 4, "end": 4}}
    assert [issue["check_name"] for issue in issues] == [*["tf1-removed-api"] * 2, "syntax-error"]


def test_junit() -> None:
    Path(NAME).write_text(PROGRAM + "# \x0c\n", "utf-8")
    Path("bad.py").write_text("x = (\n")
    suite, bad = junitparser.JUnitXml.fromstring(check("junit", NAME, "bad.py").encode())
    assert (suite.name, suite.tests, suite.failures, suite.errors) == (NAME, 2, 2, 0)
    assert (bad.tests, bad.failures, bad.errors) == (1, 0, 1)
    case = next(iter(suite))
    assert case.classname == NAME
    (failure,) = case.result
    assert failure.type == "tf1-removed-api (E6603)"
    assert "TensorFlow 2 (safe):\ntf.math.log(é)" in failure.text


def test_rdjson() -> None:
    Path("a.py").write_text(PROGRAM, "utf-8")
    Path("bad.py").write_text("x = (\n")
    first, _, bad = rdjson(check("rdjson", "a.py", "bad.py"))
    line = PROGRAM.splitlines()[3].encode()
    place = first["location"]["range"]
    # From 1, in bytes.
    assert line[place["start"]["column"] - 1 : place["end"]["column"] - 1] == b"tf.log"
    (suggestion,) = first["suggestions"]
    assert suggestion["text"] == "tf.math.log"
    assert first["code"]["url"].endswith("tf1-removed-api.md")
    assert bad["severity"] == "ERROR"


def test_several_outputs_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(PROGRAM, "utf-8")
    cli.main(["check", "--output-format=sarif:a.sarif,text", "--output-format=text:a.txt", "a.py"])
    assert Path("a.txt").read_text("utf-8") == capsys.readouterr().out
    assert len(sarif(Path("a.sarif").read_text("utf-8"))["results"]) == 2
    assert sorted(file.name for file in Path().iterdir()) == ["a.py", "a.sarif", "a.txt"]


def test_statistics(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(PROGRAM, "utf-8")
    assert cli.main(["check", "--statistics", "a.py"]) == cli.FINDINGS
    out = capsys.readouterr().out
    assert out.startswith("2 findings in 1 of 1 file\n  symbol ")
    cli.main(["check", "a.py"])
    assert capsys.readouterr().out.endswith(out)


@pytest.mark.parametrize(
    ("rules", "status"),
    [("theano", 0), ("theano,tf1-removed-api", 1), ("E6603", 1), ("tensorflow1", 1)],
)
def test_rules_to_fail_on(rules: str, status: int) -> None:
    Path("a.py").write_text(PROGRAM, "utf-8")
    assert cli.main(["check", "--fail-on", rules, "a.py"]) == status
    Path("bad.py").write_text("x = (\n")
    assert cli.main(["check", "--fail-on", rules, "a.py", "bad.py"]) == cli.ERROR


def test_a_rule_to_fail_on_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["check", "--fail-on", "theanos", "a.py"])
    assert "unknown rule 'theanos'; did you mean theano" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ("sarf", "unknown format 'sarf', choose from text, statistics, json"),
        ("text,json", "only one format can go to the standard output"),
    ],
)
def test_outputs_that_cannot_be_written(
    stated: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.py").touch()
    try:
        status = cli.main(["check", f"--output-format={stated}", "a.py"])
    except SystemExit as stopped:
        status = int(str(stopped.code))
    assert status == cli.ERROR
    assert words in capsys.readouterr().err


def test_a_folder_that_is_not_there(capfd: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(PROGRAM, "utf-8")
    command = [sys.executable, "-m", "lintplugin", "check", "--output-format=sarif:no/a", "a.py"]
    assert subprocess.run(command, check=False).returncode == cli.ERROR
    assert "lintplugin: no/a: No such file or directory" in capfd.readouterr().err


def test_a_run_that_fails_leaves_the_report_before(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.py").write_text(PROGRAM, "utf-8")
    Path("out").write_text("before")

    def fail(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr("lintplugin.parallel.Run._pages", fail)
    with pytest.raises(LookupError):
        check("sarif", "a.py")
    assert Path("out").read_text() == "before"
    assert sorted(file.name for file in Path().iterdir()) == ["a.py", "out"]


def pylint(*arguments: str) -> subprocess.CompletedProcess[str]:
    options = ["--load-plugins=lintplugin", "--disable=all", "--enable=lintplugin,syntax-error"]
    return subprocess.run(
        [sys.executable, "-m", "pylint", *options, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("form", adapter.FORMATS)
def test_pylint_writes_what_check_writes(form: str, jobs: int) -> None:
    for name in ("a.py", "b.py"):
        Path(name).write_text(PROGRAM, "utf-8")
    expected = check(form, "a.py", "b.py")
    done = pylint(
        f"--jobs={jobs}", f"--output-format=lintplugin-{form}:pylint,text", "a.py", "b.py"
    )
    assert "tf1-removed-api" in done.stdout
    assert Path("pylint").read_text("utf-8") == expected


def test_messages_of_pylint_itself() -> None:
    Path("a.py").write_text(PROGRAM, "utf-8")
    Path("bad.py").write_text("x = (\n")
    written = "--output-format=lintplugin-sarif:s,lintplugin-junit:j,lintplugin-rdjson:r"
    assert not pylint(written, "--enable=unused-variable", "a.py", "bad.py").stderr
    symbols = [one["ruleId"] for one in sarif(Path("s").read_text("utf-8"))["results"]]
    assert sorted(set(symbols)) == ["syntax-error", "tf1-removed-api", "unused-variable"]
    assert len(rdjson(Path("r").read_text("utf-8"))) == 4
    assert sum(one.failures for one in junitparser.JUnitXml.fromfile("j")) == 4


def test_files_of_pylint_s_own_reporters_are_written() -> None:
    Path("a.py").write_text(PROGRAM, "utf-8")
    pylint("--output-format=json2:out,text", "a.py")
    assert len(json.loads(Path("out").read_text("utf-8"))["messages"]) == 2
