"""Objects of ``tf.TensorArray`` whose writes are lost, or that cannot be read or written."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterator

from astroid import nodes
from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rules import Finding, Rule

from . import graph_loops, traced

SYMBOL = "tensorarray-unmanaged"

RULE = Rule(
    id="W6714",
    message="of this tf.TensorArray %(problem)s; %(advice)s",
    summary="A `tf.TensorArray` whose writes are dropped, which is read twice, or too small.",
    why="""\
`write`, `scatter`, `unstack` and `split` of a `tf.TensorArray` return the array with more in it.
What becomes of the old object differs, and was executed on TensorFlow 1.15.5 and 2.21:

* **A result that is dropped.** `array.write(i, x)` as a statement writes where TensorFlow 2
  computes at once. In a graph of TensorFlow 1 and in `tf.function` it writes nothing: `stack()`
  gives zeros without a word, or raises where the shape of an element is unknown. So code that was
  tested without `tf.function` computes zeros with it.
* **An element that is read twice.** Reading clears it, unless `clear_after_read=False`: a session
  and eager TensorFlow 2 raise `InvalidArgumentError` at the second read. `tf.function` allows it.
* **A write past the end.** An array of `size=0`, or of another number, does not grow unless
  `dynamic_size=True`: every mode raises.

An array is followed through assignments and through the variables of a `tf.while_loop`.

