"""Input specs and the samples drawn for them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintplugin.verification.sampling import SIZES, Size, SpecError, draw, is_empty, parse


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is no input spec"),
        ("float64[m", "is no input spec"),
        ("float64 [m] extra", "is no input spec"),
        ("flot64[m]", "no such dtype"),
        ("object[m]", "no such dtype"),
        ("float32[m-1]", "'m-1' is no size"),
        ("float32[batch]", "'batch' is no size"),
        ("float32[m] 3..1", "the range is empty"),
        ("float32[m] nan..1", "the range is empty"),
        ("float32[m] a..b", "a range is two numbers"),
        ("int32[m] 0.5..2", "two whole numbers"),
        ("uint8[m] -1..2", "no values below 0"),
        ("int32[m] distinct", "only floats can be distinct"),
    ],
)
def test_bad_spec(text: str, problem: str) -> None:
    with pytest.raises(SpecError, match=problem) as raised:
        parse(text)
    assert repr(text) in str(raised.value)


def test_parse() -> None:
    spec = parse("float32[m, 3,h+2] .1..1e3 distinct")
    assert spec.dtype == np.float32
    assert spec.shape == (Size("m", 0), Size("", 3), Size("h", 2))
    assert (spec.low, spec.high, spec.distinct) == (0.1, 1000.0, True)
    assert parse("float64").shape == ()
    assert parse("float64[m,1,n]").ones == (1,)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("float64", -3, 3), ("int32", -5, 5), ("uint8", 0, 5), ("bool", 0, 1)],
)
def test_default_range(text: str, low: float, high: float) -> None:
    spec = parse(text)
    assert (spec.low, spec.high) == (low, high)


@given(
    st.sampled_from(["float32", "float64"]),
    st.lists(st.sampled_from(["m", "n", "3", "h+2"]), max_size=4),
    st.integers(-9, 9),
    st.integers(0, 9),
    st.booleans(),
)
def test_str_is_parsed_to_the_same(
    dtype: str, sizes: list[str], low: int, width: int, distinct: bool
) -> None:
    shape = f"[{','.join(sizes)}]" if sizes else ""
    spec = parse(f"{dtype}{shape} {low}..{low + width}{' distinct' if distinct else ''}")
    assert parse(str(spec)) == spec


def test_no_inputs_give_one_sample() -> None:
    assert draw({}, calls=2) == [({}, {})]


def test_same_specs_give_same_samples() -> None:
    specs = {"x": parse("float64[m,n]"), "y": parse("int64[n]")}
    one, other = draw(specs), draw(specs)
    for (a,), (b,) in zip(one, other, strict=True):
        for name in specs:
            np.testing.assert_array_equal(a[name], b[name])


def test_sizes() -> None:
    specs = {"x": parse("float32[m,k]"), "w": parse("float32[k,n,4]"), "b": parse("float32[m+2]")}
    samples = [sample for (sample,) in draw(specs, 6)]
    assert len(samples) == 6
    assert list(samples[0]) == ["x", "w", "b"]
    assert [samples[0][name].shape for name in specs] == [(1, 1), (1, 1, 4), (3,)]
    assert len({*samples[1]["x"].shape, samples[1]["w"].shape[1]}) == 3
    for sample in samples:
        m, k = sample["x"].shape
        assert sample["w"].shape[0] == k
        assert sample["b"].shape == (m + 2,)
        assert {m, k} <= set(SIZES)


def test_empty_samples_come_last_one_for_each_letter() -> None:
    specs = {"x": parse("float32[m,k]"), "w": parse("float32[k,4]"), "b": parse("float32[h+2]")}
    plain, samples = draw(specs), draw(specs, empty=True)
    assert [is_empty(sample) for (sample,) in samples] == [False] * len(plain) + [True] * 2
    for (one,), (other,) in zip(plain, samples, strict=False):
        assert all(np.array_equal(one[name], other[name]) for name in specs)
    (no_m,), (no_k,) = samples[-2:]
    assert (no_m["x"].shape, no_m["w"].shape) == ((0, 5), (5, 4))
    assert (no_k["x"].shape, no_k["w"].shape) == ((3, 0), (0, 4))
    assert all(sample["b"].size > 2 for (sample,) in samples)


def test_scalars_have_no_empty_samples() -> None:
    assert len(draw({"x": parse("float64"), "y": parse("int32[3]")}, empty=True)) == len(
        draw({"x": parse("float64"), "y": parse("int32[3]")})
    )


def test_calls_of_one_sample_have_its_sizes_and_other_values() -> None:
    for calls in draw({"x": parse("float64[m,n]")}, calls=3):
        assert len({call["x"].shape for call in calls}) == 1
        if calls[0]["x"].size > 1:
            assert len({call["x"].tobytes() for call in calls}) > 1


@pytest.mark.parametrize(
    "text", ["float32[m,n] 0.1..10", "float64[m] -1..1", "int32[n] 0..4", "complex64[n] -1..1"]
)
def test_dtype_and_range(text: str) -> None:
    spec = parse(text)
    for (sample,) in draw({"x": spec}, 8):
        array = sample["x"]
        assert array.dtype == spec.dtype
        for part in (array.real, array.imag) if array.dtype.kind == "c" else (array,):
            assert (part >= np.float32(spec.low)).all()
            assert (part <= np.float32(spec.high)).all()


def test_edge_values_occur() -> None:
    values = np.concatenate(
        [sample["x"].ravel() for (sample,) in draw({"x": parse("float64[m,n]")}, 20)]
    )
    assert {0.0, 1.0, -1.0, 3.0, -3.0} <= set(values.tolist())


def test_distinct_values_differ_and_are_no_edges() -> None:
    specs = {"x": parse("float32[m,n] distinct"), "y": parse("float32[m,n] distinct")}
    for (sample,) in draw(specs):
        values = np.concatenate([sample["x"].ravel(), sample["y"].ravel()]).tolist()
        assert len(set(values)) == len(values)
        assert not {0.0, 1.0, -1.0, 3.0, -3.0} & set(values)


def test_large_arrays() -> None:
    for (sample,) in draw({"x": parse("float64[a,b,c,d]")}):
        assert np.isfinite(sample["x"]).all()
