"""Lines in colour and plain."""

from __future__ import annotations

import io

import pytest

from lintplugin.console import Console, plural, printable, width


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _written(stream: io.StringIO) -> str:
    Console(stream).line("a ", ("b", "bold red"))
    return stream.getvalue()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_plain_when_piped() -> None:
    assert _written(io.StringIO()) == "a b\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_plain_in_a_terminal_that_is_told_so(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert _written(_Terminal()) == "a b\n"


def test_colour_in_a_terminal() -> None:
    assert _written(_Terminal()) == "a \x1b[1;31mb\x1b[0m\n"


def test_colour_in_a_pipe_that_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1;31mb" in _written(io.StringIO())


def test_markdown_is_plain_when_piped_and_rendered_in_a_terminal() -> None:
    pipe, terminal = io.StringIO(), _Terminal()
    Console(pipe).markdown("# a `b`\n")
    Console(terminal).markdown("# a `b`\n")
    assert pipe.getvalue() == "# a `b`\n"
    assert "`" not in terminal.getvalue()


@pytest.mark.parametrize("text", ["", "plain", "é 日本 \N{SNOWMAN}", "\N{NO-BREAK SPACE}"])
def test_printable_text_stays(text: str) -> None:
    assert printable(text) == text


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert printable("\x1b[2J\t\x0c\u202e\u2028\udc80") == "�[2J    ����"


@pytest.mark.parametrize(("text", "columns"), [("ab", 2), ("é", 1), ("e\u0301", 1), ("日本", 4)])
def test_width(text: str, columns: int) -> None:
    assert width(text) == columns


def test_plural() -> None:
    assert [plural(1, "file"), plural(2, "file"), plural(0, "fix", "fixes")] == [
        "1 file",
        "2 files",
        "0 fixes",
    ]
