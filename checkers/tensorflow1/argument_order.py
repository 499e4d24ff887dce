"""Calls with the order of arguments that TensorFlow had before its release 1.0."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-argument-order"

RULE = Rule(
    id="E6609",
    message="'%(api)s' takes its arguments in another order since TensorFlow 1.0: %(order)s",
    summary="A call of `tf.concat` or `tf.split` in the order of TensorFlow 0.x.",
    why="""\
Before its release 1.0 TensorFlow had `tf.concat(concat_dim, values)` and
`tf.split(split_dim, num_split, value)`. Since then it is `tf.concat(values, axis)` and
`tf.split(value, num_or_size_splits, axis)`. A call in the old order raises, in TensorFlow 1.15 as
in TensorFlow 2.

A call is reported where the text shows the order: an integer, or one of the old keywords, for the
axis, or a list written out for the values. `tf.concat(a, b)` may be either.
""",
    references=("https://github.com/tensorflow/tensorflow/releases/tag/v1.0.0",),
)


def check(module: Module) -> Iterator[Finding]:
    for api, (old, new, is_old) in _ORDERS.items():
        for reference in module.by_api.get(api, ()):
            call = reference.call
            if call is None:
                continue
            given = _given(call, old)
            if given is not None and is_old(call, given):
                yield module.finding(
                    reference.node,
                    api,
                    confidence=reference.confidence,
                    order=f"{api.replace('tensorflow', 'tf', 1)}({', '.join(new)})",
                    fixes=functools.partial(_fixes, module, call, given),
                )


def _given(call: nodes.Call, old: Sequence[str]) -> Sequence[nodes.NodeNG] | None:
    """The arguments in the old order, None when they are not all there or hidden by stars."""
    keywords = {one.arg: one.value for one in call.keywords if one.arg != "name"}
    names = old[len(call.args) :]
    if set(keywords) != set(names) or any(isinstance(one, nodes.Starred) for one in call.args):
        return None
    return [*call.args[: len(old)], *(keywords[name] for name in names)]


def _concatenates(call: nodes.Call, given: Sequence[nodes.NodeNG]) -> bool:
    axis, values = given
    return bool(set(_keywords(call)) & {"concat_dim"}) or (
        (_is_integer(axis) and not _is_integer(values))
        or (isinstance(values, _LISTS) and not isinstance(axis, _LISTS))
    )


def _splits(call: nodes.Call, given: Sequence[nodes.NodeNG]) -> bool:
    axis, _, value = given
    return bool(set(_keywords(call)) & {"split_dim", "num_split"}) or (
        _is_integer(axis) and not _is_integer(value)
    )


_LISTS = (nodes.List, nodes.Tuple, nodes.ListComp)

#: The old order, the new one, and what tells that a call is in the old.
_ORDERS: dict[
    str,
    tuple[Sequence[str], Sequence[str], Callable[[nodes.Call, Sequence[nodes.NodeNG]], bool]],
] = {
    "tensorflow.concat": (("concat_dim", "values"), ("values", "axis"), _concatenates),
    "tensorflow.split": (
        ("split_dim", "num_split", "value"),
        ("value", "num_or_size_splits", "axis"),
        _splits,
    ),
}


def _keywords(call: nodes.Call) -> list[str | None]:
    return [keyword.arg for keyword in call.keywords]


def _is_integer(node: nodes.NodeNG) -> bool:
    if isinstance(node, nodes.UnaryOp):
        node = node.operand
    return isinstance(node, nodes.Const) and type(node.value) is int


def _fixes(module: Module, call: nodes.Call, given: Sequence[nodes.NodeNG]) -> Iterator[Fix]:
    """The call with its arguments in the new order."""
    if "tf2" not in module.settings.targets:
        return
    source = module.source
    texts = [source.segment(one) for one in reversed(given)]
    names = [*call.args[len(given) :], *(one.value for one in call.keywords if one.arg == "name")]
    texts += [f"name={source.segment(name)}" for name in names]
    written = f"{source.segment(call.func)}({', '.join(texts)})"
    start, end = source.start(call), source.end(call)
    lost = "comments inside the call would be lost" if source.comments_within(start, end) else ""
    title = "Write the arguments in the order of TensorFlow 2"
    edit = Edit(start, end, written)
    yield replacements.shown_by_programs(SYMBOL, "tf2", title, written, [edit], lost)
