"""Text of a file, and the three ways its positions are counted.

* *offset*: index of a character in :attr:`Source.text`; what edits use.
* *line, column*: line from 1, column in characters from 0; what findings and JSON use.
* *line, byte column*: what Python's parser, astroid and Pylint use: UTF-8 bytes of the decoded
  line, whatever the encoding of the file (``ast`` documentation, ``col_offset``).
"""

from __future__ import annotations

import bisect
import codecs
import contextlib
import io
import itertools
import operator
import re
import tokenize
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Protocol

from lintplugin import facts

# Not str.splitlines(), which also splits on form feeds, U+2028 and others that Python's parser
# takes as part of a line.
_LINE_END = re.compile(r"\r\n|\r|\n")


#: How the names of notebooks end.
NOTEBOOK = ".ipynb"


class UnreadableSource(Exception):
    """A file that cannot be turned into text; the message is one line for the user."""

    def __init__(self, path: str, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.line = line


class Positioned(Protocol):
    """An astroid node with a position."""

    lineno: int | None
    col_offset: int | None
    end_lineno: int | None
    end_col_offset: int | None


class Span(NamedTuple):
    """A range of text: lines from 1, columns in characters from 0, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Place(NamedTuple):
    """A line as its reader counts it: of a file, or of a cell of a notebook, both from 1."""

    cell: int | None
    line: int

    def __str__(self) -> str:
        return f"{self.line}" if self.cell is None else f"cell {self.cell}:{self.line}"


class Broken(NamedTuple):
    """A cell that is no Python: where, with a column of characters from 0, and why."""

    cell: int
    line: int
    column: int
    message: str


@dataclass(frozen=True)
class Source:
    """Decoded text with all that is needed to write it back byte for byte.

    :param text: the decoded text with its own line ends and without a byte order mark.
    :param encoding: the codec named by PEP 263, ``utf-8`` without a declaration.
    :param bom: whether the file began with a UTF-8 byte order mark.
    """

    path: str
    text: str
    encoding: str = "utf-8"
    bom: bool = False

    @classmethod
    def read(cls, path: str | Path) -> Source:
        """Read and decode a file.

        :raises UnreadableSource: when it cannot be opened or is not text in its encoding.
        """
        try:
            data = facts.read(path)
        except OSError as error:
            raise UnreadableSource(str(path), error.strerror or str(error)) from error
        return cls.decode(data, str(path))

    @classmethod
    def decode(cls, data: bytes, path: str) -> Source:
        """Decode as Python does: byte order mark, then PEP 263, then UTF-8; a notebook as JSON.

        :raises UnreadableSource: for null bytes, an unknown encoding or bytes it cannot decode.
        """
        if path.endswith(NOTEBOOK):
            from lintplugin.notebooks import Notebook

            return Notebook.decode(data, path)
        null = data.find(b"\0")
        if null >= 0:
            line = data.count(b"\n", 0, null) + 1
            raise UnreadableSource(path, "null byte: not Python source text", line)
        bom = data.startswith(codecs.BOM_UTF8)
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        except SyntaxError as error:
            raise UnreadableSource(path, str(error.msg or error)) from error
        codec = "utf-8" if bom else encoding
        try:
            text = data[len(codecs.BOM_UTF8) if bom else 0 :].decode(codec)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise UnreadableSource(path, f"not {codec}: {error.reason}", line) from error
        except (LookupError, UnicodeError) as error:  # rot13 and others that encode no text
            raise UnreadableSource(path, str(error)) from error
        return cls(path, text, codec, bom)

    def encode(self, text: str) -> bytes:
        """Bytes of ``text`` in the encoding of this file.

        :raises UnicodeEncodeError: when the encoding lacks a character of ``text``.
        """
        return (codecs.BOM_UTF8 if self.bom else b"") + text.encode(self.encoding)

    def place(self, line: int) -> Place:
        """A line of the text as the user counts it."""
        return Place(None, line)

    def line_at(self, place: Place) -> int:
        """The line of the text that the user counts so."""
        return place.line

    @property
    def broken(self) -> Sequence[Broken]:
        """Parts that are left out of the text, since nothing in them can be read."""
        return ()

    def is_code(self, line: int) -> bool:
        """Whether a line of the text is one that the user wrote in Python."""
        return True

    def refusal(self, text: str) -> str:
        """Why a changed text, which parses, cannot be written back; empty when it can."""
        return ""

    def as_file(self) -> Source:
        """The text as those see it who know no cells."""
        return self

    def file_position(self, line: int, column: int) -> tuple[int, int]:
        """Line and character column of a place of the text in :meth:`as_file`."""
        return line, column

    def excerpt(self, line: int) -> str:
        """A line (from 1) as it is shown to the user."""
        return self.line(line)

    def keeps(self, text: str) -> bool:
        """Whether the file, written with a text, reads as that text: it may name its encoding.

        :raises UnicodeError: when the encoding lacks a character of ``text``.
        :raises UnreadableSource: when it would read as none.
        """
        return Source.decode(self.encode(text), self.path).text == text

    @cached_property
    def _starts(self) -> list[int]:
        if "\r" in self.text:
            return [0, *(match.end() for match in _LINE_END.finditer(self.text))]
        lengths = map(len, self.text.split("\n"))
        return [0, *map(operator.add, itertools.accumulate(lengths), itertools.count(1))][:-1]

    @cached_property
    def _is_ascii(self) -> bool:
        return self.text.isascii()

    @cached_property
    def _byte_columns_by_line(self) -> dict[int, Sequence[int]]:
        return {}

    def _byte_columns(self, line: int) -> Sequence[int]:
        """The byte column of each character of a line and of its end, kept for the next look."""
        known = self._byte_columns_by_line
        if line not in known:
            text = self.line(line)
            if text.isascii():
                known[line] = range(len(text) + 1)
            else:
                sizes = (len(char.encode()) for char in text)
                known[line] = array("L", itertools.accumulate(sizes, initial=0))
        return known[line]

    @cached_property
    def newline(self) -> str:
        """The line end of the first line, ``\\n`` when there is none."""
        match = _LINE_END.search(self.text)
        return match.group() if match else "\n"

    @property
    def line_count(self) -> int:
        return len(self._starts)

    def line(self, number: int) -> str:
        """Text of a line (from 1) without its line end."""
        starts = self._starts
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def line_start(self, number: int) -> int:
        """Offset at which a line (from 1) begins; the end of the text past the last line."""
        return self._starts[number - 1] if number <= len(self._starts) else len(self.text)

    def offset(self, line: int, column: int) -> int:
        """Offset of a line and character column."""
        return self._starts[line - 1] + column

    def offset_of_bytes(self, line: int, byte_column: int) -> int:
        """Offset of a line and byte column, as astroid gives them."""
        start = self._starts[line - 1]
        if self._is_ascii:
            return start + byte_column
        return start + bisect.bisect_left(self._byte_columns(line), byte_column)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and character column of an offset."""
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1]

    def byte_column(self, line: int, column: int) -> int:
        """The UTF-8 byte column of a character column."""
        return column if self._is_ascii else self._byte_columns(line)[column]

    def start(self, node: Positioned) -> int:
        """Offset of the first character of a node."""
        return self.offset_of_bytes(node.lineno or 1, node.col_offset or 0)

    def end(self, node: Positioned) -> int:
        """Offset after the last character of a node."""
        return self.offset_of_bytes(
            node.end_lineno or node.lineno or 1, node.end_col_offset or node.col_offset or 0
        )

    def segment(self, node: Positioned) -> str:
        """Source text of a node."""
        return self.text[self.start(node) : self.end(node)]

    def span(self, node: Positioned) -> Span:
        """Span of a node."""
        return self.span_of(self.start(node), self.end(node))

    def span_of(self, start: int, end: int) -> Span:
        """Span of a range of offsets."""
        return Span(*self.position(start), *self.position(end))

    @cached_property
    def tokens(self) -> Sequence[tokenize.TokenInfo]:
        """Tokens with character columns; made once, only when a finding or an edit needs them."""
        return _tokens(self.text)

    @cached_property
    def comments(self) -> Sequence[tuple[int, int, str]]:
        """Comments as (start, end, text), in order."""
        return [
            (self.offset(*token.start), self.offset(*token.end), token.string)
            for token in self.tokens
            if token.type == tokenize.COMMENT
        ]

    def comments_within(self, start: int, end: int) -> list[str]:
        """Comments in the expression or the statements of a range of offsets."""
        text = self.text[start:end]
        if "#" not in text:
            return []
        # In parentheses, so that neither its lines nor its indentation mean anything.
        return [one.string for one in _tokens(f"({text}\n)") if one.type == tokenize.COMMENT]


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    """Tokens of a text, up to what tokenize cannot read although the parser can."""
    # tokenize wants \n; making one of \r\n and of a lone \r moves no line or column.
    lines = io.StringIO(_LINE_END.sub("\n", text))
    tokens: list[tokenize.TokenInfo] = []
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        tokens.extend(tokenize.generate_tokens(lines.readline))
    return tokens
