"""Checkpoints that are loaded to wherever they were saved from."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from astroid import nodes

from lintplugin import evidence, replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from ..loops import graph_loops
from . import choice, guards

RULE = Rule(
    id="W6820",
    message="torch.load(%(file)s) %(effect)s: pass %(advice)s",
    summary="A checkpoint is loaded without `map_location`, or a pickled model without "
    "`weights_only`.",
    why="""\
`torch.load` puts each tensor back on the device that it was saved from. What that does to the
checkpoint of a model that was trained on a GPU was executed:

* on a machine without that GPU it raises `RuntimeError: Attempting to deserialize object on a CUDA
  device`, also where the model is on the CPU and would only copy the numbers;
* with `map_location="cpu"` it gives the same numbers everywhere, and `load_state_dict` copies them
  to wherever the parameters are. Without, a GPU holds all parameters twice meanwhile, and each
  process of a distributed program loads them to the same GPU.

Since PyTorch 2.6 the default is `weights_only=True`, which reads tensors and plain containers. A
whole model, as `model = torch.load(path)` with `model.eval()` after it, raises `UnpicklingError`
now, and so do NumPy arrays, `argparse.Namespace` and `defaultdict`. `weights_only=False` unpickles
them as before, and runs whatever code the file names. Better is to save `model.state_dict()`.

Reported where what is loaded goes into `load_state_dict`, or is used as a model. Left alone:
`map_location` in any form, programs that name no device, code under a test that asks for a device,
a file that the same program saves, or saves from the CPU, sharded models of FSDP, and models in
`torch.serialization.safe_globals`.

