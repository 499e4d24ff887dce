"""Functional models: layers applied to tensors, read in order and written in order."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from . import layers
from .layer_arguments import UNKNOWN, Arguments, Size
from .network import Network, Tensor
from .values import Applied, Copy, Model, NotConvertible, Text, Unknown, Value, filled

#: Layers of several tensors, element by element.
_MERGES: Mapping[str, str] = {
    "Add": "{} + {}",
    "Average": "{} + {}",
    "Maximum": "torch.maximum({}, {})",
    "Minimum": "torch.minimum({}, {})",
    "Multiply": "{} * {}",
    "Subtract": "{} - {}",
}

#: Names that a variable of ``forward`` must not take.
_TAKEN = frozenset({"F", "nn", "self", "torch"})

#: Variables of masks.
_MASK = re.compile(r"mask(_\d+)?")


def network(
    model: Model, applied: Sequence[Applied]
) -> tuple[Network, list[Tensor], list[Arguments]]:
    """The layers between the inputs and outputs of a functional model.

    :param applied: every layer of the program that was applied, in order.
    :return: what was written, what it returns, and the layers in Keras' order of weights.
    :raises NotConvertible: when a part of the model is not in sight or has no counterpart.
    """
    inputs, outputs = _ends(model)
    depths = _depths(outputs)
    needed = _needed(inputs, outputs, applied)
    found, tensors = _Writer(inputs, outputs, needed).written()
    return found, tensors, depths.order()


def _ends(model: Model) -> tuple[Sequence[Applied], Sequence[Applied]]:
    inputs, outputs = _wanted(model.inputs), _wanted(model.outputs)
    if not inputs or not outputs or len(set(inputs)) < len(inputs):
        raise NotConvertible("its inputs are not in sight")
    return inputs, outputs


def _needed(
    inputs: Sequence[Applied], outputs: Sequence[Applied], applied: Sequence[Applied]
) -> list[Applied]:
    """What is applied on the way from the inputs to the outputs, in order."""
    wanted, waiting = set(outputs), list(outputs)
    while waiting:
        one = waiting.pop()
        before = [other for other in one.inputs if other not in wanted]
        if one not in inputs:
            wanted.update(before)
            waiting.extend(before)
    if any(one.layer.kind == "Input" and one not in inputs for one in wanted):
        raise NotConvertible("an input of its layers is not among its inputs")
    return [one for one in applied if one in wanted]


def _wanted(value: Value) -> Sequence[Applied]:
    """The tensors that are the inputs or outputs of a model."""
    found = value if type(value) in (list, tuple) else [value]
    for one in found:
        if isinstance(one, Arguments):
            raise NotConvertible("a layer where a tensor belongs")
        if isinstance(one, (Text, Unknown)):
            raise NotConvertible(one.reason)
        if not isinstance(one, Applied):
            raise NotConvertible("its inputs are not in sight")
    return list(found)


def copied(applied: list[Applied], model: Model, tensors: Sequence[Applied]) -> Value:
    """What a model gives for some tensors, its layers being applied to them once more.

    :param applied: every layer that was applied, to which these are added.
    :raises NotConvertible: when it is not in sight.
    """
    copy = Copy(model, list(tensors))
    if model.layers is not None:
        (tensor,) = tensors
        for layer, line in flat(model.layers):
            if not isinstance(layer, Arguments):
                raise NotConvertible(f"line {line} is not a Keras layer written in place")
            if layer.kind not in {"Input", "InputLayer"}:
                tensor = Applied(layer, [tensor], model=copy)
                applied.append(tensor)
        return tensor
    inputs, outputs = _ends(model)
    if len(inputs) != len(tensors):
        raise NotConvertible("a model of as many tensors as it has no inputs")
    made = dict(zip(inputs, tensors, strict=True))
    for one in _needed(inputs, outputs, applied):
        if one in made:
            continue
        if one.model is not None:
            raise NotConvertible("a model in a model that is in a model")
        made[one] = Applied(one.layer, [made[before] for before in one.inputs], model=copy)
        applied.append(made[one])
    found = [made[one] for one in outputs]
    return found if len(found) > 1 else found[0]


def flat(found: Sequence[tuple[Value, int]]) -> Iterator[tuple[Value, int]]:
    """The layers of a model, those of models among them, too."""
    for layer, line in found:
        if isinstance(layer, Applied) and layer.layer.kind == "Input":
            yield layer.layer, line
        elif isinstance(layer, Model) and layer.layers is not None:
            yield from flat(layer.layers)
        else:
            yield layer, line


def shape(one: Applied, shapes: Mapping[Applied, Sequence[Size] | Unknown]) -> Value:
    """The sizes of what a layer gives, from those of what it takes."""
    try:
        if one.layer.kind == "Input":
            return _shape(one.layer)
        tensors = []
        for before in one.inputs:
            sizes = shapes.get(before, Unknown("a tensor of which no shape is known"))
            if isinstance(sizes, Unknown):
                return sizes
            tensors.append(Tensor("x", list(sizes)))
        found = Network(tensors)
        _write(found, one, tensors, "x")
    except NotConvertible as error:
        return Unknown(str(error))
    return found.shape


@dataclass
class _Depths:
    """How far each layer is from the outputs, by which Keras sorts the layers of a model.

    A model that is applied counts as one layer.

    :ivar applied: in the order in which Keras visits them, inputs before what they go into.
    :ivar indices: the layers and models in the order in which they are first met.
    """

    applied: dict[Applied | Copy, int] = field(default_factory=dict)
    indices: dict[Arguments | Model, int] = field(default_factory=dict)

    def visit(self, one: Applied) -> None:
        """Visit what a tensor is made of; no recursion, since networks are deep."""
        waiting = [(_unit(one), False)]
        while waiting:
            unit, is_left = waiting.pop()
            if is_left:
                self.applied.setdefault(unit, 0)
            elif unit not in self.applied:
                self.indices.setdefault(_owner(unit), len(self.indices))
                waiting.append((unit, True))
                waiting.extend((_unit(before), False) for before in reversed(unit.inputs))

    def order(self) -> list[Arguments]:
        depths: dict[Arguments | Model, int] = {}
        for one in reversed(self.applied):
            owner = _owner(one)
            depth = max(self.applied[one], depths.get(owner, 0))
            depths[owner] = self.applied[one] = depth
            for before in map(_unit, one.inputs):
                self.applied[before] = max(self.applied[before], depth + 1)
        found = sorted(self.indices, key=lambda owner: (-depths[owner], self.indices[owner]))
        return [layer for owner in found for layer in _layers(owner)]


def _unit(one: Applied) -> Applied | Copy:
    return one.model or one


def _owner(unit: Applied | Copy) -> Arguments | Model:
    return unit.model if isinstance(unit, Copy) else unit.layer


def _layers(owner: Arguments | Model) -> list[Arguments]:
    """The layers of a model in the order of their weights."""
    if isinstance(owner, Arguments):
        return [owner]
    if owner.layers is not None:
        return [layer for layer, _ in flat(owner.layers)]
    return _depths(_ends(owner)[1]).order()


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
            _write(found, one, tensors, self._name(one, tensors[0].name))
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
        label = one.layer.given.get("name")
        return dataclasses.replace(tensor, label=label if isinstance(label, str) else "")

    def _name(self, one: Applied, default: str) -> str:
        is_free = one.variable and not _MASK.fullmatch(one.variable)
        name = wanted = one.variable if is_free else default
        number = 0
        while name in _TAKEN or (name in self._holders and self._uses[self._holders[name]]):
            number += 1
            name = f"{wanted}_{number}"
        self._holders[name] = one
        return name


def _shape(layer: Arguments) -> list[Size]:
    shape = layer.value("shape")
    if shape is not None:
        return layer.sizes(shape)
    shape = layer.value("batch_shape")
    if shape is None:
        raise NotConvertible("the shape of its input is not stated")
    return layer.sizes(shape)[1:]


def _write(found: Network, one: Applied, tensors: Sequence[Tensor], target: str) -> None:
    """Write what a layer does to some tensors."""
    found.begin(tensors[0], target, one.layer)
    kind = one.layer.kind
    if any(tensor.mask for tensor in tensors) and (len(tensors) > 1 or kind == "Operation"):
        raise NotConvertible(f"a mask into {kind}")
    if kind in _MERGES or kind == "Operation":
        _merge(found, one.layer, tensors)
        one.layer.finish()
    elif kind == "Concatenate":
        _concatenate(found, one.layer, tensors)
        one.layer.finish()
    elif len(tensors) == 1:
        layers.add(found, one.layer)
    else:
        raise NotConvertible(f"{kind} of several tensors")
    if found.x != found.target:
        found.step(found.x)


def _arranged(found: Network, tensors: Sequence[Tensor], first: bool) -> Iterator[str]:
    for tensor in tensors:
        yield found.moved(tensor, first)


def _merge(found: Network, layer: Arguments, tensors: Sequence[Tensor]) -> None:
    kind = layer.kind
    if len({len(one.shape) for one in tensors}) != 1 or (len(tensors) < 2 and not layer.template):
        raise NotConvertible(f"{kind} of tensors with different numbers of dimensions")
    first = any(one.channels_first for one in tensors)
    text, *others = texts = list(_arranged(found, tensors, first))
    if layer.template:
        text = filled(layer.template, texts)
    for other in others if not layer.template else ():
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
