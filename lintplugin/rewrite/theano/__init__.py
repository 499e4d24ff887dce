"""Theano programs: symbolic statements, and the functions compiled from them.

Each ``f = theano.function(…)`` becomes a function ``f`` with the part of the graph that it needs,
NumPy in and NumPy out; shared variables become tensors or variables made once; symbolic inputs and
the statements that compute with them go from where they were.
"""

from __future__ import annotations

from lintplugin.analysis import Module
from lintplugin.rewrite import Conversion
from lintplugin.rewrite.theano.graph import covers
from lintplugin.rewrite.theano.program import Program

__all__ = ["convert", "covers"]


def convert(module: Module, target: str) -> Conversion:
    """Rewrite a module for a target: ``tf2`` or ``torch``."""
    return Program(module, target).convert()
