"""A flattened size that the layers before it do not give."""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from astroid import nodes

from lintplugin import signatures
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.names import Names
from lintplugin.replacements import NOT_EXECUTED
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

from . import objects, unknown_name

RULE = Rule(
    id="W7003",
    message="%(stated)s features, but %(image)s leaves %(given)s before this layer",
    summary="The flattened size in a model is not what its convolutions make of the input.",
    why="""\
Keras works out the size after `Flatten` itself, PyTorch wants it written down, and a number taken
from another network or reckoned by hand is easily wrong: a 28x28 image leaves 26x26 after a 3x3
convolution and 13x13 after pooling, not 12x12. `nn.Linear` then raises `RuntimeError`. Worse is
`x.view(-1, size)`, which makes up for a wrong size with the batch dimension and raises only when
the numbers do not divide: 144 images of 32x13x13 pass as 169 of 32x12x12.

Reported for models whose layers and sizes are all literal, where the size of the input is stated in
the file: a tensor of literal shape that the model is called with, the `input_shape` of a Keras
model beside it, or a torchvision data set of known size that nothing resizes. Where several sizes
are stated, one that fits is enough.
""",
    references=("https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html",),
)

SYMBOL = "torch-flatten-size"

#: Channels, height, width.
_Image = tuple[int, int, int]

_Shape = tuple[int, ...]

#: Images of torchvision's data sets.
_DATA_SETS: Mapping[str, _Image] = {
    "CIFAR10": (3, 32, 32),
    "CIFAR100": (3, 32, 32),
    "FashionMNIST": (1, 28, 28),
    "KMNIST": (1, 28, 28),
    "MNIST": (1, 28, 28),
    "QMNIST": (1, 28, 28),
    "SVHN": (3, 32, 32),
}

#: Words of a file that changes the size of its images.
_RESIZES = ("Resize", "Crop", "Pad", "interpolate", "Upsample", "resize")

_MAKERS = frozenset(f"torch.{name}()" for name in ("empty", "ones", "rand", "randn", "zeros"))

_SAME_SHAPE = frozenset(
    {
        "alpha_dropout",
        "contiguous",
        "dropout",
        "dropout2d",
        "elu",
        "float",
        "gelu",
        "hardtanh",
        "leaky_relu",
        "log_softmax",
        "relu",
        "relu6",
        "relu_",
        "selu",
        "sigmoid",
        "silu",
        "softmax",
        "softplus",
        "tanh",
    }
)

_SAME_SHAPE_LAYERS = frozenset(
    {
        "BatchNorm1d",
        "BatchNorm2d",
        "Dropout",
        "Dropout2d",
        "ELU",
        "GELU",
        "Identity",
        "LeakyReLU",
        "LogSoftmax",
        "ReLU",
        "ReLU6",
        "SELU",
        "SiLU",
        "Sigmoid",
        "Softmax",
        "Tanh",
    }
)


class _UnknownShapeError(Exception):
    """The shape cannot be followed further."""


class _Mismatch(NamedTuple):
    """A size that does not fit.

    :param node: the literal.
    :param stated: its value.
    :param given: the shape that is flattened there, without the batch.
    """

    node: nodes.NodeNG
    stated: int
    given: _Shape


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    for owner in names.by_type["ClassDef"]:
        forward = objects.method(owner, "forward")
        if forward is None or not objects.is_module_class(names, owner):
            continue
        found = [
            (source, image, mismatches)
            for source, image in _images(module, owner)
            if (mismatches := _mismatches(names, owner, forward, image)) is not None
        ]
        if not found or not all(mismatches for _, _, mismatches in found):
            continue
        source, image, mismatches = found[0]
        for mismatch in mismatches:
            yield module.finding(
                mismatch.node,
                "torch.nn.Linear",
                confidence="INFERENCE",
                fixes=functools.partial(_fixes, module, mismatches, source),
                stated=_product(module.source.segment(mismatch.node), mismatch.stated),
                given=_product(_written(mismatch.given), math.prod(mismatch.given)),
                image=f"an image of {image[1]}x{image[2]}",
            )


def _product(text: str, value: int) -> str:
    return text if text == str(value) else f"{text} = {value}"


def _written(shape: _Shape) -> str:
    return " * ".join(map(str, shape))


# The size of the input


def _calls(names: Names) -> Mapping[nodes.ClassDef, list[nodes.Call]]:
    """The calls of each model of a file, and those that it is passed to."""
    found: dict[nodes.ClassDef, list[nodes.Call]] = defaultdict(list)
    for call in objects.calls(names):
        owners = (objects.class_of(names, part) for part in (call.func, *call.args))
        for owner in dict.fromkeys(owners):
            if owner is not None:
                found[owner].append(call)
    return found


