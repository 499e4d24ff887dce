"""Inputs that stay on the CPU while their model was moved."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.names import Names
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

from ..torch import objects, vocabulary
from . import meetings, models, placement, tensors

RULE = Rule(
    id="W6813",
    message="'%(input)s' is on the CPU, and '%(partner)s' is where the program moved it: move "
    "'%(input)s' there, too",
    summary="A batch stays on the CPU and is fed to a model that was moved to another device.",
    why="""\
`DataLoader` makes its batches on the CPU, as do `torch.tensor`, `torch.zeros` and `from_numpy`. A
model that was moved to another device takes none of them. Executed with PyTorch 2.13 on its `meta`
device: the first layer raises `RuntimeError`, and so does a loss whose target is on the CPU beside
the output of the model. Where the machine has no other device nothing happens.

Reported where all is in sight: the model was surely moved, before the call and under no condition
that the call does not stand under, to what is not the CPU; and the input was surely made on the
CPU. Batches count where their `DataLoader` has no `collate_fn`, and reads a data set of torchvision
or tensors of the CPU, or in worker processes, or pins memory. Left alone: models of this file that
move their inputs, `nn.DataParallel` and its like, which do that, too, and models that were moved
more than once.

TensorFlow 2 copies the input to the device of the operation by itself, which was executed, too.
""",
    references=(
        "https://pytorch.org/docs/stable/notes/cuda.html",
        "https://pytorch.org/docs/stable/data.html",
    ),
)

SYMBOL = "device-input-not-moved"


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not objects.imports_torch(names) or not _moves_anything(names):
        return
    if tensors.changes_default(names):
        return
    known = placement.known(names)
    for call in objects.calls(names):
        move = models.unconditional(names, call) if isinstance(call.func, nodes.Name) else None
        if move is None or models.takes_inputs(names, call.func):
            continue
        for given in [*call.args, *(one.value for one in call.keywords)]:
            place = known.of(given)
            if place is not None and place.is_cpu:
                yield _finding(module, given, call.func, _there(module, call, move))
    for meeting in meetings.found(names):
        if meeting.place.batch and meeting.other.where is placement.Where.MOVED:
            device = None
            if isinstance(meeting.partner, (nodes.Name, nodes.Attribute)):
                device = f".to({module.source.segment(meeting.partner)}.device)"
            yield _finding(module, meeting.operand, meeting.partner, device)


def _moves_anything(names: Names) -> bool:
    return any(
        node.attrname in vocabulary.MOVES and isinstance(node.parent, nodes.Call)
        for node in names.by_type["Attribute"]
    )


def _there(module: Module, call: nodes.Call, move: models.Move) -> str:
    """The call that moves a tensor where a model was moved to."""
    callee = move.call.func
    if callee.attrname == "cuda":
        written = [*move.call.args, *move.call.keywords]
    else:
        written = [tensors.keyword(move.call, "device") or move.call.args[0]]
    if all(_means_the_same(module.names, one, call) for one in written):
        return f".{callee.attrname}({', '.join(map(module.source.segment, written))})"
    return f".to(next({module.source.segment(call.func)}.parameters()).device)"


def _means_the_same(names: Names, node: nodes.NodeNG, call: nodes.Call) -> bool:
    """Whether an expression of a move means the same where the model is called."""
    if isinstance(node, nodes.Const) or node.frame() is call.frame():
        return True
    if not isinstance(node, nodes.Name):
        return False
    bindings = names.everywhere(node.name)
    return bool(bindings) and all(one.home is names.module for one in bindings)


def _finding(
    module: Module, given: nodes.NodeNG, partner: nodes.NodeNG, there: str | None
) -> Finding:
    return module.finding(
        given,
        "torch.Tensor().to",
        confidence="INFERENCE",
        fixes=functools.partial(_fixes, module, given, there),
        input=module.source.segment(given),
        partner=module.source.segment(partner),
    )


def _fixes(module: Module, given: nodes.NodeNG, there: str | None) -> Iterator[Fix]:
    title = "Move the input"
    for target in module.settings.targets:
        if target == "tf2":
            yield replacements.example(SYMBOL, "batches", target, title)
            continue
        text = module.source.segment(given)
        if not isinstance(given, (nodes.Name, nodes.Attribute, nodes.Call, nodes.Subscript)):
            text = f"({text})"
        start, end = module.source.start(given), module.source.end(given)
        text = f"{text}{there or '.to(device)'}"
        executed = program_evidence(SYMBOL, target)
        if there is None:
            reason = "no name in sight tells the device"
            yield Fix(target, Applicability.DISPLAY, title, text, reason, evidence=executed)
        else:
            edit = Edit(start, end, text)
            yield replacements.executed_edits(target, title, text, [edit], executed)
