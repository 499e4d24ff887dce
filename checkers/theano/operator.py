"""Operators on symbolic variables that mean something else in TensorFlow 2 or PyTorch."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from astroid import nodes

from lintplugin import replacements, rules, templates
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.rewrite.arrays import INTEGERS, Number
from lintplugin.rewrite.theano.types import Operand, Untyped
from lintplugin.rules import Finding, Rule

from . import promotion
from .symbols import Symbols, indices, symbols

SYMBOL = "theano-operator"

RULE = Rule(
    id="W6510",
    message="%(operation)s %(effect)s in Theano; %(advice)s",
    summary="An operator on a Theano variable that means something else in the target.",
    why="""\
Most operators compute the same in Theano 1.0.5, TensorFlow 2 and PyTorch, and are not reported:
`-7 // 2` is -4 and `-7 % 2` is 1 in all three. These do not, as was executed for every pair of
element types:

* `x == y` and `x != y` of variables ask whether they are one object: `False`, whatever they hold,
  and so in `x in [y]`. TensorFlow 2 and PyTorch compare the elements, as `T.eq` does.
* `if x`, `not x`, `x and y`: a variable is true, also what `T.gt(x, y)` returned; that of `x > y`
  raises. In the targets the *numbers* decide, or it raises for more than one.
* `/` of integers is of floatX. PyTorch gives `float32`, TensorFlow `float64` for `int32` and
  `int64`, and `float32` for smaller ones.
* `int32` or `int64` beside `float32` is `float64`, a `float32` in PyTorch, where a `float64` of no
  dimensions does not widen a `float32` vector, either. TensorFlow 2 raises for any two element
  types that differ, and for an integer beside `0.5`.
* A number that is written out takes the smallest type that holds it: `uint8 - 1` is `int16`, and
  below zero; in the targets it stays `uint8` and wraps round.
* A comparison is `bool`, an `int8` until Theano 0.9: `1 - (x > 0)` is `int8`, and raises in both.
  `(x > 0) * y` has the type of `y`; in TensorFlow 2 the product is a `bool` without a word.
* `x[::-1]` raises in PyTorch, whose steps are positive. An index that is a tensor raises in
  TensorFlow 2, and a list is taken for one index a dimension: `x[[0, 1]]` is `x[0, 1]`. In
  PyTorch an index of `uint8` is a mask.
* `y += x` makes a new variable. In PyTorch it changes the tensor itself, and with it whatever else
  has its memory: an argument of the caller, the other name after `y = x`.
* A dimension of size 1 is stretched where the type says that it may be: in `T.row` and `T.col`,
  after `dimshuffle`, `addbroadcast` or `patternbroadcast`. Of two matrices `x + y` raises for
  shapes (3, 4) and (1, 4), and a `T.row` takes no matrix of three rows. The targets stretch every
  dimension of size 1; a program that counts on the error checks the shapes itself. That is not
  reported: shapes are not in sight.
* `divmod(x, y)` is the quotient and the remainder, and raises in both.

`@`, `<<`, `>>`, `+x`, `len(x)`, `float(x)` and `for row in x` raise in Theano itself, so that no
program has them: `T.dot`, `x.shape[0]` and `theano.scan` are their names there.

Reported where the operands are seen to be symbolic, and of element types only where they are known,
for `floatX = float32` and `float64` alike unless the file sets it. What the conversion of a whole
module writes (see `theano-function`) has the casts in it.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/library/tensor/basic.html#operator-support",
        "https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc",
        "https://www.tensorflow.org/guide/tensor#indexing",
    ),
)

ROWS = templates.Table(__file__)

_OWNER = "theano.tensor.TensorVariable"

_METHODS = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow",
    "&": "and", "|": "or", "^": "xor", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq",
    "!=": "ne", "in": "eq", "not in": "eq",
}  # fmt: skip

_IDENTITY = {"==": "is", "!=": "is not"}
_ELEMENTWISE = {
    "==": {"tf2": "tf.equal", "torch": "torch.eq"},
    "!=": {"tf2": "tf.not_equal", "torch": "torch.ne"},
}


class _Difference(NamedTuple):
    """What an operator does elsewhere.

    :param operation: how the message begins, after which comes what Theano does.
    :param advice: what else it does in a target, and what to write, by target; of those alone that
        differ.
    :param method: name of the operator's method, without underscores.
    :param case: the program fixture that shows it.
    """

    operation: str
    effect: str
    advice: Mapping[str, str]
    method: str
    case: str


def _both(text: str) -> Mapping[str, str]:
    return dict.fromkeys(rules.TARGETS, text)


