"""Summaries: what a run computed for TensorBoard, and the writer that it was given to.

A run gives the numbers, by tag, where it gave them as one text; the writer gets them one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from astroid import nodes

from lintplugin import signatures
from lintplugin.rewrite import Refused
from lintplugin.rewrite.tensorflow1.graph import Graph, Kind, arguments

WRITER = "tensorflow.summary.FileWriter"
MERGE_ALL = "tensorflow.summary.merge_all"
MERGE = "tensorflow.summary.merge"

#: Functions that make one summary, with the method of PyTorch that writes it.
SINGLE = {
    "tensorflow.summary.scalar": "add_scalar",
    "tensorflow.summary.histogram": "add_histogram",
}


def parts(graph: Graph, node: nodes.Call) -> Sequence[nodes.Call]:
    """The calls that make the summaries of a summary, in the order of the text.

    :raises Refused: for what is not written out.
    """
    api = graph.api(node.func)
    if api in SINGLE:
        return [node]
    if api == MERGE:
        display = arguments(node, MERGE, "inputs name")["inputs"]
        found = [graph.value(one) for one in getattr(display, "elts", ())]
        if not found or any(one is None or one.api not in SINGLE for one in found):
            raise Refused(node.lineno, "summaries that are not written out")
        return [one.node for one in found if one is not None]
    if node.args or node.keywords:
        raise Refused(node.lineno, "some of the summaries")
    made = [one for one in graph.names.by_type["Call"] if graph.api(one.func) in SINGLE]
    return sorted((one for one in made if one.lineno < node.lineno), key=lambda one: one.lineno)


def tag(graph: Graph, node: nodes.Call) -> nodes.Const:
    """The tag of a summary.

    :raises Refused: where it is not written out, or the summary is more than its tag and tensor.
    """
    name = _bound(graph, node)["name"]
    if not isinstance(name, nodes.Const) or not isinstance(name.value, str):
        raise Refused(node.lineno, "a summary whose tag is not written out")
    return name


def tensor(graph: Graph, node: nodes.Call) -> nodes.Name:
    """What a summary is of.

    :raises Refused: where that has no name.
    """
    bound = _bound(graph, node)
    found = bound.get("tensor", bound.get("values"))
    if not isinstance(found, nodes.Name):
        raise Refused(node.lineno, "a summary of a tensor without a name")
    return found


def _bound(graph: Graph, node: nodes.Call) -> dict[str, nodes.NodeNG]:
    return dict(arguments(node, graph.api(node.func), "name tensor values"))


def writes(graph: Graph) -> Iterator[tuple[nodes.Call, str]]:
    """Calls of methods of writers, each with the method."""
    for call in graph.names.by_type["Call"]:
        if isinstance(call.func, nodes.Attribute):
            if graph.kind(call.func.expr) is Kind.WRITER:
                yield call, str(call.func.attrname)


def added(call: nodes.Call) -> tuple[nodes.NodeNG, nodes.NodeNG | None]:
    """What ``writer.add_summary(…)`` writes, and the step."""
    entry = signatures.legacy_entry(f"{WRITER}.add_summary")
    try:
        bound = signatures.bind(call, signatures.parameters(entry))
    except signatures.Unbindable as error:
        raise Refused(call.lineno, str(error)) from error
    return bound["summary"], bound.get("global_step")
