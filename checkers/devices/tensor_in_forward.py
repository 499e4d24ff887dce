"""Tensors that ``forward`` makes on the CPU, wherever its input lies."""

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
from .meetings import Meeting
from .placement import Where

RULE = Rule(
    id="W6811",
    message="'%(call)s' makes a tensor on the CPU, and line %(line)s needs it where '%(partner)s' "
    "is: state the device",
    summary="A tensor is made on the CPU beside an input that may lie elsewhere.",
    why="""\
`torch.zeros(n)` lies on the CPU, whatever the device of the module or the input. PyTorch lets an
operation take tensors of two devices only to copy. What comes of it in `forward` was executed with
PyTorch 2.13, the module and its input being on its `meta` device:

* as the first state of an `nn.LSTM`, `nn.GRU` or a cell, or as the input of an `nn.Linear`:
  `RuntimeError`;
* added to the input, compared with it, concatenated, as a mask in `masked_fill`, as the target of a
  loss: `RuntimeError`.

Products of matrices, convolutions, `gather`, `scatter` and the indices of an `nn.Embedding` are
reported, too. `meta`, which has no numbers, does not look at their devices; CUDA's manual excepts
none of them.

`device=x.device` is right on every device, and on the CPU the numbers are the same.
`x.new_zeros(n)` and `torch.zeros_like(x)` follow the input, too, and its element type with it.

Reported where both sides are in sight, in `forward` of an `nn.Module` and the methods that it
calls, and in other functions beside what the program has moved. Left alone: tensors that are moved
before they are used, indices in brackets, which may lie on the CPU, numbers (`torch.tensor(2.0)`),
which mix with tensors everywhere, and what `pack_padded_sequence` and `nn.CTCLoss` want on the CPU.
Also files that choose a device for all tensors, by `torch.set_default_device` or
`with torch.device(…)`, and programs that make the model and, like all else, never move it.

TensorFlow 2 copies operands to the device of the operation by itself, which was executed, too.
""",
    references=(
        "https://pytorch.org/docs/stable/notes/cuda.html",
        "https://pytorch.org/docs/stable/tensor_attributes.html#torch.device",
    ),
)

SYMBOL = "device-tensor-in-forward"


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not placement.makes_tensors(module) or tensors.changes_default(names):
        return
    seen: set[nodes.Call] = set()
    for meeting in meetings.found(names):
        if meeting.place.held:
            continue
        for call in meeting.place.made:
            if call in seen or models.runs_on_cpu(names, objects.enclosing_class(call)):
                continue
            seen.add(call)
            yield module.finding(
                call,
                names.api(call.func) or "torch.zeros",
                confidence="INFERENCE",
                fixes=functools.partial(_fixes, module, call, meeting),
                call=module.source.segment(call.func),
                line=str(meeting.node.lineno),
                partner=module.source.segment(meeting.partner),
            )


def _fixes(module: Module, call: nodes.Call, meeting: Meeting) -> Iterator[Fix]:
    title = "Make the tensor where its input is"
    for target in module.settings.targets:
        if target == "tf2":
            yield replacements.example(SYMBOL, "initial-state", target, title)
            continue
        source = module.source
        device = _device(module.names, call, meeting)
        edit = _addition(module, call, device or "x.device")
        written = source.segment(call)
        at = edit.start - source.start(call)
        text = f"{written[:at]}{edit.text}{written[at:]}"
        executed = program_evidence(SYMBOL, target)
        if device is None:
            reason = "no tensor is in sight that tells the device"
            yield Fix(target, Applicability.DISPLAY, title, text, reason, evidence=executed)
            continue
        yield replacements.executed_edits(target, title, text, [edit], executed)


def _takes_device(names: Names, call: nodes.Call) -> bool:
    return (names.api(call.func) or "").rpartition(".")[2] in vocabulary.FACTORIES


def _addition(module: Module, call: nodes.Call, device: str) -> Edit:
    """The argument behind the last one, or the move behind a call that takes no device."""
    source = module.source
    end = source.end(call)
    if not _takes_device(module.names, call):
        return Edit(end, end, f".to({device})")
    given = [*call.args, *call.keywords]
    if not given:
        return Edit(end - 1, end - 1, f"device={device}")
    last = max(map(source.end, given))
    is_bracketed = source.text[last : end - 1].lstrip().startswith(")")
    offset = end - 1 if is_bracketed else last
    return Edit(offset, offset, f", device={device}")


def _device(names: Names, call: nodes.Call, meeting: Meeting) -> str | None:
    """An expression of the device on which a tensor is needed, where it is made."""
    function = call.frame()
    known = placement.known(names)
    if isinstance(meeting.partner, nodes.Name) and meeting.node.frame() is function:
        if _reaches(names, meeting.partner, call):
            return f"{meeting.partner.name}.device"
    if not isinstance(function, nodes.FunctionDef):
        return None
    for use in function.nodes_of_class(nodes.Name):
        place = known.of(use)
        if place is not None and place.where is meeting.other.where and _reaches(names, use, call):
            return f"{use.name}.device"
    if not known.is_step(function) or meeting.other.where is not Where.MODULE:
        return None
    for parameter in [*(function.args.args or ())][1:]:
        place = known.parameter(parameter)
        if place is not None and place.where is Where.MODULE:
            return f"{parameter.name}.device"
    owner = objects.enclosing_class(call)
    return "next(self.parameters()).device" if _has_weights(names, owner) else None


def _reaches(names: Names, name: nodes.Name, call: nodes.Call) -> bool:
    """Whether a name holds the same tensor already where another is made."""
    here = (call.lineno, call.col_offset)
    scope = names.scope_of(call.frame())
    before = [one for one in scope.bindings.get(name.name, ()) if one.position < here]
    return bool(before) and before[-1] in names.bindings(name)


def _has_weights(names: Names, owner: nodes.ClassDef | None) -> bool:
    return owner is not None and any(
        vocabulary.WEIGHTED.fullmatch(names.api(value) or "")
        or vocabulary.PARAMETER.fullmatch(names.api(value) or "")
        for value in owner.nodes_of_class(nodes.Call)
    )
