"""Two files of a user that define the same functions, as pairs."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lintplugin.source import Source, UnreadableSource
from lintplugin.verification import VerificationError, sampling
from lintplugin.verification.pairs import FixtureError, Job, value_of
from lintplugin.verification.programs import Function, ProgramPair, load_fixture

#: Which runtime a file needs, by the packages it imports; the first that it imports decides.
LEGACY = {"theano": "theano", "keras": "keras2", "tensorflow": "tensorflow1", "torch": "torch"}
MODERN = {"torch": "torch", "tensorflow": "tensorflow2", "keras": "tensorflow2"}
_TARGETS = {"torch": "torch", "tensorflow2": "tf2", "numpy": "numpy"}

_SHAPES = ("[m,n]", "[n]", "", "[b,m,n]", "[b,c,h,w]")
_MIXED_SHAPES = ("[m,n]", "[n,k]", "[k]", "[n]", "[m]", "")

#: Input specs tried, in batches: most functions take one of the first.
_BATCHES = (4, 16, 64, 256)


class PairError(VerificationError):
    """Two files that cannot be verified against each other; the message is one line."""


@dataclass(frozen=True)
class Program:
    """A file and the functions that it defines.

    :param functions: parameters by name; None for a compiled function, which states none.
    """

    path: Path
    text: str
    packages: frozenset[str]
    functions: Mapping[str, tuple[str, ...] | None]

    @classmethod
    def read(cls, path: str | Path) -> Program:
        """Read and parse a file.

        :raises PairError: when it cannot be read or is not Python.
        """
        try:
            text = Source.read(path).text
            tree = ast.parse(text)
        except UnreadableSource as error:
            raise PairError(f"{path}: {error.message}") from error
        except SyntaxError as error:
            raise PairError(f"{path}, line {error.lineno}: {error.msg}") from error
        functions: dict[str, tuple[str, ...] | None] = {}
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                required = len(node.args.args) - len(node.args.defaults)
                positional = [*node.args.posonlyargs, *node.args.args[:required]]
                functions[node.name] = tuple(argument.arg for argument in positional)
            elif isinstance(node, ast.Assign) and isinstance(node.value, (ast.Call, ast.Lambda)):
                names = (name.id for name in node.targets if isinstance(name, ast.Name))
                functions.update(dict.fromkeys(names))
        public = {name: found for name, found in functions.items() if not name.startswith("_")}
        return cls(Path(path).absolute(), text, frozenset(_packages(tree)), public)

    def runtime(self, known: Mapping[str, str]) -> str:
        """What executes it, ``numpy`` when it imports no framework."""
        return next((known[name] for name in known if name in self.packages), "numpy")


def _packages(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def pairs(
    legacy: Program, modern: Program, functions: Sequence[str] | None
) -> list[tuple[ProgramPair, tuple[str, ...]]]:
    """A pair for each function that both files define, and its parameters.

    :param functions: the functions wanted, by default all that both define.
    :raises PairError: when there is none, or when the parameters of one differ.
    """
    # Of two assignments, neither need be a function.
    common = [
        name
        for name, parameters in legacy.functions.items()
        if name in modern.functions and (parameters, modern.functions[name]) != (None, None)
    ]
    for name in functions or ():
        if name not in common:
            raise PairError(f"{name} is not a function of both files")
    if not common:
        raise PairError(
            f"{legacy.path.name} and {modern.path.name} define no public function in common"
        )
    runtime = modern.runtime(MODERN)
    target = _TARGETS[runtime]
    found = []
    for name in functions or common:
        one, other = legacy.functions[name], modern.functions[name]
        if one is not None and other is not None and one != other:
            raise PairError(f"{name}: parameters {', '.join(other)}, legacy {', '.join(one)}")
        pair = ProgramPair(
            legacy.path.name,
            name,
            legacy.runtime(LEGACY),
            {target: runtime},
            paths={"legacy": legacy.path, target: modern.path},
            texts={"legacy": legacy.text, target: modern.text},
            functions=(Function(name, {}),),
            siblings=True,
        )
        found.append((pair, one if one is not None else other or ()))
    return found


def refuse_unknown_inputs(
    found: Iterable[tuple[ProgramPair, Sequence[str]]], inputs: Iterable[str]
) -> None:
    """Refuse an input spec that no function takes, rather than infer in its place.

    :raises PairError: for the first such name.
    """
    known = {name for pair, names in found for one in names for name in (one, f"{pair.case}.{one}")}
    for name in inputs:
        if name not in known:
            raise PairError(f"no function that is compared requires a parameter '{name}'")


def stated_function(
    pair: ProgramPair, parameters: Sequence[str], inputs: Mapping[str, str]
) -> Function | None:
    """The function with the input specs that the user gave, else with those of a ``fixture.toml``
    beside the legacy file; None when neither says anything of it.

    :param inputs: specs by ``parameter`` or ``function.parameter``.
    :raises PairError: for a spec that is not one, or when a parameter has none.
    """
    name = pair.case
    own = {one: inputs.get(f"{name}.{one}", inputs.get(one)) for one in parameters}
    beside = pair.paths["legacy"].with_name("fixture.toml")
    table: Mapping[str, Any] | None = None
    try:
        if any(own.values()):
            table = {"inputs": {one: spec for one, spec in own.items() if spec is not None}}
        elif beside.is_file():
            table = load_fixture(beside.parent).get("functions", {}).get(name)
        if table is None:
            return None if parameters else Function(name, {})
        function = Function.from_table(name, table)
    except FixtureError as error:
        raise PairError(str(error)) from error
    if missing := [one for one in parameters if one not in function.specs]:
        raise PairError(f"{name}: no input spec for {', '.join(missing)}")
    return function


def candidates(count: int, runtime: str) -> list[tuple[str, ...]]:
    """Input specs that functions of so many parameters often take, the likeliest first."""
    floats = ("float64", "float32") if runtime == "theano" else ("float32", "float64")
    integers = ("int32", "int64")

    def uniform(dtypes: Sequence[str], limits: str = "") -> Iterator[tuple[str, ...]]:
        for dtype, shape in itertools.product(dtypes, _SHAPES):
            yield (f"{dtype}{shape}{limits}",) * count

    def mixed() -> Iterator[tuple[str, ...]]:
        for dtype in floats:
            for shapes in itertools.product(_MIXED_SHAPES, repeat=count):
                yield tuple(f"{dtype}{shape}" for shape in shapes)

    def labelled() -> Iterator[tuple[str, ...]]:
        for dtype, label in itertools.product(floats, integers):
            for shape in ("[m]", "[m,n]"):
                yield (*(f"{dtype}[m,n]",) * (count - 1), f"{label}{shape} 0..1")

    # A logarithm is finite for positive numbers only.
    both = itertools.chain(*zip(uniform(floats), uniform(floats, " 0.1..3"), strict=True))
    chain = itertools.chain(both, labelled(), uniform(integers), mixed())
    return list(dict.fromkeys(itertools.islice(chain, sum(_BATCHES))))


def infer(
    pair: ProgramPair, parameters: Sequence[str], run: Callable[[Job], Any]
) -> tuple[Function, bool]:
    """The first candidate that the legacy side takes, one with a finite result before others.

    :param run: executes a job of the legacy side.
    :returns: the function, and whether it wants tensors and not arrays.
    :raises PairError: when it takes none of them.
    """
    functions = [
        Function(
            pair.case,
            {name: sampling.parse(text) for name, text in zip(parameters, texts, strict=True)},
        )
        for texts in candidates(len(parameters), pair.runtime)
    ]
    not_finite: list[tuple[Function, bool]] = []
    remaining = iter(functions)
    for batch in _BATCHES:
        tried = list(itertools.islice(remaining, batch))
        steps = []
        for function in tried:
            ((call,),) = sampling.draw(function.specs, 2)[-1:]
            steps.append([function.name, [[name, one] for name, one in call.items()], False])
        for tensors in (False, True):
            (load,) = run({**pair.job("legacy", [steps]), "tensors": tensors})
            value_of(load, "loading the legacy module")
            for function, outcome in zip(tried, load["steps"], strict=True):
                if "raised" in outcome:
                    continue
                if _is_finite(outcome["value"]):
                    return function, tensors
                not_finite.append((function, tensors))
    if not_finite:
        return not_finite[0]
    raise PairError(
        f"{pair.case}: none of {len(functions)} kinds of inputs runs; state them with --input"
    )


def _is_finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_is_finite, value))
    array = np.asarray(value)
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())
