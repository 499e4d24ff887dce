"""A second run prints what the first would, and checks only what it must."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lintplugin import cache as caches
from lintplugin import checking, cli, facts
from lintplugin.analysis import Report
from lintplugin.cache import Cache
from lintplugin.configuration import Configuration

Write = Callable[[dict[str, str]], Path]
Run = Callable[..., list[str]]

_OLD = "import tensorflow as tf\ntf.Session()\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "code").mkdir()
    monkeypatch.chdir(tmp_path / "code")
    monkeypatch.setenv(caches.VARIABLE, str(tmp_path / "cache"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs ``check`` with and without the cache, compares, and says which files were checked."""
    checked: list[str] = []
    check = checking.check_file

    def noted(path: str, configuration: Configuration, *, named: bool) -> Report:
        checked.append(path)
        return check(path, configuration, named=named)

    monkeypatch.setattr(checking, "check_file", noted)

    def run_check(*arguments: str) -> list[str]:
        facts.forget()  # As another process.
        status = cli.main(["check", "--jobs=1", *(arguments or (".",))])
        printed = capsys.readouterr()
        needed = checked.copy()
        checked.clear()
        facts.forget()
        assert cli.main(["check", "--jobs=1", "--no-cache", *(arguments or (".",))]) == status
        assert capsys.readouterr() == printed
        checked.clear()
        return sorted(needed)

    return run_check


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def databases(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "cache" / "pages").iterdir())


def test_what_has_not_changed_is_not_checked_again(run: Run) -> None:
    write(
        {
            "a.py": _OLD,
            "b.py": "x = 1\n",
            "c.py": "import theano\n(",
            "d.py": "import theano\nprint 1",
        }
    )
    assert run() == ["a.py", "b.py", "c.py", "d.py"]
    assert run() == []
    write({"a.py": _OLD.replace("\n", "\n\n"), "e.py": _OLD})
    assert run() == ["a.py", "b.py", "c.py", "d.py", "e.py"]  # There is another module to import.
    write({"a.py": f"{_OLD}tf.Session()\n"})
    assert run() == ["a.py"]
    write({"a.py": _OLD})
    assert run() == ["a.py"]
    assert run() == []


def test_the_time_of_a_file_does_not_matter(run: Run) -> None:
    write({"a.py": _OLD})
    run()
    times = os.stat("a.py").st_mtime_ns
    os.utime("a.py", ns=(1, 1))
    assert run() == []
    write({"a.py": _OLD.replace("Session", "Graph()")})
    os.utime("a.py", ns=(times, times))
    assert run() == ["a.py"]


def test_an_answer_rests_on_the_modules_that_it_was_followed_into(run: Run) -> None:
    write(
        {
            "a.py": "from names import tf\ntf.Session()\n",
            "names.py": "from compat import tf  # tensorflow\n",
            "compat.py": "import tensorflow as tf\n",
            "other.py": _OLD,
        }
    )
    run()
    write({"compat.py": "import tensorflow as tf\nx = 1\n"})
    assert run() == ["a.py", "compat.py", "names.py"]
    write({"compat.py": "tf = None\n"})
    assert run() == ["a.py", "compat.py", "names.py"]
    Path("names.py").unlink()
    assert "a.py" in run()
    write({"names.py": "import tensorflow as tf\n"})
    assert "a.py" in run()
    assert run() == []


def test_an_answer_rests_on_its_callers(run: Run) -> None:
    write(
        {
            "main.py": "import tensorflow as tf\n\n\ndef train(s):\n    s.run(tf.log(1.0))\n",
            "caller.py": "import tensorflow as tf\nfrom main import train\n\ntrain(tf.Session())\n",
            "far/other.py": "x = 1\n",
        }
    )
    run()
    write({"caller.py": "from main import train\n\ntrain(None)\n"})
    assert run() == ["caller.py", "main.py"]
    write({"far/other.py": "x = 2\n"})
    assert run() == ["far/other.py"]  # It imports nothing, now as before.
    write(
        {"far/other.py": "import tensorflow as tf\nfrom main import train\ntrain(tf.Session())\n"}
    )
    assert run() == ["far/other.py", "main.py"]
    assert run() == []


def test_a_folder_that_becomes_a_package(run: Run) -> None:
    write({"p/a.py": "from p.b import tf\ntf.Session()\n", "p/b.py": "import tensorflow as tf\n"})
    run("--output-format=json", "p")
    write({"p/__init__.py": ""})
    assert run("--output-format=json", "p") == ["p/__init__.py", "p/a.py", "p/b.py"]
    assert run("--output-format=json", "p") == []


def test_other_words_are_other_pages(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"a.py": _OLD})
    variants: list[tuple[str, ...]] = [
        (),
        ("--target=tf2", "."),
        ("--ignore=tf1-session", "."),
        ("--allow-compat-v1", "."),
        ("--output-format=json", "."),
        ("--output-format=json,text:out.txt", "."),
        ("a.py",),
        (str(Path("a.py").absolute()), "a.py"),
    ]
    for variant in variants[:-1]:
        assert run(*variant) == ["a.py"]
    for variant in variants:
        assert run(*variant) == []
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert run() == ["a.py"]
    for number, (name, text) in enumerate(
        [
            ("pyproject.toml", "[tool.lintplugin]\ntarget = 'tf2'\n"),
            ("pyproject.toml", "[tool.lintplugin.per-file-ignores]\n'a.py' = 'tf1-session'\n"),
            ("pylintrc", "[MAIN]\ndisable=tf1-session\n"),
            (".lintplugin-baseline", '["a.py", "tf1-session", "", 1]\n'),
            (".lintplugin-baseline", '["a.py", "tf1-session", "", 2]\n'),
        ]
    ):
        Path(name).write_text(text)
        assert run() == ["a.py"], number
        assert run() == []


