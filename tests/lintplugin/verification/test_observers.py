"""What is compared of a call that is made for what it does: a different deed is told apart."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
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


def test_whether_a_call_raises() -> None:
    assert observers.raises(lambda: 1 / 0) is True
    assert observers.raises(lambda: None) is False


def test_eigenvectors_up_to_sign() -> None:
    vectors = np.array([[0.6, 0.8], [-0.8, 0.6]])

    def squares(found: Any) -> Any:
        return observers.up_to_sign(lambda: (np.array([1.0, 2.0]), found))[1]

    assert np.array_equal(squares(vectors), squares(vectors * [1, -1]))
    assert not np.array_equal(squares(vectors), squares(vectors * [[1], [-1]]))
    assert observers.up_to_sign(lambda: (3, vectors))[0] == 3
