"""Other modules of the project whose functions and classes a program takes.

They are read as their own conversion reads them, and what is decided there holds here: a call that
would need another text is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from astroid import nodes

from lintplugin import parsing
from lintplugin.analysis import Module, Settings
from lintplugin.project import Project
from lintplugin.source import Source, UnreadableSource

if TYPE_CHECKING:
    from lintplugin.rewrite.theano.program import Program


@dataclass
class Modules:
    """The modules of one conversion.

    :ivar programs: those that were read, by their trees.
    """

    target: str
    programs: dict[nodes.Module, Program] = field(default_factory=dict)
    _by_path: dict[str, Program | None] = field(default_factory=dict)

    def imported(self, module: Module, node: nodes.ImportFrom) -> Program | None:
        """The program of this project that an import takes names from."""
        path = Project.around(module.source.path).locate(node.modname, node.level or 0)
        if path is None or not os.path.isfile(path):
            return None
        path = os.path.abspath(path)
        if path not in self._by_path:
            self._by_path[path] = None  # What imports it in a circle does not follow it.
            self._by_path[path] = self._load(path)
        return self._by_path[path]

    def _load(self, path: str) -> Program | None:
        from lintplugin.rewrite.theano.program import Program

        try:
            source = Source.read(path)
            if "theano" not in source.text:
                return None
            module = Module(parsing.parse(source), source, Settings())
        except (UnreadableSource, parsing.Unparsable):
            return None
        program = Program(module, self.target, self)
        program.read()
        self.programs[module.tree] = program
        return program

    def conditions(self) -> Iterator[str]:
        """What has to hold of them for the result to work."""
        for program in self.programs.values():
            name = os.path.basename(program.source.path)
            refusals = sorted(program.graph.refusals)
            stopped = f", which needs a person ({refusals[0]})" if refusals else ""
            yield f"{name} has to be converted, too{stopped}"

    def release(self) -> None:
        """Forget all of them."""
        for program in self.programs.values():
            program.graph.release()
            program.module.names.release()
