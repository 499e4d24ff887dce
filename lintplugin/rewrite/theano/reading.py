"""Reading a program without running it: the part that is Python.

Top-level statements are followed once, the functions of the program at each call that passes
something symbolic. Loops over sequences whose items are known are followed item by item. What
happens to symbolic values is said by the subclass that knows the framework.
"""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import NoneType
from typing import Any

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.rewrite import Refusal, Refusals, Refused, arrays
from lintplugin.rewrite.arrays import Array, Number
from lintplugin.rewrite.theano.types import Tensor
from lintplugin.rewrite.theano.values import (
    FAILED,
    NOTHING,
    UNKNOWN,
    Failed,
    Frame,
    Function,
    Items,
    Nothing,
    Pairs,
    Random,
    Shape,
    Text,
    Unknown,
    Value,
    calculate,
    is_shared,
    iterated,
    join,
    join_all,
    literal,
    of_theano,
    plain,
    symbolic,
    truth,
)

# Loops and sequences are followed item by item up to this many, loops in loops up to so many turns.
_MAX_ITEMS = 64
_MAX_TURNS = 128
_MAX_DEPTH = 24
_MAX_STEPS = 20_000
_MAX_STEPS_OF_OVERVIEW = 2_000


#: Functions of Python's library that give a float.
_FLOATS = {
    "math": frozenset({"cos", "exp", "log", "pow", "sin", "sqrt", "tan", "tanh"}),
    "random": frozenset({"gauss", "normalvariate", "random", "uniform"}),
}


@functools.cache
def _method_name(kind: str) -> str | None:
    """The method of a reader for expressions of a class of nodes, None when it has none."""
    name = f"_{kind.lower()}"
    return name if hasattr(Reader, name) else None


class AlreadyRefused(Exception):
    """Raised on use of a value that was refused, about which nothing more is said."""


