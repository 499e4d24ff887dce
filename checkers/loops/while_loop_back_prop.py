"""Loops that were to stop gradients by ``back_prop=False``."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from astroid import nodes
from lintplugin.checkers.tensorflow1 import graph_mode

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.imports import Imports
from lintplugin.names import Reference
from lintplugin.rules import Finding, Rule

from . import graph_loops

SYMBOL = "while-loop-back-prop"

RULE = Rule(
    id="W6713",
    message="'back_prop=False' of '%(api)s' %(problem)s",
    summary="A loop that is to stop gradients by `back_prop=False`, which TensorFlow 2 may ignore.",
    why="""\
`back_prop=False` of `tf.while_loop`, `tf.map_fn`, `tf.scan`, `tf.foldl` and `tf.foldr` meant that
no gradient flows through the loop, so that no intermediate value is kept for it. Executed:

* TensorFlow 1.15.5, and TensorFlow 2.21 in a graph or in `tf.function`: the gradient is none. The
  second warns that the argument will be removed.
* TensorFlow 2.21 where it computes at once: the argument is **ignored** without a word, and
  `tf.GradientTape` gives the whole gradient. What is trained then moves by other gradients than the
  legacy program's.

`tf.stop_gradient` around the result stops it in every mode. In PyTorch it is
`with torch.no_grad():` around the loop, which keeps no intermediate value either.

Where the result is of integers, strings or booleans by its `dtype`, no gradient flows through it
anyway: the argument goes. `back_prop=True` is the default and not reported. `parallel_iterations`
and `swap_memory` are still taken, and change no number.
""",
    references=(
        "https://www.tensorflow.org/api_docs/python/tf/while_loop",
        "https://www.tensorflow.org/api_docs/python/tf/stop_gradient",
        "https://pytorch.org/docs/stable/generated/torch.no_grad.html",
    ),
)

_IGNORED = (
    "stops no gradient where TensorFlow 2 computes at once: apply tf.stop_gradient to the result"
)
_NEEDLESS = "is deprecated, and what it gives has no gradient: leave it out"

#: Parameters that state of what type the result is.
_TYPES = ("dtype", "fn_output_signature")

_EXACT = re.compile(r"tensorflow(\.compat\.v[12])?(\.dtypes)?\.(u?int\d+|bool|string)")

_LOOPS = ("foldl", "foldr", "map_fn", "scan", "while_loop")


def check(module: Module) -> Iterator[Finding]:
    for reference in graph_loops.references(module, *_LOOPS):
        given = graph_loops.arguments(reference)
        stopped = given.get("back_prop")
        if graph_loops.is_constant(stopped, False) and not graph_mode.is_on(module):
            exact = any(_is_exact(module, given.get(name)) for name in _TYPES)
            yield module.finding(
                reference.node,
                reference.api,
                confidence=reference.confidence,
                fixes=functools.partial(_fixes, module, reference, stopped, exact),
                problem=_NEEDLESS if exact else _IGNORED,
            )


def _is_exact(module: Module, dtype: nodes.NodeNG | None) -> bool:
    """Whether a type is one of integers, strings or booleans, which have no gradient."""
    api = module.names.api(dtype) if dtype is not None else None
    return _EXACT.fullmatch(api or "") is not None


def _fixes(
    module: Module, reference: Reference, stopped: nodes.NodeNG, exact: bool
) -> Iterator[Fix]:
    call = reference.call
    if "tf2" in module.settings.targets and call is not None:
        imports = Imports(module)
        title = "Leave it out" if exact else "Stop the gradient at the result"
        shown = f"{module.source.segment(reference.node)}(…)"
        removed = _without(module, call, stopped)
        reason = "" if removed is not None else "take the argument out by hand: more follows it"
        edits = [removed] if removed is not None else []
        if not exact:
            tf = imports.spell("tensorflow")
            # A call may give several tensors, in whatever structure.
            before = f"{tf}.nest.map_structure({tf}.stop_gradient, "
            shown = f"{before}{shown})"
            start, end = module.source.start(call), module.source.end(call)
            edits += [Edit(start, start, before), Edit(end, end, ")"), *imports.additions()]
            if imports.clash() is not None:
                reason = "'tf' is already the name of something else in this file"
        yield replacements.shown_by_programs(SYMBOL, "tf2", title, shown, edits, reason)
    title = "Compute without gradients"
    yield from graph_loops.examples(module, SYMBOL, "loops", title, ("torch",))


def _without(module: Module, call: nodes.Call, value: nodes.NodeNG) -> Edit | None:
    """The edit that takes an argument out, with the comma before it or after it."""
    source = module.source
    keyword = value.parent if isinstance(value.parent, nodes.Keyword) else None
    if keyword is None and (value is not call.args[-1]):
        return None
    node = keyword or value
    start, end = source.start(node), source.end(node)
    before = graph_loops.token_before(source, start)
    if before.string == ",":
        start = source.offset(*before.start)
    else:  # The first one, so that there is another: the loop needs a function.
        end = source.text.index(",", end) + 1
    return Edit(start, end, "") if not source.comments_within(start, end) else None
