"""``compile``, ``fit``, ``evaluate`` and ``predict`` of a Keras model, as a PyTorch loop."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from astroid import nodes

from lintplugin.analysis import Module

from . import batches, loss, losses, optimizer
from .loop import WEIGHTS, Loop, bound
from .network import Network, Tensor
from .values import NotConvertible

#: What Keras 2 and 3 both take without names comes first; what follows must be named.
_COMPILE = ("optimizer", "loss")

_EVALUATE_ARGUMENTS = ("x", "y", "batch_size", "verbose")
_PREDICT_ARGUMENTS = ("x", "batch_size", "verbose")

#: Metrics that are a mean over the examples.
_METRICS: Mapping[str, str] = {
    "mae": "(outputs - y).abs().mean()",
    "mean_absolute_error": "(outputs - y).abs().mean()",
    "mean_squared_error": "(outputs - y).square().mean()",
    "mse": "(outputs - y).square().mean()",
}

_ACCURACY: Mapping[str, str] = {
    "binary": "((outputs > 0.5) == y).float().mean()",
    "categorical": "(outputs.argmax(-1) == y.argmax(-1)).float().mean()",
    "sparse": "(outputs.argmax(-1) == y).float().mean()",
}

_EVALUATE = '''
def evaluate(x, y, batch_size=32):
    """Losses and metrics of what the model infers, by name."""
    model.eval()
    totals = Counter()
    with torch.no_grad():
        for batch in torch.arange(len(x)).split(batch_size):
            for name, value in measures(model(x[batch]), y[batch]).items():
                totals[name] += value.item() * len(batch)
    return {name: total / len(x) for name, total in totals.items()}
'''

_PREDICT = '''
def predict(x, batch_size=32):
    """What the Keras model predicts, as an array."""
    model.eval()
    with torch.no_grad():
        return torch.cat([model{called}(part) for part in x.split(batch_size)]).numpy()
'''


@dataclass
class Training:
    """How a model is trained.

    :ivar lines: below the line that makes the model.
    :ivar imports: of the standard library, that they need.
    """

    lines: list[str] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)


def written(
    module: Module,
    name: str,
    network: Network,
    results: Sequence[Tensor],
    methods: Mapping[str, Sequence[nodes.Call]],
    block: nodes.NodeNG | None = None,
) -> Training:
    """The loss, the optimiser and the loop of a model, as far as they are known to train alike.

    :param methods: by name, the calls of methods of the model.
    :param block: where they are called; None for where ``compile`` is.
    """
    found = Training()
    compiled = methods.get("compile", ())
    if len(compiled) != 1:
        return found
    writer = _Writer(module, name, network, results)
    found.imports = writer.imports
    try:
        found.lines = list(writer.compiled(compiled[0], methods.get("fit", ())))
        try:
            found.lines.extend(writer.used(block or compiled[0].statement().parent, methods))
        except NotConvertible as error:
            found.lines = list(writer.compiled(compiled[0], ()))
            found.lines.append(f"# fit is not written: {error}")
    except NotConvertible as error:
        found.lines = [f"# compile is not written: {error}"]
    return found


class _Writer:
    def __init__(
        self, module: Module, name: str, network: Network, results: Sequence[Tensor]
    ) -> None:
        self._module = module
        self._source = module.source
        self._name = name
        self._network = network
        self._results = results
        self._loss = ""
        self._loss_call: nodes.Call | None = None
        self._metrics: list[str] = []
        self._is_weighted = False
        self.imports: list[str] = []

    def compiled(self, call: nodes.Call, fits: Sequence[nodes.Call]) -> Iterator[str]:
        for node in self._module.names.by_type["AssignAttr"]:
            if node.attrname == "trainable":
                raise NotConvertible(f"line {node.lineno} says what is trained")
        self._is_weighted = any(one.arg in WEIGHTS for fit in fits for one in fit.keywords)
        if len(self._results) > 1:
            given = bound(call, _COMPILE, "compile", "metrics", "loss_weights")
            if self._is_weighted:
                raise NotConvertible("weights of examples of a model with several outputs")
            both = given.get("loss"), given.get("loss_weights")
            criterion = list(losses.several(self._module, self._results, *both))
            self.imports.extend(["import math"] if any("math." in one for one in criterion) else [])
        else:
            given = bound(call, _COMPILE, "compile", "metrics")
            self._loss, self._loss_call = losses.class_of(
                self._module, loss.GROUP, given.get("loss"), "loss"
            )
            self._metrics = _words(given.get("metrics"))
            criterion = list(self._criterion())
        optimiser, made = losses.class_of(
            self._module, optimizer.GROUP, given.get("optimizer"), "optimizer"
        )
        steps = optimizer.GROUP.written(optimiser, self._source, made, model=self._name)
        helper = optimizer.HELPERS.get(steps.partition("(")[0])
        if helper is not None:
            yield from ("", "", *helper.rstrip().splitlines(), "", "")
        if criterion[0].startswith("def "):
            criterion = [*criterion, "", ""] if helper is not None else ["", "", *criterion, "", ""]
        yield from criterion
        yield f"optimizer = {steps}"

    def _criterion(self) -> Iterator[str]:
        """The loss of outputs and truth; one for each example where these have weights."""
        losses.refuse(self._results[0], self._loss)
        said = {"reduction": "'none'"} if self._is_weighted else {}
        of_classes = self._loss in losses.OF_CLASSES
        group, call = loss.GROUP, self._loss_call
        if self._network.scores is not None:
            _, values, _ = group.row(self._loss, self._source, call, {})
            if not of_classes or values["from_logits"] != "False":
                raise NotConvertible(f"{self._loss} of what softmax gives")
            said["from_logits"] = "True"
        row, _, changed = group.row(self._loss, self._source, call, said)
        if row.module and not self._is_weighted and changed <= {"from_logits"}:
            yield f"criterion = {row.module}"
            return
        text = group.written(self._loss, self._source, call, **said)
        if "math." in text:
            self.imports.append("import math")
        yield "def criterion(outputs, y):"
        text = text.partition(": ")[2].replace("y_true", "y").replace("y_pred", "outputs")
        yield f"    return {text}"

    def used(
        self, block: nodes.NodeNG, methods: Mapping[str, Sequence[nodes.Call]]
    ) -> Iterator[str]:
        """The functions that the calls of the model need, and what takes the place of these."""
        ordered = sorted(
            (call.lineno, name, call)
            for name in ("fit", "evaluate", "predict")
            for call in methods.get(name, ())
            if call.statement().parent is block
        )
        if not ordered:
            return
        for several, what in ((self._network.inputs, "inputs"), (self._results, "outputs")):
            if len(several) != 1:
                raise NotConvertible(f"a model with several {what}")
        fits = [call for _, name, call in ordered if name == "fit"]
        if len(fits) > 1:
            raise NotConvertible("fit is called more than once")
        kinds = {name for _, name, _ in ordered}
        loop = batches.Batches if fits and batches.are_given(fits[0]) else Loop
        fit = loop(self._module, self._name, fits[0]) if fits else None
        lines: list[str] = []
        if kinds & {"fit", "evaluate"}:
            lines.extend(["", "", *self._measures()])
            lines.extend(["", *self._named(_EVALUATE)])
        if fit is not None:
            lines.extend(["", "", *fit.function()])
            self.imports.extend(fit.imports)
        if "predict" in kinds:
            called = ".predict" if self._network.scores is not None else ""
            lines.extend(["", *self._named(_PREDICT.format(called=called))])
        lines.extend(["", "", *self._converters(kinds)])
        lines.extend(self._statement(name, call, fit) for _, name, call in ordered)
        if kinds & {"fit", "evaluate"}:
            self.imports.append("from collections import Counter, defaultdict")
        yield from lines

    def _named(self, text: str) -> list[str]:
        """Lines about this model."""
        return re.sub(r"\bmodel(?=[.(])", self._name, text.rstrip()).splitlines()

    def _measures(self) -> Iterator[str]:
        penalty = f" + {self._name}.penalty()" if self._network.penalties else ""
        value = "criterion(outputs, y)"
        if self._is_weighted:
            value = f"({value} * weight).mean()"
        yield f"def measures(outputs, y{', weight=1.0' if self._is_weighted else ''}):"
        yield '    """The loss and the metrics of a batch."""'
        yield "    return {"
        yield f'        "loss": {value}{penalty},'
        for metric in self._metrics:
            yield f'        "{metric}": {self._metric(metric)},'
        yield "    }"

    def _metric(self, metric: str) -> str:
        if metric in {"acc", "accuracy"}:
            return _ACCURACY[self._labels()]
        if metric in _METRICS and self._network.scores is None and self._labels() != "sparse":
            return _METRICS[metric]
        raise NotConvertible(f"metric '{metric}' is not carried over")

    def _labels(self) -> str:
        """How the truth is written: as numbers beside the outputs, or as those of classes."""
        if self._loss == "SparseCategoricalCrossentropy":
            return "sparse"
        return "binary" if self._results[0].shape[-1].value == 1 else "categorical"

    def _converters(self, kinds: set[str]) -> Iterator[str]:
        """Functions from what Keras takes to tensors."""
        takes_words = any("nn.Embedding(" in line for line in self._network.fields)
        kind = "torch.long" if takes_words else "torch.float32"
        yield "def inputs_of(x):"
        yield f"    return torch.as_tensor(x, dtype={kind})"
        if kinds & {"fit", "evaluate"}:
            yield ""
            yield ""
            yield "def truth_of(y):"
            if self._labels() == "sparse":
                yield "    return torch.as_tensor(y, dtype=torch.long).flatten()"
            elif len(self._results[0].shape) == 1:
                yield "    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), -1)"
            else:
                yield "    return torch.as_tensor(y, dtype=torch.float32)"
        yield ""
        yield ""

    def _statement(self, name: str, call: nodes.Call, fit: Loop | None) -> str:
        """The statement of a call, with the function called in place of the method."""
        if name == "fit" and fit is not None:
            new = fit.called(self._labels())
        else:
            known = _PREDICT_ARGUMENTS if name == "predict" else _EVALUATE_ARGUMENTS
            given = bound(call, known, name)
            texts = [f"inputs_of({self._text(given, 'x')})"]
            if name == "evaluate":
                texts.append(f"truth_of({self._text(given, 'y')})")
            if "batch_size" in given:
                texts.append(f"batch_size={self._text(given, 'batch_size')}")
            new = f"{name}({', '.join(texts)})"
            if name == "evaluate":
                new = f"list({new}.values())" if self._metrics else f'{new}["loss"]'
        statement = call.statement()
        if not isinstance(statement, (nodes.Assign, nodes.Expr)):
            raise NotConvertible(f"{name} on line {call.lineno} is part of a larger statement")
        return self._source.segment(statement).replace(self._source.segment(call), new)

    def _text(self, given: Mapping[str, nodes.NodeNG], name: str) -> str:
        if name not in given:
            raise NotConvertible(f"'{name}' is not given as an argument")
        return self._source.segment(given[name])


def _words(stated: nodes.NodeNG | None) -> list[str]:
    """The metrics of a list, all words."""
    if stated is None:
        return []
    if not isinstance(stated, (nodes.List, nodes.Tuple)):
        raise NotConvertible("the metrics are not listed in place")
    return [_word(one) for one in stated.elts]


def _word(node: nodes.NodeNG) -> str:
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        return node.value
    raise NotConvertible("a metric is not a word")
