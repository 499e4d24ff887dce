"""Names of PyTorch that make, move, compare and mix tensors, as executed with PyTorch 2.13."""

from __future__ import annotations

import re

# fmt: off
#: Functions that make a tensor where ``device=`` says, by default on the CPU.
FACTORIES = frozenset({
    "arange", "bartlett_window", "blackman_window", "empty", "eye", "full", "hamming_window",
    "hann_window", "kaiser_window", "linspace", "logspace", "ones", "rand", "randint", "randn",
    "randperm", "range", "tensor", "tril_indices", "triu_indices", "zeros",
})
#: Those that take no device.
CPU_ONLY = frozenset({
    "BoolTensor", "ByteTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor",
    "LongTensor", "ShortTensor", "Tensor", "from_numpy",
})
#: Functions that make a tensor as large as another one, with its type.
LIKE = frozenset({
    "empty_like", "full_like", "ones_like", "rand_like", "randint_like", "randn_like", "zeros_like",
})
#: Functions, and methods of tensors, that compare element by element.
TESTS = frozenset({
    "eq", "ge", "greater", "greater_equal", "gt", "isclose", "isfinite", "isin", "isinf", "isnan",
    "le", "less", "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor", "lt",
    "ne", "not_equal",
})
#: Those that give positions and counts.
COUNTS = frozenset({
    "argmax", "argmin", "argsort", "argwhere", "bincount", "count_nonzero", "multinomial",
    "nonzero", "randint", "randperm", "searchsorted", "tril_indices", "triu_indices",
})
#: Those that return values and their positions; ``max`` and ``min`` of a dimension.
PAIRS = frozenset({"cummax", "cummin", "kthvalue", "max", "min", "mode", "sort", "topk"})
#: Functions, and methods of tensors, that raise when one operand is elsewhere.
MIXING = frozenset({
    "add", "addcdiv", "addcmul", "addmm", "baddbmm", "bmm", "cat", "cdist", "concat", "cross",
    "div", "dot", "einsum", "eq", "gather", "ge", "gt", "hstack", "index_add", "index_select",
    "le", "lerp", "logical_and", "logical_or", "lt", "masked_fill", "masked_select", "matmul",
    "maximum", "minimum", "mm", "mul", "multiply", "mv", "ne", "outer", "pow", "scatter",
    "scatter_add", "stack", "sub", "tensordot", "true_divide", "vstack", "where",
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "conv1d", "conv2d", "conv3d",
    "cosine_similarity", "cross_entropy", "embedding", "grid_sample", "huber_loss", "kl_div",
    "l1_loss", "linear", "margin_ranking_loss", "mse_loss", "nll_loss",
    "scaled_dot_product_attention", "smooth_l1_loss", "triplet_margin_loss",
})
#: Functions, and methods of tensors, whose result lies where their tensors do.
KEEPING = MIXING | {
    "abs", "as_tensor", "asarray", "bernoulli", "bool", "ceil", "clamp", "clone", "contiguous",
    "cos", "cumsum", "detach",
    "diff", "double", "dropout", "elu", "empty_like", "exp", "expand", "expand_as", "fill",
    "flatten", "flip", "float", "floor", "full_like", "gelu", "half", "int", "interpolate",
    "leaky_relu", "log", "log_softmax", "long", "max_pool2d", "movedim", "neg", "normal",
    "normalize", "one_hot", "ones_like", "pad", "permute", "rand_like", "randn_like", "relu",
    "repeat", "repeat_interleave", "requires_grad", "reshape", "rsqrt", "sigmoid", "sign", "sin",
    "softmax", "softplus", "sqrt", "square", "squeeze", "t", "tanh", "transpose", "tril", "triu",
    "unfold", "uniform", "unsqueeze", "view", "view_as", "zero", "zeros_like",
}
#: Those whose result may be a single number, which mixes freely.
REDUCING = frozenset({
    "amax", "amin", "argmax", "argmin", "logsumexp", "max", "mean", "min", "norm", "prod", "std",
    "sum", "var",
})
#: Attributes of tensors that arrays, lists, strings and modules lack.
OF_TENSORS = frozenset({
    "backward", "bmm", "contiguous", "data_ptr", "detach", "dim", "expand", "expand_as", "gather",
    "index_select", "is_cuda", "log_softmax", "long", "masked_fill", "matmul", "new_full",
    "new_ones", "new_tensor", "new_zeros", "permute", "relu", "requires_grad", "scatter_",
    "sigmoid", "size", "softmax", "tanh", "unsqueeze", "view", "view_as",
})
# fmt: on

#: Methods that move: of tensors a copy, of modules themselves.
MOVES = frozenset({"cpu", "cuda", "to"})

#: What takes a tensor to the CPU, or tells that it may be there.
LEAVES = frozenset({"cpu", "item", "numpy", "to", "tolist"})

_NN = r"torch\.nn\.(?:modules\.\w+\.)?"

#: A tensor, as what a call of PyTorch returned or an annotation says.
TENSOR = re.compile(
    r"torch\.(?:Tensor|autograd\.(?:variable\.)?Variable|nn\.(?:parameter\.)?(?:Parameter|Buffer)|"
    rf"(?:nn\.functional\.)?(?:{'|'.join(sorted(FACTORIES | CPU_ONLY | KEEPING))}))\(\)"
)

PARAMETER = re.compile(r"torch\.nn\.(?:parameter\.)?(?:Parameter|Buffer)\(\)")

#: A layer or container of PyTorch.
LAYER = re.compile(rf"{_NN}[A-Z]\w*\(\)")

#: Layers whose output is one tensor.
SINGLE = re.compile(rf"{_NN}(?!LSTM|GRU|RNN|Multihead|Module|Sequential|\w*Parallel)[A-Z]\w*\(\)")

#: Layers with parameters, which raise for an input that is elsewhere.
WEIGHTED = re.compile(
    _NN + r"(?:Bilinear|Conv\w+|Embedding(?:Bag)?|GRU(?:Cell)?|Linear|LSTM(?:Cell)?|RNN(?:Cell)?|"
    r"(?:Batch|Group|Layer|RMS)Norm(?:\dd)?|MultiheadAttention|Transformer\w*)\(\)"
)

LOSS = re.compile(rf"{_NN}(?!CTCLoss)\w+Loss\(\)")

DEVICE = re.compile(r"(?P<type>cpu|cuda|hpu|meta|mps|npu|xla|xpu)(?::(?P<index>\d+))?")

#: How programs name what holds a device, and what gives batches.
DEVICE_NAME = re.compile(r"(?:\w*_)?(?:dev|device|gpu)(?:_?\w{1,3}|_id)?", re.IGNORECASE)
LOADER_NAME = re.compile(r"\w*(?:loader|iterator|batches)\d*", re.IGNORECASE)

#: Calls after which a tensor that states no device may be made anywhere.
DEFAULTS = frozenset({"torch.set_default_device", "torch.set_default_tensor_type"})
