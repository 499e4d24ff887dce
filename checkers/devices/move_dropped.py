"""Copies of tensors on another device that nobody keeps."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

from ..torch import objects, vocabulary
from . import tensors

RULE = Rule(
    id="W6810",
    message="'%(call)s' returns a copy, which is dropped: '%(tensor)s' stays where it is; "
    "assign the copy",
    summary="The copy of a tensor on another device is dropped.",
    why="""\
`tensor.to(device)`, `.cuda()` and `.cpu()` leave the tensor as it is and return a copy on the
device. Only modules move in place, and `model.to(device)` stands in the line above. What follows
was executed with PyTorch 2.13 on its `meta` device: the model is there, the batch is not, and the
first layer raises `RuntimeError`. On a machine without another device nothing happens at all, so
the mistake waits for the first run with a GPU.

Reported where the receiver is known to be a tensor: what functions of PyTorch return, parameters
that are used as only tensors are, and items of the batches of a `DataLoader` without a `collate_fn`
of its own. Left alone: modules, objects that are not known, a call on something that no name holds
(`torch.zeros(1).cuda()` to wake up the device), measurements with `torch.cuda.synchronize()`, and
calls that a `try` or a `with` around them awaits to fail.

In TensorFlow 2 `tf.identity` under `tf.device` returns a copy, too; it was executed that the tensor
stays where it is.
""",
    references=(
        "https://pytorch.org/docs/stable/generated/torch.Tensor.to.html",
        "https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.to",
    ),
)

SYMBOL = "device-move-dropped"


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not objects.imports_torch(names):
        return
    for statement in names.by_type["Expr"]:
        callee = tensors.method_of(statement.value, vocabulary.MOVES)
        if callee is None or not isinstance(
            callee.expr, (nodes.Name, nodes.Attribute, nodes.Subscript)
        ):
            continue
        if callee.expr in tensors.known(names) and not _is_meant(statement):
            yield module.finding(
                statement.value,
                f"torch.Tensor().{callee.attrname}",
                confidence="INFERENCE",
                fixes=functools.partial(_fixes, module, statement, callee),
                call=module.source.segment(statement.value),
                tensor=module.source.segment(callee.expr),
            )


def _is_meant(statement: nodes.Expr) -> bool:
    """Whether a program tries or measures the copy, rather than wants it."""
    for parent in statement.node_ancestors():
        if isinstance(parent, nodes.Try):
            return True
        if isinstance(parent, nodes.With) and any(
            "raises" in tensors.last_name(getattr(item, "func", item)).lower()
            for item, _ in parent.items
        ):
            return True
    return any(
        node.attrname == "synchronize" for node in statement.frame().nodes_of_class(nodes.Attribute)
    )


def _fixes(module: Module, statement: nodes.Expr, callee: nodes.Attribute) -> Iterator[Fix]:
    title = "Assign the copy"
    for target in module.settings.targets:
        if target == "tf2":
            yield replacements.example(SYMBOL, "batch", target, title)
            continue
        tensor = module.source.segment(callee.expr)
        text = f"{tensor} = {module.source.segment(statement.value)}"
        executed = program_evidence(SYMBOL, target)
        reason = _obstacle(module, callee.expr)
        if reason:
            yield Fix(target, Applicability.DISPLAY, title, text, reason, evidence=executed)
            continue
        start = module.source.start(statement)
        edit = Edit(start, start, f"{tensor} = ")
        yield replacements.executed_edits(target, title, text, [edit], executed)


def _obstacle(module: Module, receiver: nodes.NodeNG) -> str:
    """Why a copy cannot take the place of a tensor where it is held; empty when it can."""
    names = module.names
    if isinstance(receiver, nodes.Subscript):
        return "the item of a tuple cannot be assigned, and an item of a tensor keeps its device"
    if isinstance(receiver, nodes.Attribute):
        if receiver.attrname in {"data", "grad"} or not tensors.is_self(receiver):
            return "others may hold the tensor, too"
        if vocabulary.PARAMETER.fullmatch(names.api(receiver) or ""):
            return "a parameter moves with its module"
        return ""
    bindings = names.bindings(receiver)
    if any(binding.home is not receiver.scope() for binding in bindings):
        return "the name is bound in another scope"
    if any(_is_leaf(module, binding.value) for binding in bindings):
        return "the copy of a tensor that requires a gradient is no leaf: make it on the device"
    return ""


def _is_leaf(module: Module, value: nodes.NodeNG | None) -> bool:
    if not isinstance(value, nodes.Call):
        return False
    is_parameter = vocabulary.PARAMETER.fullmatch(module.names.api(value) or "") is not None
    return is_parameter or tensors.keyword(value, "requires_grad") is not None
