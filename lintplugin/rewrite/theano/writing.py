"""Text of the expressions of a Theano program for a target."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from astroid import nodes

from lintplugin import replacements, templates
from lintplugin.edits import Edit
from lintplugin.rewrite import Refused, layout
from lintplugin.rewrite.expressions import Writer, atom, row_of
from lintplugin.rewrite.theano.classes import METHOD, symbolic_arguments, without_symbolic
from lintplugin.rewrite.theano.graph import Graph
from lintplugin.rewrite.theano.loops import LoopText
from lintplugin.rewrite.theano.objects import is_method
from lintplugin.rewrite.theano.operations import PREFIX, canonical_name
from lintplugin.rewrite.theano.plans import (
    Cast,
    GetValue,
    Gradient,
    Loop,
    NewShared,
    Plan,
    Quoted,
    RowCall,
    RowValue,
    SetValue,
    Stable,
    Written,
)
from lintplugin.templates import NoExpansion

# Operations that make tensors of zeros or ones.
_FILLED = frozenset({"ones", "ones_like", "zeros", "zeros_like"})


class TheanoWriter(Writer):
    """Writes what was planned.

    :param graph: the module as it was read.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph.module, graph.target)
        self.graph = graph
        # Calls of T.grad after which the graph is differentiated once more: in the function being
        # written, and in the functions that any of them calls.
        self._earlier: set[nodes.NodeNG] = set()
        #: Names of operands that the function being written computes on their own.
        self.operands: dict[nodes.NodeNG, str] = {}
        self._earlier_inside: set[nodes.NodeNG] = set()

    @contextmanager
    def function(
        self, calls: Sequence[nodes.Call], is_outside: Callable[[nodes.Call], bool]
    ) -> Iterator[None]:
        """Write a function.

        :param calls: the calls of ``T.grad`` that it evaluates, in their order.
        :param is_outside: whether a call stands in a function that this one calls.
        """
        self._earlier = set(calls[:-1])
        self._earlier_inside |= {call for call in self._earlier if is_outside(call)}
        given = dict(self.given)
        try:
            yield
        finally:
            self._earlier = set()
            self.given = given
            self.operands = {}

    @property
    def framework(self) -> str:
        """The target's module, as the file names it."""
        return self.imports.spell("tensorflow" if self.target == "tf2" else "torch")

    def dtype(self, name: str) -> str:
        """An element type of the target."""
        return f"{self.framework}.{name}"

    def atom(self, node: nodes.NodeNG) -> str:
        """Text of an expression that something can be appended to."""
        return atom(self.text(node))

    def edits(self, node: nodes.NodeNG) -> list[Edit]:
        if node in self.given:
            return [self._edit(node, self.given[node])]
        around = self.graph.casts.get(node)
        if around is not None:
            return [self._around(node, self._cast(node, around))]
        return self._own_edits(node)

    def _own_edits(self, node: nodes.NodeNG) -> list[Edit]:
        """Edits of a node, apart from what is put around it."""
        graph = self.graph
        split = graph.splits.get(node.parent)
        if split is not None and node is split.init:
            return replaced(self.edits(node.args), split.edits(self.edits, self.text))
        if isinstance(node, nodes.FunctionDef) and graph.is_compiling(node):
            return self.edits(node.args)  # Its body is a block of its own.
        edits = self._inner_edits(node)
        first = []
        if node in graph.taped or any(node in calls for calls in graph.taped.values()):
            first.append("tape")
        if node in graph.states:
            first.append(graph.states[node].name)
            edits = replaced(edits, graph.states[node].edits(self.module.source, self.text))
            if node in graph.makers:
                edits.append(self._before(node, graph.makers[node]))
        elif node in graph.given_states:
            first.append(graph.given_states[node])
        if node in graph.constructions and graph.constructions[node].cls.node in graph.splits:
            split = graph.splits[graph.constructions[node].cls.node]
            edits = replaced(edits, without_symbolic(graph, node, split))
        if first:
            edits.append(self._first(node, ", ".join(first)))
        if node in graph.extended:
            edits.append(self._extension(node))
        return edits

    def forward(self, statement: nodes.Assign) -> str:
        """The computation of an object where a function needs it."""
        call = statement.value
        split = self.graph.splits[self.graph.constructions[call].cls.node]
        given = (
            f"{key}={self.text(one)}" if key else self.text(one)
            for key, one in symbolic_arguments(call, split)
        )
        return f"{self.module.source.segment(statement.targets[0])}.{METHOD}({', '.join(given)})"

    def _extension(self, node: nodes.FunctionDef) -> Edit:
        """Further parameters of a function, after its own."""
        source = self.module.source
        names = ", ".join(self.graph.extended[node])
        if node.args.args:
            place = source.end(node.args.args[-1])
            return Edit(place, place, f", {names}")
        place = source.text.index("(", source.start(node)) + 1
        return Edit(place, place, names)

    def _before(self, node: nodes.FunctionDef, text: str) -> Edit:
        """A method before another one."""
        source = self.module.source
        place = source.line_start(node.lineno)
        indent = layout.indentation(source, source.start(node))
        text = layout.shift(text, "", indent).replace("\n", source.newline)
        return Edit(place, place, f"{text}{source.newline * 2}")

    def _first(self, node: nodes.FunctionDef | nodes.Call, names: str) -> Edit:
        """Names as the first parameters of a function, or first arguments of a call."""
        source = self.module.source
        is_call = isinstance(node, nodes.Call)
        name = source.end(node.func) if is_call else source.start(node)
        place = source.text.index("(", name) + 1
        others = (node.args or node.keywords) if is_call else node.args.arguments
        if not is_call and is_method(node):
            # After the object itself.
            place = source.end(others[0])
            return Edit(place, place, f", {names}")
        return Edit(place, place, f"{names}, " if others else names)

    def _inner_edits(self, node: nodes.NodeNG) -> list[Edit]:
        renamed = self.graph.renamed.get(node)
        if renamed is not None:
            return [self._edit(node, renamed)]
        plan = self.graph.plans.get(node)
        if plan is not None:
            return [self._edit(node, self._planned(node, plan))]
        reference = self._references.get(node)
        if (
            reference is not None
            and reference.denotation.direct
            and "(" not in reference.api
            and node not in self.graph.plans
        ):
            raise Refused(node.lineno, f"{reference.api} is not converted yet")
        return [edit for child in node.get_children() for edit in self.edits(child)]

    def _around(self, node: nodes.NodeNG, text: str) -> Edit:
        """Replacement of an operand and of parentheses around it, which it no longer needs."""
        source = self.module.source
        start, end = source.start(node), source.end(node)
        first, last = source.start(node.parent), source.end(node.parent)
        before = source.text[first:start].rstrip()
        after = source.text[end:last].lstrip()
        grouped = before.endswith("(") and not before[:-1].rstrip()[-1:].isalnum()
        if grouped and after.startswith(")") and not before[:-1].rstrip().endswith(("_", ")", "]")):
            start = first + len(before) - 1
            end = last - len(after) + 1
        return Edit(start, end, text)

    def _cast(self, node: nodes.NodeNG, around: Cast) -> str:
        text = self._own_text(node)
        if around.array:
            dtype = f", dtype={self.dtype(around.dtype)}" if around.dtype else ""
            make = "convert_to_tensor" if self.target == "tf2" else "as_tensor"
            return f"{self.framework}.{make}({text}{dtype})"
        assert around.dtype is not None
        if self.target == "tf2":
            return f"{self.framework}.cast({text}, {self.dtype(around.dtype)})"
        return f"{atom(text)}.to({self.dtype(around.dtype)})"

    def _own_text(self, node: nodes.NodeNG) -> str:
        source = self.module.source
        start = source.start(node)
        text = source.segment(node)
        for edit in sorted(self._own_edits(node), reverse=True):
            text = text[: edit.start - start] + edit.text + text[edit.end - start :]
        return text

    def _planned(self, node: nodes.NodeNG, plan: Plan) -> str:
        match plan:
            case Written():
                text = self.written(plan)
            case Stable():
                text = self._fill(
                    plan.template,
                    plan.parts,
                    operand=_Operand(self.operands.get(plan.key) or self.written(plan.operand)),
                )
            case Quoted():
                quote = (
                    '"'
                    if self.module.source.text.count('"') > (self.module.source.text.count("'"))
                    else "'"
                )
                return f"{quote}{plan.text}{quote}"
            case RowCall():
                text = self._row_call(node, plan)
            case RowValue():
                return self._row_value(node, plan)
            case NewShared():
                return self._new_shared(node, plan)
            case GetValue():
                return self._get_value(node, plan)
            case SetValue():
                return self._set_value(plan)
            case Gradient():
                return self._gradient(node, plan)
            case Loop():
                return self._loop(node, plan)
            case _:
                raise Refused(node.lineno, "nothing stands for this")
        if isinstance(node, nodes.Call) and replacements.needs_parentheses(node, text):
            return f"({text})"
        return text

    def written(self, plan: Written) -> str:
        """Text made of other expressions."""
        return self._fill(plan.template, plan.parts)

    def _fill(self, template: str, places: Sequence[nodes.NodeNG], **others: object) -> str:
        if self.graph.streamed:
            for index, one in enumerate(places):
                calls = any(one.nodes_of_class(nodes.Call))
                if calls and len(re.findall(rf"\{{{index}\b", template)) > 1:
                    raise Refused(one.lineno, "a call that would be made twice, and may draw")
        return template.format(
            *(_Slot(self, one) for one in places),
            tf=_Spelled(self, "tensorflow"),
            torch=_Spelled(self, "torch"),
            F=_Spelled(self, "torch.nn.functional"),
            **others,
        )

    def _row_call(self, node: nodes.NodeNG, plan: RowCall) -> str:
        found = row_of(plan.api)
        assert found is not None
        symbol, row = found
        given = {name: self.text(value) for name, value in plan.bound} | dict(plan.known)
        # Written where it is used twice, too, as a name would be.
        filled = {
            f"filled_{name}": given[name] for name, value in plan.bound if self._is_filled(value)
        }
        given.update((name.removeprefix("filled_"), name) for name in filled)
        try:
            given = row.current(given)
            expansion = templates.expand(row, self.target, given, self.imports.spell)
        except NoExpansion as error:
            raise Refused(node.lineno, f"{plan.api}: {error}") from error
        self._remember(symbol, row)
        text = expansion.text
        if not filled:
            return text
        return re.sub(r"\bfilled_\w+", lambda found: filled.get(found[0], found[0]), text)

    def _is_filled(self, node: nodes.NodeNG) -> bool:
        """Whether an expression makes a tensor of zeros or ones."""
        api = self.module.names.api(node.func) if isinstance(node, nodes.Call) else None
        return api is not None and canonical_name(api).removeprefix(PREFIX) in _FILLED

    def _row_value(self, node: nodes.NodeNG, plan: RowValue) -> str:
        found = row_of(plan.api)
        assert found is not None
        symbol, row = found
        try:
            text = replacements.as_value(row, self.target, self.imports.spell)
        except NoExpansion as error:
            raise Refused(node.lineno, f"{plan.api}: {error}") from error
        self._remember(symbol, row)
        return text

    def _new_shared(self, node: nodes.NodeNG, plan: NewShared) -> str:
        options = f", dtype={self.dtype(plan.dtype)}" if plan.dtype else ""
        value = self.text(plan.value)
        if self.target == "torch":
            if node in self.graph.differentiated:
                options += ", requires_grad=True"
            return f"{self.framework}.tensor({value}{options})"
        ndims = self.graph.ndims[node]
        if node in self.graph.resized and ndims != {0}:
            ndim = next(iter(ndims))
            if ndim is None or len(ndims) > 1:
                raise Refused(node.lineno, "a shared variable whose shape may change")
            options += f", shape=[{', '.join(['None'] * ndim)}]"
        if plan.name:
            options += f", name={self._planned(node, Quoted(plan.name))}"
        return f"{self.framework}.Variable({value}{options})"

    def _get_value(self, node: nodes.NodeNG, plan: GetValue) -> str:
        shared = self.atom(plan.shared)
        if self.target == "tf2":
            return f"{shared}.numpy()"
        detach = ".detach()" if self.graph.values_read[node] & self.graph.differentiated else ""
        return f"{shared}{detach}.numpy().copy()"

    def _set_value(self, plan: SetValue) -> str:
        shared, value = self.atom(plan.shared), self.text(plan.value)
        if self.target == "tf2":
            return f"{shared}.assign({value})"
        # Not copy_(), which broadcasts: the new value may have another shape.
        return f"{shared}.data = {self.framework}.tensor({value}, dtype={self.dtype(plan.dtype)})"

    def _gradient(self, node: nodes.NodeNG, plan: Gradient) -> str:
        cost, wrt = self.text(plan.cost), self.text(plan.wrt)
        if self.target == "tf2":
            zeros = f"{self.framework}.UnconnectedGradients.ZERO"
            options = f", unconnected_gradients={zeros}" if plan.zeros else ""
            text = f"tape.gradient({cost}, {wrt}{options})"
            if not plan.sparse:
                return text
            dense = f"{self.framework}.convert_to_tensor"
            return f"{dense}({text})" if plan.single else f"[{dense}(g) for g in {text}]"
        options = ", retain_graph=True" if node in self._earlier | self._earlier_inside else ""
        if plan.zeros:
            options += ", allow_unused=True, materialize_grads=True"
        item = "[0]" if plan.single else ""
        return f"{self.framework}.autograd.grad({cost}, {wrt}{options}){item}"

    def _loop(self, node: nodes.NodeNG, plan: Loop) -> str:
        source = self.module.source
        unit = layout.unit(source)
        torch = self.target == "torch"
        text = LoopText(plan, self.text, self.written, torch, self.framework, unit)
        indent = layout.indentation(source, source.start(node))
        return f"{source.newline}{indent}".join(text.lines(bool(self.graph.sources)))


def replaced(edits: Sequence[Edit], by: Sequence[Edit]) -> list[Edit]:
    """Edits, those left out that lie in what others replace, and these others."""
    spans = [(one.start, one.end) for one in by if one.start < one.end]
    kept = [
        one
        for one in edits
        if not any(start <= one.start and one.end <= end for start, end in spans)
    ]
    return [*kept, *by]


class _Slot:
    """The place of a node in a template."""

    def __init__(self, writer: TheanoWriter, node: nodes.NodeNG) -> None:
        self._writer = writer
        self._node = node

    def __format__(self, spec: str) -> str:
        return self._writer.atom(self._node) if spec else self._writer.text(self._node)


class _Operand:
    """The place of a text in a template."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __format__(self, spec: str) -> str:
        return atom(self._text) if spec else self._text


class _Spelled:
    """The place of a module in a template; it is imported when it is used."""

    def __init__(self, writer: TheanoWriter, module: str) -> None:
        self._writer = writer
        self._module = module

    def __format__(self, spec: str) -> str:
        return self._writer.imports.spell(self._module)
