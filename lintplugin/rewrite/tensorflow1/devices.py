"""Where ``with tf.device`` places the statements of a program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from astroid import nodes

from lintplugin.names import Names

if TYPE_CHECKING:
    from lintplugin.rewrite.tensorflow1.graph import Graph

_DEVICE = re.compile(r"/?(?:device:)?(?:cpu|gpu)(?::\d+)?", re.IGNORECASE)


def given(graph: Graph, node: nodes.NodeNG) -> nodes.NodeNG | None:
    """What ``tf.device`` is given, where that is a literal or a choice between two."""
    if not isinstance(node, nodes.Call) or graph.api(node.func) != "tensorflow.device":
        return None
    values = [*node.args, *(one.value for one in node.keywords)]
    return values[0] if len(values) == 1 and _literals(graph.names, values[0]) else None


def around(
    graph: Graph, statement: nodes.NodeNG, home: nodes.Module | nodes.FunctionDef
) -> nodes.NodeNG | None:
    """The device of the innermost block around a statement of the program."""
    for one in statement.node_ancestors():
        if one is home:
            break
        if isinstance(one, nodes.With):
            found = [given(graph, context) for context, _ in reversed(one.items)]
            device = next((node for node in found if node is not None), None)
            if device is not None:
                return device
    return None


def is_cpu(names: Names, device: nodes.NodeNG) -> bool:
    """Whether a device is a CPU on every machine."""
    return all("cpu" in one.lower() for one in _literals(names, device))


def _literals(names: Names, node: nodes.NodeNG) -> list[str]:
    """The devices that an expression may be; none where one of them is not in sight."""
    if isinstance(node, nodes.Const):
        is_one = isinstance(node.value, str) and _DEVICE.fullmatch(node.value) is not None
        return [node.value] if is_one else []
    if isinstance(node, nodes.IfExp):
        both = [_literals(names, one) for one in (node.body, node.orelse)]
        return [*both[0], *both[1]] if all(both) else []
    bindings = names.bindings(node) if isinstance(node, nodes.Name) else []
    value = bindings[0].value if len(bindings) == 1 and bindings[0].item is None else None
    is_global = value is not None and isinstance(value.scope(), nodes.Module)
    return _literals(names, value) if is_global and not isinstance(value, nodes.Name) else []
