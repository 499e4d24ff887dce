"""Loops of TensorFlow whose variables change their shapes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from astroid import nodes
from lintplugin.checkers.tensorflow1 import graph_mode, removed_api

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.imports import Imports
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from . import graph_loops, traced

SYMBOL = "while-loop-shape-drift"

RULE = Rule(
    id="E6712",
    message="'%(name)s' enters this loop with shape %(shape)s and gets another one in each turn: "
    "state shape_invariants, or write into a tf.TensorArray",
    summary="A loop in a graph whose variable grows, without `shape_invariants`.",
    why="""\
A graph has one shape for a variable of a loop. `tf.while_loop` takes that with which the variable
begins, and raises `ValueError` where the body gives another one: in TensorFlow 1.15.5, and in
`tf.function` of TensorFlow 2.21. Where TensorFlow 2 computes at once the same loop runs, so that
what was tested without `tf.function` does not work with it. A `for` over `tf.range`, which
`tf.function` makes such a loop, raises in the same way.

`shape_invariants` states what stays: `None` for a size that changes, `tf.TensorShape(None)` where
the number of dimensions does. A tensor that is grown to collect the results of all turns is copied
in each: what a `tf.TensorArray` holds is not. In PyTorch, append to a list and call `torch.cat`
once.

Reported where the loop is in a graph (a file of TensorFlow 1, or a function that `tf.function`
traces), the size that changes is in sight, and the body returns `tf.concat`, `tf.stack`,
`tf.expand_dims`, `tf.pad` or `tf.tile` of its own variable. A placeholder of unknown size, for
one, works without.
""",
    references=(
        "https://www.tensorflow.org/api_docs/python/tf/while_loop",
        "https://www.tensorflow.org/guide/function#accumulating_values_in_a_loop",
    ),
)

#: Sizes of a tensor, None for one that is not in sight.
_Shape = tuple[int | None, ...]

#: In the place of a shape, where the number of dimensions changes.
_ANY: _Shape = (-1,)

_UNSEEN = "the shapes of the other variables are not in sight; tf.TensorShape(None) is any"

_FILLED = frozenset(
    {
        "fill",
        "ones",
        "placeholder",
        "random.normal",
        "random.truncated_normal",
        "random.uniform",
        "random_normal",
        "random_uniform",
        "truncated_normal",
        "zeros",
    }
)


def check(module: Module) -> Iterator[Finding]:
    code = functools.cache(lambda: traced.Code(module))
    for loop in graph_loops.whiles(module):
        if "shape_invariants" not in loop.given:
            shapes = [_drift(module.names, loop, index) for index in range(len(loop.variables))]
            if any(shapes) and (_builds_graphs(module) or loop.call in code()):
                index = next(index for index, one in enumerate(shapes) if one is not None)
                yield module.finding(
                    loop.reference.node,
                    loop.reference.api,
                    confidence=loop.reference.confidence,
                    fixes=functools.partial(_fixes, module, loop, shapes),
                    name=graph_loops.parameters(loop.body)[index].name,
                    shape=_written(shape_of(module.names, loop.variables[index])),
                )
    for reference in graph_loops.references(module, "range"):
        statement = reference.call.parent if reference.call is not None else None
        if isinstance(statement, nodes.For) and statement.iter is reference.call:
            drifts = list(_converted(module.names, statement))
            if drifts and statement in code():
                yield module.finding(
                    reference.node,
                    reference.api,
                    confidence=reference.confidence,
                    fixes=functools.partial(_options, module, statement, drifts),
                    name=drifts[0].name,
                    shape=_written(drifts[0].begins),
                )


class _Converted(NamedTuple):
    """A variable of Python that grows in a loop which ``tf.function`` converts.

    :param begins: its shape before the loop.
    :param keeps: the sizes that stay.
    """

    name: str
    begins: _Shape
    keeps: _Shape


def _converted(names: Names, loop: nodes.For) -> Iterator[_Converted]:
    """The variables that grow by a statement of a loop, where nothing is said of shapes."""
    if any(
        isinstance(call.func, nodes.Attribute) and call.func.attrname == "set_loop_options"
        for call in loop.nodes_of_class(nodes.Call)
    ):
        return
    for statement in loop.body:
        target = statement.targets[0] if isinstance(statement, nodes.Assign) else None
        if not isinstance(target, nodes.AssignName) or not isinstance(statement.value, nodes.Call):
            continue
        begins = {
            shape_of(names, binding.value) if binding.value is not None else None
            for use in statement.value.nodes_of_class(nodes.Name)
            if use.name == target.name
            for binding in names.bindings(use)
            if binding.node is not target
        }
        shape = begins.pop() if len(begins) == 1 else None
        if shape is not None:
            keeps = _kept(
                names, shape, statement.value, functools.partial(_is_bound, names, target)
            )
            if keeps is not None:
                yield _Converted(target.name, shape, keeps)


def _is_bound(names: Names, target: nodes.AssignName, node: nodes.NodeNG) -> bool:
    """Whether an expression reads what a statement of a loop assigned in the turn before."""
    bindings = names.bindings(node) if isinstance(node, nodes.Name) else []
    return any(binding.node is target for binding in bindings)


def _builds_graphs(module: Module) -> bool:
    """Whether TensorFlow computes nothing at once in a file."""
    if any(api.endswith(".enable_eager_execution") for api in module.by_api):
        return False
    old: bool = removed_api.is_version_1(module)
    return old or bool(graph_mode.is_on(module))


def shape_of(names: Names, node: nodes.NodeNG) -> _Shape | None:
    """The shape of a tensor, as far as it is in sight; None where even the rank is not."""
    node = graph_loops.value(names, node)
    if isinstance(node, nodes.Const):
        return ()
    if not isinstance(node, nodes.Call):
        return None
    name = graph_loops.name_of(names, node) or _name_in_numpy(names, node.func)
    given = {one.arg: one.value for one in node.keywords}
    first = node.args[0] if node.args else None
    if name in _FILLED:
        place = 1 if name == "placeholder" else 0
        stated = given.get("shape") or given.get("dims")
        return _sizes(names, stated or (node.args[place] if len(node.args) > place else None))
    if name in {"constant", "convert_to_tensor", "Variable"}:
        if "shape" in given or len(node.args) > 2:
            return None
        inner = first or given.get("value") or given.get("initial_value")
        return _literal(names, inner) if inner is not None else None
    if name in {"identity", "cast", "zeros_like", "ones_like"} and first is not None:
        return shape_of(names, first)
    return None


def _name_in_numpy(names: Names, node: nodes.NodeNG) -> str:
    """What makes the same of TensorFlow as ``np.zeros`` of NumPy; empty for anything else."""
    owner = node.expr if isinstance(node, nodes.Attribute) else None
    bindings = names.bindings(owner) if isinstance(owner, nodes.Name) else []
    if [one.api for one in bindings] != ["numpy"]:
        return ""
    return {"array": "constant", "full": "fill"}.get(node.attrname, str(node.attrname))


def _sizes(names: Names, node: nodes.NodeNG | None) -> _Shape | None:
    """A shape that is written as a list or tuple, or as one number."""
    found = graph_loops.value(names, node) if node is not None else None
    if isinstance(found, (nodes.List, nodes.Tuple)):
        return tuple(graph_loops.integer(names, one) for one in found.elts)
    number = graph_loops.integer(names, found)
    return (number,) if number is not None else None


def _literal(names: Names, node: nodes.NodeNG) -> _Shape | None:
    """The shape of a number, or of lists of lists of numbers."""
    if isinstance(node, (nodes.List, nodes.Tuple)):
        inner = _literal(names, node.elts[0]) if node.elts else ()
        return (len(node.elts), *inner) if inner is not None else None
    if isinstance(node, nodes.UnaryOp):
        return ()
    return shape_of(names, node)


def _drift(names: Names, loop: graph_loops.While, index: int) -> _Shape | None:
    """The sizes that one variable of ``tf.while_loop`` keeps, as :func:`_kept` gives them."""
    begins = shape_of(names, loop.variables[index])
    parameter = graph_loops.parameters(loop.body)[index]
    result = graph_loops.value(names, loop.returned[index])
    if begins is None or not isinstance(result, nodes.Call):
        return None
    return _kept(
        names, begins, result, lambda one: graph_loops.parameter_of(names, one) is parameter
    )


def _kept(
    names: Names,
    begins: _Shape,
    result: nodes.Call,
    is_variable: Callable[[nodes.NodeNG], bool],
) -> _Shape | None:
    """The sizes that a variable keeps in a turn.

    :param begins: its shape before.
    :param result: what it becomes.
    :param is_variable: whether an expression is the variable as it came into the turn.
    :returns: None where it keeps all, or where that is not known.
    """
    name = graph_loops.name_of(names, result)
    first, axis = _operands(result, name)
    if first is None or not _has(first, name, is_variable):
        return None
    if name in {"stack", "expand_dims"}:
        return _ANY
    changed: set[int] = set()
    if name == "concat":
        number = graph_loops.integer(names, axis)
        if number is None or not -len(begins) <= number < len(begins):
            return None
        changed = {number % len(begins)}
    else:
        factors = axis.elts if isinstance(axis, (nodes.List, nodes.Tuple)) else []
        changed = {place for place, one in enumerate(factors) if _changes(names, name, one)}
        if len(factors) != len(begins):
            return None
    if not changed or any(begins[place] is None for place in changed):
        return None
    return tuple(None if place in changed else size for place, size in enumerate(begins))


def _operands(call: nodes.Call, name: str) -> tuple[nodes.NodeNG | None, nodes.NodeNG | None]:
    """What an operation is applied to, and its second argument."""
    parameters = {
        "concat": ("values", "axis"),
        "expand_dims": ("input", "axis"),
        "pad": ("tensor", "paddings"),
        "stack": ("values", "axis"),
        "tile": ("input", "multiples"),
    }.get(name)
    if parameters is None:
        return None, None
    given = dict(zip(parameters, call.args, strict=False))
    given |= {one.arg: one.value for one in call.keywords}
    return given.get(parameters[0]), given.get(parameters[1])


def _has(node: nodes.NodeNG, name: str, is_variable: Callable[[nodes.NodeNG], bool]) -> bool:
    """Whether an operation is applied to a variable of the loop."""
    inner = [node]
    if name in {"concat", "stack"}:
        inner = node.elts if isinstance(node, (nodes.List, nodes.Tuple)) else []
        if len(inner) < 2 and name == "concat":
            return False
    return any(map(is_variable, inner))


def _changes(names: Names, name: str, factor: nodes.NodeNG) -> bool:
    """Whether a factor of ``tile``, or a pair of ``pad``, changes a size."""
    if name == "tile":
        return graph_loops.integer(names, factor) not in (None, 1)
    pair = factor.elts if isinstance(factor, (nodes.List, nodes.Tuple)) else []
    return any(graph_loops.integer(names, one) not in (None, 0) for one in pair)


def _fixes(
    module: Module, loop: graph_loops.While, drifts: Sequence[_Shape | None]
) -> Iterator[Fix]:
    if "tf2" in module.settings.targets:
        imports = Imports(module)
        shape = f"{imports.spell('tensorflow')}.TensorShape"
        shapes = [
            drift or shape_of(module.names, variable)
            for drift, variable in zip(drifts, loop.variables, strict=True)
        ]
        reason = "" if all(one is not None for one in shapes) else _UNSEEN
        if imports.clash() is not None:
            reason = "'tf' is already the name of something else in this file"
        inner = ", ".join(f"{shape}({_written(one)})" for one in shapes)
        variables = graph_loops.value(module.names, loop.given["loop_vars"])
        is_list = isinstance(variables, nodes.List)
        comma = "," if len(shapes) == 1 else ""
        text = f"[{inner}]" if is_list else f"({inner}{comma})"
        edit = graph_loops.with_argument(module.source, loop.call, "shape_invariants", text)
        yield replacements.shown_by_programs(
            SYMBOL,
            "tf2",
            "State what stays of the shapes",
            f"shape_invariants={text}",
            [edit, *imports.additions()],
            reason,
        )
    title = "Collect in a list"
    yield from graph_loops.examples(module, SYMBOL, "rows", title, ("torch",))


def _options(module: Module, loop: nodes.For, drifts: Sequence[_Converted]) -> Iterator[Fix]:
    """Say what stays, in the first statement of a loop of Python."""
    source = module.source
    if "tf2" in module.settings.targets:
        imports = Imports(module)
        tf = imports.spell("tensorflow")
        pairs = ", ".join(
            f"({one.name}, {tf}.TensorShape({_written(one.keeps)}))" for one in drifts
        )
        text = f"{tf}.autograph.experimental.set_loop_options(shape_invariants=[{pairs}])"
        start = source.start(loop.body[0])
        indent = source.text[source.line_start(loop.body[0].lineno) : start]
        reason = "" if not indent.strip() else "the loop stands on one line"
        if imports.clash() is not None:
            reason = "'tf' is already the name of something else in this file"
        edit = Edit(start, start, f"{text}{source.newline}{indent}")
        title = "State what stays of the shapes"
        edits = [edit, *imports.additions()]
        yield replacements.shown_by_programs(SYMBOL, "tf2", title, text, edits, reason)
    title = "Collect in a list"
    yield from graph_loops.examples(module, SYMBOL, "rows", title, ("torch",))


def _written(shape: _Shape | None) -> str:
    """A shape as ``tf.TensorShape`` takes it."""
    if shape is None or shape is _ANY:
        return "None"
    return f"[{', '.join(map(str, shape))}]"
