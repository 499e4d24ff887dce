"""PyTorch code for Keras layers, one after another: sizes worked out, weights taken over."""

from __future__ import annotations

from collections.abc import Mapping

from . import convolutions, recurrent
from .layer_arguments import UNKNOWN, Arguments, Size
from .network import Convert, Network
from .values import NotConvertible, filled


def add(network: Network, arguments: Arguments) -> None:
    """Append a layer, begun with :meth:`Network.begin`.

    :raises NotConvertible: when it has no counterpart here.
    """
    convert = _LAYERS.get(arguments.kind)
    if convert is None:
        raise NotConvertible(f"{arguments.kind} has no counterpart here")
    if network.tensor.mask and arguments.kind not in _MASKED:
        raise NotConvertible(f"a mask into {arguments.kind}")
    arguments.input_shape()
    first = arguments.word("data_format", "channels_last") == "channels_first"
    if first or _is_along_first(network, arguments):
        if arguments.kind == "Flatten" or arguments.word("activation", "linear") == "softmax":
            raise NotConvertible(f"{arguments.kind} of images with their channels first")
        network.keep_channels_first(convert, arguments)
    else:
        convert(network, arguments)
    network.regularize(arguments)
    arguments.finish()


def _is_along_first(network: Network, arguments: Arguments) -> bool:
    """Whether a layer normalises along channels that come first."""
    is_normalised = arguments.kind == "BatchNormalization" and len(network.shape) > 1
    return is_normalised and arguments.axis() == 1


def _dense(network: Network, arguments: Arguments) -> None:
    units, features = arguments.size("units"), network.features("Dense")
    network.move_channels(first=False)
    bias = arguments.flag("use_bias", True)
    options = [] if bias else ["bias=False"]
    layer = network.field("dense", "nn.Linear", [features, units], *options)
    network.weight(arguments, "kernel", "glorot_uniform", f"{layer}.weight")
    network.copy(f"{layer}.weight", ".T")
    if bias:
        network.weight(arguments, "bias", "zeros", f"{layer}.bias")
        network.copy(f"{layer}.bias")
    network.step(f"{layer}({network.x})")
    network.shape[-1] = units
    network.activate(arguments.word("activation", "linear"))


def _embedding(network: Network, arguments: Arguments) -> None:
    words, features = arguments.size("input_dim"), arguments.size("output_dim")
    layer = network.field("embedding", "nn.Embedding", [words, features])
    network.weight(arguments, "embeddings", "uniform", f"{layer}.weight")
    network.copy(f"{layer}.weight")
    if arguments.flag("mask_zero", False):
        if len(network.shape) != 1:
            raise NotConvertible("an Embedding with a mask on an input of several dimensions")
        network.mask(f"{network.x} != 0")
    network.step(f"{layer}({network.x})")
    network.shape = [*network.shape, features]


def _lambda(network: Network, arguments: Arguments) -> None:
    if not arguments.template:
        raise NotConvertible("a Lambda whose function is not written as an expression")
    arguments.leave("arguments", "function", "output_shape")
    network.step(filled(arguments.template, [network.x]))


def _masking(network: Network, arguments: Arguments) -> None:
    network.rank(2, "Masking")
    network.mask(f"({network.x} != {arguments.number('mask_value', 0.0)}).any(-1)")
    network.step(f"{network.x} * {network.tensor.mask}.unsqueeze(-1)")


def _mean_of_steps(network: Network, arguments: Arguments) -> None:
    """The mean of the time steps that count."""
    mask = network.tensor.mask
    if not mask:
        convolutions.LAYERS[arguments.kind](network, arguments)
        return
    network.rank(2, arguments.kind)
    network.step(f"({network.x} * {mask}.unsqueeze(-1)).sum(1) / {mask}.sum(1, keepdim=True)")
    network.tensor.mask = ""
    network.shape = network.shape[-1:]


