"""Modules in a plain list or dictionary, where their owner does not see them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import replacements, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.imports import Imports
from lintplugin.names import Names
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

from ..torch import objects, vocabulary
from . import tensors

RULE = Rule(
    id="W6815",
    message="the modules in 'self.%(name)s' are in a plain %(kind)s, so they are not moved, "
    "trained, saved or switched by eval(): use nn.%(container)s",
    summary="A module keeps others in a plain list or dictionary, where it does not see them.",
    why="""\
A module knows the modules that its attributes are, and not those in a list or dictionary that an
attribute is. What that means was executed with PyTorch 2.13:

* `model.to(device)` leaves them on the CPU, and `forward` raises `RuntimeError`; shown on `meta`;
* `model.parameters()` does not give their parameters. An optimiser trains the rest only, or raises
  `ValueError: optimizer got an empty parameter list`;
* `state_dict()` does not save them, and `eval()` does not reach a `Dropout` among them.

`nn.ModuleList` and `nn.ModuleDict` are used as the list and the dictionary are. Checkpoints that
were saved before lack these parameters, which were never trained.

Reported where the modules in it are in sight: layers of PyTorch with parameters, dropout, or
modules of this file, in a display, a comprehension, or added by `append`, `insert` or an index.
Left alone: layers without parameters (`nn.ReLU`), a list of one, which hides a module on purpose,
modules that are attributes as well, and classes that register them by `add_module`, `setattr` or a
container.

