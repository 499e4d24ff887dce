"""What Keras calls by a word, and how a PyTorch program says it."""

from __future__ import annotations

from collections.abc import Mapping

#: What an activation does to an expression.
ACTIVATIONS: Mapping[str, str] = {
    "elu": "F.elu({x})",
    "exponential": "torch.exp({x})",
    "gelu": "F.gelu({x})",
    "leaky_relu": "F.leaky_relu({x}, 0.2)",
    "linear": "{x}",
    "log_softmax": "torch.log_softmax({x}, dim=-1)",
    "mish": "F.mish({x})",
    "relu": "torch.relu({x})",
    "relu6": "F.relu6({x})",
    "selu": "F.selu({x})",
    "sigmoid": "torch.sigmoid({x})",
    "silu": "F.silu({x})",
    "softmax": "torch.softmax({x}, dim=-1)",
    "softplus": "F.softplus({x})",
    "softsign": "F.softsign({x})",
    "swish": "F.silu({x})",
    "tanh": "torch.tanh({x})",
}

#: What other functions do to each element of a tensor.
ELEMENTWISE: Mapping[str, str] = {
    "abs": "torch.abs({0})",
    "cos": "torch.cos({0})",
    "exp": "torch.exp({0})",
    "log": "torch.log({0})",
    "sin": "torch.sin({0})",
    "sqrt": "torch.sqrt({0})",
    "square": "torch.square({0})",
}

#: How the first values of a weight are drawn, the names of the arguments standing for their values.
INITIALIZERS: Mapping[str, str] = {
    "constant": "nn.init.constant_({weight}, {value})",
    "glorot_normal": "truncated_normal_({weight}, (2 / sum(fans({weight}))) ** 0.5)",
    "glorot_uniform": "nn.init.xavier_uniform_({weight})",
    "he_normal": "truncated_normal_({weight}, (2 / fans({weight})[0]) ** 0.5)",
    "he_uniform": 'nn.init.kaiming_uniform_({weight}, nonlinearity="relu")',
    "lecun_normal": "truncated_normal_({weight}, (1 / fans({weight})[0]) ** 0.5)",
    "lecun_uniform": 'nn.init.kaiming_uniform_({weight}, nonlinearity="linear")',
    "normal": "nn.init.normal_({weight}, {mean}, {stddev})",
    "ones": "nn.init.ones_({weight})",
    "orthogonal": "nn.init.orthogonal_({weight})",
    "random_normal": "nn.init.normal_({weight}, {mean}, {stddev})",
    "random_uniform": "nn.init.uniform_({weight}, {minval}, {maxval})",
    "uniform": "nn.init.uniform_({weight}, {minval}, {maxval})",
    "zero": "nn.init.zeros_({weight})",
    "zeros": "nn.init.zeros_({weight})",
}

#: Defaults of the arguments of initialisers.
INITIAL_VALUES: Mapping[str, str] = {
    "maxval": "0.05",
    "mean": "0.0",
    "minval": "-0.05",
    "stddev": "0.05",
    "value": "0",
}

#: The terms that a regulariser adds to the loss, by the argument with its factor.
PENALTIES: Mapping[str, str] = {
    "l1": "{factor} * {weight}.abs().sum()",
    "l2": "{factor} * {weight}.square().sum()",
}

#: The factor of a regulariser that is only named.
PENALTY = "0.01"

#: Attributes of an ``nn.Module``, of PyTorch or of those written here, that no layer may hide.
RESERVED = frozenset(
    {
        *("activity", "add_module", "apply", "bfloat16", "buffers", "children", "compile", "cpu"),
        *("cuda", "double", "dump_patches", "eval", "extra_repr", "float", "forward", "half"),
        *("load_keras", "load_state_dict", "modules", "parameters", "penalty", "predict"),
        *("register_buffer", "register_module", "register_parameter", "requires_grad_"),
        *("reset_parameters", "share_memory", "state_dict", "to", "to_empty", "train"),
        *("training", "type", "xpu", "zero_grad"),
    }
)

