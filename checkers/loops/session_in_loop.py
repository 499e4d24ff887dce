"""Sessions that a loop opens in each iteration, over the same graph."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.names import Reference
from lintplugin.rewrite.tensorflow1.graph import Kind, canonical, is_random
from lintplugin.rules import Finding, Rule

from . import graphs, hoisting, repetition

RULE = Rule(
    id="W6721",
    message="'%(api)s' is made in each iteration of the loop on line %(line)s, over the same graph"
    "%(effect)s: make it once, before the loop",
    summary="A session is opened in each iteration of a loop, over the same graph.",
    why="""\
A session holds what a graph is run with: the values of its variables, its queues, and the graph as
it was prepared for the devices. One that is made in each iteration of a loop begins with none of
them. Variables have to be initialised or restored again, what was trained is lost, and the graph is
prepared anew for its first run. Executed on TensorFlow 1.15.5, a run of four operations takes four
times as long in a session of its own as in one that is kept.

`tf.InteractiveSession` is worse: it makes itself the default session and stays there until it is
closed. After 200 iterations 200 sessions are alive, and 23 MB are taken.

Reported are `tf.Session` and `tf.InteractiveSession` in a loop, or in a function of the file that a
loop calls, such as a `predict` that restores a model for each input. Left alone are

* loops that begin a new graph each time, as for cross validation or a search for settings;
* a session that serves a loop inside, such as the training of one of several trials;
* one whose arguments depend on the loop, one that is given to other code, and one in a `try` or
  behind a condition that holds once.

The edit exchanges the lines of `for` and `with`, or moves `sess = tf.Session()` before the loop. It
is safe where each iteration initialises all variables first and nothing is random. Elsewhere the
variables then keep their values from one iteration to the next, which is what was wanted, and is
not what the program did.