def _images(module: Module, owner: nodes.ClassDef) -> Iterator[tuple[str, _Image]]:
    """Sizes of input that the file states for a model, each with where from; empty when certain."""
    names = module.names
    called = False
    for call in names.kept(_calls)[owner]:
        for argument in call.args:
            shape = _made(names, argument)
            if shape is not None and len(shape) == 4:
                called = True
                yield "", (shape[1], shape[2], shape[3])
    if called or any(word in module.source.text for word in _RESIZES):
        return
    for keyword in names.by_type["Keyword"]:
        api = names.api(keyword.parent) or ""
        if keyword.arg == "input_shape" and ".layers." in api:
            sizes = _integers(keyword.value)
            if sizes is not None and len(sizes) == 3:
                height, width, channels = sizes
                yield "the input_shape of the Keras model", (channels, height, width)
    for call in objects.calls(names):
        name = getattr(call.func, "attrname", getattr(call.func, "name", ""))
        if name in _DATA_SETS:
            yield f"the data set {name}", _DATA_SETS[name]


def _made(names: Names, node: nodes.NodeNG) -> _Shape | None:
    """The shape of ``torch.zeros(1, 28, 28)`` and its like, given directly or by a name."""
    made = objects.constructor(names, node)
    if made is None or names.api(made) not in _MAKERS:
        return None
    if len(made.args) == 1 and isinstance(made.args[0], (nodes.Tuple, nodes.List)):
        return _integers(made.args[0])
    return _all_integers(made.args)


def _integers(node: nodes.NodeNG) -> _Shape | None:
    return _all_integers(node.elts) if isinstance(node, (nodes.Tuple, nodes.List)) else None


def _all_integers(items: list[nodes.NodeNG]) -> _Shape | None:
    values = [_integer(item) for item in items]
    return (
        tuple(value for value in values if value is not None)
        if all(value is not None for value in values)
        else None
    )


def _integer(node: nodes.NodeNG | None) -> int | None:
    """The value of an integer or of a product, sum, difference or quotient of integers."""
    if isinstance(node, nodes.Const) and type(node.value) is int:
        return int(node.value)
    if isinstance(node, nodes.UnaryOp) and node.op == "-":
        operand = _integer(node.operand)
        return -operand if operand is not None else None
    if isinstance(node, nodes.BinOp):
        left, right = _integer(node.left), _integer(node.right)
        if left is None or right is None:
            return None
        if node.op == "*":
            return left * right
        if node.op == "+":
            return left + right
        if node.op == "-":
            return left - right
        if node.op == "//" and right:
            return left // right
    return None


# The shapes in between


def _mismatches(
    names: Names, owner: nodes.ClassDef, forward: nodes.FunctionDef, image: _Image
) -> list[_Mismatch] | None:
    """Sizes in a model that an image does not give; None when the model cannot be followed."""
    walk = _Walk(names, owner, forward)
    try:
        walk.run(image)
    except _UnknownShapeError:
        # What was found before is found; what comes after is not known.
        return walk.found or None
    return walk.found


@dataclass
class _Walk:
    """One pass through ``forward`` with an image of a known size."""

    names: Names
    owner: nodes.ClassDef
    forward: nodes.FunctionDef
    found: list[_Mismatch] = field(default_factory=list)
    _shapes: dict[str, _Shape] = field(default_factory=dict)
    #: The shape before it was flattened, by the name or layer that flattened it.
    _before: dict[str, _Shape] = field(default_factory=dict)

    def run(self, image: _Image) -> None:
        parameters = self.forward.argnames()
        if len(parameters) != 2:
            raise _UnknownShapeError
        self._shapes[parameters[1]] = image
        for statement in self.forward.body:
            if isinstance(statement, nodes.Return) and statement.value is not None:
                self._shape(statement.value)
                return
            if not isinstance(statement, nodes.Assign) or len(statement.targets) != 1:
                raise _UnknownShapeError
            target = statement.targets[0]
            if not isinstance(target, nodes.AssignName):
                raise _UnknownShapeError
            self._shapes[target.name] = self._shape(statement.value)

    def _shape(self, node: nodes.NodeNG) -> _Shape:
        """Shape of an expression without its batch dimension.

        :raises _UnknownShapeError: when it cannot be followed.
        """
        if isinstance(node, nodes.Name) and node.name in self._shapes:
            return self._shapes[node.name]
        if not isinstance(node, nodes.Call):
            raise _UnknownShapeError
        layer = objects.constructor(self.names, node.func)
        if layer is not None and layer is not node and node.args:
            return self._layer(layer, self._shape(node.args[0]))
        if not isinstance(node.func, nodes.Attribute):
            raise _UnknownShapeError
        api, name = self.names.api(node.func), node.func.attrname
        if api is not None and "(" not in api:
            return self._function(name, node, node.args[0] if node.args else None, node.args[1:])
        return self._function(name, node, node.func.expr, node.args)

    def _function(
        self, name: str, call: nodes.Call, tensor: nodes.NodeNG | None, rest: list[nodes.NodeNG]
    ) -> _Shape:
        if tensor is None:
            raise _UnknownShapeError
        shape = self._shape(tensor)
        if name in _SAME_SHAPE:
            return shape
        if name in {"max_pool2d", "avg_pool2d"}:
            names = ("kernel_size", "stride", "padding")
            given: dict[str, nodes.NodeNG] = dict(zip(names, rest, strict=False))
            given.update((one.arg, one.value) for one in call.keywords)
            return _pooled(shape, given)
        if name == "flatten" and [_integer(one) for one in rest] == [1] and not call.keywords:
            return self._flat(shape)
        if name in {"view", "reshape"} and len(rest) == 2 and not call.keywords:
            size = _integer(rest[1])
            whole = _integer(rest[0]) is None and size == -1
            if whole:
                return self._flat(shape)
            if size is not None and size > 0:
                self._compare(rest[1], size, shape)
                return (size,)
        raise _UnknownShapeError

    def _flat(self, shape: _Shape) -> _Shape:
        self._before["flat"] = shape
        return (math.prod(shape),)

    def _compare(self, node: nodes.NodeNG, stated: int, given: _Shape) -> None:
        if stated != math.prod(given):
            self.found.append(_Mismatch(node, stated, given))

    def _layer(self, layer: nodes.Call, shape: _Shape) -> _Shape:
        api = unknown_name.meant(self.names.api(layer.func) or "")
        name = api.removeprefix("torch.nn.")
        if api != f"torch.nn.{name}":
            raise _UnknownShapeError
        if name == "Sequential":
            for part in layer.args:
                if not isinstance(part, nodes.Call):
                    raise _UnknownShapeError
                shape = self._layer(part, shape)
            return shape
        if name in _SAME_SHAPE_LAYERS:
            return shape
        given = _given(layer, api)
        if name == "Flatten" and not given:
            return self._flat(shape)
        if name in {"MaxPool2d", "AvgPool2d"}:
            return _pooled(shape, given)
        if name == "Conv2d":
            return _convolved(shape, given)
        if name == "Linear" and len(shape) == 1:
            size, features = given.get("in_features"), _integer(given.get("out_features"))
            stated = _integer(size)
            if size is None or stated is None or features is None:
                raise _UnknownShapeError
            if self.found and self.found[-1].stated == stated:
                # As wrong as the view before it, which hides it.
                self.found.insert(0, _Mismatch(size, stated, self.found[-1].given))
            else:
                self._compare(size, stated, self._before.pop("flat", shape))
            return (features,)
        raise _UnknownShapeError


