"""Variables of TensorFlow that are made under one ``tf.device`` and used under another."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import replacements, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from ..torch.objects import enclosing_class

SYMBOL = "device-variable-scope"

RULE = Rule(
    id="W6838",
    message="'%(name)s' is a variable on %(made)s and is %(effect)s; make it under the device "
    "that computes with it",
    summary="A variable is made under one `tf.device` and used under another.",
    why="""\
A variable lies where it was made, and `tf.device` around its use does not move it. Executed with
several logical CPUs, in TensorFlow 1.15 and 2.21:

* An operation under another device reads the variable over: all of it is copied, in TensorFlow 1 at
  each run, in TensorFlow 2 at each operation, without a word. After
  `tf.config.experimental.set_device_policy('explicit')` TensorFlow 2 raises
  `InvalidArgumentError: Tensors on conflicting devices`, and PyTorch raises a RuntimeError always.
* `assign`, `assign_add` and `scatter_update` under another device run where the variable lies: the
  block around them has no effect.
* `tf.Variable(other.initialized_value())` on another device raises `InvalidArgumentError: Cannot
  colocate nodes` in TensorFlow 1, unless it places softly.

Reported where both devices are literals and name another device, for a variable with a name of its
own or an attribute of `self`. Left alone are variables that a parameter server or several towers
share, whose devices are chosen by a condition, a function or a number, and blocks for a CPU inside
which only a part of the variable is looked up.
""",
    references=(
        "https://www.tensorflow.org/guide/variable#placing_variables_and_tensors",
        "https://www.tensorflow.org/api_docs/python/tf/config/experimental/set_device_policy",
    ),
)

_MAKERS = frozenset({"tensorflow.Variable", "tensorflow.get_variable"})

_UPDATE = re.compile(r"(?:assign|scatter)(?:_\w+)?|batch_scatter_update|count_up_to")

#: Functions that read some rows, and do it where the variable lies.
_PARTS = frozenset({"embedding_lookup", "gather", "gather_nd", "sparse_read"})

#: Methods, functions and attributes that do not read the elements.
_FREE = frozenset(
    """
    colocate_with device dtype get_shape gradients graph initializer is_variable_initialized name op
    rank shape size
    """.split()
)

_DEVICE = re.compile(r"/?(?:device:)?(?P<kind>cpu|gpu|tpu)(?::(?P<number>\d+))?", re.IGNORECASE)


class _Use(NamedTuple):
    """A place under another device that works with a variable.

    :param made: the device of the variable.
    """

    node: nodes.NodeNG
    made: str
    effect: str
    case: str


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    blocks = [with_ for with_ in names.by_type["With"] if _literal(names, with_) is not None]
    if len({_literal(names, with_) for with_ in blocks}) < 2:
        return
    for target, made in _variables(names):
        seen = set()
        for use in _uses(names, target, made):
            block = _block(names, use.node)
            if (block, use.case) not in seen:
                seen.add((block, use.case))
                yield module.finding(
                    use.node,
                    "tensorflow.Variable",
                    confidence="INFERENCE",
                    name=module.source.segment(use.node),
                    made=use.made,
                    effect=use.effect,
                    fixes=functools.partial(_fixes, module, use),
                )


def _literal(names: Names, with_: nodes.With) -> str | None:
    """The one device that a block states: ``cpu:0`` for ``/cpu:0``; "" for one not in sight."""
    for item, _ in with_.items:
        api = names.api(item.func) if isinstance(item, nodes.Call) else None
        if api is None or "tensorflow.device" not in signatures.aliases(api):
            continue
        given = item.args[0] if item.args else next((one.value for one in item.keywords), None)
        value = given.value if isinstance(given, nodes.Const) else None
        match = _DEVICE.fullmatch(value) if isinstance(value, str) else None
        return f"{match['kind'].lower()}:{match['number'] or 0}" if match is not None else ""
    return None


def _block(names: Names, node: nodes.NodeNG) -> nodes.With | None:
    """The innermost block with a device around a node, in its function."""
    for one in node.node_ancestors():
        if isinstance(one, (nodes.FunctionDef, nodes.Lambda, nodes.ClassDef)):
            return None
        if isinstance(one, nodes.With) and _literal(names, one) is not None:
            return one
    return None


def _device(names: Names, node: nodes.NodeNG) -> str:
    """The literal device under which a node stands; "" where none is in sight."""
    block = _block(names, node)
    return (_literal(names, block) or "") if block is not None else ""


def _variables(names: Names) -> Iterator[tuple[nodes.NodeNG, str]]:
    """What a variable is assigned to under a literal device, and that device."""
    for kind in ("AssignName", "AssignAttr"):
        for target in names.by_type[kind]:
            value = target.parent.value if isinstance(target.parent, nodes.Assign) else None
            api = names.api(value.func) if isinstance(value, nodes.Call) else None
            if api is not None and not _MAKERS.isdisjoint((api, *signatures.aliases(api))):
                made = _device(names, target)
                if made:
                    yield target, made


def _uses(names: Names, target: nodes.NodeNG, made: str) -> Iterator[_Use]:
    for node in _reads(names, target):
        there = _device(names, node)
        if not there or there == made:
            continue
        at, other = f"/{made}", f"/{there}"
        parent = node.parent
        if isinstance(parent, nodes.Attribute):
            if _UPDATE.fullmatch(parent.attrname):
                yield _Use(node, at, f"updated under {other}, which has no effect", "update")
            elif parent.attrname == "initialized_value":
                effect = f"read by initialized_value() under {other}, where TensorFlow 1 raises"
                yield _Use(node, at, effect, "initial-value")
            elif parent.attrname not in _FREE | _PARTS:
                yield _Use(node, at, _read(other), "read")
            continue
        call = parent if isinstance(parent, nodes.Call) and node in parent.args else None
        api = (names.api(call.func) or "") if call is not None else ""
        name = api.rpartition(".")[2] if "(" not in api else ""
        if call is not None and _UPDATE.fullmatch(name) and call.args[0] is node:
            yield _Use(node, at, f"updated under {other}, which has no effect", "update")
        elif isinstance(parent, nodes.BinOp) or (name and name not in _FREE | _PARTS):
            yield _Use(node, at, _read(other), "read")


def _read(device: str) -> str:
    return f"used under {device}, which copies all of it each time"


def _reads(names: Names, target: nodes.NodeNG) -> Iterator[nodes.NodeNG]:
    """The uses of what is assigned, where nothing else is."""
    if isinstance(target, nodes.AssignName):
        for use in names.uses(target.name):
            bindings = names.bindings(use)
            if len(bindings) == 1 and bindings[0].node is target:
                yield use
        return
    owner = enclosing_class(target)
    targets = names.by_type["AssignAttr"]
    same = [one for one in targets if _is_same(one, target) and enclosing_class(one) is owner]
    if owner is not None and len(same) == 1:
        found = [one for one in names.by_type["Attribute"] if _is_same(one, target)]
        for node in sorted(found, key=lambda one: (one.lineno, one.col_offset)):
            if enclosing_class(node) is owner:
                yield node


def _is_same(node: nodes.NodeNG, target: nodes.AssignAttr) -> bool:
    """Whether both are one attribute of ``self``."""
    return bool(
        node.attrname == target.attrname
        and isinstance(node.expr, nodes.Name)
        and node.expr.name == "self" == getattr(target.expr, "name", "")
    )


def _fixes(module: Module, use: _Use) -> Iterator[Fix]:
    for target in module.settings.targets:
        yield replacements.example(SYMBOL, use.case, target, "Make it where it is used")
