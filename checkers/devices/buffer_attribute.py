"""Tensors that a module holds as plain attributes, so that they do not move with it."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

from ..torch import objects
from . import meetings, models, placement, tensors

RULE = Rule(
    id="W6812",
    message="'self.%(name)s' is a tensor but no buffer, so it stays on the CPU when the module "
    "moves, and line %(line)s raises: register it",
    summary="A module holds a constant tensor as a plain attribute, which does not move with it.",
    why="""\
`module.to(device)` moves parameters, buffers and the modules in it. A tensor in a plain attribute
is none of these. Executed with PyTorch 2.13 on its `meta` device: after `model.to(device)`,
`self.mask` is still on the CPU, and the operation in `forward` that uses it raises `RuntimeError`.
The attribute is not in `state_dict()`, and `model.half()` does not convert it, either.

`self.register_buffer("mask", tensor, persistent=False)` makes it follow the module. Without
`persistent=False` it is saved, too, and checkpoints that lack it no longer load. `self.mask` is
read as before, and numbers and `state_dict()` are the same; this was executed.

Reported where `__init__` assigns the attribute once, a tensor that was made on the CPU, and
`forward` or a method that it calls surely uses it together with its input or a layer. Left alone:
what is moved where it is used (`self.mask.to(x.device)`), parameters and buffers, attributes that
are assigned again, indices in brackets, modules that override `_apply` or `to`, and programs that
make the model and never move anything.

TensorFlow 2 copies a constant to the device of the operation by itself, which was executed, too.
""",
    references=(
        "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_buffer",
    ),
)

SYMBOL = "device-buffer-attribute"

#: Methods by which a module may move its tensors itself.
_OVERRIDES = frozenset({"_apply", "cpu", "cuda", "to"})


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not objects.imports_torch(names) or not any(
        map(tensors.is_self, names.by_type["AssignAttr"])
    ):
        return
    if not placement.makes_tensors(module) or tensors.changes_default(names):
        return
    seen: set[nodes.AssignAttr] = set()
    for meeting in meetings.found(names):
        for target in meeting.place.held:
            owner = objects.enclosing_class(target)
            if target in seen or owner is None or models.runs_on_cpu(names, owner):
                continue
            seen.add(target)
            if not any(objects.method(owner, name) for name in _OVERRIDES):
                yield module.finding(
                    target.parent,
                    "torch.nn.Module().register_buffer",
                    confidence="INFERENCE",
                    fixes=functools.partial(_fixes, module, target, owner, meeting.place),
                    name=target.attrname,
                    line=str(meeting.node.lineno),
                )


def _fixes(
    module: Module, target: nodes.AssignAttr, owner: nodes.ClassDef, place: placement.Place
) -> Iterator[Fix]:
    title = "Register the tensor as a buffer"
    for framework in module.settings.targets:
        if framework == "tf2":
            yield replacements.example(SYMBOL, "constant", framework, title)
            continue
        source, statement = module.source, target.parent
        start, end = source.start(statement), source.end(statement)
        value = source.text.index("=", source.end(target)) + 1
        value += len(source.text[value:end]) - len(source.text[value:end].lstrip())
        opening = f'self.register_buffer("{target.attrname}", '
        text = f"{opening}{source.text[value:end]}, persistent=False)"
        executed = program_evidence(SYMBOL, framework)
        reason = _obstacle(target, owner, place)
        if reason:
            yield Fix(framework, Applicability.DISPLAY, title, text, reason, evidence=executed)
            continue
        edits = [Edit(start, value, opening), Edit(end, end, ", persistent=False)")]
        yield replacements.executed_edits(framework, title, text, edits, executed)


def _obstacle(target: nodes.AssignAttr, owner: nodes.ClassDef, place: placement.Place) -> str:
    """Why an attribute cannot simply become a buffer; empty when it can."""
    if len(target.parent.targets) > 1:
        return "the statement assigns something else, too"
    if any(tensors.keyword(call, "requires_grad") for call in place.made):
        return "a tensor that requires a gradient is an nn.Parameter rather"
    if target.attrname in owner.locals:
        return "the class has an attribute of that name"
    return "" if tensors.is_initialised(target) else tensors.UNINITIALISED
