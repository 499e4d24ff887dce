"""The ``nn.Module`` that grows layer by layer: its attributes, its steps, where its weights go."""

from __future__ import annotations

import ast
import builtins
import dataclasses
import keyword
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .layer_arguments import UNKNOWN, Arguments, Size
from .values import NotConvertible
from .vocabulary import (
    ACTIVATIONS,
    INITIAL_VALUES,
    INITIALIZERS,
    PENALTIES,
    PENALTY,
    RESERVED,
)


@dataclass
class Tensor:
    """What flows through the model.

    :param name: the variable that holds it in ``forward``.
    :param shape: in the order of Keras: channels last, without the batch.
    :param channels_first: whether ``forward`` has the channels first at this point.
    :param mask: the variable that says which time steps count; empty when all do.
    :param label: by which Keras calls it, as an output; empty where the program gives no name.
    """

    name: str
    shape: list[Size]
    channels_first: bool = False
    mask: str = ""
    label: str = ""


class Step(NamedTuple):
    """One line of ``forward``."""

    expression: str
    target: str
    comment: str = ""

    def __str__(self) -> str:
        comment = f"  # {self.comment}" if self.comment else ""
        return f"{self.target} = {self.expression}{comment}"


@dataclass
class Network:
    """The layers so far.

    :param inputs: what ``forward`` takes.
    :ivar tensor: what the next step reads.
    :ivar target: the variable that the next step writes.
    :ivar scores: what the last step was before its softmax, when it ends in one.
    :ivar parameters: names that the class takes for sizes, in order.
    :ivar copies: by layer, how its arrays of Keras go into parameters.
    :ivar initial: how the first weights are drawn.
    :ivar penalties: terms that regularisers add to the loss.
    """

    inputs: list[Tensor]
    tensor: Tensor = field(init=False)
    target: str = "x"
    fields: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    copies: dict[Arguments, list[str]] = field(default_factory=dict)
    initial: list[str] = field(default_factory=list)
    penalties: list[str] = field(default_factory=list)
    scores: Step | None = None
    parameters: dict[str, None] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _made: dict[Arguments, list[str]] = field(default_factory=dict)
    _layer: Arguments | None = None
    _again: Iterator[str] | None = None

    def __post_init__(self) -> None:
        (self.tensor, *_) = self.inputs

    @property
    def x(self) -> str:
        return self.tensor.name

    @property
    def shape(self) -> list[Size]:
        return self.tensor.shape

    @shape.setter
    def shape(self, shape: list[Size]) -> None:
        self.tensor.shape = shape

    def begin(self, tensor: Tensor, target: str, layer: Arguments) -> None:
        """Apply a layer to a tensor; one that was applied before keeps its weights."""
        self.tensor = dataclasses.replace(tensor, shape=list(tensor.shape))
        self.target = target
        self.scores = None
        self._again = iter(self._made[layer]) if layer in self._made else None
        self._layer = layer
        self._made.setdefault(layer, [])

    def field(self, kind: str, made: str, sizes: Sequence[Size], *options: str) -> str:
        """Add an attribute and return how ``forward`` writes it.

        It has the name of the layer, where the program gives one. A size that is a name becomes a
        parameter of the class.
        """
        if self._again is not None:
            return next(self._again)
        name = f"self.{self._free(kind)}"
        given = ", ".join([*(self.text(size) for size in sizes), *options])
        self.fields.append(f"{name} = {made}({given})")
        if self._layer is not None:
            self._made[self._layer].append(name)
        return name

    def _free(self, kind: str) -> str:
        """A name that no attribute has."""
        called = self._layer.given.get("name") if self._layer is not None else None
        wanted = re.sub(r"\W", "_", called) if isinstance(called, str) else kind
        if not wanted.isidentifier() or keyword.iskeyword(wanted) or wanted in RESERVED:
            wanted = kind
        if wanted != kind and wanted in self._counts:
            wanted = f"{wanted}_{kind}"
        number = self._counts.get(wanted, 0)
        self._counts[wanted] = number + 1
        return f"{wanted}_{number}" if number else wanted

    def text(self, size: Size) -> str:
        """How the class writes a size, whose names it takes as parameters."""
        if size.value is None and size is not UNKNOWN:
            for node in ast.walk(ast.parse(size.text, mode="eval")):
                if isinstance(node, ast.Name) and not hasattr(builtins, node.id):
                    self.parameters[node.id] = None
        return size.text

    def line(self, text: str) -> None:
        """Add a line below an attribute."""
        if self._again is None:
            self.fields.append(text)

    def step(self, expression: str, comment: str = "", target: str | None = None) -> None:
        """Add a line to ``forward``; ``target`` where it is more than the variable."""
        self.steps.append(Step(expression, target or self.target, comment))
        self.tensor.name = self.target

    def mask(self, expression: str) -> None:
        """Say which time steps of what the last step read count from now on."""
        number = self._counts.get("mask", 0)
        self._counts["mask"] = number + 1
        self.tensor.mask = f"mask_{number}" if number else "mask"
        self.steps.append(Step(expression, self.tensor.mask))

    def copy(self, parameter: str, arrangement: str = "") -> None:
        """Take the next array of the Keras weights into a parameter."""
        self.copied(f"{parameter}.copy_(next(arrays){arrangement})")

    def copied(self, line: str) -> None:
        if self._again is None and self._layer is not None:
            self.copies.setdefault(self._layer, []).append(line)

    def weight(
        self, arguments: Arguments, role: str, default: str, parameter: str, view: str = ""
    ) -> None:
        """Draw a parameter as Keras does, and let its regulariser count.

        :param role: ``kernel`` of ``kernel_initializer`` and ``kernel_regularizer``.
        :param view: the parameter in a shape with Keras' numbers of inputs and outputs.
        :raises NotConvertible: when one of them is not known here.
        """
        called = arguments.called(f"{role}_initializer")
        name, given = called if called is not None else (default, {})
        template = INITIALIZERS.get(_snake(name))
        values = {
            word: arguments.size_of(given[word]).text if word in given else stated
            for word, stated in INITIAL_VALUES.items()
        }
        if template is None or given.keys() - {"seed", "dtype", *INITIAL_VALUES}:
            raise NotConvertible(f"{role}_initializer of {arguments.kind} is not known here")
        self.draw(template.format(weight=f"{parameter}{view}", **values))
        factors = _factors(arguments, f"{role}_regularizer")
        if self._again is None:
            self.penalties.extend(_terms(factors, parameter))

    def regularize(self, arguments: Arguments) -> None:
        """Let the output of a layer count in the loss, where its regulariser says so."""
        self.penalize(_factors(arguments, "activity_regularizer"))

    def penalize(self, factors: Mapping[str, str]) -> None:
        """Let what the last step gives count in the loss, for each example.

        :raises NotConvertible: when that is left to the loss, as a softmax is.
        """
        if not factors:
            return
        if self.scores is not None:
            raise NotConvertible("a regulariser of what softmax gives")
        number = sum("self.activity" in one for one in self.penalties)
        name = f"self.activity_{number}" if number else "self.activity"
        terms = " + ".join(_terms(factors, self.x))
        self.steps.append(Step(f"({terms}) / len({self.x})", name))
        self.penalties.append(name)

    def keep_channels_first(self, convert: Convert, arguments: Arguments) -> None:
        """Write a layer of images that Keras itself has with their channels first."""
        tensor = self.tensor
        tensor.shape, tensor.channels_first = [*tensor.shape[1:], *tensor.shape[:1]], True
        convert(self, arguments)
        self.move_channels(first=True)
        tensor.shape, tensor.channels_first = [*tensor.shape[-1:], *tensor.shape[:-1]], False

    def draw(self, line: str) -> None:
        """Draw first weights."""
        if self._again is None:
            self.initial.append(line)

    def rank(self, rank: int, kind: str) -> None:
        """Check the number of dimensions.

        :raises NotConvertible: when it is another.
        """
        if len(self.shape) != rank:
            raise NotConvertible(f"{kind} on an input of {len(self.shape)} dimensions")

    def features(self, kind: str) -> Size:
        """The last dimension, which must be stated.

        :raises NotConvertible: when it is not.
        """
        if not self.shape:
            raise NotConvertible(f"{kind} on an input of no dimension")
        if self.shape[-1] is UNKNOWN:
            raise NotConvertible(f"the number of features of {kind} is not stated")
        return self.shape[-1]

    def move_channels(self, first: bool) -> None:
        """Bring the dimensions into the order that the next step wants."""
        if len(self.shape) > 1 and self.tensor.channels_first != first:
            comment = "channels first, as PyTorch has them" if first else "channels last"
            self.step(self.moved(self.tensor, first), comment)
            self.tensor.channels_first = first

    def moved(self, tensor: Tensor, first: bool) -> str:
        """A tensor with its channels moved, as an expression."""
        count = len(tensor.shape)
        if count < 2 or tensor.channels_first == first:
            return tensor.name
        middle = range(1, count) if first else range(2, count + 1)
        order = [0, count, *middle] if first else [0, *middle, 1]
        return f"{tensor.name}.permute({', '.join(map(str, order))})"

    def activate(self, name: str) -> None:
        """Apply an activation to the last step.

        :param name: its name, or an expression of ``{x}``.
        :raises NotConvertible: when it is not known here.
        """
        if name not in ACTIVATIONS and "{x}" not in name:
            raise NotConvertible(f"activation '{name}' has no counterpart here")
        if name.endswith("softmax"):
            self.move_channels(first=False)
        last = self.apply(ACTIVATIONS.get(name, name))
        if name == "softmax":
            self.scores = last

    def apply(self, template: str) -> Step:
        """Apply a function to the last step, within its line where that reads well.

        :return: the step without the function.
        """
        last = Step(self.x, self.target)
        if template == "{x}":
            return last
        if self.steps and template.count("{x}") == 1:
            before = self.steps[-1]
            if before.target == self.target == self.x and not before.comment:
                last = self.steps.pop()
        self.step(template.format(x=last.expression))
        return last

    def sides(self, rank: int) -> tuple[int, ...]:
        """The dimensions before the channels.

        :raises NotConvertible: when they are not known before the program runs.
        """
        values = [size.value for size in self.shape[:rank]]
        found = tuple(value for value in values if value is not None)
        if len(found) != len(values):
            raise NotConvertible("the height and width of the images are not literal")
        return found

    def product(self) -> Size:
        """The number of elements of one example; channels first, as the usual example has it.

        :raises NotConvertible: when it is known only when the program runs.
        """
        *before, channels = self.shape
        factors = [channels, *before] if len(before) == 2 else self.shape
        values = [one.value for one in factors]
        if None not in values:
            text = " * ".join(one.text for one in factors)
            return Size(text, math.prod(one for one in values if one is not None))
        if UNKNOWN in factors:
            raise NotConvertible("the size after Flatten is known only when the program runs")
        return Size(" * ".join(one.text for one in factors), None)


#: Writes one layer.
Convert = Callable[[Network, Arguments], None]


def _factors(arguments: Arguments, name: str) -> Mapping[str, str]:
    """The factors of a regulariser, ``l1`` and ``l2``.

    :raises NotConvertible: when it is another.
    """
    called = arguments.called(name)
    if called is None:
        return {}
    kind, given = called
    if not re.fullmatch(r"l1|l2|l1_?l2", kind.lower()):
        raise NotConvertible(f"{name} of {arguments.kind} is not known here")
    nodes = {word: given.get(word, given.get("l")) for word in PENALTIES if word in kind.lower()}
    return {
        word: arguments.size_of(node).text if node is not None else PENALTY
        for word, node in nodes.items()
    }


def _terms(factors: Mapping[str, str], value: str) -> list[str]:
    return [PENALTIES[word].format(factor=one, weight=value) for word, one in factors.items()]


def _snake(name: str) -> str:
    """``GlorotUniform`` as ``glorot_uniform``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
