"""Whether two results are the same: structure, shape, dtype and value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

#: Of TensorFlow's guide on validating correctness, for float32.
RTOL, ATOL = 1e-6, 1e-5


@dataclass(frozen=True)
class Tolerance:
    """Two floats agree when they differ by at most ``atol + rtol * abs(legacy)``.

    :param reason: why it is not the default.
    """

    rtol: float = RTOL
    atol: float = ATOL
    reason: str = ""

    @classmethod
    def from_table(cls, data: Mapping[str, Any]) -> Tolerance:
        """Read a ``tolerance`` table.

        :raises ValueError: when one that is relaxed gives no reason.
        """
        tolerance = cls(data.get("rtol", RTOL), data.get("atol", ATOL), data.get("reason", ""))
        if (tolerance.rtol > RTOL or tolerance.atol > ATOL) and not tolerance.reason:
            raise ValueError("a relaxed tolerance needs a reason")
        return tolerance

    def as_json(self) -> dict[str, Any]:
        stated = {"rtol": self.rtol, "atol": self.atol}
        return {**stated, "reason": self.reason} if self.reason else stated


@dataclass
class Comparison:
    """Compares results one after another and keeps the largest errors.

    Equal are: NaN and NaN, infinities of one sign, lists and tuples of equal items. A number of
    Python has no NumPy dtype and agrees with one of its kind.

    :param dtypes: False where a difference in dtype is declared.
    :ivar samples: number of comparisons.
    :ivar max_abs_error: largest difference of two finite numbers.
    :ivar max_rel_error: largest ratio of that to the legacy number, where that exceeds ``atol``.
    :ivar problems: what differs, one line each.
    :ivar notes: what the reader should know though it is no difference.
    """

    tolerance: Tolerance = field(default_factory=Tolerance)
    dtypes: bool = True
    samples: int = 0
    max_abs_error: float = 0.0
    max_rel_error: float = 0.0
    problems: list[str] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)

    def add(self, place: str, legacy: Any, modern: Any) -> None:
        """Compare the results of one execution.

        :param place: says in a problem where it is, such as ``f, sample 2``.
        """
        self.samples += 1
        self.compare(place, legacy, modern)

    def compare(self, place: str, legacy: Any, modern: Any) -> None:
        """As :meth:`add`, for a further result of the same execution."""
        if isinstance(legacy, (list, tuple)) and isinstance(modern, (list, tuple)):
            if len(legacy) != len(modern):
                self._report(place, f"{len(modern)} items, legacy {len(legacy)}")
                return
            for index, (one, other) in enumerate(zip(legacy, modern, strict=True)):
                self.compare(f"{place}[{index}]", one, other)
        elif isinstance(legacy, dict) and isinstance(modern, dict):
            if legacy.keys() != modern.keys():
                self._report(place, f"keys {list(modern)}, legacy {list(legacy)}")
                return
            for key, one in legacy.items():
                self.compare(f"{place}[{key!r}]", one, modern[key])
        elif _is_numeric(legacy) and _is_numeric(modern):
            self._compare_arrays(place, legacy, modern)
        elif type(legacy) is not type(modern) or legacy != modern:
            self._report(place, f"{_shown(modern)}, legacy {_shown(legacy)}")

    def _compare_arrays(self, place: str, legacy: Any, modern: Any) -> None:
        one, other = np.asarray(legacy), np.asarray(modern)
        if one.shape != other.shape:
            self._report(place, f"shape {other.shape}, legacy {one.shape}")
            return
        without = not (isinstance(legacy, np.ndarray) and isinstance(modern, np.ndarray))
        same = one.dtype.kind == other.dtype.kind if without else one.dtype == other.dtype
        if self.dtypes and not same:
            self._report(place, f"dtype {other.dtype}, legacy {one.dtype}")
            if not {one.dtype.kind, other.dtype.kind} <= set("biufc"):
                return  # Text and numbers have no difference to measure.
        if one.dtype.kind not in "fc" and other.dtype.kind not in "fc":
            wrong = one != other
            difference = np.zeros(one.shape)
        else:
            one, other = (array.astype(np.result_type(array, np.float64)) for array in (one, other))
            with np.errstate(all="ignore"):
                difference = np.abs(one - other)
                allowed = self.tolerance.atol + self.tolerance.rtol * np.abs(one)
            equal = (one == other) | (np.isnan(one) & np.isnan(other))
            difference = np.where(equal, 0.0, difference)
            wrong = ~equal & ~(np.isfinite(difference) & (difference <= allowed))
            self._measure(np.abs(one), difference)
        if wrong.any():
            index = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
            count = int(wrong.sum())
            at = f"at {[int(i) for i in index]} " if one.ndim else ""
            self._report(
                place,
                f"{count} of {one.size} values differ, {at}{other[index]}, legacy {one[index]}",
            )

    def _measure(self, magnitude: Any, difference: Any) -> None:
        finite = np.isfinite(difference)
        if finite.any():
            self.max_abs_error = max(self.max_abs_error, float(difference[finite].max()))
        large = finite & np.isfinite(magnitude) & (magnitude > self.tolerance.atol)
        if large.any():
            ratio = float((difference[large] / magnitude[large]).max())
            self.max_rel_error = max(self.max_rel_error, ratio)

    def _report(self, place: str, text: str) -> None:
        self.problems.append(f"{place}: {text}")

    @property
    def detail(self) -> str:
        """The first problem, and how many there are; empty when there is none."""
        if not self.problems:
            return ""
        more = len(self.problems) - 1
        return self.problems[0] + (f" (and {more} more)" if more else "")


def _is_numeric(value: Any) -> bool:
    return isinstance(value, (bool, int, float, complex, np.ndarray))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:60] + "…"
