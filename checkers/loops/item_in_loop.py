"""Elements of a tensor that a loop copies to the host one by one."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import evidence, replacements
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.names import Names
from lintplugin.replacements import NOT_EXECUTED
from lintplugin.rules import Finding, Rule

from ..torch import objects, vocabulary
from . import training

RULE = Rule(
    id="W6732",
    message="'%(read)s' copies to the host at each step of the loop on line %(line)s, and waits "
    "for the device each time: %(advice)s",
    summary="A loop copies a tensor to the host element by element.",
    why="""\
`x[i].item()`, `float(x[i])` and their like make a tensor of one element, copy it to the host and
wait until the device has computed it, for each element. `x.tolist()` copies all at once, into the
same Python numbers. The fixtures count the copies of PyTorch 2.13: one for each element before, and
at most one after. 10 000 elements on a CPU took

* 10 ms by `[v.item() for v in x]`, 24 ms by `x[i].item()` and 0.2 ms by `x.tolist()` in PyTorch;
* 1.3 s by `[v.numpy() for v in x]` and 0.2 ms by `list(x.numpy())` in TensorFlow 2.21.

Reported where the tensor is known to be one and does not change in the loop:

* an element by the loop's own index, `x[i].item()`, or of a loop over the tensor itself,
  `for v in x: v.item()`, also in comprehensions, and `float`, `int`, and where the result is
  collected or summed up, `numpy()`, `cpu()` and `tolist()`;
* a sum of what is computed from such elements, `total += (x[i] - y[i]).abs().sum().item()`: the
  sum may stay a tensor, and be copied once.