class Reader:
    """Follows names through the statements and functions of a module.

    :ivar refusals: places that stop the conversion.
    :ivar defined: functions met, each with the names around it.
    :ivar followed: functions that were read at a call.
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.refusals = Refusals(module)
        self.defined: dict[nodes.FunctionDef, Frame] = {}
        self.followed: set[nodes.NodeNG] = set()
        self.globals = Frame()
        #: Modules of the project by their trees.
        self.modules_by_tree = {module.tree: module}
        self._own = module
        self._calls: dict[nodes.NodeNG, nodes.Call] = {}  # Functions being followed.
        self._uncertain = 0
        self._repeating = 0
        self._turns = 1  # Of the loops around a statement, multiplied.
        self._steps = 0
        self._max_steps = _MAX_STEPS if module.settings.thorough else _MAX_STEPS_OF_OVERVIEW

    def release(self) -> None:
        """Forget what names stand for: functions hold the names around them, themselves included.

        What is a circle lives until the garbage collector finds it, and with it the tree.
        """
        for frame in (self.globals, *self.defined.values()):
            frame.values.clear()

    # What the framework says

    def imported(self, node: nodes.Name | nodes.Attribute) -> Value | None:
        """What a name of the framework is, None for any other."""
        raise NotImplementedError

    def operator(
        self, node: nodes.NodeNG, operator: str, operands: Sequence[tuple[nodes.NodeNG, Value]]
    ) -> Value:
        """An operator or comparison of which one operand is symbolic."""
        raise NotImplementedError

    def plainly(self, operands: Iterable[nodes.NodeNG]) -> None:
        """Operands of an operator that is Python's own."""

    def item(self, node: nodes.Subscript, owner: Tensor | Shape, frame: Frame) -> Value:
        """Part of a symbolic value or of its shape."""
        raise NotImplementedError

    def attribute(self, node: nodes.Attribute, owner: Value) -> Value:
        """An attribute of a value."""
        return UNKNOWN

    def set_attribute(
        self, statement: nodes.NodeNG, target: nodes.AssignAttr, value: Value, frame: Frame
    ) -> None:
        """An assignment to an attribute."""
        raise NotImplementedError

    def method(self, node: nodes.Call, owner: Value, frame: Frame) -> Value | None:
        """A method of a value of the framework, None for any other value."""
        raise NotImplementedError

    def call_of(self, node: nodes.Call, callee: Value, frame: Frame) -> Value | None:
        """What calling a value gives; None where it is not known to be callable."""
        if isinstance(callee, Function):
            args, keywords = self.arguments(node, frame)
            return self.follow(callee, args, keywords, node)
        found = self.call_object(node, callee, frame)
        return self.call_value(node, callee, frame) if found is None else found

    def call_value(self, node: nodes.Call, callee: Value, frame: Frame) -> Value | None:
        """A call of a value of the framework, None for any other value."""
        raise NotImplementedError

    def augmented(self, statement: nodes.AugAssign, value: Tensor) -> None:
        """``y += x`` with a symbolic result."""
        raise NotImplementedError

    def give_up_attribute(self, target: nodes.AssignAttr, frame: Frame) -> None:
        """What an attribute is was refused."""

    def call_object(self, node: nodes.Call, callee: Value, frame: Frame) -> Value | None:
        """A call of a class, an object or a method of the program, None for any other value."""
        raise NotImplementedError

    def from_project(self, statement: nodes.ImportFrom, name: str) -> Value | None:
        """A function or class that another module of the project defines."""
        return None

    def keyed(self, place: nodes.Subscript, key: Value) -> None:
        """An item of a dictionary, by its key."""

    def unkeyed(self, node: nodes.NodeNG, owner: Value) -> None:
        """A loop over the keys of a dictionary."""

    def require_own(self, node: nodes.NodeNG, owner: Items, added: Sequence[Value]) -> None:
        """Values that are added to a list."""

    def chosen(self, statement: nodes.If, test: bool | None, frame: Frame) -> None:
        """Which branch of a statement is read, None for both."""

    def bound(self, name: str, value: Value) -> None:
        """A name that is given to a value."""

    def evaluated(self, value: Value) -> None:
        """Every value that an expression had."""

    def drawn(self, node: nodes.Call) -> None:
        """A call that draws random numbers."""

    # Statements

    def run(self, statements: Sequence[nodes.NodeNG], frame: Frame) -> bool:
        """Read statements; True when what follows them is never reached."""
        return any(self.execute(statement, frame) for statement in statements)

    def execute(self, statement: nodes.NodeNG, frame: Frame) -> bool:
        """Read a statement; True when what follows it is never reached.

        What is refused in it is noted, and the names that it binds are given up.
        """
        method = getattr(self, f"_execute_{type(statement).__name__.lower()}", None)
        self._steps += 1
        try:
            if self._steps > self._max_steps:
                raise Refused(1, "more statements, loops unrolled, than are followed")
            if method is not None:
                return bool(method(statement, frame))
            self.concrete(statement, frame)
        except Refused as refused:
            self.refusals.add(self._placed(refused))
            self._give_up(statement, frame)
        except AlreadyRefused:
            self._give_up(statement, frame)
        return isinstance(statement, (nodes.Raise, nodes.Continue, nodes.Break))

    def _placed(self, refused: Refused) -> Refusal:
        """A refusal at its line, or at the call that led into another module."""
        if self.module is self._own:
            return Refusal(refused.line, refused.reason)
        name = self.module.source.path.replace("\\", "/").rpartition("/")[2]
        reason = f"{name}, line {refused.line}: {refused.reason}"
        return Refusal(next(iter(self._calls.values())).lineno, reason)

    def _give_up(self, statement: nodes.NodeNG, frame: Frame) -> None:
        for target in statement.nodes_of_class(nodes.AssignName):
            frame.values[target.name] = FAILED
        for target in statement.nodes_of_class(nodes.AssignAttr):
            self.give_up_attribute(target, frame)
        if isinstance(statement, nodes.Return):
            frame.returned.append(FAILED)

    def _execute_assign(self, statement: nodes.Assign, frame: Frame) -> None:
        value = self.value(statement.value, frame)
        for target in statement.targets:
            self._bind(target, value, frame, statement)

    def _execute_annassign(self, statement: nodes.AnnAssign, frame: Frame) -> None:
        if statement.value is not None:
            self._bind(statement.target, self.value(statement.value, frame), frame, statement)

    def _execute_augassign(self, statement: nodes.AugAssign, frame: Frame) -> None:
        value = self.value(statement.value, frame)
        target = statement.target
        if isinstance(target, nodes.AssignAttr):
            before = self._attribute(target, frame)
            if isinstance(before, Items) and isinstance(value, Items) and statement.op == "+=":
                self._change(statement, before, value.items)
                return
        if not isinstance(target, nodes.AssignName):
            if of_theano(value):
                raise Refused(statement.lineno, "a symbolic value changes part of an object")
            self.concrete(target, frame)
            return
        before = frame.find(target.name) or UNKNOWN
        if isinstance(before, Failed):
            raise AlreadyRefused
        if isinstance(before, Items) and isinstance(value, Items) and statement.op == "+=":
            self._change(statement, before, value.items)
            return
        after = self._operate(
            statement, statement.op.removesuffix("="), [(target, before), (statement.value, value)]
        )
        self.evaluated(after)
        if isinstance(after, Tensor):
            self.augmented(statement, after)
        frame.values[target.name] = after

    def _execute_return(self, statement: nodes.Return, frame: Frame) -> bool:
        value = NOTHING if statement.value is None else self.value(statement.value, frame)
        frame.returned.append(value)
        return True

    def _execute_functiondef(self, statement: nodes.FunctionDef, frame: Frame) -> None:
        defaults = [*(statement.args.defaults or ()), *(statement.args.kw_defaults or ())]
        for default in filter(None, defaults):
            self.value(default, frame)
        self.defined.setdefault(statement, frame)
        if statement.decorators is not None:
            self.concrete(statement.decorators, frame)
            frame.values[statement.name] = UNKNOWN
        else:
            frame.values[statement.name] = Function(statement, frame)

    def _execute_classdef(self, statement: nodes.ClassDef, frame: Frame) -> None:
        self.run(statement.body, Frame(frame))
        frame.values[statement.name] = UNKNOWN

    def _execute_if(self, statement: nodes.If, frame: Frame) -> bool:
        test = self._truth(statement.test, frame)
        self.chosen(statement, test, frame)
        if test is not None:
            return self.run(statement.body if test else statement.orelse, frame)
        before = dict(frame.values)
        with self._maybe():
            ends = self.run(statement.body, frame)
            after, frame.values = frame.values, before
            other_ends = self.run(statement.orelse, frame)
        if ends and other_ends:
            return True
        if other_ends:
            frame.values = after
        elif not ends:
            frame.values = join_all(after, frame.values)
        return False

    def _execute_for(self, statement: nodes.For, frame: Frame) -> bool:
        sequence = self.value(statement.iter, frame)
        self.unkeyed(statement, sequence)
        items = iterated(sequence)
        if items is not None and len(items) <= min(_MAX_ITEMS, _MAX_TURNS // self._turns):
            turns, self._turns = self._turns, self._turns * max(len(items), 1)
            try:
                for item in items:
                    self._bind(statement.target, item, frame, statement)
                    if self.run(statement.body, frame):
                        break
            finally:
                self._turns = turns
            return self.run(statement.orelse, frame)
        if of_theano(sequence):
            raise Refused(statement.lineno, "a loop over a symbolic value")
        self._repeat(statement, frame)
        return self.run(statement.orelse, frame)

    def _execute_while(self, statement: nodes.While, frame: Frame) -> bool:
        self._truth(statement.test, frame)
        self._repeat(statement, frame)
        return self.run(statement.orelse, frame)

    def _repeat(self, statement: nodes.For | nodes.While, frame: Frame) -> None:
        """A body that runs a number of times that is not known.

        The second round reads what the first one assigned; loops inside are read twice by it.
        """
        rounds = 1 if self._repeating else 2
        self._repeating += 1
        with self._maybe():
            for _ in range(rounds):
                before = dict(frame.values)
                if isinstance(statement, nodes.For):
                    self._bind(statement.target, UNKNOWN, frame, statement)
                self.run(statement.body, frame)
                frame.values = join_all(frame.values, before)
        self._repeating -= 1

    def _execute_with(self, statement: nodes.With, frame: Frame) -> bool:
        for expression, target in statement.items:
            self._require_concrete(expression, frame)
            if target is not None:
                self._bind(target, UNKNOWN, frame, statement)
        return self.run(statement.body, frame)

    def _execute_try(self, statement: nodes.Try, frame: Frame) -> bool:
        before = dict(frame.values)
        ends = self.run([*statement.body, *statement.orelse], frame)
        with self._maybe():
            for handler in statement.handlers:
                after, frame.values = frame.values, join_all(frame.values, before)
                if handler.type is not None:
                    self._require_concrete(handler.type, frame)
                if handler.name is not None:
                    frame.values[handler.name.name] = UNKNOWN
                handled = self.run(handler.body, frame)
                frame.values = after if handled else join_all(after, frame.values)
        return self.run(statement.finalbody, frame) or (ends and not statement.handlers)

    def _execute_delete(self, statement: nodes.Delete, frame: Frame) -> None:
        for target in statement.targets:
            if isinstance(target, nodes.DelName):
                frame.values.pop(target.name, None)
            else:
                self.concrete(target, frame)

    def _execute_import(self, statement: nodes.Import | nodes.ImportFrom, frame: Frame) -> None:
        for name, alias in statement.names:
            # Hides what the name was before; what it is now is resolved by imports.
            frame.values.pop(alias or name.partition(".")[0], None)

    def _execute_importfrom(self, statement: nodes.ImportFrom, frame: Frame) -> None:
        self._execute_import(statement, frame)
        for name, alias in statement.names:
            found = self.from_project(statement, name)
            if found is not None:
                frame.values[alias or name] = found

    @contextmanager
    def _maybe(self) -> Any:
        """Statements that may run, and how often is not known."""
        self._uncertain += 1
        try:
            yield
        finally:
            self._uncertain -= 1

    def _bind(
        self, target: nodes.NodeNG, value: Value, frame: Frame, statement: nodes.NodeNG
    ) -> None:
        if isinstance(target, nodes.AssignName):
            self.bound(target.name, value)
            scope = self.module.names.scope_of(statement)
            if target.name in scope.declared:
                self.globals.values[target.name] = FAILED if of_theano(value) else UNKNOWN
            else:
                frame.values[target.name] = value
        elif isinstance(target, (nodes.Tuple, nodes.List)):
            items = iterated(value)
            if items is None or len(items) != len(target.elts):
                if of_theano(value):
                    raise Refused(statement.lineno, "unpacks a symbolic value")
                items = [UNKNOWN] * len(target.elts)
            for one, item in zip(target.elts, items, strict=True):
                self._bind(one, item, frame, statement)
        elif isinstance(target, nodes.AssignAttr):
            self.set_attribute(statement, target, value, frame)
        elif isinstance(target, nodes.Subscript):
            self._set_item(statement, target, value, frame)
        elif of_theano(value):
            raise Refused(statement.lineno, "unpacks a symbolic value")
        else:
            self._bind(target.value, UNKNOWN, frame, statement)

    def _set_item(
        self, statement: nodes.NodeNG, target: nodes.Subscript, value: Value, frame: Frame
    ) -> None:
        owner = self.value(target.value, frame)
        index = self.value(target.slice, frame)
        if isinstance(owner, Pairs):
            self.keyed(target, index)
            for position, (key, _) in enumerate(owner.items):
                if key == index:
                    owner.items[position] = (key, value)
                    return
            owner.items.append((index, value))
            if self._uncertain and of_theano(Pairs([(index, value)])):
                raise Refused(statement.lineno, "a dictionary is changed under a condition")
        elif isinstance(owner, Items):
            if isinstance(index, Number) and index.value is not None and owner.known:
                with suppress(IndexError):
                    owner.items[int(index.value)] = value
            elif of_theano(owner) or of_theano(value):
                raise Refused(statement.lineno, "sets an item of a list at a place not known here")
        elif isinstance(owner, Tensor) or of_theano(value):
            raise Refused(statement.lineno, "sets an item of a symbolic value, or to one")

    def _change(self, node: nodes.NodeNG, owner: Items, added: Sequence[Value]) -> None:
        """Items added to a list."""
        self.require_own(node, owner, added)
        owner.items.extend(added)
        if self._uncertain:
            if of_theano(owner):
                raise Refused(node.lineno, "a list of symbolic values is changed under a condition")
            owner.known = False

    # Expressions

    def value(self, node: nodes.NodeNG, frame: Frame) -> Value:
        """What an expression is.

        :raises Refused: when it cannot be carried over.
        """
        name = _method_name(type(node).__name__)
        found: Value = UNKNOWN
        if name is None:
            self.concrete(node, frame)
        else:
            found = getattr(self, name)(node, frame)
        if isinstance(found, Failed):
            raise AlreadyRefused
        self.evaluated(found)
        return found

    def concrete(self, node: nodes.NodeNG, frame: Frame) -> None:
        """A node of a kind that nothing symbolic may take part in."""
        for child in node.get_children():
            if isinstance(child, (nodes.Comprehension, nodes.Keyword)):
                self.concrete(child, frame)
            elif not isinstance(child, (nodes.AssignName, nodes.DelName)):
                self._require_concrete(child, frame)

    def _require_concrete(self, node: nodes.NodeNG, frame: Frame) -> Value:
        value = self.value(node, frame)
        if symbolic(value):
            raise Refused(node.lineno, "a symbolic value where Python wants a concrete one")
        return value

    def _truth(self, node: nodes.NodeNG, frame: Frame) -> bool | None:
        """Whether a test holds, None when that is not known."""
        value = self.value(node, frame)
        if isinstance(value, Tensor):
            self.tested(node, value)
        return truth(value)

    def tested(self, node: nodes.NodeNG, value: Tensor) -> None:
        """A symbolic value where Python wants a truth value."""
        raise NotImplementedError

    def _const(self, node: nodes.Const, frame: Frame) -> Value:
        value = node.value
        if value is None:
            return NOTHING
        if isinstance(value, (bool, int, float)):
            return Number(type(value).__name__, value)
        return Text(value) if isinstance(value, str) else UNKNOWN

    def _joinedstr(self, node: nodes.JoinedStr, frame: Frame) -> Value:
        parts: list[object] = []
        for one in node.values:
            if isinstance(one, nodes.Const):
                parts.append(one.value)
            else:
                value = self._require_concrete(one.value, frame)
                plain_one = one.conversion < 0 and one.format_spec is None
                parts.append(literal(value) if plain_one else ...)
        return UNKNOWN if ... in parts else Text("".join(map(str, parts)))

    def _name(self, node: nodes.Name, frame: Frame) -> Value:
        found = frame.find(node.name)
        return found if found is not None else self.imported(node) or UNKNOWN

    def _attribute(self, node: nodes.Attribute, frame: Frame) -> Value:
        if frame.find(root_name(node)) is None:
            found = self.imported(node)
            if found is not None:
                return found
        return self.attribute(node, self.value(node.expr, frame))

    def _list(self, node: nodes.List, frame: Frame) -> Value:
        return Items("list", self._elements(node.elts, frame))

    def _tuple(self, node: nodes.Tuple, frame: Frame) -> Value:
        return Items("tuple", self._elements(node.elts, frame))

    def _elements(self, elements: Sequence[nodes.NodeNG], frame: Frame) -> list[Value]:
        values: list[Value] = []
        for element in elements:
            if isinstance(element, nodes.Starred):
                items = iterated(self.value(element.value, frame))
                if items is None:
                    raise Refused(element.lineno, "unpacks something that is not known here")
                values.extend(items)
            else:
                values.append(self.value(element, frame))
        return values

    def _dict(self, node: nodes.Dict, frame: Frame) -> Value:
        pairs: list[tuple[Value, Value]] = []
        for key, item in node.items:
            if isinstance(key, nodes.DictUnpack):
                raise Refused(node.lineno, "unpacks a dictionary")
            pairs.append((self.value(key, frame), self.value(item, frame)))
        return Pairs(pairs, any(is_shared(key) for key, _ in pairs))

    def _slice(self, node: nodes.Slice, frame: Frame) -> Value:
        self.concrete(node, frame)
        return UNKNOWN

    def _ifexp(self, node: nodes.IfExp, frame: Frame) -> Value:
        test = self._truth(node.test, frame)
        body, orelse = self.value(node.body, frame), self.value(node.orelse, frame)
        if test is not None:
            return body if test else orelse
        return join(body, orelse)

    def _boolop(self, node: nodes.BoolOp, frame: Frame) -> Value:
        tests = [self._truth(one, frame) for one in node.values]
        decided = node.op == "or"
        if decided in tests:
            return Number("bool", decided)
        return Number("bool", None if None in tests else not decided)

    def _lambda(self, node: nodes.Lambda, frame: Frame) -> Value:
        return Function(node, frame)

    def _unaryop(self, node: nodes.UnaryOp, frame: Frame) -> Value:
        if node.op == "not":
            test = self._truth(node.operand, frame)
            return Number("bool", None if test is None else not test)
        operand = self.value(node.operand, frame)
        if isinstance(operand, Tensor):
            return self.operator(node, node.op, [(node.operand, operand)])
        self.plainly([node.operand])
        if isinstance(operand, Number) and node.op == "-" and operand.value is not None:
            return replace(operand, value=-operand.value)
        return operand if isinstance(operand, (Number, Array)) else UNKNOWN

    def _binop(self, node: nodes.BinOp, frame: Frame) -> Value:
        operands = [(one, self.value(one, frame)) for one in (node.left, node.right)]
        return self._operate(node, node.op, operands)

    def _operate(
        self, node: nodes.NodeNG, operator: str, operands: Sequence[tuple[nodes.NodeNG, Value]]
    ) -> Value:
        (_, left), (_, right) = operands
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            return self.operator(node, operator, operands)
        self.plainly(place for place, _ in operands)
        if isinstance(left, Items) and isinstance(right, Items) and operator == "+":
            if left.kind != right.kind:
                raise Refused(node.lineno, "a list and a tuple are added")
            return Items(left.kind, left.items + right.items, left.known and right.known)
        if (
            operator == "*"
            and isinstance(left, Items)
            and isinstance(right, Number)
            and right.kind == "int"
        ):
            return self._repeated(left, right)
        if isinstance(left, Number) and isinstance(right, Number):
            return calculate(operator, left, right)
        if isinstance(left, Array) or isinstance(right, Array):
            return arrays.arithmetic(operator, plain(left), plain(right))
        if isinstance(left, Text):
            return _text(operator, left.value, right)
        if of_theano(left) or of_theano(right):
            raise Refused(node.lineno, f"'{operator}' on a sequence of symbolic values")
        return UNKNOWN

    def _repeated(self, items: Items, times: Number) -> Value:
        """``[0.] * n``."""
        count = int(times.value) if times.value is not None else _MAX_ITEMS + 1
        if len(items.items) * count > _MAX_ITEMS:
            return Items(items.kind, items.items[:1], known=False)
        return Items(items.kind, items.items * count, items.known)

    def _compare(self, node: nodes.Compare, frame: Frame) -> Value:
        operands = [(node.left, self.value(node.left, frame))]
        operators = []
        for operator, operand in node.ops:
            operators.append(operator)
            operands.append((operand, self.value(operand, frame)))
        if all(operator in {"is", "is not"} for operator in operators):
            return _identical(operators, [value for _, value in operands])
        if any(isinstance(value, Tensor) for _, value in operands):
            if len(operators) > 1:
                raise Refused(node.lineno, "a chain of comparisons of symbolic values")
            return self.operator(node, operators[0], operands)
        self.plainly(place for place, _ in operands)
        values = [value for _, value in operands]
        is_part = operators[0] in {"in", "not in"}
        if len(values) == 2 and not is_part and any(isinstance(one, Array) for one in values):
            return replace(arrays.arithmetic("-", *map(plain, values)), dtype="bool")
        return _compared(operators, values)

    def _subscript(self, node: nodes.Subscript, frame: Frame) -> Value:
        owner = self.value(node.value, frame)
        if isinstance(owner, (Tensor, Shape)):
            return self.item(node, owner, frame)
        index = self.value(node.slice, frame)
        position = index.value if isinstance(index, Number) else None
        if isinstance(owner, Items):
            part = _constant_slice(node.slice)
            if part is not None and owner.known:
                return Items(owner.kind, owner.items[part])
            if position is not None and owner.known:
                with suppress(IndexError):
                    return owner.items[int(position)]
        elif isinstance(owner, Pairs):
            self.keyed(node, index)
            for key, item in owner.items:
                if key == index:
                    return item
        if of_theano(index):
            raise Refused(node.lineno, "a symbolic index into a concrete value")
        if of_theano(owner):
            raise Refused(node.lineno, "an item at a place that is not known here")
        if isinstance(owner, Array) and owner.ndim is not None:
            return _part_of(owner, node.slice, index)
        return UNKNOWN

    def _listcomp(self, node: nodes.ListComp | nodes.GeneratorExp, frame: Frame) -> Value:
        generator = node.generators[0]
        sequence = self.value(generator.iter, frame)
        self.unkeyed(node, sequence)
        items = iterated(sequence)
        if (
            items is None
            or len(items) > _MAX_ITEMS
            or len(node.generators) > 1
            or generator.ifs
            or generator.is_async
        ):
            return self._comprehension(node, frame)
        inner = Frame(frame)
        values = []
        for item in items:
            self._bind(generator.target, item, inner, node.statement())
            values.append(self.value(node.elt, inner))
        return Items("list", values)

    _generatorexp = _listcomp

    def _comprehension(self, node: nodes.NodeNG, frame: Frame) -> Value:
        """A comprehension whose items are not known one by one: none may be symbolic."""
        inner = Frame(frame)
        with self._maybe():
            for generator in node.generators:
                items = iterated(self.value(generator.iter, inner))
                item = items[0] if items else UNKNOWN
                self._bind(generator.target, item, inner, node.statement())
                for test in generator.ifs:
                    self._truth(test, inner)
            parts = (node.key, node.value) if isinstance(node, nodes.DictComp) else (node.elt,)
            for part in parts:
                if of_theano(self.value(part, inner)):
                    raise Refused(part.lineno, "a comprehension whose items are not known here")
        return UNKNOWN

    _setcomp = _comprehension
    _dictcomp = _comprehension

    # Calls

    def _call(self, node: nodes.Call, frame: Frame) -> Value:
        function = node.func
        name = None
        if isinstance(frame.find(root_name(function)), (Unknown, NoneType)):
            name = self.foreign(function)
        if name is not None:
            return self.foreign_call(node, name, frame)
        if isinstance(function, nodes.Attribute) and (
            frame.find(root_name(function)) is not None or self.imported(function) is None
        ):
            return self._method(node, self.value(function.expr, frame), frame)
        found = self.call_of(node, self.value(function, frame), frame)
        if found is not None:
            return found
        name = function.name if isinstance(function, nodes.Name) else ""
        if hasattr(builtins, name) and frame.find(name) is None:
            return self._builtin(node, name, frame)
        self.refuse_symbolic_arguments(node, frame)
        return UNKNOWN

    def arguments(self, node: nodes.Call, frame: Frame) -> tuple[list[Value], dict[str, Value]]:
        """What a call passes, by position and by name."""
        args = self._elements(node.args, frame)
        keywords: dict[str, Value] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                raise Refused(node.lineno, "'**' arguments")
            keywords[keyword.arg] = self.value(keyword.value, frame)
        return args, keywords

    def refuse_symbolic_arguments(self, node: nodes.Call, frame: Frame) -> None:
        """Read the arguments of a call that is not followed: nothing of Theano may go there."""
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            inner = argument.value if isinstance(argument, nodes.Starred) else argument
            if of_theano(self.value(inner, frame)):
                name = self.module.source.segment(node.func)
                raise Refused(node.lineno, f"passes a symbolic value to '{name}'")

    def is_apart(self, definition: nodes.FunctionDef) -> bool:
        """Whether a function is read on its own and not where it is called."""
        return bool(definition.is_generator())

    def follow(
        self,
        function: Function,
        args: Sequence[Value],
        keywords: dict[str, Value],
        node: nodes.Call,
    ) -> Value:
        """What a function of the program returns for these arguments."""
        definition = function.node
        is_lambda = not isinstance(definition, nodes.FunctionDef)
        if (
            definition in self._calls
            or len(self._calls) > _MAX_DEPTH
            or (not is_lambda and self.is_apart(definition))
        ):
            if any(of_theano(one) for one in (*args, *keywords.values())):
                name = self.module.source.segment(node.func)
                raise Refused(node.lineno, f"passes a symbolic value to '{name}'")
            return UNKNOWN
        frame = Frame(function.frame)
        self.followed.add(definition)
        with self._inside_of(definition):
            self._bind_parameters(function, frame, args, keywords, node)
            self._calls[definition] = node
            try:
                if is_lambda:
                    return self.value(definition.body, frame)
                ends = self.run(definition.body, frame)
            finally:
                self._calls.popitem()
        returned = frame.returned if ends else [*frame.returned, NOTHING]
        found = returned[0]
        for other in returned[1:]:
            found = join(found, other)
        return found

    @contextmanager
    def _inside_of(self, definition: nodes.NodeNG) -> Any:
        """Read names as the module does that a function stands in."""
        before, self.module = self.module, self.modules_by_tree.get(definition.root(), self.module)
        try:
            yield
        finally:
            self.module = before

    def _bind_parameters(
        self,
        function: Function,
        frame: Frame,
        args: Sequence[Value],
        keywords: dict[str, Value],
        node: nodes.Call,
    ) -> None:
        arguments = function.node.args
        named = parameters(arguments)
        for name, default in named.items():
            if default is not None:
                frame.values[name] = self.value(default, function.frame)
        positional = [one.name for one in (*arguments.posonlyargs, *(arguments.args or []))]
        frame.values.update(zip(positional, args, strict=False))
        extra = list(args[len(positional) :])
        rest = {name: value for name, value in keywords.items() if name not in named}
        frame.values.update((name, keywords[name]) for name in keywords if name in named)
        if arguments.vararg is not None:
            frame.values[arguments.vararg] = Items("tuple", extra)
        if arguments.kwarg is not None:
            frame.values[arguments.kwarg] = Pairs([(Text(key), one) for key, one in rest.items()])
        if (
            (extra and arguments.vararg is None)
            or (rest and arguments.kwarg is None)
            or set(named) - set(frame.values)
        ):
            raise Refused(node.lineno, "a call that does not fit its function")

    def read_alone(self, definition: nodes.FunctionDef, frame: Frame) -> Frame:
        """A frame for a function whose callers are not followed: its arguments are not known.

        A default that is a number says of what kind the argument is.
        """
        inner = Frame(frame)
        for name, default in parameters(definition.args).items():
            value: Value = UNKNOWN
            if default is not None:
                with suppress(Refused, AlreadyRefused):
                    value = self.value(default, frame)
            if isinstance(value, Number):
                inner.values[name] = replace(value, value=None)
            else:
                inner.values[name] = UNKNOWN
        for name in filter(None, (definition.args.vararg, definition.args.kwarg)):
            inner.values[name] = UNKNOWN
        return inner

    def _builtin(self, node: nodes.Call, name: str, frame: Frame) -> Value:
        if name == "isinstance":
            return UNKNOWN
        args, keywords = self.arguments(node, frame)
        items = [iterated(one) for one in args]
        lengths = [len(one) for one in items if one is not None]
        if (
            name == "zip"
            and lengths
            and not keywords
            and (None not in items or any(map(of_theano, args)))
        ):
            # What is not known may be shorter: then the loop that is written is so, too.
            filled = (one if one is not None else [UNKNOWN] * min(lengths) for one in items)
            rows = zip(*filled, strict=False)
            return Items("list", [Items("tuple", list(row)) for row in rows])
        if name == "range" and all(isinstance(one, Number) for one in args):
            bounds = [one.value for one in args if isinstance(one, Number)]
            with suppress(TypeError, ValueError):
                numbers = range(*(int(one or 0) for one in bounds))
                if None not in bounds and len(numbers) <= _MAX_ITEMS:
                    return Items("list", [Number("int", one) for one in numbers])
            return UNKNOWN
        if name in {"float", "int"} and not any(map(symbolic, args)):
            return Number(name)
        if name == "dict" and not args:
            return Pairs([(Text(key), item) for key, item in keywords.items()])
        if len(args) == 1:
            found = self._builtin_of_one(node, name, args[0], items[0])
            if found is not None:
                return found
        for argument, value in zip(node.args, args, strict=False):
            if of_theano(value):
                raise Refused(argument.lineno, f"passes a symbolic value to '{name}'")
        return UNKNOWN

    def _builtin_of_one(
        self, node: nodes.Call, name: str, value: Value, items: list[Value] | None
    ) -> Value | None:
        if name == "abs" and isinstance(value, Tensor):
            return self.operator(node, "abs", [(node.args[0], value)])
        if items is None:
            return None
        match name:
            case "enumerate":
                numbered = enumerate(items)
                return Items(
                    "list",
                    [Items("tuple", [Number("int", index), item]) for index, item in numbered],
                )
            case "list" | "tuple":
                return Items(name, list(items))
            case "reversed":
                return Items("list", items[::-1])
            case "len":
                return Number("int", len(items))
            case "sum" if items:
                total: Value = Number("int", 0)
                for item in items:
                    total = self._operate(node, "+", [(node, total), (node, item)])
                return total
        return None

    def foreign(self, node: nodes.NodeNG) -> str | None:
        """Dotted name of something imported that is not the framework's."""
        parts: list[str] = []
        while isinstance(node, nodes.Attribute):
            parts.append(node.attrname)
            node = node.expr
        if not isinstance(node, nodes.Name):
            return None
        bindings = self.module.names.bindings(node)
        if len(bindings) == 1 and isinstance(bindings[0].value, (nodes.Attribute, nodes.Name)):
            # Another name for a module: ``rng = numpy.random``.
            api = None if bindings[0].item is not None else self.foreign(bindings[0].value)
        else:
            apis = {binding.api for binding in bindings}
            api = apis.pop() if len(apis) == 1 else None
        if api is None or api.partition(".")[0] == "theano":
            return None
        return ".".join([api, *reversed(parts)])

    def foreign_call(self, node: nodes.Call, name: str, frame: Frame) -> Value:
        """A call of a function that is imported."""
        if name == "collections.OrderedDict":
            return self._ordered_dict(node, frame)
        self.refuse_symbolic_arguments(node, frame)
        package, _, function = name.partition(".")
        if package == "random":
            self.drawn(node)
        if package != "numpy":
            return Number("float") if function in _FLOATS.get(package, ()) else UNKNOWN
        if function in {"random.RandomState", "random.default_rng"}:
            return Random()
        if function.startswith("random."):
            self.drawn(node)
        return self._numpy(node, function, arrays.call, frame)

    def _numpy(
        self, node: nodes.Call, name: str, rule: Callable[..., Array | None], frame: Frame
    ) -> Value:
        args: list[object] = []
        for argument in node.args:
            if isinstance(argument, nodes.Starred):
                items = iterated(self.value(argument.value, frame))
                args.extend([None] if items is None else map(plain, items))
            else:
                args.append(self.dtype(argument, frame) or plain(self.value(argument, frame)))
        keywords: dict[str, object] = {}
        for keyword in node.keywords:
            value = plain(self.value(keyword.value, frame))
            is_dtype = keyword.arg == "dtype"
            keywords[keyword.arg or ""] = self.dtype(keyword.value, frame) if is_dtype else value
        return rule(name, args, keywords) or UNKNOWN

    def dtype(self, node: nodes.NodeNG, frame: Frame) -> str | None:
        """The element type that an argument names."""
        value = self.value(node, frame)
        if isinstance(value, Text):
            return value.value
        if isinstance(node, (nodes.Attribute, nodes.Name)) and isinstance(value, Unknown):
            name = self.foreign(node) or (node.name if isinstance(node, nodes.Name) else "")
            return arrays.DTYPE_OBJECTS.get(name)
        return None

    def _ordered_dict(self, node: nodes.Call, frame: Frame) -> Value:
        args, keywords = self.arguments(node, frame)
        pairs = [iterated(item) for item in (iterated(args[0]) or [])] if args else []
        if keywords or len(args) > 1 or any(pair is None or len(pair) != 2 for pair in pairs):
            raise Refused(node.lineno, "a dictionary whose items are not known here")
        known = [(pair[0], pair[1]) for pair in pairs if pair is not None]
        return Pairs(known, any(is_shared(key) for key, _ in known))

    def _method(self, node: nodes.Call, owner: Value, frame: Frame) -> Value:
        found = self.method(node, owner, frame)
        if found is not None:
            return found
        name = node.func.attrname
        if isinstance(owner, Items):
            return self._list_method(node, owner, name, frame)
        if isinstance(owner, Pairs):
            return self._dict_method(node, owner, name, frame)
        self.refuse_symbolic_arguments(node, frame)
        if isinstance(owner, Random):
            self.drawn(node)
            return self._numpy(node, name, arrays.random, frame)
        if isinstance(owner, Array):
            args = [plain(self.value(one, frame)) for one in node.args]
            dtype = self.dtype(node.args[0], frame) if node.args else None
            return arrays.method(owner, name, args, dtype) or UNKNOWN
        return UNKNOWN

    def _list_method(self, node: nodes.Call, owner: Items, name: str, frame: Frame) -> Value:
        args, _ = self.arguments(node, frame)
        if name == "append" and len(args) == 1:
            self._change(node, owner, args)
        elif name == "extend" and len(args) == 1 and (items := iterated(args[0])) is not None:
            self._change(node, owner, items)
        elif name == "copy" and not args:
            return Items(owner.kind, list(owner.items), owner.known)
        elif name not in {"index", "count"}:
            if of_theano(owner) or any(map(of_theano, args)):
                raise Refused(node.lineno, f"'{name}' of a list of symbolic values")
            owner.known = False
            return UNKNOWN
        return NOTHING

    def _updated(self, node: nodes.Call, owner: Pairs, added: Value) -> Value:
        """``updates.update(more)``."""
        rows = [iterated(one) for one in iterated(added) or [UNKNOWN]]
        if isinstance(added, Pairs):
            rows = [list(one) for one in added.items]
        for row in rows:
            if row is None or len(row) != 2:
                raise Refused(node.lineno, "a dictionary gets items that are not known here")
            known = [key for key, _ in owner.items]
            if row[0] in known:
                owner.items[known.index(row[0])] = (row[0], row[1])
            else:
                owner.items.append((row[0], row[1]))
        taken = (
            added.displayed
            if isinstance(added, Pairs)
            else any(is_shared(key) for key, _ in owner.items)
        )
        owner.displayed = owner.displayed or taken
        return NOTHING

    def _dict_method(self, node: nodes.Call, owner: Pairs, name: str, frame: Frame) -> Value:
        args, _ = self.arguments(node, frame)
        if not args and name in {"items", "keys", "values"}:
            if name != "values":
                self.unkeyed(node, owner)
            parts: dict[str, list[Value]] = {
                "items": [Items("tuple", list(pair)) for pair in owner.items],
                "keys": [key for key, _ in owner.items],
                "values": [item for _, item in owner.items],
            }
            return Items("list", parts[name])
        if name == "get" and args:
            found = next((item for key, item in owner.items if key == args[0]), None)
            if found is not None:
                return found
        if name == "update" and len(args) == 1 and not self._uncertain:
            return self._updated(node, owner, args[0])
        if of_theano(owner) or any(map(of_theano, args)):
            raise Refused(node.lineno, f"'{name}' of a dictionary of symbolic values")
        return UNKNOWN


def root_name(node: nodes.NodeNG) -> str:
    """The name that a chain of attributes begins with, empty when it begins otherwise."""
    while isinstance(node, nodes.Attribute):
        node = node.expr
    return node.name if isinstance(node, nodes.Name) else ""


def parameters(arguments: nodes.Arguments) -> dict[str, nodes.NodeNG | None]:
    """Named parameters of a function with their defaults."""
    positional = [*arguments.posonlyargs, *(arguments.args or [])]
    given = arguments.defaults or []
    defaults = [*[None] * (len(positional) - len(given)), *given]
    found = dict(zip([one.name for one in positional], defaults, strict=True))
    found.update(
        (one.name, default)
        for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults or (), strict=True)
    )
    return found


