"""The bar of a long run, in a terminal that a test reads."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lintplugin import progress

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")

_PROGRAM = """
import sys
from lintplugin import cli, progress
progress._LONG = progress._STEP = 0.0
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.fixture(autouse=True)
def _here(write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"{number:02}.py": "x = 1\n" for number in range(5)}
    monkeypatch.chdir(write({**files, "02.py": "import theano.tensor as T\nT.dot(1, 2)\n"}))


def _run(*arguments: str, stdout: int | None = None) -> tuple[str, str]:
    """What a terminal gets from a run, and what is piped from its standard output."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs if stdout is None else stdout,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    os.close(theirs)
    seen = b"".join(_read(ours))
    piped = process.communicate()[0] or b""
    os.close(ours)
    return seen.decode(), piped.decode()


def _read(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            data = os.read(terminal, 1 << 16)
        except OSError:  # So Linux says that the other side is closed.
            return
        if not data:
            return
        yield data


def test_no_terminal_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    files = iter(range(3))
    results = progress.followed(files, lambda found: (2 * one for one in found), bool)
    assert next(results) == 0
    assert next(files) == 1  # Nobody looked ahead.
    assert list(results) == [4]
    assert capsys.readouterr() == ("", "")


def test_a_short_run_shows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_progress", None)
    bar = progress.Bar(10)
    bar.advance()
    bar.clear()


def test_the_bar_is_on_the_standard_error_alone() -> None:
    plain = subprocess.run(
        [sys.executable, "-m", "lintplugin", "check", "."],
        capture_output=True,
        text=True,
        check=False,
    )
    assert plain.stderr == ""
    seen, piped = _run("check", ".", stdout=subprocess.PIPE)
    assert piped == plain.stdout
    assert "3/5" in seen
    assert "dot" not in seen
    assert seen.rstrip("\r\n").endswith("\x1b[2K")  # The line of the bar is erased at the end.


@pytest.mark.parametrize("command", ["check", "fix --target=torch --diff", "baseline"])
def test_what_is_printed_meanwhile_stands_on_lines_of_its_own(command: str) -> None:
    seen, _ = _run(*command.split(), ".")
    assert "5/5" in seen
    for line in re.split(r"[\r\n]+", seen):
        assert not ("files" in line and "theano" in line)
