"""What a call of Keras 1 or 2 has to give otherwise for Keras 3, argument by argument."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from astroid import nodes
from lintplugin.checkers.keras import interfaces
from lintplugin.checkers.keras.interfaces import Interface

from lintplugin import signatures
from lintplugin.analysis import Module
from lintplugin.edits import Edit, splice
from lintplugin.imports import Imports
from lintplugin.names import Names
from lintplugin.rewrite.expressions import atom
from lintplugin.source import Source


@dataclass(frozen=True)
class Change:
    """One argument, or several that became one.

    :param text: what changed, a phrase for the message.
    :param edits: empty when it is to be written by hand.
    :param unsafe: why the edits are right only sometimes.
    """

    text: str
    edits: tuple[Edit, ...] = ()
    unsafe: str = ""


@dataclass(frozen=True)
class _Keras2:
    """An argument of Keras 2 that Keras 3 does not take.

    :param advice: what there is instead.
    :param new: its new name, where that is all.
    :param default: source text of a value that says nothing, so that the argument may go.
    :param unsafe: why the argument may go in any case, and what goes with it.
    """

    advice: str = "was removed"
    new: str = ""
    default: str = ""
    unsafe: str = ""


#: Arguments about the loading of batches, with their defaults.
LOADING = {"max_queue_size": "10", "use_multiprocessing": "False", "workers": "1"}

ONE_BY_ONE = "batches are then prepared one after another"

_OF_DATASET = "belongs to the PyDataset that is given"
_SUMMARIES = _Keras2(unsafe="what the argument asked for is no longer logged")

#: By canonical name and argument; ``*`` stands for any layer.
_KERAS_2: Mapping[tuple[str, str], _Keras2] = {
    ("*", "batch_size"): _Keras2("belongs to a keras.Input before the layer"),
    ("*", "input_dtype"): _Keras2("is the 'dtype' of a keras.Input before the layer"),
    ("*", "weights"): _Keras2("was removed: call set_weights when the layer is built"),
    ("keras.activations.relu", "alpha"): _Keras2(new="negative_slope"),
    ("keras.backend.set_epsilon", "e"): _Keras2(new="value"),
    ("keras.backend.set_floatx", "floatx"): _Keras2(new="value"),
    ("keras.callbacks.ModelCheckpoint", "period"): _Keras2(
        "was removed: 'save_freq' counts batches", default="1"
    ),
    ("keras.callbacks.ProgbarLogger", "count_mode"): _Keras2(default="'samples'"),
    ("keras.callbacks.TensorBoard", "batch_size"): _SUMMARIES,
    ("keras.callbacks.TensorBoard", "embeddings_data"): _SUMMARIES,
    ("keras.callbacks.TensorBoard", "embeddings_layer_names"): _SUMMARIES,
    ("keras.callbacks.TensorBoard", "write_grads"): _SUMMARIES,
    ("keras.regularizers.l1", "l"): _Keras2(new="l1"),
    ("keras.regularizers.l2", "l"): _Keras2(new="l2"),
    ("keras.utils.to_categorical", "y"): _Keras2(new="x"),
    ("keras.utils.to_categorical", "dtype"): _Keras2("was removed: convert the result"),
    **{
        (f"keras.Model.{method}", argument): _Keras2(
            _OF_DATASET, default=default, unsafe=ONE_BY_ONE
        )
        for method in ("evaluate", "fit", "predict")
        for argument, default in LOADING.items()
    },
    ("keras.Model.compile", "class_mode"): _Keras2("was removed: the loss says it"),
    ("keras.Model.compile", "sample_weight_mode"): _Keras2(default="None"),
    ("keras.Model.compile", "target_tensors"): _Keras2(default="None"),
    ("keras.Model.evaluate", "show_accuracy"): _Keras2(
        "is metrics=['accuracy'] of compile", default="False"
    ),
    ("keras.Model.fit", "nb_epoch"): _Keras2(new="epochs"),
    ("keras.Model.fit", "show_accuracy"): _Keras2(
        "is metrics=['accuracy'] of compile", default="False"
    ),
    ("keras.Model.test_on_batch", "reset_metrics"): _Keras2(default="True"),
    ("keras.Model.train_on_batch", "reset_metrics"): _Keras2(default="True"),
}

#: Arguments of Keras 1 whose value counted samples, with the one that gives the batches.
_COUNTS = {
    "nb_val_samples": "validation_data",
    "samples_per_epoch": "generator",
    "val_samples": "generator",
}

#: Arguments of generators' methods that ``fit``, ``evaluate`` and ``predict`` do not take.
_OF_LOADING = {"max_q_size": "10", "nb_worker": "1", "pickle_safe": "False"}

#: Methods that return batches of the ``batch_size`` they are given.
_FLOWS = frozenset({"flow", "flow_from_dataframe", "flow_from_directory"})

#: Methods of a model whose arguments changed, and those arguments.
METHODS = frozenset(
    name.rpartition(".")[2]
    for name in (
        *(name for name, _ in _KERAS_2 if name.startswith("keras.Model.")),
        "keras.Model.evaluate_generator",
        "keras.Model.fit_generator",
        "keras.Model.predict_generator",
    )
)
OF_METHODS = frozenset(
    {argument for name, argument in _KERAS_2 if name.startswith("keras.Model.")}
    | {*_COUNTS, *_OF_LOADING}
)

#: Arguments by which a file is known to be of Keras 1.
_SIGNS = frozenset(
    {"W_regularizer", "border_mode", "dim_ordering", "nb_epoch", "nb_filter", "subsample"}
)


class _Call:
    """A call of a name of Keras, and its keywords by name."""

    def __init__(self, module: Module, call: nodes.Call, name: str) -> None:
        self.module = module
        self.source: Source = module.source
        self.node = call
        self.name = name
        self.interface: Interface = interfaces.of(name)
        self.given = {one.arg: one for one in call.keywords if one.arg is not None}
        self.is_open = any(isinstance(one, nodes.Starred) for one in call.args)
        #: Keywords that a change takes care of together with others.
        self.done: set[str] = set()

    def text(self, node: nodes.NodeNG) -> str:
        return self.source.segment(node)

    def renamed(self, old: str, new: str, value: str | None = None) -> tuple[Edit, ...]:
        """Edits that give an argument another name, and another value where one is stated."""
        keyword = self.given[old]
        start = self.source.start(keyword)
        edits = [Edit(start, start + len(old), new)]
        if value is not None:
            node = keyword.value
            edits.append(Edit(self.source.start(node), self.source.end(node), value))
        return tuple(edits)

    def without(self, *removed: nodes.NodeNG) -> tuple[Edit, ...]:
        return without(self.module, self.node, removed)


def without(
    module: Module, call: nodes.Call, removed: Collection[nodes.NodeNG]
) -> tuple[Edit, ...]:
    """Edits that take arguments out of a call; none where a comment would go, too."""
    items = [*call.args, *call.keywords]
    edits = []
    is_first = True
    for index, item in enumerate(items):
        if item not in removed:
            is_first = False
            continue
        start, end = module.source.start(item), module.source.end(item)
        if is_first and index + 1 < len(items):
            end = module.source.start(items[index + 1])
        elif not is_first:
            start = module.source.text.rindex(",", 0, start)
        if "#" in module.source.text[start:end]:
            return ()
        edits.append(Edit(start, end, ""))
    return tuple(edits)


def changes(module: Module, node: nodes.Call, name: str) -> Iterator[Change]:
    """What a call gives that Keras 3 takes otherwise.

    :param name: canonical name of what is called.
    """
    call = _Call(module, node, name)
    preprocess = _PREPROCESSORS.get(call.interface.preprocessor)
    if preprocess is not None:
        yield from preprocess(call)
    if name.startswith("keras.layers."):
        yield from _batch_shape(call)
    modern = signatures.modern_entry(name)
    accepted = {one.name for one in signatures.parameters(modern)}
    for argument in call.given:
        if argument not in accepted and argument not in call.done:
            found = _keyword(call, argument)
            if found is not None:
                yield found


def _keyword(call: _Call, argument: str) -> Change | None:
    new = call.interface.renamed.get(argument)
    if new is not None:
        return None if new in call.given else _renamed(call, argument, new)
    known = _KERAS_2.get((call.name, argument))
    if known is None and call.name.startswith("keras.layers."):
        known = _KERAS_2.get(("*", argument))
    if known is None:
        is_gone = _is_gone(call.name, argument)
        return Change(f"argument '{argument}' was removed") if is_gone else None
    if known.new:
        text = f"argument '{argument}' is '{known.new}'"
        return Change(text, call.renamed(argument, known.new))
    keyword = call.given[argument]
    text = f"argument '{argument}' {known.advice}"
    is_default = known.default and same(call.module, keyword.value, known.default)
    if is_default or known.unsafe:
        return Change(text, call.without(keyword), "" if is_default else known.unsafe)
    return Change(text)


def _is_gone(name: str, argument: str) -> bool:
    """Whether Keras 2.3.1 took an argument, and Keras 3 takes no more than it states."""
    before, now = signatures.legacy_entry(name), signatures.modern_entry(name)
    if before is None or now is None or not now.signature or signatures.takes_more(now):
        return False
    return argument in {one.name for one in signatures.parameters(before)}


def same(module: Module, node: nodes.NodeNG, default: str) -> bool:
    """Whether an argument repeats a default."""
    text = module.source.segment(node)
    return ast.dump(ast.parse(f"({text}\n)")) == ast.dump(ast.parse(f"({default}\n)"))


def _renamed(call: _Call, argument: str, new: str) -> Change:
    """An argument of Keras 1 that a wrapper of Keras 2 passed on under another name."""
    keyword = call.given[argument]
    if argument in _COUNTS:
        return _counted(call, argument, new)
    if argument in _OF_LOADING:
        is_default = same(call.module, keyword.value, _OF_LOADING[argument])
        unsafe = "" if is_default else ONE_BY_ONE
        return Change(f"argument '{argument}' {_OF_DATASET}", call.without(keyword), unsafe)
    if new == "implementation":
        text = f"argument '{argument}' was removed: Keras 3 chooses the implementation"
        return Change(text, call.without(keyword))
    values = call.interface.values.get(argument)
    if values is None:
        return Change(f"argument '{argument}' is '{new}'", call.renamed(argument, new))
    if isinstance(keyword.value, nodes.Const) and keyword.value.value in values:
        value = values[keyword.value.value]
        if call.text(keyword.value).startswith('"'):
            value = value.replace("'", '"')
        text = f"argument '{argument}' is {new}={value}"
        return Change(text, call.renamed(argument, new, value))
    pairs = ", ".join(f"'{old}' is {value}" for old, value in values.items())
    return Change(f"argument '{argument}' is '{new}', and of its values {pairs}")


def _counted(call: _Call, argument: str, new: str) -> Change:
    """A number of samples, which is a number of batches now."""
    text = f"argument '{argument}' is '{new}' and counts batches, not samples"
    name = _COUNTS[argument]
    source = call.given[name].value if name in call.given else None
    if name == "generator" and source is None and call.node.args:
        source = call.node.args[0]
    size = _batch_size(call.module, source)
    if not size:
        return Change(text)
    samples = call.given[argument].value
    count = call.text(samples)
    if not isinstance(samples, nodes.Const):
        count = atom(count)
    return Change(text, call.renamed(argument, new, f"{count} // {size}"))


def _batch_size(module: Module, node: nodes.NodeNG | None) -> str:
    """The size of batches, where they come from a call that states it; else empty."""
    if isinstance(node, nodes.Name):
        bindings = module.names.bindings(node)
        node = bindings[0].value if len(bindings) == 1 else None
    if not isinstance(node, nodes.Call) or not isinstance(node.func, nodes.Attribute):
        return ""
    if node.func.attrname not in _FLOWS:
        return ""
    sizes = [one.value for one in node.keywords if one.arg == "batch_size"]
    if not sizes or not isinstance(sizes[0], (nodes.Const, nodes.Name)):
        return ""
    return module.source.segment(sizes[0])


def _batch_shape(call: _Call) -> Iterator[Change]:
    """The shape of the input with the size of the batch, which a layer no longer takes."""
    keyword = call.given.get("batch_input_shape")
    if keyword is None or call.name == "keras.layers.InputLayer":
        return
    call.done.add("batch_input_shape")
    text = "argument 'batch_input_shape' is the 'batch_shape' of a keras.Input before the layer"
    imports = Imports(call.module)
    package = "keras"
    if (call.module.names.api(call.node.func) or "").startswith("tensorflow."):
        package = "tensorflow.keras"
    value = f"{imports.spell(package)}.Input(batch_shape={call.text(keyword.value)})"
    before, removed = _before(call, value), call.without(keyword)
    if before is None or not removed or imports.clash() is not None:
        yield Change(text)
    else:
        yield Change(text, (before, *removed, *imports.additions()))


def _before(call: _Call, value: str) -> Edit | None:
    """What puts a layer before the one of a call, in a list or by ``add``."""
    start, owner = call.source.start(call.node), call.node.parent
    if isinstance(owner, nodes.List) and isinstance(owner.parent, (nodes.Call, nodes.Keyword)):
        return Edit(start, start, f"{value}, ") if owner.elts[0] is call.node else None
    is_added = isinstance(owner, nodes.Call) and isinstance(owner.func, nodes.Attribute)
    if not is_added or owner.func.attrname != "add" or not isinstance(owner.parent, nodes.Expr):
        return None
    line = call.source.line_start(owner.lineno)
    start = call.source.start(owner)
    indent = call.source.text[line:start]
    if indent.strip():
        return None
    return Edit(start, start, f"{call.text(owner.func)}({value})\n{indent}")


def _kernel(call: _Call, names: Sequence[str]) -> Iterator[Change]:
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


def _is_sizes(call: _Call, args: Sequence[nodes.NodeNG], count: int) -> bool:
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


def _convolution_2d(call: _Call) -> Iterator[Change]:
    yield from _kernel(call, ("nb_row", "nb_col"))


def _convolution_3d(call: _Call) -> Iterator[Change]:
    yield from _kernel(call, ("kernel_dim1", "kernel_dim2", "kernel_dim3"))


def _deconvolution(call: _Call) -> Iterator[Change]:
    keyword = call.given.get("output_shape")
    if keyword is not None:
        call.done.add("output_shape")
        yield Change("argument 'output_shape' was removed: it is worked out", call.without(keyword))
    yield from _convolution_2d(call)


def _separable(call: _Call) -> Iterator[Change]:
    if "init" in call.given:
        call.done.add("init")
        text = "argument 'init' is 'depthwise_initializer' and 'pointwise_initializer'"
        value = call.text(call.given["init"].value)
        both = call.renamed("init", f"depthwise_initializer={value}, pointwise_initializer")
        yield Change(text, both)
    yield from _convolution_2d(call)


def _sequence(call: _Call) -> Iterator[Change]:
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


def _forget_bias(call: _Call) -> Iterator[Change]:
    keyword = call.given.get("forget_bias_init")
    if keyword is None:
        return
    call.done.add("forget_bias_init")
    text = "argument 'forget_bias_init' is 'unit_forget_bias'"
    is_one = isinstance(keyword.value, nodes.Const) and keyword.value.value == "one"
    edits = call.renamed("forget_bias_init", "unit_forget_bias", "True") if is_one else ()
    yield Change(text, edits)


def _recurrent(call: _Call) -> Iterator[Change]:
    yield from _forget_bias(call)
    yield from _sequence(call)


def _recurrent_convolution(call: _Call) -> Iterator[Change]:
    yield from _forget_bias(call)
    yield from _convolution_2d(call)


def _batch_normalization(call: _Call) -> Iterator[Change]:
    keyword = call.given.get("mode")
    if keyword is not None:
        call.done.add("mode")
        is_default = call.text(keyword.value) == "0"
        text = "argument 'mode' was removed: it is 0, for each feature"
        yield Change(text, call.without(keyword) if is_default else ())


def _embedding(call: _Call) -> Iterator[Change]:
    if "dropout" in call.given:
        call.done.add("dropout")
        yield Change("argument 'dropout' is a SpatialDropout1D behind the layer")


def _zero_padding(call: _Call) -> Iterator[Change]:
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


_PREPROCESSORS: Mapping[str, Callable[[_Call], Iterator[Change]]] = {
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


def spliced(module: Module, call: nodes.Call, edits: Sequence[Edit]) -> str:
    """The text of a call with edits in it, and before it."""
    source = module.source
    start, end = source.start(call), source.end(call)
    inside = [edit for edit in edits if start <= edit.start and edit.end <= end]
    before = [edit.text.rstrip() for edit in edits if edit not in inside]
    moved = [Edit(edit.start - start, edit.end - start, edit.text) for edit in inside]
    return "\n".join([*before, splice(source.segment(call), moved)])
