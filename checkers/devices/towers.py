"""Copies of a model on several GPUs, made in a loop, and their gradients averaged by hand."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes
from lintplugin.checkers.tensorflow1 import graph_mode, removed_api

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Names
from lintplugin.rewrite.tensorflow1.graph import canonical
from lintplugin.rules import Finding, Rule

from . import device_calls

SYMBOL = "device-towers"

RULE = Rule(
    id="W6832",
    message="each round builds a copy of the model on the device %(device)s and its gradients; "
    "TensorFlow 2: tf.distribute.MirroredStrategy; PyTorch: DistributedDataParallel",
    summary="Towers: a loop over devices that builds a model and its gradients on each.",
    why="""\
In TensorFlow 1 a program used several GPUs by building its model once for each, in a loop over
`tf.device('/gpu:%d' % i)`: the first made the variables, the others reused them, each took
gradients of its part of the batch, and the program applied their mean.

TensorFlow 2 computes where a line stands, so that the same loop runs one tower after another, and
there are no variable scopes that share. A `tf.distribute.MirroredStrategy` runs one step on all
devices at once, each with a copy of the variables that stays equal to the others. PyTorch runs one
process for each GPU, and `DistributedDataParallel` gives all of them the mean of their gradients in
`backward()`. Both were executed beside the towers, and give the same weights after several steps.

* `apply_gradients` of a Keras optimizer in `strategy.run` adds up the gradients of the replicas,
  where towers took the mean: divide the loss by the size of the whole batch,
  `tf.nn.compute_average_loss`. Forgotten, a step is as many times too long as there are GPUs.
* `colocate_gradients_with_ops=True` has no counterpart and needs none: a gradient is computed where
  its operation was.

Reported in files that use a name which no TensorFlow 2 has had, where the device depends on the
variable of the loop and the round takes gradients, by `compute_gradients`, `tf.gradients` or a
function of the file that calls one of them.
""",
    references=(
        "https://www.tensorflow.org/guide/distributed_training",
        "https://docs.pytorch.org/docs/stable/notes/ddp.html",
    ),
)

# Functions of the file that are followed to where they take gradients.
_MAX_CALLS = 3


def check(module: Module) -> Iterator[Finding]:
    devices = [one for one in module.references if one.api.endswith("device")]
    if not devices or graph_mode.is_on(module) or not removed_api.is_version_1(module):
        return
    found = set()
    for reference in devices:
        given = device_calls.given(reference)
        if given is None:
            continue
        scope = reference.node.statement()
        loop = _loop_over(scope, given)
        if loop is None or loop in found or not isinstance(scope, nodes.With):
            continue
        if any(_takes_gradients(module.names, one) for one in scope.body):
            found.add(loop)
            yield module.finding(
                loop.iter,
                reference.api,
                confidence=reference.confidence,
                fixes=functools.partial(_fixes, module),
                device=given.as_string(),
            )


def _loop_over(scope: nodes.NodeNG, device: nodes.NodeNG) -> nodes.For | None:
    """The loop whose variable decides on a device."""
    mentioned = {one.name for one in device.nodes_of_class(nodes.Name)}
    for around in scope.node_ancestors():
        if isinstance(around, (nodes.FunctionDef, nodes.ClassDef)):
            return None
        if isinstance(around, nodes.For):
            bound = {one.name for one in around.target.nodes_of_class(nodes.AssignName)}
            if bound & mentioned:
                return around
    return None


def _takes_gradients(names: Names, node: nodes.NodeNG, calls: int = _MAX_CALLS) -> bool:
    for call in node.nodes_of_class(nodes.Call):
        api = names.api(call.func)
        if api is not None and canonical(api) == "tensorflow.gradients":
            return True
        if isinstance(call.func, nodes.Attribute) and call.func.attrname == "compute_gradients":
            return True
        if isinstance(call.func, nodes.Name) and calls:
            for binding in names.bindings(call.func):
                if isinstance(binding.node, nodes.FunctionDef) and any(
                    _takes_gradients(names, one, calls - 1) for one in binding.node.body
                ):
                    return True
    return False


def _fixes(module: Module) -> Iterator[Fix]:
    for target in module.settings.targets:
        yield replacements.example(SYMBOL, "two-towers", target, "Let each device run the step")
