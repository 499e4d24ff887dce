"""Lists of variables that a program asks the graph for, by scope or by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from astroid import nodes

from lintplugin import signatures
from lintplugin.rewrite.tensorflow1.graph import Graph

_TRAINABLE = "tensorflow.trainable_variables"
_COLLECTION = "tensorflow.get_collection"
_KEY = "tensorflow.GraphKeys.TRAINABLE_VARIABLES"


@dataclass(frozen=True)
class Selection:
    """Trainable variables that were made before a line and whose names pass some tests."""

    line: int
    tests: tuple[Callable[[str], bool], ...] = ()

    def __contains__(self, name: str) -> bool:
        return all(test(name) for test in self.tests)


def read(graph: Graph, node: nodes.NodeNG) -> Selection | None:
    """What an expression selects of the trainable variables of a graph, None for anything else."""
    if isinstance(node, nodes.Name):
        bindings = graph.names.bindings(node)
        value = bindings[0].value if len(bindings) == 1 and bindings[0].item is None else None
        return read(graph, value) if value is not None else None
    if isinstance(node, nodes.ListComp):
        return _filtered(graph, node)
    api = graph.api(node.func) if isinstance(node, nodes.Call) else ""
    if api not in (_TRAINABLE, _COLLECTION):
        return None
    bound = _bound(node, api)
    if bound is None or (api == _COLLECTION and graph.api(bound["key"]) != _KEY):
        return None
    scope = bound.get("scope")
    if scope is None:
        return Selection(node.lineno)
    if not isinstance(scope, nodes.Const) or not str(scope.value).replace("/", "").isidentifier():
        return None  # It is a regular expression.
    prefix = str(scope.value)
    return Selection(node.lineno, (lambda name: name.startswith(prefix),))


def _bound(node: nodes.Call, api: str) -> Mapping[str, nodes.NodeNG] | None:
    try:
        return signatures.bind(node, signatures.parameters(signatures.legacy_entry(api)))
    except signatures.Unbindable:
        return None


def _filtered(graph: Graph, node: nodes.ListComp) -> Selection | None:
    """``[v for v in variables if v.name.startswith("d_")]``, or with ``"d_" in v.name``."""
    if len(node.generators) != 1:
        return None
    (loop,) = node.generators
    whole = read(graph, loop.iter)
    same = isinstance(node.elt, nodes.Name) and isinstance(loop.target, nodes.AssignName)
    if whole is None or not same or node.elt.name != loop.target.name:
        return None
    tests = [_test(one, node.elt.name) for one in loop.ifs]
    if None in tests:
        return None
    return Selection(whole.line, (*whole.tests, *(test for test in tests if test is not None)))


def _test(node: nodes.NodeNG, name: str) -> Callable[[str], bool] | None:
    """What a condition asks of the name of a variable."""
    if isinstance(node, nodes.Compare) and len(node.ops) == 1 and node.ops[0][0] == "in":
        part, whole = node.left, node.ops[0][1]
        if isinstance(part, nodes.Const) and whole.as_string() == f"{name}.name":
            return lambda full: str(part.value) in full
    if isinstance(node, nodes.Call) and node.func.as_string() == f"{name}.name.startswith":
        if len(node.args) == 1 and isinstance(node.args[0], nodes.Const):
            prefix = str(node.args[0].value)
            return lambda full: full.startswith(prefix)
    return None


def uses(graph: Graph, node: nodes.Assign) -> Iterator[nodes.NodeNG]:
    """Where the names that an assignment binds are read."""
    for target in node.targets:
        if isinstance(target, nodes.AssignName):
            yield from graph.names.uses(target.name)


def is_for_training(node: nodes.NodeNG) -> bool:
    """Whether a name is what an optimiser is told to change, or a part of another such list."""
    parent = node.parent
    return (isinstance(parent, nodes.Keyword) and parent.arg == "var_list") or (
        isinstance(parent, nodes.Comprehension) and parent.iter is node
    )
