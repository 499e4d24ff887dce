"""Arguments of one Keras layer, bound to the recorded signature, and the sizes that they state."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lintplugin import signatures

from . import interfaces
from .values import Made, Named, NotConvertible, Text, Unknown, Value


class Size(NamedTuple):
    """One dimension.

    :param text: how the program writes it.
    :param value: its value, None when it is known only when the program runs.
    """

    text: str
    value: int | None

    @classmethod
    def of(cls, value: int) -> Size:
        return cls(str(value), value)


#: A dimension that is left open, such as the number of time steps.
UNKNOWN = Size("None", None)

#: Arguments that change no number.
_IGNORED = frozenset({"fused", "implementation", "input_length", "name", "unroll"})

_SHAPES = ("input_shape", "batch_input_shape", "input_dim")

_LAYER = re.compile(r"(?:tensorflow\.)?keras\.layers\.(\w+)")

INPUTS = frozenset({"keras.Input", "tensorflow.keras.Input"})

#: Sizes of a kernel that were arguments each in Keras 1.
_SIDES: Mapping[str, Sequence[str]] = {
    "Conv2D": ("nb_row", "nb_col"),
    "Conv3D": ("kernel_dim1", "kernel_dim2", "kernel_dim3"),
    "SeparableConv2D": ("nb_row", "nb_col"),
}


def canonical(api: str | None) -> str | None:
    """The recorded name of an object of Keras; stand-alone Keras has what TensorFlow's has."""
    if api is None or "keras" not in api:
        return None
    for name in (api, f"tensorflow.{api}"):
        entry = signatures.legacy_entry(name)
        if entry is not None:
            return entry.canonical
    return None


def layer(api: str, args: Sequence[Value], keywords: Mapping[str, Value]) -> Arguments | None:
    """The layer that a call makes, or None when it makes none.

    :raises NotConvertible: when its arguments cannot be told apart.
    """
    name = canonical(api) or ""
    match = _LAYER.fullmatch(name)
    if name not in INPUTS and match is None:
        return None
    kind = match[1] if match is not None else "Input"
    keywords = dict(keywords)
    args = _with_kernel(api, kind, args, keywords)
    if kind == "Conv2D" and len(args) > 2:
        raise NotConvertible("Conv2D with three positional arguments: kernel or strides?")
    given = bound(name, args, _renamed(api, keywords))
    if given is None:
        raise NotConvertible(f"the arguments of {kind} cannot be told apart")
    return Arguments(kind, given)


def bound(
    api: str, args: Sequence[Value], keywords: Mapping[str, Value]
) -> dict[str, Value] | None:
    """Arguments by name; None when there are more than the recorded signature has."""
    parameters = signatures.parameters(signatures.legacy_entry(api))
    positional = [one.name for one in parameters if one.positional]
    if len(args) > len(positional) or keywords.keys() & set(positional[: len(args)]):
        return None
    return {**dict(zip(positional, args, strict=False)), **keywords}


def _with_kernel(
    api: str, kind: str, args: Sequence[Value], keywords: dict[str, Value]
) -> Sequence[Value]:
    """Arguments in which the sizes of a kernel of Keras 1 are one; those named are taken out."""
    sides = _SIDES.get(kind, ())
    stated = [keywords.pop(name) for name in sides if name in keywords]
    old = interfaces.of(interfaces.canonical(api)).renamed.keys()
    is_keras_1 = api.startswith("keras.") and ("Convolution" in api or bool(old & keywords.keys()))
    sizes = args[1 : 1 + len(sides) - len(stated)] if stated or is_keras_1 else ()
    if sides and len(sizes) + len(stated) == len(sides):
        return [*args[:1], (*sizes, *stated), *args[1 + len(sizes) :]]
    return args


def _renamed(api: str, keywords: Mapping[str, Value]) -> dict[str, Value]:
    """Arguments of Keras 1 under their names of Keras 2."""
    interface = interfaces.of(interfaces.canonical(api))
    found = {}
    for name, value in keywords.items():
        values = interface.values.get(name, {})
        if isinstance(value, str) and value in values:
            value = ast.literal_eval(values[value])
        found[interface.renamed.get(name, name)] = value
    return found


