"""What a case must offer to be executed on both sides."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lintplugin.verification.comparison import Comparison, Tolerance

#: The runtime of a target.
MODERN = {"tf2": "tensorflow2", "torch": "torch"}

#: What :meth:`worker.Server` takes, as a dictionary that crosses to another Python.
Job = dict[str, Any]


class FixtureError(ValueError):
    """A row or fixture that cannot be executed as it stands; the message says why."""


class SideError(Exception):
    """One side gave no result; the message says where and why, in one line."""


@dataclass(frozen=True)
class Pair(abc.ABC):
    """One case of one rule: a legacy side and its modern sides.

    :param rule: symbol of the rule.
    :param case: legacy name of a row, name of a fixture folder.
    :param runtime: what the legacy side needs.
    :param modern: runtimes of the modern sides, by target.
    :param dtypes: False where it is declared that dtypes differ.
    :param fails: exceptions that the legacy side must raise, by runtime.
    """

    rule: str
    case: str
    runtime: str
    modern: Mapping[str, str]
    tolerance: Tolerance = field(default_factory=Tolerance)
    dtypes: bool = True
    fails: Mapping[str, str] = field(default_factory=dict)

    @property
    @abc.abstractmethod
    def legacy_digest(self) -> str:
        """Hash of the legacy side."""

    @abc.abstractmethod
    def modern_digest(self, target: str) -> str:
        """Hash of a modern side."""

    @abc.abstractmethod
    def draw(self) -> Any:
        """Inputs of all executions: nested lists and dictionaries of arrays."""

    @abc.abstractmethod
    def job(self, side: str, inputs: Any) -> Job:
        """The job that executes a side.

        :param side: ``legacy``, ``reference`` or a target.
        :raises FixtureError: when there is nothing to execute.
        """

    @abc.abstractmethod
    def expected(self, inputs: Any, value: Any) -> Any:
        """What a worker returned for the legacy side, as it is recorded and compared.

        :raises SideError: when an execution raised.
        """

    @abc.abstractmethod
    def check_failure(self, value: Any, exception: str) -> None:
        """Check that the legacy side failed as declared.

        :raises SideError: when it did not.
        """

    @abc.abstractmethod
    def compare(self, inputs: Any, expected: Any, value: Any) -> Comparison:
        """Compare what :meth:`expected` gave with what a worker returned for a modern side.

        :raises SideError: when an execution raised.
        """


def value_of(outcome: Mapping[str, Any], place: str) -> Any:
    """The value of one execution.

    :param place: where it is, for the message.
    :raises SideError: when it raised.
    """
    if "raised" not in outcome:
        return outcome.get("value")
    text = next(iter(outcome["text"].splitlines()), "")
    line = f" (line {outcome['lines'][-1]})" if outcome["lines"] else ""
    raise SideError(f"{place}: {outcome['raised']}: {text}{line}")
