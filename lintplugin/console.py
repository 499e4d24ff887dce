"""Lines for a terminal, in colour where it shows colours, and the same lines plain elsewhere."""

from __future__ import annotations

import copy
import os
import sys
import unicodedata
from collections.abc import Callable
from typing import TextIO

#: A piece of a line: plain text, or text with a style in rich's words.
Piece = str | tuple[str, str]

Paint = Callable[[str, str], str]


class Console:
    """Writes lines to a stream, the standard output by default."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self._paint = _painter(self.stream)

    @property
    def in_colour(self) -> bool:
        return self._paint is not None

    def onto(self, stream: TextIO) -> Console:
        """One that writes to another stream what this one would write."""
        other = copy.copy(self)
        other.stream = stream
        return other

    def line(self, *pieces: Piece) -> None:
        """Write one line. Control characters in it are shown, never sent to the terminal."""
        self.stream.write(self.line_of(*pieces))

    def line_of(self, *pieces: Piece) -> str:
        """The line that :meth:`line` writes."""
        if self._paint is None:
            plain = (piece if isinstance(piece, str) else piece[0] for piece in pieces)
            return printable("".join(plain)) + "\n"
        written = []
        for piece in pieces:
            text, style = (piece, "") if isinstance(piece, str) else piece
            text = printable(text)
            written.append(self._paint(text, style) if style else text)
        return "".join(written) + "\n"

    def markdown(self, text: str) -> None:
        """Write Markdown: rendered in colour, as it is elsewhere."""
        if not self.in_colour:
            self.stream.write(text)
            return
        from rich.console import Console as RichConsole
        from rich.markdown import Markdown

        RichConsole(file=self.stream).print(Markdown(text, hyperlinks=False))


def _painter(stream: TextIO) -> Paint | None:
    """What puts text in colour; None where ``NO_COLOR``, ``TERM`` or the stream rule it out.

    The decision is rich's, which is not imported for a pipe.
    """
    if not (stream.isatty() or os.environ.get("FORCE_COLOR")):
        return None
    from rich.console import COLOR_SYSTEMS
    from rich.console import Console as RichConsole
    from rich.style import Style

    console = RichConsole(file=stream)
    if console.color_system is None or console.no_color:
        return None
    system = COLOR_SYSTEMS[console.color_system]
    return lambda text, style: Style.parse(style).render(text, color_system=system)


def printable(text: str) -> str:
    """The text with control characters replaced: a linted file must not drive the terminal."""
    if text.isprintable():
        return text
    return "".join(map(_printable, text))


def _printable(char: str) -> str:
    if char == "\t":
        return "    "
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) in _CONTROLS else char


# Control, format (which holds the marks that reverse the order of text), surrogate, line and
# paragraph separator.
_CONTROLS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def width(text: str) -> int:
    """Columns that printable text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def plural(count: int, noun: str, many: str = "") -> str:
    """``1 file``, ``2 files``; the plural adds an s unless it is given."""
    return f"{count} {noun if count == 1 else many or noun + 's'}"
