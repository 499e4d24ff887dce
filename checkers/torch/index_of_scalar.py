"""The first element of a loss, which has had no dimension to index since PyTorch 0.4."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rewrite.expressions import atom
from lintplugin.rules import Finding, Rule

from . import objects, tensors

SYMBOL = "torch-index-of-scalar"

RULE = Rule(
    id="E7014",
    message="'%(written)s' has no first element, being one number: IndexError since PyTorch 0.4; "
    "write %(advice)s",
    summary="An index of a tensor that is one number, as in `loss.data[0]`.",
    why="""\
PyTorch 0.3 had no tensors without dimensions: a loss was a vector of one element, and
`loss.data[0]` was its number. Since PyTorch 0.4 a loss has no dimension, nor has any sum or mean
over all elements. Executed with PyTorch 2.13, `loss.data[0]` raises `IndexError: invalid index of a
0-dim tensor`, and so does `loss.data.cpu().numpy()[0]`. `loss.item()` is the number.

Reported where the text shows that there is one number: the result of a loss, of `sum()` or `mean()`
over everything, arithmetic with these, what `backward()` is called on without a gradient, and a
total of such numbers. `loss.data[0]` is also reported where nothing but the name tells, since
`.data` and the index together are how PyTorch 0.3 was written. An element of a vector is left
alone, and so is a loss with `reduction='none'`.

The fix was executed for losses and for totals of them. In TensorFlow 2 the number is `float(loss)`.
""",
    references=(
        "https://github.com/pytorch/pytorch/releases/tag/v0.4.0",
        "https://pytorch.org/docs/stable/generated/torch.Tensor.item.html",
    ),
)


def check(module: Module) -> Iterator[Finding]:
    if not objects.imports_torch(module.names):
        return
    known = tensors.Tensors(module.names)
    for node in module.names.by_type["Subscript"]:
        if is_index_of_scalar(known, node):
            yield module.finding(
                node,
                "torch.Tensor.__getitem__",
                confidence="INFERENCE",
                written=" ".join(module.source.segment(node).split()),
                advice=".item()",
                fixes=functools.partial(_fixes, module, node, tensors.inner(node.value)),
            )


def is_index_of_scalar(known: tensors.Tensors, node: nodes.NodeNG) -> bool:
    """Whether an expression reads the first element of a tensor without dimensions."""
    if not isinstance(node, nodes.Subscript) or node.ctx.name != "Load":
        return False
    if not isinstance(node.slice, nodes.Const) or node.slice.value != 0:
        return False
    scalar = tensors.inner(node.value)
    return known.is_scalar(scalar) or (_reads_data(node.value) and known.may_be_loss(scalar))


def _reads_data(node: nodes.NodeNG) -> bool:
    return isinstance(node, nodes.Attribute) and node.attrname == "data"


def _fixes(module: Module, node: nodes.Subscript, scalar: nodes.NodeNG) -> Iterator[Fix]:
    for target in module.settings.targets:
        if target != "torch":
            yield replacements.example(SYMBOL, "loss", target, "float(loss) is the number")
            continue
        source = module.source
        text = f"{atom(source.segment(scalar))}.item()"
        start, end = source.start(node), source.end(node)
        lost = "comments inside would be lost" if source.comments_within(start, end) else ""
        edits = [Edit(start, end, text)]
        yield replacements.shown_by_programs(SYMBOL, target, "Write .item()", text, edits, lost)
