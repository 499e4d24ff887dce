"""Methods and attributes that a model, layer or metric of Keras 3 no longer has."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence

from astroid import nodes

from lintplugin import replacements, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

from . import arguments, calls, interfaces, removed_api

SYMBOL = "keras-removed-method"

RULE = Rule(
    id="E6912",
    message="'%(api)s' does not exist in Keras 3; %(advice)s",
    summary="A method or attribute of an object of Keras that Keras 3 no longer has.",
    why="""\
`AttributeError` comes when the line runs, which for `model.predict_classes` is after the training.

* `fit_generator`, `evaluate_generator` and `predict_generator` are `fit`, `evaluate` and `predict`,
  whose arguments stand in another order. Those of Keras 1, `nb_epoch` or `samples_per_epoch` which
  counted samples where `steps_per_epoch` counts batches, change with the method. `workers`,
  `use_multiprocessing` and `max_queue_size` belong to the `PyDataset` that is given. Of the steps
  of `evaluate_generator`, Keras 2.3.1 gave the loss of the last, and `evaluate` gives the mean;
* `predict_classes` was the place of the largest probability, or, of a model with one unit, whether
  it is above one half. Which of them is meant is read from the last layer;
* `predict_proba` was `predict`;
* `reset_states` of a model is `reset_state` of its layers, of a metric it lost its last letter;
* `to_yaml` is `to_json`;
* `input` and `output` of a `Sequential` raise until it was called like a layer, for which `fit` and
  `predict` do not count; `inputs` and `outputs` are there from the first;
* `layer.output_shape`, `get_output_at` and what else belonged to the nodes of a graph is
  `layer.output`, of a layer that was called once.