Left alone: one `item()` a batch, as `test_loss += loss.item()`, what a loop reads under a condition
as every hundredth step, loops that train, and loops over a few literal steps.
""",
    references=(
        "https://pytorch.org/docs/stable/generated/torch.Tensor.tolist.html",
        "https://pytorch.org/tutorials/recipes/recipes/tuning_guide.html",
    ),
)

SYMBOL = "item-in-loop"

#: Literal steps of a loop that is not worth a word.
_FEW = 10

#: Functions of PyTorch or TensorFlow, and methods of tensors, that give one tensor, however called.
_MAKES = frozenset(
    """
    abs acos add addmm arange argmax argmin argsort as_tensor asin atan bernoulli bincount bmm cast
    categorical ceil clamp clip clone concat constant contiguous convert_to_tensor cos cpu cross
    cuda cumprod cumsum detach diag div divide dot double einsum empty empty_like eq equal erf exp
    expand expand_dims expm1 eye fill fill_ flatten flip float floor from_numpy full full_like
    gather ge greater greater_equal gt half index_select int isfinite isinf isnan le less less_equal
    linspace log log1p log2 log_softmax logical_and logical_not logical_or logspace logsumexp long
    lt masked_select matmul matvec maximum mean minimum mm mul multinomial multiply mv ne neg normal
    not_equal one_hot ones ones_like outer permute pow prod rand rand_like randint randn randn_like
    randperm range reciprocal reduce_all reduce_any reduce_max reduce_mean reduce_min reduce_prod
    reduce_sum relu repeat reshape roll round rsqrt scatter shuffle sigmoid sign sin softmax
    softplus sqrt square squeeze stack std sub subtract sum t take tan tanh tensor tensordot
    tile to transpose tril triu uniform unsqueeze var view view_as zeros zeros_like cat
    """.split()
)

_ONE = rf"(?:(?:{'|'.join(sorted(_MAKES))})\(\)|(?:max|min|median|mode|sort|topk)\(\)\[\d\])"

# Texts, which are compiled when they are first asked for: that takes longer than to load a rule.
_TORCH = (
    rf"torch\.(?:(?:linalg\.|special\.)?{_ONE}|(?:(?:Float|Double|Long|Int|Byte|Bool)?Tensor"
    r"|autograd\.Variable|nn\.functional\.(?!multi_head)\w+"
    r"|nn\.(?!RNN|LSTM|GRU|MultiheadAttention)\w+\(\))\(\))"
    rf"(?:\.{_ONE}|\.(?:T|data|grad)|\[\d+\])*"
)

_TENSORFLOW = (
    rf"tensorflow\.(?:Tensor\(\)|Variable\(\)|(?:(?:linalg|math|nn|random)\.)?{_ONE})(?:\[\d+\])*"
)

#: Methods of tensors that nothing else has.
_OF_TENSORS = frozenset({"contiguous", "cuda", "detach", "unsqueeze"})

#: Methods that copy to the host; the first ones leave a tensor of PyTorch.
_MOVES = frozenset({"cpu", "detach"})
_READS = frozenset({"cpu", "item", "numpy", "tolist"})

#: Methods that compute a summand from elements.
_COMPUTES = frozenset({"abs", "eq", "exp", "float", "log", "max", "mean", "min", "norm", "pow"})
_COMPUTES |= {"sqrt", "square", "sum", "long", "int", "double", "gt", "lt", "ne", "item"}


class _Read(NamedTuple):
    """An element that is copied.

    :param call: the call that copies.
    :param how: ``item``, ``float``, ``int``, ``numpy``, ``cpu`` or ``tolist``.
    :param element: the element, ``x[i]`` or ``v``; None for what is computed from such.
    :param base: the tensor.
    :param moves: methods between the element and the call, as ``.detach().cpu()``.
    """

    call: nodes.Call
    how: str
    element: nodes.NodeNG | None
    base: nodes.NodeNG
    loop: nodes.NodeNG
    target: str
    moves: str = ""


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not any(one.api.partition(".")[0] in {"torch", "tensorflow"} for one in names.imports):
        return
    for call, how, value in _copies(names):
        read = _read(names, call, how, value)
        if read is None:
            continue
        target = _framework(names, read.base)
        if target is None or not _matters(names, read):
            continue
        once = _advice(module, read, target)
        yield module.finding(
            call,
            f"{'torch.Tensor' if target == 'torch' else 'tensorflow.Tensor'}().{how}",
            confidence="INFERENCE",
            fixes=functools.partial(_fixes, module, read, target, once),
            read=" ".join(module.source.segment(call).split()),
            line=str(_header(read.loop).lineno),
            advice=f"take {once} once"
            if read.element is not None
            else "sum up the tensors, and copy the sum once",
        )


def _copies(names: Names) -> Iterator[tuple[nodes.Call, str, nodes.NodeNG]]:
    """Calls that copy to the host inside of loops, and what they copy."""
    for node in names.by_type["Attribute"]:
        call = node.parent
        if node.attrname in _READS and isinstance(call, nodes.Call) and call.func is node:
            is_moved = isinstance(call.parent, nodes.Attribute) and call.parent.attrname in _READS
            if not call.args and not call.keywords and not is_moved:
                yield call, node.attrname, node.expr
    for name in ("float", "int"):
        for use in names.uses(name):
            call = use.parent
            if isinstance(call, nodes.Call) and call.func is use and len(call.args) == 1:
                if not names.bindings(use) and not _is_copy(call.args[0]):
                    yield call, name, call.args[0]


def _is_copy(node: nodes.NodeNG) -> bool:
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.func, nodes.Attribute)
        and node.func.attrname in _READS
    )


def _loops(node: nodes.NodeNG) -> Iterator[nodes.NodeNG]:
    """Loops and comprehensions that repeat a node in its function, innermost first."""
    child, parent = node, node.parent
    while parent is not None and not isinstance(parent, (nodes.FunctionDef, nodes.ClassDef)):
        if isinstance(parent, nodes.For) and child in parent.body:
            yield parent
        elif isinstance(parent, nodes.ComprehensionScope) and child not in parent.generators:
            yield from reversed(parent.generators)
        elif isinstance(parent, nodes.Comprehension) and child in parent.ifs:
            yield parent
        elif isinstance(parent, nodes.Lambda):
            return
        child, parent = parent, parent.parent


def _read(names: Names, call: nodes.Call, how: str, value: nodes.NodeNG) -> _Read | None:
    """What a call reads at each step of the loop around it, None when that is not an element."""
    element, moves = value, ""
    while _is_move(element):
        moves = f".{element.func.attrname}(){moves}"
        element = element.func.expr
    for loop in _loops(call):
        for base, target in _elements(names, element, loop):
            return _Read(call, how, element, base, loop, target, moves)
    loop = next(_loops(call), None)
    if how != "item" or loop is None or not _is_summed(call) or not _is_arithmetic(names, value):
        return None
    parts = [value, *value.nodes_of_class((nodes.Subscript, nodes.Name))]
    found = [one for part in parts for one in _elements(names, part, loop)]
    for base, target in found:
        return _Read(call, how, None, base, loop, target)
    return None


def _is_move(node: nodes.NodeNG) -> bool:
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.func, nodes.Attribute)
        and node.func.attrname in _MOVES
        and not node.args
        and not node.keywords
    )


def _elements(
    names: Names, node: nodes.NodeNG, loop: nodes.NodeNG
) -> Iterator[tuple[nodes.NodeNG, str]]:
    """The tensor of which a loop reaches an element, and the loop's name for index or element."""
    if isinstance(node, nodes.Subscript):
        base, indices = node, list[nodes.NodeNG]()
        while isinstance(base, nodes.Subscript):
            indices += base.slice.elts if isinstance(base.slice, nodes.Tuple) else [base.slice]
            base = base.value
        if not _is_outside(names, base, loop):
            return
        if not all(isinstance(one, (nodes.Name, nodes.Const)) for one in indices):
            return  # A part of the tensor.
        for one in indices:
            index = _bound_by(names, one, loop) if isinstance(one, nodes.Name) else None
            if index is not None and _counts(loop, index):
                yield base, index.name
                return
    elif isinstance(node, nodes.Name):
        bound = _bound_by(names, node, loop)
        base = _iterated(loop, bound) if bound is not None else None
        if base is not None and bound is not None:
            yield base, bound.name


