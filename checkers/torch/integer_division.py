"""Quotients of integers, which PyTorch 1.5 made floating-point numbers."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.imports import Imports
from lintplugin.rewrite.expressions import atom
from lintplugin.rules import Finding, Rule

from . import kinds, objects
from .kinds import Kind

SYMBOL = "torch-integer-division"

RULE = Rule(
    id="E7022",
    message="'%(written)s' divides integers, which gives floating-point numbers since PyTorch 1.5; "
    "%(effect)s; write %(advice)s",
    summary="`/` of integer tensors whose result is used as an integer.",
    why="""\
Until PyTorch 1.4 the quotient of integer tensors was an integer, cut off towards zero. In 1.5 it
raised, and since 1.6 it is a floating-point number. What counted on the integer, as the search with
beams that takes `index / words` for the beam and `index % words` for the word, breaks. With PyTorch
2.13, as was executed:

* `x[index / 4]` raises an IndexError, and so do `index_select`, `gather`, `F.embedding` and an
  `nn.Embedding` for such an index.
* `index /= 4` and `index.div_(4)` raise a RuntimeError, since the result has no place in integers.
* `index - (index / n) * n` runs, and is 0 everywhere, where it was the remainder.

`torch.div(x, y, rounding_mode='trunc')` is what `/` was, below zero, too. `x // y` rounds down:
`-7 // 2` is -4.

