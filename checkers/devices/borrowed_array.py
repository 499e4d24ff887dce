"""Arrays that a shared variable of Theano borrowed, and that change in place."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import replacements, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

SYMBOL = "device-borrowed-array"

RULE = Rule(
    id="W6839",
    message="'%(name)s' changes in place, and with it %(shared)s on a CPU only, since borrow=True "
    "shares no memory with a GPU; %(advice)s",
    summary="An array changes in place that `theano.shared(…, borrow=True)` may share.",
    why="""\
`theano.shared(array, borrow=True)` takes the memory of the array where it can, and
`get_value(borrow=True)` gives its own. What is changed in place there changes the shared variable,
too: that was executed on a CPU. On a GPU both are copies, by the manual of Theano, so that the same
program computes with the old numbers, without a word.

It is no different in a port. `tf.Variable(array)` copies. `torch.from_numpy(array)` shares the
memory until it is moved, `.to('cuda')` copies, and `torch.tensor(array)` always does. A program
says what it means by `set_value`, `assign` or `copy_` after the change.

Reported where the array has a name, is borrowed or given out with `borrow=True`, and is then
changed in place: by `+=` and its like, by an assignment to its items, by `fill` or `sort`. Left
alone is an array that `set_value` takes back.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/tutorial/aliasing.html",
        "https://docs.pytorch.org/docs/stable/generated/torch.from_numpy.html",
    ),
)

_IN_PLACE = frozenset({"fill", "itemset", "partition", "put", "resize", "sort"})


class _Loan(NamedTuple):
    """An array that shares its memory with a shared variable.

    :param binder: what binds the name of the array.
    :param call: what borrows it, or gives it out.
    """

    binder: nodes.NodeNG
    call: nodes.Call
    shared: str
    advice: str
    case: str


def check(module: Module) -> Iterator[Finding]:
    if not module.uses("theano") or "borrow" not in module.source.text:
        return
    names = module.names
    for loan in [*_borrowed(module), *_given_out(names)]:
        if _is_taken_back(names, loan):
            continue
        change = _change(names, loan)
        if change is not None:
            yield module.finding(
                change,
                "theano.shared",
                confidence="INFERENCE",
                name=loan.binder.name,
                shared=loan.shared,
                advice=loan.advice,
                fixes=functools.partial(_fixes, module, loan.case),
            )


def _borrows(call: nodes.Call) -> bool:
    return any(
        one.arg == "borrow" and isinstance(one.value, nodes.Const) and one.value.value is True
        for one in call.keywords
    )


def _borrowed(module: Module) -> Iterator[_Loan]:
    """Arrays that ``theano.shared`` is given by their names."""
    names = module.names
    for api, references in module.by_api.items():
        if not api.startswith("theano.") or "theano.shared" not in signatures.aliases(api):
            continue
        for call in (one.call for one in references):
            named = call.keywords if call is not None else ()
            given = next((one.value for one in named if one.arg == "value"), None)
            given = call.args[0] if call is not None and call.args else given
            bindings = names.bindings(given) if isinstance(given, nodes.Name) else []
            if call is not None and len(bindings) == 1 and _borrows(call):
                binder = bindings[0].node
                if isinstance(binder, nodes.AssignName):
                    advice = "change a copy, or call set_value"
                    yield _Loan(binder, call, "the shared variable made of it", advice, "borrowed")


def _given_out(names: Names) -> Iterator[_Loan]:
    """Names of what ``get_value`` of a shared variable returned."""
    for callee in names.by_type["Attribute"]:
        call = callee.parent
        if callee.attrname != "get_value" or not isinstance(call, nodes.Call):
            continue
        statement = call.parent
        target = statement.targets[0] if isinstance(statement, nodes.Assign) else None
        api = (names.api(callee.expr) or "").removesuffix("()")
        is_shared = api.startswith("theano.") and "theano.shared" in signatures.aliases(api)
        if is_shared and isinstance(target, nodes.AssignName) and _borrows(call):
            text = f"'{callee.expr.as_string()}'"
            yield _Loan(target, call, text, "hand it to set_value afterwards", "given-out")


def _is_taken_back(names: Names, loan: _Loan) -> bool:
    """Whether an array is an argument of ``set_value``, itself or in an expression."""
    return any(
        isinstance(call, nodes.Call)
        and isinstance(call.func, nodes.Attribute)
        and call.func.attrname == "set_value"
        for use in names.uses(loan.binder.name)
        for call in use.node_ancestors()
    )


def _change(names: Names, loan: _Loan) -> nodes.NodeNG | None:
    """The first place behind the loan, or in another function, that changes the array in place."""
    name, scope = loan.binder.name, loan.call.scope()
    found: list[nodes.NodeNG] = []
    for node in names.by_type["AugAssign"]:
        target = node.target
        if isinstance(target, nodes.AssignName) and target.name == name:
            if any(one.node is loan.binder for one in names.bindings(target)):
                found.append(node)
    for use in names.uses(name):
        if not any(one.node is loan.binder for one in names.bindings(use)):
            continue
        parent = use.parent
        if isinstance(parent, nodes.Subscript) and parent.value is use and _is_target(parent):
            found.append(parent.statement())
        elif isinstance(parent, nodes.Attribute) and parent.attrname in _IN_PLACE:
            if isinstance(parent.parent, nodes.Call) and parent.parent.func is parent:
                found.append(parent.parent)
    lent = _position(loan.call)
    behind = [one for one in found if one.scope() is not scope or _position(one) > lent]
    return min(behind, key=_position, default=None)


def _position(node: nodes.NodeNG) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _is_target(node: nodes.Subscript) -> bool:
    """Whether an item is assigned, or changed by an operator."""
    parent = node.parent
    if isinstance(parent, nodes.AugAssign):
        return parent.target is node
    return isinstance(parent, nodes.Assign) and node in parent.targets


def _fixes(module: Module, case: str) -> Iterator[Fix]:
    for target in module.settings.targets:
        yield replacements.example(SYMBOL, case, target, "Say when the variable changes")
