"""Where a program sets ``THEANO_FLAGS``, or another variable, and what it sets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin.analysis import Module

VARIABLE = "THEANO_FLAGS"

_FLAG = re.compile(r"(?:^|,)\s*(?P<name>[A-Za-z_][\w.]*)\s*=\s*(?P<value>[^,]*)")

#: Packages that import Theano when they are imported.
_IMPORTERS = frozenset({"theano", "lasagne", "pylearn2", "pymc3", "theano_lstm"})

_GPU = re.compile(r"(?:gpu|cuda)\d*")

_ENVIRONMENT = re.compile(r"(?:\w+\.)?environ")


class Setting(NamedTuple):
    """One place that sets the variable.

    :param node: what is reported: the value, or the call.
    :param value: what the variable is set to.
    :param is_default: whether it is set only where the user has not set it.
    """

    node: nodes.NodeNG
    value: nodes.NodeNG
    is_default: bool = False

    def flags(self) -> dict[str, str]:
        """The flags that are written in the value, by name."""
        texts = [
            node.value
            for node in (self.value, *self.value.nodes_of_class(nodes.Const))
            if isinstance(node, nodes.Const) and isinstance(node.value, str)
        ]
        return {
            match["name"]: match["value"].strip()
            for text in texts
            for match in _FLAG.finditer(text)
        }

    def gpu(self) -> str | None:
        """The GPU that the program insists on, as it is written: of ``device-hard-coded``."""
        if self.is_default or not isinstance(self.value, nodes.Const):
            return None
        found = self.flags()
        named = (found.get(flag, "") for flag in ("device", "init_gpu_device"))
        return next(filter(_GPU.fullmatch, named), None)


def is_gpu(node: nodes.NodeNG | None) -> bool:
    """Whether an expression is a literal GPU of Theano, such as ``'gpu0'``."""
    literal = node.value if isinstance(node, nodes.Const) else None
    return isinstance(literal, str) and _GPU.fullmatch(literal) is not None


def settings(module: Module, variable: str = VARIABLE) -> Iterator[Setting]:
    """The places of a file that set a variable in its own environment."""
    if variable not in module.source.text:
        return
    names = module.names
    for subscript in names.by_type["Subscript"]:
        statement = subscript.parent
        if (
            isinstance(statement, (nodes.Assign, nodes.AugAssign))
            and statement.value is not subscript
            and _is_named(subscript.slice, variable)
            and _is_environment(subscript.value)
        ):
            yield Setting(statement.value, statement.value)
    for call in names.by_type["Call"]:
        if not isinstance(call.func, (nodes.Attribute, nodes.Name)):
            continue
        name = getattr(call.func, "attrname", getattr(call.func, "name", ""))
        if name == "putenv" or (
            name == "setdefault"
            and isinstance(call.func, nodes.Attribute)
            and _is_environment(call.func.expr)
        ):
            if len(call.args) == 2 and _is_named(call.args[0], variable):
                yield Setting(call.args[1], call.args[1], name == "setdefault")
        elif (
            name == "update"
            and isinstance(call.func, nodes.Attribute)
            and _is_environment(call.func.expr)
        ):
            for value in _updated(call, variable):
                yield Setting(value, value)


def _updated(call: nodes.Call, variable: str) -> Iterator[nodes.NodeNG]:
    for keyword in call.keywords:
        if keyword.arg == variable:
            yield keyword.value
    for given in call.args:
        if isinstance(given, nodes.Dict):
            yield from (value for key, value in given.items if _is_named(key, variable))


def _is_named(node: nodes.NodeNG, variable: str) -> bool:
    return isinstance(node, nodes.Const) and node.value == variable


def _is_environment(node: nodes.NodeNG) -> bool:
    return _ENVIRONMENT.fullmatch(node.as_string()) is not None


def imports_theano(module: Module) -> bool:
    """Whether a file imports Theano, so that it is worth a closer look."""
    return any(one.api.partition(".")[0] == "theano" for one in module.names.imports)


def imported_before(module: Module, node: nodes.NodeNG) -> nodes.NodeNG | None:
    """The import that has surely loaded Theano before a node runs.

    One above it at the top of the file, or in the same block.
    """
    around = {node.root(), *node.node_ancestors()}
    for imported in module.names.imports:
        statement = imported.node
        if (
            imported.api.partition(".")[0] in _IMPORTERS
            and statement.parent in around
            and not isinstance(statement.parent, (nodes.If, nodes.Try, nodes.ExceptHandler))
            and statement.lineno < node.lineno
        ):
            return statement
    return None
