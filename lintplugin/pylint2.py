"""Python 2 in Pylint, which stops at its syntax: an option has it lint what was repaired.

All of Pylint's checkers then see the repaired code. Ours report the places of the file.
"""

from __future__ import annotations

import ast
import functools
import warnings
from typing import TYPE_CHECKING, Any

from astroid import nodes
from astroid.builder import AstroidBuilder
from astroid.exceptions import AstroidError
from astroid.manager import AstroidManager

from lintplugin.python2 import Places, repair
from lintplugin.source import Source, UnreadableSource

if TYPE_CHECKING:
    from pylint.lint import PyLinter


def register(linter: PyLinter) -> None:
    """Have a linter read Python 2 where its configuration says so."""
    linter.get_ast = functools.partial(  # type: ignore[method-assign]
        _tree, linter, linter.get_ast
    )


def _tree(linter: PyLinter, otherwise: Any, path: str, name: str, data: str | None = None) -> Any:
    if linter.config.lintplugin_python2:
        tree = _repaired(path, name, data)
        if tree is not None:
            return tree
    return otherwise(path, name, data)


def _repaired(path: str, name: str, data: str | None) -> nodes.Module | None:
    """The tree of a file in Python 2; None for any other, and what cannot be read."""
    try:
        source = Source(path, data) if data is not None else Source.read(path)
    except UnreadableSource:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source.text)
        except SyntaxError:
            pass
        except (ValueError, RecursionError, MemoryError):
            return None
        else:
            return None
    edits = repair(source.text)
    places = Places(source, edits)
    try:
        tree = AstroidBuilder(AstroidManager()).string_build(places.repaired.text, name, path)
    except AstroidError:
        return None
    places.restore(tree)
    # Pylint reads the tokens of this, which Python's tokenizer has to accept.
    tree.file_bytes = places.repaired.text.encode()
    tree.python2_source = source
    return tree


def source_of(tree: nodes.Module) -> Source | None:
    """The file of a tree that was repaired; None of any other."""
    found: Source | None = getattr(tree, "python2_source", None)
    return found
