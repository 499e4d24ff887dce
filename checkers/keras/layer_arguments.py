"""Arguments of one Keras layer, bound to the recorded signature, and the sizes that they state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from astroid import nodes

from lintplugin import signatures
from lintplugin.names import Names
from lintplugin.source import Source


class NotConvertible(Exception):
    """A layer or argument without a counterpart here; the text says which, for the user."""


class Size(NamedTuple):
    """One dimension.

    :param text: how the program writes it.
    :param value: its value, None when it is known only when the program runs.
    """

    text: str
    value: int | None

    @property
    def is_name(self) -> bool:
        return self.value is None and self.text.isidentifier() and self is not UNKNOWN

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


def canonical(api: str | None) -> str | None:
    """The recorded name of an object of Keras; stand-alone Keras has what TensorFlow's has."""
    if api is None or "keras" not in api:
        return None
    for name in (api, f"tensorflow.{api}"):
        entry = signatures.legacy_entry(name)
        if entry is not None:
            return entry.canonical
    return None


def layer(names: Names, source: Source, node: nodes.NodeNG) -> Arguments | None:
    """The arguments of the layer that an expression makes, or None when it makes none.

    :raises NotConvertible: when they cannot be told apart.
    """
    if not isinstance(node, nodes.Call):
        return None
    api = canonical(names.api(node.func)) or ""
    match = _LAYER.fullmatch(api)
    if api not in INPUTS and match is None:
        return None
    kind = match[1] if match is not None else "Input"
    return Arguments(names, source, node, kind, api)


