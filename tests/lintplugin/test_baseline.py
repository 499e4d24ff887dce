"""Findings that are accepted: in a file of their own, or by comments."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from lintplugin import cli
from lintplugin.baseline import NAME, Baseline, BaselineError, Place

OLD = "import tensorflow as tf\n\n\ndef old(x):\n    return tf.log(x)\n"
NEW = "\n\ndef new(x):\n    return tf.log(x)\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    status = cli.main(arguments)
    return status, capsys.readouterr().out


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[int], str]:
    """Exit status, lines of the findings, and the last line."""
    status, out = run(capsys, "check", *arguments)
    lines = [int(line.split(":")[0]) for line in out.splitlines() if " tf1-removed-api  '" in line]
    return status, lines, out.splitlines()[-1]


def test_nothing_is_passed_over_without_a_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(OLD)
    assert check(capsys, "a.py")[:2] == (1, [5])


def test_what_is_there_is_passed_over_and_what_is_new_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("a.py").write_text(OLD)
    status, out = run(capsys, "baseline", ".")
    assert (status, out) == (0, f"1 finding in {NAME}: 1 added, 0 removed\n")
    assert Path(NAME).read_text().splitlines()[1:] == ['["a.py", "tf1-removed-api", "old", 1]']
    assert check(capsys, ".") == (0, [], "1 finding in the baseline")
    Path("a.py").write_text(OLD.replace("\n\n\n", "\n\n# Moved.\n\n\n") + NEW)
    assert check(capsys, ".")[:2] == (1, [11])
    assert check(capsys, "--no-baseline", ".")[:2] == (1, [7, 11])


def test_more_of_the_same_in_a_scope_is_new(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(OLD)
    run(capsys, "baseline", "a.py")
    Path("a.py").write_text(OLD + "    return tf.log(x)\n")
    assert check(capsys, "a.py")[:2] == (1, [6])


def test_the_same_from_every_folder(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("src/deep").mkdir(parents=True)
    Path("src/deep/a.py").write_text(OLD)
    run(capsys, "baseline", "src")
    monkeypatch.chdir("src/deep")
    assert check(capsys, "a.py")[0] == 0
    assert check(capsys, str(Path("a.py").resolve()))[0] == 0
    assert run(capsys, "baseline", "--prune", "a.py")[1].endswith("0 added, 0 removed\n")


def test_a_baseline_of_another_repository_is_not_taken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("inner/.git").mkdir(parents=True)
    Path("inner/a.py").write_text(OLD)
    run(capsys, "baseline", "inner")
    monkeypatch.chdir("inner")
    assert check(capsys, "a.py")[:2] == (1, [5])
    assert check(capsys, "--baseline", f"../{NAME}", "a.py")[0] == 0


def test_what_is_gone_is_said_and_pruned(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(OLD + NEW)
    Path("b.py").write_text(OLD)
    run(capsys, "baseline", ".")
    Path("a.py").write_text(OLD)
    Path("b.py").unlink()
    words = "1 finding of the baseline is gone: lintplugin baseline --prune"
    assert check(capsys, ".") == (0, [], words)
    Path("a.py").write_text(OLD + NEW.replace("new", "other"))
    _, out = run(capsys, "baseline", "--prune", ".")
    assert out == f"1 finding in {Path(NAME).resolve()}: 0 added, 2 removed\n"
    assert check(capsys, ".")[:2] == (1, [9])


def test_other_files_keep_their_entries(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(OLD)
    Path("b.py").write_text(OLD)
    run(capsys, "baseline", "a.py")
    run(capsys, "baseline", "b.py")
    Path("b.py").write_text("x = (\n")
    status, out = run(capsys, "baseline", "b.py")
    assert status == cli.ERROR
    assert "syntax-error" in out
    Path("b.py").write_text(OLD)
    assert check(capsys, ".")[0] == 0


def test_rules_that_do_not_run_keep_their_entries(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(OLD)
    run(capsys, "baseline", "a.py")
    assert check(capsys, "--ignore=tensorflow1", "a.py") == (0, [], "no findings in 1 file")
    run(capsys, "baseline", "--ignore=tensorflow1", "a.py")
    run(capsys, "baseline", "--prune", "--select=theano", "a.py")
    assert check(capsys, "a.py") == (0, [], "1 finding in the baseline")


def test_names_of_any_kind(capsys: pytest.CaptureFixture[str]) -> None:
    name = 'ä "\t.py'
    Path(name).write_text(OLD)
    run(capsys, "baseline", ".")
    assert check(capsys, ".")[0] == 0
    assert Baseline.read(Path(NAME)).counts == {Place(name, "tf1-removed-api", "old"): 1}


def git(*arguments: str) -> str:
    identity = ["-c", "user.name=n", "-c", "user.email=e", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *identity, *arguments], check=False, capture_output=True, text=True
    )
    return done.stdout + done.stderr


def test_branches_that_both_add_are_merged(capsys: pytest.CaptureFixture[str]) -> None:
    Path(".git").rmdir()
    git("init")
    Path("m.py").write_text(OLD)
    run(capsys, "baseline", ".")
    git("add", "."), git("commit", "-m", "first"), git("branch", "other")
    for branch, name in (("main", "n.py"), ("other", "o.py")):
        git("checkout", branch)
        Path(name).write_text(OLD)
        run(capsys, "baseline", ".")
        git("add", "."), git("commit", "-m", name)
    assert "CONFLICT" in git("merge", "main")  # Both add behind the same line.
    assert "<<<<<<<" in Path(NAME).read_text()
    assert check(capsys, ".") == (0, [], "3 findings in the baseline")
    run(capsys, "baseline", ".")
    assert "<<<<<<<" not in Path(NAME).read_text()


def test_the_larger_of_two_numbers_counts() -> None:
    entries = ['["a.py", "s", "", 2]', "", "# A comment.", '["a.py", "s", "", 3]']
    Path(NAME).write_text("\n".join(entries))
    assert Baseline.read(Path(NAME)).counts == {Place("a.py", "s", ""): 3}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a.py tf1-session 2", "not a JSON list"),
        ('["a.py", "tf1-session", 2]', "not [path, rule, scope, number]"),
        ('{"a.py": 2}', "not [path, rule, scope, number]"),
        ('["a.py", "s", "", true]', "not [path, rule, scope, number]"),
    ],
)
def test_a_bad_line_is_named(line: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(OLD)
    Path(NAME).write_text(f"# First.\n{line}\n")
    with pytest.raises(BaselineError):
        Baseline.read(Path(NAME))
    with pytest.raises(SystemExit, match="2"):
        cli.main(["check", "a.py"])
    err = capsys.readouterr().err
    assert f"{NAME}:2: {words}" in err
    done = pylint("a.py")
    assert done.returncode == 32
    assert f"{NAME}:2: {words}" in done.stderr


def test_a_baseline_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(OLD)
    with pytest.raises(SystemExit, match="2"):
        cli.main(["check", "--baseline=nowhere", "a.py"])
    assert "nowhere: No such file or directory" in capsys.readouterr().err


# In Pylint


def pylint(*arguments: str) -> subprocess.CompletedProcess[str]:
    options = ["--load-plugins=lintplugin", "--disable=all", "--enable=lintplugin", "--score=n"]
    command = [sys.executable, "-m", "pylint", *options, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("jobs", [1, 2])
def test_pylint_passes_over_the_same(jobs: int, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.py", "b.py"):
        Path(name).write_text(OLD)
    run(capsys, "baseline", ".")
    assert pylint(f"--jobs={jobs}", "a.py", "b.py").stdout == ""
    Path("b.py").write_text(OLD + NEW)
    lines = pylint(f"--jobs={jobs}", "a.py", "b.py").stdout.splitlines()[1:]
    assert [line.split(" ")[0] for line in lines] == ["b.py:9:11:"]
    Path(NAME).rename("elsewhere")
    done = pylint(f"--jobs={jobs}", "--lintplugin-baseline=elsewhere", "a.py", "b.py")
    assert done.stdout.splitlines()[1:] == lines


def test_comments_come_before_the_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    text = OLD.replace("return", "y = tf.log(x)  # pylint: disable=tf1-removed-api\n    return")
    Path("a.py").write_text(text)
    run(capsys, "baseline", ".")
    assert "1]" in Path(NAME).read_text()
    assert check(capsys, "a.py")[0] == 0
    assert pylint("a.py").stdout == ""
    assert "useless-suppression" not in pylint("--enable=useless-suppression", "a.py").stdout


# Comments

PLACES = '''import tensorflow as tf


def f(x, y):
    if x:  # A comment.
        # pylint: disable-next=invalid-name
        Z = tf.log(x)
    text = """
    {}
    """.format(tf.log(x))
    total = 1 + tf.log(y)
    return tf.add(
        tf.log(x),
        tf.sqrt(tf.log(y)), tf.log(tf.log(x)),
    ), total, text, f"{tf.log(x)}"
'''


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_comments_turn_every_finding_off(newline: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_bytes(PLACES.replace("\n", newline).encode())
    before = ast.dump(ast.parse(PLACES))
    status, out = run(capsys, "baseline", "--add-suppressions", "a.py")
    assert (status, out) == (0, "8 findings in 1 file\n")
    data = Path("a.py").read_bytes()
    assert data.count(b"\n") == data.count(newline.encode())
    text = data.decode().replace("\r\n", "\n")
    assert ast.dump(ast.parse(text)) == before
    assert "        # pylint: disable-next=invalid-name,tf1-removed-api\n        Z = " in text
    assert '    """.format(tf.log(x))  # pylint: disable=tf1-removed-api\n' in text
    assert "        # pylint: disable-next=tf1-removed-api\n        tf.log(x),\n" in text
    assert check(capsys, "a.py")[0] == 0
    assert pylint("--enable=useless-suppression,invalid-name", "a.py").stdout == ""
    assert run(capsys, "baseline", "--add-suppressions", "a.py") == (0, "0 findings in 0 files\n")
    assert Path("a.py").read_bytes() == data


def test_where_no_comment_can_stand(capsys: pytest.CaptureFixture[str]) -> None:
    text = "import tensorflow as tf\nx = 1 + \\\n    tf.log(2.0) + \\\n    3\n"
    Path("a.py").write_text(text)
    status, out = run(capsys, "baseline", "--add-suppressions", "a.py")
    assert status == cli.ERROR
    assert "a.py:3:4: unwritable: no place for a comment that turns off tf1-removed-api" in out
    assert Path("a.py").read_text() == text


def test_options_that_do_not_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["baseline", "--add-suppressions", "--prune", "a.py"])
    assert "--add-suppressions writes no baseline" in capsys.readouterr().err
