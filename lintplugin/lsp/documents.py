"""The text of an open document, and its positions as the client counts them.

Positions of the protocol are lines from 0 and code units of the negotiated encoding, which is
UTF-16 unless both sides know another; a line ends with ``\\n``, ``\\r\\n`` or ``\\r``. pygls keeps
documents, too, but ends a line also at a form feed and at other separators, which are part of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from lsprotocol import types
from pygls.uris import to_fs_path

from lintplugin import rules
from lintplugin.source import Source

Change = types.TextDocumentContentChangeEvent

# JSON can hold half of a pair, Python's parser cannot read it. One unit of UTF-16, as what it was.
_HALF_OF_A_PAIR = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Document:
    """One version of an open document.

    :param uri: as the client writes it.
    :param version: the client's number; None where it gives none.
    :param language: the client's name of the language.
    :param encoding: how the client counts columns.
    """

    uri: str
    version: int | None
    language: str
    text: str
    encoding: types.PositionEncodingKind | str = types.PositionEncodingKind.Utf16

    def __post_init__(self) -> None:
        if not self.text.isascii():
            object.__setattr__(self, "text", _HALF_OF_A_PAIR.sub("\ufffd", self.text))

    @property
    def path(self) -> str | None:
        """Its file, None when it is not saved anywhere."""
        return to_fs_path(self.uri)

    @property
    def module(self) -> str:
        """The last part of the name by which other modules import it."""
        folder, file = os.path.split(self.path or self.uri)
        stem = os.path.splitext(file)[0]
        return os.path.basename(folder) if stem == "__init__" else stem

    @property
    def holds_settings(self) -> bool:
        """Whether it is no program but one of the other files that rules read."""
        return os.path.basename(self.path or "") in rules.files()

    @property
    def is_read(self) -> bool:
        """Whether there is anything to look for in it."""
        return self.language == "python" or self.holds_settings

    @cached_property
    def _source(self) -> Source:
        return Source(self.path or self.uri, self.text)

    def changed(self, version: int | None, changes: Sequence[Change]) -> Document:
        """The document after changes, each of the whole text or of a range of what precedes it."""
        document = self
        for change in changes:
            text = change.text
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = (
                    document.offset(one) for one in (change.range.start, change.range.end)
                )
                text = document.text[:start] + text + document.text[end:]
            document = replace(document, text=text)
        return replace(document, version=version)

    def offset(self, position: types.Position) -> int:
        """Offset of a position; one past the end of a line or of the text is that end."""
        source = self._source
        if position.line >= source.line_count:
            return len(source.text)
        line = source.line(position.line + 1)
        return source.line_start(position.line + 1) + self._column(line, position.character)

    def position(self, offset: int) -> types.Position:
        """Position of an offset."""
        line, column = self._source.position(offset)
        before = self._source.line(line)[:column]
        return types.Position(line - 1, self._units(before))

    def range(self, start: int, end: int) -> types.Range:
        """Range of two offsets."""
        return types.Range(self.position(start), self.position(end))

    def _units(self, text: str) -> int:
        if text.isascii() or self.encoding == types.PositionEncodingKind.Utf32:
            return len(text)
        if self.encoding == types.PositionEncodingKind.Utf8:
            return len(text.encode())
        return len(text.encode("utf-16-le")) // 2

    def _column(self, line: str, units: int) -> int:
        """The character column of a column in code units; within a character, its start."""
        if line.isascii() or self.encoding == types.PositionEncodingKind.Utf32:
            return min(units, len(line))
        codec, size = ("utf-8", 1) if self.encoding == "utf-8" else ("utf-16-le", 2)
        return len(line.encode(codec)[: units * size].decode(codec, "ignore"))
