"""Functional models: layers applied to tensors, read in order and written in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from astroid import nodes

from lintplugin.analysis import Module

from . import layer_arguments, layers
from .layer_arguments import UNKNOWN, Arguments, NotConvertible, Size
from .network import Network, Tensor

#: Layers of several tensors, element by element.
_MERGES: Mapping[str, str] = {
    "Add": "{} + {}",
    "Average": "{} + {}",
    "Maximum": "torch.maximum({}, {})",
    "Minimum": "torch.minimum({}, {})",
    "Multiply": "{} * {}",
    "Subtract": "{} - {}",
}

_OPERATORS: Mapping[str, str] = {"+": "Add", "-": "Subtract", "*": "Multiply"}

#: Names that a variable of ``forward`` must not take.
_TAKEN = frozenset({"F", "nn", "self", "torch"})


@dataclass(eq=False)
class Applied:
    """What a layer gives for some tensors; an input has none.

    :param variable: the name that the program gives it first.
    """

    layer: Arguments
    inputs: Sequence[Applied]
    variable: str = ""


class _Unknown(NamedTuple):
    """A value that is no part of a model, and why."""

    reason: str


_Value = Applied | Arguments | Sequence[Applied] | _Unknown


@dataclass
class _Reader:
    """What the variables of a block hold, up to a statement."""

    module: Module
    values: dict[str, _Value] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)

    def follow(self, statements: Iterable[nodes.NodeNG]) -> None:
        for statement in statements:
            if isinstance(statement, nodes.Assign) and len(statement.targets) == 1:
                (target,) = statement.targets
                if isinstance(target, nodes.AssignName):
                    value = self.value(statement.value)
                    if isinstance(value, Applied):
                        value.variable = value.variable or target.name
                    self.values[target.name] = value
                    continue
            if isinstance(statement, (nodes.FunctionDef, nodes.ClassDef)):
                continue
            is_plain = isinstance(statement, (nodes.Assign, nodes.AugAssign, nodes.AnnAssign))
            how = "not as a layer's output" if is_plain else "in a branch or loop"
            for bound in statement.nodes_of_class(nodes.AssignName):
                reason = f"line {bound.lineno} assigns '{bound.name}' {how}"
                self.values[bound.name] = _Unknown(reason)

    def value(self, node: nodes.NodeNG) -> _Value:
        """What an expression holds, by the statements before it."""
        if isinstance(node, nodes.Name):
            missing = _Unknown(f"'{node.name}' on line {node.lineno} is no tensor in sight")
            return self.values.get(node.name, missing)
        if isinstance(node, (nodes.List, nodes.Tuple)):
            return self._tensors([self.value(item) for item in node.elts])
        if isinstance(node, nodes.BinOp) and node.op in _OPERATORS:
            found = self._tensors([self.value(node.left), self.value(node.right)])
            if isinstance(found, _Unknown):
                return found
            names, source = self.module.names, self.module.source
            return self._apply(Arguments(names, source, None, _OPERATORS[node.op]), found)
        if isinstance(node, nodes.Call):
            return self._called(node)
        return _Unknown(f"line {node.lineno} is not a Keras layer applied to a tensor")

    def _called(self, call: nodes.Call) -> _Value:
        names, source = self.module.names, self.module.source
        try:
            layer = layer_arguments.layer(names, source, call)
        except NotConvertible as error:
            return _Unknown(str(error))
        if layer is not None and layer.kind == "Input":
            return self._apply(layer, [])
        if layer is not None and layer.kind.capitalize() in {*_MERGES, "Concatenate"}:
            if layer.kind[0].isupper():
                return layer
            given = layer.node("inputs")
            layer.kind = layer.kind.capitalize()
            return self._on(layer, given, call)
        if layer is not None:
            return layer
        made = self.value(call.func)
        if isinstance(made, _Unknown):
            return made
        if not isinstance(made, Arguments) or len(call.args) != 1 or call.keywords:
            return _Unknown(f"line {call.lineno} is not a Keras layer applied to a tensor")
        return self._on(made, call.args[0], call)

    def _on(self, layer: Arguments, node: nodes.NodeNG | None, call: nodes.Call) -> _Value:
        given = self.value(node) if node is not None else None
        if isinstance(given, _Unknown):
            return given
        if isinstance(given, Applied):
            return self._apply(layer, [given])
        if given is None or isinstance(given, Arguments):
            return _Unknown(f"line {call.lineno} is not a Keras layer applied to a tensor")
        return self._apply(layer, given)

    def _apply(self, layer: Arguments, inputs: Sequence[Applied]) -> Applied:
        self.applied.append(Applied(layer, inputs))
        return self.applied[-1]

    @staticmethod
    def _tensors(values: Sequence[_Value]) -> Sequence[Applied] | _Unknown:
        found = [one for one in values if isinstance(one, Applied)]
        if len(found) == len(values):
            return found
        unknown = [one for one in values if isinstance(one, _Unknown)]
        return unknown[0] if unknown else _Unknown("a list of what are no tensors")


def network(module: Module, call: nodes.Call) -> tuple[Network, list[Tensor], list[Arguments]]:
    """The layers between the inputs and outputs of a functional model.

    :return: what was written, what it returns, and the layers in Keras' order of weights.
    :raises NotConvertible: when a part of the model is not in sight or has no counterpart.
    """
    given = {one.arg: one.value for one in call.keywords}
    given.update(zip(("inputs", "outputs"), call.args, strict=False))
    statement = call.statement()
    parts = (getattr(statement.parent, part, None) for part in ("body", "orelse", "finalbody"))
    block = next((body for body in parts if body and statement in body), [statement])
    reader = _Reader(module)
    reader.follow(block[: block.index(statement)])
    inputs = _wanted(reader, given.get("inputs", given.get("input")))
    outputs = _wanted(reader, given.get("outputs", given.get("output")))
    if not inputs or not outputs or len(set(inputs)) < len(inputs):
        raise NotConvertible("its inputs are not in sight")
    depths = _depths(outputs)
    needed = [one for one in reader.applied if one in depths.applied]
    if any(one.layer.kind == "Input" and one not in inputs for one in needed):
        raise NotConvertible("an input of its layers is not among its inputs")
    found, tensors = _Writer(inputs, outputs, needed).written()
    return found, tensors, depths.order()


def _wanted(reader: _Reader, node: nodes.NodeNG | None) -> Sequence[Applied]:
    value = reader.value(node) if node is not None else _Unknown("its inputs are not in sight")
    if isinstance(value, Applied):
        return [value]
    if isinstance(value, (_Unknown, Arguments)):
        reason = value.reason if isinstance(value, _Unknown) else "a layer where a tensor belongs"
        raise NotConvertible(reason)
    return value


@dataclass
class _Depths:
    """How far each layer is from the outputs, by which Keras sorts the layers of a model.

    :ivar applied: in the order in which Keras visits them, inputs before what they go into.
    :ivar indices: the layers in the order in which they are first met.
    """

    applied: dict[Applied, int] = field(default_factory=dict)
    indices: dict[Arguments, int] = field(default_factory=dict)

    def visit(self, one: Applied) -> None:
        if one in self.applied:
            return
        self.indices.setdefault(one.layer, len(self.indices))
        for before in one.inputs:
            self.visit(before)
        self.applied[one] = 0

    def order(self) -> list[Arguments]:
        depths: dict[Arguments, int] = {}
        for one in reversed(self.applied):
            depth = max(self.applied[one], depths.get(one.layer, 0))
            depths[one.layer] = self.applied[one] = depth
            for before in one.inputs:
                self.applied[before] = max(self.applied[before], depth + 1)
        return sorted(self.indices, key=lambda layer: (-depths[layer], self.indices[layer]))


def _depths(outputs: Sequence[Applied]) -> _Depths:
    found = _Depths()
    for one in outputs:
        found.visit(one)
    return found


class _Writer:
    """Writes what is applied, with variables that nothing else needs any more."""

    def __init__(
        self, inputs: Sequence[Applied], outputs: Sequence[Applied], needed: Sequence[Applied]
    ) -> None:
        self._outputs = outputs
        self._needed = [one for one in needed if one.layer.kind != "Input"]
        self._uses = {one: outputs.count(one) for one in (*inputs, *needed)}
        for one in needed:
            for before in one.inputs:
                self._uses[before] += 1
        self._holders: dict[str, Applied] = {}
        self._tensors: dict[Applied, Tensor] = {}
        for one in inputs:
            self._tensors[one] = Tensor(self._name(one, "x"), _shape(one.layer))
        self._network = Network(list(self._tensors.values()))

    def written(self) -> tuple[Network, list[Tensor]]:
        found = self._network
        for one in self._needed:
            tensors = [self._tensors[before] for before in one.inputs]
            if not tensors:
                raise NotConvertible(f"{one.layer.kind} of no tensor")
            for before in one.inputs:
                self._uses[before] -= 1
            found.begin(tensors[0], self._name(one, tensors[0].name), one.layer)
            if one.layer.kind in _MERGES:
                _merge(found, one.layer.kind, tensors)
                one.layer.finish()
            elif one.layer.kind == "Concatenate":
                _concatenate(found, one.layer, tensors)
                one.layer.finish()
            elif len(tensors) == 1:
                layers.add(found, one.layer)
            else:
                raise NotConvertible(f"{one.layer.kind} of several tensors")
            if found.x != found.target:
                found.step(found.x)
            self._tensors[one] = found.tensor
        if self._outputs != self._needed[-1:]:
            found.scores = None
        return found, [self._last(one) for one in self._outputs]

    def _last(self, one: Applied) -> Tensor:
        """An output with its channels last."""
        tensor = self._tensors[one]
        if tensor.channels_first:
            found = self._network
            found.tensor, found.target = tensor, tensor.name
            found.move_channels(first=False)
        return tensor

    def _name(self, one: Applied, default: str) -> str:
        name = wanted = one.variable or default
        number = 0
        while name in _TAKEN or (name in self._holders and self._uses[self._holders[name]]):
            number += 1
            name = f"{wanted}_{number}"
        self._holders[name] = one
        return name


def _shape(layer: Arguments) -> list[Size]:
    node = layer.node("shape")
    if node is not None:
        return layer.sizes(node)
    node = layer.node("batch_shape")
    if node is None:
        raise NotConvertible("the shape of its input is not stated")
    return layer.sizes(node)[1:]


def _arranged(found: Network, tensors: Sequence[Tensor], first: bool) -> Iterator[str]:
    for tensor in tensors:
        yield found.moved(tensor, first)


def _merge(found: Network, kind: str, tensors: Sequence[Tensor]) -> None:
    if len({len(one.shape) for one in tensors}) != 1 or len(tensors) < 2:
        raise NotConvertible(f"{kind} of tensors with different numbers of dimensions")
    first = any(one.channels_first for one in tensors)
    text, *others = _arranged(found, tensors, first)
    for other in others:
        text = _MERGES[kind].format(text, other)
    found.step(f"({text}) / {len(tensors)}" if kind == "Average" else text)
    found.tensor.channels_first = first
    found.shape = [
        max(sizes, key=lambda size: size.value or 0)
        for sizes in zip(*(one.shape for one in tensors), strict=True)
    ]


def _concatenate(found: Network, layer: Arguments, tensors: Sequence[Tensor]) -> None:
    rank = len(tensors[0].shape)
    axis = layer.axis()
    axis = axis - 1 if axis > 0 else axis + rank
    if not 0 <= axis < rank or any(len(one.shape) != rank for one in tensors):
        raise NotConvertible("Concatenate along a dimension that is not there")
    first = all(one.channels_first for one in tensors)
    dim = (1 if axis == rank - 1 else axis + 2) if first else axis + 1
    parts = ", ".join(_arranged(found, tensors, first))
    found.step(f"torch.cat([{parts}], dim={dim})")
    found.tensor.channels_first = first
    sizes = [one.shape[axis] for one in tensors]
    values = [size.value for size in sizes]
    if UNKNOWN in sizes:
        found.shape[axis] = UNKNOWN
    elif None in values:
        found.shape[axis] = Size(" + ".join(found.text(size) for size in sizes), None)
    else:
        found.shape[axis] = Size.of(sum(value for value in values if value is not None))
