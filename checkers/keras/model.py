"""Keras models, sequential and functional, and the ``nn.Module`` with the same layers."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence

from astroid import nodes

from lintplugin import evidence
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Fix
from lintplugin.evidence import Evidence
from lintplugin.rules import Finding, Rule

from . import following, graphs, layer_arguments, layers, training
from .expressions import is_known
from .layer_arguments import Arguments, Size
from .network import Network, Tensor
from .objects import identifier
from .program import written
from .values import NotConvertible, Unknown, Value
from .values import written as written_value

RULE = Rule(
    id="R6901",
    message="'%(api)s' is a Keras model; %(advice)s",
    summary="A Keras model, sequential or functional, for which an `nn.Module` is written.",
    why="""\
Keras runs on TensorFlow 2, so this rule is silent unless PyTorch is asked for by name. The module
that is shown is written from the layers of the model: of a `Sequential`, or between the inputs and
outputs of a functional `Model`, with shared layers, several inputs and several outputs. It takes
what the Keras model takes, and with `load_keras(model.get_weights())` it gives the same numbers and
trains to the same weights, which was executed. What a port by hand gets wrong, it states:

* the size after `Flatten`: PyTorch wants it as a number, 32 * 13 * 13 for the 28x28 images of the
  usual example, and not 32 * 12 * 12;
* the order of the dimensions: Keras has the channels last and flattens in that order, so that
  weights of a `Dense` behind a `Flatten` fit only after a `permute`;
* softmax: Keras' losses take probabilities and `nn.CrossEntropyLoss` takes the scores before them,
  so `forward` ends before the last softmax and `predict` applies it;
* `padding='same'`, which pads more at the end where the amount is odd, leaves the padding out of an
  average, and cuts transposed convolutions on one side; `padding='causal'`;
* `BatchNormalization`: momentum 0.99 is 0.01 in PyTorch, epsilon is 1e-3, and Keras 3 keeps the
  variance of the batch, where PyTorch keeps n / (n - 1) times it;
* the biases of an LSTM and a plain RNN: Keras has one, PyTorch adds two and trains both, which
  doubles the step; the second is set to zero and held. A GRU has two in both, and its gates are
  in another order;
* dropout in a recurrent layer drops the same in all steps; `nn.LSTM` has nothing of the kind. That
  of the states is written as a loop, for an LSTM, with other draws for each gate, as Keras 3 has
  it;
* a masked time step, of `mask_zero=True` or `Masking`, leaves the state of a recurrent layer as it
  is, wherever it lies, and repeats the output before it. `pack_padded_sequence` alone masks only
  the end, and gives zeros there;
* `Bidirectional` without `return_sequences` takes the first step of the direction that goes back;
* regularisers: `penalty()` is what they add to the loss, which `fit` of Keras adds by itself; that
  of an activity is divided by the number of examples. Weight decay of an optimiser is something
  else for all but SGD;
* the first weights: Keras draws `glorot_uniform`, zeros, `orthogonal` and a forget gate of one,
  PyTorch others. `reset_parameters` draws them as Keras does, compared in distribution.

Where the model is compiled and trained in place, the loss, the optimiser and the loop are written,
too: `fit` with its batches in order or shuffled, `validation_split` and `validation_data`, weights
of classes and examples, metrics, callbacks, and the history as a dictionary of lists
(`history["loss"]` for `history.history["loss"]`); `evaluate` and `predict`, too. Losses of each
epoch and what is predicted after them were compared. The pages of `keras-optimizer`, `keras-loss`
and `keras-callback` say what differs between the frameworks. What is not written is named in a
comment at the end: a loss or metric of one's own, datasets, generators of packages. `fit` and
`fit_generator` of a generator or `Sequence` of the file are written; the losses of several outputs
are, too, by their names or in a list, with their weights, and not the loop around them.

Functions of the file that build layers are followed as Python would run them: helpers with their
arguments and defaults, closures, `functools.partial`, loops over what is known, branches that an
argument chooses, names put together from strings, `K.int_shape`, a `Lambda` that is an expression,
models within models. A function that makes a model is followed with the arguments of its call,
where it is called once, and with its defaults otherwise, which the class says; parameters that
nobody states become those of the class. Attributes have the names that the layers have in Keras. It
is taken that TensorFlow runs Keras, and that images have their channels last.

The weights of a functional model are listed by depth, as Keras 2 and 3 do, and a model within it
lists its own together; Keras 2 listed those first which are trained. `load_weights` stays with
Keras: `load_keras(model.get_weights())` takes over what it has loaded. What stops the module is
named by the message: constraints, layers added in a branch or loop of which it is not known whether
it runs, layers that are classes of the file, masks that go into other layers than those for
sequences, and layers that have no counterpart here. With `data_format='channels_first'` Keras 3.15
adds the bias of a convolution along the width where that is as large as the number of filters; the
module adds it to the channels.

