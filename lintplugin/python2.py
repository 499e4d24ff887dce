"""Python 2: read as it is, by a repair for the parser that keeps every place.

After a syntax error alone. Each repair is an edit within a line, so that places in the tree of the
repaired text are brought back to those of the text, and rules report what they find in the file as
the user has it. What the repaired code means is near to what it meant, and nobody executes it.
"""

from __future__ import annotations

import ast
import bisect
import re
import warnings
from collections.abc import Iterator, Sequence

from astroid import nodes
from astroid.nodes.utils import Position

from lintplugin.edits import Edit, splice
from lintplugin.lexing import Token, statements, tokens
from lintplugin.source import Source

_OCTAL = re.compile(r"0[0-7]+[lL]?")
_LONG = re.compile(r"(?:0[xXoObB][\da-fA-F_]+|\d[\d_]*)[lL]")
_UNICODE_RAW = re.compile(r"[uU][rR]['\"]")

# What follows 'print' where it is a statement and no name.
_OPERATORS = frozenset({"and", "or", "in", "is", "if", "else", "for", "as", "import"})
_OPENING = frozenset({"[", "{", "`", ">>"})
_TAB = 8


def repair(text: str) -> tuple[Edit, ...]:
    """Edits, each within a line, after which Python 3 may read a text."""
    found = list(tokens(text))
    edits = [*_words(found), *_tabs(text, found)]
    for statement in statements(found):
        edits += _statement(statement)
    return tuple(sorted(set(edits)))


def syntax_error(text: str) -> SyntaxError | None:
    """Why a text is neither Python 3 nor Python 2, in Python 3's words; None when it is one."""
    error = _error(text)
    if error is not None and (edits := repair(text)) and _error(splice(text, edits)) is None:
        return None
    return error


def _error(text: str) -> SyntaxError | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except SyntaxError as error:
            return error
        except (ValueError, RecursionError, MemoryError) as error:
            return SyntaxError(str(error) or "nested too deeply")
    return None


def _words(found: Sequence[Token]) -> Iterator[Edit]:
    """Numbers, strings, backticks and ``<>``."""
    is_open = False
    for token in found:
        if token.kind == "number":
            if _OCTAL.fullmatch(token.text):
                yield Edit(token.start, token.end, f"0o{token.text[1:].rstrip('lL')}")
            elif _LONG.fullmatch(token.text):
                yield Edit(token.start, token.end, token.text[:-1])
        elif token.kind == "string" and _UNICODE_RAW.match(token.text):
            yield Edit(token.start, token.start + 2, "r")
        elif token.text == "<>":
            yield Edit(token.start, token.end, "!=")
        elif token.text == "`":
            yield Edit(token.start, token.end, ")" if is_open else "repr(")
            is_open = not is_open


def _tabs(text: str, found: Sequence[Token]) -> Iterator[Edit]:
    """Indentation by tabs, each of which went to a column of eight."""
    if "\t" not in text:
        return
    depth = 0
    fresh = True
    for token in found:
        if fresh and token.kind == "space" and "\t" in token.text:
            yield Edit(token.start, token.end, token.text.expandtabs(_TAB))
        fresh = token.kind == "newline" and depth == 0
        if token.kind == "operator":
            depth = max(depth + (token.text in "([{") - (token.text in ")]}"), 0)


def _statement(statement: Sequence[Token]) -> Iterator[Edit]:
    head, second = statement[0], statement[1] if len(statement) > 1 else None
    if head.text in ("print", "exec") and second is not None and _is_argument(second):
        yield Edit(head.end, min(head.end + 1, second.start), "(")
        if second.text == ">>":
            yield Edit(second.start, second.end, "")
        yield Edit(statement[-1].end, statement[-1].end, ")")
    elif head.text == "raise" and (comma := _comma(statement)) is not None:
        yield Edit(comma.start, comma.end, "(")
        yield Edit(statement[-1].end, statement[-1].end, ")")
    elif head.text == "except" and (comma := _comma(statement)) is not None:
        target = [one for one in statement if one.start > comma.start][:-1]
        if [one.kind for one in target] == ["name"]:
            yield Edit(comma.start, comma.end, " as" if target[0].start > comma.end else " as ")
        elif target:
            yield Edit(comma.start, target[-1].end, "")
    elif head.text == "def":
        yield from _pairs(statement, 2)
    for number, token in enumerate(statement):
        if token.text == "lambda":
            yield from _pairs(statement, number)


