"""Gradients that a program changes before an optimiser applies them."""

from __future__ import annotations

from dataclasses import dataclass, field

from astroid import nodes

from lintplugin.rewrite import Refused
from lintplugin.rewrite.tensorflow1.graph import Graph, Kind, arguments

_GLOBAL = "tensorflow.clip_by_global_norm"
_EACH = {"tensorflow.clip_by_value": "clip_value_min", "tensorflow.clip_by_norm": "clip_norm"}


@dataclass(eq=False)
class Applied:
    """What ``optimizer.apply_gradients(…)`` applies.

    :param loss: what the gradients are of.
    :param variables: the list of variables that is stated, None for all.
    :param global_step: the variable that counts the steps.
    :param api: the function that clips, empty when none does.
    :param limits: its arguments beside the gradient.
    :param statements: those that name the gradients on their way, which nothing else reads.
    """

    loss: nodes.NodeNG
    variables: nodes.NodeNG | None
    global_step: nodes.NodeNG | None = None
    api: str = ""
    limits: list[nodes.NodeNG] = field(default_factory=list)
    statements: list[nodes.NodeNG] = field(default_factory=list)


class _Reader:
    def __init__(self, graph: Graph, call: nodes.Call) -> None:
        self.graph = graph
        self.call = call
        self.applied: Applied | None = None
        self.statements: list[nodes.NodeNG] = []
        self.api = ""
        self.limits: list[nodes.NodeNG] = []

    def refuse(self) -> Refused:
        return Refused(self.call.lineno, "gradients that are changed in a way not converted yet")

    def resolved(self, node: nodes.NodeNG) -> tuple[nodes.NodeNG, int | None]:
        """What a name was given, through further names, and which item of it."""
        item = None
        while isinstance(node, nodes.Name) and item is None:
            bindings = self.graph.names.bindings(node)
            if len(bindings) != 1 or bindings[0].value is None:
                break
            statement = bindings[0].node.statement()
            if not isinstance(statement, nodes.Assign):
                break
            self.statements.append(statement)
            node, item = bindings[0].value, bindings[0].item
        return node, item

    def read(self) -> Applied:
        bound = arguments(
            self.call,
            "tensorflow.train.Optimizer.apply_gradients",
            "grads_and_vars global_step name",
        )
        loss, variables = self.pairs(bound["grads_and_vars"])
        found = Applied(loss, variables, bound.get("global_step"), self.api, self.limits)
        found.statements = [one for one in self.statements if self._is_of_gradients(one)]
        known = {*self.statements, self.call.statement()}
        for statement in found.statements:
            for name in statement.nodes_of_class(nodes.AssignName):
                for use in self.graph.names.uses(name.name):
                    if use.statement() not in known:
                        raise Refused(use.lineno, f"'{name.name}', gradients, is used for more")
        return found

    def _is_of_gradients(self, statement: nodes.NodeNG) -> bool:
        """Whether a statement on the way makes gradients, or a list of all variables."""
        value = self.graph.value(statement.value)
        return value is None or value.kind is not Kind.COLLECTION

    def pairs(self, node: nodes.NodeNG) -> tuple[nodes.NodeNG, nodes.NodeNG | None]:
        """The loss and the variables of pairs of a gradient and a variable."""
        node, item = self.resolved(node)
        if isinstance(node, nodes.Call) and item is None:
            if self.is_named(node, "list") and len(node.args) == 1:
                return self.pairs(node.args[0])
            if self.is_named(node, "zip") and len(node.args) == 2:
                return self.zipped(*node.args)
            computed = self.computed(node)
            if computed is not None:
                return computed
        if isinstance(node, nodes.ListComp) and item is None:
            return self.comprehended(node)
        raise self.refuse()

    def is_named(self, node: nodes.Call, name: str) -> bool:
        func = node.func
        return isinstance(func, nodes.Name) and func.name == name and not node.keywords

    def computed(self, node: nodes.Call) -> tuple[nodes.NodeNG, nodes.NodeNG | None] | None:
        """``optimizer.compute_gradients(loss)``."""
        func = node.func
        if not isinstance(func, nodes.Attribute) or func.attrname != "compute_gradients":
            return None
        if self.graph.value(func.expr) is not self.graph.value(self.call.func.expr):
            raise self.refuse()
        api = "tensorflow.train.Optimizer.compute_gradients"
        bound = arguments(node, api, "loss var_list")
        return bound["loss"], bound.get("var_list")

    def comprehended(self, node: nodes.ListComp) -> tuple[nodes.NodeNG, nodes.NodeNG | None]:
        """``[(tf.clip_by_value(g, -1, 1), v) for g, v in pairs]``."""
        if len(node.generators) != 1 or not isinstance(node.elt, nodes.Tuple):
            raise self.refuse()
        (loop,) = node.generators
        names = loop.target.elts if isinstance(loop.target, nodes.Tuple) else []
        if len(names) != 2 or len(node.elt.elts) != 2:
            raise self.refuse()
        gradient, variable = (one.as_string() for one in names)
        if node.elt.elts[1].as_string() != variable:
            raise self.refuse()
        if any(one.as_string() != f"{gradient} is not None" for one in loop.ifs):
            raise self.refuse()
        found = self.pairs(loop.iter)
        self.clip(node.elt.elts[0], gradient)
        return found

    def clip(self, node: nodes.NodeNG, gradient: str) -> None:
        """What is done to each gradient."""
        if node.as_string() == gradient:
            return
        api = self.graph.api(node.func) if isinstance(node, nodes.Call) else ""
        if api not in _EACH or self.api or node.keywords or not node.args:
            raise self.refuse()
        if node.args[0].as_string() != gradient:
            raise self.refuse()
        self.api, self.limits = api, list(node.args[1:])

    def zipped(
        self, gradients: nodes.NodeNG, variables: nodes.NodeNG
    ) -> tuple[nodes.NodeNG, nodes.NodeNG | None]:
        """``zip(gradients, variables)``."""
        whole, item = self.resolved(variables)
        loss, by = self.gradients(gradients)
        if item == 1 and self._unzipped(whole) is not None:
            return loss, by
        if by is None or item is not None:
            raise self.refuse()
        taken, other = self.resolved(by)
        if other is not None or taken.as_string() != whole.as_string():
            raise self.refuse()
        return loss, by

    def _unzipped(self, node: nodes.NodeNG) -> nodes.NodeNG | None:
        """What ``zip(*pairs)`` takes apart."""
        if not isinstance(node, nodes.Call) or not self.is_named(node, "zip"):
            return None
        starred = len(node.args) == 1 and isinstance(node.args[0], nodes.Starred)
        return node.args[0].value if starred else None

    def gradients(self, node: nodes.NodeNG) -> tuple[nodes.NodeNG, nodes.NodeNG | None]:
        """The loss and the variables of a list of gradients."""
        node, item = self.resolved(node)
        if isinstance(node, nodes.Call):
            pairs = self._unzipped(node)
            if pairs is not None and item == 0:
                return self.pairs(pairs)
            api = self.graph.api(node.func)
            if api == _GLOBAL and item == 0 and not self.api:
                bound = arguments(node, _GLOBAL, "t_list clip_norm name")
                found = self.gradients(bound["t_list"])
                self.api, self.limits = api, [bound["clip_norm"]]
                return found
            if api == "tensorflow.gradients" and item is None:
                bound = arguments(node, api, "ys xs name")
                return bound["ys"], bound["xs"]
        if isinstance(node, nodes.ListComp) and item is None and len(node.generators) == 1:
            (loop,) = node.generators
            if isinstance(loop.target, nodes.AssignName) and not loop.ifs:
                found = self.gradients(loop.iter)
                self.clip(node.elt, loop.target.name)
                return found
        raise self.refuse()


def read(graph: Graph, call: nodes.Call) -> Applied:
    """What a call of ``apply_gradients`` applies.

    :raises Refused: for gradients that are changed in another way than by clipping.
    """
    return _Reader(graph, call).read()


def is_applying(node: nodes.NodeNG) -> bool:
    """Whether a call applies gradients, judged by its name."""
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.func, nodes.Attribute)
        and node.func.attrname == "apply_gradients"
    )