class Arguments:
    """Arguments of one layer; those that nobody asked for are refused in the end."""

    def __init__(self, kind: str, given: Mapping[str, Value], template: str = "") -> None:
        self.kind = kind
        self.given = given
        #: Of what is no layer: an expression of its tensors.
        self.template = template
        self._asked: set[str] = set()

    def value(self, name: str) -> Value:
        """What is given; None when nothing is."""
        self._asked.add(name)
        return self.given.get(name)

    def size(self, name: str) -> Size:
        """A required dimension.

        :raises NotConvertible: when it is missing.
        """
        value = self.value(name)
        if value is None:
            raise NotConvertible(f"{self.kind} without {name}")
        return self.size_of(value)

    def size_of(self, value: Value) -> Size:
        """A number, the name of one, or an expression.

        :raises NotConvertible: for another literal, and for what is not known.
        """
        if value is None:
            return UNKNOWN
        if isinstance(value, Text):
            return Size(value.text, None)
        if isinstance(value, Unknown):
            raise NotConvertible(value.reason)
        if type(value) not in (int, float):
            raise NotConvertible(f"{value!r} as a size in {self.kind}")
        return Size(repr(value), value if type(value) is int else None)

    def sizes(self, shape: Value) -> list[Size]:
        """The dimensions of a shape.

        :raises NotConvertible: when it is neither written in place nor a name for one.
        """
        if type(shape) not in (tuple, list):
            raise NotConvertible("the input shape is not in sight")
        return [self.size_of(item) for item in shape]

    def flag(self, name: str, default: bool) -> bool:
        """A literal truth value.

        :raises NotConvertible: when it is not literal.
        """
        value = self.value(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise NotConvertible(f"{name} of {self.kind} is not literal")
        return value

    def numbers(self, name: str, default: int, rank: int) -> tuple[int, ...]:
        """As many literal positive integers as there are dimensions, or one for all.

        :raises NotConvertible: when it is neither.
        """
        value = self.value(name)
        if value is None:
            return (default,) * rank
        values = _integers(value)
        if len(values) == 1:
            values *= rank
        if len(values) != rank or min(values) <= 0:
            raise NotConvertible(f"{name} of {self.kind} is not literal and positive")
        return values

    def integers(self, name: str) -> tuple[int, ...]:
        """Literal integers, or one.

        :raises NotConvertible: when they are missing or not literal.
        """
        values = _integers(self.value(name))
        if not values:
            raise NotConvertible(f"{name} of {self.kind} is not literal")
        return values

    def axis(self) -> int:
        """The literal ``axis``, the last by default.

        :raises NotConvertible: when it is more than one, or not literal.
        """
        axes = self.integers("axis") if self.value("axis") is not None else (-1,)
        if len(axes) != 1:
            raise NotConvertible(f"{self.kind} along several axes")
        return axes[0]

    def margins(self, name: str, default: int, rank: int) -> list[tuple[int, int]]:
        """What is added or cut off before and after, in each dimension.

        :raises NotConvertible: when it is not literal.
        """
        value = self.value(name)
        items = value if type(value) in (tuple, list) else [value] * rank
        found = [(default,) if item is None else _integers(item) for item in items]
        if rank == 1 and len(found) == 2:
            found = [found[0] + found[1]]
        if len(found) != rank or not all(len(one) in {1, 2} for one in found):
            raise NotConvertible(f"{name} of {self.kind} is not literal")
        return [(one[0], one[-1]) for one in found]

    def number(self, name: str, default: float) -> float:
        """A literal number.

        :raises NotConvertible: when it is not literal.
        """
        value = self.value(name)
        if value is None:
            return default
        if type(value) not in (int, float):
            raise NotConvertible(f"{name} of {self.kind} is not literal")
        return float(value) if type(value) is float else int(value)

    def inner(self, name: str) -> Arguments:
        """The layer that a layer wraps.

        :raises NotConvertible: when it is not in sight.
        """
        found = self.value(name)
        if not isinstance(found, Arguments):
            raise NotConvertible(f"the layer inside {self.kind} is not written in place")
        return found

    def called(self, name: str) -> tuple[str, Mapping[str, Value]] | None:
        """A name and the arguments of its call: ``'l2'``, ``l2``, ``regularizers.l2(0.01)``.

        :raises NotConvertible: when it is something else.
        """
        value = self.value(name)
        if value is None:
            return None
        if isinstance(value, Made):
            return value.api.rpartition(".")[2], value.given
        if isinstance(value, (str, Named)):
            return self.word(name, ""), {}
        raise NotConvertible(f"{name} of {self.kind} is not known here")

    def word(self, name: str, default: str) -> str:
        """A literal string, or the last part of the name of a Keras function.

        :raises NotConvertible: when it is neither.
        """
        value = self.value(name)
        if value is None:
            return default
        if isinstance(value, Named):
            return value.api.rpartition(".")[2]
        if isinstance(value, str):
            return value
        raise NotConvertible(f"{name} of {self.kind} is not literal")

    def input_shape(self) -> list[Size] | None:
        """The shape of the input without its batch, where this layer states it."""
        for name in _SHAPES:
            value = self.value(name)
            if value is None:
                continue
            if name == "input_dim":
                return [self.size_of(value)]
            sizes = self.sizes(value)
            return sizes[1:] if name == "batch_input_shape" else sizes
        return None

    def leave(self, *names: str) -> None:
        """Say of arguments that they change nothing here."""
        self._asked.update(names)

    def finish(self) -> None:
        """Refuse what was given and not used.

        :raises NotConvertible: naming the first such argument.
        """
        for name, value in self.given.items():
            if name in self._asked or name in _IGNORED:
                continue
            harmless = (True,) if name == "trainable" else (None, False, 0)
            if value is None or (isinstance(value, (bool, int, float)) and value in harmless):
                continue
            raise NotConvertible(f"argument '{name}' of {self.kind} is not carried over")


def _integers(value: Value) -> tuple[int, ...]:
    """Literal integers, empty when it is something else."""
    items = value if type(value) in (tuple, list) else [value]
    return tuple(items) if all(type(item) is int for item in items) else ()
