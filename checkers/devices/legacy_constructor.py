"""Constructors and types of PyTorch 0.3 that carry their device."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import evidence, replacements
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.imports import Imports
from lintplugin.rules import Finding, Rule

from ..torch import objects
from . import choice, guards, tensor_types
from .tensor_types import TensorType

RULE = Rule(
    id="W6825",
    message="'%(written)s' %(effect)s: write %(advice)s",
    summary="A tensor is made or converted by a type of PyTorch 0.3, which carries its device.",
    why="""\
Until PyTorch 0.4 a type stood for a device and an element type. What PyTorch 2.13 makes of it was
executed:

* `torch.cuda.FloatTensor(2, 3)` raises `TypeError` on a machine without CUDA;
* `x.type(torch.cuda.FloatTensor)`, and `x.type("torch.cuda.FloatTensor")`, raise `RuntimeError`
  there;
* `x.new(2, 3).zero_()` gives a tensor of the device and type of `x`, as `x.new_zeros(2, 3)` does.
  `new` itself gives memory as it is, and has not been documented since.

Factories take `device` and `dtype`. Where `FloatTensor` is given numbers, it is `torch.tensor`, and
where it is given sizes, `torch.empty`.

Left alone: types of the CPU, as `torch.FloatTensor(2, 3)`, code under a test that asks for CUDA,
`isinstance`, and `new` of what is not known to be a tensor.

