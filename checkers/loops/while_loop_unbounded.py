"""Loops without a bound, whose gradient XLA is to compile."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from . import graph_loops, traced

SYMBOL = "while-loop-unbounded"

RULE = Rule(
    id="E6711",
    message="XLA compiles no gradient of this loop, which is taken on line %(line)s: state "
    "maximum_iterations",
    summary="A `tf.while_loop` without `maximum_iterations` whose gradient XLA compiles.",
    why="""\
The gradient of a loop needs what each turn computed. XLA has no lists of unknown length to keep it
in, so it must be told how many turns there can be. Executed on a CPU, with the gradient taken in
what is compiled:

* TensorFlow 2.21, `tf.function(jit_compile=True)` and `tf.xla.experimental.compile`:
  `InvalidArgumentError`, "XLA compilation requires a fixed tensor list size";
* TensorFlow 1.15.5, `xla.compile`, `jit_scope` and `tpu.rewrite`: `ValueError`,
  "maximum_iterations was not passed".

With `maximum_iterations` both give the gradients that they give without XLA. A larger number than
needed changes none, and costs memory; 0 fails, even where there is no turn, so that the fix states
one more. The number need not be constant: the size of a tensor or an argument of the function does.

What did **not** fail: the loop alone, without a gradient; one that only adds to its variables, of
which nothing has to be kept; any loop without XLA. A gradient that is taken outside of the compiled
function fails with and without a bound, since no list leaves it.