def _bound_by(names: Names, node: nodes.Name, loop: nodes.NodeNG) -> nodes.AssignName | None:
    """The target of a loop that a name denotes, itself or an item of a tuple."""
    targets = loop.target.elts if isinstance(loop.target, nodes.Tuple) else [loop.target]
    found = next((one for one in targets if getattr(one, "name", None) == node.name), None)
    if found is None or isinstance(loop, nodes.Comprehension):
        return found  # Whose names have no other meaning inside of it.
    return found if [one.node for one in names.bindings(node)] == [found] else None


def _counts(loop: nodes.NodeNG, index: nodes.AssignName) -> bool:
    """Whether a name is the number of a loop over ``range`` or ``enumerate``, with many steps."""
    call = loop.iter
    if not isinstance(call, nodes.Call) or not isinstance(call.func, nodes.Name):
        return False
    if call.func.name == "enumerate":
        return isinstance(loop.target, nodes.Tuple) and loop.target.elts[0] is index
    if call.func.name not in {"range", "trange", "xrange"} or loop.target is not index:
        return False
    limits = [one.value for one in call.args if isinstance(one, nodes.Const)]
    is_literal = len(limits) == len(call.args) and all(isinstance(one, int) for one in limits)
    return not is_literal or len(range(*limits)) >= _FEW


def _iterated(loop: nodes.NodeNG, target: nodes.AssignName) -> nodes.NodeNG | None:
    """The expression whose elements a loop gives to a name."""
    iterated = loop.iter
    if loop.target is target:
        return iterated
    is_call = isinstance(iterated, nodes.Call) and isinstance(iterated.func, nodes.Name)
    if not is_call or not isinstance(loop.target, nodes.Tuple) or iterated.keywords:
        return None
    place = loop.target.elts.index(target)
    if iterated.func.name == "enumerate" and place == 1 and iterated.args:
        return iterated.args[0]
    if iterated.func.name == "zip" and len(iterated.args) == len(loop.target.elts):
        return iterated.args[place]
    return None


def _header(loop: nodes.NodeNG) -> nodes.NodeNG:
    return loop if isinstance(loop, nodes.For) else loop.parent


def _is_outside(names: Names, base: nodes.NodeNG, loop: nodes.NodeNG) -> bool:
    """Whether a tensor has its meaning from before a loop."""
    return isinstance(base, nodes.Name) and not training.bindings_in(
        names, base.name, _header(loop)
    )


def _is_summed(call: nodes.Call) -> bool:
    """Whether a number is added to another, or collected."""
    parent = call.parent
    if isinstance(parent, nodes.Call):
        callee = parent.func
        is_append = isinstance(callee, nodes.Attribute) and callee.attrname == "append"
        return is_append and isinstance(parent.parent, nodes.Expr)
    return isinstance(parent, (nodes.AugAssign, nodes.ComprehensionScope))


def _is_arithmetic(names: Names, node: nodes.NodeNG) -> bool:
    """Whether an expression only computes with tensors, and calls no model."""
    for call in node.nodes_of_class(nodes.Call):
        api = names.api(call.func) or ""
        is_function = api.startswith(("torch.", "tensorflow.")) and "()" not in api
        is_method = isinstance(call.func, nodes.Attribute) and call.func.attrname in _COMPUTES
        if not is_method and not is_function:
            return False
    return True