def check(module: Module) -> Iterator[Finding]:
    if not module.uses("theano"):
        return
    known = symbols(module)
    for kind, find in _FINDERS.items():
        for node in module.names.by_type[kind]:
            for place, difference in find(node, known):
                advice = {
                    target: text
                    for target, text in difference.advice.items()
                    if target in module.settings.targets
                }
                if advice:
                    yield _finding(module, place, difference, advice)


def _finding(
    module: Module, node: nodes.NodeNG, found: _Difference, advice: Mapping[str, str]
) -> Finding:
    return module.finding(
        node,
        f"{_OWNER}.__{found.method}__",
        confidence="INFERENCE",
        fixes=functools.partial(_fixes, found.case, advice),
        operation=found.operation,
        effect=found.effect,
        advice=replacements.by_target(advice),
    )


def _fixes(case: str, advice: Mapping[str, str]) -> Iterator[Fix]:
    for target, text in advice.items():
        title = text.partition("; ")[2]
        yield replacements.example(SYMBOL, case, target, title[0].upper() + title[1:])


_Found = Iterator[tuple[nodes.NodeNG, _Difference]]


def _compared(node: nodes.Compare, known: tuple[Symbols, ...]) -> _Found:
    left = node.left
    for operator, right in node.ops:
        if operator in ("==", "!="):
            ends = (left, right)
            if any(end in known[0] for end in ends) and not any(map(_is_none, ends)):
                advice = {
                    target: f"it compares their elements; write '{_IDENTITY[operator]}', "
                    f"or {name} where the elements are meant"
                    for target, name in _ELEMENTWISE[operator].items()
                }
                yield node, _identity(operator, advice)
        elif operator in ("in", "not in") and left in known[0]:
            if isinstance(right, (nodes.List, nodes.Tuple, nodes.Set)):
                look = "look with any(x is one for one in …)"
                yield node, _identity(operator, _both(f"it compares their elements; {look}"))
        elif operator in promotion.COMPARISONS:
            yield from _typed(node, operator, left, right, known)
        left = right


def _identity(operator: str, advice: Mapping[str, str]) -> _Difference:
    effect = "asks whether they are one object"
    operation = f"'{operator}' of symbolic variables"
    return _Difference(operation, effect, advice, _METHODS[operator], "identity")


def _is_none(node: nodes.NodeNG) -> bool:
    return isinstance(node, nodes.Const) and node.value is None


def _chosen(node: nodes.NodeNG, known: tuple[Symbols, ...]) -> _Found:
    """Symbolic variables that Python takes for true or false."""
    match node:
        case nodes.BoolOp():
            tests = node.values[:-1]
        case nodes.UnaryOp(op="not"):
            tests = [node.operand]
        case nodes.UnaryOp():
            return
        case _:
            tests = [node.test]
    advice = _both("its elements decide, or it raises; ask for what is meant, as x is not None")
    difference = _Difference(
        "a symbolic variable as a condition", "is always true", advice, "bool", "truth"
    )
    for test in tests:
        # That of a comparison by an operator raises.
        if test in known[0] and not isinstance(test, nodes.Compare):
            yield test, difference


def _calculated(node: nodes.BinOp, known: tuple[Symbols, ...]) -> _Found:
    if node.op in promotion.ARITHMETIC:
        yield from _typed(node, node.op, node.left, node.right, known)


def _typed(
    node: nodes.NodeNG,
    operator: str,
    left: nodes.NodeNG,
    right: nodes.NodeNG,
    known: tuple[Symbols, ...],
) -> _Found:
    """Operators whose result has another element type, whatever floatX is."""
    pairs: list[tuple[Operand, Operand]] = []
    gives: list[str] = []
    for one in known:
        first, second = one.operand(left), one.operand(right)
        if first is None or second is None:
            return
        if isinstance(first, Number) and isinstance(second, Number):
            return
        try:
            gives.append(promotion.theano(operator, first, second, str(one.floatx)))
        except Untyped:
            return
        pairs.append((first, second))
    if promotion.RAISES in gives:
        return
    theirs = _one(gives)
    # A quotient of integers, which is of floatX there and never here.
    varies = operator == "/" and theirs == "floatX" and pairs[0] == pairs[-1]
    is_quotient = varies and not any(_text(one).startswith("float") for one in pairs[0])
    advice = {}
    for target, result in promotion.MODERN.items():
        others = [result(operator, *pair) for pair in pairs]
        if is_quotient or all(map(str.__ne__, gives, others)):
            does = f"it is {_one(others)}" if others[0] else "it raises"
            cast = "an operand" if operator in promotion.COMPARISONS else f"both to {theirs}"
            advice[target] = f"{does}; cast {cast}"
    if advice:
        texts = [_one([_text(pair[place]) for pair in pairs]) for place in (0, 1)]
        operation, method = f"'{texts[0]} {operator} {texts[1]}'", _METHODS[operator]
        yield node, _Difference(operation, f"is {theirs}", advice, method, "element-types")


