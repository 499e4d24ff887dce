"""Comparisons of devices that are never equal."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.names import Names
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

from ..torch import objects, vocabulary
from . import tensors

RULE = Rule(
    id="W6817",
    message="%(why)s, so this comparison is always %(value)s: compare %(right)s",
    summary="A device is compared with a string, or with a device that has no index.",
    why="""\
What `==` says of devices was executed with PyTorch 2.13:

* `torch.device("cpu") == "cpu"` is False: a device equals no string, and is in no tuple of them. So
  `if x.device == "cuda":` is never taken, on any machine, and nothing warns.
* `torch.device("cuda:0") == torch.device("cuda")` is False, and so is `"cpu:0"` beside `"cpu"`: a
  device without an index equals only another without. The device of a tensor on CUDA has an index;
  there was no CUDA here to execute that.

`x.device.type == "cuda"` compares what is meant, and `str(x.device) == "cuda:1"` one device of
several. `x.is_cuda` is the same for tensors.

Reported where one side is known to be a device: of a tensor, of a parameter of a model, or made by
`torch.device`. Left alone: attributes named `device` of other objects, as `args.device`, which may
well be strings, and comparisons by `str(x.device)` or `.type`.

In TensorFlow 2 `x.device` is a string, of the full form
`/job:localhost/replica:0/task:0/device:GPU:0`, so `== "/gpu:0"` is False, too; `tf.DeviceSpec`
takes it apart. This was executed.
""",
    references=(
        "https://pytorch.org/docs/stable/tensor_attributes.html#torch.device",
        "https://www.tensorflow.org/api_docs/python/tf/DeviceSpec",
    ),
)

SYMBOL = "device-comparison"

_EQUAL = {"==": "False", "!=": "True", "in": "False", "not in": "True"}


class _Side(NamedTuple):
    """A side of a comparison that is a device.

    :param literals: the strings that it may be made of; empty when it is of a tensor.
    """

    literals: frozenset[str] = frozenset()


def _index(literal: str) -> str | None:
    match = vocabulary.DEVICE.fullmatch(literal)
    return match["index"] if match is not None else None


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not objects.imports_torch(names):
        return
    for comparison in names.by_type["Compare"]:
        if len(comparison.ops) != 1 or comparison.ops[0][0] not in _EQUAL:
            continue
        ((operator, right),) = comparison.ops
        for one, other in ((comparison.left, right), (right, comparison.left)):
            if operator in {"in", "not in"} and one is right:
                continue
            literals = _strings(other)
            if not literals and not isinstance(other, nodes.Call):
                continue
            side = _side(names, one)
            if side is None:
                continue
            if literals:
                why = f"'{module.source.segment(one)}' is a device, which equals no string"
            elif operator in {"==", "!="} and (without := _without_index(names, side, other)):
                literals = [without]
                why = (
                    f"'{module.source.segment(one)}' has an index, and "
                    f"'{module.source.segment(other)}' has none"
                )
            else:
                continue
            yield module.finding(
                comparison,
                "torch.device",
                confidence="INFERENCE",
                fixes=functools.partial(_fixes, module, comparison, one, other, literals),
                why=why,
                value=_EQUAL[operator],
                right=_shown(module.source.segment(one), literals),
            )
            break


def _side(names: Names, node: nodes.NodeNG) -> _Side | None:
    """A device, of a tensor or made by ``torch.device``."""
    if tensors.last_name(node) == "device" and isinstance(node, nodes.Attribute):
        if _is_tensor(names, node.expr):
            return _Side()
    if names.api(node) != "torch.device()":
        return None
    calls = [node]
    if isinstance(node, nodes.Name):
        bindings = names.bindings(node)
        calls = [one.value for one in bindings]
        if not all(isinstance(one, (nodes.Call, nodes.IfExp)) for one in calls):
            return None  # An annotation, of what may be a string.
    elif isinstance(node, nodes.Attribute):
        call = objects.constructor(names, node)
        calls = [call] if call is not None else []
    found = frozenset(
        literal.value
        for call in calls
        for literal in call.nodes_of_class(nodes.Const)
        if isinstance(literal.value, str) and vocabulary.DEVICE.fullmatch(literal.value)
    )
    return _Side(found) if found else None


def _is_tensor(names: Names, node: nodes.NodeNG) -> bool:
    if isinstance(node, nodes.Call) and tensors.last_name(node.func) == "next" and node.args:
        return tensors.method_of(node.args[0], {"buffers", "parameters"}) is not None
    return node in tensors.known(names)


def _strings(node: nodes.NodeNG) -> list[str]:
    """The devices that a string, or a display of strings, names; empty for anything else."""
    items = node.elts if isinstance(node, (nodes.List, nodes.Set, nodes.Tuple)) else [node]
    values = [one.value for one in items if isinstance(one, nodes.Const)]
    found = [one for one in values if isinstance(one, str) and vocabulary.DEVICE.fullmatch(one)]
    return found if len(found) == len(items) else []


def _without_index(names: Names, side: _Side, other: nodes.NodeNG) -> str | None:
    """``cuda`` of ``torch.device("cuda")``, where the other side surely has an index."""
    if not isinstance(other, nodes.Call) or names.api(other.func) != "torch.device":
        return None
    literal = tensors.device(names, other)
    if literal is None or not vocabulary.DEVICE.fullmatch(literal) or _index(literal):
        return None
    if not side.literals:  # Tensors of the CPU, and of meta, have no index.
        return None if literal in {"cpu", "meta"} else literal
    kinds = [one for one in side.literals if one.partition(":")[0] == literal]
    return literal if kinds and all(map(_index, kinds)) else None


def _shown(device: str, literals: list[str]) -> str:
    return f"str({device})" if any(map(_index, literals)) else f"{device}.type"


def _fixes(
    module: Module,
    comparison: nodes.Compare,
    one: nodes.NodeNG,
    other: nodes.NodeNG,
    literals: list[str],
) -> Iterator[Fix]:
    title = "Compare the type of the device"
    source = module.source
    for target in module.settings.targets:
        if target == "tf2":
            yield replacements.example(SYMBOL, "string", target, title)
            continue
        shown = _shown(source.segment(one), literals)
        edits = [Edit(source.start(one), source.end(one), shown)]
        if isinstance(other, nodes.Call):
            edits.append(Edit(source.start(other), source.end(other), f'"{literals[0]}"'))
        start = source.start(comparison)
        text = source.segment(comparison)
        for edit in sorted(edits, reverse=True):
            text = f"{text[: edit.start - start]}{edit.text}{text[edit.end - start :]}"
        executed = program_evidence(SYMBOL, target)
        yield replacements.executed_edits(target, title, text, edits, executed)
