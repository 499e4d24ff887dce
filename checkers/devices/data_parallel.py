"""``nn.DataParallel``, and what its wrapper hides."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator

from astroid import nodes

from lintplugin import evidence, replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from ..torch import objects

RULE = Rule(
    id="W6823",
    message="%(what)s: %(advice)s",
    summary="A model is wrapped in `nn.DataParallel`, or what the wrapper hides is used.",
    why="""\
`nn.DataParallel` copies the model to each GPU for each batch, in one process with one interpreter,
and gathers all outputs on the first. PyTorch recommends `DistributedDataParallel` in its place, for
one machine, too. What else changes was executed:

* names in `state_dict()` begin with `module.`, so that `load_state_dict` of the model itself raises
  `RuntimeError` for missing and unexpected keys;
* what the model has beside `forward`, as `model.fc` or a method, raises `AttributeError`: it is at
  `model.module`. Where only machines with several GPUs wrap the model, only those fail;
* without a GPU the wrapper calls the model, and gives the same numbers;
* with `DistributedDataParallel`, one process for each device, gradients are means over the
  processes: a step with one process gives the same numbers.

Left alone: programs that use `DistributedDataParallel` as well, wrappers whose `model.module` is
used, and checkpoints of programs that load them into a wrapped model, too, or take `module.` away.

In TensorFlow it is `tf.distribute.MirroredStrategy`, which was executed with two replicas on
logical CPUs: variables keep their names, and losses are divided by the size of the whole batch.
""",
    references=(
        "https://pytorch.org/docs/stable/generated/torch.nn.DataParallel.html",
        "https://pytorch.org/docs/stable/notes/cuda.html#cuda-nn-ddp-instead",
        "https://www.tensorflow.org/guide/distributed_training#mirroredstrategy",
    ),
)

SYMBOL = "device-data-parallel"

_WRAPPERS = (
    "torch.nn.DataParallel",
    "torch.nn.parallel.DataParallel",
    "torch.nn.parallel.data_parallel.DataParallel",
)

#: What says that a program knows of the wrapper.
_KNOWS = ("DistributedDataParallel", "module.'", 'module."')

#: Methods that return the wrapper.
_RETURN_SELF = frozenset({"cpu", "cuda", "double", "eval", "float", "half", "to", "train"})

#: What the wrapper has by itself, of what a class may define.
_OF_WRAPPER = frozenset({"forward", "module", "device_ids", "dim", "training", "extra_repr"})


def check(module: Module) -> Iterator[Finding]:
    made = [one for api in _WRAPPERS for one in module.by_api.get(api, ()) if one.call is not None]
    if not made or any(text in module.source.text for text in _KNOWS):
        return
    calls = {one.call: one for one in made if one.call is not None}
    knows = any(
        node.attrname == "module" and _wrapped(module.names, node.expr, calls)[0] is not None
        for node in module.names.by_type["Attribute"]
    )
    for call, reference in calls.items():
        if knows or isinstance(call.parent, (nodes.Return, nodes.Call)):
            continue  # It is for others to use, or was meant.
        yield module.finding(
            call,
            reference.api,
            confidence=reference.confidence,
            fixes=functools.partial(_shown, module, "training"),
            what="nn.DataParallel copies the model for each batch, in one process",
            advice="use nn.parallel.DistributedDataParallel",
        )
    for node in module.names.by_type["Attribute"]:
        wrapped, is_sure = _wrapped(module.names, node.expr, calls)
        if wrapped is None:
            continue
        model = module.source.segment(node.expr)
        if node.attrname == "state_dict" and _is_saved(module, node, model):
            inner = f"{model}.module" if is_sure else f'getattr({model}, "module", {model})'
            what, case = "the names in this checkpoint begin with 'module.'", "checkpoint"
        elif _is_hidden(module.names, wrapped, node):
            inner = f"{model}.module"
            what, case = f"nn.DataParallel has no attribute {node.attrname!r}", "attribute"
            if not is_sure:
                what, case = f"{what}, where it wraps the model", "attribute-by-condition"
        else:
            continue
        yield module.finding(
            node,
            f"torch.nn.DataParallel().{node.attrname}",
            confidence="INFERENCE",
            fixes=functools.partial(_fixes, module, node, inner, case),
            what=what,
            advice=f"write {inner}.{node.attrname}",
        )


def _wrapped(
    names: Names, node: nodes.NodeNG, made: Collection[nodes.Call]
) -> tuple[nodes.Call | None, bool]:
    """The call that wraps what an expression denotes, and whether it always does."""
    values: list[nodes.NodeNG | None] = []
    if isinstance(node, nodes.Name):
        values = [one.value if one.item is None else None for one in names.bindings(node)]
    elif (names.api(node) or "") in {f"{api}()" for api in _WRAPPERS}:
        values = [objects.constructor(names, node)]
    found = [_inner(value) for value in values]
    wrapping = [one for one in found if one in made]
    return (wrapping[0], len(wrapping) == len(found)) if len(wrapping) == 1 else (None, False)


def _inner(node: nodes.NodeNG | None) -> nodes.NodeNG | None:
    """``nn.DataParallel(model)`` of ``nn.DataParallel(model).cuda()``."""
    while isinstance(node, nodes.Call) and isinstance(node.func, nodes.Attribute):
        if node.func.attrname not in _RETURN_SELF:
            break
        node = node.func.expr
    return node


def _is_saved(module: Module, node: nodes.Attribute, model: str) -> bool:
    """Whether a state is saved, in a program that does not load it into the wrapper."""
    saves = [one.call for one in module.by_api.get("torch.save", ()) if one.call is not None]
    return any(save.parent_of(node) for save in saves) and not any(
        other.attrname == "load_state_dict" and module.source.segment(other.expr) == model
        for other in module.names.by_type["Attribute"]
    )


def _is_hidden(names: Names, wrapping: nodes.Call, node: nodes.Attribute) -> bool:
    """Whether an attribute is one that the class of the wrapped model defines."""
    owner = objects.class_of(names, wrapping.args[0]) if wrapping.args else None
    if owner is None or node.attrname in _OF_WRAPPER or node.attrname.startswith("__"):
        return False
    if objects.method(owner, node.attrname) is not None:
        return node.attrname not in _RETURN_SELF
    return any(
        target.attrname == node.attrname and objects.enclosing_class(target) is owner
        for target in names.by_type["AssignAttr"]
    )


# Fixes


def _fixes(module: Module, node: nodes.Attribute, inner: str, case: str) -> Iterator[Fix]:
    if "torch" in module.settings.targets:
        start, end = module.source.start(node.expr), module.source.end(node.expr)
        folder = evidence.fixtures() / SYMBOL
        if case == "attribute-by-condition":
            yield replacements.example(SYMBOL, "attribute", "torch", "Reach into the wrapper")
        else:
            unsafe = {"checkpoint": "checkpoints so far have the names of the wrapper"}
            yield replacements.executed_edits(
                "torch",
                "Reach into the wrapper",
                f"{inner}.{node.attrname}",
                (Edit(start, end, inner),),
                evidence.lookup_fixture(folder / case, "torch"),
                unsafe.get(case, ""),
            )
    yield from _shown(module, "training", "tf2")


def _shown(module: Module, case: str, *targets: str) -> Iterator[Fix]:
    titles = {"tf2": "Use MirroredStrategy", "torch": "Use one process for each device"}
    for target in module.settings.targets:
        if target in (targets or titles):
            yield replacements.example(SYMBOL, case, target, titles[target])
