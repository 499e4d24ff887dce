"""Loops of TensorFlow 1 as loops of Python, for PyTorch.

What computes at each step is written into the loop where it is a lambda, and called where it has a
name. A loop stands before the statement that takes what it gives.
"""

from __future__ import annotations

import builtins
import itertools
import weakref
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from astroid import nodes

from lintplugin.edits import Edit, splice
from lintplugin.replacements import needs_parentheses
from lintplugin.rewrite import Refused, layout
from lintplugin.rewrite.expressions import atom
from lintplugin.rewrite.slicing import free_names
from lintplugin.rewrite.tensorflow1 import loops
from lintplugin.rewrite.tensorflow1.graph import Kind, arguments
from lintplugin.rewrite.tensorflow1.loops import MAP, SCAN, WHILE, Loop
from lintplugin.rewrite.tensorflow1.shapes import number
from lintplugin.rewrite.tensorflow1.writers import EMPTY, TENSOR_ARRAY

if TYPE_CHECKING:
    from lintplugin.rewrite.tensorflow1.torch import Torch

_DEFERRED = (nodes.Lambda, nodes.FunctionDef, nodes.ListComp, nodes.GeneratorExp)


class Loops:
    """Writes the loops of a program.

    :param writer: writes the rest of it, and holds this.
    """

    def __init__(self, writer: Torch) -> None:
        self._writer: Torch = weakref.proxy(writer)  # A circle would keep the whole tree.
        self._graph = writer.graph
        self._names = writer.module.names
        self._source = writer.module.source
        self._unit = layout.unit(writer.module.source)
        #: Names bound by the loops of one statement: each has what it gives until the end of it.
        self._busy: set[str] = set()
        #: Names of what a loop gives, where those are its variables.
        self._given: dict[nodes.NodeNG, Sequence[str]] = {}

    @property
    def _torch(self) -> str:
        return self._writer.imports.spell("torch")

    # Statements

    def statement(self, node: nodes.Assign | nodes.Return) -> str | None:
        """A statement and, before it, the loops in it; None when it has none."""
        value = node.value
        if value is None or not any(self._hoisted(value)):
            return None
        place = node.parent
        if not isinstance(place, nodes.Module) and place.lineno == node.lineno:
            raise Refused(node.lineno, "a loop on the line of another statement")
        self._busy.clear()
        lines = self._before(value, _targets(node))
        text = self._rest(node)
        if text:
            lines.append(text)
        indent = layout.indentation(self._source, self._source.start(node))
        return f"\n{indent}".join(lines).replace("\n", self._source.newline)

    def _rest(self, node: nodes.Assign | nodes.Return) -> str:
        """What is left of a statement when the loops in it have been computed."""
        names = self._given.get(node.value)
        if names is not None and isinstance(node, nodes.Assign) and len(node.targets) == 1:
            (target,) = node.targets
            parts = target.elts if loops.is_display(target) else [target]
            if len(parts) == len(names):
                left = [
                    (one.as_string(), name)
                    for one, name in zip(parts, names, strict=True)
                    if not isinstance(one, nodes.AssignName) or one.name not in ("_", name)
                ]
                return "".join(_assigned([one for one, _ in left], [name for _, name in left]))
        start = self._source.start(node)
        edits = [
            Edit(edit.start - start, edit.end - start, edit.text)
            for child in node.get_children()
            for edit in self._writer.edits(child)
        ]
        return splice(self._source.segment(node), edits).replace(self._source.newline, "\n")

    def _hoisted(self, node: nodes.NodeNG) -> Iterator[nodes.Call]:
        """What has to be a statement, those inside others first."""
        if isinstance(node, _DEFERRED):
            return
        for child in node.get_children():
            yield from self._hoisted(child)
        if not isinstance(node, nodes.Call):
            return
        loop = self._graph.loop(node)
        if (loop is not None and self._is_statement(loop)) or self._is_method(node, "write"):
            yield node

    def _is_statement(self, loop: Loop) -> bool:
        if loop.api == MAP and not self._has_loops(loop.bound["fn"]):
            step = self._graph.step(loop.bound["fn"])
            return step is not None and not self._writer.shapes.steps(loop)
        return all(self._graph.step(one) is not None for one in loop.functions)

    def _is_method(self, node: nodes.NodeNG, method: str) -> bool:
        return (
            isinstance(node, nodes.Call)
            and isinstance(node.func, nodes.Attribute)
            and node.func.attrname == method
            and self._graph.kind(node.func.expr) is Kind.ARRAY
        )

    def _before(self, node: nodes.NodeNG, wishes: Sequence[str] = ()) -> list[str]:
        """Lines that compute the loops in an expression, which then has names for them.

        :param wishes: how the program names what the expression gives.
        """
        lines: list[str] = []
        for call in list(self._hoisted(node)):
            loop = self._graph.loop(call)
            wished = wishes if call is node else ()
            if loop is None:
                lines += self._write(call)
            else:
                self._require(loop)
                written = {WHILE: self._while, SCAN: self._scan, MAP: self._map}
                lines += written.get(loop.api, self._fold)(loop, wished)
        return lines

    def _require(self, loop: Loop) -> None:
        self._writer.require_gradients(loop)
        for one in loop.functions:
            self._graph.require_step(loop, one)
        if "return_same_structure" in loop.bound:
            raise Refused(loop.call.lineno, "'return_same_structure' is not converted yet")

    # Loops over elements

    def expression(self, loop: Loop) -> str | None:
        """``tf.map_fn`` where it stands: what it gives when it makes no step is not asked."""
        if loop.api != MAP or self._graph.step(loop.bound["fn"]) is None:
            return None
        self._require(loop)
        return self._stacked(loop, self._mapped(loop), "")

    def _mapped(self, loop: Loop) -> str:
        """The list of what a function gives for every element."""
        step = self._graph.step(loop.bound["fn"])
        assert step is not None
        name = step.args.args[0].name
        _, text = self._apply(loop.bound["fn"], [name])
        return f"[{text} for {name} in {self._elements(loop)}]"

    def _stacked(self, loop: Loop, results: str, name: str) -> str:
        """The results of all steps, each part of them in one tensor.

        :param name: that of the results, empty for want of one.
        """
        value = self._graph.value(loop.call)
        step = self._graph.stepped(loop.bound["fn"])
        assert step is not None
        text, parts = f"{self._torch}.stack({results})", [step]
        if value is not None and value.kind is Kind.COLLECTION:
            parts = step.elts if loops.is_display(step) else []
            if len(parts) != len(value.items) or any(map(loops.is_display, parts)):
                raise Refused(loop.call.lineno, "a loop that gives structures within structures")
            text = f"map({self._torch}.stack, zip(*{results}))"
            text = text if _is_taken_apart(loop.call) else f"tuple({text})"
        if self._writer.shapes.steps(loop):
            return text
        dtype = loop.bound.get("dtype", loop.bound["elems"])
        stated = dtype.elts if loops.is_display(dtype) and len(parts) > 1 else [dtype] * len(parts)
        empty = list(map(self._empty, parts, stated))
        if not name or None in empty:
            self._writer.unsafe.append(EMPTY)
            return text
        others = ", ".join(map(str, empty))
        text = f"{text} if {name} else {f'({others})' if len(parts) > 1 else others}"
        return f"({text})" if needs_parentheses(loop.call, text) else text

    def _empty(self, part: nodes.NodeNG, stated: nodes.NodeNG) -> str | None:
        """What a loop without steps gives for a part of what each gives, None if not known.

        :param stated: the element type, or what has it.
        """
        shape = self._writer.shapes.of(part)
        types = self._writer.types
        dtype = types.dtype(stated) or types.of(part).dtype or types.of(stated).dtype
        if shape is None or None in shape or dtype is None:
            return None
        sizes = ", ".join(map(str, [0, *shape]))
        return self._writer.filled("zeros", f"[{sizes}]", "0", dtype)

    def _elements(self, loop: Loop) -> str:
        """What a loop takes an element of at each step."""
        elems = loop.bound["elems"]
        if isinstance(elems, nodes.Dict):
            raise Refused(elems.lineno, "a loop over a dictionary of tensors")
        if loops.is_display(elems):
            parts = ", ".join(map(self._initial, elems.elts))
            return f"zip({parts}, strict=True)"
        if self._graph.kind(elems) is Kind.COLLECTION:
            return f"zip(*{atom(self._writer.text(elems))}, strict=True)"
        return self._initial(elems)

    def _map(self, loop: Loop, wishes: Sequence[str]) -> list[str]:
        """``tf.map_fn`` that may make no step, or of a function with loops of its own."""
        step = loop.bound["fn"]
        results = self._fresh("results")
        if not self._has_loops(step):
            lines = [f"{results} = {self._mapped(loop)}"]
        else:
            (row,) = self._name(loop, [("", step.args.args[0].name)], ())
            inside, text = self._apply(step, [row])
            inside.append(f"{results}.append({text})")
            lines = [f"{results} = []", *self._for(row, self._elements(loop), inside)]
        self._writer.given[loop.call] = self._stacked(loop, results, results)
        return lines

    def _has_loops(self, step: nodes.NodeNG) -> bool:
        return isinstance(step, nodes.Lambda) and any(self._hoisted(step.body))

    def _fold(self, loop: Loop, wishes: Sequence[str]) -> list[str]:
        carry, first, body, elements = self._carry(loop, wishes)
        self._give(loop, [carry])
        return [*first, *elements(body)]

    def _scan(self, loop: Loop, wishes: Sequence[str]) -> list[str]:
        results = self._fresh("results")
        carry, first, body, elements = self._carry(loop, ())
        # The first of the results is no step's, and gives those of none their shape.
        end = "[1:]" if "initializer" in loop.bound else ""
        end += ".flip(0)" if _is_backwards(loop) else ""
        value = self._graph.value(loop.call)
        if value is not None and value.kind is Kind.COLLECTION:
            if self._graph.step(loop.bound["fn"]) is None or any(
                one.kind is not Kind.TENSOR for one in value.items.values()
            ):
                raise Refused(loop.call.lineno, "a loop that gives structures within structures")
            stack = f"{self._torch}.stack"
            one = f"({stack}(one){end} for one in zip(*{results}))"
            self._writer.given[loop.call] = one if _is_taken_apart(loop.call) else f"tuple{one}"
        else:
            self._writer.given[loop.call] = f"{self._torch}.stack({results}){end}"
        begun = [*first, f"{results} = [{carry}]"]
        return [*begun, *elements([*body, f"{results}.append({carry})"])]

    def _carry(
        self, loop: Loop, wishes: Sequence[str]
    ) -> tuple[str, list[str], list[str], Callable[[list[str]], list[str]]]:
        """A loop that carries a value from step to step.

        :returns: the name of the value, the lines that give it its first value, those of a step,
            and what makes the loop of lines.
        """
        step = self._graph.step(loop.bound["fn"])
        assert step is not None
        wish = wishes[0] if len(wishes) == 1 else ""
        before, elements = self._rows(loop)
        old, new = (one.name for one in step.args.args)
        carry, row = self._name(loop, [(wish, old), ("", new)], ("elems",))
        if "initializer" in loop.bound:
            first = _assigned([carry], [self._initial(loop.bound["initializer"])])
        else:
            index = "-1" if _is_backwards(loop) else "0"
            first = [f"{carry} = {elements}[{index}]"]
            elements += "[:-1]" if _is_backwards(loop) else "[1:]"
        if _is_backwards(loop):
            if elements.startswith("zip("):
                raise Refused(loop.call.lineno, "a loop backwards over several tensors")
            elements = f"reversed({elements})"
        lines, text = self._apply(loop.bound["fn"], [carry, row])
        body = [*lines, *_assigned([carry], [text])]
        return carry, [*before, *first], body, lambda inside: self._for(row, elements, inside)

    def _rows(self, loop: Loop) -> tuple[list[str], str]:
        """What a loop takes elements of: a name, when it is taken apart."""
        elements = self._elements(loop)
        if "initializer" in loop.bound:
            return [], elements
        if elements.startswith("zip("):
            raise Refused(loop.call.lineno, "a loop over several tensors without an initializer")
        if elements.isidentifier():
            return [], elements
        name = self._fresh("elements")
        return [f"{name} = {elements}"], name

    def _for(self, row: str, elements: str, lines: Sequence[str]) -> list[str]:
        return [f"for {row} in {elements}:", *self._inside(lines or ["pass"])]

    # Loops under a condition

    def _while(self, loop: Loop, wishes: Sequence[str]) -> list[str]:
        variables = loop.variables
        body = self._graph.step(loop.bound["body"])
        assert body is not None
        wishes = wishes if len(wishes) == len(variables) else [""] * len(variables)
        parameters = [one.name for one in body.args.args]
        wanted = list(zip(wishes, parameters, strict=True))
        names = self._name(loop, wanted, ("maximum_iterations",))
        first = _assigned(names, [self._initial(one) for one in variables])
        lines, condition = self._apply(loop.bound["cond"], names)
        if lines:
            raise Refused(loop.call.lineno, "a loop inside the condition of a loop")
        inside = self._step(loop, names)
        if "maximum_iterations" in loop.bound:
            count = self._writer.text(loop.bound["maximum_iterations"])
            head = f"for _ in range({count}):"
            inside = [f"if not {atom(condition)}:", f"{self._unit}break", *inside]
        else:
            head = f"while {condition}:"
        self._give(loop, names)
        place = loop.call.parent
        if len(names) > 1 and isinstance(place, nodes.Subscript):
            index = number(place.slice)
            if index is not None and index in range(len(names)):
                self._writer.given[place] = names[index]
        return [*first, head, *self._inside(inside or ["pass"])]

    def _step(self, loop: Loop, names: Sequence[str]) -> list[str]:
        """What the body of a loop does to its variables."""
        body = loop.bound["body"]
        display = self._graph.stepped(body)
        single = len(names) == 1
        parts = display.elts if display is not None and loops.is_display(display) else []
        if parts and len(parts) != len(names):
            raise Refused(body.lineno, "the body of a loop returns other variables than it takes")
        if isinstance(body, nodes.Lambda) and parts:
            self._substitute(body, names)
            lines = self._before(body.body)
            return [*lines, *_assigned(names, [self._text(one) for one in parts])]
        lines, text = self._apply(body, names)
        if single and parts:
            return [*lines, f"[{names[0]}] = {text}"]
        return [*lines, f"{', '.join(names)} = {text}"]

    def _give(self, loop: Loop, names: Sequence[str]) -> None:
        """A loop is over, and its variables have what it gives."""
        self._given[loop.call] = names
        several = f"[{', '.join(names)}]"
        self._writer.given[loop.call] = several if len(names) > 1 else names[0]

    # Arrays

    def array(self, node: nodes.Call) -> str | None:
        """A ``tf.TensorArray``, or what is taken from one: a list."""
        value = self._graph.value(node)
        if value is None or value.node is not node:
            return None
        if value.api == "tensorflow.TensorArray":
            bound = arguments(node, value.api, TENSOR_ARRAY)
            if self._grows(node):
                return "[]"
            if "size" not in bound:
                raise Refused(node.lineno, "a tf.TensorArray without a size")
            size = self._writer.text(bound["size"])
            return f"[None] * {size if size.isdigit() else atom(size)}"
        if not isinstance(node.func, nodes.Attribute) or (
            self._graph.kind(node.func.expr) is not Kind.ARRAY
        ):
            return None
        given = [*node.args, *(one.value for one in node.keywords if one.arg != "name")]
        method = node.func.attrname
        if method == "write":
            raise Refused(node.lineno, "a tf.TensorArray that is written inside an expression")
        texts = list(map(self._initial, given))
        if method == "unstack" and len(texts) == 1:
            return f"list({texts[0]})"
        array = atom(self._writer.text(node.func.expr))
        if method == "read" and len(texts) == 1:
            return f"{array}[{self._writer.text(given[0])}]"
        if method == "stack" and not texts:
            return self._stack(node, array)
        if method == "size" and not texts:
            return f"{self._torch}.tensor(len({array}), dtype={self._torch}.int32)"
        raise Refused(node.lineno, f"'{method}' of a tf.TensorArray is not converted yet")

    def _grows(self, node: nodes.Call) -> bool:
        """Whether an array has as many tensors as are written to it, one after the other.

        :raises Refused: where the order of the writes is not plain.
        """
        made = self._graph.array(node)
        bound = arguments(made, "tensorflow.TensorArray", TENSOR_ARRAY) if made is not None else {}
        grows = bound.get("dynamic_size")
        if grows is None or (isinstance(grows, nodes.Const) and not grows.value):
            return False
        assert made is not None
        writes = [
            call
            for call in self._names.by_type["Call"]
            if isinstance(call.func, nodes.Attribute)
            and call.func.attrname in loops.ARRAYS
            and self._graph.array(call) is made
        ]
        empty = "size" not in bound or number(bound["size"]) == 0
        if not empty or len(writes) != 1 or not self._counts(writes[0]):
            raise Refused(
                made.lineno, "a tf.TensorArray that grows and is not written step by step"
            )
        return True

    def _counts(self, write: nodes.Call) -> bool:
        """Whether the index of a write is a variable of a loop that counts its steps from 0."""
        index = write.args[0] if write.args else None
        if not isinstance(index, nodes.Name) or write.func.attrname != "write":
            return False
        bindings = self._names.bindings(index)
        step = bindings[0].node.scope() if len(bindings) == 1 else None
        if write.scope() is not step or not self._graph.given(step, bindings[0].node):
            return False
        position = step.args.arguments.index(bindings[0].node)
        returned = step.body if isinstance(step, nodes.Lambda) else self._graph.returned(step)
        parts = returned.elts if returned is not None and loops.is_display(returned) else []
        if position >= len(parts):
            return False
        following = parts[position].as_string()
        return following in (f"{index.name} + 1", f"tf.add({index.name}, 1)") and all(
            loop.api == WHILE and number(self._counted_from(loop.variables[position])) == 0
            for loop in self._graph.loops_of(step)
        )

    def _counted_from(self, node: nodes.NodeNG) -> nodes.NodeNG | None:
        """The number that a tensor is made of."""
        value = self._graph.value(node)
        if value is None or value.api != "tensorflow.constant":
            return node
        return arguments(value.node, value.api, "value dtype shape name")["value"]

    def _stack(self, node: nodes.Call, array: str) -> str:
        """``array.stack()``, which may be of none."""
        text = f"{self._torch}.stack({array})"
        made = self._graph.array(node)
        if made is not None:
            bound = arguments(made, "tensorflow.TensorArray", TENSOR_ARRAY)
            if number(bound.get("size")) and not self._grows(node):
                return text
            shape = self._writer.shapes.of_element(made)
            dtype = self._writer.types.dtype(bound["dtype"])
            if shape is not None and None not in shape and dtype and array.isidentifier():
                sizes = ", ".join(map(str, [0, *shape]))
                empty = self._writer.filled("zeros", f"[{sizes}]", "0", dtype)
                text = f"{text} if {array} else {empty}"
                return f"({text})" if needs_parentheses(node, text) else text
        self._writer.unsafe.append(EMPTY)
        return text

    def _write(self, node: nodes.Call) -> list[str]:
        """``array.write(index, value)`` changes the list, which the program has no other of."""
        array = self._writer.text(node.func.expr)
        lines = []
        if not array.isidentifier():
            name = self._fresh("tensors")
            lines, array = [f"{name} = {array}"], name
        given = [*node.args, *(one.value for one in node.keywords if one.arg != "name")]
        named = {one.arg for one in node.keywords} - {"name"}
        if len(given) != 2 or (named and not named <= {"index", "value"}):
            raise Refused(node.lineno, "a tf.TensorArray is written in another way")
        if len(node.args) == 0 and node.keywords[0].arg == "value":
            given.reverse()
        index, value = given
        self._writer.given[node], self._given[node] = array, [array]
        if self._grows(node):
            return [*lines, f"{array}.append({self._initial(value)})"]
        return [*lines, f"{array}[{self._writer.text(index)}] = {self._initial(value)}"]

    # Expressions

    def _initial(self, node: nodes.NodeNG) -> str:
        """The tensor, or the structure of tensors, that an expression gives a loop."""
        if loops.is_display(node):
            parts = [self._initial(one) for one in node.elts]
            if isinstance(node, nodes.List):
                return f"[{', '.join(parts)}]"
            return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
        if self._graph.value(node) is None:
            return self._writer.constant(node, None)
        return self._text(node)

    def _text(self, node: nodes.NodeNG) -> str:
        """Text of an expression that may stand by itself, over several lines."""
        text = self._writer.text(node).replace(self._source.newline, "\n")
        return f"({text})" if "\n" in text and atom(text) != text else text

    def _apply(self, function: nodes.NodeNG, names: Sequence[str]) -> tuple[list[str], str]:
        """What a function gives for names, and the lines before it."""
        if not isinstance(function, nodes.Lambda):
            return [], f"{self._writer.text(function)}({', '.join(names)})"
        self._substitute(function, names)
        return self._before(function.body), self._text(function.body)

    def _substitute(self, function: nodes.Lambda, names: Sequence[str]) -> None:
        """Write names for the parameters of a lambda."""
        written = dict(zip(function.args.args, names, strict=True))
        for use in function.body.nodes_of_class(nodes.Name):
            for binding in self._names.bindings(use):
                if binding.node in written:
                    self._writer.given[use] = written[binding.node]

    def _inside(self, lines: Sequence[str]) -> list[str]:
        return [layout.shift(line, "", self._unit) for line in lines]

    # Names

    def _name(
        self, loop: Loop, wanted: Sequence[tuple[str, str]], apart: Collection[str]
    ) -> list[str]:
        """Names for the variables of a loop.

        :param wanted: for each, the name that the program gives its last value, if any, and that of
            the parameter.
        :param apart: arguments of the loop that are computed after the first values are given.
        """
        steps = [step for one in loop.functions if (step := self._graph.step(one)) is not None]
        places = [*steps, *(place for one in steps for place in self._graph.called(one))]
        places += [loop.bound[name] for name in apart if name in loop.bound]
        read = {name.name for place in places for name in free_names(place)}
        inside = {bound.name for step in steps for bound in step.nodes_of_class(nodes.AssignName)}
        found: list[str] = []
        for wish, parameter in wanted:
            taken = {*read, *found}
            if wish and wish not in taken and (wish == parameter or wish not in inside):
                found.append(wish)
            elif parameter not in taken and self._is_free(parameter, loop.call):
                found.append(parameter)
            else:
                found.append(self._fresh(parameter if parameter != "_" else "value"))
            self._busy.add(found[-1])
        return found

    def _is_free(self, name: str, call: nodes.Call) -> bool:
        """Whether nothing around a loop has a name."""
        if name in self._busy or hasattr(builtins, name) or name == "_":
            return False
        scope = self._names.scope_of(call)
        while scope is not None:
            if name in scope.bindings and not isinstance(scope.node, nodes.Lambda):
                return False
            scope = scope.parent  # type: ignore[assignment]
        return True

    def _fresh(self, wish: str) -> str:
        """A name that the file does not use."""
        for count in itertools.count(1):
            name = wish if count == 1 else f"{wish}_{count}"
            if name not in self._busy and not (
                self._names.everywhere(name) or self._names.uses(name)
            ):
                self._busy.add(name)
                return name
        raise AssertionError


