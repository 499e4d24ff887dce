"""Which files are checked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lintplugin.analysis import Problem
from lintplugin.discovery import discover


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _make(*paths: str) -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()


def _files(*paths: str) -> list[str]:
    found = list(discover(paths))
    assert not [one for one in found if isinstance(one, Problem)]
    return [one.path for one in found if not isinstance(one, Problem)]


def _problems(*paths: str) -> list[tuple[str, str]]:
    return [(one.path, one.message) for one in discover(paths) if isinstance(one, Problem)]


@pytest.mark.parametrize(
    "path",
    [
        ".git/a.py",
        "__pycache__/a.py",
        "env/lib/a.py",
        "conda/lib/a.py",
        "lib/site-packages/a.py",
        "web/node_modules/a.py",
        "notes.txt",
        "a.pyc",
        ".#a.py",
        "a.py/notes.txt",
    ],
)
def test_left_out_of_a_folder(path: str) -> None:
    _make(path, "env/pyvenv.cfg", "conda/conda-meta/history")
    assert _files(".") == []


def test_what_is_named_is_not_left_out() -> None:
    _make(".hidden/a.py", "script", "env/pyvenv.cfg", "env/b.py")
    assert _files(".hidden", "script", "env") == [".hidden/a.py", "script", "env/b.py"]


def test_files_come_once_and_by_name() -> None:
    _make("b.py", "a/z.py", "a/b/c.py", "c.py", "a.py")
    assert _files("c.py", ".", "a", "./a.py") == ["c.py", "a/b/c.py", "a/z.py", "a.py", "b.py"]


def test_named_files_are_marked_also_when_a_folder_holds_them() -> None:
    _make("a/b.py", "a/c.py")
    named = {
        one.path: one.named for one in discover(["a", "a/c.py"]) if not isinstance(one, Problem)
    }
    assert named == {"a/b.py": False, "a/c.py": True}


def test_paths_are_shown_as_pylint_shows_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _make("in/a.py", "out/b.py")
    monkeypatch.chdir(tmp_path / "in")
    assert _files("../in/./a.py", "../out") == ["a.py", str(tmp_path / "out" / "b.py")]


def test_linked_file_comes_once() -> None:
    _make("a.py")
    Path("b.py").symlink_to("a.py")
    assert _files(".") == ["a.py"]
    assert _files("b.py", "a.py") == ["b.py"]


def test_links_to_folders_are_followed_only_when_named() -> None:
    _make("a/b.py")
    Path("a/loop").symlink_to(".")
    Path("linked").symlink_to("a")
    assert _files(".") == ["a/b.py"]
    assert _files("linked") == ["linked/b.py"]


def test_ignored_files_and_folders_are_left_out() -> None:
    _make("a/b.py", "a/c.py", "d.py")
    found = discover([".", "d.py"], lambda path: os.path.basename(path) in {"a", "d.py"})
    assert list(found) == []


@pytest.mark.parametrize("named", [True, False])
def test_dangling_and_cyclic_links(named: bool) -> None:
    Path("dangling.py").symlink_to("gone")
    Path("cyclic.py").symlink_to("cyclic.py")
    found = _problems(*(["cyclic.py", "dangling.py"] if named else ["."]))
    assert found == [
        ("cyclic.py", "link to cyclic.py: Too many levels of symbolic links"),
        ("dangling.py", "link to gone: No such file or directory"),
    ]


def test_missing_path() -> None:
    assert _problems("nowhere.py") == [("nowhere.py", "No such file or directory")]


def test_pipe_is_not_read() -> None:
    os.mkfifo("pipe.py")
    assert _problems("pipe.py") == [("pipe.py", "neither a file nor a folder")]


def test_stubs() -> None:
    _make("a.pyi", "a.py", ".#b.pyi")
    assert _files(".") == ["a.py", "a.pyi"]


def test_notebooks_without_their_checkpoints() -> None:
    _make("a/b.ipynb", "a/.ipynb_checkpoints/b-checkpoint.ipynb", "a/.#c.ipynb")
    assert _files(".") == ["a/b.ipynb"]


def test_unreadable_folder_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    _make("a/b.py", "c/d.py")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path == "./a":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    first, second = discover(["."])
    assert isinstance(first, Problem)
    assert (first.path, first.message) == ("a", "Permission denied")
    assert not isinstance(second, Problem)
    assert second.path == "c/d.py"
