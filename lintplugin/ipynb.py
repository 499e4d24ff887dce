"""The JSON text of a notebook: where its code cells are, and how they are written back in place.

Not by nbformat, which writes all of a file anew: what is not code has to stay byte for byte.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

_SPACE = re.compile(r"[ \t\r\n]*")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u[\da-fA-F]{4}|\\.|.", re.DOTALL
)
_ESCAPED = re.compile(r"(?<!\\)(?:\\\\)*\\u(?!00[0-7])[\da-fA-F]{4}")
_DECODER = json.JSONDecoder()


class CodeCell(NamedTuple):
    """A code cell of a file.

    :param number: its place among all cells, from 1.
    :param strings: where its source is in the JSON text: one string, or one for each line.
    :param around: where the list of these strings is; None for one string.
    """

    number: int
    text: str
    strings: tuple[tuple[int, int], ...]
    around: tuple[int, int] | None


class NoNotebookError(Exception):
    """A text that is no notebook; the message is for the user.

    :param line: line from 1.
    """

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def code_cells(raw: str) -> Iterator[CodeCell]:
    """The code cells of a notebook in Python; none of one in another language.

    :raises NoNotebookError: when the text is none of version 3 or 4 of the format.
    """
    try:
        yield from _cells(raw)
    except json.JSONDecodeError as error:
        words = f"not JSON: {error.msg} (column {error.colno})"
        raise NoNotebookError(words, error.lineno) from error
    except RecursionError as error:
        raise NoNotebookError("nested too deeply") from error


def _cells(raw: str) -> Iterator[CodeCell]:
    document, end = _DECODER.raw_decode(raw, _after_space(raw, 0))
    if _after_space(raw, end) != len(raw):
        raise json.JSONDecodeError("Extra data", raw, end)
    if not isinstance(document, dict):
        raise NoNotebookError("no JSON object")
    if not _is_python(document.get("metadata")):
        return
    if isinstance(document.get("cells"), list):
        lists = [dict(_members(raw, 0))["cells"]]
    elif isinstance(document.get("worksheets"), list):  # Version 3.
        sheets = _items(raw, dict(_members(raw, 0))["worksheets"][0])
        lists = [members["cells"] for start, _ in sheets if (members := dict(_members(raw, start)))]
    else:
        raise NoNotebookError("no cells")
    number = 0
    for start, _ in lists:
        for cell_start, _ in _items(raw, start):
            number += 1
            cell, _ = _DECODER.raw_decode(raw, cell_start)
            if not isinstance(cell, dict):
                raise NoNotebookError(f"cell {number} is no JSON object")
            if cell.get("cell_type") == "code" and _is_python(cell.get("metadata")):
                yield _code_cell(raw, number, cell, dict(_members(raw, cell_start)))


def _code_cell(
    raw: str, number: int, cell: dict[str, Any], members: dict[str, tuple[int, int]]
) -> CodeCell:
    key = "input" if "input" in cell else "source"
    source = cell.get(key)
    if isinstance(source, str):
        return CodeCell(number, source, (members[key],), None)
    if isinstance(source, list) and all(isinstance(one, str) for one in source):
        strings = tuple(_items(raw, members[key][0]))
        return CodeCell(number, "".join(source), strings, members[key])
    raise NoNotebookError(f"cell {number} has no source")


def _is_python(metadata: object) -> bool:
    """Whether the metadata of a notebook, or of a cell, name no other language."""
    if not isinstance(metadata, dict):
        return True
    for name, key in (
        ("language_info", "name"),
        ("kernelspec", "language"),
        ("vscode", "languageId"),
    ):
        stated = metadata.get(name)
        language = stated.get(key) if isinstance(stated, dict) else None
        if isinstance(language, str) and language:
            return language.lower().startswith(("python", "ipython"))
    return True


def _after_space(raw: str, at: int) -> int:
    found = _SPACE.match(raw, at)
    return found.end() if found is not None else at


def _items(raw: str, at: int) -> Iterator[tuple[int, int]]:
    """Ranges of the values in the JSON list that begins at an offset."""
    at = _after_space(raw, at + 1)
    while raw[at] != "]":
        _, end = _DECODER.raw_decode(raw, at)
        yield at, end
        at = _after_space(raw, end)
        if raw[at] == ",":
            at = _after_space(raw, at + 1)


def _members(raw: str, at: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Keys of the JSON object that begins at an offset, with the ranges of their values."""
    at = _after_space(raw, raw.index("{", at) + 1)
    while raw[at] != "}":
        key, end = _DECODER.raw_decode(raw, at)
        start = _after_space(raw, raw.index(":", end) + 1)
        _, end = _DECODER.raw_decode(raw, start)
        yield key, (start, end)
        at = _after_space(raw, end)
        if raw[at] == ",":
            at = _after_space(raw, at + 1)


def offsets(raw: str, cell: CodeCell) -> list[int]:
    """Where each character of a cell is in the JSON text, and where its last string ends."""
    found = [
        match.start()
        for start, end in cell.strings
        for match in _CHARACTER.finditer(raw, start + 1, end - 1)
    ]
    return [*found, cell.strings[-1][1] - 1 if cell.strings else 0]


class Writer:
    """Writes cells into the JSON text of a notebook, in the style that it has."""

    def __init__(self, raw: str, cells: Sequence[CodeCell]) -> None:
        self._raw = raw
        self._cells = cells
        self._ascii = raw.isascii() and _ESCAPED.search(raw) is not None

    def write(self, changed: dict[int, str]) -> str:
        """The JSON text with the texts of some cells."""
        pieces = []
        last = 0
        for cell in self._cells:
            if cell.number not in changed:
                continue
            start, end = cell.around or cell.strings[0]
            new = changed[cell.number]
            pieces += [self._raw[last:start], self._string(new) if cell.around is None else ""]
            if cell.around is not None:
                pieces.append(self._list(cell, new))
            last = end
        return "".join([*pieces, self._raw[last:]])

    def _string(self, text: str) -> str:
        return json.dumps(text, ensure_ascii=self._ascii)

    def _list(self, cell: CodeCell, text: str) -> str:
        """The list of the lines of a cell; a line that stays is written as it was."""
        lines = _LINES.findall(text)
        if not lines:
            return "[]"
        kept = [self._raw[start:end] for start, end in cell.strings]
        old = [json.loads(one) for one in kept]
        written: list[str] = []
        matcher = difflib.SequenceMatcher(None, old, lines, autojunk=False)
        for kind, first, last, start, end in matcher.get_opcodes():
            written += kept[first:last] if kind == "equal" else map(self._string, lines[start:end])
        opening, between, closing = self._style(cell)
        return f"{opening}{between.join(written)}{closing}"

    def _style(self, cell: CodeCell) -> tuple[str, str, str]:
        """What stands before, between and behind the lines of a cell, else of another one."""
        styles = []
        for one in (cell, *self._cells):
            if one.around is not None and one.strings:
                (first, end_of_first), (_, end) = one.strings[0], one.strings[-1]
                opening = self._raw[one.around[0] : first]
                second = one.strings[1][0] if len(one.strings) > 1 else None
                between = self._raw[end_of_first:second] if second else f",{opening[1:]}"
                styles.append((opening, between, self._raw[end : one.around[1]]))
        return styles[0] if styles else ("[", ", ", "]")