#: What PyTorch lacks, written before the model that needs it. The order is the one of the text.
HELPERS: Mapping[str, str] = {
    "fans": '''\
def fans(weight):
    """Numbers of inputs and outputs of a weight, as Keras counts them."""
    field = weight[0, 0].numel() if weight.dim() > 2 else 1
    return weight.size(1) * field, weight.size(0) * field
''',
    "truncated_normal_": '''\
def truncated_normal_(weight, stddev):
    """Draw within two deviations of a wider normal distribution, so that stddev is what is left."""
    stddev /= 0.87962566103423978
    return nn.init.trunc_normal_(weight, std=stddev, a=-2 * stddev, b=2 * stddev)
''',
    "gates": '''\
def gates(array):
    """The gates of a GRU, z r h in Keras, in PyTorch's order, r z n."""
    return array.unflatten(-1, (3, -1))[..., [1, 0, 2], :].flatten(-2)
''',
    "dropped": '''\
def dropped(layer, x, dropout, recurrent_dropout):
    """An LSTM that drops inputs and states in training: in all steps the same, by gate others."""
    if not layer.training:
        return layer(x)[0]
    kernels, weights = layer.weight_ih_l0.chunk(4), layer.weight_hh_l0.chunk(4)
    biases = layer.bias_ih_l0.chunk(4) if layer.bias else [None] * 4
    h = c = x.new_zeros(len(x), layer.hidden_size)
    inputs = [F.dropout(torch.ones_like(x[:, 0]), dropout) for _ in kernels]
    states = [F.dropout(torch.ones_like(h), recurrent_dropout) for _ in kernels]
    outputs = []
    for step in x.unbind(1):
        i, f, g, o = (
            F.linear(step * inputs[n], kernels[n], biases[n]) + F.linear(h * states[n], weights[n])
            for n in range(4)
        )
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs, 1)
''',
    "masked": '''\
def masked(layer, x, mask):
    """What a recurrent layer gives where a masked step leaves the state and output as they are."""
    lengths, seen = mask.sum(1, keepdim=True), mask.cumsum(1)
    order = mask.int().argsort(dim=1, descending=True, stable=True)
    steps = nn.utils.rnn.pack_padded_sequence(
        x.take_along_dim(order.unsqueeze(-1), 1),
        lengths[:, 0].clamp(min=1).cpu(),
        batch_first=True,
        enforce_sorted=False,
    )
    y, _ = nn.utils.rnn.pad_packed_sequence(layer(steps)[0], True, total_length=x.size(1))
    places = [seen - 1, seen - mask.int()] if layer.bidirectional else [seen - 1]
    found = []
    for place, half in zip(places, y.chunk(len(places), -1)):
        is_there = (place >= 0) & (place < lengths)
        kept = half.take_along_dim(place.clamp(0, x.size(1) - 1).unsqueeze(-1), 1)
        found.append(kept * is_there.unsqueeze(-1))
    return torch.cat(found, -1)
''',
    "BatchNorm": '''\
class BatchNorm(nn.BatchNorm1d):
    """Keeps the variance of the batch, as Keras does; PyTorch's keeps n / (n - 1) times it."""

    def forward(self, x):
        kept = self.running_mean, self.running_var
        if self.training:
            with torch.no_grad():
                variance, mean = torch.var_mean(x, [0, *range(2, x.dim())], correction=0)
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(variance, self.momentum)
            kept = None, None
        return F.batch_norm(x, *kept, self.weight, self.bias, self.training, eps=self.eps)
''',
    "GaussianNoise": '''\
class GaussianNoise(nn.Module):
    """Adds noise in training."""

    def __init__(self, stddev):
        super().__init__()
        self.stddev = stddev

    def forward(self, x):
        return x + self.stddev * torch.randn_like(x) if self.training else x
''',
    "GaussianDropout": '''\
class GaussianDropout(nn.Module):
    """Multiplies with noise around one in training."""

    def __init__(self, rate):
        super().__init__()
        self.stddev = (rate / (1 - rate)) ** 0.5

    def forward(self, x):
        return x * (1 + self.stddev * torch.randn_like(x)) if self.training else x
''',
}
