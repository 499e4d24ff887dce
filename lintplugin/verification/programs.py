"""Program fixtures as pairs: modules that define the same functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lintplugin import evidence
from lintplugin.verification import sampling
from lintplugin.verification.comparison import Comparison, Tolerance
from lintplugin.verification.pairs import MODERN, FixtureError, Job, Pair, SideError, value_of
from lintplugin.verification.worker import RUNTIMES

_KEYS = {
    "summary",
    "source",
    "runtime",
    "results",
    "functions",
    "modern",
    "tolerance",
    "dtype",
    "fails",
}


def load_fixture(folder: Path) -> Mapping[str, Any]:
    """What stands in ``fixture.toml``.

    :raises FixtureError: when it is not TOML, or has a key that means nothing.
    """
    try:
        data = evidence.load_fixture(folder)
    except ValueError as error:
        raise FixtureError(f"fixture.toml: {error}") from error
    if unknown := set(data) - _KEYS:
        raise FixtureError(f"fixture.toml: unknown key {min(unknown)}")
    return data


@dataclass(frozen=True)
class Function:
    """A function that both sides define with the same parameters.

    :param calls: consecutive calls on one loaded module.
    :param samples: loads of the module, each with new sizes.
    :param then: functions without parameters that are called and compared after each call.
    """

    name: str
    specs: Mapping[str, sampling.Spec]
    calls: int = 1
    samples: int = sampling.SAMPLES
    then: tuple[str, ...] = ()

    @classmethod
    def from_table(cls, name: str, data: Mapping[str, Any]) -> Function:
        """Read one table of ``functions``.

        :raises FixtureError: for an unknown key or an input spec that is not one.
        """
        known = {"inputs", "calls", "samples", "then"}
        if unknown := set(data) - known:
            raise FixtureError(f"functions.{name}: unknown key {min(unknown)}")
        try:
            specs = {key: sampling.parse(text) for key, text in data.get("inputs", {}).items()}
        except sampling.SpecError as error:
            raise FixtureError(f"functions.{name}: {error}") from error
        numbers = {key: data[key] for key in ("calls", "samples") if key in data}
        return cls(name, specs, then=tuple(data.get("then", ())), **numbers)


@dataclass(frozen=True)
class ProgramPair(Pair):
    """A legacy program and its modern sides.

    :param paths: files by side: ``legacy``, each target, and ``reference`` where the legacy side
        is broken by itself.
    :param texts: what is in them.
    :param results: names in the module that are compared, too.
    :param siblings: whether they may import what lies beside them.
    :param tensors: sides whose functions are given tensors of their framework, not arrays.
    """

    paths: Mapping[str, Path] = field(kw_only=True)
    texts: Mapping[str, str] = field(kw_only=True)
    functions: Sequence[Function] = field(kw_only=True)
    results: Sequence[str] = ()
    siblings: bool = False
    tensors: frozenset[str] = frozenset()

    @classmethod
    def of(cls, folder: Path, targets: Iterable[str]) -> ProgramPair:
        """The pair of a fixture folder, with those of the targets that it has a side for.

        :raises FixtureError: when the fixture is not well formed.
        """
        data = load_fixture(folder)
        runtime = str(data.get("runtime"))
        fails = data.get("fails", {})
        for name in (runtime, *fails):
            if name not in RUNTIMES:
                raise FixtureError(f"fixture.toml: {name!r} is no runtime")
        modern = {target: MODERN[target] for target in targets if target in data.get("modern", {})}
        paths = {side: folder / f"{side}.py" for side in ("legacy", *modern)}
        if runtime in fails:
            paths["reference"] = folder / "reference.py"
        for path in paths.values():
            if not path.is_file():
                raise FixtureError(f"{path.name} is missing")
        functions = [
            Function.from_table(name, table) for name, table in data.get("functions", {}).items()
        ]
        results = data.get("results", ())
        if not functions and not results:
            raise FixtureError("fixture.toml: neither functions nor results to compare")
        try:
            tolerance = Tolerance.from_table(data.get("tolerance", {}))
        except ValueError as error:
            raise FixtureError(f"fixture.toml: {error}") from error
        return cls(
            folder.parent.name,
            folder.name,
            runtime,
            modern,
            tolerance,
            "dtype" not in data,
            fails,
            paths=paths,
            texts={side: path.read_text("utf-8") for side, path in paths.items()},
            functions=functions,
            results=results,
        )

    @property
    def legacy_digest(self) -> str:
        return evidence.digest(self.texts["legacy"])

    def modern_digest(self, target: str) -> str:
        return evidence.digest(self.texts[target])

    def draw(self) -> Any:
        """Steps of each load of the module: function, arguments, whether they go by name."""
        loads: list[list[list[Any]]] = []
        for function in self.functions:
            drawn = sampling.draw(function.specs, function.samples, function.calls)
            for number, calls in enumerate(drawn):
                by_name = bool(number % 2)
                loads.append([])
                for call in calls:
                    given = [[name, one] for name, one in call.items()]
                    loads[-1].append([function.name, given, by_name])
                    loads[-1].extend([name, [], by_name] for name in function.then)
        return loads or [[]]

    def job(self, side: str, inputs: Any) -> Job:
        return {
            "kind": "program",
            "path": str(self.paths[side]),
            "folder": str(self.paths[side].parent) if self.siblings else "",
            "source": self.texts[side],
            "results": list(self.results),
            "tensors": side in self.tensors,
            "loads": [
                [
                    {"function": function, "arguments": arguments, "keywords": by_name}
                    for function, arguments, by_name in steps
                ]
                for steps in inputs
            ],
        }

    def _outcomes(self, inputs: Any, value: Any) -> Iterator[tuple[str, Any]]:
        """Every value with its place.

        :raises SideError: at the first execution that raised.
        """
        for number, (steps, load) in enumerate(zip(inputs, value, strict=True), 1):
            value_of(load, "loading the module")
            for place, (step, outcome) in enumerate(zip(steps, load["steps"], strict=True), 1):
                where = f"{step[0]}(), sample {number}, call {place}"
                yield where, value_of(outcome, where)
            for name, outcome in zip(self.results, load["results"], strict=True):
                yield f"{name}, sample {number}", value_of(outcome, f"{name}, sample {number}")

    def expected(self, inputs: Any, value: Any) -> Any:
        """The values, in the order of execution."""
        return [found for _, found in self._outcomes(inputs, value)]

    def check_failure(self, value: Any, exception: str) -> None:
        wanted = exception.rpartition(".")[2]
        outcomes = [one for load in value for one in (load, *load.get("steps", ()))]
        raised = [one for one in outcomes if "raised" in one]
        if not raised:
            raise SideError(f"runs, but is declared to raise {exception}")
        for outcome in raised:
            if wanted not in outcome["bases"]:
                value_of(outcome, f"is declared to raise {exception}")

    def compare(self, inputs: Any, expected: Any, value: Any) -> Comparison:
        comparison = Comparison(self.tolerance, self.dtypes)
        outcomes = self._outcomes(inputs, value)
        for legacy, (place, modern) in zip(expected, outcomes, strict=True):
            comparison.add(place, legacy, modern)
        return comparison
