"""Operations and functions that a loop makes anew in each of its iterations."""

from __future__ import annotations

import builtins
import functools
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from astroid import nodes

from lintplugin import project, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.names import Names
from lintplugin.rewrite.tensorflow1.graph import Kind, canonical, is_random, kind_of
from lintplugin.rules import Finding, Rule

from . import graphs, hoisting, repetition

RULE = Rule(
    id="W6720",
    message="%(made)s %(effect)s in each iteration of the loop on line %(line)s, which also runs "
    "%(it)s: make it once, before the loop",
    summary="A graph grows, or a function is compiled, in each iteration of a loop that runs it.",
    why="""\
A graph of TensorFlow 1 only grows: what is added to it stays until the graph itself goes. An
operation, variable, assignment, summary, `tf.train.Saver`, initialiser or `iterator.get_next()`
made in a loop that also runs the graph is added once an iteration, and a session that meets a graph
which has grown prepares it again. The loop slows down from step to step, and the memory is never
given back. Executed on TensorFlow 1.15.5, `sess.run(tf.assign_add(total, tf.reduce_sum(x)))` adds 4
operations a step; a step that takes 0.2 ms takes 70 ms after 300 steps and 250 ms after 900. Made
once, the graph stays as it is, and so does the time. `graph.finalize()` before the loop makes such
code raise.

`theano.function` compiles: optimisation, and C code the first time. In a loop it is called once an
iteration for what one compilation would do; so is `eval()` of an expression that is built in the
loop, since the compiled function is kept with the expression. `theano.shared` in such a loop
allocates anew what `set_value` would fill.

Reported are

* what adds to the graph, in a loop that runs it: itself, in a function that the loop calls, of the
  file or of another module of the project, or in a method of an object that a class of either made.
  Left alone are loops that only build, such as layers; loops that begin a new graph (`tf.Graph()`,
  `tf.reset_default_graph()`, `clear_session()`) each time; what a condition does once
  (`if step == 0:`, `if self.saver is None:`); `tf.get_variable`, which finds what it made; and
  loops over variables or a list of tensors, whose length the graph has already.
* `theano.function` whose compiled function is called in the same loop, as often as it is compiled.
  One that serves an inner loop is only reported if it is the same each time.

The statement is moved before the loop where what it needs is there already, as an edit. It is safe
where all of that belongs to the graph. Initialisers and savers, which look at the whole graph, are
moved once nothing else is made in the loop. What has a state of its own, such as a variable, layer,
metric or most optimisers, begins anew in each iteration, and is left to you. Random operations have
other numbers when a graph-level seed is set, since their own seeds are counted from the operations
before them.

TensorFlow 2 and PyTorch have no graph that is added to; the counterpart of this mistake is a
`tf.function` that is traced again (`function-retraced-in-loop`).
""",
    references=(
        "https://github.com/tensorflow/tensorflow/issues/7127",
        "https://github.com/tensorflow/tensorflow/issues/9646",
        "https://www.tensorflow.org/api_docs/python/tf/Graph#finalize",
        "https://github.com/Theano/Theano/issues/6458",
    ),
)

SYMBOL = "graph-grows-in-loop"

_TENSORFLOW, _THEANO = "tensorflow1", "theano"

_STATELESS = frozenset({Kind.PLACEHOLDER, Kind.ASSIGNMENT, Kind.INITIALIZER, Kind.GRADIENTS})

#: Methods of variables and iterators whose operations do the same wherever they are made.
_METHODS = (".assign", ".assign_add", ".assign_sub", ".get_next", ".read_value")

#: Methods of collections and texts, which make no operations.
_PLAIN = frozenset({"append", "extend", "format", "items", "join", "mean", "next_batch", "sum"})


class _Growth(NamedTuple):
    """Something that a loop makes in each iteration.

    :param loop: the outermost loop that runs it and repeats this.
    :param within: the function that makes it and that the loop calls, for the message; None for the
        loop itself.
    """

    node: nodes.NodeNG
    api: str
    loop: nodes.NodeNG
    within: str | None = None


