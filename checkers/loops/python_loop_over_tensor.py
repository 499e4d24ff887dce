"""Python loops over tensors that have no values yet, and loops that write out a long graph."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes
from lintplugin.checkers.tensorflow1 import graph_mode, removed_api

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Names
from lintplugin.rewrite import Refused
from lintplugin.rewrite.tensorflow1.graph import Kind, Value
from lintplugin.rules import Finding, Rule

from . import graphs, repetition, traced

RULE = Rule(
    id="W6724",
    message="%(what)s: %(advice)s",
    summary="A Python loop goes through a symbolic tensor, or writes out a graph of many steps.",
    why="""\
A symbolic tensor has a shape at most, and no values that Python could go through. TensorFlow 1
raises `TypeError` for `for row in x:`, also through `enumerate`, `zip` and comprehensions, and for
`range(tf.shape(x)[0])`. Theano raises `TypeError` or `ValueError: length not known`. In a
`tf.function` of TensorFlow 2, AutoGraph turns a plain `for row in x:` into a loop of the graph; a
comprehension, `enumerate` and `zip` are left to Python, and raise
`OperatorNotAllowedInGraphError`.

A loop over a Python number of steps does run, once for each step, while the graph is built. Of
`h = tf.tanh(0.5 * h + x[:, i])` and its gradient, 200 steps make 5,406 operations in TensorFlow
1.15.5, which take 8 s to build and 13 s until the first run is done; 1,000 steps 27,006 operations,
38 s and 108 s. As `tf.while_loop` it is 153 operations and below 2 s, for any number. In a
`tf.function` of TensorFlow 2.21 1,000 steps of `range` are 8,003 operations, of `tf.range` 19.
Theano 1.0.5 does not get through 100 such steps: its compilation raises `RecursionError`, or is not
done after five minutes. `theano.scan` compiles in six seconds.

Reported are

* a loop over what is known to be a tensor, in a file that builds graphs, and not in a function that
  AutoGraph converts;
* `for i in range(n):` with `n` of 100 or more, written out or the size that a placeholder has,
  whose body makes operations.

Left alone are `tf.unstack(x)`, lists of tensors, `x.shape` of Theano, which has a known length, and
loops of eager code.

