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
class Stepped:
    """A sequence that a loop goes through.

    :param place: its expression, or the name that it has got.
    :param taps: which items the step takes, counted from the one whose turn it is.
    :param names: the loop variable for each of them.
    """

    place: nodes.NodeNG | str
    taps: tuple[int, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """One output of a loop.

    :param name: its value after a step.
    :param initial: the value before the first step, or several of them, None without.
    :param taps: which earlier values the step takes, counted from the one that it computes.
    :param values: the list of its values, empty where the last one is enough.
    :param target: the name of the result, empty where nobody reads it.
    :param last: whether the result is the last value only.
    :param empty: the result of no steps, where Theano has one.
    """

    name: str
    initial: nodes.NodeNG | None
    taps: tuple[int, ...]
    values: str
    target: str
    last: bool
    empty: Written | None = None

    @property
    def several(self) -> bool:
        """Whether the step takes other earlier values than the one before."""
        return self.initial is not None and self.taps != (-1,)


@dataclass(frozen=True)
class Loop:
    """The statement ``outputs, updates = theano.scan(step, …)``.

    :param step: the function: a lambda is written out in the loop, any other is called.
    :param arguments: what the step is called with: texts, and expressions that are the same in
        each step.
    :param before: names of what is computed once, with their expressions.
    :param returned: names for what the step returns, as it returns them.
    :param flat: whether those are the values one after the other.
    :param carried: shared variables that the step updates, with the names of their values.
    :param length: number of steps, None for that of the shortest sequence.
    :param counter: the number of the step, where it is needed.
    :param steps: the list of what the loop goes through, where its length is needed.
    :param backwards: whether the sequences are read from their ends.
    :param truncated: how many steps a gradient goes back, 0 for all.
    :param stop: the name of the condition that ends the loop, empty without.
    :param outputs: the name of the list of all results, empty where each has a name.
    :param updates: the name of the dictionary of updates where the program reads it.
    """

    step: nodes.NodeNG
    arguments: tuple[str | nodes.NodeNG, ...]
    before: tuple[tuple[str, nodes.NodeNG], ...]
    returned: str
    flat: bool
    carried: tuple[tuple[nodes.Name, str], ...]
    sequences: tuple[Stepped, ...]
    results: tuple[Result, ...]
    length: nodes.NodeNG | str | None
    counter: str
    steps: str
    backwards: bool
    truncated: int
    stop: str
    outputs: str
    updates: str


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
    | Loop
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
