"""Where tensors of PyTorch lie: on the CPU, where they are made, or where their module is.

A tensor that states no device is made on the CPU. Tensors that ``forward`` is given, parameters,
and what layers return lie where the module was moved to, and what ``.to(device)`` returns lies
there. What the text does not tell has no place. A tensor without dimensions mixes with any other,
so it has none, either; this was executed with PyTorch 2.13.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.names import Binding, Names

from ..torch import objects, vocabulary
from . import models, tensors

#: How deep an expression is followed.
_MAX_DEPTH = 60

#: Packages of functions that take and return tensors.
FUNCTIONS = frozenset({"torch", "torch.nn.functional"})

_COMPARISONS = frozenset({"<", "<=", "==", ">", ">=", "!="})


class Where(enum.Enum):
    """``CPU``: where it was made. ``MODULE``: with its module. ``MOVED``: where it was moved to."""

    CPU = "cpu"
    MODULE = "module"
    MOVED = "moved"


@dataclass(frozen=True)
class Place:
    """Where a tensor lies.

    :param made: the calls that made it on the CPU.
    :param held: the attributes of a module that held it since.
    :param batch: what binds an item of a batch of a loader, which makes them on the CPU.
    """

    where: Where
    made: tuple[nodes.Call, ...] = ()
    held: tuple[nodes.AssignAttr, ...] = ()
    batch: tuple[nodes.AssignName, ...] = ()

    @property
    def is_cpu(self) -> bool:
        return self.where is Where.CPU


class Placement:
    """Places of the expressions of one module."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._places: dict[nodes.NodeNG, Place | None] = {}
        self._open: set[nodes.NodeNG] = set()
        self._steps: dict[nodes.ClassDef, set[nodes.FunctionDef]] = {}

    def of(self, node: nodes.NodeNG) -> Place | None:
        """Where a tensor lies; None where the text does not tell, or it is no tensor."""
        if node not in self._places:
            if node in self._open or len(self._open) > _MAX_DEPTH:
                return None
            self._open.add(node)
            found = self._of(node)
            self._open.discard(node)
            self._places[node] = found
        return self._places[node]

    def _of(self, node: nodes.NodeNG) -> Place | None:
        if isinstance(node, nodes.Call):
            return self._call(node)
        if isinstance(node, (nodes.Name, nodes.AssignName)):
            return self._name(node)
        if isinstance(node, nodes.Attribute):
            return self._attribute(node)
        if isinstance(node, (nodes.BinOp, nodes.Compare)):
            return self._joined(operands(node))
        if isinstance(node, nodes.UnaryOp):
            return self.of(node.operand)
        if isinstance(node, nodes.Subscript):
            found = self.of(node.value)
            return found if found is None or not found.is_cpu or _has_slice(node) else None
        return None

    def _joined(self, operands: Sequence[nodes.NodeNG]) -> Place | None:
        """Where the result of an operation lies that did not raise."""
        found = [place for place in map(self.of, operands) if place is not None]
        return next((place for place in found if not place.is_cpu), None) or _merged(found)

    # Names and attributes

    def _name(self, node: nodes.Name | nodes.AssignName) -> Place | None:
        found: list[Place | None] = []
        for binding in self._names.bindings(node):
            value = binding.value
            if _is_optional(binding.node):
                continue  # What it is when it is not given is another binding.
            if self._is_batch(binding):
                found.append(Place(Where.CPU, batch=(binding.node,)))
            elif value is None or isinstance(binding.node.parent, nodes.AugAssign):
                found.append(self._bound(binding))
            elif value not in self._open and not value.parent_of(node):
                found.append(self.of(value))
            # Else a loop, which leaves it where it was.
        return None if None in found else _merged([one for one in found if one is not None])

    def _is_batch(self, binding: Binding) -> bool:
        """Whether a name is bound to an item of a batch that lies on the CPU."""
        loader = tensors.known(self._names).loader_of(binding)
        made = models.constructors(self._names, loader) if loader is not None else []
        return bool(made) and all(map(self._loads_to_cpu, made))

    def _loads_to_cpu(self, loader: nodes.Call) -> bool:
        """Whether a ``DataLoader`` must read a data set from the CPU, or surely does."""
        given = {one.arg: one.value for one in loader.keywords}
        workers = given.get("num_workers")
        if isinstance(workers, nodes.Const) and workers.value:
            return True
        pinned = given.get("pin_memory")
        if isinstance(pinned, nodes.Const) and pinned.value is True:
            return True
        data = loader.args[0] if loader.args else given.get("dataset")
        made = objects.constructor(self._names, data) if data is not None else None
        if made is None:
            return False
        if (self._names.api(made.func) or "").endswith("TensorDataset"):
            return all((place := self.of(one)) is not None and place.is_cpu for one in made.args)
        package = made.func
        while isinstance(package, nodes.Attribute):
            package = package.expr
        bindings = self._names.bindings(package) if isinstance(package, nodes.Name) else []
        return bool(bindings) and all(
            (one.api or "").partition(".")[0] == "torchvision" for one in bindings
        )

    def _bound(self, binding: Binding) -> Place | None:
        node = binding.node
        if isinstance(node.parent, nodes.AugAssign):
            return self.of(node)  # In place.
        return self.parameter(node) if isinstance(node.parent, nodes.Arguments) else None

    def parameter(self, parameter: nodes.AssignName) -> Place | None:
        """A tensor that ``forward`` is given lies where the module does."""
        if not self.is_step(parameter.parent.parent) or "len" in parameter.name:
            return None
        given = [self.of(one) for one in _given(parameter)]
        if given and None not in given:
            return _merged([one for one in given if one is not None])
        annotated = self._names.api(parameter) == "torch.Tensor()"
        if not annotated and not tensors.used_as_tensor(self._names, parameter):
            return None
        uses = tensors.uses_of(self._names, parameter)
        return None if any(map(self._leaves, uses)) else Place(Where.MODULE)

    def _leaves(self, use: nodes.Name) -> bool:
        """Whether a tensor is taken to another device, or is one that must lie on the CPU."""
        parent = use.parent
        if isinstance(parent, nodes.Attribute):
            return parent.attrname in vocabulary.LEAVES
        api = self._names.api(parent.func) if isinstance(parent, nodes.Call) else None
        return api is not None and api.startswith("torch.nn.utils.rnn.")

    def is_step(self, function: nodes.NodeNG) -> bool:
        """Whether a function is ``forward`` of a module, or a method that it calls."""
        owner = function.parent
        if not isinstance(function, nodes.FunctionDef) or not isinstance(owner, nodes.ClassDef):
            return False
        if owner not in self._steps:
            is_module = objects.is_module_class(self._names, owner)
            self._steps[owner] = _reached(owner, "forward") if is_module else set()
        return function in self._steps[owner]

    def _attribute(self, node: nodes.Attribute) -> Place | None:
        if node.attrname in {"T", "data", "mT"}:
            return self.of(node.expr)
        owner = tensors.enclosing_module(self._names, node) if tensors.is_self(node) else None
        if owner is None:
            return None
        if vocabulary.PARAMETER.fullmatch(self._names.api(node) or ""):
            return Place(Where.MODULE)
        if node.attrname in registered(owner):
            return Place(Where.MODULE)
        targets = [
            one
            for one in self._names.by_type["AssignAttr"]
            if one.attrname == node.attrname
            and (objects.enclosing_class(one) is owner or not tensors.is_self(one))
        ]
        if len(targets) != 1 or not isinstance(targets[0].parent, nodes.Assign):
            return None
        (target,) = targets
        if target.scope() is not objects.method(owner, "__init__"):
            return None
        place = self.of(target.parent.value)
        return replace(place, held=(*place.held, target)) if place else None

    # Calls

    def _call(self, call: nodes.Call) -> Place | None:
        api = self._names.api(call.func) or ""
        package, _, name = api.rpartition(".")
        if package in FUNCTIONS:
            if package == "torch" and name in vocabulary.FACTORIES | vocabulary.CPU_ONLY:
                return _made(call, name)
            keeps = name in vocabulary.KEEPING and tensors.keyword(call, "device") is None
            return self._joined(arguments(call)) if keeps else None
        if api == "torch.autograd.Variable":
            return self._joined(call.args[:1])
        callee = call.func
        if tensors.is_self(callee):
            return self.layer(callee) or self._returned(call)
        if isinstance(callee, nodes.Attribute):
            return self._method(call, callee)
        return Place(Where.MOVED) if models.is_moved(self._names, call) else None

    def _method(self, call: nodes.Call, callee: nodes.Attribute) -> Place | None:
        name = callee.attrname.rstrip("_")
        if name in vocabulary.MOVES:
            there = tensors.destination(self._names, call)
            if there is not None:
                return None if tensors.is_cpu(there) else Place(Where.MOVED)
            given = self._names.api(call.args[0]) if call.args else None
            is_dtype = (given or "").startswith("torch.")
            return self.of(callee.expr) if is_dtype else None
        if name not in vocabulary.KEEPING | vocabulary.REDUCING:
            return None
        found = self.of(callee.expr)
        may_be_number = found is not None and found.is_cpu and name in vocabulary.REDUCING
        return None if may_be_number else found

    def layer(self, callee: nodes.NodeNG) -> Place | None:
        """Where a layer with parameters lies that a module calls as ``self.name``."""
        if not tensors.is_self(callee) or not tensors.enclosing_module(self._names, callee):
            return None
        api = self._names.api(callee) or ""
        return Place(Where.MODULE) if vocabulary.WEIGHTED.fullmatch(api) else None

    def _returned(self, call: nodes.Call) -> Place | None:
        """What a method of the same class returns, where it has one ``return``."""
        owner = objects.enclosing_class(call)
        function = objects.method(owner, call.func.attrname) if owner is not None else None
        if function is None or function.decorators is not None:
            return None
        returned = [
            one.value
            for one in function.nodes_of_class(nodes.Return)
            if one.scope() is function and one.value is not None
        ]
        if len(returned) != 1:
            return None
        items = returned[0].elts if isinstance(returned[0], nodes.Tuple) else returned
        found = [self.of(one) for one in items]
        return None if None in found else _merged([one for one in found if one is not None])