One operation for all elements is best. Where a step needs the one before, it is `tf.scan` or
`tf.while_loop`, in TensorFlow 2 `tf.range` in a `tf.function`, and `theano.scan`. PyTorch computes
at once, and a loop over `x` or `range(n)` is a plain loop.
""",
    references=(
        "https://www.tensorflow.org/api_docs/python/tf/while_loop",
        "https://www.tensorflow.org/guide/function#loops",
        "https://theano-pymc.readthedocs.io/en/latest/library/scan.html",
    ),
)

SYMBOL = "python-loop-over-tensor"

#: From this on a loop that is written out costs seconds, and Theano gives up.
_LONG = 100

_KINDS = (
    "scalar",
    "vector",
    "row",
    "col",
    "matrix",
    "tensor3",
    "tensor4",
    "tensor5",
    "dot",
    "arange",
)

_WRAPPERS = frozenset({"enumerate", "reversed", "zip"})


def check(module: Module) -> Iterator[Finding]:
    loops = list(module.names.by_type["For"])
    for kind in repetition.COMPREHENSIONS:
        for comprehension in module.names.by_type[kind.__name__]:
            loops += comprehension.generators
    if not loops:
        return
    loops.sort(key=lambda loop: (loop.iter.lineno, loop.iter.col_offset))
    functions = {
        one.body: traced.Tensors(module.names, one, one.body)
        for one in traced.functions(module)
        if isinstance(one.body, nodes.FunctionDef)
    }
    graph = _Graph(module) if _builds_graphs(module) else None
    uses_theano = module.uses("theano")
    if not functions and graph is None and not uses_theano:
        return
    for loop in loops:
        frame = repetition.frame_of(loop)
        if frame in functions:
            yield from _in_function(module, functions[frame], loop)
        elif graph is not None and not _is_passed(module.names, frame):
            yield from graph.findings(loop)
        if uses_theano:
            yield from _in_theano(module, loop)


def _builds_graphs(module: Module) -> bool:
    """Whether what a file computes with TensorFlow is part of a graph."""
    if not graphs.is_graph_program(module.names):
        return False
    return bool(removed_api.is_version_1(module) or graph_mode.is_on(module))


def _is_passed(names: Names, frame: nodes.NodeNG) -> bool:
    """Whether a function is given to others, such as ``Dataset.map``, which converts it."""
    if isinstance(frame, nodes.Lambda) and not isinstance(frame, nodes.FunctionDef):
        return True
    if not isinstance(frame, nodes.FunctionDef):
        return False
    return frame.decorators is not None or any(
        not (isinstance(use.parent, nodes.Call) and use.parent.func is use)
        for use in names.uses(frame.name)
    )


def _items(names: Names, node: nodes.NodeNG) -> list[nodes.NodeNG]:
    """What a loop goes through: an expression, or the arguments of ``enumerate`` and ``zip``."""
    return list(node.args) if _builtin(names, node) in _WRAPPERS else [node]


def _builtin(names: Names, node: nodes.NodeNG) -> str | None:
    """The name of the builtin that an expression calls."""
    if not isinstance(node, nodes.Call) or not isinstance(node.func, nodes.Name):
        return None
    return node.func.name if not names.bindings(node.func) else None


def _finding(module: Module, node: nodes.NodeNG, case: str, what: str, advice: str) -> Finding:
    api = {"tensorflow1": "tensorflow.Tensor", "theano": "theano.tensor.TensorVariable"}
    return module.finding(
        node,
        api.get(case.partition("-")[0], "tensorflow.function"),
        confidence="INFERENCE",
        fixes=functools.partial(_fixes, module, case),
        what=what,
        advice=advice,
    )


def _over(module: Module, node: nodes.NodeNG) -> str:
    text = module.source.segment(node)
    return f"'{text}'" if len(text) <= 40 and "\n" not in text else "the tensor"


# TensorFlow 1


class _Graph:
    """Loops of a file that builds graphs."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._names = module.names
        self._program = module.names.kept(graphs.Program)

    def findings(self, loop: nodes.NodeNG) -> Iterator[Finding]:
        is_range = _builtin(self._names, loop.iter) == "range"
        items = loop.iter.args if is_range else _items(self._names, loop.iter)
        for item in items:
            if self._is_tensor(item):
                yield _finding(
                    self._module,
                    item,
                    "tensorflow1-rows",
                    f"a Python loop cannot go through {_over(self._module, item)}, which has no "
                    "values while the graph is built",
                    "use an operation for all elements, tf.map_fn or tf.while_loop",
                )
                return
        steps = self._steps(loop.iter) if is_range and isinstance(loop, nodes.For) else None
        if steps is not None and steps >= _LONG and self._builds(loop):
            yield _finding(
                self._module,
                loop.iter,
                "tensorflow1-steps",
                f"the graph gets the operations of this loop {steps} times",
                "use tf.scan or tf.while_loop",
            )

    def _is_tensor(self, node: nodes.NodeNG) -> bool:
        try:
            value = self._program.graph.value(node)
        except Refused:
            return False  # It may be one of several things.
        return value is not None and self._is_one(node, value)

    def _is_one(self, node: nodes.NodeNG, value: Value) -> bool:
        """Whether a value is one tensor for sure, and not a list or a NumPy array."""
        if value.through is not None or isinstance(value.node.parent, nodes.Arguments):
            return False
        if value.kind in (Kind.PLACEHOLDER, Kind.VARIABLE):
            return True
        if value.kind is not Kind.TENSOR:
            return False
        if value.api:
            return graphs.gives_one_tensor(value.api)
        if isinstance(value.node, (nodes.BinOp, nodes.Subscript, nodes.UnaryOp)):
            return any(self._is_tensor(one) for one in value.node.get_children())
        return False

    def _builds(self, loop: nodes.For) -> bool:
        """Whether a loop makes operations, and runs none of them."""
        found = [one for part in loop.body for one in repetition.nodes_within(part)]
        if any(isinstance(one, nodes.Call) and self._program.is_run(one) for one in found):
            return False
        return any(
            self._program.added(one) is not None and not repetition.is_done_once(one, loop)
            for one in found
        )

    def _steps(self, node: nodes.Call) -> int | None:
        """How many steps ``range(…)`` has, where that is known."""
        if len(node.args) == 1:
            return self._size(node.args[0])
        bounds = [_number(self._names, one) for one in node.args[:2]]
        if len(node.args) != 2 or bounds[0] is None:
            return None
        end = self._size(node.args[1])
        return end - bounds[0] if end is not None else None

    def _size(self, node: nodes.NodeNG) -> int | None:
        """A number, or the size that a placeholder was given: ``x.get_shape()[1].value``."""
        number = _number(self._names, node)
        if number is not None:
            return number
        if isinstance(node, nodes.Call) and _builtin(self._names, node) == "int" and node.args:
            return self._size(node.args[0])
        if isinstance(node, nodes.Attribute) and node.attrname == "value":
            return self._size(node.expr)
        if not isinstance(node, nodes.Subscript) or not isinstance(node.slice, nodes.Const):
            return None
        shape = node.value.func if isinstance(node.value, nodes.Call) else node.value
        if not isinstance(shape, nodes.Attribute) or shape.attrname not in ("shape", "get_shape"):
            return None
        sizes = self._placeholder_shape(shape.expr)
        place = node.slice.value
        if sizes is None or not isinstance(place, int) or place >= len(sizes):
            return None
        return _number(self._names, sizes[place])

    def _placeholder_shape(self, node: nodes.NodeNG) -> list[nodes.NodeNG] | None:
        try:
            value = self._program.graph.value(node)
        except Refused:
            return None
        if value is None or value.kind is not Kind.PLACEHOLDER or value.through is not None:
            return None
        call = value.node
        given = {one.arg: one.value for one in call.keywords}
        shape = call.args[1] if len(call.args) > 1 else given.get("shape")
        return list(shape.elts) if isinstance(shape, (nodes.List, nodes.Tuple)) else None


