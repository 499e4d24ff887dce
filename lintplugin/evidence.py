"""What execution showed, read from the files that ``lintplugin verify --record`` writes."""

from __future__ import annotations

import functools
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Evidence(NamedTuple):
    """Result of executing a rewrite beside its original.

    :param device: ``cpu`` or ``cuda``.
    :param versions: packages and interpreters of both sides, by name.
    :param samples: number of executed comparisons.
    :param max_abs_error: largest absolute difference over all samples.
    :param max_rel_error: largest relative difference over all samples.
    """

    device: str
    versions: Mapping[str, str]
    samples: int
    max_abs_error: float
    max_rel_error: float

    def as_json(self) -> dict[str, Any]:
        return {
            "device": self.device,
            "versions": dict(self.versions),
            "samples": self.samples,
            "maxAbsError": self.max_abs_error,
            "maxRelError": self.max_rel_error,
        }

    def __str__(self) -> str:
        from lintplugin.console import plural

        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return (
            f"executed on {self.device}: {plural(self.samples, 'sample')}, "
            f"largest error {self.max_abs_error:.1e} ({versions})"
        )


def digest(*parts: str) -> str:
    """Hash that ties evidence to the text of one side."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def fixtures() -> Path:
    """The ``fixtures`` folder: beside the package in a checkout, inside it when installed."""
    return Path(import_module("lintplugin.fixtures").__path__[0])


@functools.cache
def _entries(symbol: str) -> Mapping[str, Any]:
    file = fixtures() / symbol / "evidence.json"
    if not file.is_file():
        return {}
    entries: Mapping[str, Any] = json.loads(file.read_text("utf-8"))["entries"]
    return entries


def lookup(
    symbol: str, case: str, target: str, legacy: str, modern: str, device: str = "cpu"
) -> Evidence | None:
    """Evidence for one case of a rule, or None when there is none for these two sides.

    :param case: name of the fixture folder, or the legacy name of a table row.
    :param legacy: hash of the legacy side as it is now; a record of another hash is stale.
    :param modern: hash of the modern side as it is now.
    """
    record = _entries(symbol).get(case, {}).get(target, {}).get(device)
    if record is None or record["legacySha256"] != legacy or record["modernSha256"] != modern:
        return None
    return Evidence(
        device,
        record["versions"],
        record["samples"],
        record["maxAbsError"],
        record["maxRelError"],
    )


def weakest(parts: Iterable[Evidence | None]) -> Evidence | None:
    """Evidence for a rewrite made of several executed ones: the largest error, fewest samples.

    None as soon as one part has none.
    """
    return _combined(parts, min)


def together(parts: Iterable[Evidence | None]) -> Evidence | None:
    """Evidence for one rewriter that was executed on several programs: the samples of all.

    None as soon as one program has none.
    """
    return _combined(parts, sum)


def _combined(
    parts: Iterable[Evidence | None], count: Callable[[Iterable[int]], int]
) -> Evidence | None:
    found = list(parts)
    if not found or any(part is None for part in found):
        return None
    known = [part for part in found if part is not None]
    versions = {name: version for part in known for name, version in part.versions.items()}
    return Evidence(
        known[0].device,
        versions,
        count(part.samples for part in known),
        max(part.max_abs_error for part in known),
        max(part.max_rel_error for part in known),
    )


def generated_fixtures(symbol: str, target: str) -> list[Path]:
    """Program fixtures of a rule whose side for a target is what the rewriter writes."""
    return [
        folder
        for folder in _folders(symbol)
        if load_fixture(folder).get("modern", {}).get(target) == "generated"
    ]


@functools.cache
def _folders(symbol: str) -> Sequence[Path]:
    """The program fixtures of a rule, by name."""
    return sorted(file.parent for file in (fixtures() / symbol).glob("*/fixture.toml"))


@functools.cache
def load_fixture(folder: Path) -> Mapping[str, Any]:
    """The ``fixture.toml`` of a program fixture."""
    with (folder / "fixture.toml").open("rb") as file:
        return tomllib.load(file)


def lookup_fixture(folder: Path, target: str) -> Evidence | None:
    """Evidence for one program fixture as its two sides stand now."""
    if not (folder / f"{target}.py").is_file():
        return None  # Not generated yet.
    return lookup(
        folder.parent.name,
        folder.name,
        target,
        digest((folder / "legacy.py").read_text("utf-8")),
        digest((folder / f"{target}.py").read_text("utf-8")),
    )
