"""TensorFlow 1 programs: a graph built by straight-line statements, and the sessions that run it.

Every distinct run becomes a plain function with the part of the graph that it needs, NumPy in and
NumPy out as :meth:`tensorflow.Session.run` had it; variables become objects made once; sessions and
initialisers go.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from lintplugin import signatures
from lintplugin.analysis import Module
from lintplugin.rewrite import Conversion, Refusal, Refused, Stopped

if TYPE_CHECKING:
    from lintplugin.rewrite.tensorflow1.plans import Plan

__all__ = ["convert", "covers"]


def convert(module: Module, target: str) -> Conversion:
    """Rewrite a module for a target: ``tf2`` or ``torch``."""
    # Rules import what lies beside this; the rewriter itself is wanted only now.
    from lintplugin.rewrite.tensorflow1.writing import Text

    plan = _plan(module)
    if isinstance(plan, tuple):
        return Conversion(target, refusals=plan)
    plan = plan.apart()
    try:
        return Text(plan, target).convert()
    except Refused as refused:  # What no single statement or run could be blamed for.
        return Conversion(target, refusals=_with(plan.survey.refusals, refused))


@functools.lru_cache(maxsize=1)
def _plan(module: Module) -> Plan | tuple[Refusal, ...]:
    """What becomes of the program, found once for both targets; or what ends the search."""
    from lintplugin.rewrite.tensorflow1.plans import Plan
    from lintplugin.rewrite.tensorflow1.survey import Survey

    refusals: Collection[Refusal] = ()
    try:
        survey = Survey(module)
        refusals = survey.refusals
        return Plan(survey)
    except Refused as refused:
        return _with(refusals, refused)
    except Stopped as stopped:
        return (stopped.refusal,)


def _with(refusals: Iterable[Refusal], refused: Refused) -> tuple[Refusal, ...]:
    return tuple(sorted({*refusals, Refusal(refused.line, refused.reason)}))


@functools.cache
def covers(api: str) -> bool:
    """Whether a call of a function of TensorFlow may convert, judged by its name alone.

    One that makes a part of the graph may, since what no run needs goes; so may one that has a row
    in a table, or that TensorFlow 2 has under the same name.
    """
    from lintplugin.rewrite.expressions import row_of
    from lintplugin.rewrite.tensorflow1.configuration import MESSAGES
    from lintplugin.rewrite.tensorflow1.graph import SCOPES, canonical, kind_of

    name = canonical(api)
    return (
        not name.startswith("tensorflow.")
        or kind_of(name) is not None
        or name in SCOPES
        or name in MESSAGES
        or row_of(api) is not None
        or row_of(name) is not None
        or signatures.modern_entry(name) is not None
    )