def _batch_normalization(network: Network, arguments: Arguments) -> None:
    axis, rank = arguments.axis(), len(network.shape)
    if 0 < axis < rank and not _is_along_first(network, arguments):
        # Features that are no channels change places with these.
        network.move_channels(first=False)
        _swap(network, axis)
        _normalize(network, arguments)
        network.move_channels(first=False)
        _swap(network, axis)
        return
    _last_axis(network, arguments)
    _normalize(network, arguments)


def _swap(network: Network, axis: int) -> None:
    """Exchange a dimension with the last."""
    network.step(f"{network.x}.transpose({axis}, {len(network.shape)})")
    network.shape[axis - 1], network.shape[-1] = network.shape[-1], network.shape[axis - 1]


def _normalize(network: Network, arguments: Arguments) -> None:
    features = network.features(arguments.kind)
    network.move_channels(first=True)
    momentum = round(1 - arguments.number("momentum", 0.99), 12)
    epsilon = arguments.number("epsilon", 0.001)
    options = f"eps={epsilon}", f"momentum={momentum}"
    layer = network.field("batch_norm", "BatchNorm", [features], *options)
    _scale_and_offset(network, arguments, layer)
    network.copy(f"{layer}.running_mean")
    network.copy(f"{layer}.running_var")
    arguments.leave("moving_mean_initializer", "moving_variance_initializer")
    network.step(f"{layer}({network.x})")


def _layer_normalization(network: Network, arguments: Arguments) -> None:
    _last_axis(network, arguments)
    network.move_channels(first=False)
    features = network.features(arguments.kind)
    option = f"eps={arguments.number('epsilon', 0.001)}"
    layer = network.field("layer_norm", "nn.LayerNorm", [features], option)
    _scale_and_offset(network, arguments, layer)
    network.step(f"{layer}({network.x})")


def _last_axis(network: Network, arguments: Arguments) -> None:
    """Check that a layer normalises along the features.

    :raises NotConvertible: when it does not.
    """
    if arguments.axis() not in {-1, len(network.shape)} and not _is_along_first(network, arguments):
        raise NotConvertible(f"{arguments.kind} along another axis than the last")


def _scale_and_offset(network: Network, arguments: Arguments, layer: str) -> None:
    for argument, role, name, default in (
        ("scale", "gamma", "weight", "ones"),
        ("center", "beta", "bias", "zeros"),
    ):
        if arguments.flag(argument, True):
            network.copy(f"{layer}.{name}")
            if f"{role}_initializer" in arguments.given or f"{role}_regularizer" in arguments.given:
                network.weight(arguments, role, default, f"{layer}.{name}")
        else:
            network.line(f"{layer}.{name}.requires_grad_(False)")


def _flatten(network: Network, arguments: Arguments) -> None:
    if len(network.shape) == 1:
        return
    size = network.product()
    moved = network.moved(network.tensor, first=False)
    comment = "as Keras flattens, channels last" if moved != network.x else ""
    network.step(f"{moved}.flatten(1)", comment)
    network.tensor.channels_first = False
    network.shape = [size]