PyTorch has lists: `outputs.append(x)`, and `torch.stack(outputs)` at the end.
""",
    references=(
        "https://www.tensorflow.org/api_docs/python/tf/TensorArray",
        "https://www.tensorflow.org/guide/function#accumulating_values_in_a_loop",
    ),
)

#: Methods of an array that give what is in it.
_READS = frozenset({"concat", "gather", "read", "stack"})

# What may run a part of it and not the others, or later.
_PLACES = (
    nodes.BoolOp,
    nodes.For,
    nodes.FunctionDef,
    nodes.If,
    nodes.IfExp,
    nodes.Lambda,
    nodes.Module,
    nodes.Try,
    nodes.While,
)


def check(module: Module) -> Iterator[Finding]:
    makers = {one.call: one for one in graph_loops.references(module, "TensorArray")}
    annotated = any(api.endswith(".TensorArray") for api in module.by_api)
    if not makers and not annotated:
        return
    arrays = graph_loops.Arrays(module)
    reads: dict[nodes.Call, list[nodes.Call]] = {}
    outgrown: set[nodes.Call] = set()
    calls = sorted(module.names.by_type["Call"], key=lambda one: (one.lineno, one.col_offset))
    for call in calls:
        method = call.func.attrname if isinstance(call.func, nodes.Attribute) else None
        if method not in graph_loops.WRITES and method not in _READS:
            continue
        made = arrays.made(call.func.expr)
        if made is None:
            continue
        maker = next(iter(made)) if len(made) == 1 else None
        if method in _READS:
            if maker is not None:
                reads.setdefault(maker, []).append(call)
            continue
        if _is_dropped(call):
            yield _dropped(module, call)
        if maker in makers and maker not in outgrown and _is_past_the_end(module, maker, call):
            outgrown.add(maker)
            yield _resizable(module, maker, call)
    for maker, found in reads.items():
        if maker in makers:
            yield from _twice(module, maker, found)


def _is_dropped(call: nodes.Call) -> bool:
    parent = call.parent
    if isinstance(parent, nodes.Assign):
        return [one.as_string() for one in parent.targets] == ["_"]
    return isinstance(parent, nodes.Expr)


def _dropped(module: Module, call: nodes.Call) -> Finding:
    owner = call.func.expr
    while isinstance(owner, nodes.Call) and isinstance(owner.func, nodes.Attribute):
        owner = owner.func.expr
    return module.finding(
        call,
        f"tensorflow.TensorArray().{call.func.attrname}",
        confidence="INFERENCE",
        fixes=functools.partial(_keep, module, call, owner),
        problem=f"the result of '{call.func.attrname}' is dropped, so that nothing is written in a "
        "graph or in tf.function",
        advice="assign it",
    )


def _keep(module: Module, call: nodes.Call, owner: nodes.NodeNG) -> Iterator[Fix]:
    """Assign the result to the name of the array, where that is a name of the same scope."""
    source, names = module.source, module.names
    statement = call.parent
    written = f"{source.segment(owner)} = {source.segment(call)}"
    title = "Assign the result"
    if "tf2" in module.settings.targets:
        reason = ""
        if not isinstance(owner, nodes.Name):
            reason = "the array is no plain name"
        elif {one.home for one in names.bindings(owner)} != {names.scope_of(call).node}:
            reason = "the name belongs to another scope: pass the array in and return it"
        edit = Edit(source.start(statement), source.start(call), f"{source.segment(owner)} = ")
        yield replacements.shown_by_programs(SYMBOL, "tf2", title, written, [edit], reason)
    yield from graph_loops.examples(module, SYMBOL, "dropped", "Append to a list", ("torch",))


def _is_past_the_end(module: Module, maker: nodes.Call, write: nodes.Call) -> bool:
    """Whether an array that cannot grow is written where it has no element."""
    given = _options(maker)
    size = graph_loops.integer(module.names, given.get("size"))
    fixed = graph_loops.is_constant(given.get("dynamic_size"), False, None)
    if size is None or not (fixed or "dynamic_size" not in given):
        return False
    method: str = write.func.attrname
    if size == 0:
        return method != "split"
    index = graph_loops.integer(module.names, _index(write))
    return method == "write" and index is not None and index >= size


def _options(maker: nodes.Call) -> dict[str, nodes.NodeNG]:
    order = ("dtype", "size", "dynamic_size", "clear_after_read")
    if any(isinstance(one, nodes.Starred) for one in maker.args) or any(
        one.arg is None for one in maker.keywords
    ):
        return {}
    return {
        **dict(zip(order, maker.args, strict=False)),
        **{one.arg: one.value for one in maker.keywords},
    }


def _index(call: nodes.Call) -> nodes.NodeNG | None:
    if call.args:
        return call.args[0]
    return next((one.value for one in call.keywords if one.arg == "index"), None)


def _resizable(module: Module, maker: nodes.Call, write: nodes.Call) -> Finding:
    size = graph_loops.integer(module.names, _options(maker)["size"])
    return module.finding(
        write,
        f"tensorflow.TensorArray().{write.func.attrname}",
        confidence="INFERENCE",
        fixes=functools.partial(
            _made_with, module, maker, "dynamic_size", "True", "Let the array grow", "resized"
        ),
        problem=f"'{write.func.attrname}' writes past the end, as it was made on line "
        f"{maker.lineno} with size {size} and cannot grow",
        advice="state its size or dynamic_size=True",
    )


def _twice(module: Module, maker: nodes.Call, reads: list[nodes.Call]) -> Iterator[Finding]:
    """The second of two reads of an element, where reading clears it."""
    given = _options(maker)
    cleared = given and graph_loops.is_constant(given.get("clear_after_read"), True, None)
    if not (cleared or (given and "clear_after_read" not in given)):
        return
    in_sessions = removed_api.is_version_1(module)
    code = traced.Code(module)
    if not in_sessions and any(read in code for read in reads):
        return
    elements: dict[Hashable, list[nodes.Call]] = {}
    for read in reads:
        key = _element(module, read, in_sessions)
        for before in elements.get(key, ()) if key is not None else ():
            if _follow_each_other(before, read):
                yield _cleared(module, maker, before, read)
                return
        elements.setdefault(key, []).append(read)


def _element(module: Module, read: nodes.Call, in_sessions: bool) -> Hashable | None:
    """What tells which element is read; None when that is not known, or it is not cleared."""
    method: str = read.func.attrname
    if method != "read":  # What reads all elements clears them, but only in a session.
        return "all" if in_sessions and method != "gather" else None
    index = _index(read)
    number = graph_loops.integer(module.names, index)
    if number is not None:
        return number
    return graph_loops.parameter_of(module.names, index)


def _follow_each_other(first: nodes.Call, second: nodes.Call) -> bool:
    """Whether two reads run together: in the same branch of the same function."""
    return _branch(first) == _branch(second)


def _branch(node: nodes.NodeNG) -> tuple[nodes.NodeNG, str]:
    """The innermost function or choice around a node, and the part of it where the node is."""
    child, parent = node, node.parent
    while not isinstance(parent, _PLACES):
        child, parent = parent, parent.parent
    for field in parent._astroid_fields:
        part = getattr(parent, field)
        if part is child or (isinstance(part, list) and child in part):
            return parent, field
    return parent, ""


def _cleared(module: Module, maker: nodes.Call, first: nodes.Call, second: nodes.Call) -> Finding:
    return module.finding(
        second,
        f"tensorflow.TensorArray().{second.func.attrname}",
        confidence="INFERENCE",
        fixes=functools.partial(
            _made_with,
            module,
            maker,
            "clear_after_read",
            "False",
            "Keep what was read",
            "read-twice",
        ),
        problem=f"an element is read again, which the read on line {first.lineno} cleared",
        advice="keep what was read, or make it with clear_after_read=False",
    )


def _made_with(
    module: Module, maker: nodes.Call, name: str, text: str, title: str, case: str
) -> Iterator[Fix]:
    """Give the call that made the array one more argument."""
    if "tf2" in module.settings.targets:
        reason = ""
        if name not in {one.arg for one in maker.keywords} and name in _options(maker):
            reason = "given by its place"
        edit = graph_loops.with_argument(module.source, maker, name, text)
        written = f"{name}={text}"
        yield replacements.shown_by_programs(SYMBOL, "tf2", title, written, [edit], reason)
    yield from graph_loops.examples(module, SYMBOL, case, "Append to a list", ("torch",))