def _matters(names: Names, read: _Read) -> bool:
    """Whether a loop reads at each step, and does not train."""
    if read.how in {"numpy", "cpu", "tolist"} and not _is_summed(read.call):
        return False
    if isinstance(read.loop, nodes.Comprehension) and _is_on_host(names, read.base):
        return False
    header = _header(read.loop)
    if isinstance(header, nodes.For):
        if not training.always_runs(read.call, header) and not _is_test(read.call, header):
            return False
        return not any(
            isinstance(call.func, nodes.Attribute) and call.func.attrname in {"backward", "step"}
            for call in header.nodes_of_class(nodes.Call)
        )
    return True


def _is_on_host(names: Names, node: nodes.NodeNG) -> bool:
    """Whether a comprehension goes through what it makes on the CPU: nothing is copied.

    ``[x.item() for x in torch.linspace(0, rate, depth)]`` is how models plan stochastic depth.
    """
    if not isinstance(node, nodes.Call):
        return False
    name = (names.api(node.func) or "").removeprefix("torch.")
    stated = [one.value for one in node.keywords if one.arg in {"device", None}]
    return name in vocabulary.FACTORIES and all(
        isinstance(one, nodes.Const) and one.value == "cpu" for one in stated
    )


def _is_test(node: nodes.NodeNG, loop: nodes.For) -> bool:
    """Whether a node is in a condition that each step of a loop asks."""
    statement = training.statement_of(node, loop)
    return isinstance(statement, nodes.If) and statement.test.parent_of(node)


def _framework(names: Names, node: nodes.NodeNG, hops: int = 8) -> str | None:
    """``torch`` or ``tf2``, of which an expression is surely a tensor."""
    if not hops:
        return None
    api = names.api(node)
    if api is not None:
        if re.fullmatch(_TORCH, api):
            return "torch"
        return "tf2" if re.fullmatch(_TENSORFLOW, api) else None
    follow = functools.partial(_framework, names, hops=hops - 1)
    if isinstance(node, nodes.Name):
        bindings = names.bindings(node)
        found = {
            follow(one.value)
            if one.value is not None and one.item is None
            else _of_parameter(names, one.node)
            for one in bindings
        }
        return found.pop() if len(found) == 1 else None
    if isinstance(node, nodes.BinOp):
        return follow(node.left) or follow(node.right)
    if isinstance(node, nodes.UnaryOp):
        return follow(node.operand) if node.op != "not" else None
    if isinstance(node, nodes.Compare):
        sides = [node.left, *(side for _, side in node.ops)]
        is_elementwise = all(operator in _COMPARISONS for operator, _ in node.ops)
        return next(filter(None, map(follow, sides)), None) if is_elementwise else None
    if isinstance(node, nodes.Subscript):
        return follow(node.value)
    if isinstance(node, nodes.Attribute) and node.attrname in {"T", "data", "grad"}:
        return follow(node.expr)
    if isinstance(node, nodes.Call) and isinstance(node.func, nodes.Attribute):
        method = node.func.attrname
        if method in _OF_TENSORS and objects.imports_torch(names):
            return "torch"
        if method in _MAKES and follow(node.func.expr) == "torch":
            return "torch"
    return _of_model(names, node, hops - 1)


_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


def _of_parameter(names: Names, node: nodes.NodeNG) -> str | None:
    """``torch`` for a parameter of a model's ``forward``."""
    arguments = node.parent
    function = arguments.parent if isinstance(arguments, nodes.Arguments) else None
    if not isinstance(function, nodes.FunctionDef) or function.name != "forward":
        return None
    owner = function.parent
    is_model = isinstance(owner, nodes.ClassDef) and objects.is_module_class(names, owner)
    plain = node in (arguments.args or ())[1:] and not arguments.defaults
    return "torch" if is_model and plain else None


def _of_model(names: Names, node: nodes.NodeNG, hops: int) -> str | None:
    """``torch`` for what a model of this file returns, when that is a tensor."""
    owner = objects.class_of(names, node.func) if isinstance(node, nodes.Call) else None
    forward = objects.method(owner, "forward") if owner is not None else None
    if forward is None:
        return None
    values = [one.value for one in forward.nodes_of_class(nodes.Return)]
    found = {_framework(names, one, hops) for one in values if one is not None}
    return "torch" if found == {"torch"} else None


# Fixes


def _at_once(read: _Read, target: str) -> str:
    """The methods that copy a whole tensor, to the values that its elements would give."""
    if read.how == "tolist":
        return f"{read.moves}.tolist()"
    if read.how in {"numpy", "cpu"} or target == "tf2":
        return f"{read.moves}.{'numpy' if target == 'tf2' else read.how}()"
    return ".flatten().tolist()" if _has_one_index(read.element) else ".tolist()"


