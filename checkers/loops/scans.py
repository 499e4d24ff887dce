"""Theano's loops in a file: their arguments, their steps, and what the steps return and draw."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from astroid import nodes

from lintplugin import replacements, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Names, Reference

from .tensors import UNTYPED, Tensor, Types, returns

#: Functions of Theano that return ``(outputs, updates)``, by the last part of their names.
_LOOPS = frozenset({"scan", "map", "reduce", "foldl", "foldr"})

_STREAMS = frozenset({"RandomStreams", "MRG_RandomStreams"})

#: What a stream draws with; both classes of Theano 1.0.5 together.
_DRAWS = frozenset(
    {
        "binomial",
        "choice",
        "multinomial",
        "multinomial_wo_replacement",
        "normal",
        "permutation",
        "poisson",
        "random_integers",
        "shuffle_row_elements",
        "uniform",
    }
)

# A stream whose construction is not in sight, by the names that Theano's tutorials give it.
_STREAM_NAME = re.compile(r"_?(theano_|t_?|s_?|mrg_?)rng|_?(random|rand|rng)_?streams?|_?mrg")

#: What makes a mapping that updates may be kept in.
MAPPINGS = frozenset({"OrderedDict", "OrderedUpdates", "dict"})

_UNTIL = frozenset({"theano.scan_module.until", "theano.scan_module.scan_utils.until"})


def is_loop(api: str | None) -> bool:
    """Whether a name is one of ``theano.scan``, ``map``, ``reduce``, ``foldl`` and ``foldr``."""
    if api is None or not api.startswith("theano.") or api.rpartition(".")[2] not in _LOOPS:
        return False
    entry = signatures.legacy_entry(api)
    return entry is not None and entry.canonical.removeprefix("theano.") in _LOOPS


def is_until(api: str | None) -> bool:
    """Whether a name is one of ``theano.scan_module.until``."""
    return api in _UNTIL


def loops(module: Module) -> Iterator[Loop]:
    """The loops of a file."""
    for reference in calls(module, is_loop):
        accepted = signatures.parameters(signatures.legacy_entry(reference.api))
        assert reference.call is not None
        try:
            arguments = signatures.bind(reference.call, accepted)
        except signatures.Unbindable:
            yield Loop(module, reference, reference.call, None)
        else:
            yield Loop(module, reference, reference.call, arguments)


def calls(module: Module, wanted: Callable[[str], bool]) -> Iterator[Reference]:
    """References that are called, of the names that are wanted."""
    for api, references in module.by_api.items():
        if wanted(api):
            yield from (reference for reference in references if reference.call is not None)


def examples(module: Module, symbol: str, case: str, title: str) -> Iterable[Fix]:
    """The loop of a fixture, as it was executed, for each target."""
    for target in module.settings.targets:
        more = "; the loop converts with its module"
        yield replacements.example(symbol, case, target, title, more)


class Item(NamedTuple):
    """An entry of ``sequences`` or ``outputs_info``.

    :param value: the sequence or the initial state, None for an output that is not fed back.
    :param taps: offsets of the slices that the step gets, empty for such an output.
    """

    value: nodes.NodeNG | None
    taps: tuple[int, ...]


class Received(NamedTuple):
    """What a parameter of a step gets.

    :param value: the sequence, initial state or other argument that it comes from.
    :param type: of one slice.
    :param kind: ``sequence``, ``output`` or ``argument``.
    """

    value: nodes.NodeNG
    type: Tensor
    kind: str


class Loop:
    """A call of ``theano.scan`` or one of its relatives.

    :ivar arguments: by parameter of the recorded signature; only the step where stars hide others.
    :ivar is_open: whether they do.
    """

    def __init__(
        self,
        module: Module,
        reference: Reference,
        call: nodes.Call,
        arguments: Mapping[str, nodes.NodeNG] | None,
    ) -> None:
        step = step_of(call)
        self.reference = reference
        self.call = call
        self.is_open = arguments is None
        self.arguments = arguments or ({"fn": step} if step is not None else {})
        self._names = module.names
        self._types = Types(module.names, module.source.text)

    @property
    def name(self) -> str:
        """``scan``, ``map``, ``reduce``, ``foldl`` or ``foldr``."""
        return self.reference.api.rpartition(".")[2]

    def constant(self, argument: str) -> object:
        """The literal that is passed for an argument, ``...`` for anything else or nothing."""
        return constant(self._names, self.arguments.get(argument))

    @property
    def runs_once(self) -> bool:
        """Whether Theano puts the step itself in the place of the loop."""
        return self.constant("n_steps") in (1, -1)

    @functools.cached_property
    def step(self) -> nodes.Lambda | None:
        """The function that is repeated, when it is one of this module and nothing wraps it."""
        node = self.arguments.get("fn")
        if isinstance(node, nodes.Call):
            return None
        found = list(functions(self._names, node)) if node is not None else []
        if len(found) != 1 or getattr(found[0], "decorators", None) is not None:
            return None
        return found[0]

    @functools.cached_property
    def parameters(self) -> list[nodes.AssignName]:
        """The parameters of the step that are filled by position, without ``self``."""
        if self.step is None:
            return []
        arguments = self.step.args
        found = [*arguments.posonlyargs, *(arguments.args or [])]
        return found[1:] if isinstance(self.step.parent, nodes.ClassDef) else found

    def takes(self, count: int) -> bool:
        """Whether the step can be called with so many arguments."""
        if self.step is None:
            return False
        most, arguments = len(self.parameters), self.step.args
        least = most - len(arguments.defaults or ())
        return least <= count and (count <= most or arguments.vararg is not None)

    @functools.cached_property
    def sequences(self) -> Sequence[Item] | None:
        """The entries of ``sequences``; None when the list is not in sight."""
        return self._items("sequences", "input", (0,))

    @functools.cached_property
    def outputs(self) -> Sequence[Item] | None:
        """The entries of ``outputs_info``; None when the list is not in sight."""
        return self._items("outputs_info", "initial", (-1,))

    @functools.cached_property
    def non_sequences(self) -> Sequence[nodes.NodeNG] | None:
        """The entries of ``non_sequences``; None when the list is not in sight."""
        return self._list("non_sequences")

    def _list(self, argument: str) -> Sequence[nodes.NodeNG] | None:
        if self.is_open:
            return None
        node = self.arguments.get(argument)
        if node is None or (isinstance(node, nodes.Const) and node.value is None):
            return ()
        return self._entries(node)

    def _entries(self, node: nodes.NodeNG, hops: int = 3) -> Sequence[nodes.NodeNG] | None:
        if isinstance(node, (nodes.List, nodes.Tuple)):
            starred = any(isinstance(one, nodes.Starred) for one in node.elts)
            return None if starred else node.elts
        if isinstance(node, nodes.Dict) or _is_dict(node):
            return [node]
        if isinstance(node, nodes.BinOp) and node.op == "+":
            left, right = self._entries(node.left, hops), self._entries(node.right, hops)
            if left is not None and right is not None and self._types.of(node) is None:
                return [*left, *right]
        if self._types.of(node) is not None:
            return [node]
        value = value_of(self._names, node)
        if value is None or not hops or not isinstance(node, nodes.Name):
            return None
        return None if _grows(self._names, node.name) else self._entries(value, hops - 1)

    def _items(self, argument: str, key: str, default: tuple[int, ...]) -> Sequence[Item] | None:
        entries = self._list(argument)
        found = [self._item(entry, key, default) for entry in entries or ()]
        if entries is None or None in found:
            return None
        return [one for one in found if one is not None]

    def _item(self, node: nodes.NodeNG, key: str, default: tuple[int, ...]) -> Item | None:
        if isinstance(node, nodes.Const) and node.value is None:
            return Item(None, ())
        stated = node
        if isinstance(node, nodes.Name):
            stated = value_of(self._names, node) or node
        if not (isinstance(stated, nodes.Dict) or _is_dict(stated)):
            return Item(node, default)
        members = _members(stated)
        if members is None:
            return None
        value, taps = members.get(key), _taps(members.get("taps"), default)
        if taps is None:
            return None
        if value is None:
            return None if key == "input" else Item(None, ())
        return Item(value, taps)

    def received(self) -> Sequence[Received] | None:
        """What the step is called with, in order; None when a list is not in sight."""
        if self.sequences is None or self.outputs is None or self.non_sequences is None:
            return None
        found: list[Received] = []
        for sequence in self.sequences:
            assert sequence.value is not None
            one = (self._types.of(sequence.value) or UNTYPED).item
            found += [Received(sequence.value, one, "sequence")] * len(sequence.taps)
        for output in self.outputs:
            if output.value is not None:
                if self._may_be_none(output.value):
                    return None
                one = self.state(output)
                found += [Received(output.value, one, "output")] * len(output.taps)
        for value in self.non_sequences:
            found.append(Received(value, self._types.of(value) or UNTYPED, "argument"))
        return found

    def _may_be_none(self, node: nodes.NodeNG) -> bool:
        """Whether a name may turn out to be no initial state at all."""
        if not isinstance(node, nodes.Name) or self._types.of(node) is not None:
            return False
        bindings = self._names.bindings(node)
        values = [
            binding.node.parent.default_value(node.name)
            if isinstance(binding.node.parent, nodes.Arguments) and _has_default(binding.node)
            else binding.value
            for binding in bindings
        ]
        return not values or any(
            isinstance(value, (nodes.Const, nodes.IfExp, nodes.BoolOp)) for value in values
        )

    def state(self, output: Item) -> Tensor:
        """The type of one initial state: with other taps than -1, several are stacked."""
        found = self._types.of(output.value) or UNTYPED
        return found if output.taps == (-1,) else found.item

    def types(self, *, without: Item | None = None) -> Types | None:
        """Types within the step; None when it, or what it receives, is not in sight.

        :param without: an output whose state is left out of every operation on it.
        """
        received = self.received()
        if received is None or self.step is None or not self.takes(len(received)):
            return None
        given: dict[nodes.NodeNG, Tensor] = {}
        for parameter, one in zip(self.parameters, received, strict=False):
            found = Tensor(one.type.dtype, one.type.dims)
            if without is not None and one.kind == "output" and one.value is without.value:
                found = Tensor("bool", one.type.dims)
            given[parameter] = found
        return self._types.assuming(given)

    def result(self, place: int, *, without: Item | None = None) -> Tensor:
        """The type of what the step returns for one output.

        :param without: an output whose state is left out of every operation on it.
        """
        types = self.types(without=without)
        found = self.returned(types) if types is not None else None
        if types is None or found is None or len(found) != len(self.outputs or ()):
            return UNTYPED
        return types.of(found[place]) or UNTYPED

    def returned(self, types: Types | None = None) -> Sequence[nodes.NodeNG] | None:
        """The outputs that the step returns, without updates and the condition to stop.

        None when they cannot be told from updates, or are not in sight.

        :param types: within the step.
        """
        if self.step is None:
            return None
        found = returns(self.step)
        return self._outputs(found[0], types or self._types) if len(found) == 1 else None

    def _outputs(self, node: nodes.NodeNG, types: Types) -> Sequence[nodes.NodeNG] | None:
        if isinstance(node, nodes.Name) and types.of(node) is None:
            node = value_of(self._names, node) or node
        if not isinstance(node, (nodes.Tuple, nodes.List)):
            return [node] if types.of(node) is not None else None
        parts = list(node.elts)
        if isinstance(node, nodes.Tuple):
            while len(parts) > 1 and self._is_extra(parts[-1]):
                parts.pop()
            if len(parts) == 1 and isinstance(parts[0], (nodes.List, nodes.Tuple)):
                parts = list(parts[0].elts)
        if any(isinstance(part, nodes.Starred) for part in parts):
            return None
        return parts if all(types.of(part) is not None for part in parts) else None

    def _is_extra(self, node: nodes.NodeNG) -> bool:
        """Whether a part of what a step returns is updates or the condition to stop."""
        if isinstance(node, nodes.Call) and is_until(self._names.api(node.func)):
            return True
        if isinstance(node, nodes.Name):
            value = value_of(self._names, node)
            return value is not None and self._is_extra(value)
        return is_mapping(node) or is_pairs(node)

    @functools.cached_property
    def captured(self) -> Sequence[Captured]:
        """Symbolic values from around the step that are not passed to it as well.

        Empty where it is not in sight what is passed.
        """
        if self.step is None or self.non_sequences is None:
            return ()
        passed = {one.as_string() for one in (*self.non_sequences, *self._updated(self.step))}
        found: dict[str, Captured] = {}
        for node in self._outer(self.step):
            text = node.as_string()
            if text not in passed and text not in found and self._is_symbolic(node):
                found[text] = Captured(node, value_of(self._names, node))
        return list(found.values())

    def _updated(self, step: nodes.Lambda) -> Iterator[nodes.NodeNG]:
        """Shared variables that a step updates, which need not be passed to it."""
        for mapping in step.nodes_of_class(nodes.Dict):
            yield from (key for key, _ in mapping.items)
        for pairs in filter(is_pairs, step.nodes_of_class(nodes.List)):
            yield from (pair.elts[0] for pair in pairs.elts)
        for item in step.nodes_of_class(nodes.Subscript):
            if isinstance(item.parent, nodes.Assign):
                yield item.slice

    def _outer(self, step: nodes.Lambda) -> Iterator[nodes.Name | nodes.Attribute]:
        """Names in a step that are bound around it, and attributes of such, as ``self.W``."""
        body = step.body if isinstance(step.body, list) else [step.body]
        for statement in body:
            for name in statement.nodes_of_class(nodes.Name):
                if name.name == "self" and isinstance(name.parent, nodes.Attribute):
                    yield name.parent
                    continue
                homes = [binding.home for binding in self._names.bindings(name)]
                if homes and not any(home is step or step.parent_of(home) for home in homes):
                    yield name

    def _is_symbolic(self, node: nodes.NodeNG) -> bool:
        found = self._types.of(node)
        if found is not None:
            return found.symbolic
        is_shared = self._names.api(node) == "theano.shared()"
        return is_shared or drawn(self._names, value_of(self._names, node)) is not None


def _has_default(parameter: nodes.AssignName) -> bool:
    arguments = parameter.parent
    positional = [*arguments.posonlyargs, *(arguments.args or [])]
    return parameter in positional[len(positional) - len(arguments.defaults or []) :]


def constant(names: Names, node: nodes.NodeNG | None) -> object:
    """The literal that an expression is, ``...`` for any other."""
    if isinstance(node, nodes.Name):
        node = value_of(names, node)
    if isinstance(node, nodes.UnaryOp) and node.op == "-":
        found = constant(names, node.operand)
        return -found if isinstance(found, (int, float)) else ...
    return node.value if isinstance(node, nodes.Const) else ...


def value_of(names: Names, node: nodes.NodeNG) -> nodes.NodeNG | None:
    """What a name is assigned, when that is one whole expression."""
    bindings = names.bindings(node) if isinstance(node, nodes.Name) else []
    if len(bindings) != 1 or bindings[0].item is not None:
        return None
    return bindings[0].value if isinstance(bindings[0].node.parent, nodes.Assign) else None


def _grows(names: Names, name: str) -> bool:
    """Whether a list may get other entries than those it is displayed with."""
    return any(
        (isinstance(use.parent, nodes.Attribute) and use.parent.attrname in {"append", "extend"})
        or (isinstance(use.parent, nodes.Subscript) and isinstance(use.parent.parent, nodes.Assign))
        for use in names.uses(name)
    )


def _is_dict(node: nodes.NodeNG) -> bool:
    return isinstance(node, nodes.Call) and last_name(node.func) in {"dict", "OrderedDict"}


def _members(node: nodes.NodeNG) -> dict[str, nodes.NodeNG] | None:
    """The members of ``dict(input=x, taps=[-1])`` or of a display."""
    if isinstance(node, nodes.Dict):
        if not all(isinstance(key, nodes.Const) for key, _ in node.items):
            return None
        return {str(key.value): value for key, value in node.items}
    if node.args or any(keyword.arg is None for keyword in node.keywords):
        return None
    return {str(keyword.arg): keyword.value for keyword in node.keywords}


def _taps(node: nodes.NodeNG | None, default: tuple[int, ...]) -> tuple[int, ...] | None:
    if node is None:
        return default
    elements = node.elts if isinstance(node, (nodes.List, nodes.Tuple)) else [node]
    found: list[int] = []
    for element in elements:
        sign = 1
        while isinstance(element, nodes.UnaryOp) and element.op in "+-":
            sign, element = (-sign if element.op == "-" else sign), element.operand
        if not isinstance(element, nodes.Const) or type(element.value) is not int:
            return default if isinstance(element, nodes.Const) and element.value is None else None
        found.append(sign * element.value)
    return tuple(found)


def last_name(callee: nodes.NodeNG) -> str | None:
    """``scan`` for ``theano.scan``."""
    if isinstance(callee, nodes.Attribute):
        return str(callee.attrname)
    return str(callee.name) if isinstance(callee, nodes.Name) else None


def is_mapping(node: nodes.NodeNG | None) -> bool:
    """Whether an expression makes a mapping: a display or a call of ``dict`` and its like."""
    return isinstance(node, nodes.Dict) or (
        isinstance(node, nodes.Call) and last_name(node.func) in MAPPINGS
    )


def is_pairs(node: nodes.NodeNG) -> bool:
    """Whether an expression is a list of pairs, as updates may be."""
    return (
        isinstance(node, nodes.List)
        and bool(node.elts)
        and all(isinstance(pair, nodes.Tuple) and len(pair.elts) == 2 for pair in node.elts)
    )


def functions(names: Names, node: nodes.NodeNG, hops: int = 4) -> Iterator[nodes.Lambda]:
    """The functions of this module that an expression may denote.

    :param hops: assignments and wrappers that are followed.
    """
    if isinstance(node, nodes.Lambda):
        yield node
    elif isinstance(node, nodes.Call) and hops:  # functools.partial and its like
        for argument in node.args[:1]:
            yield from functions(names, argument, hops - 1)
    elif isinstance(node, nodes.Name) and hops:
        for binding in names.bindings(node):
            if isinstance(binding.node, nodes.FunctionDef):
                yield binding.node
            elif isinstance(binding.value, (nodes.Lambda, nodes.Call, nodes.Name)):
                yield from functions(names, binding.value, hops - 1)
    elif isinstance(node, nodes.Attribute) and isinstance(node.expr, nodes.Name):
        owner = _class_of_self(node.expr) or _class_of(names, node.expr)
        for child in owner.body if owner is not None else ():
            if isinstance(child, nodes.FunctionDef) and child.name == node.attrname:
                yield child


def _class_of(names: Names, instance: nodes.Name) -> nodes.ClassDef | None:
    """The class of this module that made what a name denotes."""
    for binding in names.bindings(instance):
        if isinstance(binding.value, nodes.Call) and isinstance(binding.value.func, nodes.Name):
            for made in names.bindings(binding.value.func):
                if isinstance(made.node, nodes.ClassDef):
                    return made.node
    return None


def _class_of_self(instance: nodes.Name) -> nodes.ClassDef | None:
    """The class around a use of ``self``, the first parameter of a method of it."""
    method: nodes.NodeNG = instance
    while method.parent is not None and not isinstance(method.parent, nodes.ClassDef):
        method = method.parent
    if isinstance(method, nodes.FunctionDef) and method.argnames()[:1] == [instance.name]:
        return method.parent if isinstance(method.parent, nodes.ClassDef) else None
    return None


class Captured(NamedTuple):
    """A symbolic value that a step uses and is not given.

    :param node: the first use of it.
    :param value: what it is assigned, if that is in sight.
    """

    node: nodes.Name | nodes.Attribute
    value: nodes.NodeNG | None

    @property
    def text(self) -> str:
        return str(self.node.as_string())


def reached(names: Names, step: nodes.Lambda) -> Iterator[tuple[nodes.Lambda, bool]]:
    """A step, the functions of this module that it calls, and the steps of loops in them.

    :returns: functions, each with whether it is a step.
    """
    yield from _reached(names, step, True, set())


def _reached(
    names: Names, function: nodes.Lambda, is_step: bool, seen: set[nodes.NodeNG]
) -> Iterator[tuple[nodes.Lambda, bool]]:
    if function in seen:
        return
    seen.add(function)
    yield function, is_step
    for call in function.nodes_of_class(nodes.Call):
        repeats = is_loop(names.api(call.func))
        called = step_of(call) if repeats else call.func
        for one in functions(names, called) if called is not None else ():
            yield from _reached(names, one, repeats, seen)


def step_of(loop: nodes.Call) -> nodes.NodeNG | None:
    """The argument of a loop that is its step."""
    stated = (keyword.value for keyword in loop.keywords if keyword.arg == "fn")
    return next(stated, loop.args[0] if loop.args else None)


def draws(names: Names, function: nodes.NodeNG) -> Iterator[nodes.Call]:
    """Calls in a function, or in any expression, that draw from a random stream."""
    for call in function.nodes_of_class(nodes.Call):
        if _is_draw(names, call):
            yield call


def drawn(names: Names, value: nodes.NodeNG | None, hops: int = 4) -> nodes.Call | None:
    """The draw that a value is made of, followed through assignments."""
    if value is None or not hops:
        return None
    for call in draws(names, value):
        return call
    for name in value.nodes_of_class(nodes.Name):
        found = drawn(names, value_of(names, name), hops - 1)
        if found is not None:
            return found
    return None


def _is_draw(names: Names, call: nodes.Call) -> bool:
    callee = call.func
    if not isinstance(callee, nodes.Attribute) or callee.attrname not in _DRAWS:
        return False
    api = names.api(callee)
    if api is not None:
        stream = api.rpartition(".")[0]
        return (
            api.startswith("theano.")
            and stream.endswith("()")
            and stream[:-2].rpartition(".")[2] in _STREAMS
        )
    owner = callee.expr
    name = owner.attrname if isinstance(owner, nodes.Attribute) else None
    if isinstance(owner, nodes.Name):
        name = owner.name
    return name is not None and _STREAM_NAME.fullmatch(name.lower()) is not None
