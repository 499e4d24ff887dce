"""The text of the program that takes the place of a graph."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from astroid import nodes

from lintplugin import evidence, imports
from lintplugin.edits import Edit, parses, splice
from lintplugin.evidence import Evidence
from lintplugin.rewrite import Conversion, Refusal, Refused, layout, program_evidence
from lintplugin.rewrite.tensorflow1 import configuration, runs, savers, summaries
from lintplugin.rewrite.tensorflow1.graph import STATIC, Kind, Value, arguments, is_one_tensor
from lintplugin.rewrite.tensorflow1.layers import Layer
from lintplugin.rewrite.tensorflow1.plans import Function, Input, Plan, target_of
from lintplugin.rewrite.tensorflow1.runs import Fetch, Run, Structure
from lintplugin.rewrite.tensorflow1.survey import Role
from lintplugin.rewrite.tensorflow1.tf2 import TensorFlow2
from lintplugin.rewrite.tensorflow1.torch import Torch
from lintplugin.rewrite.tensorflow1.writers import GraphWriter, Step
from lintplugin.source import Source

_LOOKUPS = frozenset({"tensorflow.gather", "tensorflow.nn.embedding_lookup"})

#: Optimisers of TensorFlow 1 that leave the rows that were not looked up as they are.
_CHANGING_ROWS = frozenset(
    f"tensorflow.train.{name}Optimizer" for name in ("Adadelta", "Momentum", "RMSProp")
)

_WRITERS: dict[str, type[GraphWriter]] = {"tf2": TensorFlow2, "torch": Torch}


#: Why a conversion that leaves out the configuration of a session is not safe.
_CONFIGURED = "what the session is configured to do with devices and memory is left out"


class Text:
    """Writes a plan for one target."""

    def __init__(self, plan: Plan, target: str) -> None:
        self.plan = plan
        self.target = target
        self.survey = plan.survey
        self.source = plan.survey.source
        self.graph = plan.graph
        self.writer = _WRITERS[target](plan.survey.module, target, plan.graph, plan.survey.types)
        self.writer.differentiates = plan.differentiates
        self.writer.only_floats = self._only_floats()
        self.unit = self.writer.unit = layout.unit(self.source)
        self._rename_imports()
        self._optimizers: dict[nodes.NodeNG, str] = {}
        self._late: set[nodes.NodeNG] = set()
        self._written: dict[int, str] = {}
        items = layout.cut(
            self.source,
            self.survey.flat,
            layout.body_start(self.source, self.survey.home),
            self.survey.unwraps,
        )
        self.page = layout.Page(self.source, items)
        self.items = {item.node: item for item in items}

    def _rename_imports(self) -> None:
        """``import tensorflow.compat.v1 as tf`` becomes an import of TensorFlow 2 itself."""
        found = self.survey.names.imports
        if self.target != "tf2" or any(one.api == "tensorflow" for one in found):
            return
        for imported in found:
            if imported.api == "tensorflow.compat.v1" and len(imported.node.names) == 1:
                self.writer.imports.bind("tensorflow", imported.name)
                self.writer.given[imported.node] = f"import tensorflow as {imported.name}"

    def convert(self) -> Conversion:
        """The whole conversion, or the places that stop it."""
        self._name_layers()
        self._name_saving()
        self._name_writing()
        self._name_runs()
        self._configure()
        for item in self.page.items:
            with self.survey.refusals.collecting():
                self._write_statement(item)
        for function in self.plan.functions:
            with self.survey.refusals.collecting():
                change = self.page.changes[self.items[function.anchor]]
                place = change.before if function.before else change.after
                text = _FunctionText(self, function).write()
                place.append(text)
                for run in function.runs:
                    self._written[run.node.statement().lineno] = text
                for one in function.inputs:
                    self._written.setdefault(one.statement.lineno, text)
        self._write_layers()
        for statement in self.survey.outside:
            with self.survey.refusals.collecting():
                self.page.edits.extend(self._edits(statement))
        if self.survey.refusals:
            return self._refused(self.survey.refusals)
        clash = self.writer.imports.clash()
        if clash is not None:
            reason = f"'{clash.name}' is already the name of something else"
            return self._refused([Refusal(clash.node.lineno, reason)])
        finished = self._finish(self.page.write())
        if finished is None:
            return self._refused([Refusal(1, "the result would not be Python")])
        reasons = dict.fromkeys([*self.plan.unsafe, *self.writer.unsafe])
        return Conversion(
            self.target,
            layout.differences(self.source.text, finished),
            evidence=evidence.weakest([*self.writer.evidence, *self._programs()]),
            unsafe="; ".join(reasons),
            written=self._written,
        )

    def _configure(self) -> None:
        """Say before the first operation what sessions are told of devices, memory and threads."""
        if not self.survey.is_configured:
            return
        leading = list(itertools.takewhile(_is_import, self.page.items))
        imported = {one.node for one in self.survey.names.imports if "tensorflow" in one.api}
        is_early = any(item.node in imported for item in leading)
        spell = self.writer.imports.spell
        found = configuration.counterparts(self.survey.names, self.target, spell)
        said = {path: one for path, one in found.items() if one.statement and is_early}
        if said:
            lines = (one.statement or "" for one in said.values())
            self.page.changes[leading[-1]].after.append("\n" + "\n".join(lines))
            self.writer.unsafe += [one.unsafe for one in said.values() if one.unsafe]
        lost = [path for path in found if path not in said]
        if lost:
            self.writer.unsafe.append(f"{_CONFIGURED}: {', '.join(lost)}")

    def placed(self, statement: nodes.NodeNG) -> str:
        """The header of the block that places a statement where it was; "" where none does."""
        device = self.survey.device(statement)
        return self.writer.placed(device) if device is not None else ""

    def _refused(self, refusals: Iterable[Refusal]) -> Conversion:
        return Conversion(self.target, refusals=tuple(sorted(refusals)))

    def _programs(self) -> Iterator[Evidence | None]:
        """Evidence for the programs that were converted like this one."""
        yield program_evidence("tf1-session", self.target)
        if self.survey.placeholders:
            yield program_evidence("tf1-placeholder", self.target)
        if self.survey.is_configured:
            yield program_evidence("device-session-config", self.target)

    def _only_floats(self) -> bool:
        """Whether every tensor that the program makes by itself is of a floating type."""
        made = [value for _, value in self.plan.of_role(Role.GRAPH)]
        made += [value for _, value in self.plan.of_role(Role.VARIABLE)]
        types = [
            self.survey.types.of(one.node)
            for value in made
            for one in value.flat()
            if one.kind in (Kind.PLACEHOLDER, Kind.VARIABLE) or one.api == "tensorflow.constant"
        ]
        return all(one.is_floating for one in types if one.dtype is not None)

    # Layers

    def _name_layers(self) -> None:
        """Give every layer the name of what it is called for."""
        layers = self.plan.layers.by_call
        self.writer.layers = layers
        targets = [target_of(one.call.statement()) for one in layers.values()]
        for layer, target in zip(layers.values(), targets, strict=True):
            if layer.cell is not None:
                self._name_cell(layer)
                continue
            short = layer.api.rpartition(".")[2]
            named = layer.bound.get("name")
            if isinstance(named, nodes.Const) and str(named.value).isidentifier():
                wish = str(named.value)
            elif target and targets.count(target) == 1:
                wish = target
            else:
                wish = short if layer.function is None else f"{layer.function.name}_{short}"
            wish = wish if wish.endswith("layer") else f"{wish}_layer"
            self.writer.layer_names[layer.call] = self.plan.fresh(wish)

    def _name_cell(self, layer: Layer) -> None:
        """A cell keeps its name, which a function has it by from then on, too."""
        assert layer.cell is not None
        name = target_of(layer.cell.statement())
        with self.survey.refusals.collecting():
            if not name or len(self.survey.names.everywhere(name)) > 1:
                raise Refused(layer.cell.lineno, "a cell without a name of its own")
            self.writer.layer_names[layer.call] = name
            if layer.function is None:
                self.writer.given[layer.cell] = self.writer.cell(layer)
            else:
                self.writer.given[layer.cell.statement()] = ""

    def _write_layers(self) -> None:
        """Layers are made where the program called them, or before the function that did."""
        for layer in self.plan.layers.by_call.values():
            with self.survey.refusals.collecting():
                name = self.writer.layer_names[layer.call]
                if layer.cell is None:
                    self._place_layer(layer, "\n".join(self.writer.layer(layer, name)))
                elif layer.function is not None:
                    self._place_layer(layer, f"{name} = {self.writer.cell(layer)}")

    def _place_layer(self, layer: Layer, text: str) -> None:
        if layer.function is None:
            statement = self.survey.statement_of(layer.call)
            assert statement is not None
            change = self.page.changes[self.items[statement]]
            change.after.append(text)
            return
        if layer.function not in self.items:
            raise Refused(layer.call.lineno, "a layer in a function outside of the program")
        names = [
            name
            for key, node in layer.bound.items()
            if key != "inputs"
            for name in node.nodes_of_class(nodes.Name)
        ]
        given = [one for name in names if (one := self.survey.types.argument(name)) is not None]
        names += [name for one in given for name in one.nodes_of_class(nodes.Name)]
        used = {name.name for name in names}
        line = layer.function.lineno
        bindings = self.survey.names.scope_of(self.survey.home).bindings
        late = any(
            one.node.lineno > line and one.api is None
            for name in used
            for one in bindings.get(name, ())
        )
        place: nodes.NodeNG | None = layer.function
        if late:
            first = min(self.graph.calls(layer.function), key=lambda one: one.lineno)
            place = self.survey.statement_of(first)
        assert place is not None
        before = self.page.changes[self.items[place]].before
        above = place.previous_sibling()
        if isinstance(above, (nodes.FunctionDef, nodes.ClassDef)) and not before:
            text = f"\n\n{text}"
        before.append(text)

    # Statements

    def _write_statement(self, item: layout.Item) -> None:
        statement = item.node
        change = self.page.changes[item]
        if item.header:
            change.stays = not self.survey.unwraps(statement)
            if not change.stays:
                self._written[statement.lineno] = ""
            if statement in self.survey.runners:
                change.edits = self.writer.edits(statement.args)
            return
        role = self.survey.roles.get(statement)
        if role is Role.GONE:
            change.stays = False
            self._written[statement.lineno] = ""
            change.comments = self.comments_inside(statement, "")
        elif statement in self.plan.symbolic:
            change.stays = False
            change.comments = (
                None
                if self.plan.goes_into_a_function(statement)
                else self.comments_inside(statement, "")
            )
            if self.plan.is_a(Kind.TRAINING, statement):
                change.after.extend(self._optimizer(statement))
        else:
            if role is Role.OPTIMIZER and not self._name_optimizer(statement):
                change.stays = False
                change.comments = None
                return
            if role is Role.VARIABLE:
                change.block = self.placed(statement)
            value = self.plan.value(statement)
            if value is not None and value.kind is Kind.SAVER:
                self._write_saver(statement, value)
            change.edits = self._edits(statement)
            lost = self.comments_inside(
                statement, splice_node(self.source, statement, change.edits)
            )
            change.edits += [self._comment(statement, one) for one in lost]

    def comments_inside(self, node: nodes.NodeNG, text: str) -> list[str]:
        """Comments inside a statement that its new text lacks."""
        return layout.lost_comments(self.source, node, text)

    def _write_saver(self, statement: nodes.NodeNG, saver: Value) -> None:
        """``tf.train.Saver()`` is told what to save: what is there when it is made."""
        savers.require_plain(self.graph, saver.node)
        collections: list[str] = []
        names: list[str] = []
        for made, value in self.plan.of_role(Role.VARIABLE):
            if made.lineno > statement.lineno:
                continue
            is_whole = _unpacking(made, value) is not None
            if is_whole:
                collections.append(target_of(made))
                continue
            for one, text in _names_of(made, value):
                if not text.isidentifier():
                    raise Refused(one.node.lineno, "a variable without a name of its own")
                names.append(text)
        names += [
            self.writer.layer_names[layer.call]
            for layer in self.plan.layers.by_call.values()
            if layer.call.lineno <= statement.lineno
        ]
        names += [name for made, name in self._optimizers.items() if made.lineno < statement.lineno]
        self.writer.given[saver.node] = self.writer.saver(names, collections, saver.node)
        self.writer.unsafe.append(savers.UNSAFE)

    def _name_saving(self) -> None:
        for call, (method, bound) in self.survey.saving.items():
            with self.survey.refusals.collecting():
                step = bound.get("global_step")
                if step is not None and self.graph.value(step) is not None:
                    raise Refused(step.lineno, "a saver that is given a tensor as the step")
                path = self.writer.text(bound["save_path"])
                if step is not None:
                    path = f"'%s-%d' % ({path}, {self.writer.text(step)})"
                name = self.writer.text(call.func.expr)
                self.writer.given[call] = f"{name}.{self.writer.saving[method]}({path})"

    def _name_writing(self) -> None:
        """Writers of summaries, and what they write."""
        for call in self.survey.names.by_type["Call"]:
            with self.survey.refusals.collecting():
                value = self.graph.value(call)
                if value is not None and value.kind is Kind.WRITER and value.node is call:
                    bound = arguments(call, summaries.WRITER, "logdir graph")
                    self.writer.given[call] = self.writer.summary_writer(bound["logdir"])
        for call, method in self.survey.writing.items():
            if method != "add_summary":
                continue
            with self.survey.refusals.collecting():
                summary, step = summaries.added(call)
                wanted = self.survey.summarised(summary)
                if step is None:
                    raise Refused(call.lineno, "a summary without a step")
                apis = {
                    summaries.tag(self.graph, one): self.graph.api(one.func)
                    for one in self.survey.names.by_type["Call"]
                    if self.graph.api(one.func) in summaries.SINGLE
                }
                name = self.writer.text(summary)
                keys = [(self.source.segment(key), apis[key]) for key in wanted.keys]
                given = [(api, key, f"{name}[{key}]") for key, api in keys]
                if len(given) > 1 and not runs.is_pure(self.survey.names, step):
                    raise Refused(step.lineno, "the step of a summary is computed once")
                text = self.writer.text(call.func.expr)
                lines = self.writer.summarise(text, given, self.writer.text(step))
                indent = layout.indentation(self.source, self.source.line_start(call.lineno))
                self.writer.given[call] = f"\n{indent}".join("\n".join(lines).split("\n"))

    def _name_optimizer(self, statement: nodes.NodeNG) -> bool:
        """Write ``optimizer = tf.train.…Optimizer(…)`` for the target; whether it stays there."""
        value = self.plan.value(statement)
        assert value is not None
        trainings = [
            (one, made)
            for one, made in self.plan.of_role(Role.GRAPH)
            if made.kind is Kind.TRAINING and self.graph.value(made.node.func.expr) is value
        ]
        if len(trainings) != 1:
            raise Refused(statement.lineno, "an optimiser that does not minimise one loss")
        training, made = trainings[0]
        self._optimizers[training] = target_of(statement)
        variables = self.plan.trained(made)
        try:
            listed = self._listed(variables, statement if self.target == "torch" else None)
        except Refused:
            # PyTorch makes an optimiser of what it changes: there, not before.
            self._late.add(training)
            return False
        rate = self.plan.rate(made)
        self.writer.given[value.node] = self.writer.optimizer(value, listed, rate)
        return True

    def _optimizer(self, training: nodes.NodeNG) -> Iterator[str]:
        """The optimiser of ``Optimizer(…).minimize(…)`` gets a statement of its own."""
        value = self.plan.value(training)
        assert value is not None
        made = self.graph.value(value.node.func.expr)
        assert made is not None
        if made.node is value.node.func.expr:
            name = target_of(training)
            if not name.lower().startswith("opt") and not name.endswith("optimizer"):
                name = self.plan.fresh("optimizer")
            self._optimizers[training] = name
        elif training not in self._late:
            return
        variables = self._listed(self.plan.trained(value))
        text = self.writer.optimizer(made, variables, self.plan.rate(value))
        text = f"{self._optimizers[training]} = {text}"
        if training in self._late:
            item = self.items[made.node.statement()]
            yield "\n".join((*self.page.comments_of(item), text + self.page.trailing(item)))
        else:
            yield text

    def optimizer_of(self, training: nodes.NodeNG) -> str:
        """Name of the optimiser of a training operation."""
        return self._optimizers.get(training, "optimizer")

    def listed(self, training: nodes.NodeNG) -> str:
        """A list of the variables that a training operation changes."""
        value = self.plan.value(training)
        assert value is not None
        return self._listed(self.plan.trained(value))

    def _listed(self, variables: Sequence[Value], before: nodes.NodeNG | None = None) -> str:
        """A list of variables, by their names in the program.

        :param before: the statement by which they must have been made.
        """
        names: dict[Value, str] = {
            layer.value: f"*{self.writer.parameters(self.writer.layer_names[layer.call])}"
            for layer in self.plan.layers.by_call.values()
        }
        collections: list[tuple[str, list[Value]]] = []
        for statement, value in self.plan.of_role(Role.VARIABLE):
            if before is not None and statement.lineno > before.lineno:
                break
            for one, text in _names_of(statement, value):
                names.setdefault(one, text)
            whole = _unpacking(statement, value)
            if whole is not None:
                collections.append((whole, list(value.flat())))
        parts: list[str] = []
        left = list(variables)
        while left:
            for text, held in collections:
                if left[0] in held and all(one in left for one in held):
                    parts.append(text)
                    left = [one for one in left if one not in held]
                    break
            else:
                one = left.pop(0)
                if one not in names:
                    raise Refused(one.node.lineno, "a variable without a name of its own")
                parts.append(names[one])
        whole = parts[0].removeprefix("*") if len(parts) == 1 else ""
        return whole if whole.isidentifier() and whole != parts[0] else f"[{', '.join(parts)}]"

    # Runs

    def _name_runs(self) -> None:
        """Give every run the text that takes its place, those inside others first."""
        for run in sorted(self.survey.runs.values(), key=lambda run: -self.source.start(run.node)):
            with self.survey.refusals.collecting():
                if run in self.plan.inline:
                    text = self.returned(self.plan.inline[run], False, False)
                    self.writer.given[run.node] = text
                    self._written[run.node.statement().lineno] = text
                elif run in self.plan.calls:
                    self.writer.given[run.node] = self._call(run, self.plan.calls[run])
            if run.statement is not None:
                self.writer.given[run.statement] = ""

    def _call(self, run: Run, function: Function) -> str:
        fed = self.plan.fed(run)
        written = [one for one in fed if one in function.inputs]
        if written == list(function.inputs) or all(
            runs.is_pure(self.survey.names, value) for value in fed.values()
        ):
            given = [self.writer.text(fed[one]) for one in function.inputs]
        else:
            given = [f"{one.name}={self.writer.text(fed[one])}" for one in written]
        return f"{function.name}({', '.join(given)})"

    def _edits(self, statement: nodes.NodeNG) -> list[Edit]:
        """Replacements inside a statement that stays."""
        source = self.source
        edits = self.writer.edits(statement)
        for run in self.survey.runs.values():
            if not statement.parent_of(run.node) and run.node is not statement:
                continue
            assignment = run.node.parent
            if run in self.plan.targets and isinstance(assignment, nodes.Assign):
                target = self.plan.targets[run]
                start = source.start(assignment.targets[0])
                if target:
                    edits.append(Edit(start, source.end(assignment.targets[0]), target))
                else:
                    edits.append(Edit(start, source.start(run.node), ""))
            if run.node in self.writer.given:
                lost = self.comments_inside(run.node, self.writer.given[run.node])
                edits += [self._comment(run.node.statement(), one) for one in lost]
        for run in self.survey.runs.values():
            if run.statement is not None and statement.parent_of(run.statement):
                whole = (source.start(run.statement), source.end(run.statement))
                edits = [edit for edit in edits if (edit.start, edit.end) != whole]
                edits.append(layout.removal(source, run.statement))
        for layer in self.plan.layers.by_call.values():
            made = layer.cell.statement() if layer.cell is not None else None
            if layer.function is statement and made is not None:
                whole = (source.start(made), source.end(made))
                removal = layout.removal(source, made)
                edits = [
                    edit
                    for edit in edits
                    if (edit.start, edit.end) != whole
                    and not removal.start <= edit.start < removal.end
                ]
                edits.append(removal)
        closed = (one for one in statement.nodes_of_class(nodes.Expr) if self.survey.closes(one))
        edits += map(self._without, closed)
        return sorted(set(edits))

    def _without(self, statement: nodes.NodeNG) -> Edit:
        """Remove a statement inside another one, which may have no more than that."""
        if statement.next_sibling() is None and statement.previous_sibling() is None:
            return Edit(self.source.start(statement), self.source.end(statement), "pass")
        return layout.removal(self.source, statement)

    def _comment(self, statement: nodes.NodeNG, comment: str) -> Edit:
        """A comment on a line of its own above a statement."""
        start = self.source.line_start(statement.lineno)
        indent = layout.indentation(self.source, start)
        return Edit(start, start, f"{indent}{comment}{self.source.newline}")

    # Results

    def returned(self, part: Fetch | Structure, differentiated: bool, unpacked: bool) -> str:
        """Text of what a run returned."""
        if isinstance(part, Fetch):
            if part.trains:
                return "None"
            parameter = self.plan.differentiates and part.value.kind is Kind.VARIABLE
            if part.value.kind is Kind.ASSIGNMENT and part.name is None:
                return self._assigned(part)
            if not is_one_tensor(part.value.api):
                name = part.node.as_string()
                if part.value.api == STATIC:
                    raise Refused(
                        part.node.lineno, f"'{name}', a shape, is used outside of the graph"
                    )
                raise Refused(part.node.lineno, f"'{name}' is fetched and is not one tensor")
            return self.writer.result(part.node, differentiated or parameter, part.text)
        texts = [self.returned(one, differentiated, False) for one in part.parts]
        if unpacked:
            return ", ".join(texts)
        if part.keys:
            keys = map(self.source.segment, part.keys)
            return "{" + ", ".join(map(": ".join, zip(keys, texts, strict=True))) + "}"
        if part.kind == "Tuple":
            return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"
        return f"[{', '.join(texts)}]"

    def _assigned(self, part: Fetch) -> str:
        """A variable assigned where the run stood."""
        if self.plan.differentiates:
            self.writer.require_plain_assignment(part.node)
        thrown_away = any(
            isinstance(run.node.parent, nodes.Expr)
            for run in self.plan.inline
            if run.wanted is part
        )
        if thrown_away:
            return self.writer.text(part.node)
        return self.writer.result(part.node, False)

    def _finish(self, text: str) -> str | None:
        """Import what the text needs, and drop the imports that it needs no more."""
        if not parses(text):
            return None
        module = self.survey.module
        if missing := sorted(self.writer.imports.missing):
            with module.with_text(text) as after:
                text = splice(text, [imports.insertion(after, one) for one in missing])
        for name, definition in self.writer.definitions.items():
            with module.with_text(text) as after:
                text = splice(text, [layout.definition(after, name, definition)])
        with module.with_text(text) as after:
            return splice(text, imports.unused_after(module, after))


def _is_import(item: layout.Item) -> bool:
    """Whether a statement is an import, or a text that stands alone as that of a module does."""
    node = item.node
    return isinstance(node, (nodes.Import, nodes.ImportFrom)) or (
        isinstance(node, nodes.Expr) and isinstance(node.value, nodes.Const)
    )


class _FunctionText:
    """Writes one function."""

    def __init__(self, text: Text, function: Function) -> None:
        self.text = text
        self.plan = text.plan
        self.writer = text.writer
        self.function = function
        self.lines: list[str] = []
        self._depth = 1
        self._fresh_suite = True
        self._after_function = False
        #: The block with a device that is open: its header, its depth and where it ends so far.
        self._block = ("", 0, 0)
        self._targets = self.plan.differentiated(function)
        self._asked = len(self._targets) - len(function.trainings)
        self._losses: dict[nodes.NodeNG, str] = {}
        self._differentiates = bool(self._targets)

    def write(self) -> str:
        """The text of the function, without indentation."""
        function = self.function
        if self._reads_parameters() and self.writer.without_gradients_at_all:
            self.lines.append(self.writer.without_gradients_at_all)
        names = ", ".join(one.name for one in function.inputs)
        self.lines.append(f"def {function.name}({names}):")
        commented: set[nodes.NodeNG] = set()
        for one in function.inputs:
            self._write_input(one, one.statement not in commented)
            commented.add(one.statement)
        rest = list(function.body)
        self.writer.takes_gradients = self._differentiates
        if self._differentiates:
            rest = self._write_differentiated(rest)
        returned = self._returned_assignment()
        for statement in rest:
            if statement is not returned:
                self._write_statement(statement)
        self._write_trainings()
        if returned is not None:
            result = self.writer.result(returned.value, False)
            self._add_with_comments(returned, f"return {result}")
        elif function.returned is not None:
            result = self.text.returned(function.returned, self._differentiates, function.unpacked)
            self._add(f"return {result}")
        elif len(self.lines) == 1:
            self._add("pass")
        for target in self._targets:
            self.writer.given.pop(target, None)  # Another function names it by itself.
        return "\n".join(self.lines)

    def _returned_assignment(self) -> nodes.NodeNG | None:
        """The last statement, when it assigns a variable and the function returns just that."""
        function = self.function
        if self._differentiates or not function.body or not isinstance(function.returned, Fetch):
            return None
        last = function.body[-1]
        same = function.returned.name == target_of(last)
        return last if same and self.plan.is_a(Kind.ASSIGNMENT, last) else None

    def _reads_parameters(self) -> bool:
        """Whether the function only reads what others take gradients by."""
        if self._differentiates or not self.plan.differentiates:
            return False
        return any(self.plan.variables_read(one) for one in self.function.body) or any(
            fetch.value.kind is Kind.VARIABLE
            for fetch in (runs.fetches(self.function.returned) if self.function.returned else ())
        )

    # Lines

    def _add(self, text: str) -> None:
        if self._after_function and self.lines[-1]:
            self.lines.append("")
        self._after_function = False
        indent = self.text.unit * self._depth
        self.lines.extend(layout.shift(text, "", indent).split("\n"))
        self._fresh_suite = False

    def _add_with_comments(self, statement: nodes.NodeNG, text: str) -> None:
        """Text that takes the place of a statement, with its comments and the space before it."""
        page, item = self.text.page, self.text.items[statement]
        if page.is_apart(item) and not self._fresh_suite:
            self.lines.append("")
        for comment in page.comments_of(item):
            self._add(comment)
        for comment in self.text.comments_inside(statement, text):
            self._add(comment)
        self._add(text + page.trailing(item))

    def _write_input(self, one: Input, with_comments: bool) -> None:
        text = f"{one.name} = {self._input(one)}"
        if with_comments:
            self._add_with_comments(one.statement, text)
        else:
            self._add(text)

    def _input(self, one: Input) -> str:
        for placeholder in self.text.survey.placeholders.values():
            if placeholder.statement is one.statement and placeholder.name == one.name:
                return self.writer.placeholder(one.name, placeholder.dtype, placeholder.stated)
        dtype = self.text.survey.types.of(one.statement.value).dtype
        if dtype is None:
            raise Refused(
                one.statement.lineno, f"'{one.name}' is fed, and its element type is not known"
            )
        return self.writer.placeholder(one.name, dtype, None)

    def _write_statement(self, statement: nodes.NodeNG) -> None:
        source = self.text.source
        item = self.text.items[statement]
        node = statement
        if self.plan.is_a(Kind.ASSIGNMENT, statement) and not self._is_read(statement):
            node = statement.value
        text = layout.shift(item.indent + self.writer.text(node), item.indent)
        if self.plan.is_a(Kind.ASSIGNMENT, statement) and self._differentiates:
            text = self.writer.without_gradients(text, self.text.unit)
        self._add_placed(statement, text.replace(source.newline, "\n"))
        self._after_function = isinstance(statement, nodes.FunctionDef)

    def _add_placed(self, statement: nodes.NodeNG, text: str) -> None:
        """Text of a statement on its device; statements in a row share a block."""
        header = self.text.placed(statement)
        if header:
            if self._block != (header, self._depth, len(self.lines)):
                self._add(header)
                self._fresh_suite = True
            self._depth += 1
        self._add_with_comments(statement, text)
        if header:
            self._depth -= 1
            self._block = (header, self._depth, len(self.lines))

    def _is_read(self, statement: nodes.NodeNG) -> bool:
        """Whether a later statement, or the caller, takes what a statement makes."""
        name = target_of(statement)
        if not name:
            return True
        returned = runs.fetches(self.function.returned) if self.function.returned else ()
        fetched = (
            node.name
            for one in returned
            for node in one.node.nodes_of_class((nodes.Name, nodes.AssignName))
        )
        return name in fetched or any(
            name in self.plan.block.effects(one).reads for one in self.function.body
        )

    # Gradients

    def _write_differentiated(self, body: list[nodes.NodeNG]) -> list[nodes.NodeNG]:
        """Write the statements that gradients are taken of; the others are left over."""
        taped = self.plan.recorded(self.function)
        watched = self._watched()
        self.writer.may_be_unconnected = any(map(self._may_make_no_step, (*taped, *self._targets)))
        head = self.writer.begin_gradients(self.plan.fresh_inside("tape"), len(self._targets))
        if head:
            self._add(head)
            self._depth += 1
            self._fresh_suite = True
        for name in watched:
            if name in {one.name for one in self.function.inputs} or not any(
                target_of(one) == name for one in taped
            ):
                self._add(self.writer.watch(name))
        for statement in body:
            if statement in taped:
                self._write_statement(statement)
                if target_of(statement) in watched:
                    self._add(self.writer.watch(target_of(statement)))
        self._write_losses()
        if head:
            self._write_targets()
            if self._fresh_suite:
                self._add("pass")
            self._depth -= 1
        return [one for one in body if one not in taped]

    def _may_make_no_step(self, statement: nodes.NodeNG) -> bool:
        """Whether a statement, or a function it calls, has a loop whose length a run decides."""
        graph, shapes = self.text.graph, self.writer.shapes
        return any(
            (loop := graph.loop(call)) is not None and not shapes.steps(loop)
            for place in (statement, *graph.called(statement))
            for call in place.nodes_of_class(nodes.Call)
        )

    def _write_targets(self) -> None:
        """What gradients are taken of gets a name, as nothing after the tape is recorded."""
        unnamed = [one for one in self._targets[: self._asked] if not isinstance(one, nodes.Name)]
        for count, target in enumerate(unnamed, start=1):
            if self.text.graph.kind(target) is Kind.COLLECTION:
                raise Refused(target.lineno, "gradients of a list of tensors without a name")
            name = self.plan.fresh_inside("target" if count == 1 else f"target_{count}")
            self._add(f"{name} = {self.writer.text(target)}")
            self.writer.given[target] = name

    def _watched(self) -> list[str]:
        """Names of tensors, no variables, that gradients are taken by."""
        found: dict[str, None] = {}
        for statement in self.function.body:
            for call in self.plan.gradient_calls(statement):
                for source in self.plan.sources(call):
                    value = self.text.graph.value(source)
                    if value is None:
                        raise Refused(call.lineno, "gradients by something that is no tensor")
                    for one in value.flat():
                        if one.kind is Kind.VARIABLE:
                            if not self.plan.is_trainable(one):
                                raise Refused(
                                    call.lineno, "gradients by a variable that is not trainable"
                                )
                        elif isinstance(source, nodes.Name):
                            found[source.name] = None
                        else:
                            raise Refused(call.lineno, "gradients by a tensor without a name")
        return list(found)

    def _write_losses(self) -> None:
        """A loss that has no name gets one."""
        unnamed = 0
        for training in self.function.trainings:
            value = self.plan.value(training)
            assert value is not None
            loss = self.plan.loss(value)
            if isinstance(loss, nodes.Name):
                self._losses[training] = loss.name
                continue
            unnamed += 1
            name = self.plan.fresh_inside("loss" if unnamed == 1 else f"loss_{unnamed}")
            self._losses[training] = name
            self._add(f"{name} = {self.writer.text(loss)}")

    def _write_trainings(self) -> None:
        """The steps of the optimisers; with several, all gradients are taken before the first."""
        trainings = self.function.trainings
        steps = []
        for count, training in enumerate(trainings, start=1):
            value = self.plan.value(training)
            assert value is not None
            suffix = f"_{count}" if count > 1 else ""
            steps.append(
                self.writer.step(
                    Step(
                        self.text.optimizer_of(training),
                        self._losses[training],
                        self.text.survey.types.of(self.plan.loss(value)).rank == 0,
                        self.text.listed(training),
                        self.plan.fresh_inside(f"gradients{suffix}"),
                        self.plan.fresh_inside(f"variables{suffix}"),
                        self._clip(value),
                        self._rate(value),
                        self._counter(value),
                        self._is_sparse(value),
                        len(trainings) > 1,
                        count == len(trainings),
                    )
                )
            )
        if len(trainings) == 1:
            self._add_with_comments(trainings[0], "\n".join(itertools.chain(*steps[0])))
            return
        for part in (0, 1):
            for training, lines in zip(trainings, steps, strict=True):
                text = "\n".join(lines[part])
                if part == 0:
                    self._add_with_comments(training, text)
                else:
                    self._add(text)

    def _clip(self, training: Value) -> tuple[str, list[str]]:
        applied = self.plan.applied(training)
        if applied is None:
            return "", []
        for limit in applied.limits:
            if self.text.graph.value(limit) is not None:
                raise Refused(limit.lineno, "gradients clipped to a tensor")
        return applied.api, [self.writer.text(one) for one in applied.limits]

    def _rate(self, training: Value) -> str | None:
        """The learning rate of a step as a number, where each step has its own."""
        rate = self.plan.rate(training)
        return self.writer.number(rate) if rate is not None else None

    def _counter(self, training: Value) -> str | None:
        counter = self.plan.counter(training)
        return self.writer.text(counter) if counter is not None else None

    def _is_sparse(self, training: Value) -> bool:
        """Whether gradients are of single rows, which optimisers treat by themselves.

        :raises Refused: for what TensorFlow 1 applied to these rows only.
        """
        survey = self.text.survey
        if not any(
            survey.graph.api(call.func) in _LOOKUPS for call in survey.names.by_type["Call"]
        ):
            return False
        optimizer = survey.graph.value(training.node.func.expr)
        assert optimizer is not None
        line = training.node.lineno
        if optimizer.api in _CHANGING_ROWS:
            name = optimizer.api.rpartition(".")[2]
            raise Refused(line, f"{name} changes only rows that were looked up")
        if self._clip(training)[0]:
            raise Refused(line, "gradients of rows that were looked up are clipped row by row")
        return optimizer.api != "tensorflow.train.GradientDescentOptimizer"


def _names_of(statement: nodes.NodeNG, value: Value) -> Iterator[tuple[Value, str]]:
    """Variables that a statement makes, each with the expression that names it afterwards."""
    target = statement.targets[0] if isinstance(statement, nodes.Assign) else statement.target
    if isinstance(target, (nodes.Tuple, nodes.List)):
        for key, one in value.items.items():
            if isinstance(key, int) and isinstance(target.elts[key], nodes.AssignName):
                yield one, target.elts[key].name
    elif value.kind is Kind.COLLECTION:
        for key, one in value.items.items():
            if isinstance(key, (str, int)):
                yield one, f"{target.name}[{key!r}]"
    else:
        yield value, target.name


def _unpacking(statement: nodes.NodeNG, value: Value) -> str | None:
    """Text that unpacks a collection of nothing but variables, None for anything else."""
    display, target = value.node, target_of(statement)
    if not target or value.kind is not Kind.COLLECTION or len(value.items) < 2:
        return None
    if isinstance(display, nodes.Dict) and len(display.items) == len(value.items):
        return f"*{target}.values()"
    if isinstance(display, (nodes.List, nodes.Tuple)) and len(display.elts) == len(value.items):
        return f"*{target}"
    return None


def splice_node(source: Source, node: nodes.NodeNG, edits: Iterable[Edit]) -> str:
    """Text of a node with edits of the file made in it."""
    start, end = layout.start_of(source, node), source.end(node)
    return splice(
        source.text[start:end],
        [
            Edit(edit.start - start, edit.end - start, edit.text)
            for edit in edits
            if start <= edit.start and edit.end <= end
        ],
    )
