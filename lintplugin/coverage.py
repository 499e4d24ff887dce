"""How many of the objects that TensorFlow 2 lacks under a name of TensorFlow 1 have an answer."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lintplugin import rules, signatures, snapshots
from lintplugin.checkers.tensorflow1 import removed_api
from lintplugin.rewrite.expressions import row_of

_CONTRIB = "tensorflow.contrib"


@dataclass(frozen=True)
class Gone:
    """An object of TensorFlow 1.15 of which a name is gone.

    :param names: those of its names that are gone.
    :param own: whether the answer is about this object.
    :param around: whether the answer is that of a class or module around it.
    :param executed: targets with a replacement that was executed beside the original.
    """

    names: tuple[str, ...]
    own: bool
    around: bool
    executed: frozenset[str]

    @property
    def is_contrib(self) -> bool:
        """Whether all of its names lie below ``tf.contrib``."""
        return all(f"{name}.".startswith(f"{_CONTRIB}.") for name in self.names)


@functools.cache
def names() -> tuple[str, ...]:
    """The names that TensorFlow 1.15 has and TensorFlow 2.21 lacks, aliases included, sorted."""
    return tuple(
        sorted(
            name for name in snapshots.load("tensorflow1") if signatures.modern_entry(name) is None
        )
    )


def gone() -> Iterator[Gone]:
    """The objects that those are names of."""
    recorded = snapshots.load("tensorflow1")
    by_object: dict[str, list[str]] = {}
    for name in names():
        by_object.setdefault(recorded[name].canonical, []).append(name)
    for canonical, found in by_object.items():
        own = next(filter(None, map(row_of, found)), None)
        known = canonical in removed_api.ELSEWHERE or any(map(removed_api.moved, found))
        executed = frozenset(
            target
            for target in rules.TARGETS
            if own is not None
            and own[1].is_executed(target)
            and own[1].evidence(own[0], target) is not None
        )
        around = any(removed_api.nearest(name) is not None for name in found)
        yield Gone(tuple(found), own is not None or known, around, executed)


def counts() -> Mapping[str, Mapping[str, int]]:
    """Numbers of objects: outside ``tf.contrib``, below it, and together."""
    objects = list(gone())
    parts = {
        "outside `tf.contrib`": [one for one in objects if not one.is_contrib],
        "`tf.contrib`": [one for one in objects if one.is_contrib],
        "all": objects,
    }
    return {
        part: {
            "gone": len(members),
            "answer of its own": sum(one.own for one in members),
            "answer of its class or module": sum(one.around and not one.own for one in members),
            "without": sum(not (one.own or one.around) for one in members),
            "executed for TensorFlow 2": sum("tf2" in one.executed for one in members),
            "executed for PyTorch": sum("torch" in one.executed for one in members),
        }
        for part, members in parts.items()
    }


def table() -> str:
    """The numbers as a Markdown table."""
    rows = counts()
    columns = list(next(iter(rows.values())))
    lines = [f"| objects | {' | '.join(columns)} |", f"| --- |{' ---: |' * len(columns)}"]
    for part, numbers in rows.items():
        lines.append(f"| {part} | {' | '.join(map(str, numbers.values()))} |")
    return "\n".join(lines)
