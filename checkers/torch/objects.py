"""What is known of PyTorch objects in a file: instances of its own classes and of PyTorch's."""

from __future__ import annotations

from collections.abc import Iterator

from astroid import nodes

from lintplugin.names import Names

MODULE = "torch.nn.Module"

# Longest chain of assignments that is followed; a guard against cycles.
_MAX_HOPS = 8


def imports_torch(names: Names) -> bool:
    """Whether a file imports PyTorch, so that it is worth a closer look."""
    return any(one.api.partition(".")[0] == "torch" for one in names.imports)


def is_module_class(names: Names, node: nodes.ClassDef) -> bool:
    """Whether a class of this file is an ``nn.Module``, directly or through other classes of it."""
    return _is_module_class(names, node, _MAX_HOPS)


def _is_module_class(names: Names, node: nodes.ClassDef, hops: int) -> bool:
    for base in node.bases:
        api = names.api(base)
        if api is not None and api.startswith("torch.nn.") and not api.endswith(")"):
            return True
        if hops and any(_is_module_class(names, one, hops - 1) for one in _classes(names, base)):
            return True
    return False


def _classes(names: Names, node: nodes.NodeNG) -> Iterator[nodes.ClassDef]:
    """The classes of this file that an expression may name."""
    if isinstance(node, nodes.Name):
        for binding in names.bindings(node):
            if isinstance(binding.node, nodes.ClassDef):
                yield binding.node


#: A name that is bound more often is no one thing, and each that bears it would ask for all.
MOST_BINDINGS = 16


def class_of(names: Names, node: nodes.NodeNG) -> nodes.ClassDef | None:
    """The class of this file, a subclass of ``nn.Module``, whose instance an expression is."""
    return _class_of(names, node, _MAX_HOPS)


def _class_of(names: Names, node: nodes.NodeNG, hops: int) -> nodes.ClassDef | None:
    if isinstance(node, nodes.Call):
        if isinstance(node.func, nodes.Attribute) and node.func.attrname in _RETURN_SELF:
            return _class_of(names, node.func.expr, hops)
        found = list(_classes(names, node.func))
        if len(found) == 1 and is_module_class(names, found[0]):
            return found[0]
        return None
    if isinstance(node, nodes.Name) and hops:
        bindings = names.bindings(node)
        if len(bindings) > MOST_BINDINGS:
            return None
        classes = {
            _class_of(names, binding.value, hops - 1)
            if binding.value is not None and binding.item is None
            else None
            for binding in bindings
        }
        return classes.pop() if len(classes) == 1 else None
    return None


#: Methods of ``nn.Module`` that return the module itself.
_RETURN_SELF = frozenset({"cuda", "cpu", "double", "eval", "float", "half", "to", "train"})


def is_object(names: Names, node: nodes.NodeNG) -> bool:
    """Whether an expression is known to be a tensor, module or other object of PyTorch."""
    api = names.api(node)
    if api is not None:
        return api.startswith("torch.") and api.endswith((")", "]"))
    return class_of(names, node) is not None


def constructor(names: Names, node: nodes.NodeNG) -> nodes.Call | None:
    """The call that made the object which a name or ``self.name`` denotes, if it is one call."""
    if isinstance(node, nodes.Call):
        return node
    values: list[nodes.NodeNG | None] = []
    if isinstance(node, nodes.Name):
        values = [binding.value for binding in names.bindings(node)]
    elif isinstance(node, nodes.Attribute) and isinstance(node.expr, nodes.Name):
        owner = enclosing_class(node)
        values = [
            target.parent.value
            for target in names.by_type["AssignAttr"]
            if target.attrname == node.attrname
            and enclosing_class(target) is owner
            and isinstance(target.parent, nodes.Assign)
        ]
    if len(values) == 1 and isinstance(values[0], nodes.Call):
        return values[0]
    return None


def enclosing_class(node: nodes.NodeNG) -> nodes.ClassDef | None:
    """The innermost class around a node."""
    current = node.parent
    while current is not None and not isinstance(current, nodes.ClassDef):
        current = current.parent
    return current


def method(owner: nodes.ClassDef, name: str) -> nodes.FunctionDef | None:
    """A method that a class defines itself."""
    return next(
        (node for node in owner.body if isinstance(node, nodes.FunctionDef) and node.name == name),
        None,
    )


def calls(names: Names) -> list[nodes.Call]:
    """Every call of a file, in the order of the text."""
    return sorted(names.by_type["Call"], key=lambda call: (call.lineno, call.col_offset))
