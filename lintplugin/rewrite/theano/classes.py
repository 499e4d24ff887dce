"""Constructors that make variables and compute with symbolic values.

A graph is built once, by the constructor. What replaces it computes at each call, so the part that
computes becomes a method, ``forward``, which takes the symbolic parameters of the constructor and
sets the attributes that it set. ``layer = Layer(rng, x, 5)`` becomes ``layer = Layer(rng, 5)``, and
``layer.forward(x)`` in the functions that need it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from astroid import nodes

from lintplugin.edits import Edit, splice
from lintplugin.rewrite import Refused, layout
from lintplugin.rewrite.slicing import bound_names, free_names
from lintplugin.rewrite.theano.reading import parameters
from lintplugin.source import Source

if TYPE_CHECKING:
    from lintplugin.rewrite.theano.graph import Graph

METHOD = "forward"


class Split:
    """A class whose constructor is taken apart.

    :param symbolic: parameters that are given symbolic values.
    :ivar renamed: names in what computes, with the attributes that stand for them.
    :raises Refused: where it cannot be taken apart.
    """

    def __init__(self, graph: Graph, node: nodes.ClassDef, symbolic: frozenset[str]) -> None:
        self.node = node
        self._graph = graph
        self._source = graph.module.source
        self.init: nodes.FunctionDef = next(
            one
            for one in node.body
            if isinstance(one, nodes.FunctionDef) and one.name == "__init__"
        )
        arguments = self.init.args
        names = [one.name for one in arguments.args]
        if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs:
            raise Refused(self.init.lineno, "a constructor with other than plain parameters")
        if METHOD in {one.name for one in node.mymethods()}:
            raise Refused(node.lineno, f"class '{node.name}' has a method '{METHOD}'")
        self._self = names[0]
        self.symbolic = [name for name in names if name in symbolic]
        self._computing = [one for one in self.init.body if one in graph.symbolic_inside]
        self._making = [
            one
            for one in self.init.body
            if one in graph.making_inside or one not in graph.symbolic_inside
        ]
        self._kept: dict[str, str] = {}
        self.renamed: dict[nodes.NodeNG, str] = {}
        for statement in self._computing:
            if statement in self._making:
                construction_of(graph, statement)

    def keep(self) -> None:
        """Find what the method reads of the constructor's own names; it is kept in attributes."""
        ours = {name for one in self._making for name in bound_names([one])}
        ours |= {one.name for one in self.init.args.args} - {self._self, *self.symbolic}
        theirs: set[str] = set()
        for statement in self._computing:
            both = statement in self._making
            if both:
                places = [value for _, value in self._given(statement)]
                target = statement.targets[0]
                if isinstance(target, nodes.AssignName):
                    self._attribute(target.name)
            else:
                places = self._parts(statement)
                theirs |= {name for one in places for name in bound_names([one])}
            for use in (name for place in places for name in free_names(place)):
                if use.name in ours and use.name in theirs:
                    raise Refused(use.lineno, f"'{use.name}' is symbolic and something else")
                if use.name in ours:
                    self.renamed[use] = f"{self._self}.{self._attribute(use.name)}"

    def _attribute(self, name: str) -> str:
        """The attribute that keeps a name of the constructor."""
        if name not in self._kept:
            self._kept[name] = next(self._set_to(name), "") or self._new_attribute(name)
        return self._kept[name]

    def _set_to(self, name: str) -> Iterator[str]:
        """Attributes that the constructor sets to a name, after its last value."""
        last = max((one.lineno for one in self._making if name in bound_names([one])), default=0)
        for one in self._making:
            if isinstance(one, nodes.Assign) and isinstance(one.value, nodes.Name):
                for target in one.targets:
                    if (
                        isinstance(target, nodes.AssignAttr)
                        and one.value.name == name
                        and one.lineno > last
                    ):
                        yield target.attrname

    def _new_attribute(self, name: str) -> str:
        used = {
            one.attrname for one in self.node.nodes_of_class((nodes.AssignAttr, nodes.Attribute))
        }
        used |= {one.name for one in self.node.mymethods()}
        return f"_{name}" if name in used else name

    def _parts(self, statement: nodes.NodeNG) -> list[nodes.NodeNG]:
        """The statements that stand for one in the method: a branch, where only one is taken."""
        taken = self._graph.taken.get(statement)
        if taken is None or len(taken) > 1 or None in taken:
            return [statement]
        tests = {name.name for name in free_names(statement.test)}
        if not tests & set(self.symbolic):
            return [statement]
        branch = statement.body if True in taken else statement.orelse
        return [part for one in branch for part in self._parts(one)]

    def _given(self, statement: nodes.Assign) -> list[tuple[str, nodes.NodeNG]]:
        """Symbolic arguments of a construction, each with the keyword that it has."""
        return symbolic_arguments(statement.value, self._graph.splits[self._class_of(statement)])

    def _class_of(self, statement: nodes.Assign) -> nodes.ClassDef:
        return self._graph.constructions[statement.value].cls.node

    # Text

    def edits(self, edits_of: Callable[[nodes.NodeNG], Sequence[Edit]], text: Text) -> list[Edit]:
        """What becomes of the constructor."""
        arguments = self.init.args
        places = []
        for argument, default in zip(
            arguments.args, list(parameters(arguments).values()), strict=True
        ):
            end = default or argument
            places.append((argument, end, argument.name in self.symbolic))
        return [*removed(self._source, places), self._body(edits_of, text)]

    def _body(self, edits_of: Callable[[nodes.NodeNG], Sequence[Edit]], text: Text) -> Edit:
        source = self._source
        body = self.init.body
        items = layout.cut(
            source,
            [(one, False) for one in body],
            layout.body_start(source, self.init),
            lambda node: False,
        )
        inner, outer = items[0].indent, layout.indentation(source, source.start(self.init))
        making: list[str] = []
        computing: list[str] = []
        for item in items:
            parts = self._parts(item.node)
            if item.node in self._making or parts == [item.node]:
                edits = edits_of(item.node)
                moved = [Edit(o.start - item.start, o.end - item.start, o.text) for o in edits]
                whole = splice(source.text[item.start : item.end], moved)
                (making if item.node in self._making else computing).append(whole)
                if item.node in self._making and item.node in self._computing:
                    computing.append(f"{inner}{self.call(item.node, text)}{source.newline}")
                continue
            lead = source.text[item.start : item.first]
            computing.append(lead[: len(lead) - len(item.indent)])
            for one in parts:
                removed = layout.indentation(source, source.start(one))
                line = layout.shift(removed + text(one), removed, inner)
                computing.append(f"{line}{source.newline}")
        attributes = [
            f"{inner}{self._self}.{attribute} = {name}{source.newline}"
            for name, attribute in self._kept.items()
            if attribute not in self._set_to(name)
        ]
        given = ", ".join([self._self, *self.symbolic])
        head = f"{outer}def {METHOD}({given}):{source.newline}"
        first = _ended("".join(making), source.newline) + "".join(attributes)
        second = _without_blank("".join(computing))
        whole = f"{first.rstrip()}{source.newline * 2}{head}{second.rstrip()}"
        end = source.text[items[0].start : items[-1].end]
        tail = end[len(end.rstrip()) :]
        return Edit(items[0].start, items[-1].end, whole + tail)

    def call(self, statement: nodes.Assign, text: Text) -> str:
        """The computation of another object, in the method."""
        target = statement.targets[0]
        if isinstance(target, nodes.AssignName):
            name = f"{self._self}.{self._attribute(target.name)}"
        else:
            name = self._source.segment(target)
        given = (f"{key}={text(one)}" if key else text(one) for key, one in self._given(statement))
        return f"{name}.{METHOD}({', '.join(given)})"