def check(module: Module) -> Iterator[Finding]:
    if graphs.is_graph_program(module.names):
        yield from _graph(module)
    if module.uses("theano"):
        yield from _compiled(module)


# TensorFlow


def _graph(module: Module) -> Iterator[Finding]:
    program = module.names.kept(graphs.Program)
    found: dict[nodes.NodeNG, _Growth] = {}
    for loop in _running_loops(program):
        for growth in _growths(program, loop):
            found.setdefault(growth.node, growth)
    for growth in found.values():
        made = f"'{growth.api}'"
        if growth.api == "tensorflow.Tensor":
            made = f"'{growth.node.as_string()}'"
        if growth.within is not None:
            made += f", in {growth.within},"
        yield module.finding(
            growth.node,
            growth.api,
            confidence="INFERENCE",
            fixes=functools.partial(_graph_fixes, module, program, growth, list(found.values())),
            made=made,
            effect="adds to the graph",
            it="the graph",
            line=str(growth.loop.lineno),
        )


def _running_loops(program: graphs.Program) -> list[nodes.NodeNG]:
    """Loops that run the graph and go on with the same one, outer loops first."""
    found: dict[nodes.NodeNG, None] = {}
    for call in program.names.by_type["Call"]:
        if isinstance(call.func, nodes.Attribute) and call.func.attrname in _RUNNING:
            loops = program.calls.loops(call)
            is_run = bool(loops) and program.is_run(call)
        else:
            loops = repetition.loops_around(call)
            is_run = bool(loops) and program.is_run_elsewhere(call)
        if is_run and not graphs.is_in_test_case(call):
            found.update(dict.fromkeys(loops))
    kept = [loop for loop in found if not any(map(program.renews_graph, repetition.parts(loop)))]
    return sorted(kept, key=lambda loop: (len(repetition.loops_around(loop)), loop.lineno))


_RUNNING = frozenset({"run", "eval", "save", "restore"})


def _growths(program: graphs.Program, loop: nodes.NodeNG) -> Iterator[_Growth]:
    pending = list(repetition.parts(loop))
    while pending:
        node = pending.pop(0)
        api = program.added(node)
        if api is not None:
            if not repetition.is_done_once(node, loop) and not _uses_item(program, node, loop):
                yield _Growth(node, api, loop)
            continue
        if isinstance(node, nodes.Call):
            yield from _in_function(program, node, loop)
        if isinstance(node, (nodes.FunctionDef, nodes.ClassDef, nodes.Lambda)):
            continue
        pending[:0] = node.get_children()


def _in_function(
    program: graphs.Program, call: nodes.Call, loop: nodes.NodeNG
) -> Iterator[_Growth]:
    """What a function adds that a loop calls."""
    found = program.added_by(call)
    if found is None or repetition.is_done_once(call, loop) or _uses_item(program, call, loop):
        return
    yield _Growth(found.node, found.api, loop, found.where)


def _uses_item(program: graphs.Program, node: nodes.NodeNG, loop: nodes.NodeNG) -> bool:
    """Whether a loop goes through parts of the graph, and makes something of each of them."""
    if isinstance(loop, nodes.While):
        return False
    pairs = (
        [(loop.target, loop.iter)]
        if isinstance(loop, nodes.For)
        else [(one.target, one.iter) for one in loop.generators]
    )
    read = repetition.names_read(node)
    return any(
        _is_part_of_graph(program, iterable)
        and read & {one.name for one in target.nodes_of_class(nodes.AssignName)}
        for target, iterable in pairs
    )


_PARTS = ("vars", "variables", "params", "weights", "tensors", "placeholders", "layers", "ops")


