"""The attribute ``data`` of tensors, by which a program goes behind the back of autograd."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

from ..loops import training
from . import objects, tensors
from .index_of_scalar import is_index_of_scalar

SYMBOL = "torch-data-attribute"

RULE = Rule(
    id="W7013",
    message="autograd does not see what happens to '%(written)s', so that %(effect)s; write "
    "detach()",
    summary="The attribute `data` of a tensor, read where `detach()` is meant.",
    why="""\
`x.data` and `x.detach()` are both the elements of `x` without its graph, in the same memory. They
differ in what autograd knows. It counts the changes in place of `x.detach()`, and `backward()`
raises where it needed what was there before. It does not count those of `x.data`: `backward()` then
computes with the new elements, and the gradients are wrong without a word. Both were executed with
PyTorch 2.13: of a sigmoid whose output is doubled through `.data`, the gradient is `2y(1 - 2y)`
where it should be `y(1 - y)`.

`.data` stems from PyTorch 0.3, where it led from a `Variable` to its tensor. Reported where the
text shows a tensor: what a layer, a model, a loss or a function of PyTorch returned, parameters,
and what is followed by a method that only tensors have. Also reported is a change in place, as
`output.data.clamp_(0, 1)`, of what a layer returned, in a function that calls `backward()`.

Left alone is what sets parameters, as `layer.weight.data.normal_()` and `p.data.add_(step)`: under
`with torch.no_grad():` it is the same without `.data`, and clearer, and yet not wrong. So are
assignments to `x.data`, and everything under `torch.no_grad()`.

TensorFlow 2 has `tf.stop_gradient`, and tensors that do not change.
""",
    references=(
        "https://github.com/pytorch/pytorch/releases/tag/v0.4.0",
        "https://pytorch.org/docs/stable/notes/autograd.html#in-place-correctness-checks",
    ),
)


#: What a tensor and its data have in common.
_SAME = frozenset(
    {"data_ptr", "device", "dim", "dtype", "ndim", "numel", "shape", "size", "stride"}
)


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    read = [one for one in names.by_type["Attribute"] if one.attrname == "data"]
    if not read or not objects.imports_torch(names):
        return
    known = tensors.Tensors(names)
    for node in read:
        is_changed = _is_changed(node)
        if not (_is_differentiated(known, node) if is_changed else _is_read(known, node)):
            continue
        if training.is_switched_off(names, node):
            continue
        yield module.finding(
            node,
            "torch.Tensor.data",
            confidence="INFERENCE",
            fixes=functools.partial(_fixes, module, node, is_changed),
            written=" ".join(module.source.segment(node).split()),
            effect="backward() computes wrong gradients without a word"
            if is_changed
            else "a change of it in place goes unnoticed",
        )


def _is_changed(node: nodes.Attribute) -> bool:
    """Whether an element or all of ``x.data`` is set, by a method of it or an assignment."""
    current: nodes.NodeNG = node
    while True:
        parent = current.parent
        if isinstance(parent, nodes.Subscript) and parent.value is current:
            if parent.ctx.name != "Load":
                return True
        elif isinstance(parent, nodes.Attribute):
            name = parent.attrname
            if name.endswith("_") and not name.endswith("__"):
                return True
        elif not (isinstance(parent, nodes.Call) and parent.func is current):
            return False
        current = parent


def _is_read(known: tensors.Tensors, node: nodes.Attribute) -> bool:
    if not (
        known.is_tensor(node.expr)
        or known.is_scalar(node.expr)
        or known.is_read_as_tensor(node)
        or (isinstance(node.parent, nodes.Attribute) and known.may_be_loss(node.expr))
    ):
        return False
    if _sets_data(node.statement()) or _is_about_memory(node.parent):
        return False
    current: nodes.NodeNG = node
    while isinstance(current, (nodes.Attribute, nodes.Call, nodes.Subscript)):
        if is_index_of_scalar(known, current):
            return False
        current = current.parent
    return True


def _sets_data(statement: nodes.NodeNG) -> bool:
    """Whether a statement is ``x.data = …``, also of a part, which reads and writes on purpose."""
    targets = statement.targets if isinstance(statement, nodes.Assign) else ()
    return any(
        one.attrname == "data"
        for target in targets
        for one in (target, *target.nodes_of_class(nodes.Attribute))
        if isinstance(one, (nodes.AssignAttr, nodes.Attribute))
    )


def _is_about_memory(node: nodes.NodeNG) -> bool:
    """Whether what is read is the same of every tensor in the same memory, as its class is."""
    if isinstance(node, nodes.Call) and isinstance(node.func, nodes.Name):
        return node.func.name in {"id", "isinstance", "len", "type"}
    return isinstance(node, nodes.Attribute) and node.attrname in _SAME


def _is_differentiated(known: tensors.Tensors, node: nodes.Attribute) -> bool:
    """Whether what a layer returned is changed in a function that calls ``backward``."""
    return known.is_computed(node.expr) and any(
        one.attrname == "backward" for one in node.frame().nodes_of_class(nodes.Attribute)
    )


def _fixes(module: Module, node: nodes.Attribute, is_changed: bool) -> Iterator[Fix]:
    for target in module.settings.targets:
        if target != "torch":
            yield replacements.example(SYMBOL, "changed", target, "Write tf.stop_gradient")
            continue
        end = module.source.end(node)
        edits = [Edit(end - len(node.attrname), end, "detach()")]
        text = f"{module.source.segment(node.expr)}.detach()"
        reason = ""
        if is_changed:
            reason = "backward() raises where it needs what was there before"
        elif isinstance(node.parent, nodes.Assign):
            reason = "should it be changed in place, backward() may raise"
        executed = program_evidence(SYMBOL, target)
        yield replacements.executed_edits(target, "Write detach()", text, edits, executed, reason)
