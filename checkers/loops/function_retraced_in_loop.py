"""``tf.function`` that a loop makes anew, or calls with another Python number each time."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import evidence, replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.imports import Imports
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from . import hoisting, repetition, traced

RULE = Rule(
    id="W6722",
    message="%(what)s in each iteration of the loop on line %(line)s, and is traced each time: "
    "%(advice)s",
    summary="A `tf.function` is traced again in each iteration of a loop.",
    why="""\
`tf.function` runs the Python code of a function once, to trace a graph, and then runs the graph. It
traces again whenever it meets arguments that no graph of it is for. Tracing takes thirty times as
long as a call of a small graph (58 ms and 2 ms, executed on TensorFlow 2.21), and every graph is
kept.

* **A function made in the loop** has no graphs yet: `@tf.function` on a definition in the loop, or
  in a function that the loop calls, and `tf.function(f)(x)`. It is traced in each iteration.
* **Python numbers are part of what a graph is for.** `step(x, i)` with the `i` of a `range`, a rate
  computed from it, a counter, or a list of such numbers is traced for each value. Executed on
  TensorFlow 2.21, six calls with six `int`, `float` or lists of them trace six times, also with
  `reduce_retracing=True`, which joins shapes and not values. A tensor, a NumPy array or a NumPy
  scalar, as of `np.linspace`, trace once.

Not reported are constants and flags (`training=True`), whose few values the function is to be
specialised for; functions with an `input_signature`, which turns numbers into tensors; functions
kept in a list or made for an inner loop, one for each model; and calls inside another traced
function, whose loops are part of the graph.

The edit moves the definition before the loop, or writes `tf.constant(i)`. The first is safe where
the function calls nothing but TensorFlow and reads nothing that the loop binds: what a traced
function reads is read once. The second is unsafe: a Python number takes the dtype of what it meets,
and a tensor has its own; and a number that decides a shape or a branch has to stay one.