Names that only Keras has had are found on any object in a file that imports Keras; others where the
object is known: by the class that made it, as Keras 2.3.1 and Keras 3 were recorded.
""",
    references=(
        "https://keras.io/guides/migrating_to_keras_3/",
        "https://github.com/tensorflow/tensorflow/issues/53391",
    ),
)

#: Methods that no other library has.
_OWN = frozenset({"evaluate_generator", "fit_generator", "predict_classes", "predict_generator"})

#: Attributes that objects have and their classes do not state.
_KEPT = frozenset({"built", "states"})
_KEPT_OF_MODELS = frozenset({"input_shape", "output_shape"})

#: Attributes that a Sequential has once it was called like a layer, and what it has from the first.
_OF_CALLS = {"input": "inputs[0]", "output": "outputs[0]"}

#: Units of a softmax, which would say nothing of one.
_SEVERAL = 2

_MEMBER = re.compile(r"([\w.]+)\(\)\.(\w+)")

#: What took the place of methods for generators.
_GENERATORS = {
    "evaluate_generator": "evaluate",
    "fit_generator": "fit",
    "predict_generator": "predict",
}


def check(module: Module) -> Iterator[Finding]:
    if not interfaces.are_used(module):
        return
    known = _known(module)
    for node, (name, confidence) in known.items():
        yield _finding(module, node, name, confidence)
    unknown = [
        node
        for node in module.names.by_type["Attribute"]
        if node.attrname in _OWN and node not in known
    ]
    if not unknown:
        return
    own = {node.name for node in module.names.by_type["FunctionDef"]}
    for node in unknown:
        is_self = isinstance(node.expr, nodes.Name) and node.expr.name == "self"
        if not is_self and node.attrname not in own and module.names.resolve(node.expr) is None:
            yield _finding(module, node, f"keras.Sequential.{node.attrname}", "INFERENCE")


def _known(module: Module) -> Mapping[nodes.NodeNG, tuple[str, str]]:
    """Attributes that are gone, of objects whose class is known."""
    found = {}
    for api, references in module.by_api.items():
        match = _MEMBER.fullmatch(api)
        owner = interfaces.canonical(match[1]) if match is not None else ""
        if match is None or not owner:
            continue
        name = f"{'keras.Sequential' if owner in interfaces.MODELS else owner}.{match[2]}"
        if owner == "keras.Sequential" and match[2] in _OF_CALLS:
            references = [one for one in references if _is_never_called(module, one.node.expr)]
        elif not _is_gone(name):
            continue
        found.update({one.node: (name, one.confidence) for one in references})
    return found


def _is_never_called(module: Module, node: nodes.NodeNG) -> bool:
    """Whether a model is used for its attributes alone: who is given it may call it."""
    return isinstance(node, nodes.Name) and all(
        isinstance(use.parent, nodes.Attribute) for use in module.names.uses(node.name)
    )


@functools.lru_cache(maxsize=4096)
def _is_gone(name: str) -> bool:
    owner, _, member = name.rpartition(".")
    is_model = owner in ("keras.Model", "keras.Sequential")
    if member in _KEPT or (is_model and member in _KEPT_OF_MODELS):
        return False
    before, now = signatures.legacy_entry(owner), signatures.modern_entry(owner)
    if before is None or now is None or {before.kind, now.kind} != {"class"}:
        return False
    return signatures.known(name) and signatures.modern_entry(name) is None


def _finding(module: Module, node: nodes.NodeNG, name: str, confidence: str) -> Finding:
    method = name.rpartition(".")[2]
    if method in _OF_CALLS:
        new = f"{module.source.segment(node.expr)}.{_OF_CALLS[method]}"
        return module.finding(
            node,
            name,
            confidence=confidence,
            fixes=functools.partial(_outputs, module, node, new),
            advice=f"a Sequential that was never called as a layer has '{new}'",
        )
    row = removed_api.nearest(name)
    is_model = name.startswith(("keras.Model.", "keras.Sequential."))
    writer = _WRITERS.get(method) if is_model else _OF_METRICS.get(method)
    call = node.parent if isinstance(node.parent, nodes.Call) else None
    if call is not None and call.func is not node:
        call = None
    advice = [replacements.advice(module, row) if row else removed_api.NO_COUNTERPART]
    if method in _GENERATORS and call is not None:
        advice.extend(change.text for change in _changes(module, node, call))
    return module.finding(
        node,
        name,
        confidence=confidence,
        fixes=functools.partial(writer, module, node, call) if writer and call else tuple,
        advice="; ".join(advice),
    )


def _fix(
    module: Module, title: str, replacement: str, edits: list[Edit], unsafe: str = ""
) -> Iterator[Fix]:
    if "tf2" in module.settings.targets:
        executed = program_evidence(SYMBOL, "tf2")
        yield replacements.executed_edits("tf2", title, replacement, edits, executed, unsafe)


def _shown(module: Module, title: str, replacement: str, reason: str) -> Iterator[Fix]:
    if "tf2" in module.settings.targets:
        executed = program_evidence(SYMBOL, "tf2")
        yield Fix("tf2", Applicability.DISPLAY, title, replacement, reason, evidence=executed)


def _outputs(module: Module, node: nodes.Attribute, new: str) -> Iterator[Fix]:
    edits = [_name(module, node, _OF_CALLS[node.attrname])]
    yield from _fix(module, f"Take {new}", new, edits)


def _name(module: Module, node: nodes.Attribute, new: str) -> Edit:
    """The edit that gives an attribute another name."""
    end = module.source.end(node)
    return Edit(end - len(node.attrname), end, new)


def _generator(module: Module, node: nodes.Attribute, call: nodes.Call) -> Iterator[Fix]:
    """``fit`` for ``fit_generator``: arguments by their names, without those of loading."""
    new = _GENERATORS[node.attrname]
    title = f"Call {new}"
    changes = _changes(module, node, call)
    try:
        bound = signatures.bind(call, (*_parameters(node), *_former(node)))
    except signatures.Unbindable as error:
        yield from _shown(module, title, f"{module.source.segment(node.expr)}.{new}", str(error))
        return
    removed = [one for one in call.keywords if one.arg in calls.LOADING]
    unsafe = any(not calls.same(module, one.value, calls.LOADING[one.arg]) for one in removed)
    unsafe |= any(change.unsafe for change in changes)
    edits = [_name(module, node, new)]
    for name, value in bound.items():
        start = module.source.start(value)
        if value in call.args[1:]:
            edits.append(Edit(start, start, f"{name}="))
            unsafe |= name in calls.LOADING
    edits += [
        Edit(module.source.start(one), module.source.start(one) + len("generator"), "x")
        for one in call.keywords
        if one.arg == "generator"
    ]
    taken = calls.without(module, call, removed)
    stopped = next((change.text for change in changes if not change.edits), "")
    if any(one in calls.LOADING for one in bound if bound[one] in call.args) or (
        removed and not taken
    ):
        stopped = "arguments that belong to the PyDataset have to be taken out"
    else:
        edits += taken
    edits += [edit for change in changes for edit in change.edits]
    if stopped:
        written = calls.spliced(module, call, edits)
        yield from _shown(module, title, written, f"to be written by hand: {stopped}")
        return
    reason = calls.ONE_BY_ONE if unsafe else ""
    if node.attrname == "evaluate_generator":
        reason = "of several steps, Keras 2.3.1 gave the loss of the last, and this gives the mean"
    yield from _fix(module, title, calls.spliced(module, call, edits), edits, reason)


def _changes(module: Module, node: nodes.Attribute, call: nodes.Call) -> tuple[calls.Change, ...]:
    """What changes in the arguments of Keras 1 of a method for generators."""
    return tuple(arguments.changes(module, call, f"keras.Model.{node.attrname}"))


def _parameters(node: nodes.Attribute) -> Sequence[signatures.Parameter]:
    return signatures.parameters(signatures.legacy_entry(f"keras.Model.{node.attrname}"))


def _former(node: nodes.Attribute) -> Iterator[signatures.Parameter]:
    """The parameters under their names of Keras 1."""
    renamed = interfaces.of(f"keras.Model.{node.attrname}").renamed
    for old, new in renamed.items():
        for one in _parameters(node):
            if one.name == new:
                yield one._replace(name=old, positional=False)


def _proba(module: Module, node: nodes.Attribute, call: nodes.Call) -> Iterator[Fix]:
    edits = [_name(module, node, "predict")]
    yield from _fix(module, "Call predict", calls.spliced(module, call, edits), edits)


def _classes(module: Module, node: nodes.Attribute, call: nodes.Call) -> Iterator[Fix]:
    """What the last layer says that a class is: the largest of several, or more than one half."""
    units = _units(module, node.expr)
    start, end = module.source.start(call), module.source.end(call)
    edits = [_name(module, node, "predict")]
    if units == 1:
        edits += [Edit(start, start, "("), Edit(end, end, ' > 0.5).astype("int32")')]
    else:
        edits.append(Edit(end, end, ".argmax(axis=-1)"))
    text = calls.spliced(module, call, edits)
    unsafe = "" if units else "right for several classes; of one unit it was (… > 0.5)"
    yield from _fix(module, "Take the class from what predict gives", text, edits, unsafe)


def _units(module: Module, node: nodes.NodeNG) -> int:
    """Number of units of the last layer of a model; 0 when it is not known."""
    bindings = module.names.bindings(node) if isinstance(node, nodes.Name) else []
    made = bindings[0].value if len(bindings) == 1 else None
    if not isinstance(node, nodes.Name) or not isinstance(made, nodes.Call):
        return 0
    added = [
        use.parent.parent.args[0]
        for use in module.names.uses(node.name)
        if isinstance(use.parent, nodes.Attribute)
        and use.parent.attrname == "add"
        and isinstance(use.parent.parent, nodes.Call)
        and use.parent.parent.args
        and [one.node for one in module.names.bindings(use)] == [bindings[0].node]
    ]
    listed = made.args[0].elts if made.args and isinstance(made.args[0], nodes.List) else []
    for layer in reversed([*listed, *added]):
        api = module.names.api(layer.func) if isinstance(layer, nodes.Call) else None
        name = interfaces.canonical(api or "")
        given = {one.arg: one.value for one in layer.keywords} if api else {}
        first = layer.args[0] if api and layer.args else None
        if name == "keras.layers.Activation":
            given["activation"] = given.get("activation", first)
        elif name == "keras.layers.Dense":
            given["units"] = given.get("units", given.get("output_dim", first))
        else:
            return 0
        if _constant(module, given.get("activation")) == "softmax":
            return _SEVERAL
        if name == "keras.layers.Dense":
            units = _constant(module, given["units"])
            return units if isinstance(units, int) else 0
    return 0


def _constant(module: Module, node: nodes.NodeNG | None) -> object:
    """The value of a constant, or of a name for one."""
    if isinstance(node, nodes.Name):
        bindings = module.names.bindings(node)
        node = bindings[0].value if len(bindings) == 1 else None
    return node.value if isinstance(node, nodes.Const) else None


def _reset(module: Module, node: nodes.Attribute, call: nodes.Call) -> Iterator[Fix]:
    """A loop over the layers, where the call is a statement."""
    model = module.source.segment(node.expr)
    lines = [
        f"for layer in {model}.layers:",
        '    if hasattr(layer, "reset_state"):',
        "        layer.reset_state()",
    ]
    title = "Reset the state of each layer"
    statement = call.parent
    line = module.source.line_start(call.lineno)
    indent = module.source.text[line : module.source.start(call)]
    if isinstance(statement, nodes.Expr) and not indent.strip():
        edit = Edit(module.source.start(call), module.source.end(call), f"\n{indent}".join(lines))
        clash = "" if not module.names.everywhere("layer") else "the file has a 'layer' of its own"
        yield from _fix(module, title, "\n".join(lines), [edit], clash)
    else:
        yield from _shown(module, title, "\n".join(lines), "it is no statement")


def _reset_metric(module: Module, node: nodes.Attribute, call: nodes.Call) -> Iterator[Fix]:
    edits = [_name(module, node, "reset_state")]
    yield from _fix(module, "Call reset_state", calls.spliced(module, call, edits), edits)


def _yaml(module: Module, node: nodes.Attribute, call: nodes.Call) -> Iterator[Fix]:
    edits = [_name(module, node, "to_json")]
    reason = "whoever reads the text must read JSON, as keras.models.model_from_json does"
    yield from _fix(module, "Call to_json", calls.spliced(module, call, edits), edits, reason)


_WRITERS = {
    **dict.fromkeys(_GENERATORS, _generator),
    "predict_classes": _classes,
    "predict_proba": _proba,
    "reset_states": _reset,
    "to_yaml": _yaml,
}

_OF_METRICS = {"reset_states": _reset_metric}
