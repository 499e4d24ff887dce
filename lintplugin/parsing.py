"""Text to syntax tree: astroid without transforms, and clear words for what does not parse."""

from __future__ import annotations

import ast
import functools
import re
import sys
import threading
import tokenize
import warnings
from dataclasses import replace
from itertools import pairwise
from pathlib import PurePath

from astroid import nodes
from astroid.builder import AstroidBuilder
from astroid.exceptions import AstroidSyntaxError
from astroid.manager import AstroidManager

from lintplugin.source import Source

# Stack for trees nested deeper than Python's default recursion limit: generated code has
# expressions of thousands of terms, and the builder recurses once a term.
_DEEP_STACK = 512 * 1024 * 1024
_DEEP_LIMIT = 200_000

#: What is said of a tree that Python's own recursion limits keep us from reading.
TOO_DEEP = "nested too deeply to analyse"

#: Names of arguments that became keywords, with what a tree calls the argument: as long a name, so
#: that every place is that of the text. A rule reports each, since Python reads no such file.
REPAIRED = {"async": "Async"}

_PYTHON2_WORDS = re.compile(
    r"Missing parentheses in call to '(?:print|exec)'"
    r"|multiple exception types must be parenthesized"
    r"|leading zeros in decimal integer literals"
    r"|invalid decimal literal|invalid hexadecimal literal|invalid octal literal"
)
_PYTHON2_LINE = re.compile(
    r"^\s*print\s+[^(=\s]|^\s*print\s*>>|^\s*exec\s+[^(=\s]|^\s*except\s+[\w.]+\s*,\s*\w+\s*:"
    r"|^\s*raise\s+\w+\s*,|<>|`[^`]+`|\bur['\"]|\b\d+[lL]\b|lambda\s*\(|\bdef\s+\w+\([^)]*\([^)]*\)[^)]*\)\s*:"
)


class Unparsable(Exception):
    """A text that is not Python 3.

    :param kind: ``python2`` or ``syntax-error``.
    :param line: line from 1.
    :param column: character column from 0.
    """

    def __init__(self, kind: str, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.line = line
        self.column = column


@functools.cache
def _builder() -> AstroidBuilder:
    # Its __init__ makes a model of the builtins, which only inference needs and which takes as
    # long as the trees of 5,000 lines.
    builder = AstroidBuilder.__new__(AstroidBuilder)
    builder._manager = AstroidManager()
    return builder


def parse(source: Source) -> nodes.Module:
    """Parse a file. Nothing is imported, inferred or kept in astroid's cache.

    Arguments that are called as a later keyword are read, too, under their names in ``REPAIRED``.

    :raises Unparsable: with line, column and the parser's words.
    """
    try:
        return _build(source)
    except RecursionError:
        return _build_deep(source)


def check(source: Source) -> None:
    """Raise as :func:`parse` does, at a third of its cost, since no tree is kept.

    :raises Unparsable: with line, column and the parser's words.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source.text)
    except (SyntaxError, ValueError) as error:
        raise _explain(source, error) from error
    except (MemoryError, RecursionError):
        parse(source)


def _build(source: Source) -> nodes.Module:
    name = PurePath(source.path).stem
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Invalid escapes in the linted file are not ours.
            tree, rebuilder = _builder()._data_build(source.text, name, source.path)
            vars(rebuilder).clear()  # It refers to itself, and to the tree.
    except AstroidSyntaxError as error:
        repaired = _repaired(source)
        if repaired != source.text:
            return _build(replace(source, text=repaired))
        raise _explain(source, error.error) from error
    except MemoryError as error:
        raise Unparsable("syntax-error", "nested too deeply for Python's parser", 1, 0) from error
    return tree


def _repaired(source: Source) -> str:
    """The text of a file with keyword arguments ``async=`` called otherwise."""
    text = source.text
    if not any(name in text for name in REPAIRED):
        return text
    for token, following in pairwise(source.tokens):
        if token.string in REPAIRED and token.type == tokenize.NAME and following.string == "=":
            start = source.offset(*token.start)
            text = f"{text[:start]}{REPAIRED[token.string]}{text[start + len(token.string) :]}"
    return text


def _build_deep(source: Source) -> nodes.Module:
    """Build in a thread with a large stack."""
    outcome: list[nodes.Module | BaseException] = []

    def run() -> None:
        try:
            outcome.append(_build(source))
        except BaseException as error:
            outcome.append(error)

    limit, size = sys.getrecursionlimit(), threading.stack_size(_DEEP_STACK)
    sys.setrecursionlimit(_DEEP_LIMIT)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)
    result = outcome[0]
    if isinstance(result, RecursionError):
        raise Unparsable("syntax-error", TOO_DEEP, 1, 0) from result
    if isinstance(result, BaseException):
        raise result
    return result


def _explain(source: Source, error: Exception) -> Unparsable:
    if not isinstance(error, SyntaxError):  # ValueError: null bytes and the like
        return Unparsable("syntax-error", str(error), 1, 0)
    line = min(error.lineno or 1, source.line_count)
    column = max((error.offset or 1) - 1, 0)
    words = error.msg
    text = source.line(line)
    if _PYTHON2_WORDS.search(words) or _PYTHON2_LINE.search(text):
        return Unparsable(
            "python2",
            f"Python 2 syntax ({words}); convert the file to Python 3 first",
            line,
            column,
        )
    return Unparsable("syntax-error", f"syntax error: {words}", line, column)