`torch.compile` of PyTorch 2.13 compiles twice for the same six calls, and from the second value on
takes the number as unknown. Eager PyTorch has nothing to trace.
""",
    references=(
        "https://www.tensorflow.org/guide/function#controlling_retracing",
        "https://www.tensorflow.org/api_docs/python/tf/function",
        "https://pytorch.org/docs/stable/torch.compiler_dynamic_shapes.html",
    ),
)

SYMBOL = "function-retraced-in-loop"

_API = "tensorflow.function"

#: Of the standard library: what they return is another number each time.
_NUMBERS = frozenset({"random", "time"})


def check(module: Module) -> Iterator[Finding]:
    found = list(traced.functions(module))
    if not found:
        return
    calls = module.names.kept(repetition.Calls)
    bodies = {one.body for one in found}
    for one in found:
        if _is_in_traced(one.made, bodies - {one.body}):
            continue
        again = calls.remade(one.made)
        if again is not None and not _is_in_traced(again[0], bodies):
            yield _made_anew(module, one, *again)
        elif not one.has("input_signature"):
            yield from _varied(module, calls, one, bodies)


def _is_in_traced(node: nodes.NodeNG, bodies: set[nodes.Lambda | None]) -> bool:
    return any(one in bodies for one in node.node_ancestors())


def _made_anew(
    module: Module,
    function: traced.Traced,
    loop: nodes.NodeNG,
    within: nodes.FunctionDef | None,
) -> Finding:
    where = f", in '{within.name}'," if within is not None else ""
    return module.finding(
        function.name,
        _API,
        fixes=functools.partial(_moves, module, function, loop, within),
        what=f"'{_API}'{where} makes a function",
        line=str(loop.lineno),
        advice="make it once, before the loop",
    )


def _varied(
    module: Module,
    calls: repetition.Calls,
    function: traced.Traced,
    bodies: set[nodes.Lambda | None],
) -> Iterator[Finding]:
    if isinstance(function.made, nodes.FunctionDef):
        made = calls.callers(function.made)
    else:
        made = calls.uses(function.made)
    for call in made:
        loops = [] if _is_in_traced(call, bodies) else repetition.loops_around(call)
        for value in [*call.args, *(one.value for one in call.keywords)] if loops else ():
            loop = next((one for one in loops if _varies(module.names, value, one)), None)
            if loop is None:
                continue
            name = function.body.name if isinstance(function.body, nodes.FunctionDef) else _API
            yield module.finding(
                value,
                _API,
                confidence="INFERENCE",
                fixes=functools.partial(_constants, module, value),
                what=f"'{name}' gets another Python {_kind(value)}",
                line=str(loop.lineno),
                advice="pass a tensor",
            )


def _kind(value: nodes.NodeNG) -> str:
    return "list" if isinstance(value, (nodes.List, nodes.Tuple, nodes.ListComp)) else "number"


# Python numbers


def _varies(names: Names, node: nodes.NodeNG, loop: nodes.NodeNG) -> bool:
    """Whether an expression is a Python number, or list of some, that changes with a loop."""
    if isinstance(node, (nodes.List, nodes.Tuple)):
        parts = [_number(names, one, loop) for one in node.elts]
        return bool(parts) and None not in parts and any(parts)
    return bool(_number(names, node, loop))


def _number(names: Names, node: nodes.NodeNG, loop: nodes.NodeNG, hops: int = 4) -> bool | None:
    """Whether a Python number changes with a loop; None for what is not known to be one."""
    if isinstance(node, nodes.Const):
        return False if type(node.value) in (int, float) else None
    if isinstance(node, nodes.UnaryOp) and node.op != "not":
        return _number(names, node.operand, loop, hops)
    if isinstance(node, nodes.BinOp):
        sides = [_number(names, one, loop, hops) for one in (node.left, node.right)]
        return None if None in sides else any(sides)
    if isinstance(node, nodes.Call):
        return _called_number(names, node, loop)
    if isinstance(node, nodes.Name) and hops:
        return _named_number(names, node, loop, hops - 1)
    return None


def _called_number(names: Names, node: nodes.Call, loop: nodes.NodeNG) -> bool | None:
    """What ``float(…)``, ``loss.item()`` or ``random.random()`` gives."""
    bound = repetition.names_bound(loop)
    if isinstance(node.func, nodes.Name):
        is_builtin = node.func.name in ("float", "int", "len") and not names.bindings(node.func)
        return bool(repetition.names_read(node) & bound) if is_builtin else None
    if not isinstance(node.func, nodes.Attribute):
        return None
    if node.func.attrname == "item" and not node.args:
        return bool(repetition.names_read(node) & bound)
    owner = node.func.expr
    if isinstance(owner, nodes.Name) and owner.name in _NUMBERS:
        return True if any(one.api == owner.name for one in names.bindings(owner)) else None
    return None


def _named_number(names: Names, node: nodes.Name, loop: nodes.NodeNG, hops: int) -> bool | None:
    # The variable of a comprehension is bound after the text that reads it.
    own = names.scope_of(node).bindings.get(node.name, ())
    bindings = names.bindings(node) or own
    found = [_bound_number(names, one.node, one.value, loop, hops) for one in bindings]
    return None if not found or None in found else any(found)


def _bound_number(
    names: Names,
    target: nodes.NodeNG,
    value: nodes.NodeNG | None,
    loop: nodes.NodeNG,
    hops: int,
) -> bool | None:
    parent = target.parent
    if isinstance(parent, nodes.AugAssign):
        step = _number(names, parent.value, loop, 0)
        return None if step is None else loop in repetition.loops_around(parent)
    if value is not None:
        return _number(names, value, loop, hops)
    counted = parent
    is_first = True
    if isinstance(parent, nodes.Tuple):
        counted, is_first = parent.parent, parent.elts.index(target) == 0
    if not isinstance(counted, (nodes.For, nodes.Comprehension)):
        return None
    around = counted.parent if isinstance(counted, nodes.Comprehension) else counted
    if not is_first or not _counts(names, counted.iter, isinstance(parent, nodes.Tuple)):
        return None
    return around is loop


def _counts(names: Names, node: nodes.NodeNG, is_unpacked: bool) -> bool:
    """Whether a loop goes through Python integers: ``range(…)``, the first of ``enumerate``."""
    if not isinstance(node, nodes.Call) or not isinstance(node.func, nodes.Name):
        return False
    if names.bindings(node.func) or node.func.name != ("enumerate" if is_unpacked else "range"):
        return False
    single = len(node.args) == 1 and isinstance(node.args[0], nodes.Const)
    return is_unpacked or not (single and node.args[0].value in (0, 1))


# Fixes


def _fix(
    module: Module, case: str, edits: tuple[Edit, ...] | None, title: str, text: str, reason: str
) -> Iterator[Fix]:
    """The edit, where there is one, and what was executed for each target."""
    if "tf2" in module.settings.targets and edits is not None:
        found = evidence.lookup_fixture(evidence.fixtures() / SYMBOL / case, "tf2")
        yield replacements.executed_edits("tf2", title, text, edits, found, reason)
    for target in module.settings.targets:
        shown = "Trace once" if target == "tf2" else "Compute without tracing"
        yield replacements.example(SYMBOL, case, target, shown)


def _moves(
    module: Module,
    function: traced.Traced,
    loop: nodes.NodeNG,
    within: nodes.FunctionDef | None,
) -> Iterator[Fix]:
    made, body = function.made, function.body
    statement = made if isinstance(made, nodes.FunctionDef) else made.statement()
    edits = None
    if within is None and repetition.is_invariant(made, loop):
        if statement is made or getattr(statement, "value", None) is made:
            is_movable = body is None or not _makes_variables(body)
            edits = hoisting.moved_statement(module, statement, loop) if is_movable else None
    text = module.source.segment(statement) if edits is not None else ""
    reason = ""
    if body is None or not _is_closed(module.names, body):
        reason = "what the function reads is read once, when it is traced"
    yield from _fix(module, "definition", edits, "Make it once, before the loop", text, reason)


def _makes_variables(function: nodes.Lambda) -> bool:
    """Whether a function makes what it may only make when it is called first."""
    return any(
        isinstance(one.func, (nodes.Name, nodes.Attribute))
        and one.func.as_string().rpartition(".")[2][:1].isupper()
        for one in function.nodes_of_class(nodes.Call)
    )


def _is_closed(names: Names, function: nodes.Lambda) -> bool:
    """Whether a function depends on its arguments and on what TensorFlow keeps, alone."""
    for call in function.nodes_of_class(nodes.Call):
        api = names.api(call.func)
        is_decorator = isinstance(call.parent, nodes.Decorators)
        if not is_decorator and (api is None or not api.startswith("tensorflow.")):
            return False
    inside = set(function.locals)
    for name in function.nodes_of_class(nodes.Name):
        api = names.api(name)
        if name.name not in inside and not (api or "").startswith("tensorflow"):
            return False
    return True


def _constants(module: Module, value: nodes.NodeNG) -> Iterator[Fix]:
    imports = Imports(module)
    text = f"{imports.spell('tensorflow')}.constant({module.source.segment(value)})"
    edit = Edit(module.source.start(value), module.source.end(value), text)
    edits = None if imports.clash() is not None else (edit, *imports.additions())
    reason = "a tensor has a dtype of its own, and is no number for a shape or a branch"
    yield from _fix(module, "number", edits, f"Pass {text}", text, reason)
