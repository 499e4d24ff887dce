"""Functions that ``tf.function`` traces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.names import Names

_FUNCTION = frozenset(
    {
        "tensorflow.function",
        "tensorflow.compat.v2.function",
        "tensorflow.contrib.eager.function",
        "tensorflow.contrib.eager.defun",
    }
)


@dataclass(frozen=True)
class Traced:
    """A use of ``tf.function``.

    :param name: where it is written.
    :param made: what makes the traced function: the definition that is decorated, or the call.
    :param body: the function that is traced, None when it is not in sight.
    :param options: keyword arguments of ``tf.function``.
    """

    name: nodes.NodeNG
    made: nodes.NodeNG
    body: nodes.Lambda | None
    options: Mapping[str, nodes.NodeNG]

    def has(self, option: str) -> bool:
        """Whether an option is given, as something other than None or False."""
        value = self.options.get(option)
        return value is not None and not (isinstance(value, nodes.Const) and not value.value)

    @property
    def uses_autograph(self) -> bool:
        value = self.options.get("autograph")
        return not (isinstance(value, nodes.Const) and value.value is False)


def functions(module: Module) -> Iterator[Traced]:
    """The uses of ``tf.function`` in a file that make a traced function."""
    for api in _FUNCTION & module.by_api.keys():
        for reference in module.by_api[api]:
            found = _traced(module.names, reference.node, reference.call)
            if found is not None:
                yield found


def _traced(names: Names, node: nodes.NodeNG, call: nodes.Call | None) -> Traced | None:
    outer: nodes.NodeNG = call if call is not None else node
    options = {one.arg: one.value for one in call.keywords} if call is not None else {}
    if isinstance(outer.parent, nodes.Decorators):
        function = outer.parent.parent
        return Traced(node, function, function, options)
    if call is None:
        return None
    if not call.args:  # tf.function(input_signature=…)(f)
        outer = call.parent
        if not isinstance(outer, nodes.Call) or outer.func is not call or not outer.args:
            return None
    return Traced(node, outer, _function(names, outer.args[0]), options)


def _function(names: Names, node: nodes.NodeNG) -> nodes.Lambda | None:
    if isinstance(node, nodes.Lambda):
        return node
    if not isinstance(node, nodes.Name):
        return None
    bound = [one.node for one in names.bindings(node)]
    is_one = len(bound) == 1 and isinstance(bound[0], nodes.FunctionDef)
    return bound[0] if is_one else None
