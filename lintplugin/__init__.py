"""Moves a codebase off Theano, TensorFlow 1 and old Keras, and off placement bugs.

``pylint --load-plugins=lintplugin`` and ``lintplugin check`` call the same engine,
:func:`lintplugin.analysis.analyse`.
"""

from __future__ import annotations

import os as _os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pylint.lint import PyLinter

__version__ = "0.1.0"

_here = _os.path.dirname(_os.path.abspath(__file__))
if not _os.path.isdir(_os.path.join(_here, "checkers")):
    # A source checkout: checkers/ and fixtures/ lie beside this package, not in it.
    __path__.append(_os.path.dirname(_here))


def register(linter: PyLinter) -> None:
    """Pylint's entry point. Calling it twice on one linter registers once."""
    from lintplugin.plugin import register as register_checkers

    register_checkers(linter)


def load_configuration(linter: PyLinter) -> None:
    """Pylint's second entry point, called when its configuration is read."""
    from lintplugin.plugin import load_configuration as check_configuration

    check_configuration(linter)
