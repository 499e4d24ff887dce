"""The losses that ``compile`` of a Keras model names, as expressions of PyTorch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from astroid import nodes

from lintplugin.analysis import Module

from . import counterparts, loss
from .network import Tensor
from .values import NotConvertible

OF_CLASSES = frozenset({"CategoricalCrossentropy", "SparseCategoricalCrossentropy"})


def class_of(
    module: Module, group: counterparts.Group, node: nodes.NodeNG | None, argument: str
) -> tuple[str, nodes.Call | None]:
    """The class that a word, a call or the name of a call stands for.

    :raises NotConvertible: when it is not known.
    """
    if isinstance(node, nodes.Name):
        bindings = module.names.bindings(node)
        value = bindings[0].value if len(bindings) == 1 else None
        node = value if isinstance(value, (nodes.Call, nodes.Const)) else node
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        row = group.word(node.value)
        if row is not None:
            return row.keras, None
        raise NotConvertible(f"{argument} '{node.value}' is not known here")
    if isinstance(node, nodes.Call):
        match = counterparts.API.fullmatch(module.names.api(node.func) or "")
        if match is not None and match["group"] == group.name:
            return match[2], node
    raise NotConvertible(f"the {argument} is not in sight")


def refuse(output: Tensor, name: str) -> None:
    """Refuse losses that take more of an output than PyTorch's do.

    :raises NotConvertible: saying which.
    """
    if output.mask:
        raise NotConvertible("the loss of time steps of which a mask leaves some out")
    if name in OF_CLASSES and len(output.shape) > 1:
        raise NotConvertible("classes of an output with several dimensions")


def several(
    module: Module,
    outputs: Sequence[Tensor],
    losses: nodes.NodeNG | None,
    weights: nodes.NodeNG | None,
) -> Iterator[str]:
    """The function that adds the losses of several outputs up.

    :param weights: what each of them is multiplied with; ones where it is None.
    :raises NotConvertible: when one of them is not known.
    """
    terms: list[str] = []
    factors = _each(outputs, weights, "loss_weights")
    for index, node in enumerate(_each(outputs, losses, "loss")):
        if node is None:
            continue
        name, call = class_of(module, loss.GROUP, node, "loss")
        refuse(outputs[index], name)
        text = loss.GROUP.written(name, module.source, call).partition(": ")[2]
        text = re.sub(r"\by_true\b", f"y[{index}]", text)
        text = re.sub(r"\by_pred\b", f"outputs[{index}]", text)
        factor = factors[index]
        terms.append(f"{module.source.segment(factor)} * ({text})" if factor is not None else text)
    if not terms:
        raise NotConvertible("no output has a loss")
    yield "def criterion(outputs, y):"
    yield '    """The losses of the outputs, in their order, added up."""'
    yield "    return ("
    for index, term in enumerate(terms):
        yield f"        {'+ ' if index else ''}{term}"
    yield "    )"


def _each(
    outputs: Sequence[Tensor], node: nodes.NodeNG | None, argument: str
) -> list[nodes.NodeNG | None]:
    """What is given for each output: by its name, in a list, or once for all."""
    if isinstance(node, nodes.Dict):
        given = {key.value: value for key, value in node.items if isinstance(key, nodes.Const)}
        labels = {one.label for one in outputs}
        if given.keys() <= labels and len(given) == len(node.items):
            return [given.get(one.label) for one in outputs]
    elif isinstance(node, (nodes.List, nodes.Tuple)):
        if len(node.elts) == len(outputs):
            return list(node.elts)
    elif argument == "loss" or node is None:
        return [node] * len(outputs)
    raise NotConvertible(f"{argument} is not given for each output in place")
