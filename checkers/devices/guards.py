"""Code that runs only behind a test of a device."""

from __future__ import annotations

import re

from astroid import nodes

#: Words that make a condition one about devices.
_ASKS = re.compile(r"cuda|gpu|tpu|device|accel|mps", re.IGNORECASE)

#: Functions that do not return.
_LEAVES = frozenset({"_exit", "exit", "skip", "skipTest"})

#: What ends a block after a test.
_ENDS = (nodes.Return, nodes.Raise, nodes.Continue, nodes.Break)


def is_guarded(node: nodes.NodeNG) -> bool:
    """Whether the program asks for a device, or catches its absence, before it gets here."""
    child, parent = node, node.parent
    while parent is not None:
        tests = isinstance(parent, (nodes.If, nodes.IfExp, nodes.While))
        if tests and child is not parent.test and asks(parent.test):
            return True
        if isinstance(parent, nodes.Try) and child in parent.body and parent.handlers:
            return True
        if any(map(_stops, _before(child, parent))):
            return True
        decorators = getattr(parent, "decorators", None)
        if decorators is not None and child is not decorators and asks(decorators):
            return True  # skipif and its like
        child, parent = parent, parent.parent
    return False


def _before(child: nodes.NodeNG, parent: nodes.NodeNG) -> list[nodes.NodeNG]:
    """Statements of the same block before a statement."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(parent, name, None)
        if isinstance(block, list) and child in block:
            return block[: block.index(child)]
    return []


def _stops(statement: nodes.NodeNG) -> bool:
    """Whether a statement leaves when a test about devices fails."""
    if isinstance(statement, nodes.Assert):
        return asks(statement.test)
    if not isinstance(statement, nodes.If) or not asks(statement.test):
        return False
    last = statement.body[-1]
    call = last.value if isinstance(last, nodes.Expr) else None
    if not isinstance(call, nodes.Call):
        return isinstance(last, _ENDS)
    name = getattr(call.func, "attrname", getattr(call.func, "name", ""))
    return name in _LEAVES


def asks(test: nodes.NodeNG) -> bool:
    """Whether a condition mentions devices."""
    return any(
        _ASKS.search(word)
        for node in (test, *test.nodes_of_class((nodes.Name, nodes.Attribute, nodes.Const)))
        for word in (
            getattr(node, "name", None),
            getattr(node, "attrname", None),
            getattr(node, "value", None),
        )
        if isinstance(word, str)
    )