Keras and `tf.Module` find variables in lists and dictionaries by themselves; this was executed,
too.
""",
    references=(
        "https://pytorch.org/docs/stable/generated/torch.nn.ModuleList.html",
        "https://pytorch.org/docs/stable/generated/torch.nn.ModuleDict.html",
    ),
)

SYMBOL = "device-modules-in-list"

_DROPOUT = re.compile(r"torch\.nn\.(?:modules\.dropout\.)?\w*Dropout(?:\dd)?\(\)")

#: What a class does that registers modules in another way, or moves them itself.
_REGISTERS = frozenset({"add_module", "register_module", "_modules"})
_OVERRIDES = frozenset({"_apply", "children", "cuda", "named_parameters", "parameters", "to"})

_CONTAINERS = frozenset({"torch.nn.ModuleDict", "torch.nn.ModuleList", "torch.nn.Sequential"})

#: Functions that read a list as they read a container.
_READERS = frozenset({"all", "any", "enumerate", "iter", "len", "list", "reversed", "zip"})

_METHODS = {
    "ModuleList": frozenset({"append", "extend", "insert"}),
    "ModuleDict": frozenset({"items", "keys", "update", "values"}),
}


class _Collection(NamedTuple):
    """An attribute that holds modules.

    :param reads: the other places of the class that read it.
    """

    target: nodes.AssignAttr
    container: str
    reads: tuple[nodes.Attribute, ...]

    @property
    def value(self) -> nodes.NodeNG:
        return self.target.parent.value


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not objects.imports_torch(names):
        return
    for target in names.by_type["AssignAttr"]:
        container = _container(target)
        owner = tensors.enclosing_module(names, target) if container is not None else None
        if owner is None or container is None or _registers(names, owner, target):
            continue
        reads = tuple(
            read for read in names.by_type["Attribute"] if read.attrname == target.attrname
        )
        collection = _Collection(target, container, reads)
        if any(_has_state(names, one) for one in _elements(collection)):
            yield module.finding(
                target.parent,
                f"torch.nn.{container}",
                confidence="INFERENCE",
                fixes=functools.partial(_fixes, module, collection),
                name=target.attrname,
                kind="list" if container == "ModuleList" else "dictionary",
                container=container,
            )


def _container(target: nodes.AssignAttr) -> str | None:
    """What should hold the modules that an assignment to ``self.name`` puts into a display."""
    statement = target.parent
    if not tensors.is_self(target) or not isinstance(statement, nodes.Assign):
        return None
    value = statement.value
    if isinstance(value, (nodes.List, nodes.ListComp)):
        is_hidden = isinstance(value, nodes.List) and len(value.elts) == 1
        return None if is_hidden else "ModuleList"
    return "ModuleDict" if isinstance(value, (nodes.Dict, nodes.DictComp)) else None


def _registers(names: Names, owner: nodes.ClassDef, target: nodes.AssignAttr) -> bool:
    """Whether a class makes the modules of an attribute known in another way."""
    if any(objects.method(owner, name) for name in _OVERRIDES):
        return True
    if any(node.attrname in _REGISTERS for node in owner.nodes_of_class(nodes.Attribute)):
        return True
    if any(
        one is not target and one.attrname == target.attrname
        for one in owner.nodes_of_class(nodes.AssignAttr)
    ):
        return True
    for call in owner.nodes_of_class(nodes.Call):
        mentioned = map(tensors.last_name, call.nodes_of_class((nodes.Attribute, nodes.Name)))
        if tensors.last_name(call.func) == "setattr":
            if "self" in mentioned:
                return True
        elif names.api(call.func) in _CONTAINERS and target.attrname in mentioned:
            return True
    return False


def _elements(collection: _Collection) -> Iterator[nodes.NodeNG]:
    """What a list or dictionary is made of and given in its class."""
    value = collection.value
    if isinstance(value, (nodes.ListComp, nodes.DictComp)):
        yield value.value if isinstance(value, nodes.DictComp) else value.elt
    elif isinstance(value, nodes.Dict):
        yield from (one for _, one in value.items)
    else:
        yield from value.elts
    for read in filter(tensors.is_self, collection.reads):
        use = read.parent
        call = use.parent
        if isinstance(use, nodes.Attribute) and tensors.method_of(call, {"append", "insert"}):
            yield from call.args[-1:]
        elif isinstance(use, nodes.Subscript) and isinstance(call, nodes.Assign):
            yield from [call.value] if use in call.targets else []


def _has_state(names: Names, node: nodes.NodeNG) -> bool:
    """Whether an expression makes a module that has parameters, or another mode for training."""
    if isinstance(node, nodes.Name):
        bindings = names.bindings(node)
        value = bindings[0].value if len(bindings) == 1 else None
        held = any(
            isinstance(use.parent, nodes.Assign)
            and any(isinstance(one, nodes.AssignAttr) for one in use.parent.targets)
            for use in names.uses(node.name)
        )
        return isinstance(value, nodes.Call) and not held and _has_state(names, value)
    if not isinstance(node, nodes.Call):
        return False
    api = names.api(node) or ""
    if vocabulary.WEIGHTED.fullmatch(api) or _DROPOUT.fullmatch(api):
        return True
    if api == "torch.nn.Sequential()":
        return any(_has_state(names, one) for one in node.args)
    return objects.class_of(names, node) is not None


def _fixes(module: Module, collection: _Collection) -> Iterator[Fix]:
    title = f"Use nn.{collection.container}"
    for target in module.settings.targets:
        case = "list" if collection.container == "ModuleList" else "dictionary"
        if target == "tf2":
            yield replacements.example(SYMBOL, case, target, title)
            continue
        source, imports = module.source, Imports(module)
        written = source.segment(collection.value)
        spelled = f"{imports.spell('torch.nn')}.{collection.container}"
        text = f"{spelled}()" if written in {"[]", "{}"} else f"{spelled}({written})"
        executed = program_evidence(SYMBOL, target)
        reason = _obstacle(collection, imports)
        if reason:
            yield Fix(target, Applicability.DISPLAY, title, text, reason, evidence=executed)
            continue
        start, end = source.start(collection.value), source.end(collection.value)
        edits = [Edit(start, end, text), *imports.additions()]
        yield replacements.executed_edits(target, title, text, edits, executed, _UNSAFE)


#: Why a person should look: what was saved before lacks these weights.
_UNSAFE = "the model gains parameters, and its state_dict() keys"


def _obstacle(collection: _Collection, imports: Imports) -> str:
    """Why a container cannot simply take the place of a list or dictionary; empty when it can."""
    if not tensors.is_initialised(collection.target):
        return tensors.UNINITIALISED
    if (clash := imports.clash()) is not None:
        return f"'{clash.name}' is already the name of something else in this file"
    if not all(_is_key(key) for key in _keys(collection)):
        return "the keys of an nn.ModuleDict are strings without dots, and no names of its methods"
    other = next((read for read in collection.reads if not _is_alike(collection, read)), None)
    return f"line {other.lineno} uses it as an nn.{collection.container} cannot be" if other else ""


def _keys(collection: _Collection) -> Iterator[nodes.NodeNG]:
    if collection.container != "ModuleDict":
        return
    if isinstance(collection.value, nodes.DictComp):
        yield collection.value.key
    else:
        yield from (key for key, _ in collection.value.items)
    for read in collection.reads:
        item, statement = read.parent, read.parent.parent
        is_stored = isinstance(statement, nodes.Assign) and item in statement.targets
        if is_stored and isinstance(item, nodes.Subscript):
            yield item.slice


def _is_key(node: nodes.NodeNG) -> bool:
    if not isinstance(node, nodes.Const) or not isinstance(node.value, str) or "." in node.value:
        return False
    return bool(node.value) and not signatures.modern_entry(f"torch.nn.ModuleDict.{node.value}")


def _is_alike(collection: _Collection, read: nodes.Attribute) -> bool:
    """Whether a read of a list or dictionary works with a container, and means the same."""
    parent = read.parent
    if isinstance(parent, nodes.Attribute):
        return parent.attrname in _METHODS[collection.container]
    if isinstance(parent, nodes.Subscript):
        return parent.value is read
    if isinstance(parent, (nodes.For, nodes.Comprehension)):
        return parent.iter is read
    if isinstance(parent, nodes.Call):
        return isinstance(parent.func, nodes.Name) and parent.func.name in _READERS
    if isinstance(parent, nodes.Compare):
        return parent.ops[-1][0] in {"in", "not in"}
    return isinstance(parent, nodes.Starred)