TensorFlow chooses the device by `tf.device`, and the type by `dtype`.
""",
    references=(
        "https://pytorch.org/docs/stable/tensors.html",
        "https://pytorch.org/blog/pytorch-0_4_0-migration-guide/",
    ),
)

SYMBOL = "device-legacy-constructor"

_RAISES = "raises without CUDA"

#: Methods that fill what ``new`` made, so that its arguments are sizes.
_FILLS = frozenset(
    "bernoulli_ exponential_ fill_ log_normal_ normal_ random_ uniform_ zero_".split()
)


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not objects.imports_torch(names):
        return
    for reference in module.references:
        kind = tensor_types.parse(reference.api)
        call = reference.call
        if kind is not None and kind.is_cuda and call is not None and not guards.is_guarded(call):
            yield _finding(module, call, kind, reference.api, reference.confidence)
    for callee in names.by_type["Attribute"]:
        call = callee.parent
        if callee.attrname not in {"new", "type"} or not isinstance(call, nodes.Call):
            continue
        if call.func is not callee or call.keywords:
            continue
        if callee.attrname == "new":
            if _is_filled(call):
                yield _new(module, call)
            continue
        kind = tensor_types.of(names, call.args[0]) if len(call.args) == 1 else None
        if kind is not None and kind.is_cuda and not guards.is_guarded(call):
            yield _finding(module, call, kind, "torch.Tensor().type", "INFERENCE")


def _finding(
    module: Module, call: nodes.Call, kind: TensorType, api: str, confidence: str
) -> Finding:
    torch = Imports(module).spell("torch")
    text = _text(module, call, kind, torch, choice.NAME)
    return module.finding(
        call,
        api,
        confidence=confidence,
        fixes=functools.partial(_fixes, module, call, kind),
        written=_line(module, call),
        effect=_RAISES,
        advice=" ".join(text.split()) if text else f"{torch}.tensor or {torch}.empty",
    )


def _text(
    module: Module, call: nodes.Call, kind: TensorType, torch: str, device: str
) -> str | None:
    """What takes the place of a call; None where it may be given sizes or numbers."""
    source = module.source
    dtype = f"{torch}.{kind.dtype}"
    if kind.name != module.names.api(call.func):
        start = source.start(call)
        return f"{source.text[start : _start(module, call, kind)]}to({device}, {dtype})"
    given = ", ".join(map(source.segment, call.args))
    stated = f"dtype={dtype}, device={device}"
    if not call.args:
        return f"{torch}.empty(0, {stated})"
    if _is_numbers(call):
        return f"{torch}.tensor({given}, {stated})"
    return f"{torch}.empty({given}, {stated})" if _are_sizes(call) else None


def _start(module: Module, call: nodes.Call, kind: TensorType) -> int:
    """Where a call changes: from ``type`` of ``x.type(torch.cuda.FloatTensor)`` on."""
    if kind.name == module.names.api(call.func):
        return module.source.start(call)
    return module.source.end(call.func) - len("type")


def _is_numbers(call: nodes.Call) -> bool:
    return len(call.args) == 1 and isinstance(
        call.args[0], (nodes.List, nodes.Tuple, nodes.ListComp)
    )


def _are_sizes(call: nodes.Call) -> bool:
    """Whether the arguments are sizes: several, a number, or the size of another tensor."""
    if call.keywords or any(isinstance(one, nodes.Starred) for one in call.args[1:]):
        return False
    (first, *others) = call.args
    if others or isinstance(first, nodes.Starred):
        return True
    if isinstance(first, nodes.Const):
        return type(first.value) is int
    callee = first.func if isinstance(first, nodes.Call) else first
    return isinstance(callee, nodes.Attribute) and callee.attrname in {"shape", "size"}


def _is_filled(call: nodes.Call) -> bool:
    """Whether ``x.new(…)`` is followed by what fills a tensor, so that it surely is one."""
    method = call.parent
    return (
        isinstance(method, nodes.Attribute)
        and method.attrname in _FILLS
        and isinstance(method.parent, nodes.Call)
        and method.parent.func is method
    )


def _new(module: Module, call: nodes.Call) -> Finding:
    zeros = call.parent.attrname == "zero_"
    name = "new_zeros" if zeros else "new_empty"
    source = module.source
    end = source.end(call.func)
    edits = [Edit(end - len("new"), end, name)]
    if zeros:
        edits.append(Edit(source.end(call), source.end(call.parent.parent), ""))
    owner = source.segment(call.func.expr)
    advice = f"{owner}.{name}{source.text[end : source.end(call)]}"
    return module.finding(
        call,
        "torch.Tensor().new",
        confidence="INFERENCE",
        fixes=functools.partial(_new_fixes, module, edits, advice),
        written=_line(module, call),
        effect="is a constructor of PyTorch 0.3, and gives memory as it is",
        advice=" ".join(advice.split()),
    )


def _line(module: Module, node: nodes.NodeNG) -> str:
    return " ".join(module.source.segment(node).split())


# Fixes


def _fixes(module: Module, call: nodes.Call, kind: TensorType) -> Iterator[Fix]:
    if "torch" in module.settings.targets:
        imports = Imports(module)
        device, added = choice.place(module, call, imports)
        text = _text(module, call, kind, imports.spell("torch"), device)
        source = module.source
        start, end = _start(module, call, kind), source.end(call)
        title = "Choose the device"
        if text is None or source.comments_within(start, end):
            reason = "it depends on whether sizes or numbers are given"
            if text is not None:
                reason = "comments inside the call would be lost"
            shown = text or "torch.empty(sizes, device=device) or torch.tensor(data, device=device)"
            yield Fix("torch", Applicability.DISPLAY, title, shown, reason)
        else:
            executed = evidence.lookup_fixture(evidence.fixtures() / SYMBOL / "cuda", "torch")
            changed = text[start - source.start(call) :]
            edits = (Edit(start, end, changed), *added)
            yield replacements.executed_edits("torch", title, text, edits, executed)
    if "tf2" in module.settings.targets:
        yield replacements.example(SYMBOL, "cuda", "tf2", "Choose the device in TensorFlow 2")


def _new_fixes(module: Module, edits: list[Edit], shown: str) -> Iterator[Fix]:
    if "torch" in module.settings.targets:
        executed = evidence.lookup_fixture(evidence.fixtures() / SYMBOL / "new", "torch")
        title = "Say what the tensor holds"
        yield replacements.executed_edits("torch", title, shown, edits, executed)
    if "tf2" in module.settings.targets:
        yield replacements.example(SYMBOL, "new", "tf2", "Make it of the same type")
