"""Methods of tensors that a table states as functions of the tensor."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.names import Denotation, Reference
from lintplugin.rules import Finding
from lintplugin.templates import Row

from . import kinds, objects


def findings(
    module: Module, table: Mapping[str, Row], symbol: str, names: Collection[str]
) -> Iterator[Finding]:
    """A finding for each call of one of some methods of what is known to be a tensor.

    The row is that of ``torch.Tensor.name``, or of the function ``torch.name``, whose first
    parameter is the tensor. A call inside ``try`` is one for another release.
    """
    found = [one for one in module.names.by_type["Attribute"] if one.attrname in names]
    if not found or not objects.imports_torch(module.names):
        return
    known = kinds.known(module.names)
    for node in found:
        call = node.parent
        is_tried = any(isinstance(one, nodes.Try) for one in node.node_ancestors())
        is_called = isinstance(call, nodes.Call) and call.func is node and not is_tried
        if is_called and known.is_tensor(node.expr):
            api = f"torch.Tensor.{node.attrname}"
            row = table[api] if api in table else table[f"torch.{node.attrname}"]
            reference = Reference(node, Denotation(api, False), call, node.expr)
            yield replacements.finding(module, reference, node, api, row, symbol)