def _is_part_of_graph(program: graphs.Program, node: nodes.NodeNG, hops: int = 4) -> bool:
    """Whether an iterable is a collection of variables or tensors, or written out as a list."""
    if isinstance(node, nodes.Dict):
        return any(not isinstance(value, nodes.Const) for _, value in node.items)
    if isinstance(node, (nodes.List, nodes.Tuple, nodes.Set)):
        return any(not isinstance(one, nodes.Const) for one in node.elts)
    if isinstance(node, nodes.Name):
        if node.name.endswith(_PARTS):
            return True
        values = [one.value for one in program.names.bindings(node) if one.item is None]
        return bool(hops and values) and all(
            value is not None and _is_part_of_graph(program, value, hops - 1) for value in values
        )
    if isinstance(node, nodes.Attribute):
        return bool(node.attrname.endswith(_PARTS))
    if not isinstance(node, nodes.Call) or not hops:
        return False
    api = program.names.api(node.func) or ""
    if api.startswith("tensorflow.") and api.endswith(("variables", "get_collection")):
        return True
    if isinstance(node.func, nodes.Attribute):
        inner = [node.func.expr] if node.func.attrname in ("items", "values", "keys") else []
        return any(_is_part_of_graph(program, one, hops - 1) for one in inner)
    is_wrapped = isinstance(node.func, nodes.Name) and node.func.name in _WRAPPERS
    return is_wrapped and any(_is_part_of_graph(program, one, hops - 1) for one in node.args)


_WRAPPERS = frozenset({"enumerate", "list", "reversed", "sorted", "tuple", "zip"})


# Theano


def _compiled(module: Module) -> Iterator[Finding]:
    calls = module.names.kept(repetition.Calls)
    loops: set[nodes.NodeNG] = set()
    for reference in module.references:
        made = reference.call
        again = calls.remade(made) if made is not None and _compiles(reference.api) else None
        if made is not None and again is not None:
            loop, function = again
            within = f"'{function.name}'" if function is not None else None
            growth = _Growth(made, reference.api, loop, within)
            loops.add(growth.loop)
            yield _theano_finding(module, reference.node, growth, "compiles a function", "it")
    for growth in _compiled_elsewhere(module, calls):
        yield _theano_finding(module, growth.node, growth, "compiles a function", "it")
    for reference in module.references if loops else ():
        if reference.call is None or not _is_theano(reference.api, "theano.shared"):
            continue
        loop = next((one for one in repetition.loops_around(reference.call) if one in loops), None)
        if loop is not None and not repetition.is_done_once(reference.call, loop):
            growth = _Growth(reference.call, reference.api, loop)
            yield _theano_finding(
                module, reference.node, growth, "allocates a variable", "what reads it"
            )
    yield from _evaluations(module)


def _compiled_elsewhere(module: Module, calls: repetition.Calls) -> Iterator[_Growth]:
    """Calls of functions of other modules that compile each time, in loops that run the result."""
    for call in module.names.by_type["Call"]:
        loops = repetition.loops_around(call)
        place = module.names.elsewhere(call.func) if loops else None
        if place is None or repetition.is_done_once(call, loops[0]):
            continue
        path, name = place
        found = (project.answer(path, _compiling) or {}).get(name)
        if found is None:
            continue
        api, at_once = found
        uses = calls.uses(call)
        if at_once or any(repetition.loops_around(one)[:1] == loops[:1] for one in uses):
            yield _Growth(call, api, loops[0], f"'{name}' of {os.path.basename(path)}")


def _compiling(names: Names) -> Mapping[str, tuple[str, bool]]:
    """The functions of a module that compile one: its API, and whether they call it themselves."""
    calls = names.kept(repetition.Calls)
    found: dict[str, tuple[str, bool]] = {}
    for reference in names.references():
        made = reference.call
        if made is None or not _compiles(reference.api):
            continue
        function = repetition.frame_of(made)
        if not isinstance(function, nodes.FunctionDef) or function.parent is not names.module:
            continue
        if function.decorators is not None or repetition.is_done_once(made, function):
            continue
        at_once = calls.is_called_at_once(made)
        if at_once or calls.is_returned(made):
            found[function.name] = reference.api, at_once
    return found


