"""Areas of a treemap."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintplugin.report.summary import Survey
from lintplugin.report.survey import Answer, Found, Surveyed
from lintplugin.report.treemap import by_folder, by_rule, squarified


def survey(**paths: int) -> Survey:
    """Files with so many findings."""
    found = Found("a-rule", "tensorflow.log", "tensorflow", 1, "", "", {"tf2": Answer("safe", "")})
    made = Survey(("tf2",))
    made.surveyed = [Surveyed(path, 1, (found,) * count, {}) for path, count in paths.items()]
    return made


def test_few_folders_hold_their_files() -> None:
    tiles = by_folder(survey(**{"a.py": 1, "p/b.py": 2, "p/c.py": 3}))
    assert [(one.name, one.tally.findings) for one in tiles] == [("p", 5), (".", 1)]
    assert [(one.name, one.label) for one in tiles[0].inner] == [
        ("p/c.py", "c.py"),
        ("p/b.py", "b.py"),
    ]
    (rule,) = by_rule(survey(**{"a.py": 1, "p/b.py": 2}))
    assert [(one.label, one.tally.files) for one in rule.inner] == [("a-rule", {"a.py", "p/b.py"})]


def test_many_folders_hold_the_folders_below() -> None:
    paths = {f"src/{area}/{number}/a.py": number + 1 for area in "pq" for number in range(9)}
    one, other = by_folder(survey(**paths, **{"src/p/b.py": 1}))
    assert (one.name, other.name) == ("src/p", "src/q")
    assert [(tile.name, tile.label) for tile in other.inner][:2] == [
        ("src/q/8/*", "8"),
        ("src/q/7/*", "7"),
    ]
    assert ("src/p/*", "src/p") in [(tile.name, tile.label) for tile in one.inner]


def test_absolute_paths_beside_others() -> None:
    paths = {f"{number}/a.py": 1 for number in range(20)}
    assert len(by_folder(survey(**paths, **{"/x/a.py": 1}))) == 21


def test_what_is_small_is_taken_together() -> None:
    (area,) = by_folder(survey(**{f"{number}.py": 1 for number in range(9)}, **{"x.py": 9_000}))
    assert [(tile.name, tile.label, tile.tally.findings) for tile in area.inner] == [
        ("x.py", "x.py", 9_000),
        ("", "others", 9),
    ]
    assert len(area.inner[1].tally.files) == 9


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