def _is_argument(token: Token) -> bool:
    if token.kind == "name":
        return token.text not in _OPERATORS
    return token.kind in ("string", "number") or token.text in _OPENING


def _comma(statement: Sequence[Token]) -> Token | None:
    """The first comma outside of brackets."""
    depth = 0
    for token in statement:
        if token.kind == "operator":
            depth += (token.text in "([{") - (token.text in ")]}")
            if token.text == "," and depth == 0:
                return token
    return None


def _pairs(statement: Sequence[Token], first: int) -> Iterator[Edit]:
    """Brackets of parameters that are taken apart, ``def f(a, (b, c)):``, go."""
    if first >= len(statement):
        return
    depth = base = 1 if statement[first].text == "(" else 0
    opened: list[bool] = []
    for before, token in zip(statement[first:], statement[first + 1 :], strict=False):
        if token.text == ":" and depth == base == 0:
            return
        if token.kind != "operator":
            continue
        if token.text in "([{":
            is_pair = token.text == "(" and before.text in ("lambda", "(", ",", "*")
            is_pair = is_pair and all(opened)
            opened.append(is_pair)
            depth += 1
            if is_pair:
                yield Edit(token.start, token.end, " ")
        elif token.text in ")]}":
            depth -= 1
            if depth < base:
                return
            if opened and opened.pop():
                yield Edit(token.start, token.end, " ")


class Places:
    """Places of a repaired text, brought back to those of the text."""

    def __init__(self, source: Source, edits: Sequence[Edit]) -> None:
        self._source = source
        self.repaired = Source(source.path, splice(source.text, edits))
        self._lines = {source.position(edit.start)[0] for edit in edits}
        # Where each edit begins and ends in the repaired text.
        self._starts: list[int] = []
        self._moved: list[tuple[int, Edit]] = []
        shift = 0
        for edit in edits:
            self._starts.append(edit.start + shift)
            self._moved.append((edit.start + shift + len(edit.text), edit))
            shift += len(edit.text) - (edit.end - edit.start)

    def restore(self, tree: nodes.Module) -> None:
        """Give every node of a tree of the repaired text its place in the text."""
        pending: list[nodes.NodeNG] = [tree]
        while pending:
            node = pending.pop()
            pending.extend(node.get_children())
            if node.lineno in self._lines and node.col_offset is not None:
                node.col_offset = self._column(node.lineno, node.col_offset, is_end=False)
            if node.end_lineno in self._lines and node.end_col_offset is not None:
                node.end_col_offset = self._column(
                    node.end_lineno, node.end_col_offset, is_end=True
                )
            at = getattr(node, "position", None)
            if at is not None and self._lines & {at.lineno, at.end_lineno}:
                node.position = Position(
                    at.lineno,
                    self._column(at.lineno, at.col_offset, is_end=False),
                    at.end_lineno,
                    self._column(at.end_lineno, at.end_col_offset, is_end=True),
                )

    def _column(self, line: int, byte_column: int, *, is_end: bool) -> int:
        if line not in self._lines:
            return byte_column
        offset = self._offset(self.repaired.offset_of_bytes(line, byte_column), is_end=is_end)
        return self._source.byte_column(line, offset - self._source.line_start(line))

    def _offset(self, offset: int, *, is_end: bool) -> int:
        find = bisect.bisect_left if is_end else bisect.bisect_right
        index = find(self._starts, offset) - 1
        if index < 0:
            return offset
        end, edit = self._moved[index]
        if offset >= end:
            return edit.end + offset - end
        return edit.end if is_end else edit.start
