"""Treemaps: areas in proportion to findings, as near to squares as they get.

M. Bruls, K. Huizing, J. van Wijk: Squarified Treemaps (2000).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os.path import commonpath
from pathlib import PurePath
from typing import NamedTuple

from lintplugin.report.summary import Key, Survey, Tally, folder_of

#: Width by height that a map is laid out for, and the least share that has a tile of its own.
_RATIO = 2.4
_LEAST = 0.004

#: Folders of which each has an area.
_FOLDERS = 16


class Box(NamedTuple):
    """A rectangle, in percent of the one around it."""

    left: float
    top: float
    width: float
    height: float


class Tile(NamedTuple):
    """A part of a map.

    :param name: what to filter by, empty for the small ones that are one tile together.
    """

    name: str
    label: str
    tally: Tally
    box: Box
    inner: Sequence[Tile] = ()


def by_rule(survey: Survey) -> list[Tile]:
    """Frameworks, with rules in them."""
    return _map(survey, lambda _, found: found.framework, lambda _, found: found.symbol)


def by_folder(survey: Survey) -> list[Tile]:
    """Folders with files in them, or where there are many, those at the top with those below."""
    folders = {folder_of(file.path) for file in survey.surveyed}
    if len(folders) <= _FOLDERS:
        return _map(survey, lambda path, _: folder_of(path), lambda path, _: path)
    try:
        shared = len(PurePath(commonpath(tuple(folders))).parts)
    except ValueError:  # Some are absolute and some are not.
        shared = 0

    def top(path: str) -> str:
        return PurePath(*PurePath(folder_of(path)).parts[: shared + 1]).as_posix()

    return _map(survey, lambda path, _: top(path), lambda path, _: f"{folder_of(path)}/*")


def _map(survey: Survey, outer: Key, inner: Key) -> list[Tile]:
    """A map of two levels."""
    areas = survey.tallies(outer)
    inside: dict[str, dict[str, Tally]] = {name: {} for name in areas}
    for key, tally in survey.tallies(lambda *one: f"{outer(*one)}\0{inner(*one)}").items():
        area, _, name = key.partition("\0")
        inside[area][name] = tally
    least = _LEAST * survey.total().findings
    boxes = squarified([tally.findings for tally in areas.values()], _RATIO)
    return [
        Tile(area, area, tally, box, _tiles(inside[area], area, least, box))
        for (area, tally), box in zip(areas.items(), boxes, strict=True)
    ]


def _tiles(tallies: Mapping[str, Tally], area: str, least: float, around: Box) -> list[Tile]:
    """The tiles of an area, the small ones taken together."""
    kept = {name: tally for name, tally in tallies.items() if tally.findings >= least}
    if len(tallies) > len(kept) + 1:
        kept[""] = Tally.together(tally for name, tally in tallies.items() if name not in kept)
    else:
        kept = dict(tallies)
    ordered = sorted(kept.items(), key=lambda item: -item[1].findings)
    ratio = _RATIO * around.width / around.height
    boxes = squarified([tally.findings for _, tally in ordered], ratio)
    return [
        Tile(name, _label(name, area), tally, box)
        for (name, tally), box in zip(ordered, boxes, strict=True)
    ]


def _label(name: str, area: str) -> str:
    """The part of a name that the area around it does not say."""
    return name.removesuffix("/*").removeprefix(f"{area}/") or "others"


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
