"""``fit`` of a Keras model that is given batches, one after another, in place of arrays."""

from __future__ import annotations

from collections.abc import Iterator

from astroid import nodes

from lintplugin.analysis import Module

from . import interfaces
from .loop import FIT, Loop, bound
from .values import NotConvertible

_FIT_GENERATOR = ("x", "steps_per_epoch", "epochs", "verbose", "callbacks", "validation_data")

_LOADING = ("max_queue_size", "use_multiprocessing", "workers")

_KNOWN = frozenset(
    {*_LOADING, *_FIT_GENERATOR, "shuffle"},
)

_SEQUENCES = frozenset({"keras.utils.PyDataset", "keras.utils.Sequence"})


def are_given(call: nodes.Call) -> bool:
    """Whether a call of ``fit`` or ``fit_generator`` is given batches."""
    is_named = any(one.arg == "y" for one in call.keywords)
    return call.func.attrname == "fit_generator" or not (is_named or len(call.args) > 1)


class Batches(Loop):
    """A loop over a generator, or over a ``Sequence``, whose batches have numbers."""

    parameters = "batches, epochs"
    validation = "evaluate(*validation)"

    def _arguments(self, module: Module, call: nodes.Call) -> dict[str, nodes.NodeNG]:
        method = call.func.attrname
        names = _FIT_GENERATOR if method == "fit_generator" else FIT
        given = bound(call, names, method, "generator", *_KNOWN)
        if "generator" in given:
            given["x"] = given.pop("generator")
        for name in given.keys() - _KNOWN:
            raise NotConvertible(f"argument '{name}' of {method} that is given batches")
        if "x" not in given:
            raise NotConvertible(f"{method} without batches")
        made = _made_by(module, given["x"])
        self._is_numbered = isinstance(made, nodes.ClassDef)
        members = made.body if self._is_numbered else ()
        self._ends = any(getattr(one, "name", "") == "on_epoch_end" for one in members)
        if self._is_numbered == ("steps_per_epoch" in given):
            missing = "with" if self._is_numbered else "without"
            what = "a Sequence" if self._is_numbered else "a generator"
            raise NotConvertible(f"fit of {what} {missing} steps_per_epoch")
        if not self._is_numbered:
            self.parameters = "batches, epochs, steps"
            self.imports = ["import itertools"]
        return given

    def _before(self) -> Iterator[str]:
        if not self._is_numbered:
            yield "batches = iter(batches)"

    def _epoch(self, is_shuffled: bool) -> Iterator[str]:
        yield "totals, count = Counter(), 0"
        if self._is_numbered:
            order = (
                "torch.randperm(len(batches)).tolist()" if is_shuffled else "range(len(batches))"
            )
            yield f"for index in {order.format('len(batches)')}:"
            yield "    x, y = batches[index]"
        else:
            yield "for x, y in itertools.islice(batches, steps):"
        yield from self._step("inputs_of(x)", "truth_of(y)", "len(x)")
        yield "    count += len(x)"
        if self._ends:
            yield "batches.on_epoch_end()"
        yield "for name, total in totals.items():"
        yield "    history[name].append(total / count)"

    def called(self, labels: str) -> str:
        steps = "" if self._is_numbered else f", steps={self._text('steps_per_epoch', '')}"
        epochs = self._text("epochs", "1")
        return f"fit({self._text('x', '')}, epochs={epochs}{steps}{self._validation()})"


def _made_by(module: Module, node: nodes.NodeNG) -> nodes.FunctionDef | nodes.ClassDef:
    """The generator function or class of the file whose call gives pairs.

    :raises NotConvertible: when there is none.
    """
    if isinstance(node, nodes.Name):
        bindings = module.names.bindings(node)
        node = bindings[0].value if len(bindings) == 1 else None
    function = node.func if isinstance(node, nodes.Call) else None
    found = module.names.bindings(function) if isinstance(function, nodes.Name) else []
    made = found[0].node if len(found) == 1 else None
    given = list(_given(module, made)) if made is not None else []
    if not given or not all(isinstance(one, nodes.Tuple) and len(one.elts) == 2 for one in given):
        raise NotConvertible("fit without 'y', of no generator or Sequence of pairs in sight")
    return made


def _given(module: Module, made: nodes.NodeNG) -> Iterator[nodes.NodeNG]:
    """What a generator function yields, or what a ``Sequence`` returns for a number."""
    if isinstance(made, nodes.FunctionDef) and made.decorators is None:
        yield from (one.value for one in made.nodes_of_class(nodes.Yield))
    elif isinstance(made, nodes.ClassDef):
        apis = [module.names.api(base) or "" for base in made.bases]
        if any(interfaces.canonical(api) in _SEQUENCES for api in apis):
            for one in made.body:
                if isinstance(one, nodes.FunctionDef) and one.name == "__getitem__":
                    yield from (found.value for found in one.nodes_of_class(nodes.Return))
