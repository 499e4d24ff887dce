"""What IPython adds to Python in a cell: magics, shell lines and requests for help.

They are hidden from Python's parser, each line behind one that Python reads, and come back as they
were. Names that a hidden line uses stay in sight, so that nothing that it needs is rewritten or
taken out.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator

from lintplugin.edits import parses
from lintplugin.lexing import tokens
from lintplugin.python2 import syntax_error

#: Cell magics whose cell is Python of this notebook; the cell of any other is something else.
_PYTHON_CELLS = frozenset({"capture", "debug", "prun", "time", "timeit"})

#: Line magics whose line is Python.
_PYTHON_LINES = frozenset({"debug", "lprun", "memit", "mprun", "prun", "time", "timeit"})

_CELL = re.compile(r"\s*%%(\w+|!)")
_LINE = re.compile(r"(?P<indent>[ \t]*)(?:(?P<left>[^=#%!?]+=)[ \t]*)?(?P<magic>[%!].*)", re.DOTALL)
_HELP = re.compile(r"(?P<indent>[ \t]*)(?:\?{1,2}[\w.*]+|[\w.*\[\]]+\?{1,2})[ \t]*$")
_EXPANDED = re.compile(r"\{([^{}]*)\}|\$(\w+)")
_WORD = re.compile(r"[^\W\d]\w*")

#: A hidden line, by its number among those of the notebook.
HIDDEN = re.compile(r"__hidden_(\d+)__")


class Hider:
    """Hides lines of one notebook.

    :ivar lines: the hidden lines, in order.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []

    def cell(self, text: str) -> str:
        """A cell as Python, with as many lines."""
        if parses(text):
            return text
        lines = text.split("\n")
        first = next((number for number, line in enumerate(lines) if line.strip()), 0)
        found = _CELL.match(lines[first])
        if found is not None and found[1] not in _PYTHON_CELLS:
            return self.all(text)
        starts = set(_statement_lines(text))
        hidden = []
        continues = False
        for number, line in enumerate(lines):
            if continues:
                continues = line.endswith("\\")
                hidden.append(self._comment(line))
                continue
            shown = self._line(line) if number in starts else None
            continues = shown is not None and line.endswith("\\")
            hidden.append(line if shown is None else shown)
        return "\n".join(hidden)

    def python(self, text: str) -> tuple[str, SyntaxError | None]:
        """A cell as Python, and why it is none if all of it had to be hidden."""
        known = len(self.lines)
        shown = self.cell(text)
        error = syntax_error(shown)
        if error is not None:
            del self.lines[known:]
            shown = self.all(text)
        return shown, error

    def all(self, text: str) -> str:
        """A cell with all its lines hidden."""
        return "\n".join(map(self._comment, text.split("\n")))

    def _comment(self, line: str) -> str:
        return f"# {self._hide(line)}"

    def _line(self, line: str) -> str | None:
        """Python in the place of a line; None for one that is Python."""
        found = _LINE.match(line)
        if found is None:
            asked = _HELP.match(line)
            return f"{asked['indent']}{self._hide(line)}()" if asked else None
        left = f"{found['left']} " if found["left"] else ""
        names = ", ".join(dict.fromkeys(_names(found["magic"])))
        return f"{found['indent']}{left}{self._hide(line)}({names})"

    def _hide(self, line: str) -> str:
        self.lines.append(line)
        return f"__hidden_{len(self.lines) - 1}__"


def _names(magic: str) -> Iterator[str]:
    """Names of Python that a magic or a shell line may use."""
    name = magic.lstrip("%!").partition(" ")[0]
    if magic.startswith("%") and name in _PYTHON_LINES:
        texts = [magic.partition(" ")[2]]
    else:
        texts = [one or other for one, other in _EXPANDED.findall(magic)]
    for text in texts:
        for word in _WORD.findall(text):
            if not keyword.iskeyword(word):
                yield word


def _statement_lines(text: str) -> Iterator[int]:
    """Numbers of the lines, from 0, on which a statement begins.

    Brackets and strings of a hidden line are not those of the text.
    """
    line = depth = 0
    fresh = True
    skipping = False
    for token in tokens(text):
        breaks = token.text.count("\n")
        if token.kind == "newline":
            skipping = False
            fresh = depth == 0
        elif token.kind == "continuation":
            fresh = skipping = False
        elif not skipping and token.kind not in ("space", "comment"):
            if fresh:
                yield line
                ending = text.find("\n", token.start)
                rest = text[token.start : ending if ending >= 0 else len(text)]
                skipping = _LINE.match(rest) is not None or _HELP.match(rest) is not None
            fresh = False
            if token.kind == "operator" and not skipping:
                depth = max(depth + (token.text in "([{") - (token.text in ")]}"), 0)
        line += breaks