Reported where the text shows that both sides are integers, that one is a tensor, and that the
quotient is used as an index, or stands beside the remainder of the same two. A quotient that is
used as a number is what a program of today means by `/`, and is left alone. TensorFlow 2 has the
same two divisions: `/` of integers is `float64`, `//` rounds down.
""",
    references=(
        "https://github.com/pytorch/pytorch/releases/tag/v1.5.0",
        "https://github.com/pytorch/pytorch/releases/tag/v1.6.0",
        "https://docs.pytorch.org/docs/stable/generated/torch.div.html",
    ),
)

_INDEX = "it is an index, and raises"
_IN_PLACE = "in place that raises"
_REMAINDER = "beside the remainder an integer is meant"

#: Where functions and methods take an index, by position in the call of the method.
_TAKE_INDEX = {
    **dict.fromkeys(("gather", "index_add", "index_copy", "index_fill", "index_select"), 1),
    **dict.fromkeys(("scatter", "scatter_add"), 1),
    **dict.fromkeys(("take", "one_hot"), 0),
}

_DIVIDES = frozenset({"div", "divide"})


class _Quotient(NamedTuple):
    """A division of two expressions; ``in_place`` where the first takes the result."""

    node: nodes.NodeNG
    one: nodes.NodeNG
    other: nodes.NodeNG
    in_place: bool = False


def check(module: Module) -> Iterator[Finding]:
    if not objects.imports_torch(module.names):
        return
    for quotient in _quotients(module):
        effect = _effect(module, quotient)
        if effect:
            text = _written(module, quotient)
            yield module.finding(
                quotient.node,
                "torch.Tensor.__truediv__",
                confidence="INFERENCE",
                written=" ".join(module.source.segment(quotient.node).split()),
                effect=effect,
                advice=" ".join(text.split()),
                fixes=functools.partial(_fixes, module, quotient),
            )


def _quotients(module: Module) -> Iterator[_Quotient]:
    """The divisions of integers."""
    known = kinds.known(module.names)
    for node in module.names.by_type["BinOp"]:
        if node.op == "/" and _is_whole(known, node.left, node.right):
            yield _Quotient(node, node.left, node.right)
    for node in module.names.by_type["AugAssign"]:
        if node.op == "/=" and _holds_integers(known, node.target):
            yield _Quotient(node, node.target, node.value, True)
    for node in module.names.by_type["Attribute"]:
        call, name = node.parent, node.attrname.rstrip("_")
        if name not in _DIVIDES or not isinstance(call, nodes.Call) or call.func is not node:
            continue
        is_function = module.names.api(node.expr) == "torch"
        given = call.args if is_function else [node.expr, *call.args]
        if len(given) == 2 and not call.keywords and _is_whole(known, *given):
            yield _Quotient(call, given[0], given[1], node.attrname != name)


def _holds_integers(known: kinds.Kinds, node: nodes.NodeNG) -> bool:
    return known.of(node) in (Kind.INTEGER, Kind.BYTE)


def _is_whole(known: kinds.Kinds, one: nodes.NodeNG, other: nodes.NodeNG) -> bool:
    """Whether two operands are integers, one of them a tensor."""
    tensors = [_holds_integers(known, node) for node in (one, other)]
    return any(tensors) and all(
        is_tensor or known.is_integer(node) or _may_be_size(known, node)
        for is_tensor, node in zip(tensors, (one, other), strict=True)
    )


def _may_be_size(known: kinds.Kinds, node: nodes.NodeNG) -> bool:
    """Whether nothing speaks against an integer: a name of which the text tells nothing."""
    if isinstance(node, nodes.Name):
        return not known.is_tensor(node) and known.is_unknown(node)
    return isinstance(node, nodes.Attribute) and not known.is_tensor(node)


# What becomes of it


def _effect(module: Module, quotient: _Quotient) -> str:
    if quotient.in_place:
        return _IN_PLACE
    places = [quotient.node, *_reads(module, quotient.node)]
    if any(_is_index(module, place) for place in places):
        return _INDEX
    is_split = any(
        node.op == "%" and _same(node, quotient.one, quotient.other)
        for node in module.names.by_type["BinOp"]
        if node.scope() is quotient.node.scope()
    )
    is_multiplied = any(
        isinstance(place.parent, nodes.BinOp)
        and place.parent.op == "*"
        and quotient.other.as_string()
        in (place.parent.left.as_string(), place.parent.right.as_string())
        and isinstance(place.parent.parent, nodes.BinOp)
        and place.parent.parent.op == "-"
        and place.parent.parent.left.as_string() == quotient.one.as_string()
        for place in places
    )
    return _REMAINDER if is_split or is_multiplied else ""


def _same(node: nodes.BinOp, one: nodes.NodeNG, other: nodes.NodeNG) -> bool:
    written = (node.left.as_string(), node.right.as_string())
    return written == (one.as_string(), other.as_string())


def _reads(module: Module, node: nodes.NodeNG) -> Iterator[nodes.NodeNG]:
    """Where a quotient is read that is given a name of its own."""
    statement = node.parent
    targets = list(statement.targets) if isinstance(statement, nodes.Assign) else []
    target = targets[0] if len(targets) == 1 else None
    if isinstance(target, nodes.AssignName):
        for use in module.names.uses(target.name):
            bindings = module.names.bindings(use)
            if len(bindings) == 1 and bindings[0].node is target:
                yield use


def _is_index(module: Module, node: nodes.NodeNG) -> bool:
    """Whether a quotient, or a view of it, is taken for an index of a tensor."""
    known = kinds.known(module.names)
    while _is_view(node):
        node = node.parent.parent
    node = node.parent if isinstance(node.parent, nodes.Tuple) else node
    parent = node.parent
    if isinstance(parent, nodes.Subscript):
        return parent.slice is node and known.is_tensor(parent.value)
    if not isinstance(parent, nodes.Call) or node not in parent.args:
        return False
    api = module.names.api(parent.func) or ""
    if api in {"torch.nn.Embedding()", "torch.nn.functional.embedding"}:
        return parent.args[0] is node
    name = api.rpartition(".")[2] if api.startswith("torch.") else ""
    is_function = bool(name) and "(" not in api
    name = name or getattr(parent.func, "attrname", "")
    place = _TAKE_INDEX.get(name.rstrip("_"))
    if place is None:
        return False
    if not is_function and not known.is_tensor(parent.func.expr):
        return False
    after = place + 1 if is_function and name != "one_hot" else place
    return bool(parent.args.index(node) == after)


def _is_view(node: nodes.NodeNG) -> bool:
    callee = node.parent
    return (
        isinstance(callee, nodes.Attribute)
        and callee.attrname in {"squeeze", "t", "unsqueeze", "view", "view_as", "expand_as"}
        and isinstance(callee.parent, nodes.Call)
        and callee.parent.func is callee
    )


# What is written


def _written(module: Module, quotient: _Quotient, torch: str = "torch") -> str:
    one, other = (module.source.segment(node) for node in (quotient.one, quotient.other))
    if quotient.in_place:
        return f"{atom(one)}.div_({other}, rounding_mode='trunc')"
    return f"{torch}.div({one}, {other}, rounding_mode='trunc')"


def _fixes(module: Module, quotient: _Quotient) -> Iterator[Fix]:
    source = module.source
    for target in module.settings.targets:
        if target != "torch":
            yield replacements.example(SYMBOL, "beams", target, "Divide integers")
            continue
        imports = Imports(module)
        text = _written(module, quotient, imports.spell("torch"))
        start, end = source.start(quotient.node), source.end(quotient.node)
        reason = "comments inside would be lost" if source.comments_within(start, end) else ""
        clash = imports.clash()
        if clash is not None:
            reason = f"'{clash.name}' is already the name of something else in this file"
        edits = [Edit(start, end, text), *imports.additions()]
        title = "Cut off as PyTorch 1.4 did"
        yield replacements.shown_by_programs(SYMBOL, target, title, text, edits, reason)