def _theano_finding(
    module: Module, node: nodes.NodeNG, growth: _Growth, effect: str, it: str
) -> Finding:
    within = f", in {growth.within}," if growth.within is not None else ""
    return module.finding(
        node,
        growth.api,
        confidence="INFERENCE",
        fixes=functools.partial(_theano_fixes, module, growth),
        made=f"'{growth.api}'{within}",
        effect=effect,
        it=it,
        line=str(growth.loop.lineno),
    )


@functools.cache
def _compiles(api: str) -> bool:
    return api.endswith("function") and _is_theano(api, "theano.function")


def _is_theano(api: str, name: str) -> bool:
    return api == name or (
        api.startswith("theano.") and ")" not in api and name in signatures.aliases(api)
    )


def _evaluations(module: Module) -> Iterator[Finding]:
    """``eval()`` of expressions of Theano that are built where they are evaluated."""
    for attribute in module.names.by_type["Attribute"]:
        call = attribute.parent
        if attribute.attrname != "eval" or not isinstance(call, nodes.Call):
            continue
        built = attribute.expr
        api = module.names.api(built.func) if isinstance(built, nodes.Call) else None
        if api is None or not api.startswith("theano.tensor.") or ")" in api:
            continue
        loops = repetition.loops_around(call)
        if loops and call.func is attribute and not repetition.is_done_once(call, loops[0]):
            growth = _Growth(call, "theano.gof.graph.Variable.eval", loops[0])
            yield _theano_finding(module, attribute, growth, "compiles a function", "it")


# Fixes


def _graph_fixes(
    module: Module, program: graphs.Program, growth: _Growth, others: list[_Growth]
) -> Iterator[Fix]:
    edits = _hoisted(module, program, growth, others)
    random = _draws(growth.node, program) or any(
        "set_random_seed" in api or "random.set_seed" in api for api in module.by_api
    )
    reason = ""
    if random:
        reason = (
            "a graph-level seed gives random operations other numbers once the graph is smaller"
        )
    yield from _fixes(module, _TENSORFLOW, edits, reason)


def _hoisted(
    module: Module, program: graphs.Program, growth: _Growth, others: list[_Growth]
) -> tuple[str, tuple[Edit, ...]] | None:
    if growth.within is not None or isinstance(growth.loop, repetition.COMPREHENSIONS):
        return None
    alone = all(one is growth or one.loop is not growth.loop for one in others)
    if growth.api in graphs.COLLECTING:
        if not alone or not _makes_nothing_else(program, growth.loop):
            return None
    if not _is_movable(program, growth.node, growth.loop):
        return None
    return _moved(module, growth, f"{_stem(growth.api)}_op")


def _moved(module: Module, growth: _Growth, stem: str) -> tuple[str, tuple[Edit, ...]] | None:
    """The statement of something before its loop, and the edits that put it there."""
    statement = growth.node.statement()
    if isinstance(statement, nodes.Assign) and statement.value is growth.node:
        edits = hoisting.moved_statement(module, statement, growth.loop)
        return (module.source.segment(statement), edits) if edits is not None else None
    return hoisting.named_expression(module, growth.node, growth.loop, stem)


def _stem(api: str) -> str:
    name = "tensor" if api == "tensorflow.Tensor" else api.rpartition(".")[2]
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in name).lstrip("_")


def _is_movable(program: graphs.Program, node: nodes.NodeNG, loop: nodes.NodeNG) -> bool:
    """Whether an expression means the same before a loop: it reads the graph and constants alone.

    What has a state of its own would keep it, and what Python computes is computed once.
    """
    bound = repetition.names_bound(loop)
    for one in node.nodes_of_class((nodes.Name, nodes.Call, nodes.Lambda, nodes.NamedExpr)):
        if isinstance(one, nodes.Name):
            if one.name in bound or not _is_of_graph(program, one):
                return False
            continue
        if not isinstance(one, nodes.Call) or program.added(one) is None:
            return False
        if not _is_stateless(program.added(one) or ""):
            return False
    return True


