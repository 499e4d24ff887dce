"""PyTorch code for Keras layers, one after another: sizes worked out, weights taken over."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from astroid import nodes

from lintplugin import signatures
from lintplugin.names import Names
from lintplugin.source import Source


class NotConvertible(Exception):
    """A layer or argument without a counterpart here; the text says which, for the user."""


@dataclass(frozen=True)
class Size:
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

#: What an activation does to an expression; ``{axis}`` is the one of the features.
ACTIVATIONS = {
    "elu": "F.elu({x})",
    "exponential": "torch.exp({x})",
    "linear": "{x}",
    "relu": "torch.relu({x})",
    "selu": "F.selu({x})",
    "sigmoid": "torch.sigmoid({x})",
    "softmax": "torch.softmax({x}, dim={axis})",
    "softplus": "F.softplus({x})",
    "softsign": "F.softsign({x})",
    "swish": "F.silu({x})",
    "tanh": "torch.tanh({x})",
}

#: Arguments that set the first weights or names only.
_IGNORED = frozenset(
    {
        "bias_initializer",
        "embeddings_initializer",
        "implementation",
        "input_length",
        "kernel_initializer",
        "name",
        "recurrent_initializer",
        "unit_forget_bias",
        "unroll",
    }
)

_SHAPES = ("input_shape", "batch_input_shape", "input_dim")


class Arguments:
    """Arguments of one layer; those that nobody asked for are refused in the end."""

    def __init__(self, names: Names, source: Source, call: nodes.Call, kind: str, api: str) -> None:
        self.kind = kind
        self._names = names
        self._source = source
        self._asked: set[str] = set()
        self.given: dict[str, nodes.NodeNG] = {}
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

    def pair(self, name: str, default: tuple[int, int]) -> tuple[int, int]:
        """Two literal positive integers, or one for both.

        :raises NotConvertible: when it is neither.
        """
        node = self.node(name)
        if node is None:
            return default
        items = node.elts if isinstance(node, (nodes.Tuple, nodes.List)) else [node, node]
        values = [
            item.value
            for item in items
            if isinstance(item, nodes.Const) and type(item.value) is int and item.value > 0
        ]
        if len(items) != 2 or len(values) != 2:
            raise NotConvertible(f"{name} of {self.kind} is not literal and positive")
        return values[0], values[1]

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

    def finish(self) -> None:
        """Refuse what was given and not used.

        :raises NotConvertible: naming the first such argument.
        """
        for name, value in self.given.items():
            if name in self._asked or name in _IGNORED:
                continue
            if isinstance(value, nodes.Const) and value.value in (None, False, 0):
                continue
            raise NotConvertible(f"argument '{name}' of {self.kind} is not carried over")


@dataclass(frozen=True)
class _Step:
    """One line of ``forward``.

    :param expression: what ``x`` becomes, in terms of ``x``.
    :param target: left of the equals sign.
    """

    expression: str
    target: str = "x"
    comment: str = ""

    def __str__(self) -> str:
        comment = f"  # {self.comment}" if self.comment else ""
        return f"{self.target} = {self.expression}{comment}"


@dataclass
class Network:
    """The layers so far.

    :param shape: of ``x``, in the order of Keras: channels last, without the batch.
    :ivar parameters: names that the class takes for sizes, in order.
    :ivar channels_first: whether ``x`` has them first at this point of ``forward``.
    :ivar scores: what the last step was before its softmax, when it ends in one.
    """

    shape: list[Size]
    channels_first: bool = False
    fields: list[str] = field(default_factory=list)
    steps: list[_Step] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    scores: _Step | None = None
    parameters: dict[str, None] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def add(self, arguments: Arguments) -> None:
        """Append a layer.

        :raises NotConvertible: when it has no counterpart here.
        """
        convert = _LAYERS.get(arguments.kind)
        if convert is None:
            raise NotConvertible(f"{arguments.kind} has no counterpart here")
        self.scores = None
        arguments.input_shape()
        convert(self, arguments)
        arguments.finish()

    def field(self, kind: str, made: str, sizes: Sequence[Size], *options: str) -> str:
        """Add an attribute and return how ``forward`` writes it.

        A size that is a name becomes a parameter of the class.
        """
        number = self._counts.get(kind, 0)
        self._counts[kind] = number + 1
        name = f"self.{kind}_{number}" if number else f"self.{kind}"
        given = ", ".join([*(size.text for size in sizes), *options])
        self.fields.append(f"{name} = {made}({given})")
        self.parameters.update({size.text: None for size in sizes if size.is_name})
        return name

    def step(self, expression: str, comment: str = "") -> None:
        self.steps.append(_Step(expression, comment=comment))

    def copy(self, parameter: str, arrangement: str = "") -> None:
        """Take the next array of the Keras weights into a parameter."""
        self.copies.append(f"{parameter}.copy_(next(arrays){arrangement})")

    def rank(self, rank: int, kind: str) -> None:
        """Check the number of dimensions.

        :raises NotConvertible: when it is another.
        """
        if len(self.shape) != rank:
            raise NotConvertible(f"{kind} on an input of {len(self.shape)} dimensions")

    def move_channels(self, first: bool) -> None:
        """Bring images into the order that the next layer wants."""
        if len(self.shape) == 3 and self.channels_first != first:
            order = "0, 3, 1, 2" if first else "0, 2, 3, 1"
            comment = "channels first, as PyTorch has them" if first else "channels last"
            self.step(f"x.permute({order})", comment)
            self.channels_first = first

    def activate(self, name: str) -> None:
        """Apply an activation to the last step.

        :raises NotConvertible: when it is not known here.
        """
        if name not in ACTIVATIONS:
            raise NotConvertible(f"activation '{name}' has no counterpart here")
        if name == "linear":
            return
        last = self.steps.pop() if self.steps else _Step("x")
        if last.target != "x" or last.comment:
            self.steps.append(last)
            last = _Step("x")
        axis = 1 if self.channels_first else -1
        self.steps.append(_Step(ACTIVATIONS[name].format(x=last.expression, axis=axis)))
        if name == "softmax" and not self.channels_first:
            self.scores = last

    def spatial(self) -> tuple[int, int]:
        """Height and width.

        :raises NotConvertible: when they are not known before the program runs.
        """
        height, width = self.shape[0].value, self.shape[1].value
        if height is None or width is None:
            raise NotConvertible("the height and width of the images are not literal")
        return height, width


def _without(bias: bool) -> list[str]:
    return [] if bias else ["bias=False"]


def _dense(network: Network, arguments: Arguments) -> None:
    units = arguments.size("units")
    if not network.shape:
        raise NotConvertible("Dense on an input of no dimension")
    network.move_channels(first=False)
    bias = arguments.flag("use_bias", True)
    if network.shape[-1] is UNKNOWN:
        raise NotConvertible("the number of features is not stated")
    layer = network.field("dense", "nn.Linear", [network.shape[-1], units], *_without(bias))
    network.copy(f"{layer}.weight", ".T")
    if bias:
        network.copy(f"{layer}.bias")
    network.step(f"{layer}(x)")
    network.shape[-1] = units
    network.activate(arguments.word("activation", "linear"))


def _pad(network: Network, kernel: Sequence[int], stride: Sequence[int], value: str = "") -> None:
    """Pad as ``padding='same'`` of Keras does: more at the end where it is uneven."""
    amounts = [
        max((math.ceil(size / stride[axis]) - 1) * stride[axis] + kernel[axis] - size, 0)
        for axis, size in enumerate(network.spatial())
    ]
    (top, left) = (amount // 2 for amount in amounts)
    if any(amounts):
        pads = (left, amounts[1] - left, top, amounts[0] - top)
        network.step(f"F.pad(x, {pads}{value})", "padding='same'")


def _slide(network: Network, kernel: Sequence[int], stride: Sequence[int], same: bool) -> None:
    """Set height and width to what a window leaves of them."""
    for axis, size in enumerate(network.spatial()):
        left = math.ceil(size / stride[axis]) if same else (size - kernel[axis]) // stride[axis] + 1
        if left <= 0:
            raise NotConvertible("a window is larger than the image")
        network.shape[axis] = Size.of(left)


def _padding(arguments: Arguments) -> bool:
    """Whether the padding is ``same``."""
    padding = arguments.word("padding", "valid").lower()
    if padding not in {"same", "valid"}:
        raise NotConvertible(f"padding '{padding}' has no counterpart here")
    if arguments.word("data_format", "channels_last") != "channels_last":
        raise NotConvertible("images with their channels first")
    return padding == "same"


def _conv2d(network: Network, arguments: Arguments) -> None:
    network.rank(3, "Conv2D")
    filters = arguments.size("filters")
    kernel, stride = arguments.pair("kernel_size", (1, 1)), arguments.pair("strides", (1, 1))
    dilation = arguments.pair("dilation_rate", (1, 1))
    bias, same = arguments.flag("use_bias", True), _padding(arguments)
    options = [str(kernel)]
    if network.shape[2] is UNKNOWN:
        raise NotConvertible("the number of channels is not stated")
    network.move_channels(first=True)
    if stride != (1, 1):
        options.append(f"stride={stride}")
    if dilation != (1, 1):
        options.append(f"dilation={dilation}")
    reach = [rate * (size - 1) + 1 for rate, size in zip(dilation, kernel, strict=True)]
    if same:
        _pad(network, reach, stride)
    sizes = [network.shape[2], filters]
    layer = network.field("conv2d", "nn.Conv2d", sizes, *options, *_without(bias))
    network.copy(f"{layer}.weight", ".permute(3, 2, 0, 1)")
    if bias:
        network.copy(f"{layer}.bias")
    network.step(f"{layer}(x)")
    _slide(network, reach, stride, same)
    network.shape[2] = filters
    network.activate(arguments.word("activation", "linear"))


def _pooling(function: str) -> Callable[[Network, Arguments], None]:
    def convert(network: Network, arguments: Arguments) -> None:
        network.rank(3, arguments.kind)
        kernel = arguments.pair("pool_size", (2, 2))
        stride, same = arguments.pair("strides", kernel), _padding(arguments)
        if same and function == "avg_pool2d":
            raise NotConvertible("AveragePooling2D with padding='same' leaves the padding out")
        network.move_channels(first=True)
        if same:
            _pad(network, kernel, stride, ', value=float("-inf")')
        given = [str(kernel), *([f"stride={stride}"] if stride != kernel else [])]
        network.step(f"F.{function}(x, {', '.join(given)})")
        _slide(network, kernel, stride, same)

    return convert


def _flatten(network: Network, arguments: Arguments) -> None:
    arguments.word("data_format", "channels_last")
    if len(network.shape) == 1:
        return
    moves = len(network.shape) == 3 and network.channels_first
    network.move_channels(first=False)
    if moves:
        last = network.steps.pop()
        network.step(f"{last.expression}.flatten(1)", "as Keras flattens, channels last")
    else:
        network.step("x.flatten(1)")
    *before, channels = network.shape
    factors = [channels, *before] if len(before) == 2 else network.shape
    values = [one.value for one in factors]
    product = math.prod(one for one in values if one is not None) if None not in values else None
    if product is None and UNKNOWN in factors:
        raise NotConvertible("the size after Flatten is known only when the program runs")
    network.shape = [Size(" * ".join(one.text for one in factors), product)]


def _lstm(network: Network, arguments: Arguments) -> None:
    network.rank(2, "LSTM")
    units = arguments.size("units")
    functions = (
        arguments.word("activation", "tanh"),
        arguments.word("recurrent_activation", "sigmoid"),
    )
    if functions != ("tanh", "sigmoid"):
        raise NotConvertible("an LSTM whose activations are not tanh and sigmoid")
    bias, sequences = arguments.flag("use_bias", True), arguments.flag("return_sequences", False)
    features = network.shape[1]
    if features is UNKNOWN:
        raise NotConvertible("the number of features is not stated")
    options = ["batch_first=True", *_without(bias)]
    layer = network.field("lstm", "nn.LSTM", [features, units], *options)
    network.copy(f"{layer}.weight_ih_l0", ".T")
    network.copy(f"{layer}.weight_hh_l0", ".T")
    if bias:
        network.fields.append("# PyTorch has two biases where Keras has one.")
        network.fields.append(f"nn.init.zeros_({layer}.bias_hh_l0).requires_grad_(False)")
        network.copy(f"{layer}.bias_ih_l0")
    network.steps.append(_Step(f"{layer}(x)", target="x, _"))
    network.shape[1] = units
    if not sequences:
        network.step("x[:, -1]")
        network.shape = [units]


def _embedding(network: Network, arguments: Arguments) -> None:
    network.rank(1, "Embedding")
    words, features = arguments.size("input_dim"), arguments.size("output_dim")
    layer = network.field("embedding", "nn.Embedding", [words, features])
    network.copy(f"{layer}.weight")
    network.step(f"{layer}(x)")
    network.shape = [network.shape[0], features]


def _dropout(network: Network, arguments: Arguments) -> None:
    layer = network.field("dropout", "nn.Dropout", [arguments.size("rate")])
    network.step(f"{layer}(x)")
    arguments.node("seed")


def _activation(network: Network, arguments: Arguments) -> None:
    network.activate(arguments.word("activation", "linear"))


def _softmax(network: Network, arguments: Arguments) -> None:
    network.move_channels(first=False)
    network.activate("softmax")


_LAYERS: Mapping[str, Callable[[Network, Arguments], None]] = {
    "Activation": _activation,
    "AveragePooling2D": _pooling("avg_pool2d"),
    "Conv2D": _conv2d,
    "Dense": _dense,
    "Dropout": _dropout,
    "Embedding": _embedding,
    "Flatten": _flatten,
    "LSTM": _lstm,
    "MaxPooling2D": _pooling("max_pool2d"),
    "ReLU": lambda network, arguments: network.activate("relu"),
    "Softmax": _softmax,
}


def written(network: Network, title: str) -> Iterator[str]:
    """Lines of the class."""
    if network.channels_first:
        network.move_channels(first=False)
    steps = list(network.steps)
    if network.scores is not None:
        steps[-1] = network.scores
        if network.scores.expression == "x":
            steps.pop()
    yield f"class {title}(nn.Module):"
    yield f"    def __init__({', '.join(['self', *network.parameters])}):"
    yield "        super().__init__()"
    for line in network.fields:
        yield f"        {line}"
    yield ""
    yield "    def forward(self, x):"
    if network.scores is not None:
        yield '        """Scores before the last softmax, which nn.CrossEntropyLoss applies."""'
    for step in steps[:-1]:
        yield f"        {step}"
    last = steps[-1] if steps else _Step("x")
    if last.target == "x":
        yield f"        return {last.expression}"
    else:
        yield f"        {last}"
        yield "        return x"
    if network.scores is not None:
        yield ""
        yield "    def predict(self, x):"
        yield '        """Probabilities, as the Keras model gives them."""'
        yield "        return torch.softmax(self(x), dim=-1)"
    if network.copies:
        yield ""
        yield "    def load_keras(self, weights):"
        yield '        """Take over what get_weights() of the Keras model gives."""'
        yield "        arrays = map(torch.as_tensor, weights)"
        yield "        with torch.no_grad():"
        for line in network.copies:
            yield f"            {line}"
