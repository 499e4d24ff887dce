"""Whole programs: graph and session code becomes plain functions, NumPy in and NumPy out.

A module converts whole or not at all, since half a conversion does not run. What stops it is named
at its line. Never a program that runs and means something else: where the analysis is not sure, it
declines.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from lintplugin.edits import Edit
from lintplugin.evidence import Evidence

if TYPE_CHECKING:
    from lintplugin.analysis import Module

#: The module here that converts programs of a framework, by top-level package.
FRONT_ENDS = {"theano": "lintplugin.rewrite.theano", "tensorflow": "lintplugin.rewrite.tensorflow1"}


class Refused(Exception):
    """A place that cannot be carried over; raised by front ends, kept as :class:`Refusal`."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """Why a module does not convert.

    :param line: line of the legacy file, from 1.
    :param reason: one line for the user.
    """

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class Stopped(Exception):
    """Ends a conversion at its first refusal, where the user did not ask for all of them."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class Refusals(set[Refusal]):
    """The places that stop the conversion of a module."""

    def __init__(self, module: Module) -> None:
        super().__init__()
        self._thorough = module.settings.thorough

    def add(self, refusal: Refusal) -> None:
        """Note a place.

        :raises Stopped: when one is enough.
        """
        super().add(refusal)
        if not self._thorough:
            raise Stopped(refusal)

    @contextlib.contextmanager
    def collecting(self) -> Iterator[None]:
        """Note what is refused inside and go on, so that every refusal is reported."""
        try:
            yield
        except Refused as refused:
            refused.__traceback__ = None  # It leads to itself, by frames that hold the whole tree.
            self.add(Refusal(refused.line, refused.reason))


@dataclass(frozen=True)
class Conversion:
    """A module rewritten for a target, or what stops it.

    :param edits: the whole rewrite, imports included; empty when refused.
    :param refusals: every place that stops the conversion, in order of lines.
    :param evidence: the weakest of the executed parts, None when one was not executed.
    :param unsafe: why the result is right only under a condition, empty when it always is.
    :param written: by line of the legacy file, the text that takes the place of a statement which
        moves.
    """

    target: str
    edits: tuple[Edit, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    evidence: Evidence | None = None
    unsafe: str = ""
    written: Mapping[int, str] = field(default_factory=dict)

    @property
    def converts(self) -> bool:
        return bool(self.edits) and not self.refusals


def _front_end(module: Module) -> ModuleType | Refusal:
    """The module here that converts the framework of a file."""
    used = {
        root
        for imported in module.names.imports
        if (root := imported.api.partition(".")[0]) in FRONT_ENDS
    }
    if not used:
        return Refusal(1, "imports no framework that is converted")
    if len(used) > 1:
        return Refusal(1, f"mixes {' and '.join(sorted(used))}")
    return import_module(FRONT_ENDS[used.pop()])


@functools.lru_cache(maxsize=1)
def obstacle(module: Module) -> Refusal | None:
    """The first call whose name alone shows that the module does not convert.

    Costs a look-up for each name, where the conversion reads the whole program. None promises
    nothing.
    """
    front_end = _front_end(module)
    if isinstance(front_end, Refusal):
        return front_end
    covers: Callable[[str], bool] = getattr(front_end, "covers", lambda api: True)
    for reference in module.references:
        named = not reference.api.endswith((")", "]")) and "()" not in reference.api
        if reference.call is not None and named and not covers(reference.api):
            return Refusal(reference.node.lineno, f"{reference.api} is not converted yet")
    return None


def convert(module: Module, target: str) -> Conversion:
    """Rewrite a module for a target: ``tf2`` or ``torch``."""
    front_end = _front_end(module)
    if isinstance(front_end, Refusal):
        return Conversion(target, refusals=(front_end,))
    try:
        conversion: Conversion = front_end.convert(module, target)
    except Stopped as stopped:
        return Conversion(target, refusals=(stopped.refusal,))
    except RecursionError:  # Front ends recurse once a level; generated code has thousands.
        return Conversion(target, refusals=(Refusal(1, "an expression is nested too deeply"),))
    return conversion


def convert_text(text: str, target: str, path: str = "module.py") -> tuple[str | None, Conversion]:
    """Rewrite a program given as text; None and the refusals when it does not convert.

    What ``lintplugin verify`` and the fixtures' tests call, so that what is executed is what users
    get.

    :raises lintplugin.parsing.Unparsable: when the text is not Python 3.
    """
    from lintplugin import parsing
    from lintplugin.analysis import Module, Settings
    from lintplugin.edits import splice
    from lintplugin.source import Source

    source = Source(path, text)
    module = Module(parsing.parse(source), source, Settings())
    conversion = module.conversion(target)
    return (splice(text, conversion.edits) if conversion.converts else None), conversion


@functools.cache
def program_evidence(symbol: str, target: str) -> Evidence | None:
    """Evidence for the rewriter: the fixtures of a rule whose modern side it wrote."""
    from lintplugin import evidence

    return evidence.together(
        evidence.lookup_fixture(folder, target)
        for folder in evidence.generated_fixtures(symbol, target)
    )
