"""Program fixtures as jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lintplugin import evidence
from lintplugin.verification.pairs import FixtureError, SideError
from lintplugin.verification.programs import ProgramPair

_FIXTURE = """\
    summary = "A line."
    runtime = "theano"
    results = ["result"]
    [functions.f]
    inputs = { x = "float64[m,n]", y = "float64[n]" }
    calls = 3
    samples = 4
    then = ["weights"]
    [modern]
    tf2 = "generated"
    torch = "written"
"""

Made = Callable[..., ProgramPair]


@pytest.fixture
def made(write: Callable[[dict[str, str]], Path]) -> Made:
    """Makes the pair of a fixture folder."""

    def make(
        fixture: str = _FIXTURE,
        targets: tuple[str, ...] = ("tf2", "torch"),
        missing: str = "",
    ) -> ProgramPair:
        sides = ("legacy.py", "tf2.py", "torch.py", "reference.py")
        files = {f"rule/case/{side}": f"# {side}\n" for side in sides}
        folder = write({**files, "rule/case/fixture.toml": fixture}) / "rule" / "case"
        if missing:
            (folder / missing).unlink()
        evidence.load_fixture.cache_clear()
        return ProgramPair.of(folder, targets)

    return make


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("summary", "sumary", "fixture.toml: unknown key sumary"),
        ("[modern]", "[modern", "fixture.toml: .*at line 9"),
        ('"theano"', '"theanos"', "'theanos' is no runtime"),
        ('runtime = "theano"', "", "'None' is no runtime"),
        ('"float64[m,n]"', '"float64[m,n"', "functions.f: .* is no input spec"),
        ("calls", "call", "functions.f: unknown key call"),
        ("[modern]", "[tolerance]\nrtol = 0.1\n[modern]", "needs a reason"),
        ("[modern]", "[fails]\ntf3 = 'X'\n[modern]", "'tf3' is no runtime"),
    ],
)
def test_bad_fixture(made: Made, old: str, new: str, problem: str) -> None:
    with pytest.raises(FixtureError, match=problem):
        made(_FIXTURE.replace(old, new))


def test_nothing_to_compare(made: Made) -> None:
    with pytest.raises(FixtureError, match="neither functions nor results"):
        made('runtime = "theano"\n[modern]\ntorch = "written"\n')


@pytest.mark.parametrize("side", ["legacy.py", "torch.py"])
def test_missing_side(made: Made, side: str) -> None:
    with pytest.raises(FixtureError, match=f"{side} is missing"):
        made(missing=side)


def test_sides(made: Made) -> None:
    assert made(missing="reference.py").modern == {"tf2": "tensorflow2", "torch": "torch"}
    assert made(targets=("torch",), missing="tf2.py").modern == {"torch": "torch"}
    pair = made()
    assert (pair.rule, pair.case, pair.runtime) == ("rule", "case", "theano")
    assert pair.legacy_digest == evidence.digest("# legacy.py\n")
    assert pair.modern_digest("torch") == evidence.digest("# torch.py\n")


def test_reference_is_needed_where_the_legacy_side_fails(made: Made) -> None:
    fails = _FIXTURE.replace("[modern]", '[fails]\ntheano = "TypeError"\n[modern]')
    assert made(fails).job("reference", [[]])["source"] == "# reference.py\n"
    with pytest.raises(FixtureError, match=r"reference\.py is missing"):
        made(fails, missing="reference.py")
    elsewhere = _FIXTURE.replace("[modern]", '[fails]\ntensorflow2 = "TypeError"\n[modern]')
    assert made(elsewhere, missing="reference.py").fails == {"tensorflow2": "TypeError"}


def test_job(made: Made) -> None:
    pair = made()
    job = pair.job("torch", pair.draw())
    assert job["source"] == "# torch.py\n"
    assert (job["results"], job["tensors"], job["folder"]) == (["result"], False, "")
    assert len(job["loads"]) == 4
    for number, steps in enumerate(job["loads"]):
        assert [step["function"] for step in steps] == ["f", "weights"] * 3
        assert {step["keywords"] for step in steps} == {bool(number % 2)}
        assert [name for name, _ in steps[0]["arguments"]] == ["x", "y"]
        assert len({step["arguments"][0][1].shape for step in steps[::2]}) == 1
        assert steps[1]["arguments"] == []


def test_results_alone_load_once(made: Made) -> None:
    pair = made('runtime = "theano"\nresults = ["a"]\n[modern]\ntorch = "written"\n')
    assert pair.draw() == [[]]


_RAISED = {"raised": "KeyError", "text": "'x'", "lines": [3, 7], "bases": ["KeyError", "Exception"]}
_INPUTS = [[["f", [], False], ["weights", [], False]]]


def _load(f: Any, weights: Any, result: Any) -> list[dict[str, Any]]:
    steps, results = [f, weights], [result]
    return [
        {
            kind: [one if isinstance(one, dict) else {"value": one} for one in outcomes]
            for kind, outcomes in (("steps", steps), ("results", results))
        }
    ]


def test_expected_and_compare(made: Made) -> None:
    pair = made()
    expected = pair.expected(_INPUTS, _load(1.0, 2.0, 3.0))
    assert expected == [1.0, 2.0, 3.0]
    assert pair.compare(_INPUTS, expected, _load(1.0, 2.0, 3.0)).samples == 3
    state = pair.compare(_INPUTS, expected, _load(1.0, 2.5, 3.0))
    assert state.detail.startswith("weights(), sample 1, call 2: 1 of 1 values differ")
    assert pair.compare(_INPUTS, expected, _load(1.0, 2.0, 4.0)).detail.startswith("result, ")


def test_execution_that_raised(made: Made) -> None:
    pair = made()
    with pytest.raises(SideError, match=r"^f\(\), sample 1, call 1: KeyError: 'x' \(line 7\)$"):
        pair.expected(_INPUTS, _load(_RAISED, 2.0, 3.0))
    with pytest.raises(SideError, match=r"^loading the module: KeyError"):
        pair.expected(_INPUTS, [_RAISED])


def test_check_failure(made: Made) -> None:
    pair = made()
    for value in ([_RAISED], _load(1.0, _RAISED, 3.0)):
        pair.check_failure(value, "KeyError")
        pair.check_failure(value, "errors.Exception")
        with pytest.raises(SideError, match="is declared to raise TypeError: KeyError"):
            pair.check_failure(value, "TypeError")
    with pytest.raises(SideError, match="runs, but is declared to raise KeyError"):
        pair.check_failure(_load(1.0, 2.0, 3.0), "KeyError")
