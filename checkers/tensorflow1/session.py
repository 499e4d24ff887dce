"""Sessions: what runs a graph, and what gives its variables their first values."""

from __future__ import annotations

from collections.abc import Iterator

from astroid import nodes
from lintplugin.checkers.tensorflow1 import fallback, graph_mode, removed_api

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.rewrite import Refused
from lintplugin.rewrite.tensorflow1 import runs
from lintplugin.rewrite.tensorflow1.graph import Graph, canonical
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-session"

RULE = Rule(
    id="E6602",
    message="'%(api)s' needs a graph and a session, which TensorFlow 2 has not; %(advice)s",
    summary="A session, a run of a graph, or an initialiser of variables.",
    why="""\
TensorFlow 2 has no session: `tf.Session` raises `AttributeError` in TensorFlow 2.21. Under its name
`tf.compat.v1.Session` it can be made, and `run` raises `RuntimeError: The Session graph is empty`,
since operations were computed when they were called.

Each distinct run becomes a plain function, NumPy in and NumPy out as `Session.run` had it, with the
statements of the graph that its fetches need. A run of a training operation becomes a step with
`tf.GradientTape` and an optimiser, or with `backward()`, and the defaults of the legacy optimiser.
Variables become objects made once; their initialisers go.

What one run fetches sees the same variable values. TensorFlow 1.15 does not promise that: it orders
two operations only where one needs the other's result. Executed 300 times, a loss fetched together
with its training operation always had the value from before the step when its gradient needs it,
as that of a squared error does. For `tf.nn.l2_loss(w)` it was the one or the other, and for a loss
that is linear in the weights, with shapes known when the graph was built, always the one from after
the step. Where the order is open, the fix is marked unsafe or the file is left as it is.

`tf.scan`, `tf.foldl`, `tf.foldr`, `tf.map_fn` and `tf.while_loop` stay calls in TensorFlow 2 and
become loops of Python in PyTorch, a `tf.TensorArray` a list. Where a loop makes no step, what it
gives has the shape that TensorFlow 1 knew when it built the graph; where the text does not show
that shape, the fix is marked unsafe. So it is in PyTorch where gradients are taken through a loop
whose length a run decides: TensorFlow 1 gave zeros for one without steps, PyTorch raises.

Layers and cells that made their variables when they were called become objects that are made once:
where the program called them, or above the function that did, where that function is called once or
its further calls reuse the variables. An LSTM keeps the one kernel and the order of gates of
TensorFlow 1, in a class that is written into the program, and so does `RMSPropOptimizer`, whose
averages began at one. Where several optimisers step in one run, all gradients are taken before the
first step; TensorFlow 1 leaves the order open, so the fix is marked unsafe unless no loss reads
what another one changes. A learning rate that is fed or computed is set before each step, and
`global_step` counted after it. `Saver` becomes `tf.train.Checkpoint`, or a class over `torch.save`;
its files have another format. What a run gave for a summary becomes a dictionary by tag, which is
written one by one; that is only shown, since it takes the package `tensorboard`.

What a session is told about devices, memory and threads by its `config` becomes calls of
`tf.config` or PyTorch below the imports, see `device-session-config`. What has no such call changes
no number and goes; the fix is marked unsafe and says so.

What `with tf.device` places stays there in TensorFlow 2, where the device is a literal or a choice
between two: variables, and the statements in the functions, in blocks of their own. PyTorch
computes where tensors lie, so that the blocks go; the fix is marked unsafe where one named a GPU.

Names below `tf.compat.v1` are not reported in a file that calls `disable_v2_behavior`,
`disable_eager_execution` or makes a `tf.Graph`: they work there.
""",
    references=(
        "https://www.tensorflow.org/guide/migrate/tf1_vs_tf2#no_more_sessions",
        "https://www.tensorflow.org/api_docs/python/tf/compat/v1/Session",
        "https://github.com/tensorflow/tensorflow/issues/27340",
    ),
)

_SESSIONS = frozenset(
    {"tensorflow.Session", "tensorflow.InteractiveSession", "tensorflow.get_default_session"}
)
_INITIALIZERS = frozenset(
    {
        "tensorflow.global_variables_initializer",
        "tensorflow.initialize_all_variables",
        "tensorflow.initialize_local_variables",
        "tensorflow.initialize_variables",
        "tensorflow.local_variables_initializer",
        "tensorflow.variables_initializer",
    }
)

_CALL = "call the code as a function"
_CALL_FUNCTION = "call a function that computes what it fetches"
_AT_ONCE = "variables have their first values when they are made"


def check(module: Module) -> Iterator[Finding]:
    if not module.uses("tensorflow"):
        return
    for api, references in module.by_api.items():
        name = canonical(api)
        advice = _CALL if name in _SESSIONS else _AT_ONCE if name in _INITIALIZERS else None
        if graph_mode.is_graph_only(api):
            continue  # Of tf1-session-in-eager.
        if advice is not None and not graph_mode.works(module, api):
            for reference in references:
                yield _finding(module, reference.node, api, reference.confidence, advice)
    graph = module.names.kept(Graph)
    for call in module.names.by_type["Call"]:
        method = _run(module, graph, call)
        if method is None:
            guess = removed_api.is_version_1(module)
            method = runs.from_elsewhere(module.names, call, guess=guess)
        if method is not None and not graph_mode.works(module, method):
            yield _finding(module, call.func, method, "INFERENCE", _CALL_FUNCTION)


def _run(module: Module, graph: Graph, call: nodes.Call) -> str | None:
    """The name of the method by which a call runs the graph."""
    try:
        if not runs.is_run(graph, call):
            return None
    except Refused:
        return None  # What it is called on may be one of several things.
    return module.names.api(call.func) or f"tensorflow.Tensor.{call.func.attrname}"


def _finding(module: Module, node: nodes.NodeNG, api: str, confidence: str, advice: str) -> Finding:
    return module.finding(
        node,
        api,
        confidence=confidence,
        fixes=lambda: fallback.fixes(
            module, node, api, replacements.conversion_fixes(module, SYMBOL, node)
        ),
        advice=advice,
    )
