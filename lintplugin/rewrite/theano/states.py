"""Variables that a function of the program makes while it computes: the state of an optimiser.

``RMSprop(cost, params)`` makes an accumulator for each parameter and returns updates. A graph is
built once, so each is made once. What replaces the graph runs at each call, so the variables are
made by a function of their own, ``RMSprop_state(params)``, which is called where the graph was
built, and ``RMSprop`` is given them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from keyword import iskeyword

from astroid import nodes

from lintplugin.edits import Edit
from lintplugin.rewrite import Refused, layout
from lintplugin.rewrite.slicing import assigned_names, free_names
from lintplugin.rewrite.theano.objects import is_method
from lintplugin.source import Source


@dataclass
class _Made:
    """A variable, or a list of them, that a function makes.

    :param statement: the assignment, in the body of the function or of a loop there.
    :param name: that it is assigned to.
    :param loop: the loop around it.
    :param listed: the name of all that are made.
    """

    statement: nodes.Assign
    name: str
    loop: nodes.For | None
    listed: str


class State:
    """The variables that one function makes.

    :param makings: expressions in its body that make one.
    :ivar makings: the same.
    :ivar is_method: whether the function is given the object that it is called of.
    :ivar name: of its new parameter.
    :ivar maker: name of the function that makes them.
    :ivar parameters: of the function, those that they are made from, in order.
    :raises Refused: where they cannot be made apart from the rest.
    """

    def __init__(self, definition: nodes.FunctionDef, makings: Iterable[nodes.NodeNG]) -> None:
        self.definition = definition
        self.is_method = is_method(definition)
        self._taken = {
            name.name for name in definition.nodes_of_class((nodes.Name, nodes.AssignName))
        }
        self._local: dict[str, list[nodes.NodeNG]] = {}
        for target in definition.nodes_of_class(nodes.AssignName):
            if target.scope() is definition and not isinstance(target.parent, nodes.Arguments):
                self._local.setdefault(target.name, []).append(target.statement())
        self.makings = frozenset(makings)
        found = {one.statement(): one for one in self.makings}
        self._made = [
            self._variable(found[one]) for one in sorted(found, key=lambda one: one.lineno)
        ]
        #: Statements that compute what the variables are made from.
        self._before: set[nodes.NodeNG] = set()
        read: set[str] = set()
        for one in self._made:
            read |= self._require(one.statement.value, one.loop)
        self.parameters = [
            one.name
            for index, one in enumerate(definition.args.args)
            if one.name in read or (self.is_method and not index)
        ]
        self.maker = f"{definition.name.strip('_')}_state"
        self.name = self._made[0].listed if len(self._made) == 1 else self._fresh("state")

    def _fresh(self, wish: str) -> str:
        names = (wish, *(f"{wish}_{number}" for number in range(2, 100)))
        name = next(one for one in names if one not in self._taken and not iskeyword(one))
        self._taken.add(name)
        return name

    def _variable(self, making: nodes.NodeNG) -> _Made:
        statement = making.statement()
        loop = statement.parent if isinstance(statement.parent, nodes.For) else None
        value = statement.value if isinstance(statement, nodes.Assign) else None
        item = value.elt if isinstance(value, nodes.ListComp) and loop is None else value
        arguments = self.definition.args
        line = making.lineno
        if (
            (loop or statement).parent is not self.definition
            or item is not making
            or len(statement.targets) != 1
            or not isinstance(statement.targets[0], nodes.AssignName)
            or (loop is not None and loop.orelse)
            or arguments.vararg
            or arguments.posonlyargs
            or (isinstance(self.definition.parent, nodes.ClassDef) and not self.is_method)
        ):
            raise Refused(line, "makes a shared variable where a graph is computed")
        name: str = statement.targets[0].name
        if len(self._local[name]) > 1:
            raise Refused(line, f"'{name}' is a shared variable and something else")
        listed = name if loop is None else self._fresh(_plural(name))
        return _Made(statement, name, loop, listed)

    def _require(self, node: nodes.NodeNG, loop: nodes.For | None) -> set[str]:
        """Note the statements that an expression needs; names that come from elsewhere.

        :param loop: the loop that it stands in.
        """
        found: set[str] = set()
        for name in {one.name for one in free_names(node)}:
            made = self._local.get(name, [])
            if not made:
                found.add(name)
            elif loop is not None and made == [loop]:
                for target, sequence in _turns(loop):
                    if name in assigned_names(target):
                        found |= self._require(sequence, None)
            elif (
                len(made) > 1
                or not isinstance(made[0], nodes.Assign)
                or made[0].parent not in (self.definition, loop)
                or any(made[0] is one.statement for one in self._made)
            ):
                raise Refused(node.lineno, f"a shared variable is made from '{name}' here")
            elif made[0] not in self._before:
                self._before.add(made[0])
                inside = loop if made[0].parent is loop else None
                found |= self._require(made[0].value, inside)
        return found

    def covers(self, statement: nodes.NodeNG) -> bool:
        """Whether a statement of the function is run once, by the function that makes."""
        return statement in self._before or any(one.statement is statement for one in self._made)

    # The function that makes them

    def maker_text(self, source: Source, text: Callable[[nodes.NodeNG], str], drawn: bool) -> str:
        """Its definition, without indentation and with plain line ends.

        :param text: of a statement or expression for the target.
        :param drawn: whether random numbers are drawn, whose order must stay.
        """
        arguments = self.definition.args
        defaults = [*[None] * len(arguments.args), *(arguments.defaults or [])]
        defaults = defaults[-len(arguments.args) :]
        stated = ", ".join(
            one.name if default is None else f"{one.name}={text(default)}"
            for one, default in zip(arguments.args, defaults, strict=True)
            if one.name in self.parameters
        )
        lines = list(self._lines(text, drawn))
        single = self._made[0]
        start = f"{single.listed} = "
        if len(self._made) == 1 and lines[-1].startswith(start):
            lines[-1] = f"return {lines[-1].removeprefix(start)}"
        else:
            lines.append(f"return {', '.join(one.listed for one in self._made)}")
        unit = layout.unit(source)
        body = "\n".join(layout.shift(line, "", unit) for line in lines)
        return f"def {self.maker}({stated}):\n{body}".replace(source.newline, "\n")

    def _lines(self, text: Callable[[nodes.NodeNG], str], drawn: bool) -> Iterator[str]:
        for statement in self.definition.body:
            if self.covers(statement):
                yield text(statement)
            elif isinstance(statement, nodes.For):
                inside = [one for one in statement.body if self.covers(one)]
                if inside:
                    yield from self._loop(statement, inside, text, drawn)

    def _loop(
        self,
        loop: nodes.For,
        inside: Sequence[nodes.NodeNG],
        text: Callable[[nodes.NodeNG], str],
        drawn: bool,
    ) -> Iterator[str]:
        made = {one.statement: one for one in self._made if one.loop is loop}
        header = self._header(loop, inside, text)
        if len(made) == len(inside) and (len(made) == 1 or not drawn):
            for one in made.values():
                yield f"{one.listed} = [{text(one.statement.value)} {header}]"
            return
        yield from (f"{one.listed} = []" for one in made.values())
        yield f"{header}:"
        for statement in inside:
            line = text(statement)
            if statement in made:
                line = f"{made[statement].listed}.append({text(statement.value)})"
            yield layout.shift(line, "", "    ")

    def _header(
        self, loop: nodes.For, inside: Sequence[nodes.NodeNG], text: Callable[[nodes.NodeNG], str]
    ) -> str:
        """The loop over those of its sequences that are needed."""
        read = {name.name for one in inside for name in free_names(one)}
        turns = _turns(loop)
        kept = [turn for turn in turns if read & set(assigned_names(turn[0]))]
        if not kept and len(turns) > 1:
            raise Refused(loop.lineno, "a shared variable made in a loop, of nothing in it")
        pairs = [(text(target), text(sequence)) for target, sequence in kept or turns]
        if len(pairs) == 1:
            return f"for {pairs[0][0]} in {pairs[0][1]}"
        targets, sequences = (", ".join(one) for one in zip(*pairs, strict=True))
        return f"for {targets} in zip({sequences})"

    # What is left of the function

    def edits(self, source: Source, text: Callable[[nodes.NodeNG], str]) -> list[Edit]:
        """Edits of the body: the variables come from the new parameter."""
        read = {
            name.name
            for name in self.definition.nodes_of_class(nodes.Name)
            if not self.covers(name.statement())
        }
        gone = [one.statement for one in self._made]
        gone += [one for one in self._before if read.isdisjoint(assigned_names(one))]
        found = [layout.removal(source, one) for one in gone]
        for loop in dict.fromkeys(one.loop for one in self._made if one.loop is not None):
            found.append(self._with_variables(source, loop, text))
        if len(self._made) > 1:
            names = ", ".join(one.listed for one in self._made)
            first = source.line_start(self.definition.body[0].lineno)
            indent = layout.indentation(source, source.start(self.definition.body[0]))
            line = f"{indent}{names} = {self.name}{source.newline}"
            found.append(Edit(first, first, line))
        return found

    def _with_variables(
        self, source: Source, loop: nodes.For, text: Callable[[nodes.NodeNG], str]
    ) -> Edit:
        """The header of a loop that goes through the variables, too."""
        made = [one for one in self._made if one.loop is loop]
        turns = [(text(target), text(sequence)) for target, sequence in _turns(loop)]
        if len(turns) == 1 and isinstance(loop.target, nodes.Tuple):
            inner = turns[0][0].removeprefix("(").removesuffix(")")
            turns = [(f"({inner})", turns[0][1])]
        turns += [(one.name, one.listed) for one in made]
        targets, sequences = (", ".join(one) for one in zip(*turns, strict=True))
        return Edit(
            source.start(loop.target), source.end(loop.iter), f"{targets} in zip({sequences})"
        )


def _turns(loop: nodes.For) -> list[tuple[nodes.NodeNG, nodes.NodeNG]]:
    """What a loop gives names to, with what it goes through: for ``zip`` each part."""
    target, sequence = loop.target, loop.iter
    if (
        isinstance(sequence, nodes.Call)
        and isinstance(sequence.func, nodes.Name)
        and sequence.func.name == "zip"
        and isinstance(target, (nodes.Tuple, nodes.List))
        and len(target.elts) == len(sequence.args)
        and not sequence.keywords
    ):
        return list(zip(target.elts, sequence.args, strict=True))
    return [(target, sequence)]


def _plural(name: str) -> str:
    if name.endswith("y") and not name.endswith(("ay", "ey", "oy")):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x")) else f"{name}s"
