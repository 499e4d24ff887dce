"""``fit`` of a Keras model, as a loop over epochs and batches."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from astroid import nodes

from lintplugin.analysis import Module

from . import callback, counterparts
from .values import NotConvertible

FIT = (
    "x",
    "y",
    "batch_size",
    "epochs",
    "verbose",
    "callbacks",
    "validation_split",
    "validation_data",
    "shuffle",
    "class_weight",
    "sample_weight",
)

WEIGHTS = frozenset({"class_weight", "sample_weight"})


class Loop:
    """One call of ``fit``.

    :cvar parameters: of the function.
    :cvar validation: how an epoch is validated.
    :cvar imports: of the standard library, that the function needs.
    """

    parameters = "x, y, epochs, batch_size"
    validation = "evaluate(*validation, batch_size)"
    imports: Sequence[str] = ()

    def __init__(self, module: Module, model: str, call: nodes.Call) -> None:
        self._model = model
        self._source = module.source
        self._given = self._arguments(module, call)
        self._weights = sorted(self._given.keys() & WEIGHTS)
        stated = self._given.get("callbacks")
        if stated is not None and not isinstance(stated, (nodes.List, nodes.Tuple)):
            raise NotConvertible("the callbacks are not listed in place")
        self._blocks = [
            self._callback(module, model, node)
            for node in (stated.elts if stated is not None else ())
        ]
        starts = [one.start for one in self._blocks if one.start]
        if len(set(starts)) < len(starts):
            raise NotConvertible("two callbacks of one kind")
        # What ends the loop comes last.
        self._blocks.sort(key=lambda one: "break" in one.late)

    def _arguments(self, module: Module, call: nodes.Call) -> dict[str, nodes.NodeNG]:
        given = bound(call, FIT, "fit")
        for name in ("x", "y"):
            if name not in given:
                raise NotConvertible(f"fit without '{name}'")
        return given

    @staticmethod
    def _callback(module: Module, model: str, node: nodes.NodeNG) -> callback.Blocks:
        if isinstance(node, nodes.Name):
            bindings = module.names.bindings(node)
            node = bindings[0].value if len(bindings) == 1 else node
        api = module.names.api(node.func) if isinstance(node, nodes.Call) else None
        match = counterparts.API.fullmatch(api or "")
        if match is None:
            raise NotConvertible("a callback is not in sight")
        return callback.blocks(module, match[2], node, model)

    def _text(self, name: str, default: str) -> str:
        return self._source.segment(self._given[name]) if name in self._given else default

    @property
    def _is_validated(self) -> bool:
        return bool(self._given.keys() & {"validation_data", "validation_split"})

    def function(self) -> Iterator[str]:
        """The definition of the loop."""
        shuffle = self._given.get("shuffle")
        if shuffle is not None and not isinstance(shuffle, nodes.Const):
            raise NotConvertible("shuffle is not literal")
        is_shuffled = shuffle is None or bool(shuffle.value)
        more = ", weights" if self._weights else ""
        more += ", validation" if self._is_validated else ""
        yield f"def fit({self.parameters}{more}):"
        yield '    """Train the model; losses and metrics, a list of one number for each epoch."""'
        yield "    history = defaultdict(list)"
        yield from _indented(1, *self._before())
        yield from _indented(1, *(one.start for one in self._blocks))
        yield "    for epoch in range(epochs):"
        yield from _indented(2, *(one.early for one in self._blocks))
        yield from _indented(2, f"{self._model}.train()", *self._epoch(is_shuffled))
        if self._is_validated:
            yield from _indented(
                2,
                f"for name, value in {self.validation}.items():",
                '    history[f"val_{name}"].append(value)',
            )
        yield from _indented(2, *(one.late for one in self._blocks))
        yield from _indented(1, *(one.done for one in self._blocks))
        yield "    return history"

    def _before(self) -> Iterator[str]:
        """Lines before the first epoch."""
        yield from ()

    def _epoch(self, is_shuffled: bool) -> Iterator[str]:
        order = "torch.randperm" if is_shuffled else "torch.arange"
        weight = ", weights[batch]" if self._weights else ""
        yield "totals = Counter()"
        yield f"for batch in {order}(len(x)).split(batch_size):"
        yield from self._step("x[batch]", f"y[batch]{weight}", "len(batch)")
        yield "for name, total in totals.items():"
        yield "    history[name].append(total / len(x))"

    def _step(self, x: str, y: str, size: str) -> Iterator[str]:
        """One step, which counts as often in the means as it has examples."""
        yield "    optimizer.zero_grad()"
        yield f"    values = measures({self._model}({x}), {y})"
        yield '    values["loss"].backward()'
        yield "    optimizer.step()"
        yield "    for name, value in values.items():"
        yield f"        totals[name] += value.item() * {size}"

    def called(self, labels: str) -> str:
        """The call of the function.

        :param labels: how the truth is written.
        """
        x, y = self._text("x", ""), self._text("y", "")
        epochs, size = self._text("epochs", "1"), self._text("batch_size", "32")
        validation = self._validation()
        if not validation and "validation_split" in self._given:
            share = self._text("validation_split", "")
            cut = f"int(len({x}) * (1 - {share}))"
            if "sample_weight" in self._given:
                raise NotConvertible("sample_weight of what validation_split takes")
            validation = f", validation=(inputs_of({x}[{cut}:]), truth_of({y}[{cut}:]))"
            x, y = f"{x}[:{cut}]", f"{y}[:{cut}]"
        data = f"inputs_of({x}), truth_of({y}), epochs={epochs}, batch_size={size}"
        return f"fit({data}{self._weighting(y, labels)}{validation})"

    def _validation(self) -> str:
        """The argument for what is stated to validate with."""
        data = self._given.get("validation_data")
        if data is None:
            return ""
        if not isinstance(data, (nodes.Tuple, nodes.List)) or len(data.elts) != 2:
            raise NotConvertible("validation_data is not a pair written in place")
        a, b = (self._source.segment(one) for one in data.elts)
        return f", validation=(inputs_of({a}), truth_of({b}))"

    def _weighting(self, y: str, labels: str) -> str:
        if not self._weights:
            return ""
        if len(self._weights) > 1:
            raise NotConvertible("both class_weight and sample_weight")
        (name,) = self._weights
        given = self._text(name, "")
        if name == "sample_weight":
            return f", weights=torch.as_tensor({given}, dtype=torch.float32)"
        classes = "argmax(-1)" if labels == "categorical" else "flatten().int()"
        each = f"{given}.get(one, 1.0) for one in truth_of({y}).{classes}.tolist()"
        return f", weights=torch.tensor([{each}])"


def _indented(depth: int, *blocks: str) -> Iterator[str]:
    for block in blocks:
        yield from textwrap.indent(block, "    " * depth).splitlines()


def bound(
    call: nodes.Call, names: Sequence[str], method: str, *named: str
) -> dict[str, nodes.NodeNG]:
    """Arguments that say something, by name.

    :param named: those that must be named.
    :raises NotConvertible: for one that is not known here.
    """
    if len(call.args) > len(names) or any(isinstance(one, nodes.Starred) for one in call.args):
        raise NotConvertible(f"the arguments of {method} cannot be told apart")
    given = dict(zip(names, call.args, strict=False))
    given.update((keyword.arg, keyword.value) for keyword in call.keywords)
    for name in given:
        if name not in {*names, *named}:
            raise NotConvertible(f"argument '{name}' of {method} is not carried over")
    return {
        name: node
        for name, node in given.items()
        if name != "verbose" and not (isinstance(node, nodes.Const) and node.value is None)
    }
