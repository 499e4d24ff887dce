"""The command line: exit status, bad input, output."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from astroid import nodes

import lintplugin
from lintplugin import cli, evidence

_ROOT = Path(__file__).parents[2]
_HEAD = "import tensorflow as tf\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lintplugin", *arguments],
        env={"PYTHONPATH": str(_ROOT), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )


def _status(*arguments: str) -> int:
    try:
        return cli.main(arguments)
    except SystemExit as error:
        return int(error.code or 0)


# Usage


def test_version_and_help_import_no_engine() -> None:
    program = (
        "import sys; from lintplugin.cli import main\n"
        "try: main(['--version'])\n"
        "finally: assert not {'astroid', 'pylint', 'rich'} & set(sys.modules)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
    )
    assert (result.stdout.strip(), result.returncode) == (lintplugin.__version__, 0)


def test_check_imports_neither_pylints_linter_nor_rich() -> None:
    Path("a.py").write_text("import theano.tensor as T\nT.dot(a, b)\n")
    program = (
        "import sys; from lintplugin.cli import main\n"
        "assert main(['check', 'a.py']) == 1\n"
        "assert not {'pylint.lint', 'rich'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": str(_ROOT)}, check=True)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("check",),
        ("check", "--output-format=xml", "a.py"),
        ("check", "--select=no-such-rule", "a.py"),
        ("check", "--target=jax", "a.py"),
        ("fix", "a.py"),
        ("fix", "--target=tf2,torch", "a.py"),
        ("explain", "no.such.name"),
        ("verify", "--jobs=-1"),
        ("verify", "--jobs=0"),
        ("verify", "--jobs=many"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text("x = 1\n")
    assert _status(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err


# check


def test_clean(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text("x = 1\n")
    assert _status("check", ".") == 0
    assert capsys.readouterr().out == "no findings in 1 file\n"


def test_no_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert _status("check", ".") == 0
    assert capsys.readouterr().out == "no findings in 0 files\n"


@pytest.mark.usefixtures("made_up_rules")
def test_findings() -> None:
    Path("a.py").write_text(_HEAD + "tf.old\n")
    assert _status("check", "a.py") == 1
    assert _status("check", "--ignore=made-up", "a.py") == 0
    assert _status("check", "--select=failing", "a.py") == 0


@pytest.mark.usefixtures("made_up_rules")
def test_targets(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(_HEAD + "tf.old\n")
    shown = []
    for option in ((), ("--target=tf2",), ("--target=tf2,torch",), ("--target=torch",)):
        _status("check", "--output-format=json", *option, "a.py")
        (finding,) = json.loads(capsys.readouterr().out)["findings"]
        shown.append([fix["target"] for fix in finding["fixes"]])
    assert shown == [["tf2", "torch"], ["tf2"], ["tf2", "torch"], ["torch"]]


@pytest.mark.usefixtures("made_up_rules")
def test_failing_rule_is_one_line_and_the_others_run(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(_HEAD + "tf.fails\ntf.old\n")
    Path("b.py").write_text(_HEAD + "tf.old\n")
    assert _status("check", ".") == 2
    out = capsys.readouterr().out
    assert out.count("'tensorflow.old' is old") == 2
    assert out.count("internal error in rule failing (LookupError: no such thing, at ") == 1
    assert "Please report it" in out


@pytest.mark.usefixtures("made_up_rules")
def test_garbage_collector_is_left_as_it_was() -> None:
    before = gc.get_threshold()
    Path("a.py").write_text(_HEAD + "tf.old\n")
    _status("check", "a.py")
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)


_BAD = {
    "binary.py": (b"\x89PNG\r\n\x1a\n\xff", "unreadable"),
    "null.py": (b"import theano\n\0", "null byte"),
    "latin.py": (b"import theano\nx = '\xe9'\n", "not utf-8"),
    "unknown.py": (b"# coding: klingon\nimport theano\n", "unknown encoding: klingon"),
    "rot.py": (b"# coding: rot13\nimport theano\n", "'rot13' is not a text encoding"),
    "cookie.py": (b"\xef\xbb\xbf# coding: latin-1\nimport theano\n", "encoding problem"),
    "wide.py": ("import theano\n".encode("utf-16"), "null byte"),
    "syntax.py": (b"import theano\n\nx = (1,\n", "syntax.py:3:4: syntax-error: syntax error: '('"),
    "python2.py": (
        b"import theano\nprint 'x'\n",
        "python2.py:2:0: python2: Python 2 (",
    ),
    "python2_except.py": (
        b"import theano\ntry: f()\nexcept E, e: g()\n",
        "Python 2 (multiple exc",
    ),
    "deep.py": (b"import theano\nx = " + b"[" * 10_000 + b"]" * 10_000, "too many nested"),
    "chain.py": (b"import theano\nx = theano" + b".a" * 10_000, "nested too deeply"),
}


@pytest.mark.parametrize("named", [True, False])
def test_bad_files_are_one_line_each_and_the_others_are_checked(
    capsys: pytest.CaptureFixture[str], named: bool
) -> None:
    Path("sub").mkdir()
    for name, (data, _) in _BAD.items():
        Path("sub", name).write_bytes(data)
    Path("sub/dangling.py").symlink_to("gone.py")
    Path("sub/cyclic.py").symlink_to("cyclic.py")
    Path("sub/zgood.py").write_text("import theano.tensor as T\nT.dot(a, b)\n")
    paths = [str(path) for path in sorted(Path("sub").iterdir())] if named else ["sub"]
    assert _status("check", *paths) == 2
    captured = capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    expected = {name: words for name, (_, words) in _BAD.items()} | {
        "dangling.py": "No such file",
        "cyclic.py": "Too many levels of symbolic links",
    }
    for name, words in expected.items():
        (line,) = (line for line in lines if line.startswith(f"sub/{name}:"))
        assert words in line
    assert "sub/zgood.py" in lines


def test_syntax_error_of_a_file_without_frameworks_is_told_when_it_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("a.py").write_text("x = (\n")
    assert _status("check", "a.py") == 2
    assert _status("check", ".") == 0


def test_empty_file() -> None:
    Path("a.py").touch()
    assert _status("check", "a.py") == 0


def test_unreadable_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.py").touch()

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert _status("check", "a.py") == 2
    assert capsys.readouterr().out.startswith("a.py:1:0: unreadable: Permission denied\n")


def test_long_expressions_and_long_files_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    call = "T.dot(a, b)"
    Path("long.py").write_text(
        "import theano.tensor as T\n" + "x = [1, 2, 3]  # nothing to see\n" * 160_000 + call
    )
    Path("wide.py").write_text("import theano.tensor as T\nx = " + "1 + " * 3_000 + call)
    assert _status("check", "--output-format=json", ".") == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [(one["path"], one["line"]) for one in found if one["api"] == "theano.tensor.dot"] == [
        ("long.py", 160_002),
        ("wide.py", 2),
    ]


def test_latin_1_file_that_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_bytes(b"# coding: latin-1\nimport theano.tensor as T\n'\xe9', T.dot(a, b)\n")
    assert _status("check", "--select=theano-operation", "--output-format=json", "a.py") == 1
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["line"], found["column"]) == (3, 5)


def test_reader_that_goes_away() -> None:
    Path("a.py").write_text("import theano.tensor as T\n" + "T.dot(a, b)\n" * 2_000)
    with subprocess.Popen(
        [sys.executable, "-m", "lintplugin", "check", "a.py"],
        env={"PYTHONPATH": str(_ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("arguments", [("check", "a.py"), ("explain", "T.dot")])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="simulates a full disk")
def test_output_that_cannot_be_written(arguments: tuple[str, ...]) -> None:
    Path("a.py").write_text("import theano.tensor as T\n")
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "lintplugin", *arguments],
            env={"PYTHONPATH": str(_ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert result.returncode == 2
    assert result.stderr == "lintplugin: [Errno 28] No space left on device\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_streams_that_are_closed(closed: str) -> None:
    Path("a.py").write_text("import tensorflow as tf\ntf.log(x)\n")
    result = subprocess.run(
        f"'{sys.executable}' -m lintplugin fix --diff --target tf2 a.py {closed}",
        shell=True,
        env={"PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert ("Traceback" in result.stderr, "fix would" in result.stdout) == (False, False)


def test_output_that_takes_ascii_only() -> None:
    Path("ü.py").write_text("import theano.tensor as T\n'日本', T.dot(a, b)\n")
    result = subprocess.run(
        [sys.executable, "-m", "lintplugin", "check", "."],
        env={"PYTHONPATH": str(_ROOT), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stderr) == (1, "")
    assert "\\xfc.py\n" in result.stdout


def test_all_that_stops_a_conversion_is_told_of_what_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("a.py").write_text("import theano\ntheano.printing.debugprint(f)\n")
    told = []
    for arguments in (["."], ["a.py"], [".", "--target=tf2"], [".", "--output-format=json"]):
        _status("check", "--select=theano-import", *arguments)
        told.append("and perhaps more" not in capsys.readouterr().out)
    assert told == [False, True, True, True]


def test_nothing_is_inferred(monkeypatch: pytest.MonkeyPatch) -> None:
    def infer(*arguments: object, **options: object) -> None:
        raise AssertionError("inference imports what the linted file imports")

    monkeypatch.setattr(nodes.NodeNG, "infer", infer)
    fixtures = evidence.fixtures()
    assert _status("check", "--target=tf2,torch", "--output-format=json", str(fixtures)) == 1


# fix


@pytest.mark.usefixtures("made_up_rules")
def test_fix_writes_and_says_what_remains(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(_HEAD + "tf.old, tf.old\ntf.risky\n")
    Path("b.py").write_text("x = 1\n")
    assert _status("fix", "--target=tf2", ".") == 1
    assert Path("a.py").read_text() == _HEAD + "tf.new, tf.new\ntf.risky\n"
    assert capsys.readouterr().out == (
        "a.py\n"
        "  2 applied: Use new\n"
        "  3:0 made-up remains: only when it is small (--unsafe-fixes applies it)\n"
        "2 fixes applied in 1 file; 1 finding left\n"
    )
    assert _status("fix", "--target=tf2", "--unsafe-fixes", ".") == 0
    assert Path("a.py").read_text() == _HEAD + "tf.new, tf.new\ntf.bold\n"
    assert _status("fix", "--target=tf2", "--unsafe-fixes", ".") == 0
    assert Path("a.py").read_text() == _HEAD + "tf.new, tf.new\ntf.bold\n"


@pytest.mark.usefixtures("made_up_rules")
def test_diff_writes_nothing(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    text = _HEAD + "é = tf.old\r\n"
    Path("a.py").write_bytes(text.encode())
    assert _status("fix", "--target=tf2", "--diff", "a.py") == 1
    assert Path("a.py").read_bytes() == text.encode()
    captured = capsysbinary.readouterr()
    assert (
        captured.out
        == (
            "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n import tensorflow as tf\n"
            "-é = tf.old\r\n+é = tf.new\r\n"
        ).encode()
    )
    assert b"1 fix would be applied in 1 file; 0 findings left" in captured.err


@pytest.mark.usefixtures("made_up_rules")
def test_target_of_the_configuration() -> None:
    Path("pyproject.toml").write_text('[tool.pylint]\nlintplugin-target = "torch"\n')
    Path("a.py").write_text(_HEAD + "tf.old\n")
    assert _status("fix", "a.py") == 0


@pytest.mark.usefixtures("made_up_rules")
def test_bad_file_stops_no_fix(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_bytes(b"import tensorflow\n\0")
    Path("b.py").write_text(_HEAD + "tf.old\n")
    assert _status("fix", "--target=tf2", ".") == 2
    assert Path("b.py").read_text() == _HEAD + "tf.new\n"


# explain


def test_explain_in_a_process_of_its_own() -> None:
    result = _run("explain", "theano-operation")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("# theano-operation (W6504)\n")
