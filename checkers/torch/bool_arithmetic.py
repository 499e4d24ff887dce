"""Arithmetic with truth values, which PyTorch 1.2 took away when comparisons became ``bool``."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rewrite.expressions import atom
from lintplugin.rules import Finding, Rule

from . import kinds, objects
from .kinds import Kind

SYMBOL = "torch-bool-arithmetic"

RULE = Rule(
    id="E7020",
    message="'%(written)s' raises, since PyTorch subtracts no truth values; write %(advice)s",
    summary="A mask is subtracted, as in `1 - (x > 0)`.",
    why="""\
Until PyTorch 1.1 a comparison returned `torch.uint8`, and `1 - mask` was the other elements. Since
1.2 it returns `torch.bool`, and with PyTorch 2.13 each of these raises a RuntimeError, as was
executed: `1 - mask`, `mask - 1`, `x - mask` for an `x` of any type, `mask -= 1` and `-mask`. The
other elements are `~mask`, which is 1 where `1 - mask` was as soon as it meets numbers: in a
product, in a sum over elements, in an index.

What still runs is not reported, though one thing means something else: `mask_a + mask_b` was a
count of 0, 1 or 2, and is `mask_a or mask_b` now. `mask.sum()`, `mask * x` and `x / mask.sum()` are
what they were.

Reported where the text shows that a tensor is `bool`: what a comparison of tensors, `eq`, `isnan`
or `logical_and` returned, `.bool()`, `dtype=torch.bool`, and what is a view or a part of one.
TensorFlow 2 has no arithmetic of `bool`, either: `tf.logical_not(mask)`, and `tf.cast` for numbers.
""",
    references=(
        "https://github.com/pytorch/pytorch/releases/tag/v1.2.0",
        "https://docs.pytorch.org/docs/stable/generated/torch.logical_not.html",
    ),
)

_SUM = "where it is added to another mask, truth values do not count"


def check(module: Module) -> Iterator[Finding]:
    if not objects.imports_torch(module.names):
        return
    for kind in ("BinOp", "UnaryOp", "AugAssign"):
        for node in module.names.by_type[kind]:
            if node.op.rstrip("=") == "-" and _subtracts(module, node):
                yield module.finding(
                    node,
                    "torch.Tensor.__neg__" if kind == "UnaryOp" else "torch.Tensor.__sub__",
                    confidence="INFERENCE",
                    written=" ".join(module.source.segment(node).split()),
                    advice=_inverse(module, node) or "the mask as numbers, '.to(torch.uint8)'",
                    fixes=functools.partial(_fixes, module, node),
                )


def _subtracts(module: Module, node: nodes.NodeNG) -> bool:
    """Whether something that is taken from, or away, is a mask."""
    of = kinds.known(module.names).of
    if isinstance(node, nodes.UnaryOp):
        sides = [node.operand]
    elif isinstance(node, nodes.AugAssign):
        sides = [node.target, node.value]
    else:
        sides = [node.left, node.right]
    return any(of(one) is Kind.BOOL for one in sides)


def _inverse(module: Module, node: nodes.NodeNG) -> str:
    """What ``1 - mask`` is now; "" for another difference."""
    is_one = (
        isinstance(node, nodes.BinOp)
        and isinstance(node.left, nodes.Const)
        and node.left.value == 1
    )
    return f"~{atom(module.source.segment(node.right))}" if is_one else ""


def _fixes(module: Module, node: nodes.NodeNG) -> Iterator[Fix]:
    text, source = _inverse(module, node), module.source
    for target in module.settings.targets:
        if target != "torch" or not text:
            yield replacements.example(SYMBOL, "inverse", target, "Take the other elements")
            continue
        edits = [Edit(source.start(node), source.end(node), text)]
        is_summed = isinstance(node.parent, nodes.BinOp) and node.parent.op in {"+", "-"}
        lost = source.comments_within(source.start(node), source.start(node.right))
        reason = "comments inside would be lost" if lost else _SUM if is_summed else ""
        yield replacements.shown_by_programs(SYMBOL, target, "Invert the mask", text, edits, reason)