Defaults that have changed are taken as they are today: `recurrent_activation` of an LSTM is
`sigmoid`, which was `hard_sigmoid` in TensorFlow 1, and `reset_after` of a GRU is true, which was
false in Keras 2.3; `hard_sigmoid` itself has had two slopes and is not written.
""",
    references=(
        "https://keras.io/api/models/sequential/",
        "https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html",
    ),
    only_target="torch",
)

SYMBOL = "keras-model"

_SEQUENTIAL = frozenset({"keras.Sequential", "tensorflow.keras.Sequential"})
_FUNCTIONAL = frozenset({"keras.Model", "tensorflow.keras.Model"})
_METHODS = ("compile", "fit", "evaluate", "fit_generator", "load_weights", "predict")

_LOADED = (
    "# load_weights is not written: Keras loads them, load_keras(model.get_weights()) takes them."
)


def check(module: Module) -> Iterator[Finding]:
    for reference in module.references:
        call = reference.call
        if call is None or not _is_model(reference.api, call):
            continue
        try:
            text = replacement(module, call)
            advice = "the nn.Module with the same layers is shown with the fix"
        except NotConvertible as error:
            text = ""
            advice = f"no nn.Module is written for it: {error}"
        yield module.finding(
            reference.node,
            reference.api,
            confidence=reference.confidence,
            fixes=functools.partial(_fixes, text),
            advice=advice,
        )


def _is_model(api: str | None, call: nodes.Call) -> bool:
    name = layer_arguments.canonical(api)
    return name in _SEQUENTIAL or (name in _FUNCTIONAL and bool(call.args or call.keywords))


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
    """A program that defines, makes and, where it is compiled, sets up and trains the model.

    :raises NotConvertible: when a layer or argument has no counterpart.
    """
    target = _assigned(call)
    outer = _returned(module, call, target)
    name = next((one.name for one in (outer, target) if one is not None), "model")
    model, building = following.model(module, call)
    if model.layers is None:
        network, results, order = graphs.network(model, building.applied)
    else:
        network, results, order = _sequential(model.layers)
    around = call.frame().name
    title = "".join(part.title() for part in name.split("_")) or "Model"
    if title == "Model" and around[:1].isupper():
        title = around
    lines = list(written(network, title, results, order, _about(building.given)))
    methods = {
        one: [found for place in (target, outer) for found in _calls(module, place, one)]
        for one in _METHODS
    }
    methods["fit"] += methods.pop("fit_generator")
    block = outer.statement().parent if outer is not None else None
    trained = training.written(module, name, network, results, methods, block)
    if methods["load_weights"]:
        trained.lines.append(_LOADED)
    imports = sorted(set(trained.imports), reverse=True)
    imports.extend([""] if imports else [])
    imports.extend(["import torch", "from torch import nn"])
    if any("F." in line for line in (*lines, *trained.lines)):
        imports.append("from torch.nn import functional as F")
    lines = [*imports, "", "", *lines, "", "", f"{name} = {title}({', '.join(network.parameters)})"]
    return "\n".join([*lines, *trained.lines]) + "\n"


def _about(given: Mapping[str, Value]) -> str:
    """The arguments of the function that makes the model, as far as they are known."""
    texts = [f"{name}={written_value(one)}" for name, one in given.items() if is_known(one)]
    return f"As it is made with {', '.join(texts)}." if texts else ""


def _assigned(call: nodes.Call) -> nodes.AssignName | None:
    """The variable that a call is assigned to."""
    target = call.parent.targets[0] if isinstance(call.parent, nodes.Assign) else None
    return target if isinstance(target, nodes.AssignName) else None


def _returned(
    module: Module, call: nodes.Call, target: nodes.AssignName | None
) -> nodes.AssignName | None:
    """The variable that holds the model outside of the function that makes it, called once."""
    around = call.frame()
    if not isinstance(around, nodes.FunctionDef) or around.decorators is not None:
        return None
    own = target.name if target is not None else ""
    for one in around.nodes_of_class(nodes.Return):
        if one.value is not call and identifier(one.value) != own:
            return None
    uses = module.names.uses(around.name)
    made = uses[0].parent if len(uses) == 1 else None
    if not isinstance(made, nodes.Call) or made.func is not uses[0]:
        return None
    return _assigned(made)


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


def _sequential(
    found: Sequence[tuple[Value, int]],
) -> tuple[Network, list[Tensor], list[Arguments]]:
    network: Network | None = None
    order: list[Arguments] = []
    for layer, line in graphs.flat(found):
        if isinstance(layer, Unknown):
            raise NotConvertible(layer.reason)
        if not isinstance(layer, Arguments):
            raise NotConvertible(f"line {line} is not a Keras layer written in place")
        if network is None:
            network = Network([Tensor("x", _input_shape(layer))])
        if layer.kind not in {"Input", "InputLayer"}:
            network.begin(network.tensor, "x", layer)
            layers.add(network, layer)
            order.append(layer)
    if network is None:
        raise NotConvertible("its layers are not in sight")
    network.move_channels(first=False)
    return network, [network.tensor], order


def _input_shape(layer: Arguments) -> list[Size]:
    """The shape of the input, which the first layer must state.

    :raises NotConvertible: when it does not.
    """
    if layer.kind == "Embedding":
        return [layer.size_of(layer.value("input_length"))]
    if layer.kind in {"Bidirectional", "TimeDistributed"} and layer.input_shape() is None:
        return _input_shape(layer.inner("layer"))
    shape = layer.value("shape") if layer.kind in {"Input", "InputLayer"} else None
    sizes = layer.sizes(shape) if shape is not None else layer.input_shape()
    if sizes is None:
        raise NotConvertible("the shape of its input is not stated")
    return sizes
