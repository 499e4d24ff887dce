"""Input specs, such as ``float64[m,n] -2..2``, and the arrays that are drawn for them.

A spec is a NumPy dtype, a shape and a range. A letter in the shape is a size that is drawn, the
same wherever the letter stands in one sample; a number is a fixed size; ``h+2`` is two more than
``h``. Without a shape the input has no dimension. The word ``distinct`` at the end asks for values
that differ from each other in the whole sample and from the edge values, for operations with ties
or kinks.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

Sample = dict[str, NDArray[Any]]

#: Sizes that a letter takes.
SIZES = (1, 2, 3, 5, 7)

#: Number of samples of one case.
SAMPLES = 5

_DTYPES = (
    "bool",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
)

_SPEC = re.compile(
    r"(?P<dtype>\w+)\s*(?:\[(?P<shape>[^\]]*)\])?"
    r"(?:\s+(?P<low>\S+?)\.\.(?P<high>\S+))?"
    r"(?P<distinct>\s+distinct)?"
)

#: Steps between the ends of a range of floats.
_STEPS = 1 << 12

#: Elements drawn one by one; a larger array repeats them, out of step with its dimensions.
_DRAWN = 211


class SpecError(ValueError):
    """An input spec that is not one; the message shows it and says what is wrong."""


@dataclass(frozen=True, order=True)
class Size:
    """One dimension: what was drawn for the letter, if there is one, plus a number."""

    letter: str
    number: int

    def __call__(self, drawn: Mapping[str, int]) -> int:
        return (drawn[self.letter] if self.letter else 0) + self.number

    def __str__(self) -> str:
        parts = [self.letter, str(self.number) if self.number or not self.letter else ""]
        return "+".join(filter(None, parts))


@dataclass(frozen=True)
class Spec:
    """What an input is.

    :param low: smallest value.
    :param high: largest value.
    :param distinct: no value twice in a sample, and no edge value.
    """

    dtype: np.dtype[Any]
    shape: tuple[Size, ...]
    low: float
    high: float
    distinct: bool = False

    def __str__(self) -> str:
        shape = f"[{','.join(map(str, self.shape))}]" if self.shape else ""
        distinct = " distinct" if self.distinct else ""
        return f"{self.dtype}{shape} {self.low:g}..{self.high:g}{distinct}"

    @property
    def ones(self) -> tuple[int, ...]:
        """Dimensions whose size is one by declaration."""
        return tuple(axis for axis, size in enumerate(self.shape) if size == Size("", 1))


def parse(text: str) -> Spec:
    """Read an input spec.

    :raises SpecError: when it is not one.
    """
    match = _SPEC.fullmatch(text.strip())
    if match is None:
        raise SpecError(f"{text!r} is no input spec: write for example 'float32[m,n] -2..2'")
    if match["dtype"] not in _DTYPES:
        raise SpecError(f"{text!r}: no such dtype, choose from {', '.join(_DTYPES)}")
    dtype = np.dtype(match["dtype"])
    shape = tuple(_size(text, size.strip()) for size in (match["shape"] or "").split(",") if size)
    if match["high"] is None:
        low, high = _default_range(dtype)
    else:
        try:
            low, high = float(match["low"]), float(match["high"])
        except ValueError as error:
            raise SpecError(f"{text!r}: a range is two numbers, such as -2..2") from error
    if not low <= high:
        raise SpecError(f"{text!r}: the range is empty")
    if dtype.kind in "iu" and not (low.is_integer() and high.is_integer()):
        raise SpecError(f"{text!r}: the range of {dtype} is two whole numbers")
    if dtype.kind == "u" and low < 0:
        raise SpecError(f"{text!r}: {dtype} has no values below 0")
    distinct = match["distinct"] is not None
    if distinct and dtype.kind != "f":
        raise SpecError(f"{text!r}: only floats can be distinct")
    return Spec(dtype, shape, low, high, distinct)


def _size(text: str, size: str) -> Size:
    match = re.fullmatch(r"(?:(\d+)|([A-Za-z])(?:\+(\d+))?)", size)
    if match is None:
        raise SpecError(f"{text!r}: {size!r} is no size: write a number, a letter or 'h+2'")
    return Size(match[2] or "", int(match[1] or match[3] or 0))


def _default_range(dtype: np.dtype[Any]) -> tuple[float, float]:
    if dtype.kind == "b":
        return 0.0, 1.0
    if dtype.kind in "iu":
        return (0.0 if dtype.kind == "u" else -5.0), 5.0
    return -3.0, 3.0


def _elements(spec: Spec) -> st.SearchStrategy[Any]:
    """Values of one input, without those of ``distinct``."""
    if spec.dtype.kind == "b":
        return st.booleans()
    if spec.dtype.kind in "iu":
        return st.integers(int(spec.low), int(spec.high))
    width = spec.high - spec.low
    grid = st.integers(0, _STEPS).map(lambda step: spec.low + width * step / _STEPS)
    tiny = width * 1e-6
    edges = [spec.low, spec.high, 0.0, 1.0, -1.0, spec.low + tiny, tiny]
    inside = [edge for edge in edges if spec.low <= edge <= spec.high]
    # The grid more often: a sample of nothing but edge values tells little.
    reals = st.one_of(grid, grid, grid, st.sampled_from(inside))
    if spec.dtype.kind == "c":
        return st.builds(complex, reals, reals)
    return reals


def _array(spec: Spec, sizes: Mapping[str, int]) -> st.SearchStrategy[NDArray[Any]]:
    shape = tuple(size(sizes) for size in spec.shape)
    count = int(np.prod(shape, dtype=np.int64))
    # Rounded here: hypothesis refuses an element that its array cannot hold exactly.
    elements = _elements(spec).map(spec.dtype.type)
    drawn = hnp.arrays(spec.dtype, min(count, _DRAWN), elements=elements, fill=st.nothing())
    return drawn.map(lambda values: np.resize(values, shape))


def _separate(specs: Mapping[str, Spec], sample: Sample, number: int) -> None:
    """Replace the inputs that are ``distinct``: a shuffled grid, off the edge values."""
    names = [name for name, spec in specs.items() if spec.distinct]
    total = sum(sample[name].size for name in names)
    if not total:
        return
    # An offset that no multiple of a simple fraction meets.
    grid = (np.random.default_rng(number).permutation(total) + 0.4142) / total
    for name in names:
        spec, array = specs[name], sample[name]
        values, grid = grid[: array.size], grid[array.size :]
        scaled = spec.low + (spec.high - spec.low) * values
        sample[name] = scaled.astype(array.dtype).reshape(array.shape)


def _strategy(
    specs: Mapping[str, Spec], calls: int, sizes: Mapping[str, int]
) -> st.SearchStrategy[tuple[Sample, ...]]:
    one = st.fixed_dictionaries({name: _array(spec, sizes) for name, spec in specs.items()})
    return st.tuples(*[one] * calls)


def _odd_sizes(letters: Iterable[str]) -> dict[str, int]:
    """A different size for each letter, as far as there are any: an equal one hides a swap."""
    sizes = (3, 5, 2, 7)
    return {letter: sizes[place % len(sizes)] for place, letter in enumerate(letters)}


def draw(
    specs: Mapping[str, Spec], count: int = SAMPLES, calls: int = 1, *, empty: bool = False
) -> list[tuple[Sample, ...]]:
    """Samples of the inputs of one case, in the order of ``specs``.

    The first has size one wherever a letter stands, the second a different size for each letter;
    the others are drawn. The same specs give the same samples, for one version of hypothesis.
    Without inputs there is one sample.

    :param calls: number of consecutive calls; all calls of a sample have the same sizes.
    :param empty: whether further samples follow, as :func:`is_empty` tells, one for each letter
        with that size zero.
    """
    if not specs:
        return [({},) * calls]
    sizes = (size for spec in specs.values() for size in spec.shape)
    letters = list(dict.fromkeys(size.letter for size in sizes if size.letter))
    number = zlib.crc32(repr(specs).encode())
    drawn_sizes = st.fixed_dictionaries({name: st.sampled_from(SIZES) for name in letters})
    plans = [
        (_strategy(specs, calls, dict.fromkeys(letters, 1)), 1),
        (_strategy(specs, calls, _odd_sizes(letters)), 1),
        (drawn_sizes.flatmap(lambda drawn: _strategy(specs, calls, drawn)), count - 2),
    ]
    if empty:
        alone = {str(size) for spec in specs.values() for size in spec.shape}
        for letter in filter(alone.__contains__, letters):
            plans.append((_strategy(specs, calls, {**_odd_sizes(letters), letter: 0}), 1))
            count += 1
    samples: list[tuple[Sample, ...]] = []
    for strategy, wanted in plans:
        for drawn in _collect(strategy, wanted, number + len(samples)):
            ordered = tuple({name: call[name].copy() for name in specs} for call in drawn)
            for place, call in enumerate(ordered):
                _separate(specs, call, number + len(samples) + place)
            samples.append(ordered)
    return samples[:count]


def is_empty(sample: Sample) -> bool:
    """Whether an input of a sample has no element."""
    return any(not array.size for array in sample.values())


def _collect(
    strategy: st.SearchStrategy[tuple[Sample, ...]], count: int, number: int
) -> list[tuple[Sample, ...]]:
    """Draw ``count`` examples; hypothesis begins with the simplest one, which is left out."""
    found: list[tuple[Sample, ...]] = []
    if count <= 0:
        return found

    @seed(number)
    @settings(
        max_examples=count + 1,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(sample: tuple[Sample, ...]) -> None:
        found.append(sample)

    collect()
    # Where there are fewer different samples than that, all of them, again.
    usable = found[1:] or found
    return [usable[place % len(usable)] for place in range(count)]
