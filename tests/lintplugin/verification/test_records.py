"""Files that ``verify --record`` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lintplugin.verification import records
from lintplugin.verification.records import Record, StaleRecordError

_PROVENANCE = {"runtime": "theano", "version": "1.0.5", "python": "3.7.16", "numpy": "1.18.5"}
_ENTRY = {"samples": 5, "maxAbsError": 0.0}


def _record() -> Record:
    inputs = [[["f", [["x", np.arange(6, dtype=np.float32).reshape(2, 3)]], True]]]
    expected = [{"value": (np.array(1.5), None), "gradients": {"x": np.ones((2, 3), np.float32)}}]
    return Record("abc", _PROVENANCE, inputs, expected)


def test_no_record(tmp_path: Path) -> None:
    assert records.read(tmp_path, "case", "abc") is None


def test_round_trip(tmp_path: Path) -> None:
    records.write(tmp_path, "case", _record())
    read = records.read(tmp_path, "case", "abc")
    assert read is not None
    assert read.provenance == _PROVENANCE
    ((((name, ((parameter, x),), by_name),),),) = (read.inputs,)
    assert (name, parameter, by_name) == ("f", "x", True)
    np.testing.assert_array_equal(x, _record().inputs[0][0][1][0][1])
    assert x.dtype == np.float32
    (value, nothing), gradients = read.expected[0]["value"], read.expected[0]["gradients"]
    assert (value.shape, float(value), nothing) == ((), 1.5, None)
    np.testing.assert_array_equal(gradients["x"], np.ones((2, 3)))


def test_same_bytes(tmp_path: Path) -> None:
    contents = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        records.write(folder, "theano.tensor.dot", _record())
        contents.append(
            {path.name: path.read_bytes() for path in sorted((folder / "recorded").iterdir())}
        )
    assert contents[0] == contents[1]
    assert list(contents[0]) == ["theano.tensor.dot.json", "theano.tensor.dot.npz"]


def test_numbers_are_plain_numpy(tmp_path: Path) -> None:
    records.write(tmp_path, "case", _record())
    with np.load(tmp_path / "recorded" / "case.npz", allow_pickle=False) as archive:
        assert {name: archive[name].size for name in archive.files} == {"<f4": 12, "<f8": 1}


def test_stale(tmp_path: Path) -> None:
    records.write(tmp_path, "case", _record())
    with pytest.raises(StaleRecordError, match="the legacy side has changed"):
        records.read(tmp_path, "case", "another")


def test_prune(tmp_path: Path) -> None:
    for case in ("old", "kept"):
        records.write(tmp_path, case, _record())
    records.prune(tmp_path, ["kept"])
    assert records.read(tmp_path, "old", "abc") is None
    assert records.read(tmp_path, "kept", "abc") is not None
    records.prune(tmp_path / "nowhere", [])


def _entries(folder: Path) -> Any:
    return json.loads((folder / "evidence.json").read_text("utf-8"))["entries"]


def test_evidence_of_another_device_stays(tmp_path: Path) -> None:
    cases = {"a": ("tf2", "torch")}
    records.write_evidence(
        tmp_path, cases, {("a", "torch", "cpu"): _ENTRY, ("a", "tf2", "cpu"): _ENTRY}
    )
    records.write_evidence(tmp_path, cases, {("a", "torch", "cuda"): {**_ENTRY, "samples": 6}})
    assert _entries(tmp_path) == {
        "a": {"tf2": {"cpu": _ENTRY}, "torch": {"cpu": _ENTRY, "cuda": {**_ENTRY, "samples": 6}}}
    }


def test_evidence_of_what_no_longer_agrees_goes(tmp_path: Path) -> None:
    cases = {"a": ("torch",), "b": ("torch",)}
    results = {(case, "torch", "cpu"): _ENTRY for case in cases}
    records.write_evidence(tmp_path, cases, results)
    records.write_evidence(tmp_path, cases, {("a", "torch", "cpu"): None})
    assert _entries(tmp_path) == {"b": {"torch": {"cpu": _ENTRY}}}


def test_evidence_of_what_is_no_more_goes(tmp_path: Path) -> None:
    results = {(case, target, "cpu"): _ENTRY for case in "ab" for target in ("tf2", "torch")}
    records.write_evidence(tmp_path, {"a": ("tf2", "torch"), "b": ("tf2", "torch")}, results)
    records.write_evidence(tmp_path, {"a": ("torch",)}, {})
    assert _entries(tmp_path) == {"a": {"torch": {"cpu": _ENTRY}}}
