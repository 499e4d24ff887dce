"""Notebooks: their code cells as one text, in order, and a changed text back in its cells.

The text is that of the code cells, each but the first below ``# %% cell N`` and a blank line, which
keeps that comment from being one of the next statement. N counts all cells from 1, as Ruff does. It
also says what of a changed text belongs where: a change that loses or moves one is refused. Only
the JSON strings of changed lines are written.
"""

from __future__ import annotations

import bisect
import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from lintplugin.ipynb import CodeCell, NoNotebookError, Writer, code_cells, offsets
from lintplugin.magics import HIDDEN, Hider
from lintplugin.source import Broken, Place, Source, UnreadableSource

_MARK = "# %% cell "


class Placed(NamedTuple):
    """A cell in the text: its number, its first line, and its range of offsets."""

    number: int
    line: int
    start: int
    end: int


@dataclass(frozen=True)
class Notebook(Source):
    """The code of a notebook as one text.

    :param raw: the JSON text; empty when the cells came from an editor.
    :param code: the code cells of the file.
    :param mark: what begins the line above a cell, before its number.
    :param hidden: lines that are no Python, see :mod:`lintplugin.magics`.
    :param left_out: cells that are no Python at all.
    """

    raw: str = ""
    code: tuple[CodeCell, ...] = ()
    mark: str = _MARK
    hidden: tuple[str, ...] = ()
    left_out: tuple[Broken, ...] = ()

    @property
    def broken(self) -> Sequence[Broken]:
        """The cells that are left out."""
        return self.left_out

    @classmethod
    def decode(cls, data: bytes, path: str) -> Notebook:
        """Read the JSON of a notebook, of version 3 or 4 of its format.

        :raises UnreadableSource: when it is none.
        """
        bom = data.startswith(codecs.BOM_UTF8)
        try:
            raw = data.decode("utf-8-sig")
            cells = tuple(code_cells(raw))
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise UnreadableSource(
                path, f"not a notebook: not UTF-8: {error.reason}", line
            ) from error
        except NoNotebookError as error:
            raise UnreadableSource(path, f"not a notebook: {error}", error.line) from error
        return cls._of(path, cells, raw, bom)

    @classmethod
    def of_cells(cls, path: str, cells: Iterable[tuple[int, str]]) -> Notebook:
        """A notebook that an editor holds: the number of each code cell, and its text."""
        return cls._of(path, tuple(CodeCell(*one, (), None) for one in cells), "", bom=False)

    @classmethod
    def _of(cls, path: str, cells: tuple[CodeCell, ...], raw: str, bom: bool) -> Notebook:
        mark = _MARK
        while any(mark in cell.text for cell in cells):
            mark = mark.replace("cell", "cell of")
        hider = Hider()
        broken = []
        pieces: list[str] = []
        for cell in cells:
            text, error = hider.python(cell.text)
            if error is not None:
                line, column = error.lineno or 1, max((error.offset or 1) - 1, 0)
                broken.append(Broken(cell.number, line, column, f"syntax error: {error.msg}"))
            pieces.append(f"{mark}{cell.number}\n\n{text}\n" if pieces else f"{text}\n")
        return cls(
            path, "".join(pieces), "utf-8", bom, raw, cells, mark, tuple(hider.lines), tuple(broken)
        )

    @cached_property
    def _marks(self) -> re.Pattern[str]:
        return re.compile(
            rf"^{re.escape(self.mark)}(\d+)(?:\n\n?|$)|{HIDDEN.pattern}", re.MULTILINE
        )

    @cached_property
    def cells(self) -> Sequence[Placed]:
        """The code cells in the text as it is now."""
        if not self.code:
            return []
        starts = [(self.code[0].number, 0, 0)]
        starts += [
            (int(found[1]), found.start(), found.end())
            for found in self._marks.finditer(self.text)
            if found[1]
        ]
        ends = [before for _, before, _ in starts[1:]] + [len(self.text)]
        return [
            Placed(number, self.position(start)[0], start, max(end, start))
            for (number, _, start), end in zip(starts, ends, strict=True)
        ]

    def _cell(self, line: int) -> Placed:
        return self.cells[
            max(bisect.bisect_right(self.cells, line, key=lambda one: one.line) - 1, 0)
        ]

    def place(self, line: int) -> Place:
        """The cell of a line of the text, and the line in it."""
        if not self.code:
            return Place(None, line)
        cell = self._cell(line)
        return Place(cell.number, line - cell.line + 1)

    def line_at(self, place: Place) -> int:
        """The line of the text for a line of a cell."""
        first = next((one.line for one in self.cells if one.number == place.cell), 1)
        return first + place.line - 1

    def is_code(self, line: int) -> bool:
        """Whether a line of the text is one of Python in a cell."""
        return self._marks.search(self.line(line)) is None

    def refusal(self, text: str) -> str:
        """Why a changed text cannot go back into the cells; empty when it can."""
        if self._structure(text) != self._structure(self.text):
            return "it would change more than one cell at once, or a line that is no Python"
        if any(map(self._loses, self._split(text))):
            return "a cell would be no Python, or one that is none would change"
        return ""

    def _loses(self, cell: tuple[int, str]) -> bool:
        """Whether a changed cell would be read as something else than its text says."""
        number, text = cell
        if text == self.texts[number]:
            return False
        again, _ = Hider().python(self._as_written(text))
        return HIDDEN.sub("", again) != HIDDEN.sub("", text)

    def _structure(self, text: str) -> list[str]:
        return [found.group().strip() for found in self._marks.finditer(text)]

    @cached_property
    def texts(self) -> dict[int, str]:
        """The text of each code cell, with what is no Python hidden."""
        return dict(self._split(self.text))

    def _split(self, text: str) -> Iterator[tuple[int, str]]:
        """Cells of a text, by their numbers."""
        pieces = re.split(rf"^{re.escape(self.mark)}(\d+)\n\n?", text, flags=re.MULTILINE)
        numbers = [self.code[0].number, *map(int, pieces[1::2])] if self.code else []
        for number, piece in zip(numbers, pieces[::2], strict=False):
            yield number, piece.removesuffix("\n")

    def changed(self, text: str) -> dict[int, str]:
        """The cells that differ in a changed text, as IPython reads them."""
        return {
            number: self._as_written(one)
            for number, one in self._split(text)
            if one != self.texts.get(number)
        }

    def _as_written(self, text: str) -> str:
        return "\n".join(map(self._shown, text.split("\n")))

    def _shown(self, line: str) -> str:
        found = HIDDEN.search(line)
        if found is None:
            return line
        hidden = self.hidden[int(found[1])]
        if line.startswith("# "):
            return hidden
        return line[: len(line) - len(line.lstrip())] + hidden.lstrip()

    def excerpt(self, line: int) -> str:
        """A line as IPython reads it."""
        return self._shown(self.line(line))

    def keeps(self, text: str) -> bool:
        """Whether the file, written with a text, reads as that text: JSON has every character."""
        return not self.refusal(text)

    def encode(self, text: str) -> bytes:
        """The file with the cells of a changed text."""
        written = Writer(self.raw, self.code).write(self.changed(text))
        return (codecs.BOM_UTF8 if self.bom else b"") + written.encode()

    def file_position(self, line: int, column: int) -> tuple[int, int]:
        """Line and character column, in the JSON text, of a place in the text of the file."""
        number, line = self.place(line)
        (cell,) = (one for one in self.code if one.number == number)
        # By lines: one that is hidden is of another length here.
        before = sum(len(one) + 1 for one in cell.text.split("\n")[: line - 1])
        found = offsets(self.raw, cell)
        return self._file.position(found[min(before + column, len(found) - 1)])

    @cached_property
    def _file(self) -> Source:
        return Source(self.path, self.raw)

    def as_file(self) -> Source:
        """The JSON text, as those see it who know no cells."""
        return self._file
