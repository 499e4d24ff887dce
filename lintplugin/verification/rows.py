"""Table rows as pairs: one call in several styles, and what the rewriter writes for each."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lintplugin import replacements, signatures, snapshots, templates
from lintplugin.analysis import Module, Settings
from lintplugin.edits import Edit, splice
from lintplugin.imports import Imports, statement
from lintplugin.parsing import parse
from lintplugin.rewrite import Refused
from lintplugin.rewrite.expressions import Writer, row_of
from lintplugin.source import Source
from lintplugin.templates import NoExpansion, Row
from lintplugin.verification import observers, sampling
from lintplugin.verification.comparison import Comparison, Tolerance
from lintplugin.verification.pairs import MODERN, FixtureError, Job, Pair, SideError, value_of

#: Runtime and imports of the legacy side, by top-level package.
_LEGACY = {
    "theano": ("theano", ("import theano", "import theano.tensor as T")),
    "tensorflow": ("tensorflow1", ("import tensorflow as tf",)),
    "keras": ("keras2", ("import keras",)),
    "torch": ("torch", ("import torch",)),
}

#: Samples for a further style of a legacy call: enough to show that it is the same call.
_SAMPLES_OF_STYLE = 2


@dataclass(frozen=True)
class RowPair(Pair):
    """A row of a table: every case of its arguments, each in several styles of call."""

    row: Row = field(kw_only=True)

    @classmethod
    def of(cls, rule: str, row: Row, targets: Iterable[str]) -> RowPair:
        """The pair of a row, with those of the targets that it has an answer for.

        :raises FixtureError: when it relaxes the tolerance without a reason.
        """
        try:
            tolerance = Tolerance.from_table(row.data.get("tolerance", {}))
        except ValueError as error:
            raise FixtureError(str(error)) from error
        if row.observe and row.observe not in vars(observers):
            raise FixtureError(f"no observer {row.observe}")
        return cls(
            rule,
            row.legacy,
            _LEGACY[row.legacy.partition(".")[0]][0],
            {target: MODERN[target] for target in targets if row.is_executed(target)},
            tolerance,
            "dtype" not in row.data,
            row=row,
        )

    @property
    def legacy_digest(self) -> str:
        return self.row.legacy_digest

    def modern_digest(self, target: str) -> str:
        return self.row.modern_digest(target)

    @functools.cached_property
    def _specs(self) -> Mapping[str, sampling.Spec]:
        try:
            return {name: sampling.parse(text) for name, text in self.row.inputs.items()}
        except sampling.SpecError as error:
            raise FixtureError(str(error)) from error

    @functools.cached_property
    def _sources(self) -> list[list[str]]:
        """Legacy sources, by case of the arguments and style of call."""
        return [
            [_module(self.row, style) for style in styles(self.row, arguments)]
            for arguments in self.row.arguments
        ]

    def draw(self) -> Any:
        # Nothing can be told of no random numbers, and an observer has inputs of its own.
        empty = not (self.row.random or self.row.observe)
        return [
            [call for (call,) in sampling.draw(self._specs, empty=empty)]
            for _ in self.row.arguments
        ]

    def job(self, side: str, inputs: Any) -> Job:
        sources = self._sources
        if side != "legacy":
            sources = [
                _converted(texts, self.row, side) if _is_answered(self.row, side, arguments) else []
                for texts, arguments in zip(sources, self.row.arguments, strict=True)
            ]
            if not any(sources):
                raise FixtureError(f"no case meets a condition of {side}")
        if self.row.observe:
            sources = [[_observed(text) for text in texts] for texts in sources]
        floats = [spec.dtype.kind == "f" for spec in self._specs.values()]
        groups = [
            {
                "sources": texts,
                "samples": samples,
                "counts": [
                    _SAMPLES_OF_STYLE if side == "legacy" and place else self._count(side, samples)
                    for place in range(len(texts))
                ],
                "ones": {name: list(spec.ones) for name, spec in self._specs.items()},
                "gradient": self.row.data.get("gradient", bool(floats) and all(floats)),
            }
            for texts, samples in zip(sources, inputs, strict=True)
        ]
        return {"kind": "expressions", "path": f"<{self.case}>", "groups": groups}

    def _count(self, side: str, samples: Sequence[sampling.Sample]) -> int:
        """How many samples a side is given: empty ones, which come last, unless the row says no."""
        if self.row.empty.keys().isdisjoint({"legacy", side}):
            return len(samples)
        return _full(samples)

    def _places(self, inputs: Any) -> list[list[str]]:
        """Where each execution is, by case of the arguments and sample."""
        places = []
        for arguments, samples in zip(self.row.arguments, inputs, strict=True):
            stated = "".join(f"{name}={text}, " for name, text in arguments.items())
            places.append([f"{stated}sample {number}" for number in range(1, len(samples) + 1)])
        return places

    def expected(self, inputs: Any, value: Any) -> Any:
        """Value and gradients by case of the arguments and sample, of the call as declared.

        A style that the legacy API does not take, such as keywords for an ``Elemwise`` of Theano,
        is one that nobody has written. Of an empty sample that it does not take there is None.

        :raises SideError: also when two styles give different results.
        """
        same = Comparison(self.tolerance)
        expected = []
        for samples, places, by_style in zip(inputs, self._places(inputs), value, strict=True):
            declared, *others = by_style
            count = self._count("legacy", samples)
            results = [
                None
                if "raised" in outcome and sampling.is_empty(sample)
                else self._result(outcome, place)
                for outcome, sample, place in zip(
                    declared, samples[:count], places[:count], strict=True
                )
            ]
            for other in others:
                for place, outcome, result in zip(places, other, results, strict=False):
                    if "raised" not in outcome and result is not None:
                        same.add(
                            f"{place}, two styles of one call", result, self._result(outcome, place)
                        )
            expected.append(results)
        if same.problems:
            raise SideError(same.detail)
        return expected

    def check_failure(self, value: Any, exception: str) -> None:
        raise NotImplementedError  # A row never declares one.

    def compare(self, inputs: Any, expected: Any, value: Any) -> Comparison:
        comparison = Comparison(self.tolerance, self.dtypes)
        for samples, places, results, by_style in zip(
            inputs, self._places(inputs), expected, value, strict=True
        ):
            full = _full(samples)
            for outcomes in by_style:
                if min(len(results), len(outcomes)) < full:
                    raise SideError(f"{len(outcomes)} results of {full} samples")
                # What is left are the empty samples that one of both sides is not given.
                for place, legacy, outcome in zip(places, results, outcomes, strict=False):
                    if legacy is None:
                        continue
                    modern = self._result(outcome, place)
                    comparison.add(place, legacy["value"], modern["value"])
                    gradients = legacy["gradients"], modern["gradients"]
                    comparison.compare(f"{place}, gradients", *gradients)
                    comparison.notes.update(
                        f"no gradient by {name}, taken as zeros"
                        for name in outcome.get("missing", ())
                    )
        return comparison

    def _result(self, outcome: Mapping[str, Any], place: str) -> dict[str, Any]:
        value = value_of(outcome, place)
        if self.row.random:
            value = distribution(value)
        return {"value": value, "gradients": outcome.get("gradients", {})}


def _full(samples: Iterable[sampling.Sample]) -> int:
    """How many samples have elements in every input."""
    return sum(not sampling.is_empty(sample) for sample in samples)


def distribution(value: Any) -> Any:
    """What two arrays of independent random numbers share: dtype, shape, moments, quantiles."""
    if isinstance(value, (list, tuple)):
        return [distribution(item) for item in value]
    if not isinstance(value, np.ndarray):
        return value
    numbers = value.astype(np.float64)
    quantiles = np.quantile(numbers, (0.05, 0.25, 0.5, 0.75, 0.95))
    moments = np.array([numbers.mean(), numbers.std(), *quantiles])
    return {"dtype": str(value.dtype), "shape": list(value.shape), "moments": moments}


@dataclass(frozen=True)
class Style:
    """One way to write a call.

    :param arguments: what stands in the parentheses, as source texts.
    :param variables: assignments before the call.
    """

    arguments: tuple[str, ...]
    variables: tuple[str, ...] = ()


def styles(row: Row, arguments: Mapping[str, str]) -> list[Style]:
    """Ways to write one call; the first is the plain one.

    All that the signature allows of: all by position, which is plain because an ``Elemwise`` of
    Theano takes nothing else; the first by position and the others by keyword; all by keyword;
    keywords in reverse order; half and half; defaults written out; all held in variables.

    :param arguments: arguments that are no inputs, source text by parameter.
    """
    stated = {**{name: name for name in row.inputs}, **arguments}
    parameters = [one for one in row.parameters if one.name in stated]
    given = {one.name: stated[one.name] for one in parameters}
    names = list(given)
    leading = 0
    for one, recorded in zip(parameters, row.parameters, strict=False):
        if one is not recorded or not one.positional:
            break
        leading += 1
    bare = sum(not one.keyword for one in parameters)

    def write(positional: int, order: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
        positional = max(min(positional, leading), bare)
        keywords = (f"{name}={values[name]}" for name in order[positional:])
        return (*(values[name] for name in order[:positional]), *keywords)

    held = {name: f"{name}_" for name in names}
    found = [
        Style(write(len(names), names, given)),
        Style(write(1, names, given)),
        Style(write(0, names, given)),
        Style(write(0, [*names[:bare], *reversed(names[bare:])], given)),
        Style(write((len(names) + 1) // 2, names, given)),
        Style(_with_defaults(row, given)),
        Style(
            write(len(names), names, held), tuple(f"{held[name]} = {given[name]}" for name in names)
        ),
    ]
    return list(dict.fromkeys(found))


def _with_defaults(row: Row, given: Mapping[str, str]) -> tuple[str, ...]:
    """Arguments in the order of the signature, with the defaults that have a source text."""
    texts: list[str] = []
    by_position = True
    for one in row.parameters:
        text = given.get(one.name, one.default)
        if text is None or (text == "..." and one.name not in given):
            by_position = False
        elif by_position and one.positional:
            texts.append(text)
        else:
            texts.append(f"{one.name}={text}")
    return tuple(texts)


def _module(row: Row, style: Style) -> str:
    """Source text of a legacy module whose function ``case`` makes the call."""
    root = row.legacy.partition(".")[0]
    snapshot = snapshots.load(signatures.LEGACY[root])
    imports = ["import math", "import numpy as np", *_LEGACY[root][1]]
    name = row.legacy
    if root == "tensorflow":
        name = name.replace("tensorflow", "tf", 1)  # Its submodules need no import.
    else:
        home = _module_of(snapshot, row.legacy)
        imports.append(f"import {home}")
        if row.was:
            imports.append("import types")
            if other := _module_of(snapshot, row.was.partition("(")[0]):
                imports.append(f"import {other}")
            *gone, _ = row.legacy.removeprefix(f"{home}.").split(".")
            imports += [f"{home}.{part} = types.SimpleNamespace()" for part in gone]
    entry = row.entry
    is_called = bool(row.was) or (entry is not None and entry.kind in ("function", "class"))
    if row.was:
        taken = row.data["signature"].strip("()")
        imports.append(f"{name} = lambda {taken}: {row.was}")
    call = f"{name}({', '.join(style.arguments)})" if is_called else name
    if row.observe:
        call = f"{row.observe}(lambda: {call})"
    lines = [f"    {line}" for line in (*style.variables, f"return {call}")]
    return "\n".join(
        [*dict.fromkeys(imports), "", "", f"def case({', '.join(row.inputs)}):", *lines, ""]
    )


def _module_of(snapshot: snapshots.Snapshot, name: str) -> str:
    """The module that a name lies in, or did before it was gone; "" for what is in no module."""
    while name and ((entry := snapshot.resolve(name)) is None or entry.kind != "module"):
        name = name.rpartition(".")[0]
    return name


def _observed(source: str) -> str:
    """The source text of a module whose function has its call made by an observer."""
    return f"{inspect.getsource(observers)}\n\n{source}"


def _is_answered(row: Row, target: str, arguments: Mapping[str, str]) -> bool:
    """Whether a case meets a condition of a target, where the target states conditions."""
    if not row.conditions.get(target):
        return True
    names = {one.name for one in row.parameters}
    given = {name: name for name in row.inputs if name in names}
    try:
        templates.choose(row, target, {**given, **arguments})
    except NoExpansion:
        return False
    return True


def _converted(sources: Sequence[str], row: Row, target: str) -> list[str]:
    """The different modern sources of one case of the arguments.

    A style that has no replacement is one for which users get none.

    :raises FixtureError: when the plain style has none.
    """
    found: list[str] = []
    for source in sources:
        try:
            found.extend(convert(source, row, target))
        except Refused as error:
            if not found:
                raise FixtureError(error.reason) from error
    return list(dict.fromkeys(found))


class _Writer(Writer):
    """Writes a call of a row, and keeps what else the target still has."""

    def is_legacy(self, api: str) -> bool:
        kept = (
            signatures.MODERN.get(api.partition(".")[0]) == MODERN[self.target]
            and row_of(api) is None
            and signatures.modern_entry(api) is not None
        )
        return super().is_legacy(api) and not kept


def convert(source: str, row: Row, target: str) -> Iterator[str]:
    """The function ``case`` of a legacy module, as the code writes it that writes users' fixes.

    What applies alone becomes TensorFlow 2 in two ways: with its module, or by itself, in place.

    :raises Refused: when a name in it has no replacement.
    """
    text = Source("case.py", source)
    module = Module(parse(text), text, Settings())
    function = module.tree.body[-1]
    writer = _Writer(module, target)
    # Of one name in both releases, so that the case has it and needs no new import.
    own = {"keras"} if target == "tf2" and row.legacy.startswith("keras.") else set()
    yield _with_imports(writer.text(function), {*own, *writer.imports.missing})
    if not replacements.applies_alone(row, target):
        return
    start = text.start(function)
    for reference in module.references:
        if reference.api == row.legacy and reference.call is not None and row.parameters:
            imports = Imports(module)
            edits, _ = replacements._as_call(
                module, reference, reference.call, row, target, imports
            )
            moved = [Edit(edit.start - start, edit.end - start, edit.text) for edit in edits]
            yield _with_imports(splice(text.segment(function), moved), {*own, *imports.missing})


def _with_imports(function: str, modules: Collection[str]) -> str:
    return "\n".join([*map(statement, sorted(modules)), "", "", function, ""])
