"""Which expressions are tensors of PyTorch, and which device a call states."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from astroid import nodes

from lintplugin.names import Binding, Names

from ..torch import objects, vocabulary


def keyword(call: nodes.Call, name: str) -> nodes.NodeNG | None:
    """What a call gives for a keyword."""
    return next((one.value for one in call.keywords if one.arg == name), None)


def method_of(call: nodes.NodeNG, methods: Collection[str]) -> nodes.Attribute | None:
    """The callee of a call of one of some methods."""
    if not isinstance(call, nodes.Call) or not isinstance(call.func, nodes.Attribute):
        return None
    return call.func if call.func.attrname in methods else None


def is_self(node: nodes.NodeNG) -> bool:
    """Whether a node is ``self.name``."""
    return (
        isinstance(node, (nodes.Attribute, nodes.AssignAttr))
        and isinstance(node.expr, nodes.Name)
        and node.expr.name == "self"
    )


def last_name(node: nodes.NodeNG) -> str:
    """``name`` of ``name`` and of ``self.name``."""
    return str(getattr(node, "attrname", getattr(node, "name", "")))


def device(names: Names, node: nodes.NodeNG) -> str | None:
    """A device as text: the literal that it surely is, else the expression; None if it is none."""
    if isinstance(node, nodes.Const):
        if isinstance(node.value, str) and vocabulary.DEVICE.fullmatch(node.value):
            return node.value
        return f"cuda:{node.value}" if type(node.value) is int else None
    if isinstance(node, nodes.Call) and names.api(node.func) == "torch.device":
        parts = [*node.args, *(one.value for one in node.keywords)]
        if all(isinstance(one, nodes.Const) for one in parts):
            return ":".join(str(one.value) for one in parts)
        return str(node.as_string())
    if isinstance(node, nodes.IfExp):
        found = {device(names, one) for one in (node.body, node.orelse)}
        return None if None in found else found.pop() if len(found) == 1 else node.as_string()
    if isinstance(node, nodes.Name):
        values = [binding.value for binding in names.bindings(node)]
        if len(values) == 1 and isinstance(values[0], (nodes.Const, nodes.Call)):
            literal = device(names, values[0])
            if literal is not None and vocabulary.DEVICE.fullmatch(literal):
                return literal
    is_one = names.api(node) == "torch.device()"
    return node.as_string() if is_one or vocabulary.DEVICE_NAME.fullmatch(last_name(node)) else None


def destination(names: Names, call: nodes.Call) -> str | None:
    """The device of ``.to(…)``, ``.cuda(…)`` and ``.cpu()``, as :func:`device` gives it."""
    if call.func.attrname != "to":
        return str(call.func.attrname)
    given = keyword(call, "device") or (call.args[0] if call.args else None)
    return device(names, given) if given is not None else None


def is_cpu(place: str) -> bool:
    """Whether a device is the CPU wherever the program runs."""
    return place.partition(":")[0] == "cpu"


def changes_default(names: Names) -> bool:
    """Whether a file says where tensors are made that state no device."""
    calls = (names.api(call.func) in vocabulary.DEFAULTS for call in names.by_type["Call"])
    contexts = (
        names.api(item) == "torch.device()"
        for with_ in names.by_type["With"]
        for item, _ in with_.items
    )
    return any(calls) or any(contexts)


def used_as_tensor(names: Names, parameter: nodes.AssignName) -> bool:
    """Whether a function uses a parameter as only a tensor can be."""
    return any(
        (isinstance(use.parent, nodes.Attribute) and use.parent.attrname in vocabulary.OF_TENSORS)
        or (
            isinstance(use.parent, nodes.Call)
            and use in use.parent.args[:1]
            and vocabulary.LAYER.fullmatch(names.api(use.parent.func) or "") is not None
        )
        for use in uses_of(names, parameter)
    )


def uses_of(names: Names, binder: nodes.AssignName) -> Iterator[nodes.Name]:
    """The reads that a binding of a name may reach."""
    for use in names.uses(binder.name):
        if any(binding.node is binder for binding in names.bindings(use)):
            yield use


#: What a module refuses whose own initialiser has not run.
UNINITIALISED = "no call of super().__init__() is before it"


def is_initialised(target: nodes.AssignAttr) -> bool:
    """Whether an attribute is assigned after the initialiser of ``nn.Module`` ran."""
    function = target.scope()
    return getattr(function, "name", "") != "__init__" or any(
        call.lineno < target.lineno
        and isinstance(call.func, nodes.Attribute)
        and call.func.attrname == "__init__"
        for call in function.nodes_of_class(nodes.Call)
    )


class Tensors:
    """What is known to be a tensor in one module; made once, by :meth:`Names.kept`."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._known: dict[nodes.NodeNG, bool] = {}

    def __contains__(self, node: nodes.NodeNG) -> bool:
        """Whether an expression is known to be a tensor."""
        if node not in self._known:
            self._known[node] = False  # A cycle tells nothing.
            self._known[node] = self._is_tensor(node)
        return self._known[node]

    def _is_tensor(self, node: nodes.NodeNG) -> bool:
        api = self._names.api(node) or ""
        if vocabulary.TENSOR.fullmatch(api):
            return True
        if isinstance(node, nodes.Call):
            kept = method_of(node, vocabulary.KEEPING | vocabulary.REDUCING | vocabulary.MOVES)
            if kept is not None and kept.expr in self:
                return True
            return vocabulary.SINGLE.fullmatch(self._names.api(node.func) or "") is not None
        if isinstance(node, nodes.Name):
            bindings = self._names.bindings(node)
            return bool(bindings) and all(map(self._binds, bindings))
        if isinstance(node, nodes.Attribute) and node.attrname in {"T", "data", "grad", "mT"}:
            return node.expr in self
        if isinstance(node, nodes.Subscript):
            return node.value in self or self.is_batch(node.value)
        if isinstance(node, nodes.BinOp):
            return node.left in self or node.right in self
        return isinstance(node, nodes.UnaryOp) and node.operand in self

    def _binds(self, binding: Binding) -> bool:
        if binding.value is not None:
            if binding.item is None:
                return binding.value in self
            return self.is_batch(binding.value)
        if isinstance(binding.node.parent, nodes.Arguments):
            return used_as_tensor(self._names, binding.node)
        loader, nested = loop_source(binding.node)
        return loader is not None and self.is_loader(loader, by_name=nested)

    def is_batch(self, node: nodes.NodeNG) -> bool:
        """Whether an expression is what a loader gave, whose items are tensors."""
        if isinstance(node, nodes.Call) and last_name(node.func) == "next" and node.args:
            source = node.args[0]
            if isinstance(source, nodes.Call) and last_name(source.func) == "iter" and source.args:
                return self.is_loader(source.args[0], by_name=True)
        if not isinstance(node, nodes.Name):
            return False
        sources = [
            loop_source(one.node) if one.value is None else (None, False)
            for one in self._names.bindings(node)
        ]
        return bool(sources) and all(
            loader is not None and not nested and self.is_loader(loader, by_name=True)
            for loader, nested in sources
        )

    def is_loader(self, node: nodes.NodeNG, by_name: bool) -> bool:
        """Whether an expression is a loader that makes its batches of tensors by itself.

        :param by_name: whether its name tells, where nothing else does.
        """
        if any(one.arg == "collate_fn" for one in self._names.by_type["Keyword"]):
            return False
        api = self._names.api(node)
        if api is not None:
            return api.startswith("torch.utils.data.") and api.endswith("DataLoader()")
        return by_name and vocabulary.LOADER_NAME.fullmatch(last_name(node)) is not None

    def loader_of(self, binding: Binding) -> nodes.NodeNG | None:
        """The loader of PyTorch of whose batches a name is bound to an item, or to the whole."""
        if binding.value is None:
            loader, _ = loop_source(binding.node)
        else:
            batch = binding.value if binding.item is not None else None
            inner = self._names.bindings(batch) if isinstance(batch, nodes.Name) else []
            if len(inner) != 1 or inner[0].value is not None:
                return None
            loader, _ = loop_source(inner[0].node)
        return loader if loader is not None and self.is_loader(loader, by_name=False) else None


