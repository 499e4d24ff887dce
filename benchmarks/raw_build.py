"""Builds the syntax tree of every file given and does nothing with it: the floor of any linter.

The cheapest way that astroid offers: no transforms, no inference, and the garbage collector tuned
as ``lintplugin check`` tunes it.
"""

import sys
import warnings
from pathlib import Path

from astroid.builder import AstroidBuilder
from astroid.manager import AstroidManager

from lintplugin.checking import many_short_lived_trees

builder = AstroidBuilder(AstroidManager(), apply_transforms=False)
warnings.simplefilter("ignore")
with many_short_lived_trees():
    for path in map(Path, sys.argv[1:]):
        builder._data_build(path.read_text("utf-8"), path.stem, str(path))
