"""Keras ``Sequential`` models, and the ``nn.Module`` with the same layers."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping

from astroid import nodes

from lintplugin import evidence, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Fix
from lintplugin.evidence import Evidence
from lintplugin.rules import Finding, Rule

from . import layers

RULE = Rule(
    id="R6901",
    message="'%(api)s' is a Keras model; %(advice)s",
    summary="A Keras `Sequential` model, for which an equivalent `nn.Module` is written.",
    why="""\
Keras runs on TensorFlow 2, so this rule is silent unless PyTorch is asked for by name. The module
that is shown is written from the layers of the model. It takes what the Keras model takes, and with
`load_keras(model.get_weights())` it gives the same numbers and trains to the same weights, which
was executed. What a port by hand gets wrong, it states:

* the size after `Flatten`: PyTorch wants it as a number, 32 * 13 * 13 for the 28x28 images of the
  usual example, and not 32 * 12 * 12;
* the order of the dimensions: Keras has the channels last and flattens in that order, so that
  weights of a `Dense` behind a `Flatten` fit only after a `permute`;
* softmax: Keras' losses take probabilities and `nn.CrossEntropyLoss` takes the scores before them,
  so `forward` ends before the last softmax and `predict` applies it;
* the biases of an LSTM: Keras has one, PyTorch adds two and trains both, which doubles the step;
  the second is set to zero and held;
* `padding='same'`, which pads more at the end where the amount is odd.

