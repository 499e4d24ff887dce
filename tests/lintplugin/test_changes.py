"""Findings that a change brought."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lintplugin import cli

OLD = "import tensorflow as tf\n\n\ndef old(x):\n    return tf.log(x)\n"


def git(*arguments: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=e", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git("init")
    Path("a.py").write_text(OLD)
    Path("other.py").write_text(OLD)
    git("add", ".")
    git("commit", "-m", "first")


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    capsys.readouterr()
    cli.main(["check", "--output-format=github", *(arguments or (".", "--diff", "HEAD"))])
    return [
        f"{line.split('file=')[1].split(',')[0]}:{line.split('line=')[1].split(',')[0]}"
        for line in capsys.readouterr().out.splitlines()
    ]


def test_nothing_changed(capsys: pytest.CaptureFixture[str]) -> None:
    assert found(capsys, ".") == ["a.py:5", "other.py:5"]
    assert found(capsys) == []


def test_moved_lines_are_no_change(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(OLD.replace("\n\n\n", "\n\nVALUE = 1\n\n\n"))
    assert found(capsys) == []


def test_changed_and_new_lines(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(OLD + "\n\ndef new(x):\n    return tf.log(x)\n")
    Path("other.py").write_text(OLD.replace("log(x)", "log(x + 1)"))
    assert found(capsys) == ["a.py:9", "other.py:5"]
    assert found(capsys, "a.py", "--diff", "HEAD") == ["a.py:9"]


def test_a_line_that_another_change_made_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    text = OLD.replace("import tensorflow as tf", "from own import tf")
    Path("a.py").write_text(text)
    git("commit", "-am", "no TensorFlow")
    Path("a.py").write_text(OLD)
    assert found(capsys) == ["a.py:5"]


def test_new_renamed_and_removed_files(capsys: pytest.CaptureFixture[str]) -> None:
    git("mv", "a.py", "b c.py")
    Path("other.py").unlink()
    Path("new.py").write_text(OLD)
    Path("ignored.py").write_text(OLD)
    Path(".gitignore").write_text("ignored.py\n")
    assert found(capsys) == ["new.py:5"]


def test_the_merge_base_counts(capsys: pytest.CaptureFixture[str]) -> None:
    git("checkout", "-b", "topic")
    Path("a.py").write_text(OLD + "    tf.log(x)\n")
    git("commit", "-am", "topic")
    git("checkout", "main")
    Path("other.py").write_text("")
    git("commit", "-am", "main")
    git("checkout", "topic")
    assert found(capsys, ".", "--diff", "main") == ["a.py:6"]


def test_from_a_folder_below(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("src").mkdir()
    git("mv", "a.py", "src/a.py")
    git("commit", "-m", "moved")
    monkeypatch.chdir("src")
    Path("a.py").write_text(OLD + "    tf.log(x)\n")
    assert found(capsys) == ["a.py:6"]
    assert found(capsys, "..", "--diff", "HEAD", "--jobs=2") == ["a.py:6"]


def test_what_was_no_python_before(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text("x = (\n" + OLD)
    Path("other.py").write_bytes(b"\xff")
    git("commit", "-am", "broken")
    Path("a.py").write_text(OLD)
    Path("other.py").write_text(OLD)
    assert found(capsys) == ["a.py:5", "other.py:5"]


def test_with_a_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["baseline", "a.py"])
    Path("a.py").write_text(OLD + "    tf.log(x)\n")
    Path("other.py").write_text(OLD + "    tf.log(x)\n")
    assert found(capsys) == ["a.py:6", "other.py:6"]
    cli.main(["check", ".", "--diff", "HEAD"])
    assert "gone" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("revision", "words"),
    [("nowhere", "Not a valid object name nowhere"), ("--all", "not a revision")],
)
def test_no_such_revision(revision: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["check", "a.py", f"--diff={revision}"])
    assert f"--diff {revision}: " in (err := capsys.readouterr().err)
    assert words in err


def test_no_repository(
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("plain"))
    Path("a.py").write_text(OLD)
    with pytest.raises(SystemExit, match="2"):
        cli.main(["check", "a.py", "--diff", "HEAD"])
    assert "not a git repository" in capsys.readouterr().err


def test_git_runs_nothing_that_the_repository_configures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    trap = "touch trapped"
    git("config", "core.fsmonitor", trap)
    git("config", "diff.external", trap)
    git("config", "diff.trap.textconv", trap)
    Path(".gitattributes").write_text("*.py diff=trap\n")
    Path("a.py").write_text(OLD + "    tf.log(x)\n")
    assert found(capsys) == ["a.py:6"]
    assert not Path("trapped").exists()
