"""Layers of TensorFlow 1 written for PyTorch, which has their channels second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from astroid import nodes

from lintplugin import signatures, templates
from lintplugin.rewrite import Refused
from lintplugin.rewrite.expressions import atom, row_of
from lintplugin.rewrite.layout import shift
from lintplugin.rewrite.tensorflow1.graph import arguments
from lintplugin.rewrite.tensorflow1.layers import Layer
from lintplugin.rewrite.tensorflow1.writers import RANDOM
from lintplugin.templates import NoExpansion

if TYPE_CHECKING:
    from lintplugin.rewrite.tensorflow1.torch import Torch

_CLASSES = {
    "tensorflow.layers.conv2d": "Conv2d",
    "tensorflow.layers.conv2d_transpose": "ConvTranspose2d",
    "tensorflow.layers.dense": "Linear",
    "tensorflow.contrib.layers.fully_connected": "Linear",
    "tensorflow.contrib.slim.fully_connected": "Linear",
}

#: How a kernel of TensorFlow becomes a weight of PyTorch.
_TURNED = {
    "Linear": ".T",
    "Conv2d": ".permute(3, 2, 0, 1)",
    "ConvTranspose2d": ".permute(3, 2, 0, 1)",
}

_RANDOM_INITIALIZERS = {
    "random_normal_initializer": "normal_({}, {mean}, {stddev})",
    "random_uniform_initializer": "uniform_({}, {minval}, {maxval})",
    "glorot_uniform_initializer": "xavier_uniform_({})",
    "glorot_normal_initializer": "xavier_normal_({})",
}
_DEFAULTS = {"mean": "0.0", "stddev": "1.0", "minval": "0.0", "maxval": "1.0"}


def truncated(weight: str, mean: str, stddev: str) -> str:
    """The call that draws numbers no farther from the mean than twice their deviation."""
    try:
        numbers = float(mean) - 2 * float(stddev), float(mean) + 2 * float(stddev)
        low, high = map(repr, numbers)
    except ValueError:
        low, high = f"{mean} - 2 * {stddev}", f"{mean} + 2 * {stddev}"
    return f"trunc_normal_({weight}, {mean}, {stddev}, {low}, {high})"


def made(writer: Torch, layer: Layer, name: str) -> Sequence[str]:
    """Lines that make a layer and give it its first values.

    :raises Refused: where the size of what goes in is not known.
    """
    shape = writer.shapes.of(layer.inputs)
    size = shape[-1] if shape else None
    if layer.api not in _CLASSES:
        raise Refused(layer.call.lineno, f"'{layer.api}' is not converted yet")
    if size is None:
        raise Refused(layer.call.lineno, "the size of what goes into the layer is not known")
    kind = _CLASSES[layer.api]
    needed = [key for key in ("units", "filters", "kernel_size") if key in layer.bound]
    parts = [str(size), *(writer.layer_argument(layer, key) for key in needed)]
    strides = _strides(writer, layer)
    if kind != "Linear" and strides != (1, 1):
        parts.append(f"stride={writer.layer_argument(layer, 'strides')}")
    padding = _padding(writer, layer)
    if padding is not None and padding.is_even:
        parts.append(f"padding={padding.text}")
    biased = layer.bound.get("use_bias")
    if biased is not None and not isinstance(biased, nodes.Const):
        raise Refused(biased.lineno, "'use_bias' is not written out")
    if biased is not None and not biased.value:
        parts.append("bias=False")
    lines = [f"{name} = {writer.torch}.nn.{kind}({', '.join(parts)})"]
    lines.append(_first(writer, layer, f"{name}.weight", "kernel_initializer", kind, size))
    if biased is None or biased.value:
        lines.append(_first(writer, layer, f"{name}.bias", "bias_initializer", kind, size))
    return lines


def called(writer: Torch, layer: Layer, name: str) -> str:
    """The call of a layer."""
    inputs = writer.text(layer.inputs)
    if _CLASSES[layer.api] == "Linear":
        text = f"{name}({inputs})"
    else:
        inputs = f"{atom(inputs)}.movedim(-1, 1)"
        padding = _padding(writer, layer)
        if padding is not None and not padding.is_even:
            functional = writer.imports.spell("torch.nn.functional")
            inputs = f"{functional}.pad({inputs}, {padding.text})"
        text = f"{name}({inputs}).movedim(1, -1)"
    if layer.is_relu:
        return f"{writer.torch}.relu({text})"
    activation = layer.bound.get("activation")
    if activation is None or (isinstance(activation, nodes.Const) and activation.value is None):
        return text
    return _activated(writer, activation, text)


class _Padding:
    """What is added around images.

    :ivar text: for the layer itself, or for a function that pads.
    """

    def __init__(self, pairs: Sequence[tuple[int, int]]) -> None:
        self.is_even = all(before == after for before, after in pairs)
        if self.is_even:
            sizes = [before for before, _ in pairs]
            self.text = str(sizes[0]) if len(set(sizes)) == 1 else str(tuple(sizes))
        else:
            self.text = str([side for pair in reversed(pairs) for side in pair])


def _strides(writer: Torch, layer: Layer) -> tuple[int | None, int | None]:
    stated = layer.bound.get("strides")
    found = writer.shapes.pair(stated) if stated is not None else (1, 1)
    if found is None or None in found:
        raise Refused(layer.call.lineno, "the strides of a layer are not written out")
    return found


def _padding(writer: Torch, layer: Layer) -> _Padding | None:
    """What ``padding="same"`` adds, None for "valid".

    :raises Refused: where that depends on sizes that are not known.
    """
    stated = layer.bound.get("padding")
    line = layer.call.lineno
    if stated is not None and not isinstance(stated, nodes.Const):
        raise Refused(line, "the padding of a layer is not written out")
    same = stated is not None and str(stated.value).lower() == "same"
    if "kernel_size" not in layer.bound:
        return None
    sizes, strides = writer.shapes.pair(layer.bound["kernel_size"]), _strides(writer, layer)
    transposed = layer.api.endswith("transpose")
    if not same and not transposed:
        return None
    shape = writer.shapes.of(layer.inputs)
    pairs = []
    for index in (0, 1):
        size = sizes[index] if sizes else None
        stride, length = strides[index], shape[1 + index] if shape else None
        if size is None or stride is None:
            raise Refused(line, "the size of a kernel is not written out")
        if transposed:
            if size < stride or (same and (size - stride) % 2):
                raise Refused(line, "PyTorch has no transposed convolution of this size")
            pairs.append(((size - stride) // 2,) * 2 if same else (0, 0))
            continue
        if length is None:
            if stride > 1:
                raise Refused(line, "the size of what goes into the layer is not known")
            length = size
        total = (
            size - 1 if stride == 1 else max((-(-length // stride) - 1) * stride + size - length, 0)
        )
        pairs.append((total // 2, total - total // 2))
    found = _Padding(pairs)
    return found if found.text != "0" else None


def _activated(writer: Torch, activation: nodes.NodeNG, text: str) -> str:
    """A function of TensorFlow of one tensor, applied to a text."""
    api = writer.graph.api(activation)
    found = row_of(api) if api else None
    if found is None:
        if writer.graph.function(activation) is None:
            raise Refused(activation.lineno, f"'{activation.as_string()}' is not converted yet")
        return f"{writer.text(activation)}({text})"
    symbol, row = found
    try:
        first = next(one.name for one in row.parameters)
        expansion = templates.expand(row, "torch", {first: text}, writer.imports.spell)
    except (StopIteration, NoExpansion, signatures.Unbindable) as error:
        raise Refused(activation.lineno, f"{api}: {error}") from error
    writer.admit(activation, row)
    writer.evidence.append(row.evidence(symbol, "torch"))
    return expansion.text


def _first(writer: Torch, layer: Layer, weight: str, key: str, kind: str, size: int) -> str:
    """The line that gives a weight its first values."""
    init = f"{writer.torch}.nn.init"
    node = layer.bound.get(key)
    if node is None or (isinstance(node, nodes.Const) and node.value is None):
        if key == "bias_initializer":
            return f"{init}.zeros_({weight})"
        writer.unsafe.append(RANDOM)
        return f"{init}.xavier_uniform_({weight})"
    call = node if isinstance(node, nodes.Call) else None
    api = writer.graph.api(call.func if call is not None else node)
    name = api.rpartition(".")[2]
    if name in ("zeros_initializer", "ones_initializer"):
        return f"{init}.{name.removesuffix('initializer')}({weight})"
    if name in ("xavier_initializer", "xavier_initializer_conv2d") and not (
        call is not None and (call.args or call.keywords)
    ):
        name = "glorot_uniform_initializer"
    if name in _RANDOM_INITIALIZERS or name == "truncated_normal_initializer":
        writer.unsafe.append(RANDOM)
        bound = arguments(call, api, "mean stddev minval maxval seed dtype") if call else {}
        values = {**_DEFAULTS, **{one: writer.text(value) for one, value in bound.items()}}
        if name == "truncated_normal_initializer":
            return f"{init}.{truncated(weight, values['mean'], values['stddev'])}"
        return f"{init}.{_RANDOM_INITIALIZERS[name].format(weight, **values)}"
    if name != "constant_initializer" or call is None:
        raise Refused(node.lineno, f"the initialiser '{node.as_string()}' is not converted yet")
    value = arguments(call, api, "value dtype")["value"]
    if writer.types.is_number(value):
        return f"{init}.constant_({weight}, {writer.text(value)})"
    if key == "bias_initializer":
        line = f"{weight}.copy_({writer.torch}.tensor({writer.text(value)}))"
    else:
        units = writer.layer_argument(layer, "units" if kind == "Linear" else "filters")
        shape = [str(size), units]
        if kind != "Linear":
            pair = writer.shapes.pair(layer.bound["kernel_size"])
            if pair is None or kind == "ConvTranspose2d":
                raise Refused(node.lineno, f"the initialiser '{node.as_string()}'")
            shape = [*map(str, pair), *shape]
        turned = f"{writer.torch}.tensor({writer.text(value)}).reshape({', '.join(shape)})"
        line = f"{weight}.copy_({turned}{_TURNED[kind]})"
    return f"with {writer.torch}.no_grad():\n{shift(line, '', writer.unit)}"