def _targets(node: nodes.NodeNG) -> Sequence[str]:
    """Names that a statement gives what its expression gives, empty for what is none."""
    if not isinstance(node, nodes.Assign) or len(node.targets) != 1:
        return ()
    (target,) = node.targets
    parts = target.elts if loops.is_display(target) else [target]
    names = [one.name if isinstance(one, nodes.AssignName) else "" for one in parts]
    return ["" if name == "_" else name for name in names]


def _is_taken_apart(call: nodes.Call) -> bool:
    """Whether what a call gives is assigned to several names."""
    return isinstance(call.parent, nodes.Assign) and all(map(loops.is_display, call.parent.targets))


def _assigned(names: Sequence[str], texts: Sequence[str]) -> list[str]:
    """One assignment of texts to names, without those that have their value."""
    pairs = [(name, text) for name, text in zip(names, texts, strict=True) if name != text]
    if not pairs:
        return []
    return [f"{', '.join(name for name, _ in pairs)} = {', '.join(text for _, text in pairs)}"]


def _is_backwards(loop: Loop) -> bool:
    """Whether a loop begins with the last element.

    :raises Refused: where a run decides.
    """
    reverse = loop.bound.get("reverse")
    if reverse is not None and not isinstance(reverse, nodes.Const):
        raise Refused(reverse.lineno, "'reverse' is not written out")
    return loop.api.endswith("foldr") or (reverse is not None and bool(reverse.value))
