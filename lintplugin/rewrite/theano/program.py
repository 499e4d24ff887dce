"""A Theano module on its way to a target."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Iterable, Mapping, Sequence

from astroid import nodes

from lintplugin import evidence, imports, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Edit, parses, splice
from lintplugin.rewrite import Conversion, Refusal, Refused, layout, program_evidence
from lintplugin.rewrite.slicing import Block, free_names
from lintplugin.rewrite.theano.classes import Split, splits_of, symbolic_arguments
from lintplugin.rewrite.theano.functions import FunctionText, Slicer, givens, names_in
from lintplugin.rewrite.theano.graph import Graph, is_main_guard, statements_of
from lintplugin.rewrite.theano.modules import Modules
from lintplugin.rewrite.theano.objects import is_method
from lintplugin.rewrite.theano.plans import Dropped, Quoted
from lintplugin.rewrite.theano.states import State
from lintplugin.rewrite.theano.values import Compiled
from lintplugin.rewrite.theano.writing import TheanoWriter

# Statements that may compute with symbolic values: they go into functions as they are.
_MOVABLE = (nodes.Assign, nodes.AnnAssign, nodes.AugAssign, nodes.For, nodes.If)


# Packages whose functions compute, and do nothing else.
_PURE = frozenset({"collections", "copy", "functools", "itertools", "math", "numpy", "operator"})


class Program:
    """One module: what its blocks become.

    :ivar used: statements of blocks that went into a function.
    :ivar items: the text of every statement of a block.
    :ivar changes: what becomes of each of them.
    """

    def __init__(self, module: Module, target: str, modules: Modules | None = None) -> None:
        self.module = module
        self.source = module.source
        self.target = target
        self.modules = modules or Modules(target)
        self.graph = Graph(module, target, self.modules)
        self.splits: Mapping[nodes.ClassDef, Split] = {}
        self.writer = TheanoWriter(self.graph)
        self.used: set[nodes.NodeNG] = set()
        self.items: dict[nodes.NodeNG, layout.Item] = {}
        self.changes: dict[nodes.NodeNG, layout.Change] = {}
        self.written: dict[int, str] = {}

    def convert(self) -> Conversion:
        """The whole conversion, or the places that stop it."""
        try:
            return self._convert()
        finally:
            self.graph.release()
            self.modules.release()

    def _convert(self) -> Conversion:
        homes = self.read()
        self._check_shapes()
        self._check_tapes()
        self._check_borrowed()
        if self.graph.refusals:
            return self._refused()
        text = self._write(homes)
        self._check_names()
        if self.graph.refusals:
            return self._refused()
        finished = self._finish(text)
        if finished is None:
            self._refuse(1, "the result would not be Python")
            return self._refused()
        return Conversion(
            self.target,
            layout.differences(self.source.text, finished),
            evidence=evidence.weakest([*self.writer.evidence, *self._programs()]),
            unsafe="; ".join(dict.fromkeys([*self.writer.unsafe, *self._unproven()])),
            written=self.written,
        )

    def _refuse(self, line: int, reason: str) -> None:
        self.graph.refusals.add(Refusal(line, reason))

    def _refused(self) -> Conversion:
        return Conversion(self.target, refusals=tuple(sorted(self.graph.refusals)))

    def _programs(self) -> Iterable[evidence.Evidence | None]:
        """Evidence for the kinds of rewriting that took place."""
        yield program_evidence("theano-import", self.target)
        if self.graph.compiled:
            yield program_evidence("theano-function", self.target)
        if self.graph.sources:
            yield program_evidence("theano-grad", self.target)

    def _unproven(self) -> Iterable[str]:
        """Where a result may differ: for large values, and gradients where they jump."""
        yield from self.modules.conditions()
        yield from sorted(self.graph.conditions)
        if self.graph.sources:
            for name in sorted(self.graph.undifferentiated):
                yield f"the gradient of {name} may differ where it jumps: at 0, at equal items"
            if self.graph.unchosen:
                yield "the gradient of what T.switch leaves out is 0, and may become nan here"

    # Reading

    def _check_imports(self) -> None:
        if "THEANO_FLAGS" in self.source.text:
            for node in self.module.tree.nodes_of_class(nodes.Const):
                if isinstance(node.value, str) and "THEANO_FLAGS" in node.value:
                    self._refuse(node.lineno, "sets THEANO_FLAGS")
        for imported in self.module.names.imports:
            if imported.api.partition(".")[0] != "theano":
                continue
            if isinstance(imported.node.parent, (nodes.Try, nodes.If)):
                self._refuse(imported.node.lineno, "an import of Theano under a condition")
            if imported.name == "*":
                for name in dir(builtins):
                    if self.module.names.uses(name) and signatures.known(f"{imported.api}.{name}"):
                        self._refuse(
                            imported.node.lineno, f"'{name}' may be Theano's, by a star import"
                        )

    def read(self) -> list[nodes.Module | nodes.FunctionDef]:
        """Read the module; it and the functions whose bodies are blocks too."""
        self._check_imports()
        graph = self.graph
        graph.read_block(statements_of(self.module.tree), graph.globals)
        homes: list[nodes.Module | nodes.FunctionDef] = [self.module.tree]
        while True:
            waiting = [
                (definition, frame)
                for definition, frame in graph.defined.items()
                if graph.is_compiling(definition) and definition not in homes
            ]
            if not waiting:
                break
            for definition, frame in waiting:
                homes.append(definition)
                graph.read_home(definition, frame)
        graph.read_rest()
        graph.read_untaken()
        with graph.refusals.collecting():
            self.splits = graph.splits = splits_of(graph)
        self._check_modules()
        return homes

    def _check_modules(self) -> None:
        """What other modules of the project make is used as they make it."""
        graph, own = self.graph, self.module.tree
        others = self.modules.programs
        for what, found, why in (
            ("taped", graph.taped, "takes gradients that its own module does not take"),
            ("differentiated", graph.differentiated, "gets a gradient that its module takes none"),
            ("resized", graph.resized if self.target == "tf2" else (), "gets another shape"),
        ):
            for node in found:
                root = node.root()
                if root is own or root not in others:
                    continue
                if node not in getattr(others[root].graph, what):
                    name = others[root].source.path.rpartition("/")[2]
                    self._refuse(1, f"{name}, line {node.lineno}: {why}")

    def _check_shapes(self) -> None:
        """A variable of TensorFlow whose shape may change does not know its shape."""
        if self.target == "tf2":
            for line, variable in self.graph.shapes_read:
                if variable in self.graph.resized:
                    self._refuse(line, "the shape of a shared variable whose shape may change")

    def _check_tapes(self) -> None:
        """Functions that get a tape are called where there is one, and used for nothing else."""
        for definition, calls in self.graph.taped.items():
            names = {
                name.name for name in definition.nodes_of_class((nodes.Name, nodes.AssignName))
            }
            if "tape" in names:
                self._refuse(definition.lineno, "'tape' is already the name of something else")
            for use in self._uses(definition):
                if use.parent not in calls:
                    self._refuse(
                        use.lineno, f"'{definition.name}' takes gradients and is used here"
                    )

    def _uses(self, definition: nodes.FunctionDef) -> Iterable[nodes.NodeNG]:
        """Where a function is named, a method by its name alone."""
        name = definition.name
        if name == "__call__":
            return  # Objects that are called are followed, or nothing is passed to them.
        if is_method(definition):
            for one in self.module.tree.nodes_of_class(nodes.Attribute):
                if one.attrname == name:
                    yield one
            return
        for use in self.module.names.uses(name):
            if any(one.node is definition for one in self.module.names.bindings(use)):
                yield use

    def _check_states(self) -> None:
        """Functions that are given their variables are called where these are made."""
        for definition in self.graph.states:
            for use in self._uses(definition):
                if use.parent not in self.graph.given_states:
                    reason = f"'{definition.name}' makes shared variables and is used here"
                    self._refuse(use.lineno, reason)

    def _check_borrowed(self) -> None:
        """Memory that a shared variable shares is not changed through its other name.

        Copies are written for the target, which has no arrays that are variables.
        """
        for name, statement in self.graph.borrowed:
            scope = statement.scope()
            block = Block(scope.body) if scope.is_statement else Block(statements_of(scope))
            at = block.statement_of(statement)
            for later in block.statements if at is not None else ():
                effects = block.effects(later)
                if name in effects.changes - effects.rebinds and later is not at:
                    self._refuse(
                        later.lineno,
                        f"changes '{name}', which shares memory with a shared variable",
                    )

    def _check_names(self) -> None:
        """The names of modules that the result imports are free everywhere in the file."""
        clash = self.writer.imports.clash()
        if clash is not None:
            line = clash.node.lineno
            self._refuse(line, f"'{clash.name}' is already the name of something else")

    # Writing

    def _write(self, homes: Sequence[nodes.Module | nodes.FunctionDef]) -> str:
        """The text of the module with everything but its imports."""
        with self.graph.refusals.collecting():
            for node, split in self.splits.items():
                if node.root() is self.module.tree:
                    split.keep()
                    self.graph.renamed.update(split.renamed)
        blocks = [_BlockText(self, home) for home in homes]
        for block in blocks:
            block.make_states()
        self._check_states()
        for block in blocks:
            block.write_functions()
        text = self.source.text
        for block in blocks[::-1]:
            # Inner blocks first: what they became is part of the statement around them.
            block.page.edits = []
            text = block.write(layout.differences(self.source.text, text))
        return text

    def _finish(self, text: str) -> str | None:
        """Import what the text needs and drop the imports of Theano."""
        if not parses(text):
            return None
        with self.module.with_text(text) as after:
            missing = sorted(self.writer.imports.missing)
            text = splice(text, [imports.insertion(after, one) for one in missing])
        with self.module.with_text(text) as after:
            doomed = {}
            for node in dict.fromkeys(one.node for one in after.names.imports):
                gone = [name for name in node.names if _is_of_theano(node, name[0])]
                if gone:
                    doomed[node] = gone
            text = splice(text, imports.removals(after.source, doomed))
        return text if parses(text) else None


class _BlockText:
    """Writes one block: the module's body, or that of a function that compiles."""

    def __init__(self, program: Program, home: nodes.Module | nodes.FunctionDef) -> None:
        self.program = program
        self.graph = program.graph
        self.writer = program.writer
        self.source = program.source
        tree = program.module.tree
        self.body = statements_of(home)
        before = [] if home is tree else statements_of(tree)
        owner = home.args.args[0].name if home is not tree and is_method(home) else ""
        kept = [one for one in (*before, *self.body) if not self._is_dropped(one)]
        self.block = Block(kept, owner)
        flat = list(layout.opened(home.body, is_main_guard))
        start = layout.body_start(self.source, home)
        items = layout.cut(self.source, flat, start, lambda node: False)
        self.page = layout.Page(self.source, items)
        program.items.update((item.node, item) for item in items)
        program.changes.update((item.node, change) for item, change in self.page.changes.items())
        self.compiled = {
            one.statement: one for one in self.graph.compiled if one.statement in self.block
        }
        self.symbolic = self._symbolic()
        self._find_objects()

    def _is_dropped(self, statement: nodes.NodeNG) -> bool:
        return isinstance(self.graph.plans.get(statement), Dropped)

    def _symbolic(self) -> set[nodes.NodeNG]:
        """Statements that go into functions: those that compute with symbolic values.

        A list that one of them adds to is made anew with it.
        """
        found = {
            statement
            for statement in self.block.statements
            if statement not in self.compiled and self.graph.facts[statement].symbolic
        }
        for statement in self.block.statements:
            if statement in found and self._is_constant(statement, found):
                found.remove(statement)
        pending = list(found)
        while pending:
            statement = pending.pop()
            effects = self.block.effects(statement)
            extends = isinstance(statement, nodes.AugAssign)
            for name in effects.changes | (effects.binds if extends else frozenset()):
                for made in self.block.definitions(name, statement):
                    if made in found or not isinstance(made, nodes.Assign):
                        continue
                    if not extends or isinstance(made.value, nodes.List):
                        found.add(made)
                        pending.append(made)
        return found

    def _find_objects(self) -> None:
        """Statements that make an object of which a function computes a part."""
        graph = self.graph
        for statement in self.symbolic:
            if isinstance(statement, nodes.Assign) and graph.facts[statement].shared:
                construction = graph.constructions.get(statement.value)
                targets = statement.targets
                if (
                    construction is not None
                    and construction.cls.node in graph.splits
                    and len(targets) == 1
                    and isinstance(targets[0], nodes.AssignName)
                ):
                    graph.forwarded.add(statement)
                    call, split = statement.value, graph.splits[construction.cls.node]
                    given = [one for _, one in symbolic_arguments(call, split)]
                    self.block.adjust(statement, names_in(*given), ())
        for statement, names in graph.changed_objects.items():
            if statement in self.block:
                self.block.adjust(statement, None, names)

    def _is_constant(self, statement: nodes.NodeNG, symbolic: Collection[nodes.NodeNG]) -> bool:
        """Whether a statement makes shared variables and computes with nothing that ever changes.

        ``y = T.cast(theano.shared(labels), 'int32')`` stays where it is and runs once, as does a
        name that is given to what it computed.
        """
        facts = self.graph.facts[statement]
        if facts.inputs or facts.gradients or facts.streamed:
            return False
        computing = (nodes.Call, nodes.BinOp, nodes.UnaryOp, nodes.Compare)
        names_only = isinstance(statement, nodes.Assign) and not any(
            statement.value.nodes_of_class(computing)
        )
        if not facts.shared and not names_only:
            return False
        variables = {leaf.node for leaf in (*facts.shared, *facts.read)}
        if not variables.isdisjoint(self.graph.changed | self.graph.differentiated):
            return False
        try:
            return not self.block.slice(self.block.effects(statement).reads, statement, symbolic)
        except Refused:
            return False

    def make_states(self) -> None:
        """Have variables that functions make for what they compute made once, where they were."""
        for statement in self.body:
            computes = statement in self.symbolic or statement in self.compiled
            made = self.graph.facts[statement].shared and statement not in self.graph.forwarded
            if computes and made:
                with self.program.graph.refusals.collecting():
                    self._make_state(statement)

    def _make_state(self, statement: nodes.NodeNG) -> None:
        facts, graph = self.graph.facts[statement], self.graph
        made = [leaf.node for leaf in facts.shared]
        chains = {node: facts.inside.get(node, []) for node in (*made, *facts.drawn)}
        outer = {chain[0] for chain in chains.values() if chain}
        if len(outer) > 1 or not all(chains.values()) or not isinstance(statement, nodes.Assign):
            self._refuse_variable(statement)
        definition, call = outer.pop()
        owner = definition.parent if is_method(definition) else definition
        if owner not in self.program.changes or not statement.parent_of(call):
            self._refuse_variable(statement)
        makings = [node if len(chains[node]) == 1 else chains[node][1][1] for node in made]
        state = graph.states.get(definition)
        if state is None:
            state = graph.states[definition] = State(definition, makings)
            text = state.maker_text(self.source, self.writer.text, bool(facts.drawn))
            if state.is_method:
                graph.makers[definition] = text
            else:
                self.program.changes[definition].before.append(text)
        for node in facts.drawn:
            place = node if len(chains[node]) == 1 else chains[node][1][1]
            if not state.covers(place.statement()):
                raise Refused(node.lineno, "draws a random number for a symbolic value")
        if state.makings != frozenset(makings):
            raise Refused(call.lineno, "makes other shared variables than another call")
        given = self._arguments(state, call, statement)
        name = self._fresh_name(state.name, statement)
        graph.given_states[call] = name
        maker = state.maker
        if state.is_method:
            func = call.func
            called = definition.name == "__call__"
            maker = f"{self.source.segment(func if called else func.expr)}.{maker}"
        self.program.changes[statement].after.append(f"{name} = {maker}({given})")

    def _arguments(self, state: State, call: nodes.Call, statement: nodes.NodeNG) -> str:
        """What the variables are made from, as the call says it."""
        accepted = [one.name for one in state.definition.args.args][state.is_method :]
        given = dict(zip(accepted, call.args, strict=False))
        texts = [self.writer.text(given[name]) for name in state.parameters if name in given]
        for keyword in call.keywords:
            if keyword.arg in state.parameters:
                given[keyword.arg] = keyword.value
                texts.append(f"{keyword.arg}={self.writer.text(keyword.value)}")
        for name in state.parameters:
            if name in given:
                self._require_concrete_in(statement, names_in(given[name]))
        return ", ".join(texts)

    def _fresh_name(self, wish: str, statement: nodes.Assign) -> str:
        target = next(statement.targets[0].nodes_of_class(nodes.AssignName), None)
        names = [wish, *([f"{target.name}_{wish}"] if target is not None else [])]
        names += [f"{wish}_{number}" for number in range(2, 100)]
        taken = {*self.graph.given_states.values()}
        for name in names:
            bound = self.program.module.names.uses(name) or name in self.block.names
            if name not in taken and not bound:
                return name
        raise Refused(statement.lineno, f"'{wish}' is already the name of something else")

    def _refuse_variable(self, statement: nodes.NodeNG) -> None:
        raise Refused(statement.lineno, "makes a shared variable and computes with symbolic values")

    def write_functions(self) -> None:
        """Write the functions that take the place of the compiled ones."""
        slicer = Slicer(self.graph, self.block, self.symbolic)
        for statement in self.body:
            if statement in self.compiled:
                with self.program.graph.refusals.collecting():
                    self._write_function(slicer, self.compiled[statement])

    def _write_function(self, slicer: Slicer, compiled: Compiled) -> None:
        found = slicer.slice(compiled)
        for statement in found.statements:
            if statement in self.graph.forwarded:
                self._require_same_object(statement, compiled)
        self.program.used.update(found.statements)
        if found.stated is not None:
            self.program.used.add(found.stated)
        self.program.used.update(
            leaf.statement
            for leaf, _ in (*compiled.inputs, *givens(compiled))
            if leaf.statement is not None
        )
        function = FunctionText(found, self.graph, self.writer, self.page, self.program.items)
        text = function.write()
        after = self.page.changes[self.program.items[compiled.statement]].after
        after.append(text)
        target = compiled.statement.targets[0]
        if isinstance(target, nodes.AssignAttr):
            if compiled.name in self.block.names:
                reason = f"'{compiled.name}' is the name of something else, too"
                raise Refused(compiled.statement.lineno, reason)
            after.append(f"{self.source.segment(target)} = {compiled.name}")
        self.program.written = {
            **function.written,
            **self.program.written,
            compiled.statement.lineno: text,
        }

    def _require_same_object(self, statement: nodes.Assign, compiled: Compiled) -> None:
        """Whether the name of an object stands for it as long as the function is called."""
        name = statement.targets[0].name
        later = self.block.changed_after(name, statement, in_place=False)
        after = self.block.position(later) if later is not None else len(self.block.statements)
        for one in self.block.statements[after:]:
            reads = compiled.name in self.block.effects(one).reads
            if reads and compiled.statement in self.block.definitions(compiled.name, one):
                raise Refused(one.lineno, f"'{name}' is another object when this is called")

    def write(self, inner: Iterable[Edit]) -> str:
        """The text of the file with this block rewritten.

        :param inner: what became of the blocks of functions in it.
        """
        edits = list(inner)
        for item in self.page.items:
            with self.program.graph.refusals.collecting():
                self._write_statement(item)
            start, end = self.source.start(item.node), self.source.end(item.node)
            own = [edit for edit in edits if start <= edit.start and edit.end <= end + 1]
            if not item.header:
                self.page.changes[item].edits = [*self.page.changes[item].edits, *own]
        return self.page.write()

    def _write_statement(self, item: layout.Item) -> None:
        statement = item.node
        change = self.page.changes[item]
        if item.header:
            return
        if statement in self.compiled:
            self._require_no_variable(statement)
            change.stays = False
            change.comments = None
        elif self._is_dropped(statement):
            change.stays = False
        elif statement in self.graph.forwarded:
            change.edits = self.writer.edits(statement)
        elif statement in self.symbolic:
            self._require_movable(statement)
            change.stays = False
            if statement in self.program.used:
                change.comments = None
        else:
            self._require_concrete(statement)
            is_home = self.graph.is_compiling(statement)
            change.edits = self.writer.edits(statement.args if is_home else statement)

    def _require_movable(self, statement: nodes.NodeNG) -> None:
        """Whether a statement does nothing but compute, so that it may run at each call."""
        self._require_no_variable(statement)
        self._require_own_calls(statement)
        effects = self.block.effects(statement)
        if isinstance(statement, nodes.Expr) and effects.changes:
            return
        if not isinstance(statement, _MOVABLE):
            raise Refused(statement.lineno, "a symbolic value outside of the compiled functions")
        for inner in statement.nodes_of_class((nodes.Expr, nodes.While, nodes.With, nodes.Try)):
            call = inner.value if isinstance(inner, nodes.Expr) else None
            if not isinstance(call, nodes.Call) or not isinstance(call.func, nodes.Attribute):
                raise Refused(inner.lineno, "more than symbolic computation under control flow")

    def _require_own_calls(self, statement: nodes.NodeNG) -> None:
        """Whether no function of another package would be called anew, or never again."""
        for call in statement.nodes_of_class(nodes.Call):
            name = self.graph.foreign(call.func)
            if name is not None and name.partition(".")[0] not in _PURE:
                raise Refused(call.lineno, f"calls '{name}' and computes with symbolic values")

    def _require_no_variable(self, statement: nodes.NodeNG) -> None:
        """Whether no shared variable would be made anew at each call."""
        given = any(statement.parent_of(call) for call in self.graph.given_states)
        if self.graph.facts[statement].shared and not given:
            self._refuse_variable(statement)

    def _require_concrete(self, statement: nodes.NodeNG) -> None:
        """Whether a statement that stays reads nothing that goes into functions."""
        effects = self.block.effects(statement)
        # Where a loop gives a name another value first, that is the one that is meant.
        reads = effects.reads - effects.rebinds - self._written_out(statement)
        self._require_concrete_in(statement, reads)

    def _written_out(self, statement: nodes.NodeNG) -> set[str]:
        """Names of which a statement reads the element type only, which is written out."""
        uses = list(free_names(statement))
        plans = self.graph.plans
        kept = {one.name for one in uses if not isinstance(plans.get(one.parent), Quoted)}
        return {one.name for one in uses} - kept

    def _require_concrete_in(self, statement: nodes.NodeNG, names: Iterable[str]) -> None:
        for name in sorted(names):
            made = self.block.definitions(name, statement)
            if made and all(one in self.symbolic - self.graph.forwarded for one in made):
                raise Refused(
                    statement.lineno, f"'{name}' is computed with symbolic values and read here"
                )


def _is_of_theano(node: nodes.Import | nodes.ImportFrom, name: str) -> bool:
    if isinstance(node, nodes.ImportFrom):
        return not node.level and node.modname.partition(".")[0] == "theano"
    return name.partition(".")[0] == "theano"