def _reshape(network: Network, arguments: Arguments) -> None:
    sizes = list(arguments.integers("target_shape"))
    network.move_channels(first=False)
    if sizes.count(-1) > 1:
        raise NotConvertible("Reshape with two open dimensions")
    if -1 in sizes:
        whole, rest = network.product().value, 1
        for size in sizes:
            rest *= size if size != -1 else 1
        sizes = [whole // rest if size == -1 and whole else size for size in sizes]
    text = ", ".join(map(str, sizes))
    network.step(f"{network.x}.reshape(len({network.x}), {text})")
    network.shape = [Size.of(size) if size != -1 else UNKNOWN for size in sizes]


def _permute(network: Network, arguments: Arguments) -> None:
    dims = arguments.integers("dims")
    if sorted(dims) != list(range(1, len(network.shape) + 1)):
        raise NotConvertible("Permute of other dimensions than the input has")
    network.move_channels(first=False)
    network.step(f"{network.x}.permute({', '.join(map(str, (0, *dims)))})")
    network.shape = [network.shape[one - 1] for one in dims]


def _repeat_vector(network: Network, arguments: Arguments) -> None:
    network.rank(1, "RepeatVector")
    times = arguments.size("n")
    network.step(f"{network.x}.unsqueeze(1).expand(-1, {network.text(times)}, -1)")
    network.shape = [times, *network.shape]


def _upsampling(rank: int) -> Convert:
    def convert(network: Network, arguments: Arguments) -> None:
        network.rank(rank + 1, arguments.kind)
        factors = arguments.numbers("size", 2, rank)
        if arguments.word("interpolation", "nearest") != "nearest":
            raise NotConvertible(f"{arguments.kind} that interpolates")
        network.move_channels(first=True)
        for axis, factor in enumerate(factors):
            network.step(f"{network.x}.repeat_interleave({factor}, dim={axis + 2})")
            value = network.shape[axis].value
            network.shape[axis] = Size.of(value * factor) if value is not None else UNKNOWN

    return convert


def _margins(argument: str, default: int, sign: int, rank: int) -> Convert:
    """Zeros around images, or a margin cut off, which a negative padding is."""

    def convert(network: Network, arguments: Arguments) -> None:
        network.rank(rank + 1, arguments.kind)
        margins = arguments.margins(argument, default, rank)
        network.move_channels(first=True)
        pads = [sign * amount for margin in reversed(margins) for amount in margin]
        network.step(f"F.pad({network.x}, ({', '.join(map(str, pads))}))")
        for axis, margin in enumerate(margins):
            value = network.shape[axis].value
            wide = value + sign * sum(margin) if value is not None else None
            if wide is not None and wide <= 0:
                raise NotConvertible(f"{arguments.kind} cuts everything off")
            network.shape[axis] = Size.of(wide) if wide is not None else UNKNOWN

    return convert


def _simple(kind: str, made: str, argument: str, rank: int | None = None) -> Convert:
    """A layer with one number; a rank where it works on whole channels."""

    def convert(network: Network, arguments: Arguments) -> None:
        if rank is not None:
            network.rank(rank + 1, arguments.kind)
            network.move_channels(first=True)
        layer = network.field(kind, made, [arguments.size(argument)])
        network.step(f"{layer}({network.x})")
        arguments.leave("seed")

    return convert


def _activity(network: Network, arguments: Arguments) -> None:
    """What the layer adds to the loss is added where all regularisers are."""
    factors = {word: arguments.number(word, 0) for word in ("l1", "l2")}
    network.penalize({word: str(factor) for word, factor in factors.items() if factor})


def _activation(network: Network, arguments: Arguments) -> None:
    network.activate(arguments.word("activation", "linear"))


def _softmax(network: Network, arguments: Arguments) -> None:
    _last_axis(network, arguments)
    network.activate("softmax")


def _relu(network: Network, arguments: Arguments) -> None:
    slope = arguments.number("negative_slope", 0)
    threshold = arguments.number("threshold", 0)
    most = arguments.number("max_value", 0) if arguments.value("max_value") is not None else None
    if threshold:
        raise NotConvertible("ReLU with a threshold")
    template = f"F.leaky_relu({{x}}, {slope})" if slope else "torch.relu({x})"
    if most is not None:
        template = f"{template}.clamp(max={most})"
    network.apply(template)


def _sloped(function: str, arguments_: tuple[str, ...], default: float) -> Convert:
    """An activation with one number, which has had several names."""

    def convert(network: Network, arguments: Arguments) -> None:
        given = next((name for name in arguments_ if name in arguments.given), arguments_[0])
        network.apply(function.replace("{alpha}", str(arguments.number(given, default))))

    return convert


def _prelu(network: Network, arguments: Arguments) -> None:
    network.move_channels(first=False)
    shape = list(network.shape)
    shared = arguments.integers("shared_axes") if arguments.value("shared_axes") is not None else ()
    if not all(1 <= axis <= len(shape) for axis in shared):
        raise NotConvertible("PReLU with slopes shared along what is no dimension")
    for axis in shared:
        shape[axis - 1] = Size.of(1)
    if UNKNOWN in shape:
        raise NotConvertible("PReLU with a slope for each of an unknown number of steps")
    sizes = ", ".join(network.text(size) for size in shape)
    layer = network.field("prelu", "nn.Parameter", [], f"torch.zeros({sizes})")
    network.weight(arguments, "alpha", "zeros", layer)
    network.copy(layer)
    network.step(f"torch.relu({network.x}) - {layer} * torch.relu(-{network.x})")


def _time_distributed(network: Network, arguments: Arguments) -> None:
    inner = arguments.inner("layer")
    if len(network.shape) < 2:
        raise NotConvertible("TimeDistributed on an input without time steps")
    steps, *shape = network.shape
    if inner.kind in {"Activation", "Dense", "Dropout"}:
        add(network, inner)
        return
    if network.tensor.mask:
        raise NotConvertible(f"a mask into TimeDistributed around {inner.kind}")
    if steps.value is None:
        raise NotConvertible("TimeDistributed over an unknown number of steps")
    network.move_channels(first=False)
    network.step(f"{network.x}.flatten(0, 1)", "each time step by itself")
    network.shape = shape
    add(network, inner)
    network.move_channels(first=False)
    network.step(f"{network.x}.unflatten(0, (-1, {steps.text}))")
    network.shape = [steps, *network.shape]


#: Layers that take a mask; what the time steps are that count stays the same behind them.
_MASKED = frozenset(
    {
        *("Activation", "Bidirectional", "Dense", "Dropout", "ELU", "GRU", "GaussianDropout"),
        *("GaussianNoise", "GlobalAveragePooling1D", "LSTM", "LayerNormalization", "LeakyReLU"),
        *("ReLU", "SimpleRNN", "SpatialDropout1D", "TimeDistributed"),
    }
)

_LAYERS: Mapping[str, Convert] = {
    "Activation": _activation,
    "ActivityRegularization": _activity,
    "AlphaDropout": _simple("alpha_dropout", "nn.AlphaDropout", "rate"),
    "BatchNormalization": _batch_normalization,
    "Cropping1D": _margins("cropping", 1, -1, 1),
    "Cropping2D": _margins("cropping", 0, -1, 2),
    "Cropping3D": _margins("cropping", 1, -1, 3),
    "Dense": _dense,
    "Dropout": _simple("dropout", "nn.Dropout", "rate"),
    "ELU": _sloped("F.elu({x}, {alpha})", ("alpha",), 1.0),
    "Embedding": _embedding,
    "Flatten": _flatten,
    "GaussianDropout": _simple("gaussian_dropout", "GaussianDropout", "rate"),
    "GaussianNoise": _simple("gaussian_noise", "GaussianNoise", "stddev"),
    "LayerNormalization": _layer_normalization,
    "Lambda": _lambda,
    "LeakyReLU": _sloped("F.leaky_relu({x}, {alpha})", ("alpha", "negative_slope"), 0.3),
    "Masking": _masking,
    "PReLU": _prelu,
    "Permute": _permute,
    "ReLU": _relu,
    "RepeatVector": _repeat_vector,
    "Reshape": _reshape,
    "Softmax": _softmax,
    "SpatialDropout1D": _simple("dropout1d", "nn.Dropout1d", "rate", 1),
    "SpatialDropout2D": _simple("dropout2d", "nn.Dropout2d", "rate", 2),
    "SpatialDropout3D": _simple("dropout3d", "nn.Dropout3d", "rate", 3),
    "ThresholdedReLU": _sloped("F.threshold({x}, {alpha}, 0.0)", ("theta",), 1.0),
    "TimeDistributed": _time_distributed,
    "UpSampling1D": _upsampling(1),
    "UpSampling2D": _upsampling(2),
    "UpSampling3D": _upsampling(3),
    "ZeroPadding1D": _margins("padding", 1, 1, 1),
    "ZeroPadding2D": _margins("padding", 1, 1, 2),
    "ZeroPadding3D": _margins("padding", 1, 1, 3),
    **convolutions.LAYERS,
    **recurrent.LAYERS,
    "GlobalAveragePooling1D": _mean_of_steps,
}
