"""The function that takes the place of a call of ``theano.function``."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from astroid import nodes

from lintplugin.rewrite import Refused, layout
from lintplugin.rewrite.arrays import Number
from lintplugin.rewrite.expressions import atom
from lintplugin.rewrite.slicing import Block, dotted_name, free_names
from lintplugin.rewrite.theano.graph import Graph, keeps_shape
from lintplugin.rewrite.theano.plans import Gradient
from lintplugin.rewrite.theano.types import Leaf, Tensor
from lintplugin.rewrite.theano.values import (
    NOTHING,
    Bound,
    Class,
    Compiled,
    Function,
    Items,
    Nothing,
    Object,
    Pair,
    Pairs,
    Value,
    is_shared,
    leaves,
)
from lintplugin.rewrite.theano.writing import TheanoWriter


@dataclass(eq=False)
class Slice:
    """What one compiled function needs.

    :param slicer: what found it.
    :param statements: of the graph, in the order in which they run.
    :param gradients: the calls of ``T.grad`` that it evaluates, in order, with repetition.
    :param updates: with their expressions, unless ``held``.
    :param held: whether the updates lie in a list or dictionary that the statements make.
    :param stated: the statement that writes the updates out, when the call does not.
    """

    compiled: Compiled
    slicer: Slicer
    statements: list[nodes.NodeNG]
    gradients: list[nodes.Call]
    updates: list[Pair]
    held: bool = False
    stated: nodes.NodeNG | None = None

    @property
    def places(self) -> list[nodes.NodeNG]:
        """Statements whose expressions go into the function."""
        stated = [self.stated] if self.stated is not None else []
        return [*self.statements, *stated, self.compiled.statement]


class Slicer:
    """Finds what the compiled functions of a block need.

    :param block: the statements of the block and those that ran before it.
    :param symbolic: those that compute with symbolic values.
    """

    def __init__(self, graph: Graph, block: Block, symbolic: Collection[nodes.NodeNG]) -> None:
        self.graph = graph
        self.block = block
        self.symbolic = symbolic
        self.inputs = {one for one in symbolic if graph.facts[one].inputs}
        self.kept = {one for one in block.statements if graph.facts[one].shared}

    def slice(self, compiled: Compiled) -> Slice:
        """The slice of one function.

        :raises Refused: where it needs what is no input, or a name means two things.
        """
        updates, stated = self._updates(compiled)
        held = any(pair.value_node is None for pair in updates)
        wanted = [node for name in ("outputs",) if (node := compiled.arguments.get(name))]
        if held:
            wanted.append(compiled.arguments["updates"])
        else:
            wanted += [one for pair in updates for one in (pair.key_node, pair.value_node) if one]
        for pair in compiled.givens:
            if pair.value_node is None:
                raise Refused(compiled.call.lineno, "givens that are not written out")
            wanted.append(pair.value_node)
        names = names_in(*wanted)
        statements = self.needed(names, compiled.statement, self.symbolic)
        self._require_inputs(compiled, names, statements)
        self._require_draws(compiled, statements)
        places = [*statements, *([stated] if stated is not None else []), compiled.statement]
        gradients = [call for place in places for call in self.graph.facts[place].gradients]
        return Slice(compiled, self, statements, gradients, updates, held, stated)

    def _require_draws(self, compiled: Compiled, statements: Sequence[nodes.NodeNG]) -> None:
        """A function that does not move its random streams on draws the same numbers again."""
        stays = compiled.arguments.get("no_default_updates")
        if stays is None or (isinstance(stays, nodes.Const) and not stays.value):
            return
        if any(self.graph.facts[one].streamed for one in (*statements, compiled.statement)):
            raise Refused(stays.lineno, "random numbers with 'no_default_updates'")

    def needed(
        self, names: Iterable[str], at: nodes.NodeNG, among: Collection[nodes.NodeNG]
    ) -> list[nodes.NodeNG]:
        """The statements among some that the values of names need."""
        return self.block.slice(names, at, among, self.inputs, self.kept, whole=True)

    def _updates(self, compiled: Compiled) -> tuple[list[Pair], nodes.NodeNG | None]:
        """The updates, and the statement with the display that writes them out for the call."""
        updates = compiled.updates
        if all(pair.value_node is not None for pair in updates):
            return updates, None
        node = compiled.arguments["updates"]
        at = compiled.statement
        made = self.block.definitions(node.name, at) if isinstance(node, nodes.Name) else []
        loops = [loop for loop, names in self.graph.carried.items() if names]
        if any(one.parent_of(loop) for one in made for loop in loops):
            raise Refused(compiled.call.lineno, "updates of a loop under control flow")
        if len(made) != 1 or not isinstance(made[0], nodes.Assign):
            return updates, None
        carried = self.graph.carried.get(made[0], ())
        if carried:
            return [
                replace(pair, key_node=key, value_node=node, name=name)
                for pair, (key, name) in zip(updates, carried, strict=True)
            ], None
        targets, display = made[0].targets, made[0].value
        places = self.graph.pair_nodes(display)
        if (
            places is None
            or len(places) != len(updates)
            or len(targets) != 1
            or not isinstance(targets[0], nodes.AssignName)
            or any(
                self.block.definitions(name, made[0]) != self.block.definitions(name, at)
                for name in names_in(display)
            )
        ):
            return updates, None
        pairs = zip(updates, places, strict=True)
        return [Pair(pair.key, pair.value, *place) for pair, place in pairs], made[0]

    def _require_inputs(
        self, compiled: Compiled, names: Iterable[str], statements: Sequence[nodes.NodeNG]
    ) -> None:
        """Every symbolic input that is read is given, and every name means one thing."""
        given = {place_of(leaf): leaf for leaf, _ in compiled.inputs}
        given.update((place_of(leaf), leaf) for leaf, _ in givens(compiled))
        local = set(given).union(*(self.block.effects(one).binds for one in statements))
        readers = [(one, self.block.effects(one).reads) for one in statements]
        for reader, read in [*readers, (compiled.statement, frozenset(names))]:
            for name in sorted(read):
                made = self.block.definitions(name, reader)
                if any(one in self.inputs for one in made):
                    if name not in given or [given[name].statement] != made:
                        raise Refused(
                            compiled.call.lineno, f"'{compiled.name}' needs '{name}' as an input"
                        )
                elif name in local and not any(one in statements for one in made):
                    raise Refused(
                        reader.lineno, f"'{name}' is a fixed value here, a symbolic one elsewhere"
                    )


def names_in(*places: nodes.NodeNG) -> set[str]:
    """Names that expressions read, and attributes of these."""
    found: set[str] = set()
    for node in places:
        for name in free_names(node):
            found.add(name.name)
            if isinstance(name.parent, nodes.Attribute):
                found.add(dotted_name(name.parent))
    return found


def place_of(leaf: Leaf) -> str:
    """Where the program keeps an input: its name, or an attribute of an object."""
    target = leaf.statement.targets[0] if isinstance(leaf.statement, nodes.Assign) else None
    return dotted_name(target) if isinstance(target, nodes.AssignAttr) else leaf.name


def givens(compiled: Compiled) -> list[tuple[Leaf, nodes.NodeNG]]:
    """Inputs that a function computes itself, each with its expression."""
    return [
        (pair.key.leaf, pair.value_node)
        for pair in compiled.givens
        if isinstance(pair.key, Tensor) and pair.key.leaf is not None and pair.value_node
    ]


class FunctionText:
    """Writes one function.

    :param page: the text of the block it stands in.
    :param items: the text of every statement that may go into it.
    """

    def __init__(
        self,
        found: Slice,
        graph: Graph,
        writer: TheanoWriter,
        page: layout.Page,
        items: Mapping[nodes.NodeNG, layout.Item],
    ) -> None:
        self.slice = found
        self.compiled = found.compiled
        self.block = found.slicer.block
        self.graph = graph
        self.writer = writer
        self.page = page
        self.items = items
        self.source = graph.module.source
        self.unit = layout.unit(self.source)
        self.torch = writer.target == "torch"
        self.lines: list[str] = []
        #: The text of each statement in the function, by its line in the legacy file.
        self.written: dict[int, str] = {}
        self._depth = 1
        self._fresh_suite = True
        self._comments = self._inner_comments()
        effects = [self.block.effects(one) for one in (*found.statements, self.compiled.statement)]
        self._taken = {leaf.name for leaf, _ in self.compiled.inputs}.union(
            graph.given_states.values(),
            *(one.reads | one.binds for one in effects),
            *(
                names
                for loop, names in graph.loop_names.items()
                if any(one is loop or one.parent_of(loop) for one in found.statements)
            ),
        )
        #: Variables that a gradient is taken for in this function.
        self._sources = {leaf for one in found.gradients for leaf in graph.sources[one]}

    def write(self) -> str:
        """The text of the function, without indentation and with plain line ends."""
        with self.writer.function(self.slice.gradients, self._is_outside):
            self._write()
        return "\n".join(self.lines)

    def _write(self) -> None:
        item = self.items[self.compiled.statement]
        parameters = ", ".join(
            leaf.name if default is None else f"{leaf.name}={self.writer.text(default)}"
            for leaf, default in self.compiled.inputs
        )
        self.lines.extend(self.page.comments_of(item))
        self.lines.append(f"def {self.compiled.name}({parameters}):{self.page.trailing(item)}")
        self._write_inputs()
        if self.slice.gradients and not self.torch:
            self._write_taped()
        else:
            for statement in self.slice.statements:
                self._write_statement(statement)
        returned = self._returned()
        if self.slice.updates and not self._can_wait():
            name = self.fresh("results" if returned.startswith("[") else "result")
            self._add_comments("outputs")
            self._add(f"{name} = {returned}")
            returned = name
        self._write_updates()
        self._add_comments("outputs")
        self._add(f"return {returned}")

    def _is_outside(self, call: nodes.Call) -> bool:
        """Whether a call stands in a function that the slice calls."""
        return not any(place.parent_of(call) for place in self.slice.places)

    def fresh(self, *wishes: str) -> str:
        """A name that the function does not use yet."""
        names = itertools.chain(wishes, (f"{wishes[0]}_{number}" for number in itertools.count(2)))
        name = next(name for name in names if name not in self._taken)
        self._taken.add(name)
        return name

    # Lines and comments

    def _add(self, text: str) -> None:
        indent = self.unit * self._depth
        text = text.replace(self.source.newline, "\n")
        self.lines.extend(layout.shift(text, "", indent).split("\n"))
        self._fresh_suite = False

    def _add_with_comments(self, statement: nodes.NodeNG, text: str) -> None:
        """Text that takes the place of a statement, with its comments and the space before it."""
        self.written[statement.lineno] = text
        self._add_comments_of(statement, text)
        self._add(text + self._trailing(statement, text))

    def _trailing(self, statement: nodes.NodeNG, text: str) -> str:
        """The comment beside a statement; lines that continue it stay below it."""
        comment, *more = self.page.trailing(self.items[statement]).split("\n")
        column = len(text.split("\n")[-1]) + len(comment) - len(comment.lstrip())
        return "\n".join([comment, *(" " * column + line.strip() for line in more)])

    def _add_comments_of(self, statement: nodes.NodeNG, text: str) -> None:
        """The space and comments before a statement, and those in it that a text for it lacks."""
        item = self.items[statement]
        if self.page.is_apart(item) and not self._fresh_suite:
            self.lines.append("")
        for comment in self.page.comments_of(item):
            self._add(comment)
        for comment in layout.lost_comments(self.source, statement, text):
            self._add(comment)

    def _inner_comments(self) -> list[tuple[str, str]]:
        """Comments inside the call of ``theano.function``, each with the argument it is about."""
        call, arguments = self.compiled.call, self.compiled.arguments
        ends = sorted((self.source.end(node), name) for name, node in arguments.items())
        found = []
        for start, _, text in self.source.comments:
            if self.source.start(call) < start < self.source.end(call):
                line = self.source.position(start)[0]
                beside = [name for end, name in ends if self.source.position(end)[0] == line]
                below = [name for end, name in ends if end > start]
                name = next(iter([*beside[-1:], *below]), "inputs")
                place = name if name in {"givens", "updates", "outputs"} else "inputs"
                found.append((place, text))
        return found

    def _add_comments(self, argument: str) -> None:
        """Comments that the call had at an argument."""
        for one in [one for one in self._comments if one[0] == argument]:
            self._add(one[1])
            self._comments.remove(one)

    def _write_statement(self, statement: nodes.NodeNG) -> None:
        if statement in self.graph.forwarded:
            self._add(self.writer.forward(statement))
            return
        lines = self._hoisted(statement)
        if not lines or self._is_read(statement):
            indent = self.items[statement].indent
            lines.append(layout.shift(indent + self.writer.text(statement), indent))
        self._add_with_comments(statement, "\n".join(lines))

    def _users(self, key: nodes.NodeNG) -> list[nodes.NodeNG]:
        """Expressions of this function that take the operand of an operation."""
        places = self.slice.places
        return [
            one
            for one in self.graph.hoisted[key]
            if any(place is one.statement() for place in places)
        ]

    def _hoisted(self, statement: nodes.NodeNG) -> list[str]:
        """Statements that name operands which later statements need."""
        lines = []
        for key in list(self.graph.hoisted):
            users = self._users(key)
            if self.graph.origins[key].statement is not statement or not users:
                continue
            operand = self.graph.origins[key].operand
            node = operand.parts[0] if operand.template == "{0}" else None
            if isinstance(node, nodes.Name):
                self._require_same(node.name, statement, [one.statement() for one in users])
                continue
            target = next(iter(self.block.effects(statement).binds), "")
            name = self.fresh("logits", f"{target.rpartition('.')[2]}_logits")
            lines.append(f"{name} = {self.writer.written(operand)}")
            self.writer.operands[key] = name
            if node is not None:
                self.writer.given[node] = name
        return lines

    def _is_read(self, statement: nodes.NodeNG) -> bool:
        """Whether what a statement binds is needed besides the operands taken from it."""
        users = [
            user
            for key in self.graph.hoisted
            if self.graph.origins[key].statement is statement
            for user in self._users(key)
        ]
        bound = self.block.effects(statement).binds
        if any("." in name for name in bound):
            return True  # Another method may read the attribute.
        return any(
            name.name in bound and not any(user.parent_of(name) for user in users)
            for place in self.slice.places
            if place is not statement
            for name in free_names(place)
        )

    def _require_same(
        self, name: str, statement: nodes.NodeNG, users: Iterable[nodes.NodeNG]
    ) -> None:
        for user in users:
            if self.block.definitions(name, user) != self.block.definitions(name, statement):
                raise Refused(
                    user.lineno, f"'{name}' has another value than in line {statement.lineno}"
                )

    # Inputs

    def _write_inputs(self) -> None:
        self._add_comments("inputs")
        self._fresh_suite = True
        read = self._names_read()
        inner = givens(self.compiled)
        own = {leaf for leaf, _ in inner}
        texts = [
            (leaf, f"{place_of(leaf)} = {self._converted(leaf)}")
            for leaf, _ in self.compiled.inputs
            if leaf not in own and place_of(leaf) in read
        ]
        before = [one for leaf, node in inner for one in self._needed_for(leaf, node)]
        texts += [(leaf, f"{place_of(leaf)} = {self.writer.text(node)}") for leaf, node in inner]
        commented: set[nodes.NodeNG | None] = set()
        for leaf, text in texts:
            if leaf in own:
                self._add_comments("givens")
                for statement in sorted(set(before), key=self.block.position):
                    self._write_statement(statement)
                before = []
            if leaf.statement in commented or leaf.statement is None:
                self._add(text)
            else:
                self._add_with_comments(leaf.statement, text)
            commented.add(leaf.statement)

    def _names_read(self) -> set[str]:
        """Names that the body of the function reads."""
        places = [one for name, one in self.compiled.arguments.items() if name != "inputs"]
        places += [pair.value_node for pair in self.slice.updates if pair.value_node is not None]
        effects = (self.block.effects(one) for one in self.slice.statements)
        return names_in(*places).union(*(one.reads for one in effects))

    def _converted(self, leaf: Leaf) -> str:
        framework = self.writer.framework
        dtype = self.writer.dtype(self.graph.dtypes[leaf])
        if not self.torch:
            return f"{framework}.convert_to_tensor({leaf.name}, dtype={dtype})"
        text = f"{framework}.as_tensor({leaf.name}, dtype={dtype})"
        return f"{text}.requires_grad_()" if leaf in self._sources else text

    def _needed_for(self, leaf: Leaf, node: nodes.NodeNG) -> list[nodes.NodeNG]:
        """Statements that an input which is given needs; they are written before it."""
        needed = self.slice.slicer.needed(
            names_in(node), self.compiled.statement, self.slice.statements
        )
        read = names_in(node).union(*(self.block.effects(one).reads for one in needed))
        if leaf in self._sources or read & {place_of(one) for one, _ in givens(self.compiled)}:
            raise Refused(self.compiled.call.lineno, f"'givens' for '{leaf.name}'")
        self.slice.statements = [one for one in self.slice.statements if one not in needed]
        return needed

    # Gradients with a tape

    def _write_taped(self) -> None:
        """Statements that gradients are taken of go under a tape, the gradients after it."""
        statements = self.slice.statements
        taking = [one for one in statements if self.graph.facts[one].gradients]
        inside = [one for one in taking if self._computes(self.graph.facts[one].gradients)]
        takes = [one for one in taking if one not in inside]
        self._require_names()
        if "tape" in self._taken:
            raise Refused(self.compiled.call.lineno, "'tape' is the name of something else")
        forward: set[nodes.NodeNG] = set()
        for place in (*takes, *self.slice.places[len(statements) :]):
            for call in self.graph.facts[place].gradients:
                names = names_in(place if self._is_outside(call) else self._cost(call))
                forward.update(self.slice.slicer.needed(names, place, statements))
        later = self._depending(takes)
        if not later.isdisjoint(inside):
            raise Refused(self.compiled.call.lineno, "a gradient of what a gradient is taken for")
        forward.update(inside)
        last = max((self.block.position(one) for one in forward - later), default=-1)
        taped = [one for one in statements if one not in later and self.block.position(one) <= last]
        self._require_movable(taped, later)
        persistent = "persistent=True" if len(self.slice.gradients) > 1 else ""
        self._add(f"with {self.writer.framework}.GradientTape({persistent}) as tape:")
        self._depth += 1
        self._fresh_suite = True
        for name in sorted(place_of(leaf) for leaf in self._sources if not leaf.shared):
            self._add(f"tape.watch({name})")
        for statement in taped:
            self._write_statement(statement)
        self._write_costs(self.slice.gradients)
        self._depth -= 1
        for statement in statements:
            if statement not in taped:
                self._write_statement(statement)

    def _computes(self, calls: Iterable[nodes.Call]) -> bool:
        """Whether gradients are taken by functions that compute what they are taken of."""
        return any(call in self.graph.computed_inside for call in calls)

    def _require_names(self) -> None:
        """What a function that takes gradients is given is computed before, under the tape."""
        places = self.slice.places[len(self.slice.statements) :]
        if any(self._computes(self.graph.facts[one].gradients) for one in places):
            raise Refused(self.compiled.call.lineno, "a call that computes and takes a gradient")
        outermost = {
            one
            for call in self.slice.gradients
            if call not in self.graph.computed_inside
            for one in self.graph.outermost[call]
        }
        for call in outermost:
            if any(place.parent_of(call) for place in self.slice.places):
                for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
                    if any(argument.nodes_of_class((nodes.Call, nodes.BinOp, nodes.Subscript))):
                        raise Refused(
                            argument.lineno, "computed in a call that takes a gradient of it"
                        )

    def _cost(self, call: nodes.Call) -> nodes.NodeNG:
        plan = self.graph.plans[call]
        assert isinstance(plan, Gradient)
        return plan.cost

    def _depending(self, takes: Sequence[nodes.NodeNG]) -> set[nodes.NodeNG]:
        """Statements of the slice that need a gradient, those that take one among them."""
        found = set(takes)
        for statement in self.slice.statements:
            made = {
                one
                for name in self.block.effects(statement).reads
                for one in self.block.definitions(name, statement)
            }
            if made & found:
                found.add(statement)
        return found

    def _require_movable(
        self, taped: Sequence[nodes.NodeNG], later: Collection[nodes.NodeNG]
    ) -> None:
        """Statements that go behind others may not share names with them."""
        for one in later:
            mine = self.block.effects(one)
            for other in taped:
                theirs = self.block.effects(other)
                if self.block.position(other) > self.block.position(one) and (
                    (theirs.binds | theirs.changes) & (mine.reads | mine.binds | mine.changes)
                    or (mine.binds | mine.changes) & theirs.reads
                ):
                    raise Refused(one.lineno, "a gradient is taken before a name gets a new value")

    def _write_costs(self, calls: Iterable[nodes.Call]) -> None:
        """A cost without a name gets one, so that it is computed where it is recorded."""
        for call in dict.fromkeys(calls):
            cost = self._cost(call)
            if not isinstance(cost, nodes.Name) and not self._is_outside(call):
                name = self.fresh("cost", "loss", "objective")
                self._add(f"{name} = {self.writer.text(cost)}")
                self.writer.given[cost] = name

    # Outputs

    def _returned(self) -> str:
        """Text of what the function returns."""
        node = self.compiled.arguments.get("outputs")
        value = self.compiled.outputs
        if node is None or isinstance(value, Nothing):
            return "[]"
        if isinstance(value, Tensor):
            return self._array(node, value)
        if isinstance(value, Items) and isinstance(node, (nodes.List, nodes.Tuple)):
            pairs = zip(node.elts, value.items, strict=True)
            return self._display("[", [self._array(place, one) for place, one in pairs], "]", node)
        if isinstance(value, Pairs) and isinstance(node, nodes.Dict):
            texts = [
                f"{self.writer.text(key)}: {self._array(place, one)}"
                for (key, place), (_, one) in zip(node.items, value.items, strict=True)
            ]
            return self._display("{", texts, "}", node)
        if isinstance(value, Items):
            suffix = self._suffix(value.items)
            return f"[output{suffix} for output in {self.writer.text(node)}]"
        raise Refused(self.compiled.call.lineno, "outputs that are not written out")

    def _display(self, first: str, texts: Sequence[str], last: str, node: nodes.NodeNG) -> str:
        """A list or dictionary, on several lines where it was."""
        if node.lineno == node.end_lineno:
            return first + ", ".join(texts) + last
        items = [layout.shift(f"{text},", "", self.unit) for text in texts]
        return "\n".join([first, *items, last])

    def _array(self, node: nodes.NodeNG, value: object) -> str:
        """Text of a tensor as a NumPy array of its own."""
        return atom(self.writer.text(node)) + self._suffix([value])

    def _suffix(self, values: Iterable[object]) -> str:
        tensors = [one for one in values if isinstance(one, Tensor)]
        if not self.torch:
            return ".numpy()"
        detach = any(self._records(one) for one in tensors)
        copy = any(one.memory for one in tensors)
        return f"{'.detach()' if detach else ''}.numpy(){'.copy()' if copy else ''}"

    def _records(self, tensor: Tensor) -> bool:
        """Whether PyTorch records how a value was computed."""
        return any(
            leaf in self._sources or (leaf.shared and leaf.node in self.graph.differentiated)
            for leaf in tensor.tracked
        )

    def _can_wait(self) -> bool:
        """Whether the outputs are the same after the updates."""
        node = self.compiled.arguments.get("outputs")
        if node is None or isinstance(self.compiled.outputs, Nothing):
            return True
        read = self._memory_read(node)
        updated = {pair.key.leaf for pair in self.slice.updates if isinstance(pair.key, Tensor)}
        return read is not None and not read & updated

    def _memory_read(self, node: nodes.NodeNG) -> set[Leaf] | None:
        """Variables whose present value an expression takes; None when it may be any."""
        if any(node is call or node.parent_of(call) for call in self.slice.gradients):
            return None  # The gradient is taken of what was computed from their old values.
        found: set[Leaf] = set()
        for name in free_names(node):
            for value in leaves(self._value_at(name)):
                if isinstance(value, (Bound, Class, Function, Object)):
                    return None
                if isinstance(value, Tensor):
                    found |= value.memory
        return found

    def _value_at(self, name: nodes.Name) -> Value:
        """What a name is, or the attribute of an object that it stands for."""
        value = self.compiled.frame.find(name.name) or NOTHING
        node: nodes.NodeNG = name
        while isinstance(value, Object) and isinstance(node.parent, nodes.Attribute):
            node = node.parent
            value = value.attributes.get(node.attrname, value.cls)
        return value

    # Updates

    def _write_updates(self) -> None:
        updates = self.slice.updates
        if not updates:
            return
        stated = self.slice.stated
        if stated is not None:
            self._add_comments_of(stated, "".join(self._value_text(pair) for pair in updates))
            for comment in self.page.trailing(self.items[stated]).split("\n"):
                if comment.strip():
                    self._add(comment.strip())
        self._add_comments("updates")
        values = [one for pair in updates for one in (pair.key, pair.value)]
        if self.torch and not self.slice.held:
            self._write_costs(self._gradients_in(updates))
        records = self.torch and any(
            isinstance(one, Tensor) and self._records(one) for one in values
        )
        if self.slice.held:
            self._name_held()
        lines = self._loop(updates) if self.slice.held else self._in_order(updates)
        if records:
            self._add(f"with {self.writer.framework}.no_grad():")
        self._depth += records
        for line in lines:
            self._add(line)
        self._depth -= records

    def _gradients_in(self, updates: Sequence[Pair]) -> list[nodes.Call]:
        """Gradients taken in the expressions of updates."""
        found = []
        for pair in updates:
            assert pair.value_node is not None
            for call in self.slice.gradients:
                if pair.value_node is call or pair.value_node.parent_of(call):
                    found.append(call)
                elif any(pair.value_node.parent_of(one) for one in self.graph.outermost[call]):
                    raise Refused(call.lineno, "a gradient in a function that an update calls")
        return found

    def _in_order(self, updates: Sequence[Pair]) -> list[str]:
        """One statement for each update, so that each expression sees the old values."""
        lines: list[str] = []
        left = list(updates)
        while left:
            ready = next((pair for pair in left if self._is_free(pair, left)), None)
            if ready is None:
                return [*lines, *self._at_once(left)]
            left.remove(ready)
            lines.append(self._assigned(ready, self._value_text(ready)))
        return lines

    def _is_free(self, pair: Pair, left: Sequence[Pair]) -> bool:
        """Whether no other expression that is still to be computed reads the variable."""
        assert isinstance(pair.key, Tensor)
        for other in left:
            if other is not pair and other.value_node is not None:
                read = self._read_by(other)
                if read is None or pair.key.leaf in read:
                    return False
        return True

    def _read_by(self, pair: Pair) -> Collection[Leaf] | None:
        """Variables that the value of an update takes."""
        if pair.name and isinstance(pair.value, Tensor):
            return pair.value.memory
        assert pair.value_node is not None
        return self._memory_read(pair.value_node)

    def _at_once(self, updates: Sequence[Pair]) -> list[str]:
        """Updates that read each other's variables: all values first."""
        names, values, assigned = [], [], []
        for pair in updates:
            assert isinstance(pair.key, Tensor)
            assert pair.key.leaf is not None
            name = self.fresh(f"new_{pair.key.leaf.name}")
            names.append(name)
            values.append(self._copied(pair, self._value_text(pair)))
            value = pair.value
            if isinstance(value, Tensor):
                value = replace(value, memory=frozenset())
            assigned.append(self._assigned(replace(pair, value=value), name))
        return [f"{', '.join(names)} = {', '.join(values)}", *assigned]

    def _value_text(self, pair: Pair) -> str:
        assert pair.value_node is not None
        return pair.name or self.writer.text(pair.value_node)

    def _copied(self, pair: Pair, text: str) -> str:
        """The value of an update that is not the memory of a variable."""
        if not isinstance(pair.value, Tensor) or not pair.value.memory:
            return text
        if self.torch:
            return f"{atom(text)}.clone()"
        return f"{self.writer.framework}.identity({text})" if is_shared(pair.value) else text

    def _assigned(self, pair: Pair, value: str) -> str:
        """The statement that gives a shared variable its new value."""
        assert isinstance(pair.key, Tensor)
        assert pair.key_node is not None
        variable = self.writer.atom(pair.key_node)
        if not self.torch:
            return f"{variable}.assign({value})"
        if isinstance(pair.value, Number):
            return f"{variable}.fill_({value})"
        if keeps_shape(pair.key, pair.value):
            return f"{variable}.copy_({value})"
        # copy_() broadcasts; this may have another shape.
        copied = self._copied(pair, value)
        if copied == value and isinstance(pair.value_node, (nodes.Name, nodes.Subscript)):
            # Part of what the function may return, too.
            copied = copied if pair.name else f"{atom(value)}.clone()"
        return f"{variable}.data = {copied}"

    def _name_held(self) -> None:
        """A name for updates that a call in ``theano.function`` makes."""
        node = self.compiled.arguments["updates"]
        if any(node.nodes_of_class(nodes.Call)):
            name = self.fresh("updates")
            self._add(f"{name} = {self.writer.text(node)}")
            self.writer.given[node] = name

    def _loop(self, updates: Sequence[Pair]) -> list[str]:
        """Updates held in a list or dictionary, whose values are computed by now."""
        node = self.compiled.arguments["updates"]
        line = self.compiled.call.lineno
        updated = {pair.key.leaf for pair in updates if isinstance(pair.key, Tensor)}
        exact = True
        for pair in updates:
            if not isinstance(pair.value, Tensor) or not isinstance(pair.key, Tensor):
                raise Refused(line, "updates that are not known here")
            if pair.value.memory & updated:
                raise Refused(line, "an update with the value of another variable")
            exact = exact and keeps_shape(pair.key, pair.value)
        text = self.writer.text(node)
        held = self.compiled.held
        keyed = isinstance(held, Pairs)
        if isinstance(held, Pairs):
            if not self.torch and held.displayed:
                raise Refused(line, "a tf.Variable cannot be the key of a dictionary")
            text = f"{text}.items()"
        variable, value = self.fresh("variable"), self.fresh("value")
        body = f"{variable}.copy_({value})" if exact else f"{variable}.data = {value}"
        if not self.torch:
            body = f"{variable}{'.deref()' if keyed else ''}.assign({value})"
        return [f"for {variable}, {value} in {text}:", f"{self.unit}{body}"]