def _number(names: Names, node: nodes.NodeNG, hops: int = 2) -> int | None:
    """An integer that is written out, or that a name is bound to once."""
    if isinstance(node, nodes.Const):
        return node.value if type(node.value) is int else None
    if isinstance(node, nodes.Name) and hops:
        bindings = names.bindings(node)
        if len(bindings) == 1 and bindings[0].value is not None and bindings[0].item is None:
            return _number(names, bindings[0].value, hops - 1)
    return None


# tf.function


def _in_function(module: Module, tensors: traced.Tensors, loop: nodes.NodeNG) -> Iterator[Finding]:
    """What AutoGraph leaves to Python, and long loops over Python numbers."""
    names = module.names
    wrapper = _builtin(names, loop.iter)
    if isinstance(loop, nodes.Comprehension) or wrapper in _WRAPPERS:
        for item in _items(names, loop.iter):
            if tensors.is_tensor(item):
                what = (
                    "a comprehension" if isinstance(loop, nodes.Comprehension) else f"'{wrapper}'"
                )
                yield _finding(
                    module,
                    item,
                    "tensorflow2-rows",
                    f"{what} cannot go through {_over(module, item)} in a tf.function, where only "
                    "plain loops are converted",
                    "use an operation for all elements, tf.map_fn or a loop over tf.range",
                )
                return
    if not isinstance(loop, nodes.For) or wrapper != "range" or len(loop.iter.args) != 1:
        return
    steps = _number(names, loop.iter.args[0])
    computes = any(
        (names.api(one.func) or "").startswith("tensorflow.")
        for part in loop.body
        for one in repetition.nodes_within(part)
        if isinstance(one, nodes.Call)
    )
    if steps is not None and steps >= _LONG and computes:
        yield _finding(
            module,
            loop.iter,
            "tensorflow2-steps",
            f"the graph gets the operations of this loop {steps} times",
            "use tf.range",
        )


# Theano


def _in_theano(module: Module, loop: nodes.NodeNG) -> Iterator[Finding]:
    names = module.names
    is_range = _builtin(names, loop.iter) == "range"
    for item in loop.iter.args if is_range else _items(names, loop.iter):
        if _is_symbolic(names, item, is_range):
            yield _finding(
                module,
                item,
                "theano-rows",
                f"a Python loop cannot go through {_over(module, item)}, which has no values while "
                "the graph is built",
                "use an operation for all elements, or theano.scan",
            )
            return
    if not is_range or not isinstance(loop, nodes.For) or len(loop.iter.args) != 1:
        return
    steps = _number(names, loop.iter.args[0])
    if steps is not None and steps >= _LONG and _computes(names, loop):
        yield _finding(
            module,
            loop.iter,
            "theano-steps",
            f"the graph gets the operations of this loop {steps} times",
            "use theano.scan",
        )


def _is_symbolic(names: Names, node: nodes.NodeNG, is_size: bool) -> bool:
    """Whether an expression is a variable of Theano whose length is not known."""
    api = names.api(node) or ""
    if is_size and ".shape[" in api:
        api = api.partition(".shape[")[0]
    if api.endswith(".T"):
        api = api[:-2]
    if api == "theano.shared()":
        return True
    if not api.startswith("theano.tensor.") or not api.endswith("()"):
        return False
    name = api[len("theano.tensor.") : -2]
    return name in _KINDS or (name[:1] in "bcdfilwz" and name[1:] in _KINDS[:-2])


def _computes(names: Names, loop: nodes.For) -> bool:
    """Whether a loop makes operations of Theano, and calls or compiles no function."""
    apis = [
        names.api(one.func) or ""
        for part in loop.body
        for one in repetition.nodes_within(part)
        if isinstance(one, nodes.Call)
    ]
    if any(api.endswith(("()", "function")) for api in apis):
        return False
    return any(api.startswith("theano.tensor.") and api.count("(") == 0 for api in apis)


def _fixes(module: Module, case: str) -> Iterator[Fix]:
    for target in module.settings.targets:
        title = "Loop in the graph" if target == "tf2" else "Loop over values"
        yield replacements.example(SYMBOL, case, target, title)