TensorFlow restores a checkpoint into variables where they are. That was executed, too.
""",
    references=(
        "https://pytorch.org/docs/stable/generated/torch.load.html",
        "https://pytorch.org/docs/stable/notes/serialization.html#weights-only",
        "https://www.tensorflow.org/guide/checkpoint",
    ),
)

SYMBOL = "device-load-without-map-location"

_LOADS = ("torch.load", "torch.serialization.load")
_SAVES = ("torch.save", "torch.serialization.save")

#: What only a model has.
_OF_MODELS = frozenset(
    "eval train state_dict parameters named_parameters modules children zero_grad forward".split()
)

#: Whose state is numbers of Python.
_PLAIN_STATE = re.compile(r"sched|scaler|plateau", re.IGNORECASE)

#: What checkpoints hold beside tensors.
_PLAIN_ITEM = re.compile(r"arch|args|config|epochs?|iter(?:ations?)?|lr|steps?|(?:global|num)_\w+")

#: What tells PyTorch what a file may hold, or where it goes.
_SETTINGS = re.compile(
    r"safe_globals|TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD|set_default_device|distributed\.fsdp"
)

# Longest chain of assignments that is followed; a guard against cycles.
_MAX_HOPS = 6


def check(module: Module) -> Iterator[Finding]:
    references = [one for api in _LOADS for one in module.by_api.get(api, ())]
    if not references or _SETTINGS.search(module.source.text):
        return
    for reference in references:
        call = reference.call
        if call is None or not call.args or len(call.args) > 1 or not _is_open(call):
            continue
        uses = _uses(module.names, call)
        is_model = any(map(_is_model, uses))
        if not is_model and not any(map(_is_state, uses)):
            continue
        pickled = is_model and not any(one.arg == "weights_only" for one in call.keywords)
        bound = not guards.is_guarded(call) and _depends(module, call)
        if not pickled and not bound:
            continue
        advice = {"map_location": bound, "weights_only=False": pickled}
        yield module.finding(
            call,
            reference.api,
            confidence=reference.confidence,
            fixes=functools.partial(_fixes, module, call, uses, bound, pickled),
            file=" ".join(module.source.segment(call.args[0]).split()),
            effect=_PICKLED if pickled else _BOUND,
            advice=" and ".join(text for text, holds in advice.items() if holds),
        )


_BOUND = "needs the device that the checkpoint was saved from, and raises where that GPU is missing"

_PICKLED = "raises UnpicklingError for a pickled model since PyTorch 2.6"


def _is_open(call: nodes.Call) -> bool:
    """Whether a call says nothing of the place or of how a model is pickled."""
    named = {keyword.arg for keyword in call.keywords}
    starred = any(isinstance(one, nodes.Starred) for one in call.args)
    return not starred and not named & {None, "map_location", "pickle_module"}


# What becomes of what is loaded


def _uses(names: Names, node: nodes.NodeNG, hops: int = _MAX_HOPS) -> list[nodes.NodeNG]:
    """The expressions by which a value, or an item of it, is used for the last time."""
    parent = node.parent
    while isinstance(parent, nodes.Subscript) and parent.value is node:
        node, parent = parent, parent.parent
    if not isinstance(parent, nodes.Assign) or not hops:
        return [node]
    (target, *others) = parent.targets
    if others or not isinstance(target, nodes.AssignName):
        return [node]
    reads = [
        use
        for use in names.uses(target.name)
        if any(one.node is target for one in names.bindings(use))
    ]
    return [last for use in reads for last in _uses(names, use, hops - 1)]


def _is_model(use: nodes.NodeNG) -> bool:
    parent = use.parent
    if isinstance(parent, nodes.Call):
        return parent.func is use
    return isinstance(parent, nodes.Attribute) and parent.attrname in _OF_MODELS


def _is_state(use: nodes.NodeNG) -> bool:
    call = use.parent.parent if isinstance(use.parent, nodes.Keyword) else use.parent
    return (
        isinstance(call, nodes.Call)
        and isinstance(call.func, nodes.Attribute)
        and call.func.attrname == "load_state_dict"
        and not _PLAIN_STATE.search(call.func.expr.as_string())
    )


def _is_plain(use: nodes.NodeNG) -> bool:
    """Whether a use needs no tensor on a device."""
    key = getattr(use.slice, "value", None) if isinstance(use, nodes.Subscript) else None
    asked = isinstance(use.parent, nodes.Attribute) and use.parent.attrname == "keys"
    return asked or (isinstance(key, str) and _PLAIN_ITEM.fullmatch(key) is not None)


# Where it was saved


def _depends(module: Module, load: nodes.Call) -> bool:
    """Whether a program uses other devices, and does not itself save what it loads."""
    if not _names_device(module):
        return False
    names = module.names
    saves = [one.call for api in _SAVES for one in module.by_api.get(api, ()) if one.call]
    for save in saves:
        path = next(
            (one.value for one in save.keywords if one.arg == "f"),
            save.args[1] if len(save.args) > 1 else None,
        )
        if path is not None and _path(names, path) == _path(names, load.args[0]):
            return False
    saved = {name.name for save in saves for name in save.nodes_of_class(nodes.Name)}
    return not any(
        node.attrname == "cpu" and _moved(node.expr) in saved for node in names.by_type["Attribute"]
    )


def _moved(node: nodes.NodeNG) -> str | None:
    """``model`` of ``model.module.eval()``, which returns a part of it."""
    while isinstance(node, (nodes.Attribute, nodes.Call)):
        node = node.expr if isinstance(node, nodes.Attribute) else node.func
        if isinstance(node, nodes.Name) and isinstance(node.parent, nodes.Call):
            return None
    return getattr(node, "name", None)


def _names_device(module: Module) -> bool:
    """Whether anything in a file is moved to a device."""
    return any(api.startswith(("torch.cuda.", "torch.device")) for api in module.by_api) or any(
        node.attrname in {"cuda", "to"}
        and isinstance(node.parent, nodes.Call)
        and (node.attrname == "cuda" or guards.asks(node.parent))
        for node in module.names.by_type["Attribute"]
    )


def _path(names: Names, node: nodes.NodeNG) -> tuple[object, ...]:
    """What names a file: the text and what its names denote, of ``open(path) as f`` the path's."""
    if isinstance(node, nodes.Name):
        values = [one.value for one in names.bindings(node)]
        opened = values[0] if len(values) == 1 else None
        if isinstance(opened, nodes.Call) and opened.args and isinstance(opened.func, nodes.Name):
            node = opened.args[0]
    read = node.nodes_of_class(nodes.Name)
    return (node.as_string(), *(one.node for name in read for one in names.bindings(name)))


# Fixes


def _fixes(
    module: Module, call: nodes.Call, uses: list[nodes.NodeNG], bound: bool, pickled: bool
) -> Iterator[Fix]:
    if "torch" in module.settings.targets:
        case, unsafe = "state", ""
        given = {}
        if bound:
            given["map_location"] = '"cpu"'
            if not all(_is_state(use) or _is_plain(use) for use in uses):
                unsafe = "what else is read from the checkpoint is then on the CPU"
        if any(map(_is_model, uses)):
            case = "model"
            name = choice.chosen(module, call)
            if bound and name is not None:
                given["map_location"] = name
                unsafe = "the model is then on that device"
        if pickled:
            given["weights_only"] = "False"
            unsafe = "the file may run any code: only for one that you trust"
        arguments = ", ".join(f"{key}={value}" for key, value in given.items())
        edit = _with_arguments(module, call, arguments)
        start = module.source.start(call)
        shown = module.source.text[start : edit.start] + edit.text
        folder = evidence.fixtures() / SYMBOL / case
        yield replacements.executed_edits(
            "torch",
            f"Pass {arguments}",
            shown.rstrip(",") + ")",
            (edit,),
            evidence.lookup_fixture(folder, "torch"),
            unsafe,
        )
    if "tf2" in module.settings.targets:
        yield replacements.example(SYMBOL, "state", "tf2", "Restore into variables")


def _with_arguments(module: Module, call: nodes.Call, arguments: str) -> Edit:
    name, _, text = arguments.partition("=")
    return graph_loops.with_argument(module.source, call, name, text)