The first weights are drawn in another way: Keras begins with `glorot_uniform` and zeros.
Regularisers and constraints, layers that are added in a loop, and layers that have no counterpart
here stop the module; the message names the first. The default of `recurrent_activation` of an LSTM
was `hard_sigmoid` in TensorFlow 1 and is `sigmoid` in Keras 2.3 and TensorFlow 2, which is assumed.
Of the optimisers only plain SGD is set up: Keras and PyTorch put the epsilon of Adam and RMSprop in
different places, so that small gradients step differently.
""",
    references=(
        "https://keras.io/api/models/sequential/",
        "https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html",
    ),
    only_target="torch",
)

SYMBOL = "keras-model"

_MODELS = frozenset({"keras.Sequential", "tensorflow.keras.Sequential"})
_LAYER = re.compile(r"(?:tensorflow\.)?keras\.layers\.(\w+)")
_INPUTS = frozenset({"keras.Input", "tensorflow.keras.Input"})

_LOSSES: Mapping[str, str] = {
    "binary_crossentropy": "nn.BCELoss()",
    "categorical_crossentropy": "nn.CrossEntropyLoss()",
    "mae": "nn.L1Loss()",
    "mean_absolute_error": "nn.L1Loss()",
    "mean_squared_error": "nn.MSELoss()",
    "mse": "nn.MSELoss()",
    "sparse_categorical_crossentropy": "nn.CrossEntropyLoss()",
}


def check(module: Module) -> Iterator[Finding]:
    for reference in module.references:
        call = reference.call
        if call is None or _canonical(reference.api) not in _MODELS:
            continue
        try:
            text = replacement(module, call)
            advice = "the nn.Module with the same layers is shown with the fix"
        except layers.NotConvertible as error:
            text = ""
            advice = f"no nn.Module is written for it: {error}"
        yield module.finding(
            reference.node,
            reference.api,
            confidence=reference.confidence,
            fixes=functools.partial(_fixes, text),
            advice=advice,
        )


def _canonical(api: str | None) -> str | None:
    entry = signatures.legacy_entry(api) if api is not None else None
    return entry.canonical if entry is not None else None


def _fixes(text: str) -> Iterator[Fix]:
    if text:
        yield Fix(
            "torch",
            Applicability.DISPLAY,
            "Write the model as an nn.Module",
            text,
            "the code that trains and calls the model must change with it",
            evidence=_evidence(),
        )


def _evidence() -> Evidence | None:
    """The weakest over the models of the fixtures, in which every layer occurs."""
    folders = sorted(file.parent for file in (evidence.fixtures() / SYMBOL).glob("*/torch.py"))
    return evidence.weakest(evidence.lookup_fixture(folder, "torch") for folder in folders)


def replacement(module: Module, call: nodes.Call) -> str:
    """A program that defines, makes and, where it is compiled with SGD, sets up the model.

    :raises layers.NotConvertible: when a layer or argument has no counterpart.
    """
    target = call.parent.targets[0] if isinstance(call.parent, nodes.Assign) else None
    name = target.name if isinstance(target, nodes.AssignName) else "model"
    network = _network(module, _layers(module, call, target))
    title = "".join(part.title() for part in name.split("_")) or "Model"
    lines = list(layers.written(network, title))
    imports = ["import torch", "from torch import nn"]
    if any("F." in line for line in lines):
        imports.append("from torch.nn import functional as F")
    lines = [*imports, "", "", *lines, "", "", f"{name} = {title}({', '.join(network.parameters)})"]
    lines.extend(_training(module, name, target, network))
    return "\n".join(lines) + "\n"


def _layers(module: Module, call: nodes.Call, target: nodes.NodeNG | None) -> list[nodes.NodeNG]:
    """The layers of a model, listed and added.

    :raises layers.NotConvertible: when they are not all in sight.
    """
    given = call.args[0] if call.args else None
    for keyword in call.keywords:
        if keyword.arg == "layers":
            given = keyword.value
    found: list[nodes.NodeNG] = []
    if isinstance(given, (nodes.List, nodes.Tuple)):
        found.extend(given.elts)
    elif given is not None:
        raise layers.NotConvertible("its layers are not listed in place")
    for added in _calls(module, target, "add"):
        if added.statement().parent is not call.statement().parent:
            raise layers.NotConvertible("layers are added in a branch or loop")
        found.extend(added.args[:1] or [keyword.value for keyword in added.keywords])
    if not found:
        raise layers.NotConvertible("its layers are not in sight")
    return found


def _calls(module: Module, target: nodes.NodeNG | None, method: str) -> Iterator[nodes.Call]:
    """Calls of a method of the variable that a model is assigned to."""
    if not isinstance(target, nodes.AssignName):
        return
    for use in module.names.uses(target.name):
        callee = use.parent
        if (
            isinstance(callee, nodes.Attribute)
            and callee.attrname == method
            and isinstance(callee.parent, nodes.Call)
            and any(binding.node is target for binding in module.names.bindings(use))
        ):
            yield callee.parent


def _network(module: Module, found: list[nodes.NodeNG]) -> layers.Network:
    network: layers.Network | None = None
    for node in found:
        api = _canonical(module.names.api(node.func) if isinstance(node, nodes.Call) else None)
        match = _LAYER.fullmatch(api or "")
        if api in _INPUTS:
            kind = "Input"
        elif match is not None:
            kind = match[1]
        else:
            raise layers.NotConvertible(f"line {node.lineno} is not a Keras layer written in place")
        arguments = layers.Arguments(module.names, module.source, node, kind, api or "")
        if network is None:
            network = layers.Network(_input_shape(arguments))
        if kind not in {"Input", "InputLayer"}:
            network.add(arguments)
    if network is None:
        raise layers.NotConvertible("its layers are not in sight")
    return network


def _input_shape(arguments: layers.Arguments) -> list[layers.Size]:
    """The shape of the input, which the first layer must state.

    :raises layers.NotConvertible: when it does not.
    """
    if arguments.kind == "Embedding":
        length = arguments.node("input_length")
        return [arguments.size_of(length) if length is not None else layers.Size("None", None)]
    shape = arguments.node("shape") if arguments.kind == "Input" else None
    sizes = arguments.sizes(shape) if shape is not None else arguments.input_shape()
    if sizes is None:
        raise layers.NotConvertible("the shape of its input is not stated")
    return sizes


def _training(
    module: Module, name: str, target: nodes.NodeNG | None, network: layers.Network
) -> Iterator[str]:
    """Loss and optimiser of ``model.compile``, where both are known to train alike."""
    for call in _calls(module, target, "compile"):
        words = {
            keyword.arg: keyword.value.value
            for keyword in call.keywords
            if isinstance(keyword.value, nodes.Const)
        }
        loss = _LOSSES.get(str(words.get("loss")))
        wants_scores = loss == "nn.CrossEntropyLoss()"
        if loss is None or wants_scores != (network.scores is not None):
            continue
        yield f"criterion = {loss}"
        if words.get("optimizer") == "sgd":
            yield f"optimizer = torch.optim.SGD({name}.parameters(), lr=0.01)"
