"""What a call of Keras 1 or 2 has to give otherwise for Keras 3, argument by argument."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from astroid import nodes

from lintplugin import signatures
from lintplugin.analysis import Module
from lintplugin.edits import Edit
from lintplugin.imports import Imports
from lintplugin.rewrite.expressions import atom

from .calls import LOADING, ONE_BY_ONE, Call, Change, same
from .preprocessors import PREPROCESSORS


class _Keras2(NamedTuple):
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


#: By canonical name and argument; ``*`` stands for any layer.
_KERAS_2: Mapping[tuple[str, str], _Keras2] = {
    ("*", "batch_size"): _Keras2("belongs to a keras.Input before the layer"),
    ("*", "input_dtype"): _Keras2("is the 'dtype' of a keras.Input before the layer"),
    ("keras.activations.relu", "alpha"): _Keras2(new="negative_slope"),
    ("keras.backend.set_epsilon", "e"): _Keras2(new="value"),
    ("keras.backend.set_floatx", "floatx"): _Keras2(new="value"),
    ("keras.callbacks.ProgbarLogger", "count_mode"): _Keras2(default="'samples'"),
    ("keras.regularizers.l1", "l"): _Keras2(new="l1"),
    ("keras.regularizers.l2", "l"): _Keras2(new="l2"),
    ("keras.utils.to_categorical", "y"): _Keras2(new="x"),
    ("keras.utils.to_categorical", "dtype"): _Keras2("was removed: convert the result"),
    ("keras.Model.compile", "class_mode"): _Keras2("was removed: the loss says it"),
    ("keras.Model.compile", "target_tensors"): _Keras2(default="None"),
    ("keras.Model.fit", "nb_epoch"): _Keras2(new="epochs"),
    ("keras.Model.test_on_batch", "reset_metrics"): _Keras2(default="True"),
    ("keras.Model.train_on_batch", "reset_metrics"): _Keras2(default="True"),
}

#: What rules of their own say more of: ``keras-fit-argument``, ``keras-callback-argument``.
_ELSEWHERE: Mapping[str, Collection[str]] = {
    "keras.Model.compile": ("sample_weight_mode",),
    "keras.Model.evaluate": (*LOADING, "show_accuracy"),
    "keras.Model.fit": (*LOADING, "show_accuracy"),
    "keras.Model.predict": tuple(LOADING),
    "keras.callbacks.ModelCheckpoint": ("period",),
    "keras.callbacks.TensorBoard": (
        "batch_size",
        "embeddings_data",
        "embeddings_layer_names",
        "write_grads",
    ),
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

#: Methods of a model whose arguments changed, and those arguments. Of methods for generators,
#: which are gone themselves, ``keras-removed-method`` says all.
METHODS = frozenset(
    name.rpartition(".")[2] for name, _ in _KERAS_2 if name.startswith("keras.Model.")
)
OF_METHODS = frozenset(argument for name, argument in _KERAS_2 if name.startswith("keras.Model."))

#: Those of them that methods of other libraries have, too.
COMMON = frozenset({"reset_metrics"})


def changes(module: Module, node: nodes.Call, name: str) -> Iterator[Change]:
    """What a call gives that Keras 3 takes otherwise.

    :param name: canonical name of what is called.
    """
    call = Call(module, node, name)
    preprocess = PREPROCESSORS.get(call.interface.preprocessor)
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


def _keyword(call: Call, argument: str) -> Change | None:
    if argument in _ELSEWHERE.get(call.name, ()):
        return None
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


def _renamed(call: Call, argument: str, new: str) -> Change:
    """An argument of Keras 1 that a wrapper of Keras 2 passed on under another name."""
    keyword = call.given[argument]
    if argument in _COUNTS:
        return _counted(call, argument, new)
    if argument in _OF_LOADING:
        is_default = same(call.module, keyword.value, _OF_LOADING[argument])
        unsafe = "" if is_default else ONE_BY_ONE
        text = f"argument '{argument}' belongs to the PyDataset that is given"
        return Change(text, call.without(keyword), unsafe)
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


def _counted(call: Call, argument: str, new: str) -> Change:
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


def _batch_shape(call: Call) -> Iterator[Change]:
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


def _before(call: Call, value: str) -> Edit | None:
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
