"""Loops and branches with one output in a list, which TensorFlow 1 took out of it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence

from astroid import nodes
from lintplugin.checkers.tensorflow1 import graph_mode, removed_api

from lintplugin import replacements, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-single-output"

RULE = Rule(
    id="E6628",
    message="'%(api)s' gives the list of one tensor in TensorFlow 2, and gave the tensor in "
    "TensorFlow 1",
    summary="A loop or a branch whose one output stands in a list.",
    why="""\
`tf.while_loop(cond, body, [x])` gave a tensor in TensorFlow 1, since a list of one was taken apart,
and gives a list of one in TensorFlow 2, as if by `return_same_structure=True`. So did `tf.cond`
when the branches returned lists of one: `strict=True` was to keep them. (`tf.case` still takes them
apart.)

Nothing fails at the call. What follows computes with a list: `result + 1` raises, `result * 2`
repeats the list, and most functions take it for a tensor with one dimension more.

The body of such a loop could return the tensor alone. Where TensorFlow 2 computes at once it takes
what the body returns for the list of the loop's variables, so that the body has to return a list.

Reported in files that use a name which no TensorFlow 2 has had, where the list is written in the
call or in the branches.
""",
    references=(
        "https://www.tensorflow.org/versions/r1.15/api_docs/python/tf/while_loop",
        "https://www.tensorflow.org/versions/r1.15/api_docs/python/tf/cond",
    ),
)

#: By API, the parameter that keeps the list, and those that hold what comes out, old ones included.
_APIS = {
    "tensorflow.while_loop": ("return_same_structure", ("loop_vars",)),
    "tensorflow.cond": ("strict", ("true_fn", "false_fn", "fn1", "fn2")),
}


def check(module: Module) -> Iterator[Finding]:
    for api in _APIS:
        for reference in module.by_api.get(api, ()):
            call = reference.call
            if call is None or not removed_api.is_version_1(module) or graph_mode.is_on(module):
                continue
            bound = gives_list(module, call, api)
            if bound is None:
                continue
            yield module.finding(
                reference.node,
                api,
                confidence="INFERENCE",
                fixes=functools.partial(_fixes, module, call, bound.get("body")),
            )


def gives_list(module: Module, call: nodes.Call, api: str) -> Mapping[str, nodes.NodeNG] | None:
    """The arguments of a loop or branch with one output in a list, None for any other."""
    keeps, outputs = _APIS[api]
    try:
        bound = signatures.bind(call, signatures.parameters(signatures.legacy_entry(api)))
    except signatures.Unbindable:
        return None
    given = [_output(module, bound[name]) for name in outputs if name in bound]
    single = bool(given) and all(map(_is_single, given))
    return bound if single and keeps not in bound and not _is_taken(call) else None


def _output(module: Module, node: nodes.NodeNG) -> nodes.NodeNG:
    """What a branch returns, if it is written there; anything else as it is."""
    if isinstance(node, nodes.Lambda):
        return node.body
    function = _function(module, node)
    if function is not None:
        returns = list(function.nodes_of_class(nodes.Return))
        if len(returns) == 1 and returns[0].value is not None:
            return returns[0].value
    return node


def _function(module: Module, node: nodes.NodeNG) -> nodes.FunctionDef | None:
    """The function of this file that a name denotes."""
    bindings = module.names.bindings(node) if isinstance(node, nodes.Name) else []
    function = bindings[0].node if len(bindings) == 1 else None
    return function if isinstance(function, nodes.FunctionDef) else None


def _is_single(node: nodes.NodeNG) -> bool:
    return (
        isinstance(node, (nodes.List, nodes.Tuple))
        and len(node.elts) == 1
        and not isinstance(node.elts[0], (nodes.Starred, nodes.List, nodes.Tuple))
    )


def _is_taken(call: nodes.Call) -> bool:
    """Whether the first item is taken from the list where the call stands."""
    parent = call.parent
    if isinstance(parent, nodes.Subscript):
        return isinstance(parent.slice, nodes.Const) and parent.slice.value == 0
    return isinstance(parent, nodes.Assign) and any(map(_is_single, parent.targets))


def _fixes(module: Module, call: nodes.Call, body: nodes.NodeNG | None) -> Iterator[Fix]:
    """Take the item where the call stands; what branches return may be wanted elsewhere, too.

    :param body: the body of a loop.
    """
    if "tf2" not in module.settings.targets:
        return
    end = module.source.end(call)
    edits, reason = [Edit(end, end, "[0]")], ""
    if body is not None:
        returned = _output(module, body)
        function = _function(module, body)
        if returned is body or (function and len(module.names.uses(function.name)) > 1):
            reason = "the body must return a list, and it may have other callers"
        elif not isinstance(returned, (nodes.List, nodes.Tuple)):
            edits += _in_list(module, returned)
    written = f"{module.source.segment(call)}[0]"
    yield replacements.shown_by_programs(SYMBOL, "tf2", "Take the item", written, edits, reason)


def _in_list(module: Module, node: nodes.NodeNG) -> Sequence[Edit]:
    start, end = module.source.start(node), module.source.end(node)
    return Edit(start, start, "["), Edit(end, end, "]")
