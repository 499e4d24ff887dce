"""Optimisers that are made before their model moves, where that matters."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.names import Names
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

from ..loops import training
from . import tensors

RULE = Rule(
    id="W6814",
    message="this optimiser has the parameters of '%(model)s' before line %(line)s moves them, and "
    "%(effect)s: move the model first",
    summary="An optimiser is made before its model moves, and keeps what stays behind.",
    why="""\
PyTorch's documentation asks to move a model before its optimiser is made. What happens otherwise
was executed with PyTorch 2.13, and most often it is nothing: `.to(device)`, `.cuda()`, `.half()`
and `.double()` change the parameters in place, the optimiser has the same objects, and its state is
made in the first step. This rule reports only where the order matters:

* `Adagrad` makes its sums when it is made. They stay on the old device, and the first `step()`
  raises `RuntimeError`.
* `optimizer.load_state_dict(…)` puts the state where the parameters are at that time. A move after
  that leaves it behind, and `step()` raises, for every optimiser with state: Adam, AdamW, Adamax,
  NAdam, RAdam, RMSprop, Adadelta, Rprop and Adagrad.
* `model.to_empty(device=…)`, for a model that was made on the `meta` device, makes new parameters.
  The optimiser keeps the old ones, every step runs, and nothing is trained.
* After `torch.__future__.set_overwrite_module_params_on_conversion(True)` every conversion makes
  new parameters, even `model.to("cpu")` on the CPU. Nothing is trained, either.

No device but the CPU and `meta` was there to execute this; parameters were made to stay the same
objects on `meta`, as they do on CUDA, by `torch.__future__.set_swap_module_params_on_conversion`.
TensorFlow 2 has no such order: its variables do not move.
""",
    references=(
        "https://pytorch.org/docs/stable/optim.html",
        "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.to_empty",
        "https://github.com/pytorch/pytorch/issues/7844",
    ),
)

SYMBOL = "device-optimizer-before-move"

_STATEFUL = frozenset(
    {"Adadelta", "Adagrad", "Adam", "Adamax", "AdamW", "NAdam", "RAdam", "RMSprop", "Rprop"}
)

_CONVERSIONS = frozenset({"bfloat16", "cpu", "cuda", "double", "float", "half", "to", "type"})

_OVERWRITES = "torch.__future__.set_overwrite_module_params_on_conversion"


class _Late(NamedTuple):
    """A move that comes too late.

    :param case: the fixture that shows what happens.
    """

    move: nodes.Call
    case: str
    effect: str


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    for reference in module.references:
        optimiser = reference.call
        if optimiser is None or not reference.api.startswith("torch.optim."):
            continue
        model = _model(optimiser)
        late = _late(names, reference.api, optimiser, model) if model is not None else None
        if model is None or late is None:
            continue
        yield module.finding(
            optimiser,
            reference.api,
            confidence=reference.confidence,
            fixes=functools.partial(_fixes, module, optimiser, late),
            model=model.name,
            line=str(late.move.lineno),
            effect=late.effect,
        )


def _model(optimiser: nodes.Call) -> nodes.Name | None:
    """``model`` of ``SGD(model.parameters())``."""
    given = optimiser.args[0] if optimiser.args else tensors.keyword(optimiser, "params")
    callee = tensors.method_of(given, {"parameters"}) if given is not None else None
    return callee.expr if callee is not None and isinstance(callee.expr, nodes.Name) else None


def _late(names: Names, api: str, optimiser: nodes.Call, model: nodes.Name) -> _Late | None:
    """The first move of a model after its optimiser was made that leaves something behind."""
    calls = [
        use.parent.parent
        for use in names.uses(model.name)
        if tensors.method_of(getattr(use.parent, "parent", None), _CONVERSIONS | {"to_empty"})
        and use.parent.parent.func is use.parent
        and use.frame() is optimiser.frame()
    ]
    moved_before = {
        tensors.destination(names, call)
        for call in calls
        if call.lineno < optimiser.lineno and call.func.attrname in {"to", "cuda"}
    }
    overwrites = any(
        names.api(call.func) == _OVERWRITES and call.args and call.args[0].as_string() == "True"
        for call in names.by_type["Call"]
    )
    for call in calls:
        if call.lineno <= optimiser.lineno or not _is_same(names, model, call.func.expr):
            continue
        if call.func.attrname == "to_empty":
            return _Late(call, "to-empty", "to_empty() makes new ones, so nothing is trained")
        if overwrites:
            return _Late(call, "overwritten", "the move makes new ones, so nothing is trained")
        if call.func.attrname not in {"cuda", "to"}:
            continue
        there = tensors.destination(names, call)
        if there is None or tensors.is_cpu(there) or there in moved_before:
            continue
        kind = api.rpartition(".")[2]
        if kind == "Adagrad":
            return _Late(call, "adagrad", "Adagrad has made its state already, so step() raises")
        loaded = _loaded(names, optimiser) if kind in _STATEFUL else None
        if loaded is not None and loaded.lineno < call.lineno:
            effect = f"the state that line {loaded.lineno} loads stays behind, so step() raises"
            return _Late(call, "loaded", effect)
    return None


def _is_same(names: Names, one: nodes.Name, other: nodes.Name) -> bool:
    """Whether two reads of a name surely have the same object."""
    bound = [{id(binding.node) for binding in names.bindings(use)} for use in (one, other)]
    return bool(bound[0]) and bound[0] == bound[1]


def _loaded(names: Names, optimiser: nodes.Call) -> nodes.Call | None:
    """The call that loads a state into an optimiser which an assignment names."""
    statement = optimiser.statement()
    if not isinstance(statement, nodes.Assign) or statement.value is not optimiser:
        return None
    (target, *_) = statement.targets
    for use in names.uses(tensors.last_name(target)):
        if any(binding.node is target for binding in names.bindings(use)):
            call = use.parent.parent
            if tensors.method_of(call, {"load_state_dict"}) and call.func.expr is use:
                return call
    return None


def _fixes(module: Module, optimiser: nodes.Call, late: _Late) -> Iterator[Fix]:
    if "torch" not in module.settings.targets:
        return
    title = "Move the model first"
    statement, place = late.move.statement(), optimiser.statement()
    text = module.source.segment(statement)
    executed = program_evidence(SYMBOL, "torch")
    inserted = training.line_before(module.source, place, text)
    reason = _obstacle(module, statement, place)
    if inserted is None or reason:
        reason = reason or "several statements stand in a line"
        yield Fix("torch", Applicability.DISPLAY, title, text, reason, evidence=executed)
        return
    source = module.source
    removed = Edit(
        source.line_start(statement.lineno), source.line_start(statement.end_lineno + 1), ""
    )
    yield replacements.executed_edits("torch", title, text, [inserted, removed], executed)


def _obstacle(module: Module, move: nodes.NodeNG, place: nodes.NodeNG) -> str:
    """Why a statement cannot simply stand before another; empty when it can."""
    source = module.source
    start, end = source.line_start(move.lineno), source.line_start(move.end_lineno + 1)
    if move.parent is not place.parent:
        return "the two stand in different blocks"
    if source.text[start:end].strip() != source.segment(move):
        return "something else stands in the line"
    here = (place.lineno, place.col_offset)
    bound = (
        binding
        for name in move.nodes_of_class(nodes.Name)
        for binding in module.names.bindings(name)
        if binding.home is move.frame()
    )
    if any(here < binding.position for binding in bound):
        return "what the move needs is not there yet"
    return ""
