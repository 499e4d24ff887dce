"""Tokens of a text that Python's own tokenizer may refuse: Python 2, and what IPython adds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_STRING = r"(?:[bBuUfFtT]?[rR]?|[rR][bBfFtT])"
_TOKEN = re.compile(
    rf"""
    (?P<comment>\#[^\r\n]*)
    |(?P<continuation>\\(?:\r\n|\r|\n))
    |(?P<newline>\r\n|\r|\n)
    |(?P<space>[ \t\f]+)
    |(?P<string>{_STRING}(?:
        '''(?:[^\\]|\\.)*?(?:'''|\Z)
        |\"\"\"(?:[^\\]|\\.)*?(?:\"\"\"|\Z)
        |'(?:[^\\'\r\n]|\\(?:\r\n|.))*(?:'|(?=[\r\n])|\Z)
        |"(?:[^\\"\r\n]|\\(?:\r\n|.))*(?:"|(?=[\r\n])|\Z)))
    |(?P<number>0[xXoObB][\da-fA-F_]+[lL]?
        |\d[\d_]*[lL](?!\w)
        |(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?[jJ]?)
    |(?P<name>[^\W\d]\w*)
    |(?P<operator><>|>>=?|[=!<>]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)

_COMPOUND = frozenset(
    "async class def elif else except finally for if try while with".split()  # And their colon.
)


class Token(NamedTuple):
    """A piece of a text.

    :param kind: ``comment``, ``continuation``, ``newline``, ``space``, ``string``, ``number``,
        ``name`` or ``operator``.
    :param start: offset in the text.
    """

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Offset after the token."""
        return self.start + len(self.text)


def tokens(text: str) -> Iterator[Token]:
    """All of a text, in order, whatever it is: an unclosed string ends with its line."""
    for match in _TOKEN.finditer(text):
        yield Token(match.lastgroup or "operator", match.group(), match.start())


def statements(found: Iterable[Token]) -> Iterator[list[Token]]:
    """Simple statements and headers of compound ones, without space and comments.

    A line break within brackets ends none, and what follows a header on its line is another.
    """
    depth = 0
    lambdas: list[int] = []
    current: list[Token] = []
    for token in found:
        if token.kind in ("space", "comment", "continuation"):
            continue
        is_end = depth == 0 and (token.kind == "newline" or token.text == ";")
        if token.kind == "operator":
            depth = max(depth + (token.text in "([{") - (token.text in ")]}"), 0)
        elif token.text == "lambda":
            lambdas.append(depth)
        if token.text == ":" and lambdas and lambdas[-1] == depth:
            lambdas.pop()
        elif token.text == ":" and depth == 0 and current and current[0].text in _COMPOUND:
            is_end = True
        if token.kind != "newline" and not (is_end and token.text == ";"):
            current.append(token)
        if is_end:
            lambdas.clear()
            if current:
                yield current
            current = []
    if current:
        yield current
