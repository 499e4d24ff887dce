"""TensorFlow 1 programs: a graph built by straight-line statements, and the sessions that run it.

Every distinct run becomes a plain function with the part of the graph that it needs, NumPy in and
NumPy out as :meth:`tensorflow.Session.run` had it; variables become objects made once; sessions and
initialisers go.
"""

from __future__ import annotations

from lintplugin.analysis import Module
from lintplugin.rewrite import Conversion, Refusal, Refused


def convert(module: Module, target: str) -> Conversion:
    """Rewrite a module for a target: ``tf2`` or ``torch``."""
    # Rules import what lies beside this; the rewriter itself is wanted only now.
    from lintplugin.rewrite.tensorflow1.plans import Plan
    from lintplugin.rewrite.tensorflow1.survey import Survey
    from lintplugin.rewrite.tensorflow1.writing import Text

    try:
        survey = Survey(module)
    except Refused as refused:
        return Conversion(target, refusals=(Refusal(refused.line, refused.reason),))
    return Text(Plan(survey), target).convert()
