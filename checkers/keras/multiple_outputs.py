"""Losses and metrics of a model with several outputs, given once for all of them."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rules import Finding, Rule

from . import objects

RULE = Rule(
    id="E6943",
    message="'%(argument)s' was for each of the %(count)s outputs of '%(model)s' and %(effect)s in "
    "Keras 3: give one for each",
    summary="One list of metrics, or one loss with weights, for a model with several outputs.",
    why="""\
Keras 2 gave one loss, and one list of metrics, to each output of a model. What Keras 3.15 makes of
a model with two outputs was executed:

* `metrics=['mae']` raises `ValueError` when the model is first trained or evaluated: one list of
  metrics is wanted for each output;
* `metrics=['mae', 'mse']` is one for each of two outputs, where it was both for each. That is
  reported only in files that use something else which Keras 3 lacks;
* `loss='mse'` alone is taken for each. Together with `loss_weights=[1.0, 0.5]` it raises
  `ValueError`: the number of weights must be that of the losses;
* `evaluate` gives the losses in the order of the outputs, and then the metrics sorted by the names
  of their outputs, where Keras 2 had them in order, too. `model.metrics_names` no longer tells
  them: it is `['loss', 'compile_metrics', …]`. `evaluate(…, return_dict=True)` does.

Reported where the outputs are a list in sight, and the lists do not name them.

In PyTorch the losses are added by the program.
""",
    references=("https://keras.io/api/models/model_training_apis/",),
)

SYMBOL = "keras-multiple-outputs"


def check(module: Module) -> Iterator[Finding]:
    for _, call, _ in objects.calls(module, {"Model", "models.Model"}):
        outputs = objects.argument(call, "outputs", 1) or objects.argument(call, "output")
        target = call.parent.targets[0] if isinstance(call.parent, nodes.Assign) else None
        if not isinstance(outputs, (nodes.List, nodes.Tuple)) or len(outputs.elts) < 2:
            continue
        if not isinstance(target, nodes.AssignName):
            continue
        for use in module.names.uses(target.name):
            if any(one.node is target for one in module.names.bindings(use)):
                yield from _compiled(module, use, len(outputs.elts))


def _compiled(module: Module, model: nodes.Name, count: int) -> Iterator[Finding]:
    """Arguments of ``model.compile(…)`` that are given once for all outputs."""
    callee = model.parent
    call = callee.parent
    if not isinstance(callee, nodes.Attribute) or callee.attrname != "compile":
        return
    if not isinstance(call, nodes.Call) or call.func is not callee:
        return
    metrics = objects.argument(call, "metrics", 2)
    loss = objects.argument(call, "loss", 1)
    weights = objects.argument(call, "loss_weights")
    wrong: list[tuple[str, nodes.NodeNG, str]] = []
    if isinstance(metrics, nodes.List) and metrics.elts and _are_names(metrics):
        if len(metrics.elts) != count:
            wrong.append(("metrics", metrics, "raises"))
        elif objects.is_keras_2(module.names):
            wrong.append(("metrics", metrics, "is one for each"))
    if isinstance(loss, nodes.Const) and isinstance(weights, (nodes.List, nodes.Dict)):
        wrong.append(("loss", loss, "raises with loss_weights"))
    for argument, value, effect in wrong:
        yield module.finding(
            value,
            "keras.Model().compile",
            confidence="INFERENCE",
            fixes=functools.partial(_fixes, module, value, count),
            argument=argument,
            count=str(count),
            model=model.name,
            effect=effect,
        )


def _are_names(metrics: nodes.List) -> bool:
    """Whether a list has names of metrics, and no lists of them."""
    return all(isinstance(objects.literal(one), str) for one in metrics.elts)


def _fixes(module: Module, value: nodes.NodeNG, count: int) -> Iterator[Fix]:
    for target in module.settings.targets:
        if target != "tf2":
            yield from objects.shown(SYMBOL, "two", target, "Add the losses")
            continue
        text = f"[{', '.join([module.source.segment(value)] * count)}]"
        edit = Edit(module.source.start(value), module.source.end(value), text)
        found = objects.executed(SYMBOL, "two", target)
        yield replacements.executed_edits(target, "Give one for each output", text, [edit], found)