def _one(dtypes: Sequence[str]) -> str:
    """An element type, by the name that it has when it follows floatX."""
    return dtypes[0] if len(set(dtypes)) == 1 else "floatX"


def _text(operand: Operand) -> str:
    if isinstance(operand, Number):
        return str(operand.value)
    return f"{operand.dtype} scalar" if operand.ndim == 0 else str(operand.dtype)


#: Expressions that give another name to a tensor, or to a part of it.
_SAME_MEMORY = (nodes.Name, nodes.Attribute, nodes.Subscript)


def _changed(node: nodes.AugAssign, known: tuple[Symbols, ...]) -> _Found:
    """``y += x`` where something else has the memory of ``y``: an input, or another name."""
    target, names, operator = node.target, known[0].names, node.op.removesuffix("=")
    if not isinstance(target, nodes.AssignName) or operator not in promotion.ARITHMETIC:
        return
    before = [
        one
        for one in names.scope_of(node).bindings.get(target.name, ())
        if one.node is not target and one.position <= (node.lineno, node.col_offset)
    ]
    value = before[-1].value if before else None
    if value is None or before[-1].item is not None or value not in known[0]:
        return
    if known[0].is_input(value) or isinstance(value, _SAME_MEMORY):
        name = target.name
        written = f"write {name} = {name} {operator} …"
        advice = {"torch": f"it changes the tensor for all that have it; {written}"}
        operation, effect = f"'{name} {node.op}'", "makes a new variable"
        yield node, _Difference(operation, effect, advice, _METHODS[operator], "in-place")


def _indexed(node: nodes.Subscript, known: tuple[Symbols, ...]) -> _Found:
    symbolic = known[0]
    if node.value not in symbolic:
        return
    for index in indices(node):
        value = symbolic.of(index)
        if isinstance(index, nodes.Slice):
            step = symbolic.operand(index.step) if index.step is not None else None
            if isinstance(step, Number) and (step.value or 0) < 0:
                advice = {"torch": "it raises; use x.flip(axis)"}
                yield node, _part("an index with a negative step", "goes backwards", advice)
        elif isinstance(index, nodes.List):
            if index.elts and all(isinstance(symbolic.operand(one), Number) for one in index.elts):
                advice = {"tf2": "it is one index a dimension; use tf.gather(x, indices)"}
                yield node, _part("an index that is a list", "takes those rows", advice)
        elif value is not None and value.symbolic and value.dims and value.dtype in _PLACES:
            is_pair = isinstance(node.slice, nodes.Tuple)
            advice = {"tf2": f"it raises; use {'tf.gather_nd' if is_pair else 'tf.gather'}"}
            if value.dtype in _NO_INDEX:
                advice["torch"] = f"{_NO_INDEX[value.dtype]}; cast it with .long()"
            yield node, _part("an index that is a vector", "takes those items", advice)
            return


#: Element types of indices; one that is not known is that of ``T.arange(y.shape[0])``.
_PLACES = frozenset({*INTEGERS, "uint8", None})

#: Those that PyTorch takes for no index.
_NO_INDEX = {"uint8": "it is a mask", "int8": "it raises", "int16": "it raises"}


def _part(operation: str, effect: str, advice: Mapping[str, str]) -> _Difference:
    return _Difference(operation, effect, advice, "getitem", "indices")


def _divided(node: nodes.Call, known: tuple[Symbols, ...]) -> _Found:
    func = node.func
    if not (isinstance(func, nodes.Name) and func.name == "divmod" and len(node.args) == 2):
        return
    if not known[0].names.bindings(func) and any(one in known[0] for one in node.args):
        advice = _both("it raises; write x // y, x % y")
        difference = _Difference(
            "'divmod'", "is the quotient and the remainder", advice, "divmod", "remainders"
        )
        yield node, difference


_FINDERS = {
    "Compare": _compared,
    "BinOp": _calculated,
    "UnaryOp": _chosen,
    "BoolOp": _chosen,
    "If": _chosen,
    "IfExp": _chosen,
    "While": _chosen,
    "Assert": _chosen,
    "AugAssign": _changed,
    "Subscript": _indexed,
    "Call": _divided,
}