def loop_source(target: nodes.NodeNG) -> tuple[nodes.NodeNG | None, bool]:
    """What a loop over batches iterates whose target binds a name, and whether that is an item."""
    loop = target.statement()
    if not isinstance(loop, nodes.For) or not isinstance(target, nodes.AssignName):
        return None, False
    iterated, whole = loop.iter, loop.target
    if isinstance(iterated, nodes.Call) and last_name(iterated.func) == "enumerate":
        if not isinstance(whole, nodes.Tuple) or len(whole.elts) != 2 or not iterated.args:
            return None, False
        iterated, whole = iterated.args[0], whole.elts[1]
    if isinstance(iterated, nodes.Call) and last_name(iterated.func) in {"tqdm", "trange"}:
        iterated = iterated.args[0] if iterated.args else iterated
    if whole is target:
        return iterated, False
    return (iterated, True) if whole.parent_of(target) else (None, False)


def known(names: Names) -> Tensors:
    """The tensors of a module."""
    return names.kept(Tensors)


def enclosing_module(names: Names, node: nodes.NodeNG) -> nodes.ClassDef | None:
    """The class around a node, where it is an ``nn.Module``."""
    owner = objects.enclosing_class(node)
    return owner if owner is not None and objects.is_module_class(names, owner) else None