def _has_one_index(element: nodes.NodeNG | None) -> bool:
    return not isinstance(element, nodes.Subscript) or (
        isinstance(element.value, nodes.Name) and isinstance(element.slice, nodes.Name)
    )


def _advice(module: Module, read: _Read, target: str) -> str:
    text = module.source.segment(read.base)
    if not isinstance(read.base, (nodes.Name, nodes.Attribute, nodes.Call, nodes.Subscript)):
        text = f"({text})"
    return f"{text}{_at_once(read, target)}"


def _fixes(module: Module, read: _Read, target: str, once: str) -> Iterator[Fix]:
    if target not in module.settings.targets:
        return
    title = "Copy the tensor once"
    if read.element is None:
        if target == "torch":
            yield replacements.example(SYMBOL, "sum", target, title)
        return
    case = "elements" if target == "torch" else "eager"
    executed = evidence.lookup_fixture(evidence.fixtures() / SYMBOL / case, target)
    edits, shown = _edits(module, read, target, once)
    if edits and executed is not None:
        yield Fix(target, Applicability.SAFE, title, shown, "", tuple(edits), executed)
        return
    reason = NOT_EXECUTED if executed is None else "the loop uses the tensor in other ways, too"
    yield Fix(target, Applicability.DISPLAY, title, shown, reason, evidence=executed)


def _edits(module: Module, read: _Read, target: str, once: str) -> tuple[list[Edit], str]:
    """Edits that copy before the loop, when all that the loop does with the tensor is in sight."""
    names, source = module.names, module.source
    header = _header(read.loop)
    if isinstance(read.element, nodes.Name):
        edits = [Edit(source.start(read.base), source.end(read.base), once)]
        uses = [
            use
            for use in names.uses(read.target)
            if header.parent_of(use) and _bound_by(names, use, read.loop) is not None
        ]
        for use in uses:
            call = _same_copy(use, read)
            if call is None:
                return [], f"for {read.target} in {once}:"
            if not isinstance(call.func, nodes.Name):
                edits.append(Edit(source.end(use), source.end(call), ""))
        return edits, f"for {read.target} in {once}:"
    assert isinstance(read.base, nodes.Name)
    base = read.base.name
    name = f"{base}_values"
    shown = f"{name} = {once}"
    statement = header.statement()
    place = training.line_before(source, statement, shown)
    simple = (nodes.For, nodes.Assign, nodes.AugAssign, nodes.Expr, nodes.Return)
    if place is None or training.is_bound(names, name) or not isinstance(statement, simple):
        return [], shown
    if isinstance(statement, nodes.For) and statement is not header:
        return [], shown
    edits = [place]
    for use in names.uses(base):
        if not statement.parent_of(use):
            continue
        if _asks_size(use):
            continue
        element = use.parent
        is_element = (
            isinstance(element, nodes.Subscript)
            and isinstance(element.slice, nodes.Name)
            and _bound_by(names, element.slice, read.loop) is not None
        )
        call = _same_copy(element, read) if is_element else None
        if call is None:
            return [], shown
        edits.append(Edit(source.start(use), source.end(use), name))
        if not isinstance(call.func, nodes.Name):
            edits.append(Edit(source.end(element), source.end(call), ""))
    return edits, shown


def _same_copy(element: nodes.NodeNG, read: _Read) -> nodes.Call | None:
    """The call that copies another use of an element in the same way, or makes it a number."""
    parent = element.parent
    if isinstance(parent, nodes.Call) and element in parent.args:
        is_number = isinstance(parent.func, nodes.Name) and parent.func.name in {"float", "int"}
        return parent if is_number and read.how in {"item", "float", "int", "numpy"} else None
    methods = f"{read.moves}.{read.how}()"
    if read.how in {"float", "int"}:
        methods = ".item()"
    node = element
    while isinstance(node.parent, nodes.Attribute) and isinstance(node.parent.parent, nodes.Call):
        node = node.parent.parent
        if node.as_string() == element.as_string() + methods:
            return node
    return None


def _asks_size(use: nodes.Name) -> bool:
    """Whether a tensor is only asked for its size."""
    parent = use.parent
    if isinstance(parent, nodes.Attribute):
        return parent.attrname in {"dtype", "numel", "shape", "size"}
    is_call = isinstance(parent, nodes.Call) and isinstance(parent.func, nodes.Name)
    return is_call and parent.func.name == "len"