class Arguments:
    """Arguments of one layer; those that nobody asked for are refused in the end."""

    def __init__(
        self, names: Names, source: Source, call: nodes.Call | None, kind: str, api: str = ""
    ) -> None:
        self.kind = kind
        self._names = names
        self._source = source
        self._asked: set[str] = set()
        self.given: dict[str, nodes.NodeNG] = {}
        if call is None:
            return
        parameters = signatures.parameters(signatures.legacy_entry(api))
        positional = [one.name for one in parameters if one.positional]
        for index, value in enumerate(call.args):
            if isinstance(value, nodes.Starred) or index >= len(positional):
                raise NotConvertible(f"the arguments of {kind} cannot be told apart")
            self.given[positional[index]] = value
        if kind == "Conv2D" and len(call.args) > 2:
            raise NotConvertible("Conv2D with three positional arguments: kernel or strides?")
        for keyword in call.keywords:
            if keyword.arg is None:
                raise NotConvertible(f"the arguments of {kind} cannot be told apart")
            self.given[keyword.arg] = keyword.value

    def node(self, name: str) -> nodes.NodeNG | None:
        self._asked.add(name)
        value = self.given.get(name)
        return None if isinstance(value, nodes.Const) and value.value is None else value

    def size(self, name: str) -> Size:
        """A required dimension.

        :raises NotConvertible: when it is missing.
        """
        node = self.node(name)
        if node is None:
            raise NotConvertible(f"{self.kind} without {name}")
        return self.size_of(node)

    def size_of(self, node: nodes.NodeNG) -> Size:
        """A number, the name of one, or an expression.

        :raises NotConvertible: for another literal.
        """
        value = self._literal(node)
        if isinstance(value, nodes.Const):
            if value.value is None:
                return UNKNOWN
            if type(value.value) not in (int, float):
                raise NotConvertible(f"{value.as_string()} as a size in {self.kind}")
            return Size(repr(value.value), value.value if type(value.value) is int else None)
        return Size(self._source.segment(node), None)

    def sizes(self, node: nodes.NodeNG) -> list[Size]:
        """The dimensions of a shape.

        :raises NotConvertible: when it is neither written in place nor a name for one.
        """
        shape = self._literal(node)
        if not isinstance(shape, (nodes.Tuple, nodes.List)):
            raise NotConvertible("the input shape is not in sight")
        return [self.size_of(item) for item in shape.elts]

    def _literal(self, node: nodes.NodeNG) -> nodes.NodeNG:
        """What a name stands for, where it is assigned once; any other node itself."""
        if isinstance(node, nodes.Name):
            bindings = self._names.bindings(node)
            if len(bindings) == 1 and isinstance(
                bindings[0].value, (nodes.Const, nodes.Tuple, nodes.List)
            ):
                return bindings[0].value if bindings[0].item is None else node
        return node

    def flag(self, name: str, default: bool) -> bool:
        """A literal truth value.

        :raises NotConvertible: when it is not literal.
        """
        node = self.node(name)
        if node is None:
            return default
        if not isinstance(node, nodes.Const) or not isinstance(node.value, bool):
            raise NotConvertible(f"{name} of {self.kind} is not literal")
        return node.value

    def numbers(self, name: str, default: int, rank: int) -> tuple[int, ...]:
        """As many literal positive integers as there are dimensions, or one for all.

        :raises NotConvertible: when it is neither.
        """
        node = self.node(name)
        if node is None:
            return (default,) * rank
        values = _integers(node)
        if len(values) == 1:
            values *= rank
        if len(values) != rank or min(values) <= 0:
            raise NotConvertible(f"{name} of {self.kind} is not literal and positive")
        return values

    def integers(self, name: str) -> tuple[int, ...]:
        """Literal integers, or one.

        :raises NotConvertible: when they are missing or not literal.
        """
        node = self.node(name)
        values = _integers(self._literal(node)) if node is not None else ()
        if not values:
            raise NotConvertible(f"{name} of {self.kind} is not literal")
        return values

    def axis(self) -> int:
        """The literal ``axis``, the last by default.

        :raises NotConvertible: when it is more than one, or not literal.
        """
        axes = self.integers("axis") if self.node("axis") is not None else (-1,)
        if len(axes) != 1:
            raise NotConvertible(f"{self.kind} along several axes")
        return axes[0]

    def margins(self, name: str, default: int, rank: int) -> list[tuple[int, int]]:
        """What is added or cut off before and after, in each dimension.

        :raises NotConvertible: when it is not literal.
        """
        node = self.node(name)
        items = node.elts if isinstance(node, (nodes.Tuple, nodes.List)) else [node] * rank
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
        node = self.node(name)
        if node is None:
            return default
        value = self._literal(node)
        if not isinstance(value, nodes.Const) or type(value.value) not in (int, float):
            raise NotConvertible(f"{name} of {self.kind} is not literal")
        return float(value.value) if type(value.value) is float else int(value.value)

    def inner(self, name: str) -> Arguments:
        """The layer that a layer wraps.

        :raises NotConvertible: when it is not written in place.
        """
        node = self.node(name)
        found = layer(self._names, self._source, node) if node is not None else None
        if found is None:
            raise NotConvertible(f"the layer inside {self.kind} is not written in place")
        return found

    def called(self, name: str) -> tuple[str, Mapping[str, nodes.NodeNG]] | None:
        """A name and the arguments of its call: ``'l2'``, ``l2``, ``regularizers.l2(0.01)``.

        :raises NotConvertible: when it is something else.
        """
        node = self.node(name)
        if node is None:
            return None
        if not isinstance(node, nodes.Call):
            return self.word(name, ""), {}
        api = self._names.api(node.func)
        parameters = signatures.parameters(signatures.legacy_entry(canonical(api) or ""))
        try:
            given = signatures.bind(node, parameters)
        except signatures.Unbindable:
            api = None
        if api is None:
            raise NotConvertible(f"{name} of {self.kind} is not known here")
        return api.rpartition(".")[2], given

    def word(self, name: str, default: str) -> str:
        """A literal string, or the last part of the name of a Keras function.

        :raises NotConvertible: when it is neither.
        """
        node = self.node(name)
        if node is None:
            return default
        if isinstance(node, nodes.Const) and isinstance(node.value, str):
            return node.value
        api = self._names.api(node)
        if api is None or "(" in api:
            raise NotConvertible(f"{name} of {self.kind} is not literal")
        return api.rpartition(".")[2]

    def input_shape(self) -> list[Size] | None:
        """The shape of the input without its batch, where this layer states it."""
        for name in _SHAPES:
            node = self.node(name)
            if node is None:
                continue
            if name == "input_dim":
                return [self.size_of(node)]
            sizes = self.sizes(node)
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
            if isinstance(value, nodes.Const) and value.value in harmless:
                continue
            raise NotConvertible(f"argument '{name}' of {self.kind} is not carried over")


def _integers(node: nodes.NodeNG) -> tuple[int, ...]:
    """Literal integers, empty when it is something else."""
    items = node.elts if isinstance(node, (nodes.Tuple, nodes.List)) else [node]
    values: list[int] = []
    for item in items:
        sign = 1
        if isinstance(item, nodes.UnaryOp) and item.op == "-":
            sign, item = -1, item.operand
        if not isinstance(item, nodes.Const) or type(item.value) is not int:
            return ()
        values.append(sign * item.value)
    return tuple(values)