def test_a_change_of_the_programs_is_another_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"a.py": _OLD})
    run()
    version = caches._version()
    assert version == caches._version()
    assert "evidence.json" in version
    assert "session.py" in version
    monkeypatch.setattr(caches, "_version", lambda: version + "1")
    assert run() == ["a.py"]


def test_what_may_be_otherwise_the_next_time_is_not_kept(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"a.py": _OLD, "b.py": _OLD})
    Path("b.py").write_bytes(b"import theano\0")
    assert run() == ["a.py", "b.py"]
    assert run() == ["b.py"]


def test_only_what_a_branch_brought_is_not_kept(run: Run, tmp_path: Path) -> None:
    for command in ("init -q", "-c user.name=x -c user.email=x commit -q --allow-empty -m x"):
        subprocess.run(["git", *command.split()], check=True)
    write({"a.py": _OLD})
    assert run("--diff=HEAD", ".") == run("--diff=HEAD", ".") == ["a.py"]
    assert not (tmp_path / "cache").exists()


def test_nothing_is_written_where_it_is_turned_off(tmp_path: Path) -> None:
    write({"a.py": _OLD})
    cli.main(["check", "--no-cache", "."])
    assert not (tmp_path / "cache").exists()
    cli.main(["check", "--cache-dir", "../own", "."])
    assert not (tmp_path / "cache").exists()
    assert list((tmp_path / "own").rglob("*.sqlite"))


def test_a_folder_that_cannot_be_written_costs_nothing_else(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write({"a.py": _OLD})
    (tmp_path / "cache").write_text("a file")
    assert run() == run() == ["a.py"]
    assert cli.main(["check", "--cache-dir", str(tmp_path / "cache"), "."]) == cli.FINDINGS
    assert "no cache in" in capsys.readouterr().err


@pytest.mark.parametrize("size", [0, 5000, 30])
def test_a_broken_database_is_begun_anew(run: Run, tmp_path: Path, size: int) -> None:
    write({f"{number}.py": _OLD for number in range(9)})
    run()
    (file,) = databases(tmp_path)
    data = file.read_bytes()
    file.write_bytes(data[:size] + b"\xff" * 2000 + data[size + 2000 :])
    run()
    run()
    assert run() == []


@pytest.mark.parametrize(
    "change",
    ["UPDATE pages SET rest = '{'", "UPDATE pages SET rest = '[1]'", "DELETE FROM facts"],
)
def test_a_page_that_is_broken_is_made_again(run: Run, tmp_path: Path, change: str) -> None:
    write({"a.py": _OLD})
    run()
    (file,) = databases(tmp_path)
    with sqlite3.connect(file) as database:
        database.execute(change)
    assert run() == ["a.py"]
    run()
    assert run() == []


def test_a_database_does_not_grow_for_ever(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"a.py": _OLD})
    run()
    (file,) = databases(tmp_path)
    old = file.with_name("old.sqlite")
    old.write_bytes(b"")
    os.utime(old, (1, 1))
    monkeypatch.setattr(caches, "_MOST_BYTES", 10)
    assert run() == ["a.py"]
    assert databases(tmp_path) == [file]


def test_names_that_are_no_text(run: Run) -> None:
    name = os.fsdecode(b"\xff.py")
    write({name: _OLD, "h\N{LATIN SMALL LETTER E WITH ACUTE}.py": _OLD})
    assert len(run()) == 2
    assert run() == []


def test_pages_that_wait_are_few(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caches, "_CHUNK", 3)
    monkeypatch.setattr(caches, "_MOST_WAITING", 4)
    write({f"{number:02}.py": _OLD for number in range(30)})
    run()
    for name in ("00.py", "11.py", "12.py", "29.py"):
        write({name: f"{_OLD}\n"})
    assert run() == ["00.py", "11.py", "12.py", "29.py"]


def test_pages_of_processes_are_kept(run: Run) -> None:
    write({f"{number:02}.py": _OLD for number in range(40)})
    run("--jobs=2", ".")
    assert run() == []


_SLOW = """
import sys, time
from lintplugin import cache, checking, cli
cache._OFTEN = 0
check = checking.check_file
def slow(path, configuration, *, named):
    if path == "20.py":
        print("at 20", file=sys.stderr, flush=True)
        time.sleep(600)
    return check(path, configuration, named=named)
checking.check_file = slow
cli.main(["check", "--jobs=1", "."])
"""


@pytest.fixture
def stuck() -> Iterator[subprocess.Popen[str]]:
    """A run that stands at its 21st file."""
    write({f"{number:02}.py": _OLD for number in range(30)})
    process = subprocess.Popen(
        [sys.executable, "-c", _SLOW],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "at 20\n"
    yield process
    process.kill()
    process.communicate()


def test_a_run_that_is_killed_leaves_what_it_had(run: Run, stuck: subprocess.Popen[str]) -> None:
    stuck.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    stuck.wait()
    assert run() == [f"{number:02}.py" for number in range(20, 30)]
    assert run() == []


def test_runs_at_once(run: Run, stuck: subprocess.Popen[str]) -> None:
    assert run() == [f"{number:02}.py" for number in range(20, 30)]
    one, other = (Cache(None, "x") for _ in range(2))
    assert one.is_usable
    assert other.is_usable
    assert stuck.poll() is None
