"""What a file does again and again: its loops, and the functions that loops call."""

from __future__ import annotations

from collections.abc import Iterator

from astroid import nodes

from lintplugin.names import Names

from ..torch.objects import enclosing_class

COMPREHENSIONS = (nodes.ListComp, nodes.SetComp, nodes.DictComp, nodes.GeneratorExp)

_FRAMES = (nodes.FunctionDef, nodes.Lambda, nodes.ClassDef, nodes.Module)

# Calls of calls that are followed.
_MAX_CALLS = 3


def loops_around(node: nodes.NodeNG) -> list[nodes.NodeNG]:
    """The loops and comprehensions that repeat a node, innermost first, up to its function."""
    found = []
    child, parent = node, node.parent
    while parent is not None and not _is_inside(child, parent):
        if _repeats(parent, child):
            found.append(parent)
        child, parent = parent, parent.parent
    return found


def _is_inside(child: nodes.NodeNG, parent: nodes.NodeNG) -> bool:
    """Whether a child is the body of a function or class, not what its definition evaluates."""
    if not isinstance(parent, _FRAMES):
        return False
    return not isinstance(child, (nodes.Decorators, nodes.Arguments))


def _repeats(parent: nodes.NodeNG, child: nodes.NodeNG) -> bool:
    if isinstance(parent, nodes.For):
        return child in parent.body
    if isinstance(parent, nodes.While):
        return child is parent.test or child in parent.body
    if isinstance(parent, COMPREHENSIONS):
        return child is not parent.generators[0]
    # The first iterable of a comprehension is evaluated once; a condition of it is not.
    return isinstance(parent, nodes.Comprehension) and child is not parent.iter


def frame_of(node: nodes.NodeNG) -> nodes.NodeNG:
    """The function, class or module that a node is a part of, not one that it defines."""
    child, parent = node, node.parent
    while parent is not None and not _is_inside(child, parent):
        child, parent = parent, parent.parent
    return parent if parent is not None else child


def parts(loop: nodes.NodeNG) -> Iterator[nodes.NodeNG]:
    """The statements and expressions that each iteration of a loop evaluates."""
    if isinstance(loop, nodes.For):
        yield from loop.body
    elif isinstance(loop, nodes.While):
        yield loop.test
        yield from loop.body
    else:
        first, *others = loop.generators
        yield from first.ifs
        yield from others
        if isinstance(loop, nodes.DictComp):
            yield from (loop.key, loop.value)
        else:
            yield loop.elt


def nodes_within(node: nodes.NodeNG) -> Iterator[nodes.NodeNG]:
    """A node and what is below it, without the bodies of functions and classes, in order."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if isinstance(current, (nodes.FunctionDef, nodes.ClassDef)):
            pending.extend(current.decorators.nodes if current.decorators is not None else ())
        elif not isinstance(current, nodes.Lambda):
            pending.extend(reversed(list(current.get_children())))


def names_bound(loop: nodes.NodeNG) -> set[str]:
    """Names that the iterations of a loop bind, its own variables among them."""
    found: set[str] = set()
    for node in (one for child in loop.get_children() for one in nodes_within(child)):
        if isinstance(node, (nodes.AssignName, nodes.DelName, nodes.FunctionDef, nodes.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (nodes.Import, nodes.ImportFrom)):
            found.update(alias or name.partition(".")[0] for name, alias in node.names)
    return found


def names_read(node: nodes.NodeNG) -> set[str]:
    return {one.name for one in node.nodes_of_class(nodes.Name)}


def is_invariant(node: nodes.NodeNG, loop: nodes.NodeNG) -> bool:
    """Whether no name that an expression or definition reads is bound by a loop's iterations."""
    return not names_read(node) & names_bound(loop)


