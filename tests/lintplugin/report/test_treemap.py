"""Areas of a treemap."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintplugin.report.treemap import squarified


def test_nothing_has_no_boxes() -> None:
    assert squarified([], 2.0) == []


def test_the_example_of_the_paper() -> None:
    boxes = squarified([6, 6, 4, 3, 2, 2, 1], 6 / 4)
    shapes = [(round(box.width * 6 / 100, 2), round(box.height * 4 / 100, 2)) for box in boxes]
    assert shapes[:4] == [(3.0, 2.0), (3.0, 2.0), (1.71, 2.33), (1.29, 2.33)]


@given(
    st.lists(st.integers(1, 10_000), min_size=1, max_size=40).map(
        lambda sizes: sorted(sizes, reverse=True)
    ),
    st.floats(0.1, 10),
)
def test_areas_are_shares_and_do_not_overlap(sizes: list[int], ratio: float) -> None:
    boxes = squarified(sizes, ratio)
    for size, box in zip(sizes, boxes, strict=True):
        assert box.width * box.height / 1e4 == pytest.approx(size / sum(sizes), rel=1e-6)
        assert -1e-6 <= box.left <= box.left + box.width <= 100 + 1e-6
        assert -1e-6 <= box.top <= box.top + box.height <= 100 + 1e-6
    for one, other in combinations(boxes, 2):
        across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
        down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
        assert min(across, down) < 1e-6
