"""Channels first, in an order of dimensions that TensorFlow has for GPUs."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes
from lintplugin.checkers.tensorflow1 import graph_mode, removed_api

from lintplugin import replacements, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from .guards import is_guarded

SYMBOL = "device-data-format"

RULE = Rule(
    id="W6837",
    message="'%(format)s' makes '%(api)s' need a GPU; on a CPU use channels last; PyTorch takes "
    "channels first everywhere",
    summary="Convolutions or pools with channels first, in a program of TensorFlow 1.",
    why="""\
TensorFlow has convolutions and pools with channels first, `NCHW` or `channels_first`, for cuDNN,
which was faster with them. What a CPU makes of them was executed:

* TensorFlow 1.15 raises, `UnimplementedError`, `InvalidArgumentError` or `InternalError`, for
  convolutions, transposed, in depth or not, pools, normalisation and `depth_to_space`.
* TensorFlow 2.21 computes most of them where it was built with oneDNN, as for x86, and raises with
  `TF_ENABLE_ONEDNN_OPTS=0`. It always raises for `depth_to_space`, for convolutions in `float64`,
  and for the gradient of a maximum: such a network predicts on a CPU and does not train there.

With channels last, `NHWC`, which is the default, all of this runs on all devices; images are
transposed once, where they come in, and weights have the same order for both. PyTorch has channels
first on all devices, and kernels in the order `kernel.permute(3, 2, 0, 1)`.

Reported in files that use a name which no TensorFlow 2 has had, where the order is written as a
literal or as a name that stands for one. Left alone: a choice between two, code under a test that
mentions a GPU or a device, and `tf.nn.bias_add`, which takes both everywhere.
""",
    references=(
        "https://www.tensorflow.org/api_docs/python/tf/nn/conv2d",
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html",
    ),
)

_CHANNELS_FIRST = frozenset({"NCW", "NCHW", "NCDHW", "channels_first"})

_ANYWHERE = "tensorflow.nn.bias_add"


def check(module: Module) -> Iterator[Finding]:
    if not any(word in module.source.text for word in _CHANNELS_FIRST):
        return
    if graph_mode.is_on(module) or not removed_api.is_version_1(module):
        return
    for reference in module.references:
        call, api = reference.call, reference.api
        if call is None or not api.startswith("tensorflow."):
            continue
        given = _data_format(call, api)
        literal = _literal(module.names, given) if given is not None else None
        if literal in _CHANNELS_FIRST and not is_guarded(call):
            yield module.finding(
                given,
                api,
                confidence=reference.confidence,
                fixes=functools.partial(_fixes, module),
                format=str(literal),
            )


def _data_format(call: nodes.Call, api: str) -> nodes.NodeNG | None:
    """What a call gives as ``data_format``, by its name or place."""
    entry = signatures.legacy_entry(api)
    if entry is None or entry.canonical == _ANYWHERE:
        return None
    parameters = signatures.parameters(entry)
    if not any(one.name == "data_format" for one in parameters):
        return None
    try:
        return signatures.bind(call, parameters).get("data_format")
    except signatures.Unbindable:
        return None


def _literal(names: Names, node: nodes.NodeNG) -> object:
    """The value of a literal, or of a name that is bound to one once."""
    if isinstance(node, nodes.Name):
        bindings = names.bindings(node)
        value = bindings[0].value if len(bindings) == 1 else None
        return value.value if isinstance(value, nodes.Const) else None
    return node.value if isinstance(node, nodes.Const) else None


def _fixes(module: Module) -> Iterator[Fix]:
    for target in module.settings.targets:
        yield replacements.example(SYMBOL, "forward", target, "Choose the order for all devices")
