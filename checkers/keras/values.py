"""What is known of an expression in a program that builds a model.

Numbers, words, truth values, None, tuples, lists and dictionaries are themselves.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from astroid import nodes

if TYPE_CHECKING:
    from .layer_arguments import Arguments

#: One of the classes below, or a plain object of Python.
Value: TypeAlias = Any


class NotConvertible(Exception):
    """A layer or argument without a counterpart here; the text says which, for the user."""


class Unknown(NamedTuple):
    """A value that is not known, and why."""

    reason: str


class Text(NamedTuple):
    """A value that the program knows only when it runs, as the outermost function writes it.

    :param reason: why it is no tensor.
    """

    text: str
    reason: str = ""


class Named(NamedTuple):
    """An object of a package."""

    api: str


class Made(NamedTuple):
    """What a call of a package returns: an initialiser, a regulariser."""

    api: str
    given: Mapping[str, Value]


class Function(NamedTuple):
    """A function of the file.

    :param frame: the names around it.
    :param bound: arguments that come before those of a call.
    """

    node: nodes.FunctionDef | nodes.Lambda
    frame: Any
    bound: Sequence[Value] = ()


class Partial(NamedTuple):
    """A function with arguments of its own, ``functools.partial``."""

    function: Value
    args: Sequence[Value]
    keywords: Mapping[str, Value]


@dataclass(eq=False)
class Applied:
    """What a layer gives for some tensors; an input has none.

    :param variable: the name that the program gives it first.
    :param model: the model that was applied, for what is a copy of a layer in it.
    """

    layer: Arguments
    inputs: Sequence[Applied]
    variable: str = ""
    model: Copy | None = None


@dataclass(eq=False)
class Model:
    """A model, by its layers or between its inputs and outputs.

    :param layers: of a ``Sequential``, each with its line; None of a functional model.
    """

    layers: list[tuple[Value, int]] | None = None
    inputs: Value = None
    outputs: Value = None


@dataclass(eq=False)
class Copy:
    """One application of a model to tensors."""

    model: Model
    inputs: Sequence[Applied] = field(default_factory=list)


def written(value: Value) -> str:
    """How the program writes a value; empty for what no text stands for."""
    if isinstance(value, Text):
        return value.text
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    if isinstance(value, (tuple, list)) and type(value) in (tuple, list):
        items = [written(one) for one in value]
        if all(items):
            inside = ", ".join(items) + ("," if len(items) == 1 else "")
            return f"({inside})" if type(value) is tuple else f"[{', '.join(items)}]"
    return ""


def plain(text: str) -> str:
    """An expression without parentheses that it does not need."""
    return ast.unparse(ast.parse(text, mode="eval"))


def filled(template: str, texts: Sequence[str]) -> str:
    """An expression of ``{0}``, ``{1}`` … with these in their places."""
    names = {f"_{index}": one for index, one in enumerate(texts)}
    return re.sub(r"\b_\d+\b", lambda match: names[match[0]], plain(template.format(*names)))