def _text(operator: str, left: str, right: Value) -> Value:
    """``'W_' + name`` or ``'W_%s' % name``."""
    found = literal(right)
    given = tuple(found) if isinstance(found, list) else (found,)
    with suppress(TypeError, ValueError):
        if operator == "+" and isinstance(found, str):
            return Text(left + found)
        if operator == "%" and ... not in given:
            return Text(left % given)
    return UNKNOWN


def _identical(operators: Sequence[str], values: Sequence[Value]) -> Number:
    """``x is None``."""
    nothing = [isinstance(value, Nothing) for value in values]
    if len(values) != 2 or not any(nothing) or any(isinstance(one, Unknown) for one in values):
        return Number("bool", None)
    return Number("bool", all(nothing) == (operators[0] == "is"))


def _compared(operators: Sequence[str], values: Sequence[Value]) -> Value:
    """A comparison of Python values: numbers that are known decide it."""
    numbers = [value.value for value in values if isinstance(value, Number)]
    if len(numbers) != 2 or len(values) != 2 or None in numbers:
        return Number("bool", None)
    left, right = (number or 0 for number in numbers)
    outcome = {
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
        "==": left == right,
        "!=": left != right,
    }.get(operators[0])
    return Number("bool", outcome)


def _constant_slice(node: nodes.NodeNG) -> slice | None:
    if not isinstance(node, nodes.Slice):
        return None
    bounds: list[int | None] = []
    for bound in (node.lower, node.upper, node.step):
        sign = 1
        if isinstance(bound, nodes.UnaryOp) and bound.op == "-":
            sign, bound = -1, bound.operand
        if bound is not None and not isinstance(bound, nodes.Const):
            return None
        bounds.append(None if bound is None else sign * bound.value)
    return slice(*bounds)


def _part_of(array: Array, place: nodes.NodeNG, index: Value) -> Array:
    """What indexing an array gives."""
    if isinstance(place, nodes.Slice):
        return array
    if isinstance(index, Number) and array.ndim:
        return Array(array.dtype, array.ndim - 1)
    return Array(array.dtype)


__all__ = ["AlreadyRefused", "Nothing", "Reader", "parameters", "root_name"]
