"""What names hold while a program that builds a model is followed."""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from astroid import nodes

from lintplugin.analysis import Module

from . import expressions, functions, graphs, statements
from .layer_arguments import UNKNOWN, Arguments, Size
from .values import Applied, Function, Model, Named, NotConvertible, Text, Unknown, Value

#: Longest way that is followed, in statements, and deepest calls.
_MOST_STEPS = 50_000
_DEEPEST = 30

#: Packages whose names stand for themselves.
_PACKAGES = ("keras", "tensorflow", "functools")


class Found(Exception):
    """The functional model was made."""


@dataclass
class Building:
    """What following a program brings to light.

    :param target: the call that makes the model.
    :ivar model: what it made first.
    :ivar given: the arguments of the function in which it was made.
    :ivar attributes: what attributes of ``self`` hold, and of other names.
    :ivar applied: every layer that was applied to tensors, in order.
    """

    module: Module
    target: nodes.Call
    model: Model | None = None
    given: Mapping[str, Value] = field(default_factory=dict)
    attributes: dict[str, Value] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)
    shapes: dict[Applied, Value] = field(default_factory=dict)
    steps: int = 0
    depth: int = 0


class Frame:
    """What the names of a function, or of the module, hold up to a statement.

    :param outer: the names around it; None of the outermost, whose names may stand for themselves.
    """

    def __init__(
        self, building: Building, values: dict[str, Value], outer: Frame | None, inlined: bool
    ) -> None:
        self.building = building
        self.values = values
        self._outer = outer
        self.is_outermost = not inlined
        self.doubt: Unknown | None = None
        self._given = dict(values)

    # Names

    def inner(self) -> Frame:
        """Names of a comprehension."""
        return Frame(self.building, {}, self, True)

    def holder(self, name: str) -> Frame | None:
        """The innermost frame that holds a name."""
        frame: Frame | None = self
        while frame is not None and name not in frame.values:
            frame = frame._outer
        return frame

    def lookup(self, node: nodes.Name) -> Value:
        frame = self.holder(node.name)
        return frame.values[node.name] if frame is not None else self._global(node)

    def stands(self, node: nodes.NodeNG) -> bool:
        """Whether the text of an expression means the same outside, at any time."""
        for name in node.nodes_of_class(nodes.Name):
            found = self.values.get(name.name)
            if isinstance(found, Text):
                if found.text != name.name:
                    return False
            elif name.name in self.values:
                assigned = name.scope().locals.get(name.name, ())
                if len(assigned) != 1 or isinstance(assigned[0].parent, nodes.For):
                    return False
        return self.is_outermost

    def _global(self, node: nodes.Name) -> Value:
        """What a name of the module holds, where that was not followed."""
        api = self.api(node)
        if api is not None:
            return Named(api)
        reason = f"'{node.name}' on line {node.lineno} is no tensor in sight"
        bindings = self.building.module.names.bindings(node)
        if len(bindings) == 1:
            (binding,) = bindings
            if isinstance(binding.node, nodes.FunctionDef):
                return Function(binding.node, Frame(self.building, {}, None, True))
            if isinstance(binding.node, nodes.ClassDef):
                return Unknown(f"'{node.name}' on line {node.lineno} is a class of the file")
            is_global = isinstance(binding.node.scope(), nodes.Module)
            is_changed = any(
                isinstance(use.parent, nodes.Attribute)
                for use in self.building.module.names.uses(node.name)
            )
            if binding.value is not None and binding.item is None and is_global and not is_changed:
                found = expressions.value(Frame(self.building, {}, None, True), binding.value)
                if expressions.is_known(found):
                    return found
        is_local = any(not isinstance(one.home, nodes.Module) for one in bindings)
        return Unknown(reason) if is_local and not self.is_outermost else Text(node.name, reason)

    def api(self, node: nodes.NodeNG) -> str | None:
        """The name of an object of a package that is no value of the program."""
        root = node
        while isinstance(root, nodes.Attribute):
            root = root.expr
        if isinstance(root, nodes.Name) and self.holder(root.name) is not None:
            return None
        names = self.building.module.names
        api = names.api(node)
        if api is None and isinstance(root, nodes.Name):
            bindings = names.bindings(root)
            if len(bindings) == 1 and bindings[0].api is not None:
                api = bindings[0].api + node.as_string().removeprefix(root.name)
        known = api is not None and "(" not in api and api.partition(".")[0] in _PACKAGES
        return api if known else None

    def is_builtin(self, node: nodes.Name) -> bool:
        is_free = self.holder(node.name) is None and not self.building.module.names.bindings(node)
        return is_free and hasattr(builtins, node.name)

    def stored(self, node: nodes.Attribute) -> Value:
        """What was assigned to an attribute of ``self``."""
        return self.building.attributes.get(node.as_string())

    def method_owner(self, callee: nodes.Attribute) -> Value:
        """The object whose method is called; the method itself, where a class here has it."""
        if isinstance(callee.expr, nodes.Name) and callee.expr.name == "self":
            owner = callee.frame().parent
            if isinstance(owner, nodes.ClassDef):
                for one in owner.body:
                    if isinstance(one, nodes.FunctionDef) and one.name == callee.attrname:
                        outer = Frame(self.building, {}, None, True)
                        return Function(one, outer, [Text("self")])
        return expressions.value(self, callee.expr)

    # Models

    def apply(self, layer: Arguments, inputs: Sequence[Applied]) -> Applied:
        made = Applied(layer, list(inputs))
        self.building.applied.append(made)
        return made

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """Follow something of which no layer is one of the program's."""
        count = len(self.building.applied)
        yield
        del self.building.applied[count:]

    def copy(self, model: Model, tensors: Sequence[Applied]) -> Value:
        """What a model gives for some tensors: its layers once more."""
        try:
            made = graphs.copied(self.building.applied, model, tensors)
        except NotConvertible as error:
            return Unknown(str(error))
        return made

    def made(self, call: nodes.Call, model: Model) -> Model:
        if call is self.building.target and self.building.model is None:
            self.building.model = model
            self.building.given = self._given
            if model.layers is None:
                raise Found
        return model

    def shape(self, tensor: Applied) -> Value:
        """The sizes of a tensor, None for what is not known, as Keras gives them."""
        found = self.building.shapes
        for one in self.building.applied:
            if one not in found:
                found[one] = graphs.shape(one, found)
            if one is tensor:
                break
        sizes = found.get(tensor, Unknown("a tensor of which no shape is known"))
        if isinstance(sizes, Unknown):
            return sizes
        return (None, *(_plain(size) for size in sizes))

    def step(self) -> None:
        """Count what is followed, of which there is an end.

        :raises NotConvertible: at that end.
        """
        self.building.steps += 1
        if self.building.steps > _MOST_STEPS:
            raise NotConvertible("the program is too long to be followed")

    def assign(self, target: nodes.NodeNG, found: Value) -> None:
        """Let a name, or several, hold a value."""
        if isinstance(target, nodes.AssignName):
            if isinstance(found, Applied):
                found.variable = found.variable or target.name
            if isinstance(found, (Text, Unknown)):
                found = self._unknown(target, found)
            self.values[target.name] = found
        elif isinstance(target, nodes.AssignAttr):
            self.building.attributes[target.as_string()] = found
        elif isinstance(target, (nodes.Tuple, nodes.List)):
            items: Sequence[Value] = found if type(found) in (tuple, list) else ()
            is_whole = len(items) == len(target.elts)
            for index, one in enumerate(target.elts):
                reason = f"line {one.lineno} assigns '{one.as_string()}' not as a layer's output"
                self.assign(one, items[index] if is_whole else Unknown(reason))

    def _unknown(self, target: nodes.AssignName, found: Text | Unknown) -> Value:
        """A name of what is not known, which stands for itself where it is assigned once."""
        if not self.is_outermost or isinstance(target.parent, nodes.For):
            return found
        scope = target.scope()
        assigned = scope.locals.get(target.name, ())
        return Text(target.name, found.reason) if len(assigned) == 1 else Unknown(found.reason)

    # Functions

    def enter(
        self,
        function: Function,
        call: nodes.NodeNG,
        args: Sequence[Value],
        keywords: Mapping[str, Value],
    ) -> Value:
        """What a function of the file returns."""
        node = function.node
        given = functions.bound(node, [*function.bound, *args], keywords)
        if given is None or self.building.depth >= _DEEPEST:
            return Unknown(f"the call on line {call.lineno} cannot be followed")
        if not functions.is_plain(node):
            reason = Unknown(f"the function on line {node.lineno} cannot be followed")
            for name in functions.outside(node):
                (self.holder(name) or self).values[name] = reason
            return reason
        for name, default in functions.defaults_of(node):
            if name not in given:
                given[name] = expressions.value(function.frame, default)
        for name in given:
            if isinstance(given[name], Text):
                given[name] = given[name]._replace(reason=f"'{name}' is no tensor in sight")
        frame = Frame(self.building, given, function.frame, True)
        self.building.depth += 1
        try:
            if isinstance(node, nodes.Lambda):
                return expressions.value(frame, node.body)
            statements.follow(frame, node.body)
        except statements.Ended as ended:
            return frame.doubt or ended.value
        finally:
            self.building.depth -= 1
        return frame.doubt


def _plain(size: Size) -> Value:
    """A size as Keras gives it."""
    if size is UNKNOWN:
        return None
    return size.value if size.value is not None else Text(size.text)