class Calls:
    """Which functions of a file call each other; only what is asked for is looked up."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def function(self, call: nodes.Call) -> nodes.FunctionDef | None:
        """The function, method or constructor of this file that is called, if it is only one."""
        if isinstance(call.func, nodes.Name):
            bindings = self._names.bindings(call.func)
            called = bindings[0].node if len(bindings) == 1 else None
            if isinstance(called, nodes.ClassDef):
                called = next((one for one in called.body if _is_constructor(one)), None)
            return called if isinstance(called, nodes.FunctionDef) else None
        if isinstance(call.func, nodes.Attribute) and self._names.api(call.func) is None:
            return self._method(call.func)
        return None

    def _method(self, callee: nodes.Attribute) -> nodes.FunctionDef | None:
        """A method by its name, of ``self`` or of the only class of this file that has one."""
        found = [
            one
            for one in self._names.by_type["FunctionDef"]
            if one.name == callee.attrname and isinstance(one.parent, nodes.ClassDef)
        ]
        if isinstance(callee.expr, nodes.Name) and callee.expr.name == "self":
            owner = enclosing_class(callee)
            found = [one for one in found if one.parent is owner]
        elif not self._is_instance(callee.expr):
            return None
        return found[0] if len(found) == 1 else None

    def _is_instance(self, node: nodes.NodeNG) -> bool:
        """Whether an expression is what a class of this file makes, or a name bound to that."""
        if isinstance(node, nodes.Name):
            made = [one.value for one in self._names.bindings(node)]
            return bool(made) and all(
                isinstance(value, nodes.Call) and self._is_instance(value) for value in made
            )
        if not isinstance(node, nodes.Call) or not isinstance(node.func, nodes.Name):
            return False
        bindings = self._names.bindings(node.func)
        return any(isinstance(one.node, nodes.ClassDef) for one in bindings)

    def callers(self, function: nodes.NodeNG) -> list[nodes.Call]:
        """The calls of a function in this file, in order."""
        if not isinstance(function, nodes.FunctionDef):
            return []
        if _is_constructor(function) and isinstance(function.parent, nodes.ClassDef):
            callees = self._names.uses(function.parent.name)
        elif isinstance(function.parent, nodes.ClassDef):
            callees = [
                one
                for one in self._names.by_type["Attribute"]
                if one.attrname == function.name and isinstance(one.parent, nodes.Call)
            ]
        else:
            callees = self._names.uses(function.name)
        calls = [
            one.parent
            for one in callees
            if isinstance(one.parent, nodes.Call)
            and one.parent.func is one
            and self.function(one.parent) is function
        ]
        return sorted(calls, key=lambda call: (call.lineno, call.col_offset))

    def remade(self, made: nodes.NodeNG) -> tuple[nodes.NodeNG, nodes.FunctionDef | None] | None:
        """The loop that makes a function as often as it calls it, or the same one each time.

        :param made: the definition of the function, or the call that returns it.
        :returns: the loop, and the function that makes it and that the loop calls, if one does.
        """
        around = loops_around(made)
        if around:
            loop = around[0]
            uses = [] if is_done_once(made, loop) else self.uses(made)
            if any(loops_around(use)[:1] == [loop] for use in uses):
                return loop, None
            is_within = any(loop in loops_around(use) for use in uses)
            return (loop, None) if is_within and is_invariant(made, loop) else None
        function = frame_of(made)
        if not isinstance(function, nodes.FunctionDef) or function.decorators is not None:
            return None
        if is_done_once(made, function):
            return None
        at_once = self.is_called_at_once(made)
        for call in self.callers(function):
            loops = loops_around(call)
            if not loops or is_done_once(call, loops[0]):
                continue
            if at_once or (
                self.is_returned(made)
                and any(loops_around(one)[:1] == loops[:1] for one in self.uses(call))
            ):
                return loops[0], function
        return None

    def is_called_at_once(self, made: nodes.NodeNG) -> bool:
        """Whether the function that makes a function calls it too, and once."""
        function = frame_of(made)
        return any(frame_of(one) is function and not loops_around(one) for one in self.uses(made))

    def uses(self, made: nodes.NodeNG) -> list[nodes.Call]:
        """The calls of a function: at once, or by the name that it is bound to."""
        parent = made.parent
        if isinstance(parent, nodes.Call) and parent.func is made:
            return [parent]
        return [
            use.parent
            for use in self._reads(made)
            if isinstance(use.parent, nodes.Call) and use.parent.func is use
        ]

    def is_returned(self, made: nodes.NodeNG) -> bool:
        """Whether the function around returns what is made in it."""
        if isinstance(made.parent, nodes.Return):
            return True
        return any(
            isinstance(use.parent, nodes.Return) and use.scope() is frame_of(made)
            for use in self._reads(made)
        )

    def _reads(self, made: nodes.NodeNG) -> Iterator[nodes.Name]:
        """The reads of the name that a definition or assignment binds."""
        bound = [made] if isinstance(made, nodes.FunctionDef) else []
        if isinstance(made.parent, nodes.Assign) and made.parent.value is made:
            bound = [one for one in made.parent.targets if isinstance(one, nodes.AssignName)]
        for target in bound:
            for use in self._names.uses(target.name):
                if any(one.node is target for one in self._names.bindings(use)):
                    yield use

    def loops(self, node: nodes.NodeNG, depth: int = _MAX_CALLS) -> list[nodes.NodeNG]:
        """The loops that repeat a node: around it, and around the calls of its function."""
        found = loops_around(node)
        if depth:
            for call in self.callers(frame_of(node)):
                found += [one for one in self.loops(call, depth - 1) if one not in found]
        return found


def _is_constructor(node: nodes.NodeNG) -> bool:
    return isinstance(node, nodes.FunctionDef) and node.name == "__init__"


def is_done_once(node: nodes.NodeNG, top: nodes.NodeNG) -> bool:
    """Whether a condition, or a way out after it, keeps a node from being repeated.

    ``if step == 0:``, ``if saver is None:``, ``if name not in cache:``, an earlier
    ``if self._saver is not None: return``, and a block that ends with ``break`` or ``return``.

    :param top: the loop or function up to which conditions count.
    """
    child, parent = node, node.parent
    while child is not top and parent is not None:
        for block in _blocks(parent):
            if child in block and _leaves(block, child, isinstance(top, nodes.FunctionDef)):
                return True
        if isinstance(parent, (nodes.If, nodes.IfExp)) and child is not parent.test:
            if _tests_for_first(parent.test):
                return True
        child, parent = parent, parent.parent
    return False


def _blocks(node: nodes.NodeNG) -> Iterator[list[nodes.NodeNG]]:
    for field in ("body", "orelse", "handlers", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list):
            yield block


def _leaves(block: list[nodes.NodeNG], child: nodes.NodeNG, in_function: bool) -> bool:
    place = block.index(child)
    ways_out: tuple[type, ...] = (nodes.Break, nodes.Raise)
    if not in_function:
        ways_out = (*ways_out, nodes.Return)
    if isinstance(block[-1], ways_out):
        return True
    return any(
        isinstance(one, nodes.If)
        and isinstance(one.body[-1], (nodes.Return, nodes.Continue))
        and _tests_for_made(one.test)
        for one in block[:place]
    )


def _tests_for_first(test: nodes.NodeNG) -> bool:
    """Whether a condition holds the first time alone: ``not made``, ``step == 0``, ``is None``."""
    if isinstance(test, nodes.BoolOp):
        return any(_tests_for_first(one) for one in test.values)
    if isinstance(test, nodes.UnaryOp):
        return bool(test.op == "not")
    if isinstance(test, nodes.Name):
        return "first" in test.name or "init" in test.name
    if not isinstance(test, nodes.Compare):
        return False
    operator, right = test.ops[0]
    if operator == "is":
        return isinstance(right, nodes.Const) and right.value is None
    if operator == "not in":
        return True
    is_plain = isinstance(test.left, (nodes.Name, nodes.Attribute))
    return bool(operator == "==" and is_plain and isinstance(right, nodes.Const))


def _tests_for_made(test: nodes.NodeNG) -> bool:
    if isinstance(test, (nodes.Name, nodes.Attribute)):
        return True
    if isinstance(test, nodes.Call):
        return isinstance(test.func, nodes.Name) and test.func.name == "hasattr"
    return isinstance(test, nodes.Compare) and test.ops[0][0] in ("is not", "in")
