"""What counts as the same result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lintplugin.verification.comparison import Comparison, Tolerance

_A = np.array([1.0, 2.0])


def _problem(legacy: Any, modern: Any, **options: Any) -> str:
    comparison = Comparison(**options)
    comparison.add("f", legacy, modern)
    return comparison.detail


@pytest.mark.parametrize(
    ("legacy", "modern"),
    [
        (None, None),
        ("a", "a"),
        (b"a", b"a"),
        (True, True),
        (3, 3),
        (1.5, 1.5),
        (_A, _A.copy()),
        (_A, _A + 1e-6),
        ([_A, 1], (_A, 1)),
        ({"a": _A, 2: None}, {2: None, "a": _A}),
        (np.array([np.nan, np.inf, -np.inf]), np.array([np.nan, np.inf, -np.inf])),
        (np.array(0.5, np.float32), 0.5),
        (np.array(2), 2),
        (np.empty((0, 3)), np.empty((0, 3))),
        (np.array([1 + 1j]), np.array([1 + 1j])),
        (np.array(["a"]), np.array(["a"])),
        (2**63 - 1, 2**63 - 1),
        (2**70, 2**70),
    ],
)
def test_same(legacy: Any, modern: Any) -> None:
    assert _problem(legacy, modern) == ""


@pytest.mark.parametrize(
    ("legacy", "modern", "problem"),
    [
        (None, _A, "legacy None"),
        ("a", "b", "'b', legacy 'a'"),
        (_A, _A + 1e-4, "2 of 2 values differ, at [0] 1.0001, legacy 1.0"),
        (_A, _A.astype(np.float32), "dtype float32, legacy float64"),
        (_A, _A[:1], "shape (1,), legacy (2,)"),
        (_A, _A[None], "shape (1, 2), legacy (2,)"),
        (np.array(1.0), np.array([1.0]), "shape (1,), legacy ()"),
        ([_A], [_A, _A], "2 items, legacy 1"),
        ([_A, _A], [_A, -_A], "f[1]: 2 of 2 values differ"),
        ({"a": 1}, {"b": 1}, "keys ['b'], legacy ['a']"),
        (np.array([np.nan]), np.array([0.0]), "legacy nan"),
        (np.array([0.0]), np.array([np.nan]), "nan, legacy 0.0"),
        (np.array([np.inf]), np.array([-np.inf]), "-inf, legacy inf"),
        (np.array([np.inf]), np.array([1e308]), "legacy inf"),
        (np.array([1, 2]), np.array([1, 3]), "1 of 2 values differ, at [1] 3, legacy 2"),
        (np.array(1), 1.0, "dtype float64, legacy int64"),
        (np.array([True]), np.array([1]), "dtype int64, legacy bool"),
        (np.array(["a"]), np.array([1.0]), "dtype float64"),
        (2**63 - 1, 2**63 - 2, "values differ"),
        (2**70, 2**70 + 1, "values differ"),
        (1, True, "dtype bool, legacy int64"),
    ],
)
def test_different(legacy: Any, modern: Any, problem: str) -> None:
    assert problem in _problem(legacy, modern)


def test_declared_dtype_difference_leaves_the_rest() -> None:
    assert _problem(_A, _A.astype(np.float32), dtypes=False) == ""
    assert "values differ" in _problem(_A, _A.astype(np.float32) + 1, dtypes=False)


def test_errors() -> None:
    comparison = Comparison(Tolerance(rtol=1, atol=1e-5, reason="for the test"))
    comparison.add("one", np.array([100.0, 1e-9]), np.array([100.5, 3e-9]))
    comparison.add("two", np.array([np.inf, 4.0]), np.array([np.inf, 5.0]))
    assert comparison.samples == 2
    assert comparison.max_abs_error == 1.0
    assert comparison.max_rel_error == 0.25
    assert comparison.problems == []


def test_detail_counts_the_rest() -> None:
    comparison = Comparison()
    comparison.add("one", 1, 2)
    comparison.add("two", 1, 2)
    assert comparison.detail.startswith("one: ")
    assert comparison.detail.endswith("(and 1 more)")


def test_relaxed_tolerance_needs_a_reason() -> None:
    assert Tolerance.from_table({}) == Tolerance()
    assert Tolerance.from_table({"rtol": 1e-7}).rtol == 1e-7
    relaxed = Tolerance.from_table({"rtol": 1e-3, "reason": "another algorithm"})
    assert relaxed.as_json() == {"rtol": 1e-3, "atol": 1e-5, "reason": "another algorithm"}
    with pytest.raises(ValueError, match="needs a reason"):
        Tolerance.from_table({"atol": 1e-3})
