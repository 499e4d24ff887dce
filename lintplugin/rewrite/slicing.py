"""Backward slices: which statements of a block compute a value.

A block is a sequence of statements in the order in which they run: a module body, a function body,
or one in which ``with`` statements without a meaning of their own were opened. Its values are told
apart by definitions, not by names, so that ``y = f(y)`` is two values.

A *symbolic* statement computes with values that stand for numbers to come. Compiled graphs have
them; what replaces a graph computes the same statements at each call, inside a function. Everything
else is *concrete*: it runs once, where it stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from astroid import nodes

from lintplugin.rewrite import Refused

_FUNCTIONS = (nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.Lambda)
_COMPREHENSIONS = (nodes.ListComp, nodes.SetComp, nodes.DictComp, nodes.GeneratorExp)
_DEFERRED = (nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.ClassDef)
_COMPOUND = (
    nodes.If,
    nodes.For,
    nodes.AsyncFor,
    nodes.While,
    nodes.Try,
    nodes.TryStar,
    nodes.With,
    nodes.AsyncWith,
    nodes.Match,
)
# fmt: off
_CHANGING_METHODS = frozenset({
    "add", "append", "clear", "discard", "extend", "fill", "insert", "pop", "popitem", "remove",
    "reverse", "setdefault", "sort", "update",
})
# fmt: on

#: Modules whose functions are called for what they show, and change no argument.
_SHOWING_MODULES = frozenset({"logging", "matplotlib", "warnings"})


@dataclass(frozen=True, slots=True)
class Effects:
    """Names of the block's scope that a statement uses.

    :param reads: names whose value it takes. For a function or class, those its body takes later.
    :param binds: names that certainly have a new value after it.
    :param changes: names that may have one: bound under a condition, or changed in place.
    :param rebinds: those of them that are bound under a condition.
    """

    reads: frozenset[str]
    binds: frozenset[str]
    changes: frozenset[str]
    rebinds: frozenset[str] = frozenset()


def free_names(node: nodes.NodeNG) -> Iterator[nodes.Name]:
    """Names that an expression or statement reads from the scope around it, in no order."""
    if isinstance(node, nodes.Name):
        yield node
        return
    bound: set[str] = set()
    if isinstance(node, _FUNCTIONS):
        bound = _locals(node)
    elif isinstance(node, _COMPREHENSIONS):
        bound = {name for generator in node.generators for name in assigned_names(generator.target)}
    for child in node.get_children():
        if not bound or _outside(node, child):
            yield from free_names(child)
        else:
            yield from (name for name in free_names(child) if name.name not in bound)


def _outside(node: nodes.NodeNG, child: nodes.NodeNG) -> bool:
    """Whether a child of a node with a scope is evaluated in the scope around it."""
    decorators = getattr(node, "decorators", None)
    return decorators is not None and child is decorators


def _locals(function: nodes.FunctionDef | nodes.Lambda) -> set[str]:
    arguments = function.args
    names = {argument.name for argument in arguments.arguments}
    names.update(filter(None, (arguments.vararg, arguments.kwarg)))
    if isinstance(function, nodes.FunctionDef):
        names.update(bound_names(function.body))
        for statement in _walk(function.body):
            if isinstance(statement, (nodes.Global, nodes.Nonlocal)):
                names.difference_update(statement.names)
    return names


def _walk(statements: Iterable[nodes.NodeNG]) -> Iterator[nodes.NodeNG]:
    """Nodes of some statements, without the bodies of the functions and classes among them."""
    pending = list(statements)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (*_FUNCTIONS, nodes.ClassDef)):
            pending.extend(node.get_children())


def assigned_names(node: nodes.NodeNG) -> Iterator[str]:
    """Names bound by an assignment target, or by all the targets in a node."""
    for child in _walk([node]):
        if isinstance(child, nodes.AssignName):
            yield child.name


def bound_names(statements: Iterable[nodes.NodeNG]) -> set[str]:
    """Names that statements bind in their own scope."""
    names: set[str] = set()
    for node in _walk(statements):
        if isinstance(node, (nodes.AssignName, nodes.DelName, *_DEFERRED)):
            if not _in_comprehension(node):
                names.add(node.name)
        elif isinstance(node, (nodes.Import, nodes.ImportFrom)):
            names.update(alias or name.partition(".")[0] for name, alias in node.names)
    return names


def _in_comprehension(node: nodes.NodeNG) -> bool:
    parent = node.parent
    while isinstance(parent, (nodes.Tuple, nodes.List, nodes.Starred)):
        parent = parent.parent
    return isinstance(parent, nodes.Comprehension)


def effects(statement: nodes.NodeNG) -> Effects:
    """What one statement does to the names of its scope."""
    reads = {name.name for name in free_names(statement)}
    binds = bound_names([statement])
    rebinds: set[str] = set()
    changes = set(_changed_in_place(statement))
    if isinstance(statement, _DEFERRED):
        rebinds = {name for node in statement.nodes_of_class(nodes.Global) for name in node.names}
        changes = changed_from_within(statement)
    elif isinstance(statement, _COMPOUND):
        reads = _exposed([statement], set())
        binds, rebinds = set(), binds
    elif isinstance(statement, nodes.AugAssign):
        reads.update(assigned_names(statement.target))
    return Effects(
        frozenset(reads), frozenset(binds), frozenset(changes | rebinds), frozenset(rebinds)
    )


def _exposed(statements: Sequence[nodes.NodeNG], bound: set[str]) -> set[str]:
    """Names that statements read and have not bound themselves before.

    :param bound: names bound so far; those that the statements certainly bind are added.
    """
    reads: set[str] = set()
    for statement in statements:
        if not isinstance(statement, _COMPOUND):
            one = effects(statement)
            reads |= one.reads - bound
            bound |= one.binds
            continue
        suites = []
        inside = set(bound)
        for child in statement.get_children():
            if isinstance(child, (nodes.ExceptHandler, nodes.MatchCase)):
                suites.append([child])
            elif child.is_statement:
                continue
            else:
                reads |= {name.name for name in free_names(child)} - inside
                inside |= bound_names([child])
        suites += [
            getattr(statement, name)
            for name in ("body", "orelse", "finalbody")
            if getattr(statement, name, None)
        ]
        for suite in suites:
            reads |= _exposed(_unwrapped(suite), set(inside))
        if isinstance(statement, (nodes.With, nodes.AsyncWith)):
            bound |= bound_names(statement.body)
    return reads


def _unwrapped(suite: Sequence[nodes.NodeNG]) -> list[nodes.NodeNG]:
    """The statements of a suite, a handler or case opened."""
    return [
        inner
        for one in suite
        for inner in (
            [*(child for child in (one.type,) if child is not None), *one.body]
            if isinstance(one, nodes.ExceptHandler)
            else one.body
            if isinstance(one, nodes.MatchCase)
            else [one]
        )
    ]


def changed_from_within(definition: nodes.FunctionDef | nodes.ClassDef) -> set[str]:
    """Names of the scope around a function or class that its body binds or changes in place."""
    changed = {name for node in definition.nodes_of_class(nodes.Global) for name in node.names}
    inner = _locals(definition) if isinstance(definition, nodes.FunctionDef) else set()
    return changed | (set(_changed_in_place(*definition.body)) - inner)


def _changed_in_place(*statements: nodes.NodeNG) -> Iterator[str]:
    """Names of objects that statements may change without binding them.

    Assignment to an item or attribute, a method known to change its object, and a call whose result
    nobody takes: ``shuffle(rows)``. Other calls are trusted to change nothing.
    """
    for node in _walk(statements):
        if isinstance(node, (nodes.AssignAttr, nodes.DelAttr)):
            yield from _root(node.expr)
        elif isinstance(node, nodes.Subscript) and _is_target(node):
            yield from _root(node.value)
        elif isinstance(node, nodes.Call):
            ignored = isinstance(node.parent, nodes.Expr)
            if isinstance(node.func, nodes.Attribute) and (
                ignored or node.func.attrname in _CHANGING_METHODS
            ):
                yield from _root(node.func)
            if ignored and not _only_shows(node):
                for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                    yield from _root(argument)


def _only_shows(call: nodes.Call) -> bool:
    """Whether a call shows or reports its arguments: a print, a plot, a warning."""
    node = call.func
    while isinstance(node, nodes.Attribute):
        node = node.expr
    if not isinstance(node, nodes.Name):
        return False
    bindings = _bindings(node)
    modules = {
        one.real_name(node.name).partition(".")[0]
        for one in bindings
        if isinstance(one, nodes.Import)
    }
    return node.name == "print" or (bool(modules) and modules <= _SHOWING_MODULES)


def _is_target(node: nodes.NodeNG) -> bool:
    parent = node.parent
    while isinstance(parent, (nodes.Tuple, nodes.List, nodes.Starred)):
        node, parent = parent, parent.parent
    if isinstance(parent, nodes.Assign):
        return node in parent.targets
    if isinstance(parent, (nodes.AugAssign, nodes.AnnAssign, nodes.For)):
        return node is parent.target
    return isinstance(parent, nodes.Delete)


def _root(node: nodes.NodeNG) -> Iterator[str]:
    while isinstance(node, (nodes.Attribute, nodes.Subscript)):
        node = node.expr if isinstance(node, nodes.Attribute) else node.value
    if isinstance(node, nodes.Name) and not _is_module(node):
        yield node.name


def _bindings(name: nodes.Name) -> list[nodes.NodeNG]:
    """What binds a name in the innermost scope that binds it, anywhere in that scope."""
    scope = name.scope()
    while name.name not in scope.locals and scope.parent is not None:
        scope = scope.parent.scope()
    return list(scope.locals.get(name.name, ()))


def _is_module(name: nodes.Name) -> bool:
    """Whether a name was bound by ``import``: what a call does to a module changes no value."""
    bindings = _bindings(name)
    return bool(bindings) and all(isinstance(one, nodes.Import) for one in bindings)


def dotted_name(node: nodes.NodeNG) -> str:
    """``self.x`` for an attribute of a name, empty for any other."""
    return f"{node.expr.name}.{node.attrname}" if isinstance(node.expr, nodes.Name) else ""


def _is_owner(name: nodes.Name) -> bool:
    parent = name.parent
    return isinstance(parent, (nodes.Attribute, nodes.AssignAttr)) and parent.expr is name


class Block:
    """Definitions and uses among statements that run one after the other.

    :param statements: in the order in which they run, all of one scope.
    :param owner: the name of an object whose attributes count as names, such as ``self.x``.
    """

    def __init__(self, statements: Sequence[nodes.NodeNG], owner: str = "") -> None:
        self.statements = tuple(statements)
        self._index = {statement: index for index, statement in enumerate(self.statements)}
        self._effects = [effects(statement) for statement in self.statements]
        if owner:
            self._tell_apart(owner)
        self._share_changes()

    def _tell_apart(self, owner: str) -> None:
        """Take the attributes of an object for names of their own."""
        bound = {
            dotted_name(target)
            for statement in self.statements
            for target in statement.nodes_of_class(nodes.AssignAttr)
        }
        bound = {name for name in bound if name.startswith(f"{owner}.")}
        for index, (statement, effect) in enumerate(
            zip(self.statements, self._effects, strict=True)
        ):
            if owner not in effect.reads | effect.changes:
                continue
            simple = isinstance(statement, nodes.Assign)
            uses = [
                one
                for one in free_names(statement)
                if one.name == owner and not (simple and isinstance(one.parent, nodes.AssignAttr))
            ]
            read = {dotted_name(use.parent) if _is_owner(use) else owner for use in uses}
            if not read <= bound:
                read |= bound  # A method, or the object itself: either may read any of them.
            targets = {
                dotted_name(target)
                for target in statement.nodes_of_class(nodes.AssignAttr)
                if dotted_name(target) in bound
            }
            changed = effect.changes - {owner}
            if owner in effect.changes and not (simple and targets):
                changed |= targets | (read & bound)
            self._effects[index] = replace(
                effect,
                reads=(effect.reads - {owner}) | read,
                binds=effect.binds | (targets if simple else set()),
                changes=changed,
            )

    def _share_changes(self) -> None:
        """``b = a`` gives one object two names: what changes the one changes the other."""
        same: dict[str, set[str]] = defaultdict(set)
        for statement in self.statements:
            if isinstance(statement, nodes.Assign) and isinstance(statement.value, nodes.Name):
                names = {statement.value.name}
                for target in statement.targets:
                    if isinstance(target, nodes.AssignName):
                        names.add(target.name)
                names = names.union(*(same[name] for name in names))
                for name in names:
                    same[name] = names
        for index, (statement, effect) in enumerate(
            zip(self.statements, self._effects, strict=True)
        ):
            changed = set(effect.changes)
            if isinstance(statement, nodes.AugAssign):
                changed |= effect.binds  # In place for a list, a new value for a tensor.
            shared = {other for name in changed for other in same.get(name, ())} - effect.binds
            if shared:
                self._effects[index] = replace(effect, changes=effect.changes | shared)

    def __contains__(self, statement: object) -> bool:
        return statement in self._index

    @property
    def names(self) -> set[str]:
        """Names that the statements read or bind."""
        return {name for one in self._effects for name in (*one.reads, *one.binds, *one.changes)}

    def effects(self, statement: nodes.NodeNG) -> Effects:
        return self._effects[self._index[statement]]

    def adjust(
        self, statement: nodes.NodeNG, reads: Iterable[str] | None, changes: Iterable[str]
    ) -> None:
        """State what a statement does that its text does not show.

        :param reads: the names that it reads, None for those of its text.
        :param changes: names of further objects that it changes in place.
        """
        index = self._index[statement]
        effect = self._effects[index]
        self._effects[index] = replace(
            effect,
            reads=effect.reads if reads is None else frozenset(reads),
            changes=effect.changes | frozenset(changes),
        )

    def position(self, statement: nodes.NodeNG) -> int:
        """Index of a statement of the block."""
        return self._index[statement]

    def statement_of(self, node: nodes.NodeNG) -> nodes.NodeNG | None:
        """The statement of this block that a node lies in."""
        current: nodes.NodeNG | None = node
        while current is not None and current not in self._index:
            current = current.parent
        return current

    def definitions(self, name: str, at: nodes.NodeNG) -> list[nodes.NodeNG]:
        """Statements that may give a name the value that it has when ``at`` begins, in order.

        A function or class reads its names when it runs, so for one of those it is every
        statement that gives the name a value.
        """
        if isinstance(at, _DEFERRED):
            return [
                statement
                for statement, effect in zip(self.statements, self._effects, strict=True)
                if statement is not at and name in effect.binds | effect.changes
            ]
        found: list[nodes.NodeNG] = []
        for index in range(self._index[at] - 1, -1, -1):
            effect = self._effects[index]
            if name in effect.binds or name in effect.changes:
                found.append(self.statements[index])
                if name in effect.binds and name not in effect.changes:
                    # An augmented assignment reads the value before it, and so does a slice.
                    break
        return found[::-1]

    def changed_after(
        self, name: str, at: nodes.NodeNG, in_place: bool = True
    ) -> nodes.NodeNG | None:
        """The first later statement that gives a name another value, or may do so.

        A concrete value read by a graph was taken when the graph was built. A function that reads
        it at each call gets the same value only when this is None. A function that changes a name
        of the block may run at any time, so it counts wherever it stands.

        :param in_place: whether a change of the object itself counts.
        """
        for index, (statement, effect) in enumerate(
            zip(self.statements, self._effects, strict=True)
        ):
            later = index > self._index[at]
            changes = effect.changes if in_place else effect.rebinds
            if later and name in effect.binds:
                return statement
            if name in changes and (later or isinstance(statement, _DEFERRED)):
                return statement
        return None

    def symbolic(
        self,
        creates: Callable[[nodes.NodeNG], bool],
        kept: Collection[nodes.NodeNG] = (),
        entry: Collection[str] = (),
    ) -> set[nodes.NodeNG]:
        """Statements that compute with symbolic values.

        :param creates: whether a statement makes a symbolic value by itself, such as an input.
        :param kept: statements whose objects live on where they stand, such as variables: not
            symbolic themselves, but what reads them is.
        :param entry: names that are symbolic when the block begins, such as parameters.
        """
        found: set[nodes.NodeNG] = set()
        for statement in self.statements:
            if statement in kept:
                continue
            if creates(statement):
                found.add(statement)
                continue
            if isinstance(statement, _DEFERRED):
                continue
            for name in self.effects(statement).reads:
                reaching = self.definitions(name, statement)
                if any(one in found or one in kept for one in reaching) or (
                    name in entry and not any(name in self.effects(one).binds for one in reaching)
                ):
                    found.add(statement)
                    break
        return found

    def slice(
        self,
        names: Iterable[str],
        at: nodes.NodeNG,
        symbolic: Collection[nodes.NodeNG],
        given: Collection[nodes.NodeNG] = (),
        kept: Collection[nodes.NodeNG] = (),
        whole: bool = False,
    ) -> list[nodes.NodeNG]:
        """The symbolic statements that the values of names need, in the order of the block.

        :param names: names wanted, with the values they have when ``at`` begins.
        :param at: the statement that asks for them, itself no part of the answer.
        :param given: statements whose values come from elsewhere, such as the parameters of the
            function that the slice becomes the body of: no part of the answer.
        :param kept: statements whose objects live on and may change, such as variables.
        :param whole: whether a statement of control flow may be part of the answer as a whole.
        :raises Refused: at a statement of control flow that the slice would need, and where a
            concrete value that the slice reads is changed later.
        """
        needed: set[nodes.NodeNG] = set()
        # The third is the statement at which a graph was built: a function reads its names there.
        # Sorted, since sets have another order in each process, and which refusal is met first
        # depends on it.
        pending = [(name, at, at) for name in sorted(names)]
        asked = set(pending)
        while pending:
            name, reader, built = pending.pop()
            for statement in self.definitions(name, reader):
                deferred = isinstance(statement, _DEFERRED)
                if statement in symbolic or statement in given:
                    if isinstance(reader, _DEFERRED) and reader not in symbolic:
                        raise Refused(
                            reader.lineno,
                            f"'{reader.name}' reads '{name}', which is symbolic, from around it",
                        )
                    if statement in given:
                        continue
                    if isinstance(statement, _COMPOUND) and not whole:
                        raise Refused(
                            statement.lineno,
                            f"'{name}' is symbolic and takes its value under control flow",
                        )
                    needed.add(statement)
                else:
                    self._require_constant(name, built, statement not in kept)
                    if not deferred:
                        continue
                for read in sorted(self.effects(statement).reads):
                    ask = (read, statement, built if deferred else statement)
                    if ask not in asked:
                        asked.add(ask)
                        pending.append(ask)
        return sorted(needed, key=self.position)

    def _require_constant(self, name: str, built: nodes.NodeNG, in_place: bool) -> None:
        later = self.changed_after(name, built, in_place)
        if later is not None:
            raise Refused(
                built.lineno,
                f"the graph takes the value of '{name}' here, and line {later.lineno} changes it",
            )
