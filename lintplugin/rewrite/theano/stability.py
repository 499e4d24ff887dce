"""Expressions that Theano's optimiser rewrites so that large values neither overflow nor vanish.

What it rewrites was found by executing Theano 1.0.5 on values of a thousand:
``log(1 + exp(x))`` is ``softplus(x)``, ``log(sigmoid(x))`` and ``log(1 - sigmoid(x))`` never meet a
zero, nor does ``log(softmax(x))``, and ``1 / (1 + exp(-x))`` is ``sigmoid(x)``, whose gradient does
not overflow. It finds them across statements; what is converted must do the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from astroid import nodes

from lintplugin.rewrite.arrays import Number
from lintplugin.rewrite.theano.plans import Written
from lintplugin.rewrite.theano.types import Operand, Origin, Tensor

#: Why a program is right only for moderate values, by what Theano makes of it.
REASONS = {
    "softplus": "Theano computes log(1 + exp(x)) without overflow, for large x too",
    "log_sigmoid": "Theano computes log(sigmoid(x)) also where sigmoid(x) rounds to 0",
    "log_softmax": "Theano computes log(softmax(x)) also where softmax(x) rounds to 0",
    "sigmoid": "Theano computes 1 / (1 + exp(-x)) and its gradient without overflow",
    "softmax": "Theano computes exp(x) / sum(exp(x)) without overflow, for large x too",
    "logsumexp": "Theano computes log(sum(exp(x))) without overflow, for large x too",
}

Operands = Sequence[tuple[nodes.NodeNG, Operand]]


def origin_of(
    name: str, node: nodes.NodeNG, operands: Operands, statement: nodes.NodeNG | None
) -> Origin | None:
    """What the optimiser may recognise the result of an operation by.

    :param statement: the statement of a block that the operation stands in, None where it may be
        evaluated more than once.
    """
    place = operands[0][0]
    origins = [one.origin if isinstance(one, Tensor) else None for _, one in operands]
    kinds = [one.kind if one is not None else "" for one in origins]
    ones = [isinstance(one, Number) and one.value == 1 for _, one in operands]
    if name == "exp" and not _is_bounded(place):
        return Origin("exp", node, Written("{0}", (place,)), statement)
    if name == "nnet.softmax" and getattr(operands[0][1], "ndim", None) == 1:
        return Origin("softmax of a vector", node, Written("{0}", (place,)), statement)
    if name in {"nnet.sigmoid", "nnet.softmax"}:
        return Origin(name.removeprefix("nnet."), node, Written("{0}", (place,)), statement)
    for index, origin in enumerate(origins):
        if origin is None:
            continue
        if name == "add" and kinds[index] == "exp" and ones[1 - index]:
            return replace(origin, kind="1 + exp")
        if name == "sum" and kinds[index] == "exp":
            return replace(origin, kind="sum of exp")
        if name == "sub" and kinds == ["", "sigmoid"] and ones[0]:
            return replace(origin, kind="1 - sigmoid")
        if name == "true_div" and kinds == ["", "1 + exp"] and ones[0]:
            return Origin("logistic", node, negated(origin.operand), statement)
    return None


def rewritten(name: str, operands: Operands) -> tuple[str, Origin] | None:
    """What the optimiser makes of an operation, and of what."""
    origins = [one.origin if isinstance(one, Tensor) else None for _, one in operands]
    kinds = tuple(one.kind if one is not None else "" for one in origins)
    first = operands[0][1]
    found = {
        ("log", ("1 + exp",)): "softplus",
        ("log1p", ("exp",)): "softplus",
        ("log", ("sigmoid",)): "log_sigmoid",
        ("log", ("logistic",)): "log_sigmoid",
        ("log", ("1 - sigmoid",)): "log_sigmoid",
        ("log", ("softmax",)): "log_softmax",
        ("log", ("softmax of a vector",)): "log_softmax",
        ("log", ("sum of exp",)): "logsumexp",
        ("true_div", ("exp", "1 + exp")): "sigmoid",
        ("true_div", ("exp", "sum of exp")): "softmax",
    }.get((name, kinds))
    if name == "true_div" and kinds == ("", "1 + exp"):
        found = "sigmoid" if isinstance(first, Number) and first.value == 1 else None
    if name == "nnet.binary_crossentropy" and kinds[0] in {"sigmoid", "logistic"}:
        found = "log_sigmoid"
    if name == "nnet.categorical_crossentropy" and kinds[0].startswith("softmax"):
        found = "log_softmax"
    origin = next((one for one in origins[::-1] if one is not None), None)
    if origins[0] is not None and name.startswith(("log", "nnet.")):
        origin = origins[0]
    return (found, origin) if found is not None and origin is not None else None


def negated(operand: Written) -> Written:
    """Minus an expression: without a second minus where it begins with one."""
    (node,) = operand.parts
    if isinstance(node, nodes.UnaryOp) and node.op == "-":
        return Written("{0}", (node.operand,))
    if (
        isinstance(node, nodes.BinOp)
        and node.op == "-"
        and isinstance(node.left, nodes.UnaryOp)
        and node.left.op == "-"
    ):
        return Written("{0:atom} + {1:atom}", (node.left.operand, node.right))
    return Written("-{0:atom}", (node,))


def _is_bounded(node: nodes.NodeNG) -> bool:
    """Whether the largest item is taken off before: ``x - x.max(axis=1)``."""
    return (
        isinstance(node, nodes.BinOp)
        and node.op == "-"
        and any(
            "max" in (getattr(one, "attrname", "") or getattr(one, "name", ""))
            for one in node.right.nodes_of_class((nodes.Attribute, nodes.Name))
        )
    )
