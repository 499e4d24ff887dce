"""How the expressions of a Theano program are to be written."""

from __future__ import annotations

from dataclasses import dataclass

from astroid import nodes


@dataclass(frozen=True)
class Written:
    """Text made of other expressions.

    :param template: a format string: ``{0}`` is the text of the first part, ``{0:atom}`` the same
        in parentheses unless it is a name, a call or the like; ``{tf}``, ``{torch}`` and ``{F}``
        are modules as the file names them.
    """

    template: str
    parts: tuple[nodes.NodeNG, ...] = ()


@dataclass(frozen=True)
class Stable:
    """An expression written so that large values do not break it, as Theano computes it.

    :param template: a format string as that of :class:`Written`; ``{operand}`` is the text of the
        operand.
    :param key: the operation whose operand it is: where that has no name, it gets one there.
    """

    template: str
    parts: tuple[nodes.NodeNG, ...]
    operand: Written
    key: nodes.NodeNG


@dataclass(frozen=True)
class Quoted:
    """A string literal, in the quotes that the file prefers."""

    text: str


@dataclass(frozen=True)
class RowCall:
    """A call, of a function or a method, that a row of a table covers.

    :param bound: arguments by parameter; the object of a method is one of them.
    :param known: what is known of arguments that decide between replacements, as source text.
    """

    api: str
    bound: tuple[tuple[str, nodes.NodeNG], ...]
    known: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class RowValue:
    """An operation passed as a value."""

    api: str


@dataclass(frozen=True)
class NewShared:
    """``theano.shared(value)``.

    :param dtype: the element type of a Python number, of which the target would make another one;
        empty for an array.
    """

    value: nodes.NodeNG
    dtype: str
    name: str


@dataclass(frozen=True)
class GetValue:
    """``shared.get_value()``."""

    shared: nodes.NodeNG


@dataclass(frozen=True)
class SetValue:
    """The statement ``shared.set_value(value)``."""

    shared: nodes.NodeNG
    value: nodes.NodeNG
    dtype: str


@dataclass(frozen=True)
class Gradient:
    """``T.grad(cost, wrt)``.

    :param single: whether ``wrt`` is one variable and not a sequence.
    :param zeros: whether a variable that the cost does not depend on gives zeros.
    :param sparse: whether TensorFlow may give an ``IndexedSlices``, which does not compute.
    """

    cost: nodes.NodeNG
    wrt: nodes.NodeNG
    single: bool
    zeros: bool
    sparse: bool = False


@dataclass(frozen=True)
class Dropped:
    """A statement that has no counterpart, such as ``x.name = 'x'``."""


Plan = (
    Written
    | Stable
    | Quoted
    | RowCall
    | RowValue
    | NewShared
    | GetValue
    | SetValue
    | Gradient
    | Dropped
    | None
)


@dataclass(frozen=True)
class Cast:
    """What is put around an operand.

    :param dtype: the element type it gets, None to keep its own.
    :param array: whether it is a NumPy array that becomes a tensor.
    """

    dtype: str | None
    array: bool = False


def cast(target: str, node: nodes.NodeNG, dtype: str) -> Written:
    """A conversion to another element type."""
    if target == "tf2":
        return Written(f"{{tf}}.cast({{0}}, {{tf}}.{dtype})", (node,))
    return Written(f"{{0:atom}}.to({{torch}}.{dtype})", (node,))
