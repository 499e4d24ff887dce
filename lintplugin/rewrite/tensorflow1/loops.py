"""Loops of TensorFlow 1 that call a function of the program at each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from astroid import nodes

from lintplugin import signatures

MAP = "tensorflow.map_fn"
SCAN = "tensorflow.scan"
WHILE = "tensorflow.while_loop"

#: Loops that carry one value, or one structure, from element to element.
CARRYING = frozenset({"tensorflow.foldl", "tensorflow.foldr", SCAN})

LOOPS = frozenset({MAP, WHILE, *CARRYING})

#: Methods of a ``tf.TensorArray`` that give another one, and those that give a tensor.
ARRAYS = frozenset({"write", "unstack"})
TENSORS = frozenset({"read", "size", "stack"})


@dataclass(frozen=True)
class Given:
    """What the parameter of a step is given.

    :param is_element: whether that is one row of the expression, not its whole value.
    """

    node: nodes.NodeNG
    is_element: bool = False


@dataclass(frozen=True, eq=False)
class Loop:
    """One loop.

    :param bound: its arguments, by the names of its parameters.
    """

    call: nodes.Call
    api: str
    bound: dict[str, nodes.NodeNG]

    @property
    def functions(self) -> Sequence[nodes.NodeNG]:
        """The expressions that name the functions called at each step, or are them."""
        names = ("cond", "body") if self.api == WHILE else ("fn",)
        return [self.bound[name] for name in names]

    @property
    def arity(self) -> int:
        """How many arguments each step takes."""
        if self.api == WHILE:
            return len(self.variables)
        return 2 if self.api in CARRYING else 1

    @property
    def variables(self) -> Sequence[nodes.NodeNG]:
        """What the variables of ``tf.while_loop`` begin with, empty when it is not written out."""
        display = self.bound.get("loop_vars")
        return display.elts if display is not None and is_display(display) else []

    @property
    def first(self) -> Given | None:
        """What a loop that carries a value begins with, None for one that carries none."""
        if self.api not in CARRYING:
            return None
        if "initializer" in self.bound:
            return Given(self.bound["initializer"])
        return Given(self.bound["elems"], is_element=True)

    def given(self, index: int) -> Given | None:
        """What a step takes as the argument at an index."""
        if self.api == WHILE:
            return Given(self.variables[index]) if index < len(self.variables) else None
        taken = [self.first] if self.api in CARRYING else []
        taken.append(Given(self.bound["elems"], is_element=True))
        return taken[index] if index < len(taken) else None


def read(call: nodes.Call, api: str) -> Loop | None:
    """The loop that a call of an API makes, None when it does not say which argument is which."""
    try:
        bound = signatures.bind(call, signatures.parameters(signatures.legacy_entry(api)))
    except signatures.Unbindable:
        return None
    stated = {name: one for name, one in bound.items() if not _is_none(one)}
    needed = ("cond", "body", "loop_vars") if api == WHILE else ("fn", "elems")
    return Loop(call, api, stated) if all(name in stated for name in needed) else None


def _is_none(node: nodes.NodeNG) -> bool:
    return isinstance(node, nodes.Const) and node.value is None


def is_display(node: nodes.NodeNG) -> bool:
    """Whether an expression writes a list or tuple out, item by item."""
    return isinstance(node, (nodes.List, nodes.Tuple)) and not any(
        isinstance(one, nodes.Starred) for one in node.elts
    )
