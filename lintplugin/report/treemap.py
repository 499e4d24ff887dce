"""Squarified treemaps: areas in proportion to counts, as near to squares as they get.

M. Bruls, K. Huizing, J. van Wijk: Squarified Treemaps (2000).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle, in percent of the one around it."""

    left: float
    top: float
    width: float
    height: float


def squarified(sizes: Sequence[float], ratio: float) -> list[Box]:
    """A box for each size.

    :param sizes: positive, the largest first.
    :param ratio: width by height of the rectangle that they fill.
    """
    if not sizes:
        return []
    scale = ratio / sum(sizes)
    boxes = _boxes([size * scale for size in sizes], 0.0, 0.0, ratio, 1.0)
    return [
        Box(100 * left / ratio, 100 * top, 100 * width / ratio, 100 * height)
        for left, top, width, height in boxes
    ]


def _boxes(
    areas: Sequence[float], left: float, top: float, width: float, height: float
) -> Iterator[Box]:
    """Rows of areas, each along the shorter side of what is left."""
    while areas:
        side = min(width, height)
        count = 1
        while count < len(areas) and _worst(areas[: count + 1], side) <= _worst(
            areas[:count], side
        ):
            count += 1
        row, areas = areas[:count], areas[count:]
        depth = sum(row) / side
        along = 0.0
        for area in row:
            length = area / depth
            if width >= height:
                yield Box(left, top + along, depth, length)
            else:
                yield Box(left + along, top, length, depth)
            along += length
        if width >= height:
            left, width = left + depth, width - depth
        else:
            top, height = top + depth, height - depth


def _worst(row: Sequence[float], side: float) -> float:
    """How far from a square the worst box of a row is, 1 where all are squares."""
    square = sum(row) ** 2
    return max(side**2 * row[0] / square, square / (side**2 * row[-1]))
