"""What is seen to be a symbolic variable of Theano, with its element type where that is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.names import Names
from lintplugin.rewrite.arrays import Number
from lintplugin.rewrite.theano.types import Operand
from lintplugin.rewrite.theano.types import Tensor as Symbolic

from ..loops.tensors import Tensor, Types, floatx_set, input_type, is_input


class Symbols(Types):
    """Symbolic values of a module.

    What is not seen to be symbolic is taken for something else: a parameter whose callers are not
    in sight, or a name that may denote two things. Lengths, such as ``x.shape[0]``, are numbers of
    Python in a program that is converted, and are none of them.

    :param floatx: ``theano.config.floatX``.
    """

    def __init__(
        self,
        names: Names,
        text: str,
        floatx: str,
        given: Mapping[nodes.NodeNG, Tensor] | None = None,
        calls: int = 0,
    ) -> None:
        super().__init__(names, text, given, calls)
        self.names = names
        self.floatx = floatx

    def assuming(self, given: Mapping[nodes.NodeNG, Tensor], calls: int = 0) -> Symbols:
        return Symbols(self.names, self._text, str(self.floatx), {**self._given, **given}, calls)

    def __contains__(self, node: nodes.NodeNG) -> bool:
        found = self.of(node)
        return found is not None and found.symbolic

    def operand(self, node: nodes.NodeNG) -> Operand | None:
        """A symbolic value of known element type, or a number that is written out."""
        found = self.of(node)
        if found is None:
            return None
        if found.symbolic and found.dtype is not None:
            return Symbolic(found.dtype, len(found.dims) if found.dims is not None else None)
        number = found.number
        return Number(type(number).__name__, number) if number is not None else None

    def is_input(self, node: nodes.NodeNG) -> bool:
        """Whether an expression makes an input, or a shared variable."""
        api = self.names.api(node.func) or "" if isinstance(node, nodes.Call) else ""
        return is_input(api) or api == "theano.shared"

    def _name(self, node: nodes.Name) -> Tensor | None:
        return super()._name(node) or self._passed(node)

    def _passed(self, node: nodes.Name) -> Tensor | None:
        """A parameter of a function: an input, where every call in sight passes one of a kind."""
        api = self.names.api(node) or ""
        return input_type(api[:-2], self.floatx) if api.endswith("()") else None

    def _attribute(self, node: nodes.Attribute) -> Tensor | None:
        found = super()._attribute(node)
        if found is not None and node.attrname == "shape":
            return replace(found, symbolic=False)
        return found

    def _item(self, node: nodes.Subscript) -> Tensor | None:
        owner = self.of(node.value)
        if owner is not None and not owner.symbolic:
            return Tensor(owner.dtype, (), symbolic=False)
        return super()._item(node)


def indices(node: nodes.Subscript) -> Iterator[nodes.NodeNG]:
    """The expressions in the brackets."""
    yield from node.slice.elts if isinstance(node.slice, nodes.Tuple) else (node.slice,)


def symbols(module: Module) -> tuple[Symbols, ...]:
    """What is symbolic in a module, for each value that ``theano.config.floatX`` may have."""
    text = module.source.text
    stated = floatx_set(text)
    values = stated if len(stated) == 1 and None not in stated else ("float32", "float64")
    return tuple(Symbols(module.names, text, str(floatx)) for floatx in values)