TensorFlow 2 and PyTorch have no session; variables and modules are objects that a loop uses.
""",
    references=(
        "https://www.tensorflow.org/api_docs/python/tf/compat/v1/Session",
        "https://www.tensorflow.org/api_docs/python/tf/compat/v1/InteractiveSession",
    ),
)

SYMBOL = "session-in-loop"

_SESSIONS = {
    "tensorflow.Session": "",
    "tensorflow.InteractiveSession": ", and stays alive",
}

_METHODS = frozenset({"run", "close", "as_default", "graph", "partial_run"})


class _Opened(NamedTuple):
    """A session of an iteration.

    :param top: the loop, or the function that it calls, in which the session is made.
    """

    call: nodes.Call
    api: str
    loop: nodes.NodeNG
    top: nodes.NodeNG


def check(module: Module) -> Iterator[Finding]:
    opened = [one for one in module.references if one.call is not None and _is_session(one.api)]
    if not opened or not graphs.is_graph_program(module.names):
        return
    program = module.names.kept(graphs.Program)
    for reference in opened:
        found = _repeated(program, reference)
        if found is not None:
            yield module.finding(
                reference.node,
                reference.api,
                confidence=reference.confidence,
                fixes=functools.partial(_fixes, module, program, found),
                effect=_SESSIONS[found.api],
                line=str(found.loop.lineno),
            )


@functools.cache
def _is_session(api: str) -> bool:
    return api.endswith("Session") and canonical(api) in _SESSIONS


def _repeated(program: graphs.Program, reference: Reference) -> _Opened | None:
    call = reference.call
    assert call is not None
    if graphs.is_in_test_case(call):
        return None
    api = canonical(reference.api)
    around = repetition.loops_around(call)
    if around:
        opened = _Opened(call, api, around[0], around[0])
        return opened if _is_needless(program, opened) else None
    function = repetition.frame_of(call)
    if not isinstance(function, nodes.FunctionDef) or function.decorators is not None:
        return None
    for made in program.calls.callers(function):
        loops = repetition.loops_around(made)
        if loops and not repetition.is_done_once(made, loops[0]):
            opened = _Opened(call, api, loops[0], function)
            return opened if _is_needless(program, opened) else None
    return None


def _is_needless(program: graphs.Program, opened: _Opened) -> bool:
    """Whether one session before the loop would do."""
    call, top = opened.call, opened.top
    if repetition.is_done_once(call, top) or _is_tried(call, top):
        return False
    is_function = isinstance(top, nodes.FunctionDef)
    local = set(top.locals) if is_function else repetition.names_bound(top)
    if repetition.names_read(call) & local:
        return False
    repeated = [*repetition.parts(opened.loop), *(top.body if is_function else ())]
    if any(program.renews_graph(one) for one in repeated):
        return False
    used = _uses(program, call)
    if used is None or not all(_is_plain_use(program, one) for one in used):
        return False
    if opened.api == "tensorflow.InteractiveSession" and not _is_closed(used):
        return True
    return bool(used) and not any(_is_in_inner_loop(one, call) for one in used)


def _is_tried(node: nodes.NodeNG, top: nodes.NodeNG) -> bool:
    for one in node.node_ancestors():
        if one is top:
            break
        if isinstance(one, nodes.Try):
            return True
    return False


def _uses(program: graphs.Program, call: nodes.Call) -> list[nodes.NodeNG] | None:
    """The places that read a session; None where it is bound to no plain name."""
    parent = call.parent
    if isinstance(parent, nodes.Attribute):
        return [call]
    targets: list[nodes.NodeNG | None] = []
    if isinstance(parent, nodes.With):
        targets = [target for context, target in parent.items if context is call]
    elif isinstance(parent, nodes.Assign):
        targets = list(parent.targets)
    if len(targets) != 1 or not isinstance(targets[0], (nodes.AssignName, type(None))):
        return None
    target = targets[0]
    if target is None:  # The default session of what is in the ``with``.
        return [one for one in parent.nodes_of_class(nodes.Call) if program.is_run(one)]
    return [
        use
        for use in program.names.uses(target.name)
        if any(one.node is target for one in program.names.bindings(use))
    ]


def _is_plain_use(program: graphs.Program, use: nodes.NodeNG) -> bool:
    """Whether a session is run or closed, or a saver or tensor uses it at once."""
    parent = use.parent
    if isinstance(parent, nodes.Attribute):
        return parent.attrname in _METHODS
    call = parent.parent if isinstance(parent, nodes.Keyword) else parent
    if isinstance(use, nodes.Call):
        return program.is_run(use)
    return isinstance(call, nodes.Call) and program.is_run(call)


def _is_closed(uses: list[nodes.NodeNG]) -> bool:
    return any(
        isinstance(use.parent, nodes.Attribute) and use.parent.attrname == "close" for use in uses
    )


def _is_in_inner_loop(use: nodes.NodeNG, call: nodes.Call) -> bool:
    """Whether a loop inside of that which makes a session uses it."""
    return len(repetition.loops_around(use)) > len(repetition.loops_around(call))


# Fixes


def _fixes(module: Module, program: graphs.Program, opened: _Opened) -> Iterable[Fix]:
    edits = _edits(module, program, opened)
    reason = (
        ""
        if _begins_anew(module, program, opened)
        else "variables keep their values from one iteration to the next"
    )
    shown = module.source.segment(opened.call)
    moved = (shown, edits) if edits is not None else None
    titles = (
        "Make the session once, before the loop",
        "Keep the variables in objects that the loop uses",
    )
    return hoisting.fixes(module, SYMBOL, ("loop", "once"), titles, moved, reason)


def _edits(module: Module, program: graphs.Program, opened: _Opened) -> tuple[Edit, ...] | None:
    loop, statement = opened.loop, opened.call.parent
    if opened.top is not loop or isinstance(loop, repetition.COMPREHENSIONS):
        return None
    if isinstance(statement, nodes.With):
        return _exchanged(module, statement, loop)
    uses = _uses(program, opened.call)
    if not isinstance(statement, nodes.Assign) or uses is None or _is_closed(uses):
        return None
    return hoisting.moved_statement(module, statement, loop)


def _exchanged(module: Module, inner: nodes.With, loop: nodes.NodeNG) -> tuple[Edit, ...] | None:
    """Edits that exchange the lines of a loop and of the ``with`` that is all of its body."""
    source = module.source
    if loop.body != [inner] or loop.orelse:
        return None
    contexts = [context for context, _ in inner.items]
    if any(repetition.names_read(one) & repetition.names_bound(loop) for one in contexts):
        return None
    heads = [loop, inner]
    ends = [loop.iter if isinstance(loop, nodes.For) else loop.test, contexts[-1]]
    for head, last in zip(heads, ends, strict=True):
        is_one_line = last.end_lineno == head.lineno < head.body[0].lineno
        if not is_one_line or not source.line(head.lineno).rstrip().endswith(":"):
            return None
    ranges = [
        (source.start(one), source.line_start(one.lineno) + len(source.line(one.lineno)))
        for one in heads
    ]
    texts = [source.text[start:end] for start, end in ranges]
    return tuple(
        Edit(start, end, text) for (start, end), text in zip(ranges, reversed(texts), strict=True)
    )


def _begins_anew(module: Module, program: graphs.Program, opened: _Opened) -> bool:
    """Whether each iteration initialises all variables first, and draws no random numbers."""
    if any(is_random(api) or "set_random_seed" in api for api in module.by_api):
        return False
    runs = [
        one
        for part in repetition.parts(opened.loop)
        for one in repetition.nodes_within(part)
        if isinstance(one, nodes.Call) and program.is_run(one)
    ]
    first = min(runs, key=lambda call: (call.lineno, call.col_offset), default=None)
    return (
        first is not None
        and bool(first.args)
        and not repetition.is_done_once(first, opened.loop)
        and program.kind(first.args[0]) is Kind.INITIALIZER
        and _is_global(program, first.args[0])
    )


def _is_global(program: graphs.Program, node: nodes.NodeNG) -> bool:
    value = program.graph.value(node)
    return value is not None and value.api in (
        "tensorflow.global_variables_initializer",
        "tensorflow.initialize_all_variables",
    )