@functools.cache
def _is_stateless(api: str) -> bool:
    """Whether an operation made once does what one made in each iteration does.

    Layers, metrics and most optimisers make variables, which begin anew with each of them, and an
    iterator begins with the first element again.
    """
    if api in graphs.COLLECTING or kind_of(api) in _STATELESS or is_random(api):
        return True
    is_summary = api.startswith("tensorflow.summary.")
    return is_summary or api.endswith(_METHODS) or graphs.gives_one_tensor(api)


def _makes_nothing_else(program: graphs.Program, loop: nodes.NodeNG) -> bool:
    """Whether no call of a loop can add to the graph out of sight."""
    return all(
        _is_harmless(program, one)
        for part in repetition.parts(loop)
        for one in repetition.nodes_within(part)
        if isinstance(one, nodes.Call)
    )


def _is_harmless(program: graphs.Program, call: nodes.Call) -> bool:
    names = program.names
    api = names.api(call.func)
    if program.is_run(call) or (api is not None and api.startswith("tensorflow.")):
        return api is None or canonical(api) != "tensorflow.get_variable"
    if isinstance(call.func, nodes.Name):
        return not names.bindings(call.func) and hasattr(builtins, call.func.name)
    if not isinstance(call.func, nodes.Attribute):
        return False
    owner = call.func.expr
    is_library = isinstance(owner, nodes.Name) and any(
        one.api is not None and names.is_foreign(one.api) for one in names.bindings(owner)
    )
    return is_library or call.func.attrname in _PLAIN


def _is_of_graph(program: graphs.Program, node: nodes.Name) -> bool:
    api = program.names.api(node)
    if api is not None and api.startswith("tensorflow"):
        return True
    if program.kind(node) not in (None, Kind.COLLECTION):
        return True
    bindings = program.names.bindings(node)
    return len(bindings) == 1 and isinstance(bindings[0].value, nodes.Const)


def _draws(node: nodes.NodeNG, program: graphs.Program) -> bool:
    return any(is_random(program.graph.api(one.func)) for one in node.nodes_of_class(nodes.Call))


def _theano_fixes(module: Module, growth: _Growth) -> Iterator[Fix]:
    moved = None
    is_function = _compiles(growth.api)
    if is_function and growth.within is None and repetition.is_invariant(growth.node, growth.loop):
        if not _changes_operands(growth):
            moved = _moved(module, growth, "compiled")
    yield from _fixes(module, _THEANO, moved, "")


def _changes_operands(growth: _Growth) -> bool:
    """Whether a loop changes a list or dictionary that a compilation reads."""
    read = repetition.names_read(growth.node)
    for part in repetition.parts(growth.loop):
        for one in repetition.nodes_within(part):
            if isinstance(one, nodes.Name) and one.name in read:
                owner = one.parent
                is_method = isinstance(owner, nodes.Attribute) and owner.attrname in _CHANGING
                is_item = isinstance(owner, nodes.Subscript) and isinstance(
                    owner.parent, (nodes.Assign, nodes.AugAssign, nodes.Delete)
                )
                if is_method or (is_item and owner is not getattr(owner.parent, "value", None)):
                    return True
    return False


_CHANGING = frozenset({"append", "clear", "extend", "insert", "pop", "remove", "update"})


def _fixes(
    module: Module, framework: str, moved: tuple[str, tuple[Edit, ...]] | None, reason: str
) -> Iterable[Fix]:
    return hoisting.fixes(
        module,
        SYMBOL,
        (f"{framework}-loop", f"{framework}-once"),
        ("Make it once, before the loop", "Make what the loop runs before it"),
        moved,
        reason,
    )
