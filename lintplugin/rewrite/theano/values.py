"""What the names and expressions of a Theano program are, as the rewriter reads it.

Symbolic values, numbers and arrays are in :mod:`lintplugin.rewrite.theano.types`.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from astroid import nodes

from lintplugin.rewrite.arrays import Array, Number
from lintplugin.rewrite.theano.types import Leaf, Tensor


@dataclass(frozen=True)
class Unknown:
    """Something concrete that is not followed."""


@dataclass(frozen=True)
class Failed:
    """The value of something that was refused; nothing more is said about it."""


@dataclass(frozen=True)
class Nothing:
    """``None``."""


@dataclass(frozen=True)
class Text:
    """A string."""

    value: str


@dataclass(eq=False)
class Items:
    """A list or tuple.

    :param known: whether these are certainly all the items.
    :param owner: the object of which it is an attribute.
    """

    kind: str
    items: list[Value]
    known: bool = True
    owner: Object | None = None


@dataclass(eq=False)
class Pairs:
    """A dictionary, in order.

    :param displayed: whether keys are shared variables that are written where it is made.
    """

    items: list[tuple[Value, Value]]
    displayed: bool = False


@dataclass(frozen=True)
class Shape:
    """``x.shape``."""

    tensor: Tensor


@dataclass(frozen=True)
class Api:
    """A name of Theano."""

    name: str


@dataclass(frozen=True)
class TensorType:
    """``T.TensorType(dtype, broadcastable)``."""

    dtype: str
    ndim: int


@dataclass(frozen=True)
class Default:
    """``theano.In(x, value=…)``.

    :param node: the expression of the default value.
    """

    tensor: Tensor
    node: nodes.NodeNG | None


@dataclass(frozen=True)
class Until:
    """``theano.scan_module.until(condition)``."""

    condition: Tensor


@dataclass(frozen=True)
class Random:
    """A ``numpy.random.RandomState`` or generator."""


@dataclass(frozen=True)
class Stream:
    """A ``RandomStreams`` of Theano.

    :param api: the canonical name of its class.
    """

    api: str


@dataclass(eq=False)
class Function:
    """A function of the program and the names around it."""

    node: nodes.FunctionDef | nodes.Lambda
    frame: Frame


@dataclass(eq=False)
class Class:
    """A class of the program.

    :param members: methods and what else stands in its body.
    :param base: the class that it begins with.
    :param objects: those that were made.
    :param given: arguments of calls of which the constructor was not followed.
    """

    node: nodes.ClassDef
    members: Mapping[str, Value]
    base: Class | None
    objects: list[Object] = field(default_factory=list)
    given: list[dict[str, Value]] = field(default_factory=list)

    def find(self, name: str) -> Value | None:
        """What a name is in the class."""
        if name in self.members:
            return self.members[name]
        return self.base.find(name) if self.base is not None else None


@dataclass(eq=False)
class Object:
    """An object of a class of the program.

    :param holds: whether an attribute is, or holds, a symbolic value or a shared variable.
    """

    cls: Class
    attributes: dict[str, Value] = field(default_factory=dict)
    holds: bool = False


@dataclass(frozen=True)
class Bound:
    """A method of an object."""

    function: Function
    owner: Object


@dataclass(frozen=True)
class Construction:
    """A call of a class.

    :param symbolic: parameters that are given symbolic values.
    """

    cls: Class
    symbolic: frozenset[str]


@dataclass(eq=False)
class Pair:
    """An item of ``updates`` or ``givens``.

    :param key_node: the expression of the key, None where it is not written out.
    :param value_node: the expression of the value, None where it is not written out.
    :param name: of the value, where a loop computes it; the expression then names the loop's
        updates.
    """

    key: Value
    value: Value
    key_node: nodes.NodeNG | None = None
    value_node: nodes.NodeNG | None = None
    name: str = ""


@dataclass(eq=False)
class Compiled:
    """A call of ``theano.function``.

    :param statement: the assignment to a name that it is the value of.
    :param arguments: arguments of the call by parameter.
    :param inputs: the symbolic inputs in order, each with the node of its default value.
    :param outputs: what it returns.
    :param frame: names as they were at the call.
    :param held: the value of the argument ``updates``.
    """

    call: nodes.Call
    statement: nodes.Assign
    name: str
    arguments: Mapping[str, nodes.NodeNG]
    inputs: list[tuple[Leaf, nodes.NodeNG | None]]
    outputs: Value
    updates: list[Pair]
    givens: list[Pair]
    frame: Frame
    held: Value


Value = (
    Tensor
    | Number
    | Array
    | Unknown
    | Failed
    | Nothing
    | Text
    | Items
    | Pairs
    | Shape
    | Api
    | TensorType
    | Default
    | Until
    | Random
    | Stream
    | Function
    | Class
    | Object
    | Bound
    | Compiled
)

UNKNOWN, FAILED, NOTHING = Unknown(), Failed(), Nothing()


class Frame:
    """Names while a module or a function is read."""

    def __init__(self, parent: Frame | None = None) -> None:
        self.parent = parent
        self.values: dict[str, Value] = {}
        self.returned: list[Value] = []

    def copy(self) -> Frame:
        """The names as they are now."""
        frame = Frame(self.parent)
        frame.values = dict(self.values)
        return frame

    def find(self, name: str) -> Value | None:
        frame: Frame | None = self
        while frame is not None:
            if name in frame.values:
                return frame.values[name]
            frame = frame.parent
        return None


def leaves(value: Value) -> Iterator[Value]:
    """A value, or what lies in a list, tuple or dictionary."""
    if isinstance(value, Items):
        for item in value.items:
            yield from leaves(item)
    elif isinstance(value, Pairs):
        for pair in value.items:
            for one in pair:
                yield from leaves(one)
    else:
        yield value


def is_shared(value: Value) -> bool:
    return isinstance(value, Tensor) and value.leaf is not None and value.leaf.shared


def symbolic(value: Value) -> bool:
    """Whether a value is, or holds, a symbolic one that is not a shared variable."""
    return value is not UNKNOWN and any(
        (isinstance(one, Tensor) and not is_shared(one))
        or isinstance(one, (Shape, Default, Until))
        or (isinstance(one, Number) and one.size)
        for one in leaves(value)
    )


def of_theano(value: Value) -> bool:
    """Whether a value is, or holds, a symbolic one, a shared variable or a random stream."""
    return value is not UNKNOWN and (
        symbolic(value)
        or any(
            is_shared(one) or isinstance(one, Stream) or (isinstance(one, Object) and one.holds)
            for one in leaves(value)
        )
    )


def truth(value: Value) -> bool | None:
    """What Python makes of a value where it wants a truth value, None when it is not known."""
    if isinstance(value, Number):
        return None if value.value is None else bool(value.value)
    if isinstance(value, Nothing):
        return False
    if isinstance(value, Text):
        return bool(value.value)
    if isinstance(value, (Items, Pairs)):
        return bool(value.items) if isinstance(value, Pairs) or value.known else None
    if isinstance(value, (Api, Function, Class, Object, Bound, Stream, Compiled)):
        return True
    return True if isinstance(value, Tensor) and value.leaf is not None else None


def iterated(value: Value) -> list[Value] | None:
    """The items that a loop over a value gives, None when they are not known."""
    if isinstance(value, Items) and value.known:
        return value.items
    if isinstance(value, Pairs):
        return [key for key, _ in value.items]
    return None


def computed(outputs: Value) -> Value:
    """What a compiled function returns to the program."""
    if isinstance(outputs, Tensor):
        return Array(outputs.dtype, outputs.ndim)
    if isinstance(outputs, Items):
        return Items("list", [computed(item) for item in outputs.items])
    if isinstance(outputs, Nothing):
        return Items("list", [])
    return UNKNOWN


def plain(value: Value) -> object:
    """A value for the rules of NumPy."""
    if isinstance(value, (Number, Array)):
        return value
    items = iterated(value) if isinstance(value, Items) else None
    if items is not None:
        return [plain(item) for item in items]
    return value.value if isinstance(value, Text) else None


def literal(value: Value) -> object:
    """A value as the Python object that it is, ``...`` when that is not known."""
    if isinstance(value, Nothing):
        return None
    if isinstance(value, Text):
        return value.value
    if isinstance(value, Number) and value.value is not None:
        convert = {"int": int, "float": float, "bool": bool}[value.kind]
        return convert(value.value)
    if isinstance(value, Items) and value.known:
        items = [literal(item) for item in value.items]
        return ... if ... in items else items
    return ...


_ARITHMETIC = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}


def calculate(operation: str, left: Number, right: Number) -> Number:
    """Arithmetic on two Python numbers."""
    kind = "float" if "float" in (left.kind, right.kind) or operation == "/" else "int"
    size = left.size or right.size
    if left.value is None or right.value is None or size or operation not in _ARITHMETIC:
        return Number(kind, size=size)
    try:
        value = _ARITHMETIC[operation](left.value, right.value)
    except ArithmeticError:
        return Number(kind)
    return Number(kind, value) if isinstance(value, (int, float)) else Number(kind)


def join(one: Value, other: Value) -> Value:
    """What a value is that is the one or the other."""
    if one == other:
        return one
    if isinstance(one, Failed) or isinstance(other, Failed):
        return FAILED
    if (
        isinstance(one, Tensor)
        and isinstance(other, Tensor)
        and (one.dtype, one.ndim) == (other.dtype, other.ndim)
    ):
        return Tensor(
            one.dtype,
            one.ndim,
            memory=one.memory | other.memory,
            tracked=one.tracked | other.tracked,
            like=one.like & other.like,
        )
    if isinstance(one, Number) and isinstance(other, Number) and one.kind == other.kind:
        return Number(one.kind, size=one.size or other.size)
    if isinstance(one, Array) and isinstance(other, Array):
        return Array(
            one.dtype if one.dtype == other.dtype else None,
            one.ndim if one.ndim == other.ndim else None,
        )
    return UNKNOWN


def join_all(one: Mapping[str, Value], other: Mapping[str, Value]) -> dict[str, Value]:
    """Names after two branches; one that only one of them binds is taken from there."""
    return {
        name: join(one[name], other[name])
        if name in one and name in other
        else (one[name] if name in one else other[name])
        for name in (*one, *other)
    }
