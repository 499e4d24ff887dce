"""Text to syntax tree: astroid without transforms, and clear words for what does not parse."""

from __future__ import annotations

import ast
import functools
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


class Unparsable(Exception):
    """A text that is not Python 3.

    :param kind: ``python2`` or ``syntax-error``, of what is neither.
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

    Arguments that are called as a later keyword are read, too, under their names in ``REPAIRED``,
    and so is Python 2: see :func:`python2_error`.

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
        from lintplugin.python2 import syntax_error

        raise _explain(source, error, python2=syntax_error(source.text) is None) from error
    except (MemoryError, RecursionError):
        parse(source)


def _build(source: Source) -> nodes.Module:
    try:
        tree = _raw(source)
    except AstroidSyntaxError as error:
        repaired = _repaired(source)
        if repaired != source.text:
            return _build(replace(source, text=repaired))
        tree = _build_python2(source)
        if tree is None:
            raise _explain(source, error.error) from error
        tree.python2 = _explain(source, error.error, python2=True)
    except MemoryError as error:
        raise Unparsable("syntax-error", "nested too deeply for Python's parser", 1, 0) from error
    return tree


def _raw(source: Source) -> nodes.Module:
    name = PurePath(source.path).stem
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Invalid escapes in the linted file are not ours.
        tree, rebuilder = _builder()._data_build(source.text, name, source.path)
        vars(rebuilder).clear()  # It refers to itself, and to the tree.
    return tree


def _build_python2(source: Source) -> nodes.Module | None:
    """The tree of a file in Python 2, its places those of the text; None when it is none."""
    from lintplugin.python2 import Places, repair

    repairs = repair(source.text)
    if not repairs:
        return None
    places = Places(source, repairs)
    try:
        tree = _raw(places.repaired)
    except (AstroidSyntaxError, MemoryError):
        return None
    places.restore(tree)
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


def _explain(source: Source, error: Exception, *, python2: bool = False) -> Unparsable:
    if not isinstance(error, SyntaxError):  # ValueError: null bytes and the like
        return Unparsable("syntax-error", str(error), 1, 0)
    line = min(error.lineno or 1, source.line_count)
    column = max((error.offset or 1) - 1, 0)
    if python2:
        words = f"Python 2 ({error.msg}), read as such; 'lintplugin fix --python3' converts it"
        return Unparsable("python2", words, line, column)
    return Unparsable("syntax-error", f"syntax error: {error.msg}", line, column)


def python2_error(tree: nodes.Module) -> Unparsable | None:
    """Why a file that was parsed is no Python 3; None when it is."""
    found: Unparsable | None = getattr(tree, "python2", None)
    return found
