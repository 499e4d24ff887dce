"""What is compared of a call that is made for what it does: a different deed is told apart."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lintplugin.verification import observers

flags = pytest.importorskip("absl.flags")


@pytest.fixture(autouse=True)
def kept() -> Iterator[None]:
    """The flags of the process and where it is, as they were."""
    folder = os.getcwd()
    before = set(flags.FLAGS)
    yield
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)
    flags.FLAGS.unparse_flags()
    assert os.getcwd() == folder


def _number(default: int | None = 3, **options: Any) -> Callable[[], Any]:
    return lambda: flags.DEFINE_integer("observed", default, "A number.", **options)


def test_definitions_of_flags() -> None:
    seen = observers.definition(_number())
    assert seen == observers.definition(_number())
    assert [1, ["program"]] in seen
    for other in (
        _number(4),
        _number(None),
        _number(lower_bound=1),
        _number(short_name="o"),
        lambda: flags.DEFINE_float("observed", 3, "A number."),
        lambda: flags.DEFINE_integer("observed", 3, "Another."),
    ):
        assert observers.definition(other) != seen


def test_what_parsing_says() -> None:
    nothing = observers.parsing(lambda: None)
    assert nothing == observers.parsing(lambda: None)
    assert observers.parsing(lambda: 1) != nothing
    assert observers.parsing(lambda: flags.mark_flag_as_required("text")) != nothing
    assert observers.parsing(lambda: flags.mark_flag_as_required("missing")) != nothing
    assert observers.parsing(lambda: flags.validator("number")) != nothing
    assert observers.parsing(lambda: flags.DEFINE_alias("alias", "number")) != nothing


def test_how_a_program_ends() -> None:
    def end(argv: list[str]) -> None:
        raise SystemExit(flags.FLAGS(argv, known_only=True))

    assert observers.program(lambda: end(["program", "--observed=2", "a"])) == [
        ["program", "a"],
        2,
    ]
    assert observers.program(lambda: None) == "returned"
    assert observers.program(lambda: 1 / 0) == ["ZeroDivisionError", "division by zero"]


def test_records() -> None:
    seen = observers.records(lambda: logging.warning("a %s", 1))
    assert [30, "WARNING", "a 1", ""] in seen
    assert observers.records(lambda: logging.info("a %s", 1)) != seen
    assert observers.records(lambda: logging.warning("a 1", exc_info=True)) != seen
    assert observers.records(lambda: logging.getLogger("tensorflow").warning("a 1")) == seen


def test_thresholds() -> None:
    logger = logging.getLogger("tensorflow")
    seen = observers.threshold(logger.getEffectiveLevel)
    assert seen == observers.threshold(logger.getEffectiveLevel)
    assert observers.threshold(lambda: None) != seen


def test_files() -> None:
    nothing = observers.files(lambda: None)
    assert nothing == observers.files(lambda: None)
    for deed in (
        lambda: os.mkdir("b"),
        lambda: os.remove("text"),
        lambda: os.replace("text", "a/text"),
        lambda: Path("text").write_text("x"),
        lambda: os.listdir("a"),
        lambda: os.mkdir("a"),
    ):
        assert observers.files(deed) != nothing


def test_kinds_and_members() -> None:
    assert observers.kind(lambda: ValueError("a")) == ["ValueError", True, "a"]
    assert observers.kind(lambda: 1) == ["int", False, ""]
    assert "DEFINE_string" in observers.members(lambda: flags)
    assert "os" not in observers.members(lambda: flags)


def test_whether_an_assertion_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = SimpleNamespace(InvalidArgumentError=ArithmeticError)
    framework = SimpleNamespace(errors=errors, Operation=type("Operation", (), {}))
    monkeypatch.setitem(sys.modules, "tensorflow", framework)

    def fail() -> None:
        raise ArithmeticError

    assert observers.assertion(lambda: None) == "passed"
    assert observers.assertion(fail) == "raised"


def test_fields_of_all_releases() -> None:
    names = ("key", "vocabulary_file", "vocabulary_size", "num_oov_buckets", "dtype")
    made = SimpleNamespace(**dict.fromkeys(names, 1), default_value=2, file_format="text")
    assert observers.fields(lambda: made) == [1, 1, 1, 1, 1, 2]


def test_what_an_initialiser_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(float32="float32"))

    def initializer(shape: tuple[int, ...], dtype: str) -> Any:
        return shape, dtype

    assert observers.filled(lambda: initializer) == ((3, 5), "float32")
    assert observers.drawn_matrix(lambda: initializer) == ((500, 400), "float32")
    assert [shape for shape, _ in observers.drawn(lambda: initializer)][1] == (3, 4, 100, 150)


def test_a_tensor_of_pytorch_has_its_outputs_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)

    class Tensor:
        def __init__(self, *shape: int) -> None:
            self.shape = shape

        def permute(self, *axes: int) -> tuple[int, ...]:
            return tuple(self.shape[axis] for axis in axes)

    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(empty=Tensor))
    seen: list[tuple[int, ...]] = []

    def initializer(tensor: Tensor) -> Tensor:
        seen.append(tensor.shape)
        return tensor

    assert observers.drawn(lambda: initializer) == [(500, 400), (3, 4, 100, 150)]
    assert seen == [(400, 500), (150, 100, 3, 4)]
