"""A sum or list of losses that keeps the graph of each."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import evidence, replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from ..torch import objects
from . import training

RULE = Rule(
    id="W6731",
    message="'%(total)s' keeps the graph of each '%(loss)s' that it takes%(more)s: give it "
    "%(loss)s.detach(), or %(loss)s.item()",
    summary="Losses are summed up or collected with their graphs.",
    why="""\
A sum of losses that is only printed is a tensor like any other: it has a graph, which holds those
of all its summands. A list of losses holds them as well. What PyTorch 2.13 keeps was counted:

* where each loss is differentiated in the loop, `backward()` frees what the graph had saved, and
  its operations stay: all of every batch of the epoch;
* where a model is evaluated without `torch.no_grad()`, everything stays, with all that the layers
  computed, until the sum goes: an evaluation takes the memory of all its batches at once.

`loss.detach()` is the same number without its graph; `loss.item()` is a Python number, for which
the program waits for the device. `with torch.no_grad():` around an evaluation keeps nothing at all,
and is faster.

Reported in a loop for `total += loss`, `total = total + loss`, `losses.append(loss)` and their
like, also with a factor, where `loss.backward()` stands in the same loop, or where the function
calls `model.eval()`, differentiates nothing and gets the loss from a loss of PyTorch or a
`criterion`. Left alone: a total that is differentiated, `retain_graph=True`, code that runs under
`torch.no_grad()`, files of PyTorch 0.3 with `volatile` inputs and, in evaluations, files that
choose by `requires_grad`.

