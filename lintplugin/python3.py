"""From Python 2 to Python 3, by fissix, which keeps up what was lib2to3 until Python 3.12."""

from __future__ import annotations

import ast
import functools
import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lintplugin.edits import parses

if TYPE_CHECKING:
    from fissix.refactor import RefactoringTool


class NotConverted(Exception):
    """A text that stays Python 2; the message says why, in one line."""


def is_installed() -> bool:
    """Whether fissix is there: it comes with ``lintplugin[python2]``."""
    return importlib.util.find_spec("fissix") is not None


def convert(text: str) -> str:
    """A text of Python 2 in Python 3, with its comments, layout and line ends.

    :raises NotConverted: when it cannot be read, or the result is no Python 3.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n")
    ends = lines.endswith("\n")
    try:
        converted = str(_tool().refactor_string(lines if ends else f"{lines}\n", "<text>"))
    except Exception as error:
        words = " ".join(str(error).split())
        raise NotConverted(f"not converted to Python 3: {words}") from error
    if not parses(converted):
        raise NotConverted("not converted to Python 3: the result would not parse")
    return (converted if ends else converted.removesuffix("\n")).replace("\n", newline)


@functools.cache
def _tool() -> RefactoringTool:
    from fissix.refactor import RefactoringTool, get_fixers_from_package

    class Quiet(RefactoringTool):  # type: ignore[misc]
        """Raises what it would log."""

        def log_error(self, msg: str, *args: Any, **kwargs: Any) -> None:
            raise

        def log_message(self, msg: str, *args: Any) -> None:
            """Nothing is said."""

        log_debug = log_message

    return Quiet(get_fixers_from_package("fissix.fixes"))


def doubts(before: str, after: str) -> Iterator[tuple[int, str]]:
    """Lines of a converted text that may mean something else than in Python 2, and why.

    https://docs.python.org/3/howto/pyporting.html, "Division", and the documentation of
    ``pickle.load``, which needs ``encoding="latin1"`` for NumPy arrays of Python 2.
    """
    divides = "division" not in before
    for node in ast.walk(ast.parse(after)):
        if divides and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            if not (_is_float(node.left) or _is_float(node.right)):
                yield node.lineno, "'/' of two integers has a fraction now"
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "pickle.load",
            "cPickle.load",
        ):
            if not any(keyword.arg == "encoding" for keyword in node.keywords):
                yield node.lineno, "arrays that Python 2 pickled need encoding='latin1'"


def _is_float(node: ast.expr) -> bool:
    """Whether a division by or of this is surely not one of two integers."""
    if isinstance(node, ast.BinOp):
        return _is_float(node.left) or _is_float(node.right)
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).endswith(("float", "sqrt", "exp", "log", "mean", "float32"))
    return isinstance(node, ast.Constant) and isinstance(node.value, float)
