"""Python objects that a ``tf.function`` changes: while it is traced, and not when it runs."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.rules import Finding, Rule

from . import repetition, traced

RULE = Rule(
    id="W6723",
    message="'%(what)s' %(effect)s: %(advice)s",
    summary="A list, dictionary, counter or attribute is changed in a `tf.function`.",
    why="""\
`tf.function` runs the Python code of a function while it traces it, and after that only the graph.
What the code does to Python objects happens once for each trace, not for each call, and what it
stores are symbolic tensors, which have no value outside of the graph. Executed on TensorFlow 2.21:

* a list outside of the function has one item after any number of calls, and to use that raises
  `TypeError: … is out of scope and cannot be used here`;
* a counter, `global count` or `self.count`, stands at 1;
* a list of the function itself to which a loop over a tensor appends, `for row in rows:`,
  `for i in tf.range(n):` or over a dataset, holds tensors of the body of the loop. To stack or
  return it raises `InaccessibleTensorError`.

Results are returned, and collected by the caller. What has to outlive a call is a `tf.Variable`.
What a loop over a tensor makes goes into a `tf.TensorArray`, or the loop becomes one operation.

Reported are a list, dictionary, set or deque that the file is seen to make, names under `global` or
`nonlocal`, and attributes that are seen to be a Python number or are given a tensor. Left alone is
what is right: a list that a loop over `range(3)` fills and that the same trace stacks, variables
and layers made once (`if self.w is None:`), and what tells of tracing, such as a list of shapes or
a name that says `trace`. So is a loop over a parameter, unless an `input_signature`, an annotation,
its calls or a use such as `rows.shape` say that it is a tensor: a list of tensors is gone through
by Python, one trace for each length, and what that appends can be stacked.

