"""PyTorch code for Keras' convolutions and pooling."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from .layer_arguments import UNKNOWN, Arguments, Size
from .network import Convert, Network
from .values import NotConvertible


def _padding(arguments: Arguments, *known: str) -> str:
    padding = arguments.word("padding", "valid").lower()
    if padding not in known:
        raise NotConvertible(f"padding '{padding}' of {arguments.kind} has no counterpart here")
    return padding


def _pads(network: Network, reach: Sequence[int], stride: Sequence[int]) -> tuple[int, ...]:
    """What ``padding='same'`` adds, for ``F.pad``: more at the end where it is uneven.

    :param reach: of the window in each dimension, holes of the dilation included.
    """
    if all(one == 1 for one in stride):
        amounts = [one - 1 for one in reach]
    else:
        amounts = [
            max((math.ceil(size / stride[axis]) - 1) * stride[axis] + reach[axis] - size, 0)
            for axis, size in enumerate(network.sides(len(reach)))
        ]
    return tuple(n for one in reversed(amounts) for n in (one // 2, one - one // 2))


def _pad(network: Network, pads: Sequence[int], padding: str, value: str = "") -> None:
    if any(pads):
        text = ", ".join(map(str, pads))
        network.step(f"F.pad({network.x}, ({text}){value})", f"padding='{padding}'")


def _slide(network: Network, reach: Sequence[int], stride: Sequence[int], padding: str) -> None:
    """Set the sizes to what a window leaves of them."""
    for axis, one in enumerate(reach):
        size = network.shape[axis].value
        if size is None:
            network.shape[axis] = UNKNOWN
            continue
        is_padded = padding != "valid"
        left = math.ceil(size / stride[axis]) if is_padded else (size - one) // stride[axis] + 1
        if left <= 0:
            raise NotConvertible("a window is larger than the image")
        network.shape[axis] = Size.of(left)


def _window(sizes: Sequence[int]) -> str:
    return str(tuple(sizes)) if len(sizes) > 1 else str(sizes[0])


def _differing(names: Mapping[str, Sequence[int]]) -> list[str]:
    """Options of a convolution that are not one."""
    return [f"{name}={_window(value)}" for name, value in names.items() if set(value) != {1}]


def _biased(network: Network, arguments: Arguments, layer: str, bias: bool) -> None:
    if bias:
        network.weight(arguments, "bias", "zeros", f"{layer}.bias")
        network.copy(f"{layer}.bias")


def _kernel_order(rank: int) -> str:
    """From (sizes, inputs, outputs) to (outputs, inputs, sizes)."""
    return f".permute({', '.join(map(str, (rank + 1, rank, *range(rank))))})"


def _convolution(rank: int) -> Convert:
    def convert(network: Network, arguments: Arguments) -> None:
        network.rank(rank + 1, arguments.kind)
        filters, features = arguments.size("filters"), network.features(arguments.kind)
        kernel = arguments.numbers("kernel_size", 1, rank)
        stride = arguments.numbers("strides", 1, rank)
        dilation = arguments.numbers("dilation_rate", 1, rank)
        groups = arguments.numbers("groups", 1, 1)
        bias = arguments.flag("use_bias", True)
        known = ("same", "valid", "causal") if rank == 1 else ("same", "valid")
        padding = _padding(arguments, *known)
        network.move_channels(first=True)
        reach = [rate * (size - 1) + 1 for rate, size in zip(dilation, kernel, strict=True)]
        if padding == "same":
            _pad(network, _pads(network, reach, stride), padding)
        elif padding == "causal":
            _pad(network, (reach[0] - 1, 0), padding)
        options = _differing({"stride": stride, "dilation": dilation, "groups": groups})
        if not bias:
            options.append("bias=False")
        sizes = [features, filters]
        made = f"nn.Conv{rank}d"
        layer = network.field(f"conv{rank}d", made, sizes, _window(kernel), *options)
        network.weight(arguments, "kernel", "glorot_uniform", f"{layer}.weight")
        network.copy(f"{layer}.weight", _kernel_order(rank))
        _biased(network, arguments, layer, bias)
        network.step(f"{layer}({network.x})")
        _slide(network, reach, stride, padding)
        network.shape[-1] = filters
        network.activate(arguments.word("activation", "linear"))

    return convert


def _depthwise(network: Network, arguments: Arguments, bias: bool) -> None:
    """A filter for each channel, the first half of a separable convolution."""
    rank = len(network.shape) - 1
    features = network.features(arguments.kind)
    kernel = arguments.numbers("kernel_size", 1, rank)
    stride = arguments.numbers("strides", 1, rank)
    dilation = arguments.numbers("dilation_rate", 1, rank)
    (multiplier,) = arguments.numbers("depth_multiplier", 1, 1)
    padding = _padding(arguments, "same", "valid")
    if features.value is None:
        raise NotConvertible(f"the number of channels of {arguments.kind} is not literal")
    network.move_channels(first=True)
    reach = [rate * (size - 1) + 1 for rate, size in zip(dilation, kernel, strict=True)]
    if padding == "same":
        _pad(network, _pads(network, reach, stride), padding)
    outputs = Size.of(features.value * multiplier)
    options = [
        *_differing({"stride": stride, "dilation": dilation}),
        f"groups={features.value}",
        *([] if bias else ["bias=False"]),
    ]
    layer = network.field(
        "depthwise", f"nn.Conv{rank}d", [features, outputs], _window(kernel), *options
    )
    order = ", ".join(map(str, (rank, rank + 1, *range(rank))))
    view = f".detach().unflatten(0, (-1, {multiplier})).squeeze(2).transpose(0, 1)"
    network.weight(arguments, "depthwise", "glorot_uniform", f"{layer}.weight", view)
    network.copy(f"{layer}.weight", f".permute({order}).flatten(0, 1).unsqueeze(1)")
    _biased(network, arguments, layer, bias)
    network.step(f"{layer}({network.x})")
    _slide(network, reach, stride, padding)
    network.shape[-1] = outputs


def _depthwise_convolution(network: Network, arguments: Arguments) -> None:
    network.rank(3, arguments.kind)
    _depthwise(network, arguments, arguments.flag("use_bias", True))
    network.activate(arguments.word("activation", "linear"))


def _separable(rank: int) -> Convert:
    def convert(network: Network, arguments: Arguments) -> None:
        network.rank(rank + 1, arguments.kind)
        filters, bias = arguments.size("filters"), arguments.flag("use_bias", True)
        _depthwise(network, arguments, bias=False)
        sizes = [network.shape[-1], filters]
        options = [] if bias else ["bias=False"]
        layer = network.field("pointwise", f"nn.Conv{rank}d", sizes, "1", *options)
        network.weight(arguments, "pointwise", "glorot_uniform", f"{layer}.weight")
        network.copy(f"{layer}.weight", _kernel_order(rank))
        _biased(network, arguments, layer, bias)
        network.step(f"{layer}({network.x})")
        network.shape[-1] = filters
        network.activate(arguments.word("activation", "linear"))

    return convert


def _transposed(rank: int) -> Convert:
    def convert(network: Network, arguments: Arguments) -> None:
        network.rank(rank + 1, arguments.kind)
        filters, features = arguments.size("filters"), network.features(arguments.kind)
        kernel = arguments.numbers("kernel_size", 1, rank)
        stride = arguments.numbers("strides", 1, rank)
        bias, padding = arguments.flag("use_bias", True), _padding(arguments, "same", "valid")
        network.move_channels(first=True)
        pairs = list(zip(kernel, stride, strict=True))
        more = [max(step - size, 0) for size, step in pairs]
        cut = [max(size - step, 0) if padding == "same" else 0 for size, step in pairs]
        options = _differing({"stride": stride})
        for name, value in (("padding", [one // 2 for one in cut]), ("output_padding", more)):
            if any(value):
                options.append(f"{name}={_window(value)}")
        if not bias:
            options.append("bias=False")
        sizes = [features, filters]
        made = f"nn.ConvTranspose{rank}d"
        layer = network.field(f"conv{rank}d_transpose", made, sizes, _window(kernel), *options)
        network.weight(arguments, "kernel", "glorot_uniform", f"{layer}.weight")
        network.copy(f"{layer}.weight", _kernel_order(rank))
        _biased(network, arguments, layer, bias)
        network.step(f"{layer}({network.x})")
        if any(one % 2 for one in cut):
            ends = ", ".join(":-1" if one % 2 else ":" for one in cut)
            network.step(f"{network.x}[..., {ends}]", "padding='same'")
        for axis, (size, step) in enumerate(pairs):
            side = network.shape[axis].value
            wide = size - step if padding == "valid" and size > step else 0
            network.shape[axis] = Size.of(side * step + wide) if side is not None else UNKNOWN
        network.shape[-1] = filters
        network.activate(arguments.word("activation", "linear"))

    return convert


def _pooling(kind: str, rank: int) -> Convert:
    function = f"F.{kind}_pool{rank}d"

    def convert(network: Network, arguments: Arguments) -> None:
        network.rank(rank + 1, arguments.kind)
        kernel = arguments.numbers("pool_size", 2, rank)
        is_stated = arguments.value("strides") is not None
        stride = arguments.numbers("strides", 1, rank) if is_stated else kernel
        padding = _padding(arguments, "same", "valid")
        network.move_channels(first=True)
        pads = _pads(network, kernel, stride) if padding == "same" else ()
        window = _window(kernel) + (f", stride={_window(stride)}" if stride != kernel else "")
        if any(pads) and kind == "avg":
            # Keras divides by the number of pixels that are no padding.
            sides = ", ".join(map(str, pads))
            sums, counts = (f"F.pad({x}, ({sides}))" for x in (network.x, f"{network.x} * 0 + 1"))
            network.step(f"{function}({sums}, {window}) / {function}({counts}, {window})")
        else:
            _pad(network, pads, padding, ', value=float("-inf")')
            network.step(f"{function}({network.x}, {window})")
        _slide(network, kernel, stride, padding)

    return convert


def _global_pooling(method: str, rank: int) -> Convert:
    def convert(network: Network, arguments: Arguments) -> None:
        network.rank(rank + 1, arguments.kind)
        first = 2 if network.tensor.channels_first else 1
        axes = tuple(range(first, first + rank))
        network.step(f"{network.x}.{method}({_window(axes)})")
        network.tensor.channels_first = False
        network.shape = network.shape[-1:]

    return convert


LAYERS: Mapping[str, Convert] = {
    "DepthwiseConv2D": _depthwise_convolution,
    "SeparableConv1D": _separable(1),
    "SeparableConv2D": _separable(2),
    "Conv2DTranspose": _transposed(2),
    "Conv3DTranspose": _transposed(3),
    **{
        name: made
        for rank in (1, 2, 3)
        for name, made in (
            (f"Conv{rank}D", _convolution(rank)),
            (f"MaxPooling{rank}D", _pooling("max", rank)),
            (f"AveragePooling{rank}D", _pooling("avg", rank)),
            (f"GlobalMaxPooling{rank}D", _global_pooling("amax", rank)),
            (f"GlobalAveragePooling{rank}D", _global_pooling("mean", rank)),
        )
    },
}
