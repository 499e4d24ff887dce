"""What ``lintplugin verify --record`` writes: outputs of the legacy side, and evidence.

Recorded outputs let everyone verify who has no Python 3.7: ``recorded/<case>.npz`` holds the
numbers, one flat array for each dtype, and ``recorded/<case>.json`` their arrangement, what they
were made with and the hash of the legacy side. The same run writes the same bytes.
"""

from __future__ import annotations

import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lintplugin.verification.worker import flatten, restore

#: The earliest date that a zip archive can state.
_DATE = (1980, 1, 1, 0, 0, 0)


class StaleRecordError(Exception):
    """The legacy side was changed after its outputs were recorded."""


@dataclass(frozen=True)
class Record:
    """Inputs of a case and what the legacy side gave for them.

    :param provenance: ``runtime``, ``version``, ``python``, ``numpy`` and ``platform``.
    :param inputs: as the case drew them.
    :param expected: as the case compares them.
    """

    sha256: str
    provenance: Mapping[str, str]
    inputs: Any
    expected: Any


def _paths(folder: Path, case: str) -> tuple[Path, Path]:
    return folder / "recorded" / f"{case}.json", folder / "recorded" / f"{case}.npz"


def write(folder: Path, case: str, record: Record) -> None:
    """Write a record into the fixture folder of a rule."""
    arrays: list[Any] = []
    header = {
        "version": 1,
        "legacySha256": record.sha256,
        "provenance": dict(record.provenance),
        "inputs": flatten(record.inputs, arrays),
        "expected": flatten(record.expected, arrays),
    }
    by_dtype: dict[str, list[Any]] = defaultdict(list)
    for array in arrays:
        by_dtype[array.dtype.str].append(array.ravel())
    header_path, data_path = _paths(folder, case)
    header_path.parent.mkdir(parents=True, exist_ok=True)
    header_path.write_text(json.dumps(header, separators=(",", ":")) + "\n", "utf-8")
    with zipfile.ZipFile(data_path, "w") as archive:
        for dtype in sorted(by_dtype):
            # numpy.savez would write the time of day.
            member = zipfile.ZipInfo(f"{dtype}.npy", _DATE)
            member.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(member, "w") as file:
                np.lib.format.write_array(file, np.concatenate(by_dtype[dtype]))


def read(folder: Path, case: str, sha256: str) -> Record | None:
    """The record of a case, None when there is none.

    :param sha256: hash of the legacy side as it is now.
    :raises StaleRecordError: when the record is of another legacy side.
    """
    header_path, data_path = _paths(folder, case)
    if not header_path.exists():
        return None
    header = json.loads(header_path.read_text("utf-8"))
    if header["legacySha256"] != sha256:
        raise StaleRecordError(
            "the legacy side has changed since its outputs were recorded: "
            "run lintplugin verify --record where the legacy frameworks are"
        )
    with np.load(data_path) as archive:
        flat = {dtype: archive[dtype] for dtype in archive.files}
    positions = dict.fromkeys(flat, 0)

    def take(dtype: Any, shape: tuple[int, ...]) -> Any:
        start = positions[dtype.str]
        positions[dtype.str] += int(np.prod(shape, dtype=np.int64))
        return flat[dtype.str][start : positions[dtype.str]].reshape(shape)

    inputs = restore(header["inputs"], take)
    expected = restore(header["expected"], take)
    return Record(header["legacySha256"], header["provenance"], inputs, expected)


def prune(folder: Path, cases: Iterable[str]) -> None:
    """Remove the records of cases that are no more."""
    known = {path.name for case in cases for path in _paths(folder, case)}
    for path in sorted((folder / "recorded").glob("*")):
        if path.name not in known:
            path.unlink()


def write_evidence(
    folder: Path,
    cases: Mapping[str, Iterable[str]],
    results: Mapping[tuple[str, str, str], Mapping[str, Any] | None],
) -> None:
    """Bring ``evidence.json`` of a rule up to date, as :mod:`lintplugin.evidence` reads it.

    What was not executed this time stays: CUDA evidence is not lost by a run on the CPU.

    :param cases: what the rule has now, targets by case; evidence of anything else is removed.
    :param results: by case, target and device: the entry, None where the sides did not agree.
    """
    path = folder / "evidence.json"
    entries: dict[str, Any] = {}
    if path.exists():
        entries = json.loads(path.read_text("utf-8"))["entries"]
    for (case, target, device), entry in results.items():
        devices = entries.setdefault(case, {}).setdefault(target, {})
        devices.pop(device, None)
        if entry is not None:
            devices[device] = dict(entry)
    kept: dict[str, Any] = {}
    for case, targets in cases.items():
        found = {target: entries.get(case, {}).get(target) for target in targets}
        if any(found.values()):
            kept[case] = {target: devices for target, devices in found.items() if devices}
    folder.mkdir(parents=True, exist_ok=True)
    document = {"version": 1, "entries": kept}
    path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", "utf-8")
