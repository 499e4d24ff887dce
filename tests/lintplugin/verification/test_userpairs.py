"""A user's own two files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lintplugin.verification import userpairs
from lintplugin.verification.programs import ProgramPair
from lintplugin.verification.userpairs import PairError, Program, candidates

Write = Callable[[dict[str, str]], Path]

_LEGACY = """\
    import theano
    import theano.tensor as T

    x = T.matrix()
    f = theano.function([x], T.tanh(x))

    def g(x, y, scale=2):
        return T.dot(x, y) * scale

    def _private(x):
        return x
"""
_MODERN = """\
    import torch

    def f(x):
        return torch.tanh(torch.as_tensor(x)).numpy()

    def g(x, y, scale=2):
        return (x @ y) * scale

    def _private(x):
        return x

    def other(x):
        return x
"""


@pytest.fixture
def read(write: Write) -> Callable[[str, str], tuple[Program, Program]]:
    """Reads two programs, given as text."""

    def read_both(legacy: str, modern: str) -> tuple[Program, Program]:
        folder = write({"legacy.py": legacy, "modern.py": modern})
        return Program.read(folder / "legacy.py"), Program.read(folder / "modern.py")

    return read_both


Read = Callable[[str, str], tuple[Program, Program]]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "No such file"),
        (b"x = \0", "null byte"),
        (b"def f(:\n", "line 1: invalid syntax"),
        (b"print 'x'\n", "line 1: Missing parentheses"),
    ],
)
def test_bad_file(tmp_path: Path, content: bytes | None, problem: str) -> None:
    path = tmp_path / "a.py"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PairError, match=problem) as raised:
        Program.read(path)
    assert str(path) in str(raised.value)


def test_encoding_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes("# coding: latin-1\ntext = 'é'\n".encode("latin-1"))
    assert Program.read(path).text.endswith("text = 'é'\n")


@pytest.mark.parametrize(
    ("text", "legacy", "modern"),
    [
        ("import numpy", "numpy", "numpy"),
        ("from . import torch", "numpy", "numpy"),
        ("import tensorflow as tf", "tensorflow1", "tensorflow2"),
        ("from tensorflow.keras import layers", "tensorflow1", "tensorflow2"),
        ("import keras", "keras2", "tensorflow2"),
        ("import theano.tensor as T", "theano", "numpy"),
        ("import torch.nn.functional as F", "torch", "torch"),
        ("def f():\n    import torch", "torch", "torch"),
    ],
)
def test_runtime(read: Read, text: str, legacy: str, modern: str) -> None:
    program, _ = read(text, "")
    assert program.runtime(userpairs.LEGACY) == legacy
    assert program.runtime(userpairs.MODERN) == modern


def test_functions_of_both(read: Read) -> None:
    found = userpairs.pairs(*read(_LEGACY, _MODERN), ())
    assert [(pair.case, names) for pair, names in found] == [("f", ("x",)), ("g", ("x", "y"))]
    pair = found[0][0]
    assert (pair.rule, pair.runtime, dict(pair.modern)) == (
        "legacy.py",
        "theano",
        {"torch": "torch"},
    )
    job = pair.job("legacy", [[]])
    assert job["folder"] == str(pair.paths["legacy"].parent)


def test_only_those_wanted(read: Read) -> None:
    ((pair, _),) = userpairs.pairs(*read(_LEGACY, _MODERN), ["g"])
    assert pair.case == "g"


@pytest.mark.parametrize(
    ("legacy", "modern", "functions", "problem"),
    [
        (_LEGACY, "x = 1", (), "legacy.py and modern.py define no public function in common"),
        ("a = f()", "a = f()", (), "define no public function in common"),
        (_LEGACY, _MODERN, ["other"], "other is not a function of both files"),
        (_LEGACY, "def g(x): pass", (), "g: parameters x, legacy x, y"),
    ],
)
def test_nothing_to_verify(
    read: Read, legacy: str, modern: str, functions: list[str], problem: str
) -> None:
    programs = read(legacy, modern)
    with pytest.raises(PairError, match=problem):
        userpairs.pairs(*programs, functions)


@pytest.fixture
def pair(read: Read) -> ProgramPair:
    """The pair of function ``g`` of two parameters."""
    ((found, _),) = userpairs.pairs(*read(_LEGACY, _MODERN), ["g"])
    return found


def test_nothing_stated(pair: ProgramPair) -> None:
    assert userpairs.stated_function(pair, ("x", "y"), {}) is None
    assert userpairs.stated_function(pair, ("x", "y"), {"z": "float64"}) is None
    function = userpairs.stated_function(pair, (), {})
    assert function is not None
    assert function.specs == {}


@pytest.mark.parametrize("name", ["z", "g.z", "f.x", "scale"])
def test_stated_input_of_no_parameter(pair: ProgramPair, name: str) -> None:
    found = [(pair, ("x", "y"))]
    userpairs.refuse_unknown_inputs(found, ["x", "g.y"])
    with pytest.raises(PairError, match=f"requires a parameter '{name}'"):
        userpairs.refuse_unknown_inputs(found, ["x", name])


def test_stated_inputs(pair: ProgramPair) -> None:
    inputs = {"x": "float64[m]", "y": "float64[m]", "g.y": "float32[m]"}
    function = userpairs.stated_function(pair, ("x", "y"), inputs)
    assert function is not None
    assert {name: str(spec.dtype) for name, spec in function.specs.items()} == {
        "x": "float64",
        "y": "float32",
    }


def test_fixture_beside_the_legacy_file(pair: ProgramPair, write: Write) -> None:
    write(
        {
            "fixture.toml": """\
            [functions.g]
            inputs = { x = "float64[m]", y = "float64[m]" }
            calls = 2
            """
        }
    )
    function = userpairs.stated_function(pair, ("x", "y"), {})
    assert function is not None
    assert (list(function.specs), function.calls) == (["x", "y"], 2)
    assert userpairs.stated_function(pair, ("x", "y"), {"x": "bool", "y": "bool"}) != function


def test_broken_fixture_beside_the_legacy_file(pair: ProgramPair, write: Write) -> None:
    write({"fixture.toml": "[functions"})
    with pytest.raises(PairError, match=r"fixture\.toml: "):
        userpairs.stated_function(pair, ("x", "y"), {})


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        ({"x": "float64[m]"}, "g: no input spec for y"),
        ({"x": "float64[m]", "y": "float"}, "g: 'float': no such dtype"),
    ],
)
def test_bad_inputs(pair: ProgramPair, inputs: dict[str, str], problem: str) -> None:
    with pytest.raises(PairError, match=problem):
        userpairs.stated_function(pair, ("x", "y"), inputs)


def test_candidates() -> None:
    assert candidates(1, "theano")[0] == ("float64[m,n]",)
    assert candidates(2, "tensorflow1")[0] == ("float32[m,n]", "float32[m,n]")
    for count in (1, 2, 3):
        found = candidates(count, "torch")
        assert len(found) == len(set(found)) <= 400
        assert all(len(texts) == count for texts in found)
    assert ("float32[m,n]", "float32[n,k]", "float32[k]") in candidates(3, "torch")
    assert ("float32[m,n]", "int64[m] 0..1") in candidates(2, "torch")


def _legacy_side(function: Callable[..., Any]) -> Callable[[Any], Any]:
    """Stands in for the worker: calls a function of NumPy with the arguments of each step."""

    def run(job: Any) -> Any:
        outcomes = []
        for step in job["loads"][0]:
            try:
                arguments = [array for _, array in step["arguments"]]
                outcomes.append({"value": function(job["tensors"], *arguments)})
            except ValueError as error:
                outcomes.append({"raised": "ValueError", "text": str(error), "lines": []})
        return [{"steps": outcomes, "results": []}]

    return run


def test_inferred(pair: ProgramPair) -> None:
    function, tensors = userpairs.infer(pair, ("x", "y"), _legacy_side(lambda _, x, y: x @ y))
    assert not tensors
    x, y = function.specs["x"], function.specs["y"]
    assert x.shape[-1] == y.shape[-2 if len(y.shape) > 1 else -1]


def test_finite_results_are_preferred(pair: ProgramPair) -> None:
    with np.errstate(all="ignore"):
        function, _ = userpairs.infer(
            pair, ("x", "y"), _legacy_side(lambda _, x, y: np.log(x + np.zeros((1, 1))) + y)
        )
    assert function.specs["x"].low > 0


def test_function_of_tensors(pair: ProgramPair) -> None:
    def only_tensors(tensors: bool, x: Any, y: Any) -> Any:
        if not tensors:
            raise ValueError
        return x + y

    assert userpairs.infer(pair, ("x", "y"), _legacy_side(only_tensors))[1]


def test_nothing_runs(pair: ProgramPair) -> None:
    def fails(*_: Any) -> Any:
        raise ValueError

    with pytest.raises(PairError, match=r"g: none of \d+ kinds of inputs runs"):
        userpairs.infer(pair, ("x", "y"), _legacy_side(fails))
