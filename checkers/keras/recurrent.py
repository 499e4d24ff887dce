"""PyTorch code for Keras' recurrent layers: gates in order, one bias or two, both directions."""

from __future__ import annotations

from collections.abc import Mapping

from .layer_arguments import Arguments, Size
from .network import Convert, Network
from .values import NotConvertible

#: How the outputs of both directions are merged, where features are not side by side.
_MERGES: Mapping[str, str] = {
    "ave": "({0} + {1}) / 2",
    "mul": "{0} * {1}",
    "sum": "{0} + {1}",
}


def _recurrent(network: Network, arguments: Arguments) -> None:
    """One direction."""
    _layer(network, arguments, arguments)


def _bidirectional(network: Network, arguments: Arguments) -> None:
    inner = arguments.inner("layer")
    if inner.kind not in LAYERS or inner.kind == "Bidirectional":
        raise NotConvertible(f"Bidirectional around {inner.kind}")
    _layer(network, inner, arguments)
    inner.finish()


def _layer(network: Network, arguments: Arguments, outer: Arguments) -> None:
    network.rank(2, arguments.kind)
    both = arguments is not outer
    kind, units = arguments.kind, arguments.size("units")
    features = network.features(kind)
    bias = arguments.flag("use_bias", True)
    sequences = arguments.flag("return_sequences", False)
    backwards = arguments.flag("go_backwards", False)
    if backwards and both:
        raise NotConvertible("go_backwards inside Bidirectional")
    merge = outer.word("merge_mode", "concat") if both else "concat"
    options = ["batch_first=True", *_options(arguments)]
    if not bias:
        options.append("bias=False")
    if both:
        options.append("bidirectional=True")
    made = "nn.RNN" if kind == "SimpleRNN" else f"nn.{kind}"
    network.move_channels(first=False)
    mask = network.tensor.mask
    if backwards:
        if mask and sequences:
            raise NotConvertible(f"a mask of what {kind} gives backwards")
        network.step(f"{network.x}.flip(1)")
        mask = f"{mask}.flip(1)" if mask else ""
    layer = network.field(made[3:].lower(), made, [features, units], *options)
    for suffix in ("l0", "l0_reverse") if both else ("l0",):
        _weights(network, arguments, layer, suffix, bias)
    rates = _rates(network, arguments, outer)
    if rates[1]:
        network.step(f"dropped({layer}, {network.x}, {rates[0]}, {rates[1]})")
    elif mask:
        network.step(f"masked({layer}, {network.x}, {mask})")
    else:
        network.step(f"{layer}({network.x})", target=f"{network.target}, _")
    merged = units
    if both and merge == "concat":
        if not sequences:
            ends = f"{network.x}[:, -1, :{units.text}], {network.x}[:, 0, {units.text}:]"
            network.step(f"torch.cat([{ends}], dim=-1)", "each direction after its last step")
        merged = type(units)(
            f"2 * {units.text}", 2 * units.value if units.value is not None else None
        )
        network.text(units)
    elif both:
        if merge not in _MERGES:
            raise NotConvertible(f"Bidirectional with merge_mode '{merge}'")
        steps = ("", "") if sequences else ("[:, -1]", "[:, 0]")
        halves = (f"{network.x}[..., :{units.text}]", f"{network.x}[..., {units.text}:]")
        parts = [f"{half}{step}" for half, step in zip(halves, steps, strict=True)]
        network.text(units)
        network.step(_MERGES[merge].format(*parts))
    elif not sequences:
        network.step(f"{network.x}[:, -1]")
    network.shape = [network.shape[0], merged] if sequences else [merged]
    if not sequences:
        network.tensor.mask = ""


def _rates(network: Network, arguments: Arguments, outer: Arguments) -> tuple[float, float]:
    """How much of the inputs and of the states is dropped.

    What is dropped is the same in all steps of an example. Inputs alone are dropped here.

    :raises NotConvertible: for states of other layers than an LSTM.
    """
    kind = outer.kind
    rates = arguments.number("dropout", 0), arguments.number("recurrent_dropout", 0)
    if rates[1] and (network.tensor.mask or kind != "LSTM"):
        raise NotConvertible(f"recurrent_dropout of {kind}{' with a mask' * (kind == 'LSTM')}")
    if rates[0] and kind == "Bidirectional":
        raise NotConvertible("dropout inside Bidirectional, where each direction drops others")
    if rates[0] and not rates[1]:
        layer = network.field("dropout1d", "nn.Dropout1d", [Size(repr(rates[0]), None)])
        dropped = f"{layer}({network.x}.transpose(1, 2)).transpose(1, 2)"
        network.step(dropped, "the same in all steps")
    return rates


def _options(arguments: Arguments) -> list[str]:
    """What differs from a plain layer of PyTorch.

    :raises NotConvertible: for what PyTorch's layers cannot do.
    """
    activation = arguments.word("activation", "tanh")
    if arguments.kind == "SimpleRNN" and activation == "relu":
        return ['nonlinearity="relu"']
    gates = arguments.word("recurrent_activation", "sigmoid")
    if (activation, gates) != ("tanh", "sigmoid"):
        wanted = "tanh" if arguments.kind == "SimpleRNN" else "tanh and sigmoid"
        raise NotConvertible(
            f"{'an LSTM' if arguments.kind == 'LSTM' else f'a {arguments.kind}'} whose "
            f"activations are not {wanted}"
        )
    if arguments.kind == "GRU" and not arguments.flag("reset_after", True):
        raise NotConvertible("a GRU with reset_after=False, which nn.GRU cannot do")
    return []


def _weights(network: Network, arguments: Arguments, layer: str, suffix: str, bias: bool) -> None:
    array = "gates(next(arrays))" if arguments.kind == "GRU" else "next(arrays)"
    for role, default, name in (
        ("kernel", "glorot_uniform", f"{layer}.weight_ih_{suffix}"),
        ("recurrent", "orthogonal", f"{layer}.weight_hh_{suffix}"),
    ):
        network.weight(arguments, role, default, name)
        network.copied(f"{name}.copy_({array}.T)")
    first, second = f"{layer}.bias_ih_{suffix}", f"{layer}.bias_hh_{suffix}"
    forget = arguments.flag("unit_forget_bias", True)
    if not bias:
        return
    network.weight(arguments, "bias", "zeros", first)
    if arguments.kind == "GRU":
        network.draw(f"nn.init.zeros_({second})")
        network.copied(f"biases = {array}")
        network.copied(f"{first}.copy_(biases[0])")
        network.copied(f"{second}.copy_(biases[1])")
        return
    if arguments.kind == "LSTM" and forget:
        network.draw(f"nn.init.ones_({first}.detach().chunk(4)[1])")
    if suffix == "l0":
        network.line("# PyTorch has two biases where Keras has one.")
    network.line(f"nn.init.zeros_({second}).requires_grad_(False)")
    network.copy(first)


LAYERS: Mapping[str, Convert] = {
    "Bidirectional": _bidirectional,
    "GRU": _recurrent,
    "LSTM": _recurrent,
    "SimpleRNN": _recurrent,
}