def _is_optional(node: nodes.NodeNG) -> bool:
    """Whether a node is a parameter whose default is None."""
    arguments = node.parent
    if not isinstance(arguments, nodes.Arguments):
        return False
    last = zip(reversed(arguments.args or ()), reversed(arguments.defaults or ()), strict=False)
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return any(
        one is node and isinstance(default, nodes.Const) and default.value is None
        for one, default in (*last, *named)
    )


#: Arguments of functions that make tensors, after which they do not lie on the CPU for sure.
_ELSEWHERE = frozenset({None, "device", "generator", "pin_memory"})


def _made(call: nodes.Call, name: str) -> Place | None:
    """A tensor that a function of PyTorch makes on the CPU; None where it may be a number."""
    if any(one.arg in _ELSEWHERE for one in call.keywords):
        return None
    first = call.args[0] if call.args else None
    displays = (nodes.List, nodes.Tuple, nodes.ListComp)
    if name == "tensor" and not isinstance(first, displays):
        return None
    if isinstance(first, (nodes.List, nodes.Tuple)) and not first.elts and name != "tensor":
        return None
    return Place(Where.CPU, (call,))


def _merged(places: Sequence[Place]) -> Place | None:
    """The one place of several tensors."""
    if len({place.where for place in places}) != 1:
        return None
    made = dict.fromkeys(call for place in places for call in place.made)
    held = dict.fromkeys(target for place in places for target in place.held)
    batch = dict.fromkeys(name for place in places for name in place.batch)
    return Place(places[0].where, tuple(made), tuple(held), tuple(batch))