def _given(layer: nodes.Call, api: str) -> Mapping[str, nodes.NodeNG]:
    try:
        return signatures.bind(layer, signatures.parameters(signatures.modern_entry(api)))
    except signatures.Unbindable as error:
        raise _UnknownShapeError from error


def _pair(node: nodes.NodeNG | None, default: int) -> tuple[int, int]:
    """A number for both dimensions, or one for each."""
    if node is None or (isinstance(node, nodes.Const) and node.value is None):
        return default, default
    one = _integer(node)
    if one is not None:
        return one, one
    both = _integers(node)
    if both is None or len(both) != 2:
        raise _UnknownShapeError
    return both[0], both[1]


def _windows(shape: _Shape, given: Mapping[str, nodes.NodeNG], stride: tuple[int, int]) -> _Shape:
    """Height and width after a window slid over them, as PyTorch's documentation states it."""
    if len(shape) != 3:
        raise _UnknownShapeError
    kernel, padding = _pair(given.get("kernel_size"), 0), _pair(given.get("padding"), 0)
    dilation = _pair(given.get("dilation"), 1)
    if 0 in kernel or 0 in stride:
        raise _UnknownShapeError
    sizes = tuple(
        (shape[axis + 1] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1)
        // stride[axis]
        + 1
        for axis in (0, 1)
    )
    if min(sizes) <= 0:
        raise _UnknownShapeError
    return sizes


def _pooled(shape: _Shape, given: Mapping[str, nodes.NodeNG]) -> _Shape:
    if set(given) - {"kernel_size", "stride", "padding"}:
        raise _UnknownShapeError
    kernel = _pair(given.get("kernel_size"), 0)
    stride = given.get("stride")
    return (shape[0], *_windows(shape, given, _pair(stride, 0) if stride is not None else kernel))


def _convolved(shape: _Shape, given: Mapping[str, nodes.NodeNG]) -> _Shape:
    known = {"in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "bias"}
    channels = _integer(given.get("out_channels"))
    if set(given) - known or channels is None or _integer(given.get("in_channels")) != shape[0]:
        raise _UnknownShapeError
    return (channels, *_windows(shape, given, _pair(given.get("stride"), 1)))


# The fix


def _fixes(module: Module, mismatches: list[_Mismatch], source: str) -> Iterator[Fix]:
    """Write the right size in every place, at once."""
    if "torch" not in module.settings.targets:
        return
    text = _written(mismatches[0].given)
    found = program_evidence(SYMBOL, "torch")
    edits = tuple(
        Edit(module.source.start(one.node), module.source.end(one.node), _written(one.given))
        for one in mismatches
    )
    title = f"Write {text}"
    if found is None:
        yield Fix("torch", Applicability.DISPLAY, title, text, NOT_EXECUTED)
    elif source:
        reason = f"right for {source}"
        yield Fix("torch", Applicability.UNSAFE, title, text, reason, edits, found)
    else:
        yield Fix("torch", Applicability.SAFE, title, text, edits=edits, evidence=found)
