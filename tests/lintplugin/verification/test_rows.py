"""Table rows as jobs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from lintplugin import rules
from lintplugin.rewrite import expressions
from lintplugin.rules import TARGETS, Checker, Rule
from lintplugin.templates import Row
from lintplugin.verification.pairs import FixtureError, SideError
from lintplugin.verification.rows import RowPair, distribution, styles
from lintplugin.verification.sampling import is_empty

_SUM = {
    "legacy": "theano.tensor.sum",
    "tf2": "tf.reduce_sum(input, axis=axis, keepdims=keepdims)",
    "torch": ["torch.sum(input)", "torch.sum(input, dim=axis, keepdim=keepdims)"],
    "inputs": {"input": "float64[m,n]"},
    "arguments": [{}, {"axis": "0", "keepdims": "True"}],
}
_CAST = {
    "legacy": "tensorflow.cast",
    "tf2": "tf.cast(x, dtype)",
    "torch_reason": "not in this test",
    "torch": False,
    "inputs": {"x": "float32[m]"},
    "arguments": [{"dtype": "tf.int32"}],
}

Made = Callable[..., RowPair]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """Makes the pair of a row, which is then the only one that the rewriter knows."""

    def make(data: Mapping[str, Any], **changes: Any) -> RowPair:
        row = Row.from_table({**data, **changes}, "test")
        rule = Rule("W6598", "'%(api)s'", "A made-up rule.", "It tests.")
        checker = Checker("made-up", "theano", rule, lambda module: (), {row.legacy: row})
        monkeypatch.setattr(rules, "members_of", lambda groups: (checker,))
        rows = {row.legacy: row}
        monkeypatch.setattr(expressions, "tables", lambda package: (("made-up", rows),))
        expressions.forget_rows()
        return RowPair.of("made-up", row, TARGETS)

    yield make
    expressions.forget_rows()


def _calls(row: Mapping[str, Any], arguments: Mapping[str, str]) -> list[str]:
    return [
        "; ".join([*style.variables, f"f({', '.join(style.arguments)})"])
        for style in styles(Row.from_table(row, "test"), arguments)
    ]


def test_a_name_gone_before_the_recorded_release_is_what_it_became(made: Made) -> None:
    old = {
        "legacy": "tensorflow.mul",
        "signature": "(x, y, name=None)",
        "was": "tf.multiply(x, y, name=name)",
        "tf2": "tf.multiply(x, y)",
        "torch": "torch.multiply(x, y)",
        "inputs": {"x": "float32[m]", "y": "float32[m]"},
    }
    pair = made(old)
    legacy = pair.job("legacy", pair.draw())["groups"][0]["sources"]
    assert all("tf.mul = lambda x, y, name=None: tf.multiply(x, y, name=name)" in t for t in legacy)
    assert legacy[0].endswith("return tf.mul(x, y)\n")
    modern = pair.job("torch", pair.draw())["groups"][0]["sources"]
    assert modern[0].endswith("return torch.multiply(x, y)\n")
    assert pair.legacy_digest != made(old, was="tf.add(x, y)").legacy_digest


def test_a_module_gone_before_the_recorded_release_is_made(made: Made) -> None:
    old = {
        "legacy": "theano.tensor.signal.downsample.max_pool_2d",
        "signature": "(input, ds)",
        "was": "theano.tensor.signal.pool.pool_2d(input, ws=ds)",
        "tf2": False,
        "tf2_reason": "none",
        "torch": "torch.nn.functional.max_pool2d(input, ds)",
        "inputs": {"input": "float64[1,1,4,4]"},
        "arguments": [{"ds": "(2, 2)"}],
    }
    pair = made(old)
    source = pair.job("legacy", pair.draw())["groups"][0]["sources"][0]
    assert "import theano.tensor.signal.pool\n" in source
    gone = "theano.tensor.signal.downsample"
    assert f"\n{gone} = types.SimpleNamespace()\n{gone}.max_pool_2d = lambda input, ds: " in source


def test_styles_of_one_argument() -> None:
    row = {"legacy": "theano.tensor.tanh", "tf2": "tf.tanh(a)", "torch": "torch.tanh(a)"}
    assert _calls({**row, "inputs": {"a": "float64[m]"}}, {}) == [
        "f(a)",
        "f(a=a)",
        "a_ = a; f(a_)",
    ]


def test_styles() -> None:
    assert _calls(_SUM, {"axis": "0", "keepdims": "True"}) == [
        "f(input, 0, keepdims=True)",
        "f(input, axis=0, keepdims=True)",
        "f(input=input, axis=0, keepdims=True)",
        "f(keepdims=True, axis=0, input=input)",
        "f(input, 0, None, True, None)",
        "input_ = input; axis_ = 0; keepdims_ = True; f(input_, axis_, keepdims=keepdims_)",
    ]


def test_styles_do_not_repeat_and_parse() -> None:
    calls = _calls(_SUM, {})
    assert len(calls) == len(set(calls))
    for call in calls:
        ast.parse(call)


def test_inputs_need_not_be_parameters() -> None:
    row = {
        "legacy": "theano.tensor.concatenate",
        "tf2": "tf.concat(tensor_list, axis)",
        "torch": "torch.cat(tensor_list, axis)",
        "inputs": {"a": "float64[m,n]", "b": "float64[m,n]"},
    }
    assert _calls(row, {"tensor_list": "[a, b]"})[0] == "f([a, b])"


def test_legacy_job(made: Made) -> None:
    pair = made(_SUM)
    assert (pair.runtime, dict(pair.modern)) == (
        "theano",
        {"tf2": "tensorflow2", "torch": "torch"},
    )
    job = pair.job("legacy", pair.draw())
    plain, reduced = job["groups"]
    assert plain["gradient"] is True
    assert plain["sources"][0].endswith("def case(input):\n    return theano.tensor.sum(input)\n")
    assert "import theano.tensor\n" in plain["sources"][0]
    assert len(reduced["sources"]) >= 5
    for source in [*plain["sources"], *reduced["sources"]]:
        compile(source, "case.py", "exec")


def test_an_observer_makes_the_call_on_both_sides(made: Made) -> None:
    pair = made(_CAST, observe="kind")
    for side in ("legacy", "tf2"):
        (group,) = pair.job(side, pair.draw())["groups"]
        for source in group["sources"]:
            assert "def kind(call: " in source
            assert "return kind(lambda: tf.cast(" in source
            compile(source, "case.py", "exec")


def test_an_observer_that_there_is_not(made: Made) -> None:
    with pytest.raises(FixtureError, match="no observer eyes"):
        made(_CAST, observe="eyes")


def test_modern_job_is_what_the_rewriter_writes(made: Made) -> None:
    pair = made(_SUM)
    plain, reduced = pair.job("torch", pair.draw())["groups"]
    assert any("return torch.sum(input)" in source for source in plain["sources"])
    assert "dim=0, keepdim=True" in reduced["sources"][0]
    for source in [*plain["sources"], *reduced["sources"]]:
        assert "theano" not in source
        compile(source, "case.py", "exec")


def test_name_that_the_target_has_is_kept(made: Made) -> None:
    pair = made(_CAST)
    assert dict(pair.modern) == {"tf2": "tensorflow2"}
    (group,) = pair.job("tf2", pair.draw())["groups"]
    assert all("tf.int32" in source for source in group["sources"])


def test_a_case_that_meets_no_condition_of_a_target_is_left_out(made: Made) -> None:
    when = {"code": "torch.sum(input)", "when": {"axis": "None"}}
    pair = made(_SUM, torch=[when])
    inputs = pair.draw()
    with_answer, without = pair.job("torch", inputs)["groups"]
    assert with_answer["sources"][0].endswith("return torch.sum(input)\n")
    assert without["sources"] == []
    assert all(group["sources"] for group in pair.job("tf2", inputs)["groups"])
    compared = pair.compare(inputs, *_outcomes(inputs))
    assert (compared.samples, compared.problems) == (len(inputs[0]), [])
    with pytest.raises(FixtureError, match="no case meets a condition of torch"):
        made(_SUM, torch=[when], arguments=[{"axis": "0"}]).job("torch", inputs[1:])


def _outcomes(inputs: Any) -> tuple[Any, Any]:
    """What two cases of one style give on both sides, the second on one of them only."""
    legacy = [[{"value": 1, "gradients": {}} for _ in samples] for samples in inputs]
    return legacy, [[[{"value": 1} for _ in inputs[0]]], []]


def test_gradient(made: Made) -> None:
    def gradient(**changes: Any) -> bool:
        pair = made(_SUM, arguments=[{}], **changes)
        (group,) = pair.job("legacy", pair.draw())["groups"]
        return bool(group["gradient"])

    assert not gradient(inputs={"input": "int64[m]"})
    assert not gradient(gradient=False)
    assert gradient()


def test_declared_ones_are_broadcastable(made: Made) -> None:
    pair = made(_SUM, inputs={"input": "float64[m,1]"}, arguments=[{}])
    (group,) = pair.job("legacy", pair.draw())["groups"]
    assert group["ones"] == {"input": [1]}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"inputs": {"input": "float64["}}, "is no input spec"),
        ({"tolerance": {"rtol": 0.1}}, "needs a reason"),
        ({"arguments": [{"dtype": "'float32'"}]}, "'dtype' has no equivalent"),
    ],
)
def test_row_that_cannot_be_executed(made: Made, changes: dict[str, Any], problem: str) -> None:
    def execute() -> None:
        pair = made(_SUM, **changes)
        pair.job("torch", pair.draw())

    with pytest.raises(FixtureError, match=problem):
        execute()


def _outcome(value: Any, **gradients: Any) -> dict[str, Any]:
    return {"value": np.array(value), "gradients": gradients}


_RAISED = {"raised": "TypeError", "text": "no\nmore", "lines": [], "bases": ["TypeError"]}


def test_style_that_legacy_does_not_take_is_left_out(made: Made) -> None:
    pair = made(_SUM, arguments=[{}])
    inputs = [[{}, {}]]
    expected = pair.expected(inputs, [[[_outcome(1.0), _outcome(2.0)], [_RAISED, _RAISED]]])
    assert [one["value"] for one in expected[0]] == [1.0, 2.0]
    with pytest.raises(SideError, match=r"^sample 2: TypeError: no$"):
        pair.expected(inputs, [[[_outcome(1.0), _RAISED]]])


def _with_empty(pair: RowPair) -> tuple[Any, Any, int]:
    """The inputs of one case, what legacy gives for each of its samples, and how many are full."""
    inputs = pair.draw()
    full = sum(not is_empty(sample) for sample in inputs[0])
    assert len(inputs[0]) == full + 2
    return inputs, [_outcome(float(sample["input"].sum())) for sample in inputs[0]], full


def test_an_empty_input_is_compared_where_legacy_takes_it(made: Made) -> None:
    pair = made(_SUM, arguments=[{}])
    inputs, outcomes, full = _with_empty(pair)
    outcomes[-1] = _RAISED
    expected = pair.expected(inputs, [[outcomes]])
    assert expected[0][-1] is None
    assert expected[0][-2]["value"] == 0
    assert pair.compare(inputs, expected, [[outcomes]]).samples == full + 1
    with pytest.raises(SideError, match=f"^sample {full + 1}: TypeError: no"):
        pair.compare(inputs, expected, [[[*outcomes[:full], _RAISED, _RAISED]]])
    with pytest.raises(SideError, match=f"^{full - 1} results of {full} samples"):
        pair.compare(inputs, expected, [[outcomes[: full - 1]]])
    outcomes[0] = _RAISED
    with pytest.raises(SideError, match=r"^sample 1: TypeError: no"):
        pair.expected(inputs, [[outcomes]])


@pytest.mark.parametrize(
    ("empty", "given"),
    [
        ({}, {"legacy": 2, "tf2": 2, "torch": 2}),
        ({"torch": "it raises"}, {"legacy": 2, "tf2": 2, "torch": 0}),
        ({"legacy": "it raises"}, {"legacy": 0, "tf2": 0, "torch": 0}),
    ],
)
def test_a_row_says_who_takes_no_empty_input(
    made: Made, empty: dict[str, str], given: dict[str, int]
) -> None:
    pair = made(_SUM, arguments=[{}], empty=empty)
    inputs, outcomes, full = _with_empty(pair)
    for side, count in given.items():
        (group,) = pair.job(side, inputs)["groups"]
        assert group["counts"][0] == full + count
    legacy = outcomes[: full + given["legacy"]]
    expected = pair.expected(inputs, [[legacy]])
    modern = outcomes[: full + given["torch"]]
    assert pair.compare(inputs, expected, [[modern]]).samples == len(modern)


def test_random_numbers_and_what_is_observed_have_no_empty_inputs(made: Made) -> None:
    for changes in ({"random": True}, {"observe": "kind"}):
        (samples,) = made(_SUM, arguments=[{}], **changes).draw()
        assert not any(map(is_empty, samples))


def test_styles_that_differ(made: Made) -> None:
    pair = made(_SUM, arguments=[{"axis": "0"}])
    with pytest.raises(SideError, match="axis=0, sample 1, two styles of one call"):
        pair.expected([[{}]], [[[_outcome(1.0)], [_outcome(2.0)]]])


def test_compare(made: Made) -> None:
    pair = made(_SUM, arguments=[{"axis": "0"}])
    expected = [[_outcome(1.0, input=np.ones(2))]]

    def compare(*outcomes: dict[str, Any]) -> str:
        return pair.compare([[{}]], expected, [[[outcome] for outcome in outcomes]]).detail

    good = _outcome(1.0, input=np.ones(2))
    assert compare(good, good) == ""
    assert compare(good, _outcome(2.0, input=np.ones(2))).startswith("axis=0, sample 1: 1 of 1")
    assert "gradients['input']" in compare(_outcome(1.0, input=np.zeros(2)))
    assert "gradients: keys" in compare(_outcome(1.0))
    with pytest.raises(SideError, match="axis=0, sample 1: TypeError"):
        compare(good, _RAISED)


def test_missing_gradient_is_noted(made: Made) -> None:
    pair = made(_SUM, arguments=[{}])
    outcome = {**_outcome(1.0, input=np.zeros(2)), "missing": ["input"]}
    comparison = pair.compare([[{}]], [[_outcome(1.0, input=np.zeros(2))]], [[[outcome]]])
    assert comparison.notes == {"no gradient by input, taken as zeros"}


def test_random_numbers_may_be_in_a_list() -> None:
    array = np.arange(6.0)
    assert distribution([array, "text"])[0].keys() == distribution(array).keys()
    assert distribution([array, "text"])[1] == "text"
    assert distribution((array, "text"))[0].keys() == distribution(array).keys()


def test_random_numbers_agree_in_distribution(made: Made) -> None:
    data = {
        "legacy": "tensorflow.random_normal",
        "tf2": "tf.random.normal(shape)",
        "torch": "torch.randn(shape)",
        "random": True,
        "arguments": [{"shape": "[200, 300]"}],
        "tolerance": {"rtol": 0.0, "atol": 0.05, "reason": "moments of random numbers"},
    }
    pair = made(data)
    one, other = (np.random.default_rng(seed).normal(size=(200, 300)) for seed in (1, 2))
    expected = pair.expected([[{}]], [[[_outcome(one)]]])

    def compare(value: Any) -> str:
        return pair.compare([[{}]], expected, [[[_outcome(value)]]]).detail

    assert compare(other) == ""
    assert "values differ" in compare(other * 1.1)
    assert "dtype" in compare(other.astype(np.float32))
    assert "shape" in compare(other.T)