def registered(owner: nodes.ClassDef) -> set[object]:
    """Names that a class registers as parameters and buffers."""
    return {
        call.args[0].value
        for call in owner.nodes_of_class(nodes.Call)
        if tensors.method_of(call, {"register_buffer", "register_parameter"})
        and call.args
        and isinstance(call.args[0], nodes.Const)
    }


def _given(parameter: nodes.AssignName) -> list[nodes.NodeNG]:
    """What the calls of a method in its class pass for a parameter."""
    function = parameter.parent.parent
    if parameter not in (function.args.args or ()):
        return []
    place = function.args.args.index(parameter) - 1
    calls = [
        call
        for call in function.parent.nodes_of_class(nodes.Call)
        if tensors.is_self(call.func) and call.func.attrname == function.name
    ]
    positional = [one for call in calls for one in call.args[max(place, 0) : place + 1]]
    named = [tensors.keyword(call, parameter.name) for call in calls]
    return [*positional, *(one for one in named if one is not None)]


def _reached(owner: nodes.ClassDef, name: str) -> set[nodes.FunctionDef]:
    """A method and the methods of the same class that it calls."""
    waiting = [objects.method(owner, name)]
    found: set[nodes.FunctionDef] = set()
    while waiting:
        function = waiting.pop()
        if function is not None and function not in found:
            found.add(function)
            calls = function.nodes_of_class(nodes.Call)
            called = [call.func.attrname for call in calls if tensors.is_self(call.func)]
            waiting.extend(objects.method(owner, one) for one in called)
    return found


def operands(node: nodes.NodeNG) -> list[nodes.NodeNG]:
    """What an operator takes that works on tensors element by element, or as matrices."""
    if isinstance(node, nodes.BinOp):
        return [node.left, node.right]
    if isinstance(node, nodes.AugAssign):
        return [node.target, node.value]
    if all(op in _COMPARISONS for op, _ in node.ops):
        return [node.left, *(right for _, right in node.ops)]
    return []


def arguments(call: nodes.Call) -> list[nodes.NodeNG]:
    """What a call is given, the items of tuples and lists one by one."""
    waiting = [*call.args, *(one.value for one in call.keywords)]
    found: list[nodes.NodeNG] = []
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, (nodes.Tuple, nodes.List)):
            waiting[:0] = node.elts
        else:
            found.append(node)
    return found


def _has_slice(node: nodes.Subscript) -> bool:
    """Whether an index leaves a dimension for sure."""
    index = node.slice
    parts = index.elts if isinstance(index, nodes.Tuple) else [index]
    return any(
        isinstance(one, nodes.Slice) or (isinstance(one, nodes.Const) and one.value is None)
        for one in parts
    )


def makes_tensors(module: Module) -> bool:
    """Whether a file makes any tensor that may lie on the CPU."""
    made = vocabulary.FACTORIES | vocabulary.CPU_ONLY
    return any(f"torch.{name}" in module.by_api for name in made)


def known(names: Names) -> Placement:
    """The places of the expressions of a module."""
    return names.kept(Placement)
