"""Masks of ``torch.uint8``, which PyTorch 1.2 replaced by truth values."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rewrite.expressions import atom
from lintplugin.rules import Finding, Rule

from . import kinds, objects
from .kinds import Kind

SYMBOL = "torch-byte-mask"

RULE = Rule(
    id="E7021",
    message="'%(written)s' is a mask of torch.uint8; %(effect)s; write %(advice)s",
    summary="A mask of bytes, `mask.byte()`, selects or fills elements.",
    why="""\
Until PyTorch 1.1 masks were of `torch.uint8`, made by `.byte()` and `torch.ByteTensor`. With
PyTorch 2.13, as was executed:

* `x.masked_fill(mask, 0)`, `masked_select` and `masked_scatter` raise a RuntimeError for them.
* `x[mask]` and `torch.where(mask, x, y)` warn that they will.
* `~mask` inverts the bits: 1 becomes 254 and 0 becomes 255, so that `x[~mask]` and
  `torch.where(~mask, x, y)` take *every* element, where PyTorch 1.1 took the others.

Reported where the text shows that a tensor of `uint8` is used as a mask. `~` of bytes alone is not
reported: an image is inverted so. The fix makes the mask `bool`. TensorFlow 2 takes `tf.bool` only.
""",
    references=(
        "https://github.com/pytorch/pytorch/releases/tag/v1.2.0",
        "https://docs.pytorch.org/docs/stable/generated/torch.Tensor.masked_fill_.html",
    ),
)

_RAISES = "that raises"
_WARNS = "that warns, and will raise"
_ALL = "its '~' inverts bits, so that it takes every element"

_METHODS = frozenset(
    {"masked_fill", "masked_fill_", "masked_scatter", "masked_scatter_", "masked_select"}
)


class _Use(NamedTuple):
    """A place where a tensor is a mask, and what happens there to one of bytes."""

    mask: nodes.NodeNG
    effect: str


def check(module: Module) -> Iterator[Finding]:
    if not objects.imports_torch(module.names):
        return
    known = kinds.known(module.names)
    for use in _uses(module):
        if known.of(use.mask) is Kind.BYTE:
            mask = _inverted(use.mask) or use.mask
            text = _written(module, mask)
            is_all = mask is not use.mask and use.effect is _WARNS
            yield module.finding(
                use.mask,
                "torch.uint8",
                confidence="INFERENCE",
                written=" ".join(module.source.segment(use.mask).split()),
                effect=_ALL if is_all else use.effect,
                advice="~" * (mask is not use.mask) + " ".join(text.split()),
                fixes=functools.partial(_fixes, module, mask, text),
            )


def _uses(module: Module) -> Iterator[_Use]:
    names, known = module.names, kinds.known(module.names)
    for node in names.by_type["Subscript"]:
        index = node.slice
        parts = index.elts if isinstance(index, nodes.Tuple) else [index]
        masks = [one for one in parts if not isinstance(one, (nodes.Const, nodes.Slice))]
        if masks and known.is_tensor(node.value):
            yield from (_Use(one, _WARNS) for one in masks)
    for node in names.by_type["Attribute"]:
        call = node.parent
        if not isinstance(call, nodes.Call) or call.func is not node:
            continue
        if node.attrname in _METHODS:
            is_function = names.api(node.expr) == "torch"
            mask = _argument(call, "mask", 1 if is_function else 0)
            yield from [_Use(mask, _RAISES)] if mask is not None else []
        elif node.attrname == "where" and names.api(node) == "torch.where" and len(call.args) > 1:
            yield _Use(call.args[0], _WARNS)


def _argument(call: nodes.Call, name: str, position: int) -> nodes.NodeNG | None:
    given = next((one.value for one in call.keywords if one.arg == name), None)
    return call.args[position] if given is None and position < len(call.args) else given


def _inverted(node: nodes.NodeNG) -> nodes.NodeNG | None:
    """The mask of ``~mask``."""
    return node.operand if isinstance(node, nodes.UnaryOp) and node.op == "~" else None


def _is_cast(mask: nodes.NodeNG) -> bool:
    is_method = isinstance(mask, nodes.Call) and isinstance(mask.func, nodes.Attribute)
    return is_method and mask.func.attrname == "byte" and not mask.args


def _written(module: Module, mask: nodes.NodeNG) -> str:
    """A mask of bytes as one of truth values."""
    inner = mask.func.expr if _is_cast(mask) else mask
    return f"{atom(module.source.segment(inner))}.bool()"


def _fixes(module: Module, mask: nodes.NodeNG, text: str) -> Iterator[Fix]:
    source = module.source
    for target in module.settings.targets:
        if target != "torch":
            yield replacements.example(SYMBOL, "masks", target, "Make the mask of tf.bool")
            continue
        start, end = source.start(mask), source.end(mask)
        if _is_cast(mask):
            start, edited = end - len("byte()"), "bool()"
            is_plain = source.text[start:end] == "byte()"
        else:
            edited, is_plain = text, not source.comments_within(start, end)
        has_inner = any(one.op == "~" for one in mask.nodes_of_class(nodes.UnaryOp))
        reason = "" if is_plain else "comments inside would be lost"
        reason = "a '~' inside it inverts bits, too" if has_inner else reason
        edits = [Edit(start, end, edited)]
        yield replacements.shown_by_programs(SYMBOL, target, "Make it bool", text, edits, reason)