TensorFlow 1 takes `maximum_iterations` for a body that returns the kind of structure, list or
tuple, that `loop_vars` is, and raises `TypeError` otherwise. PyTorch keeps what it needs of a loop
of Python, however long.
""",
    references=(
        "https://www.tensorflow.org/api_docs/python/tf/while_loop",
        "https://openxla.org/xla/known_issues",
    ),
)

#: Functions that compile the one they are given.
_COMPILERS = (".xla.experimental.compile", ".contrib.compiler.xla.compile", ".contrib.tpu.rewrite")

_SCOPES = (".experimental_jit_scope()", ".xla.experimental.jit_scope()")

_GRADIENTS = frozenset({"compute_gradients", "gradient", "gradients", "minimize"})

#: Operators, and functions of one tensor, whose gradient needs what they were applied to.
_KEEPING_OPERATORS = frozenset({"*", "/", "**", "@"})
_KEEPING = frozenset(
    "cos divide einsum elu exp log matmul multiply pow relu sigmoid sin softmax softplus sqrt "
    "square tanh tensordot".split()
)


def check(module: Module) -> Iterator[Finding]:
    loops = [
        one
        for one in graph_loops.whiles(module)
        if graph_loops.is_constant(one.given.get("maximum_iterations"), None)
        or "maximum_iterations" not in one.given
    ]
    loops = [one for one in loops if _keeps(module.names, one)]
    if not loops:
        return
    compiled = _Compiled(module)
    for loop in loops:
        line = next(compiled.gradients_of(loop), None)
        if line is not None:
            yield module.finding(
                loop.reference.node,
                loop.reference.api,
                confidence="INFERENCE",
                fixes=functools.partial(_fixes, module, loop),
                line=str(line),
            )


def _keeps(names: Names, loop: graph_loops.While) -> bool:
    """Whether the gradient of a loop needs what its turns computed of its own variables."""
    if graph_loops.is_constant(loop.given.get("back_prop"), False):
        return False
    for index, result in enumerate(loop.returned):
        parameter = graph_loops.parameters(loop.body)[index]
        if _step(names, result, parameter):
            continue
        for part in graph_loops.sources(names, result):
            operands: Sequence[nodes.NodeNG] = ()
            if isinstance(part, nodes.BinOp) and part.op in _KEEPING_OPERATORS:
                operands = (part.left, part.right)
            elif isinstance(part, nodes.Call) and _name(names, part) in _KEEPING:
                operands = part.args
            if any(_mentions(names, one, parameter) for one in operands):
                return True
    return False


def _name(names: Names, call: nodes.Call) -> str:
    """The last part of a function of TensorFlow, as ``tanh`` of ``tf.nn.tanh``."""
    return graph_loops.name_of(names, call).rpartition(".")[2]


def _mentions(names: Names, node: nodes.NodeNG, parameter: nodes.AssignName) -> bool:
    return any(
        graph_loops.parameter_of(names, one) is parameter
        for one in graph_loops.sources(names, node)
    )


class _Compiled:
    """The functions and scopes of a file that XLA compiles, and the gradients taken in them."""

    def __init__(self, module: Module) -> None:
        self._names = module.names
        self._roots: set[nodes.NodeNG] = set()
        for definition, given in traced.Code(module).given.items():
            flags = (given.get("jit_compile"), given.get("experimental_compile"))
            if any(graph_loops.is_constant(one, True) for one in flags):
                self._roots.add(definition)
        for api, references in module.by_api.items():
            if api.endswith(_COMPILERS):
                for reference in references:
                    self._add(reference.call)
        for kind in ("With", "AsyncWith"):
            for scope in module.names.by_type[kind]:
                if any((self._names.api(one) or "").endswith(_SCOPES) for one, _ in scope.items):
                    self._roots.add(scope)

    def _add(self, call: nodes.Call | None) -> None:
        given = list(call.args[:1]) if call is not None else []
        for one in given:
            definition = graph_loops.function(self._names, one)
            if definition is not None:
                self._roots.add(definition)

    def gradients_of(self, loop: graph_loops.While) -> Iterator[int]:
        """Lines where the gradient of a loop is taken in what is compiled."""
        for root in self._roots:
            for call in self._calls(root):
                if self._is_gradient(call) and self._flows(call, loop):
                    yield int(call.lineno)

    def _calls(self, root: nodes.NodeNG) -> Iterator[nodes.Call]:
        """The calls in a function, and in those of this file that it calls."""
        waiting, seen = [root], {root}
        while waiting:
            for call in waiting.pop().nodes_of_class(nodes.Call):
                yield call
                called = graph_loops.function(self._names, call.func)
                if called is not None and called not in seen:
                    seen.add(called)
                    waiting.append(called)

    def _is_gradient(self, call: nodes.Call) -> bool:
        api = self._names.api(call.func) or ""
        owner, _, method = api.rpartition(".")
        if method not in _GRADIENTS or not api.startswith("tensorflow."):
            return False
        return method == "gradients" or owner.endswith(("GradientTape()", "Optimizer()"))

    def _flows(self, call: nodes.Call, loop: graph_loops.While) -> bool:
        """Whether what is differentiated comes out of a loop, and what by goes into it."""
        given = {one.arg: one.value for one in call.keywords}
        of = call.args[0] if call.args else _first(given, "target", "ys", "loss")
        by = call.args[1] if len(call.args) > 1 else _first(given, "sources", "xs", "var_list")
        if of is None or loop.call not in set(graph_loops.sources(self._names, of)):
            return False
        if any(
            isinstance(one, nodes.Call) and _name(self._names, one) == "stop_gradient"
            for one in graph_loops.sources(self._names, of)
        ):
            return False
        inside = set(self._origins(loop.call))
        if by is None:
            return any(self._is_variable(one) for one in inside)
        return not inside.isdisjoint(self._origins(by))

    def _origins(self, node: nodes.NodeNG) -> Iterator[nodes.NodeNG]:
        """What binds the names that an expression is computed from."""
        for part in graph_loops.sources(self._names, node):
            if isinstance(part, nodes.Name):
                yield from (one.node for one in self._names.bindings(part))

    def _is_variable(self, node: nodes.NodeNG) -> bool:
        value = getattr(node.parent, "value", None)
        api = self._names.api(value) if isinstance(value, nodes.Call) else None
        return (api or "").endswith((".Variable()", ".get_variable()"))


def _first(given: dict[str, nodes.NodeNG], *parameters: str) -> nodes.NodeNG | None:
    return next((given[one] for one in parameters if one in given), None)


def _step(names: Names, node: nodes.NodeNG, parameter: nodes.AssignName) -> bool:
    """Whether an expression is a variable of the loop plus one."""
    node = graph_loops.value(names, node)
    if isinstance(node, nodes.BinOp) and node.op == "+":
        sides = [node.left, node.right]
    elif isinstance(node, nodes.Call) and _name(names, node) in {"add", "add_v2"}:
        sides = node.args
    else:
        return False
    numbers = [graph_loops.integer(names, one) for one in sides]
    return 1 in numbers and any(graph_loops.parameter_of(names, one) is parameter for one in sides)


def _bound(module: Module, loop: graph_loops.While) -> str | None:
    """The largest number of turns, where a counter is compared with it."""
    condition = graph_loops.returned(loop.condition)
    for test in _conjuncts(module.names, condition) if condition is not None else ():
        sides = _compared(module.names, test)
        if sides is None:
            continue
        counter, end, more = sides
        parameter = graph_loops.parameter_of(module.names, counter)
        counters = graph_loops.parameters(loop.condition)
        if parameter not in counters or not _is_visible(module.names, end, loop):
            continue
        index = counters.index(parameter)
        begin = _begin(module.names, loop.variables[index])
        steps = graph_loops.parameters(loop.body)[index]
        if begin is None or not _step(module.names, loop.returned[index], steps):
            continue
        return _turns(module, end, begin, more)
    return None


def _conjuncts(names: Names, node: nodes.NodeNG) -> Iterator[nodes.NodeNG]:
    """Conditions that all have to hold for another turn."""
    if isinstance(node, nodes.BoolOp) and node.op == "and":
        parts = node.values
    elif isinstance(node, nodes.BinOp) and node.op == "&":
        parts = [node.left, node.right]
    elif isinstance(node, nodes.Call) and _name(names, node) == "logical_and":
        parts = node.args
    else:
        yield node
        return
    for part in parts:
        yield from _conjuncts(names, part)


def _compared(names: Names, node: nodes.NodeNG) -> tuple[nodes.NodeNG, nodes.NodeNG, int] | None:
    """The smaller side of a comparison, the larger one, and 1 where they may be equal."""
    if isinstance(node, nodes.Compare) and len(node.ops) == 1:
        (operator, right), left = node.ops[0], node.left
    elif isinstance(node, nodes.Call) and len(node.args) >= 2:
        left, right = node.args[:2]
        found = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">="}
        operator = found.get(_name(names, node), "")
    else:
        return None
    if operator in {">", ">="}:
        left, right = right, left
    return (left, right, int("=" in operator)) if operator in {"<", "<=", ">", ">="} else None


def _begin(names: Names, node: nodes.NodeNG) -> int | None:
    """The number with which a counter begins, as such or as ``tf.constant(0)``."""
    node = graph_loops.value(names, node)
    if isinstance(node, nodes.Call) and _name(names, node) in {"constant", "convert_to_tensor"}:
        node = node.args[0] if node.args else node
    return graph_loops.integer(names, node)


def _is_visible(names: Names, end: nodes.NodeNG, loop: graph_loops.While) -> bool:
    """Whether the end of a counter means the same where the loop is called."""
    if graph_loops.integer(names, end) is not None:
        return True
    around = names.scope_of(loop.call)
    while around.parent is not None and not isinstance(around.node, nodes.FunctionDef):
        around = around.parent
    homes = [
        binding.home for name in end.nodes_of_class(nodes.Name) for binding in names.bindings(name)
    ]
    return all(one is around.node or isinstance(one, nodes.Module) for one in homes)


def _turns(module: Module, end: nodes.NodeNG, begin: int, more: int) -> str:
    """How many turns a counter makes at most, and one where there may be none.

    XLA fails at a list without a place, and one place too many changes nothing.

    :param more: 1 where the counter reaches its end, too.
    """
    if isinstance(end, (nodes.Const, nodes.UnaryOp)):
        number = graph_loops.integer(module.names, end) or 0
        return str(max(number + more - begin, 1))
    return f"{module.source.segment(end)} + {1 - min(begin, 0)}"


def _fixes(module: Module, loop: graph_loops.While) -> Iterator[Fix]:
    bound = _bound(module, loop)
    if bound is not None and "tf2" in module.settings.targets:
        name = "maximum_iterations"
        edit = graph_loops.with_argument(module.source, loop.call, name, bound)
        title, shown = "State the largest number of turns", f"{name}={bound}"
        yield replacements.shown_by_programs(SYMBOL, "tf2", title, shown, [edit])
    targets = ("tf2", "torch") if bound is None else ("torch",)
    yield from graph_loops.examples(module, SYMBOL, "compiled", "Bound the loop", targets)