TensorFlow 2 keeps nothing: what a `tf.GradientTape` recorded goes with the tape, and a sum of eager
losses has no graph. This was executed, too.
""",
    references=(
        "https://pytorch.org/docs/stable/notes/faq.html",
        "https://pytorch.org/docs/stable/generated/torch.Tensor.detach.html",
    ),
)

SYMBOL = "loss-accumulated-with-graph"

_LOSS = re.compile(
    r"torch\.nn\.(?:functional\.(?:\w+_loss|(?:binary_)?cross_entropy(?:_with_logits)?|kl_div)"
    r"|(?:modules\.loss\.)?\w+Loss\(\)(?:\.(?:cuda|cpu|to|double|float)\(\))*)"
)

# A loss that is given to the function, or made in another file, by its name.
_LOSS_NAME = re.compile(r"(?:\w*_)?(?:criterion|loss_fn|loss_func|loss_function)")

_SUMMED = frozenset({"mean", "sum"})

_CUT = frozenset({"data", "detach", "detach_", "item"})


class _Taken(NamedTuple):
    """A value that a total takes in.

    :param total: the name or attribute that takes it, as written.
    """

    total: str
    value: nodes.NodeNG


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not objects.imports_torch(names):
        return
    backwards = training.backwards(names)
    for taken in _taken(names):
        loop = next(training.loops_around(taken.value), None)
        if loop is None:
            continue
        losses = [
            leaf
            for leaf in _leaves(taken.value)
            if training.is_place(leaf) and _is_differentiated(names, leaf, loop, backwards)
        ]
        is_evaluated = not losses
        if is_evaluated:
            losses = [leaf for leaf in _leaves(taken.value) if _is_loss(names, leaf)]
            if not losses or not _evaluates(names, taken.value, backwards):
                continue
        if _may_matter(names, taken, loop, backwards):
            continue
        if training.keeps_no_graph(names, taken.value):
            continue
        yield module.finding(
            losses[0],
            "torch.Tensor",
            confidence="INFERENCE",
            fixes=functools.partial(_fixes, module, taken, losses, is_evaluated),
            total=taken.total,
            loss=losses[0].as_string() if training.is_place(losses[0]) else "the loss",
            more=", and all that the model computed for it" if is_evaluated else "",
        )


def _taken(names: Names) -> Iterator[_Taken]:
    """What names and attributes take in, by addition or as items of a list."""
    for node in names.by_type["AugAssign"]:
        if node.op == "+=":
            yield _Taken(_accumulator(node.target), node.value)
    for node in names.by_type["Assign"]:
        value = node.value
        if len(node.targets) == 1 and isinstance(value, nodes.BinOp) and value.op == "+":
            total = node.targets[0].as_string()
            for one, other in ((value.left, value.right), (value.right, value.left)):
                if one.as_string() == total:
                    yield _Taken(total, other)
    for node in names.by_type["Attribute"]:
        call = node.parent
        if node.attrname == "append" and isinstance(call, nodes.Call) and call.func is node:
            is_statement = len(call.args) == 1 and isinstance(call.parent, nodes.Expr)
            if is_statement and _may_be_list(names, node.expr):
                yield _Taken(_accumulator(node.expr), call.args[0])


def _may_be_list(names: Names, node: nodes.NodeNG) -> bool:
    """Whether an object is not made by a call that may give ``append`` another meaning."""
    bindings = names.bindings(node) if isinstance(node, nodes.Name) else ()
    calls = [one.value.func for one in bindings if isinstance(one.value, nodes.Call)]
    return all(one.as_string().rpartition(".")[2] in {"deque", "list"} for one in calls)


def _accumulator(node: nodes.NodeNG) -> str:
    while isinstance(node, nodes.Subscript):
        node = node.value
    return str(node.as_string())


def _leaves(node: nodes.NodeNG) -> Iterator[nodes.NodeNG]:
    """The terms of sums and products, from which a value has its graph."""
    if isinstance(node, nodes.BinOp):
        yield from _leaves(node.left)
        yield from _leaves(node.right)
    elif isinstance(node, nodes.UnaryOp):
        yield from _leaves(node.operand)
    elif (
        isinstance(node, nodes.Call)
        and isinstance(node.func, nodes.Attribute)
        and node.func.attrname in _SUMMED
        and not node.args
        and not node.keywords
    ):
        yield from _leaves(node.func.expr)
    else:
        yield node


def _is_differentiated(
    names: Names, leaf: nodes.NodeNG, loop: nodes.NodeNG, backwards: list[nodes.Call]
) -> bool:
    """Whether the loop differentiates this very value, for the only time."""
    return any(
        loss.as_string() == leaf.as_string() and _bindings(names, loss) == _bindings(names, leaf)
        for backward in backwards
        if loop.parent_of(backward) and not training.retains(backward)
        for loss in training.differentiated(backward)
    )


def _bindings(names: Names, node: nodes.NodeNG) -> set[nodes.NodeNG]:
    while isinstance(node, nodes.Attribute):
        node = node.expr
    return {binding.node for binding in names.bindings(node)}


def _is_loss(names: Names, leaf: nodes.NodeNG) -> bool:
    """Whether a value is the result of a loss function."""
    if isinstance(leaf, nodes.Name):
        values = [binding.value for binding in names.bindings(leaf)]
        return bool(values) and all(
            isinstance(value, nodes.Call) and _is_loss(names, value) for value in values
        )
    if not isinstance(leaf, nodes.Call):
        return False
    api = names.api(leaf.func)
    if api is not None:
        return _LOSS.fullmatch(api) is not None
    callee = leaf.func
    name = callee.attrname if isinstance(callee, nodes.Attribute) else getattr(callee, "name", "")
    return _LOSS_NAME.fullmatch(name) is not None


def _evaluates(names: Names, node: nodes.NodeNG, backwards: list[nodes.Call]) -> bool:
    """Whether a function evaluates a model: it calls ``eval()`` and differentiates nothing."""
    scope = node.scope()
    if not isinstance(scope, nodes.FunctionDef):
        return False
    is_evaluation = any(
        read.attrname == "eval"
        and isinstance(read.parent, nodes.Call)
        and not read.parent.args
        and isinstance(read.parent.parent, nodes.Expr)
        and read.scope() is scope
        for read in names.by_type["Attribute"]
    )
    return (
        is_evaluation
        and not any(scope.parent_of(backward) for backward in backwards)
        and not any(
            node.attrname.startswith("requires_grad") or node.attrname == "autograd"
            for kind in ("Attribute", "AssignAttr")
            for node in names.by_type[kind]
        )
        and not any(keyword.arg == "requires_grad" for keyword in names.by_type["Keyword"])
    )


def _may_matter(
    names: Names, taken: _Taken, loop: nodes.NodeNG, backwards: list[nodes.Call]
) -> bool:
    """Whether a total is differentiated, or loses its graph in the loop itself."""
    parts = (nodes.Name, nodes.Attribute)
    return any(
        part.as_string() == taken.total
        for backward in backwards
        for part in backward.nodes_of_class(parts)
    ) or any(
        read.attrname in _CUT
        and read.expr.as_string() == taken.total
        and loop.parent_of(read)
        and (read.attrname == "detach_" or _is_assigned(read, taken.total))
        for read in names.by_type["Attribute"]
    )


def _is_assigned(node: nodes.NodeNG, total: str) -> bool:
    """Whether a statement gives a total what it computes from a node."""
    statement = node.statement()
    targets = statement.targets if isinstance(statement, nodes.Assign) else ()
    return total in [target.as_string() for target in targets]


def _fixes(
    module: Module, taken: _Taken, losses: list[nodes.NodeNG], is_evaluated: bool
) -> Iterator[Fix]:
    if "torch" not in module.settings.targets:
        return
    source = module.source
    case = "evaluation" if is_evaluated else "training"
    executed = evidence.lookup_fixture(evidence.fixtures() / SYMBOL / case, "torch")
    start, end = source.start(taken.value), source.end(taken.value)
    if len(losses) == 1 and not _has_other_terms(taken.value):
        (loss,) = losses
        place = source.end(loss)
        edits: tuple[Edit, ...] = (Edit(place, place, ".detach()"),)
        text = f"{source.text[start:place]}.detach(){source.text[place:end]}"
    else:
        edits = (Edit(start, start, "("), Edit(end, end, ").detach()"))
        text = f"({source.text[start:end]}).detach()"
    title = "Take the loss without its graph"
    reason = "nothing in this file differentiates the total; torch.no_grad() saves more"
    unsafe = reason if is_evaluated else ""
    yield replacements.executed_edits("torch", title, text, edits, executed, unsafe)


def _has_other_terms(value: nodes.NodeNG) -> bool:
    """Whether a value is a sum or product of more than one loss and plain numbers.

    Numbers are literals, calls of ``len`` and sizes: ``x.size(0)``, ``x.shape[0]``.
    """
    return sum(not _is_number(leaf) for leaf in _leaves(value)) > 1


def _is_number(node: nodes.NodeNG) -> bool:
    if isinstance(node, nodes.Subscript):
        node = node.value
    if isinstance(node, nodes.Call):
        node = node.func
        name = node.attrname if isinstance(node, nodes.Attribute) else getattr(node, "name", "")
        return name in {"len", "size", "numel", "item", "float", "int"}
    if isinstance(node, nodes.Attribute):
        return node.attrname in {"shape", "batch_size"}
    return isinstance(node, nodes.Const)
