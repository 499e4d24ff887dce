"""Arguments of Keras 1 that became others together, as a wrapper's preprocessor converted them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from astroid import nodes

from lintplugin.edits import Edit
from lintplugin.names import Names

from .calls import Call, Change

#: Arguments by which a file is known to be of Keras 1.
_SIGNS = frozenset(
    {"W_regularizer", "border_mode", "dim_ordering", "nb_epoch", "nb_filter", "subsample"}
)


def _kernel(call: Call, names: Sequence[str]) -> Iterator[Change]:
    """The sizes of a kernel, which were arguments each.

    :param names: those arguments.
    """
    if call.is_open or "kernel_size" in call.given:
        return
    args = call.node.args
    stated = [call.given[name] for name in names if name in call.given]
    sizes = args[1 : 1 + len(names) - len(stated)]
    if not stated and not _is_sizes(call, args, len(names)):
        return
    if len(sizes) + len(stated) != len(names):
        return
    call.done.update(one.arg for one in stated)
    texts = [call.text(one) for one in (*sizes, *(one.value for one in stated))]
    value = f"({', '.join(texts)})"
    text = f"the kernel is {'kernel_size=' if not sizes else ''}{value}"
    removed = list(stated)
    edits: list[Edit] = []
    if sizes:
        first, last = call.source.start(sizes[0]), call.source.end(sizes[-1])
        rest = "".join(f", {one}" for one in texts[len(sizes) :])
        edits = [Edit(first, first, "("), Edit(last, last, f"{rest})")]
        removed += args[1 + len(names) :]  # The shape of the output, which is not asked for.
    else:
        first, last = call.source.start(stated[0]), call.source.end(stated[0])
        edits = [Edit(first, last, f"kernel_size={value}")]
        removed.pop(0)
    taken = call.without(*removed)
    yield Change(text, (*edits, *taken) if taken or not removed else ())


def _is_sizes(call: Call, args: Sequence[nodes.NodeNG], count: int) -> bool:
    """Whether what follows the number of filters are sizes of a kernel, and no strides."""
    sizes = args[1 : 1 + count]
    more = args[1 + count :]
    if len(sizes) < count or len(more) > 1 or (more and not isinstance(more[0], nodes.Tuple)):
        return False
    values = [one.value if isinstance(one, nodes.Const) else None for one in sizes]
    if any(isinstance(one, (nodes.Tuple, nodes.List, nodes.Dict)) for one in sizes):
        return False
    if any(isinstance(one, str) for one in values) or set(values) == {1}:
        return False
    if call.given.keys() & {"padding", "strides", "data_format"}:
        return False  # Keras 2.3.1 refused them beside sizes.
    api = call.module.names.api(call.node.func) or ""
    if "Convolution" in api or more or call.given.keys() & call.interface.renamed.keys():
        return True
    if call.module.names.kept(_is_keras_1):
        return True
    odd = set(values).issubset({3, 5, 7, 9, 11}) and len(set(values)) == 1
    return odd and api.startswith("keras.")


def _is_keras_1(names: Names) -> bool:
    return any(one.arg in _SIGNS for one in names.by_type["Keyword"])


def _convolution_2d(call: Call) -> Iterator[Change]:
    yield from _kernel(call, ("nb_row", "nb_col"))


def _convolution_3d(call: Call) -> Iterator[Change]:
    yield from _kernel(call, ("kernel_dim1", "kernel_dim2", "kernel_dim3"))


def _deconvolution(call: Call) -> Iterator[Change]:
    keyword = call.given.get("output_shape")
    if keyword is not None:
        call.done.add("output_shape")
        yield Change("argument 'output_shape' was removed: it is worked out", call.without(keyword))
    yield from _convolution_2d(call)


def _separable(call: Call) -> Iterator[Change]:
    if "init" in call.given:
        call.done.add("init")
        text = "argument 'init' is 'depthwise_initializer' and 'pointwise_initializer'"
        value = call.text(call.given["init"].value)
        both = call.renamed("init", f"depthwise_initializer={value}, pointwise_initializer")
        yield Change(text, both)
    yield from _convolution_2d(call)


def _sequence(call: Call) -> Iterator[Change]:
    """The number of features, and the length, of what a layer for sequences is given."""
    features, length = call.given.get("input_dim"), call.given.get("input_length")
    if features is None:
        return
    call.done.update({"input_dim", "input_length"})
    shape = f"({call.text(length.value) if length else None}, {call.text(features.value)})"
    text = f"the shape of the input is input_shape={shape}"
    removed = call.without(length) if length else ()
    edits = (*call.renamed("input_dim", "input_shape", shape), *removed)
    yield Change(text, edits if removed or not length else ())


def _forget_bias(call: Call) -> Iterator[Change]:
    keyword = call.given.get("forget_bias_init")
    if keyword is None:
        return
    call.done.add("forget_bias_init")
    text = "argument 'forget_bias_init' is 'unit_forget_bias'"
    is_one = isinstance(keyword.value, nodes.Const) and keyword.value.value == "one"
    edits = call.renamed("forget_bias_init", "unit_forget_bias", "True") if is_one else ()
    yield Change(text, edits)


def _recurrent(call: Call) -> Iterator[Change]:
    yield from _forget_bias(call)
    yield from _sequence(call)


def _recurrent_convolution(call: Call) -> Iterator[Change]:
    yield from _forget_bias(call)
    yield from _convolution_2d(call)


def _batch_normalization(call: Call) -> Iterator[Change]:
    keyword = call.given.get("mode")
    if keyword is not None:
        call.done.add("mode")
        is_default = call.text(keyword.value) == "0"
        text = "argument 'mode' was removed: it is 0, for each feature"
        yield Change(text, call.without(keyword) if is_default else ())


def _embedding(call: Call) -> Iterator[Change]:
    if "dropout" in call.given:
        call.done.add("dropout")
        yield Change("argument 'dropout' is a SpatialDropout1D behind the layer")


def _zero_padding(call: Call) -> Iterator[Change]:
    """Amounts by side, which were a dictionary."""
    keyword = call.given.get("padding")
    value = keyword.value if keyword is not None else next(iter(call.node.args), None)
    if not isinstance(value, nodes.Dict):
        return
    amounts = {
        key.value: call.text(amount) for key, amount in value.items if isinstance(key, nodes.Const)
    }
    top, bottom, left, right = (
        amounts.get(f"{side}_pad", "0") for side in ("top", "bottom", "left", "right")
    )
    written = f"(({top}, {bottom}), ({left}, {right}))"
    edit = Edit(call.source.start(value), call.source.end(value), written)
    is_whole = len(amounts) == len(value.items)
    yield Change(f"the padding is {written}", (edit,) if is_whole else ())


#: By the name of the preprocessor.
PREPROCESSORS: Mapping[str, Callable[[Call], Iterator[Change]]] = {
    "batchnorm_args_preprocessor": _batch_normalization,
    "conv1d_args_preprocessor": _sequence,
    "conv2d_args_preprocessor": _convolution_2d,
    "conv3d_args_preprocessor": _convolution_3d,
    "convlstm2d_args_preprocessor": _recurrent_convolution,
    "deconv2d_args_preprocessor": _deconvolution,
    "embedding_kwargs_preprocessor": _embedding,
    "recurrent_args_preprocessor": _recurrent,
    "separable_conv2d_args_preprocessor": _separable,
    "zeropadding2d_args_preprocessor": _zero_padding,
}