PyTorch computes at once: a list in a loop is the way to collect tensors, with `torch.stack` at its
end.
""",
    references=(
        "https://www.tensorflow.org/guide/function#executing_python_side_effects",
        "https://www.tensorflow.org/guide/function#accumulating_values_in_a_loop",
        "https://www.tensorflow.org/api_docs/python/tf/TensorArray",
    ),
)

SYMBOL = "append-in-tf-function"

_API = "tensorflow.function"

_ADDING = frozenset({"add", "append", "appendleft", "extend", "insert", "setdefault", "update"})

_CONTAINERS = frozenset(
    {"Counter", "OrderedDict", "defaultdict", "deque", "dict", "list", "set", "tuple"}
)

#: What is known of a tensor while it is traced.
_STATIC = frozenset({"device", "dtype", "name", "ndim", "shape"})

#: Objects and methods that give Python values, or make what may be made once.
_PYTHON = frozenset({"as_list", "get_shape", "len", "range", "str", "int", "float", "print", "set"})


def check(module: Module) -> Iterator[Finding]:
    for function in traced.functions(module):
        if isinstance(function.body, nodes.FunctionDef):
            yield from _Body(module, function, function.body).findings()


class _Body:
    """A function that is traced."""

    def __init__(self, module: Module, function: traced.Traced, body: nodes.FunctionDef) -> None:
        self._module = module
        self._names = module.names
        self._function = function
        self._body = body
        self._scope = module.names.scope_of(body)
        self._tensors = traced.Tensors(module.names, function, body)
        parameters = [one.name for one in body.args.arguments]
        self._parameters = set(
            parameters[1:] if isinstance(body.parent, nodes.ClassDef) else parameters
        )

    def findings(self) -> Iterator[Finding]:
        for statement in self._body.body:
            for node in repetition.nodes_within(statement):
                if isinstance(node, nodes.Call):
                    yield from self._added(node)
                elif isinstance(node, (nodes.Assign, nodes.AugAssign)):
                    yield from self._assigned(node)

    def _added(self, call: nodes.Call) -> Iterator[Finding]:
        """``outputs.append(x)`` and its like."""
        if not isinstance(call.func, nodes.Attribute) or call.func.attrname not in _ADDING:
            return
        owner = call.func.expr
        if self._is_outside(owner):
            given = [*call.args, *(one.value for one in call.keywords)]
            if any(self._is_symbolic(one) for one in given):
                yield self._once(call)
        elif isinstance(owner, nodes.Name) and self._function.uses_autograph:
            loop = self._leaked_from(call, owner)
            if loop is not None:
                yield self._finding(
                    call,
                    "tensor-loop",
                    f"keeps a tensor of the loop on line {loop.lineno}, which cannot be used after "
                    "it",
                    "use tf.TensorArray",
                )

    def _assigned(self, statement: nodes.Assign | nodes.AugAssign) -> Iterator[Finding]:
        is_added = isinstance(statement, nodes.AugAssign)
        targets = [statement.target] if is_added else statement.targets
        for target in targets:
            if isinstance(target, nodes.AssignName):
                is_outside = target.name in self._scope.declared and _is_told(target.name)
                if is_outside and (is_added or self._is_symbolic(statement.value)):
                    yield self._once(statement)
            elif isinstance(target, nodes.Subscript):
                if self._is_outside(target.value) and self._is_symbolic(statement.value):
                    yield self._once(statement)
            elif isinstance(target, nodes.AssignAttr) and self._is_self(target.expr):
                if _is_told(target.attrname) and (
                    self._is_number(target.attrname)
                    if is_added
                    else self._is_symbolic(statement.value)
                    and not repetition.is_done_once(statement, self._body)
                ):
                    yield self._once(statement)

    def _once(self, node: nodes.NodeNG) -> Finding:
        is_count = isinstance(node, nodes.AugAssign)
        return self._finding(
            node,
            "counter" if is_count else "outer-list",
            f"runs when '{self._body.name}' is traced, not when it is called",
            "use a tf.Variable" if is_count else "return the value, or use a tf.Variable",
        )

    def _finding(self, node: nodes.NodeNG, case: str, effect: str, advice: str) -> Finding:
        text = self._module.source.segment(node)
        what = text if len(text) <= 40 and "\n" not in text else f"{text.splitlines()[0][:39]}…"
        return self._module.finding(
            node,
            _API,
            confidence="INFERENCE",
            fixes=functools.partial(_fixes, self._module, case),
            what=what,
            effect=effect,
            advice=advice,
        )

    # Objects that outlive the trace

    def _is_outside(self, node: nodes.NodeNG) -> bool:
        """Whether an expression is a container that is made outside of the function."""
        if isinstance(node, nodes.Name):
            bindings = self._names.bindings(node)
            return (
                _is_told(node.name)
                and bool(bindings)
                and not self._is_local(node)
                and all(_is_container(one.value) for one in bindings)
            )
        if isinstance(node, nodes.Attribute) and self._is_self(node.expr):
            values = self._values(node.attrname)
            return _is_told(node.attrname) and bool(values) and all(map(_is_container, values))
        return False

    def _is_local(self, node: nodes.Name) -> bool:
        is_declared = node.name in self._scope.declared
        return not is_declared and node.name in self._scope.bindings

    def _is_self(self, node: nodes.NodeNG) -> bool:
        is_method = isinstance(self._body.parent, nodes.ClassDef) and bool(
            self._body.args.arguments
        )
        return (
            is_method
            and isinstance(node, nodes.Name)
            and node.name == self._body.args.arguments[0].name
        )

    def _values(self, attribute: str) -> list[nodes.NodeNG | None]:
        """What the class of the function assigns to an attribute elsewhere."""
        owner = self._body.parent
        return [
            target.parent.value if isinstance(target.parent, nodes.Assign) else None
            for target in self._names.by_type["AssignAttr"]
            if target.attrname == attribute
            and target.scope() is not self._body
            and target.scope().parent is owner
        ]

    def _is_number(self, attribute: str) -> bool:
        values = self._values(attribute)
        return bool(values) and all(
            isinstance(one, nodes.Const) and type(one.value) in (int, float) for one in values
        )

    # Tensors

    def _is_symbolic(self, node: nodes.NodeNG, hops: int = 4) -> bool:
        """Whether an expression is made of the arguments or of tensors: it is symbolic itself."""
        if isinstance(node, nodes.Name):
            if node.name in self._parameters:
                return True
            values = [one.value for one in self._scope.bindings.get(node.name, ())]
            return bool(hops) and any(
                one is not None and self._is_symbolic(one, hops - 1) for one in values
            )
        if isinstance(node, nodes.Attribute):
            return node.attrname not in _STATIC and self._is_symbolic(node.expr, hops)
        if isinstance(node, nodes.Call):
            return self._is_made(node, hops)
        if isinstance(node, (nodes.BinOp, nodes.UnaryOp, nodes.Subscript, nodes.Tuple, nodes.List)):
            return any(self._is_symbolic(one, hops) for one in node.get_children())
        if isinstance(node, nodes.Dict):
            return any(self._is_symbolic(value, hops) for _, value in node.items)
        return False

    def _is_made(self, call: nodes.Call, hops: int) -> bool:
        api = self._names.api(call.func)
        name = call.func.as_string().rpartition(".")[2]
        if name in _PYTHON or name[:1].isupper():
            return False  # A class: a variable, layer or optimiser, which may be made once.
        if api is not None and api.startswith("tensorflow."):
            return True
        given = [*call.args, *(one.value for one in call.keywords)]
        owner = [call.func.expr] if isinstance(call.func, nodes.Attribute) else []
        return any(self._is_symbolic(one, hops) for one in (*given, *owner))

    # Loops of the graph

    def _leaked_from(self, call: nodes.Call, owner: nodes.Name) -> nodes.NodeNG | None:
        """The loop over a tensor that appends to a list which was made before it."""
        bindings = self._names.bindings(owner)
        if not self._is_local(owner) or not all(_is_container(one.value) for one in bindings):
            return None
        for loop in repetition.loops_around(call):
            if any(loop in one.node.node_ancestors() for one in bindings):
                return None
            if self._tensors.is_in_graph(loop):
                return loop
        return None


def _is_told(name: str) -> bool:
    """Whether a name does not say that it is about tracing."""
    return "trac" not in name.lower()


def _is_container(value: nodes.NodeNG | None) -> bool:
    if isinstance(value, (nodes.List, nodes.Dict, nodes.Set, nodes.ListComp, nodes.DictComp)):
        return True
    if not isinstance(value, nodes.Call):
        return False
    return value.func.as_string().rpartition(".")[2] in _CONTAINERS


def _fixes(module: Module, case: str) -> Iterator[Fix]:
    for target in module.settings.targets:
        title = "Keep it in the graph" if target == "tf2" else "Collect it as it is computed"
        yield replacements.example(SYMBOL, case, target, title)
