"""Tensors that NumPy cannot read: those with a graph, and those on a GPU."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import evidence, replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from ..torch import objects
from . import guards
from .origins import DEVICE, GRAPH, NOTHING, Origins

RULE = Rule(
    id="E6821",
    message="'%(tensor)s' %(reason)s, and %(reader)s raises %(error)s: write %(advice)s",
    summary="NumPy reads a tensor that requires a gradient, or is on a GPU.",
    why="""\
`numpy()` gives an array that shares the memory of a tensor on the host. What PyTorch 2.13 does
where it cannot was executed, and `np.asarray(x)` and `np.array(x)` do the same:

* of a parameter, and of all that is computed from one outside of `torch.no_grad()`, it raises
  `RuntimeError: Can't call numpy() on Tensor that requires grad`;
* of a tensor on a GPU it raises `TypeError: can't convert cuda:0 device type tensor to numpy`. A
  program that chooses its device passes on a machine without a GPU and fails on the next.

`x.detach().cpu().numpy()` always gives the numbers; `detach()` and `cpu()` copy nothing where there
is nothing to do. `argmax`, comparisons and integers never require a gradient.

Reported where the file shows the tensor to be made of what requires a gradient, as a layer or model
with trained parameters gives, or to be moved to a GPU that is there. Left alone: what runs, or may
run, under `torch.no_grad()`, files that freeze parameters, `numpy(force=True)`, and code under a
test that asks for the device.

A tensor of TensorFlow 2 has a `numpy()` that copies from any device, and under a `tf.GradientTape`,
too.
""",
    references=(
        "https://pytorch.org/docs/stable/generated/torch.Tensor.numpy.html",
        "https://www.tensorflow.org/guide/eager",
    ),
)

SYMBOL = "device-numpy-without-detach"

_REASONS = {
    frozenset({GRAPH}): ("requires a gradient", "RuntimeError"),
    frozenset({DEVICE}): ("is on a GPU where there is one", "TypeError"),
    frozenset({GRAPH, DEVICE}): ("requires a gradient, and may be on a GPU", "an error"),
}


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not objects.imports_torch(names):
        return
    reads = list(_reads(names))
    if not reads:
        return
    origins = Origins(names, module.source.text)
    for call, tensor in reads:
        found = origins.of(tensor)
        if DEVICE in found and guards.is_guarded(call):
            found -= {DEVICE}
        if found == NOTHING:
            continue
        reason, error = _REASONS[found]
        edits, shown = _edits(module, call, tensor, found)
        yield module.finding(
            call,
            "torch.Tensor().numpy",
            confidence="INFERENCE",
            fixes=functools.partial(_fixes, module, edits, shown, found),
            tensor=_line(module.source.segment(tensor)),
            reason=reason,
            reader="numpy()" if _is_method(call) else f"{call.func.as_string()}()",
            error=error,
            advice=_line(shown),
        )


def _reads(names: Names) -> Iterator[tuple[nodes.Call, nodes.NodeNG]]:
    """Calls of ``numpy()``, ``np.asarray`` and ``np.array``, and the tensors that they read."""
    for callee in names.by_type["Attribute"]:
        call = callee.parent
        if not isinstance(call, nodes.Call) or call.func is not callee or call.keywords:
            continue
        if _is_method(call) and not call.args:
            yield call, callee.expr
        elif callee.attrname in {"array", "asarray"} and len(call.args) == 1:
            owner = callee.expr
            bindings = names.bindings(owner) if isinstance(owner, nodes.Name) else []
            if [one.api for one in bindings] == ["numpy"]:
                yield call, call.args[0]


def _is_method(call: nodes.Call) -> bool:
    return bool(call.func.attrname == "numpy")


def _line(text: str) -> str:
    return " ".join(text.split())


# Fixes


def _edits(
    module: Module, call: nodes.Call, tensor: nodes.NodeNG, found: frozenset[str]
) -> tuple[tuple[Edit, ...], str]:
    """Edits that put ``detach()`` and ``cpu()`` where they are missing, and what that reads."""
    source = module.source
    added = "".join(f".{one}()" for one in (GRAPH, DEVICE) if one in found)
    start, end = source.start(call), source.end(call)
    if _is_method(call):
        before = call.func
        if GRAPH in found and DEVICE not in found and _is_cpu(tensor):
            before = tensor.func
        place = source.text.rindex(".", 0, source.end(before) - len(before.attrname))
        edits = [Edit(place, place, added)]
    else:
        edits = [Edit(source.end(tensor), source.end(tensor), added)]
        if not isinstance(tensor, (nodes.Name, nodes.Attribute, nodes.Call, nodes.Subscript)):
            edits = [
                Edit(source.start(tensor), source.start(tensor), "("),
                Edit(source.end(tensor), source.end(tensor), f"){added}"),
            ]
    shown, place = "", start
    for edit in edits:
        shown += source.text[place : edit.start] + edit.text
        place = edit.start
    return tuple(edits), shown + source.text[place:end]


def _is_cpu(node: nodes.NodeNG) -> bool:
    is_method = isinstance(node, nodes.Call) and isinstance(node.func, nodes.Attribute)
    return bool(is_method and node.func.attrname == "cpu")


def _fixes(
    module: Module, edits: tuple[Edit, ...], shown: str, found: frozenset[str]
) -> Iterator[Fix]:
    case = "graph" if GRAPH in found else "device"
    if "torch" in module.settings.targets:
        executed = evidence.lookup_fixture(evidence.fixtures() / SYMBOL / case, "torch")
        yield replacements.executed_edits("torch", "Detach, and copy", shown, edits, executed)
    if "tf2" in module.settings.targets:
        yield replacements.example(SYMBOL, case, "tf2", "Read an eager tensor")