Text = Callable[[nodes.NodeNG], str]


def construction_of(graph: Graph, statement: nodes.NodeNG) -> nodes.Call:
    """The call of a class that makes the one target of a statement.

    :raises Refused: where a statement makes variables and computes in another way.
    """
    value = statement.value if isinstance(statement, nodes.Assign) else None
    if (
        value not in graph.constructions
        or len(statement.targets) != 1
        or not isinstance(statement.targets[0], (nodes.AssignName, nodes.AssignAttr))
    ):
        reason = "makes a shared variable and computes with symbolic values"
        raise Refused(statement.lineno, reason)
    return value


def symbolic_arguments(call: nodes.Call, split: Split) -> list[tuple[str, nodes.NodeNG]]:
    """Symbolic arguments of a call of a class, each with the keyword that it has."""
    names = [one.name for one in split.init.args.args][1:]
    found = [
        ("", one) for name, one in zip(names, call.args, strict=False) if name in split.symbolic
    ]
    return found + [(one.arg, one.value) for one in call.keywords if one.arg in split.symbolic]


def without_symbolic(graph: Graph, call: nodes.Call, split: Split) -> list[Edit]:
    """Edits of a call of a class that no longer takes its symbolic arguments."""
    gone = {one for _, one in symbolic_arguments(call, split)}
    places = [(one, one, one in gone) for one in call.args]
    places += [(one, one, one.value in gone) for one in call.keywords]
    return removed(graph.module.source, places)


def removed(
    source: Source, places: Sequence[tuple[nodes.NodeNG, nodes.NodeNG, bool]]
) -> list[Edit]:
    """Edits that remove some of the things between commas.

    :param places: first and last node of each, and whether it goes.
    """
    last = max((index for index, place in enumerate(places) if not place[2]), default=-1)
    found = [
        Edit(source.start(first), source.start(places[index + 1][0]), "")
        for index, (first, _, gone) in enumerate(places)
        if gone and index < last
    ]
    if last + 1 < len(places):
        start = source.end(places[last][1]) if last >= 0 else source.start(places[0][0])
        found.append(Edit(start, source.end(places[-1][1]), ""))
    return found


def _ended(text: str, newline: str) -> str:
    return text if text.endswith(("\n", "\r")) else text + newline


def _without_blank(text: str) -> str:
    """Text from its first line that is not blank."""
    lines = layout.lines_of(text)
    while lines and not lines[0].strip():
        lines.pop(0)
    return "".join(lines)


def splits_of(graph: Graph) -> Mapping[nodes.ClassDef, Split]:
    """The classes whose constructors are taken apart."""
    found: dict[nodes.ClassDef, Split] = {}
    given: dict[nodes.ClassDef, frozenset[str]] = {}
    lines: dict[nodes.ClassDef, int] = {}
    for call, construction in graph.constructions.items():
        node = construction.cls.node
        lines.setdefault(node, call.lineno)
        if given.setdefault(node, construction.symbolic) != construction.symbolic:
            raise Refused(call.lineno, "is given a symbolic value here and another one elsewhere")
    for node, symbolic in given.items():
        if node.root() is not graph.module.tree:
            other = graph.modules.programs[node.root()].splits.get(node)
            if (frozenset(other.symbolic) if other else frozenset()) != symbolic:
                raise Refused(lines[node], f"'{node.name}' is given other than in its own module")
            if other is not None:
                found[node] = other
            continue
        inits = [one for one in node.body if getattr(one, "name", "") == "__init__"]
        body = inits[0].body if inits else []
        if any(one in graph.making_inside for one in body) and any(
            one in graph.symbolic_inside for one in body
        ):
            found[node] = Split(graph, node, symbolic)
    return found
