"""What the expressions of a program that builds a model hold."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from astroid import nodes

from . import calling
from .layer_arguments import Arguments
from .values import Applied, Function, Model, Named, Text, Unknown, Value, plain, written

if TYPE_CHECKING:
    from .frames import Frame

_LAYERS: Mapping[str, str] = {"+": "Add", "-": "Subtract", "*": "Multiply"}

_BINARY: Mapping[str, Callable[[Value, Value], Value]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}

_UNARY: Mapping[str, Callable[[Value], Value]] = {
    "-": operator.neg,
    "+": operator.pos,
    "not": operator.not_,
}

_COMPARISONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": lambda one, other: one is other,
    "is not": lambda one, other: one is not other,
    "in": lambda one, other: one in other,
    "not in": lambda one, other: one not in other,
}

#: What powers and repetitions are worked out below.
_LARGE = 1000

#: Attributes of a tensor that are its shape.
SHAPES = frozenset({"_keras_shape", "shape"})


def value(frame: Frame, node: nodes.NodeNG) -> Value:
    """What an expression holds, by the statements before it."""
    evaluate = _EVALUATE.get(type(node))
    if evaluate is None:
        return opaque(frame, node)
    return evaluate(frame, node)


def opaque(frame: Frame, node: nodes.NodeNG, *parts: Value) -> Value:
    """An expression that is not worked out: its text, where its names mean the same outside."""
    reason = f"line {node.lineno} is not a Keras layer applied to a tensor"
    for part in parts:
        if isinstance(part, Unknown):
            return part
        if isinstance(part, Text) and part.reason:
            reason = part.reason
    return Text(node.as_string(), reason) if frame.stands(node) else Unknown(reason)


def is_known(found: Value) -> bool:
    """Whether a value is that of a plain object of Python, its items included."""
    if type(found) in (tuple, list, set):
        return all(map(is_known, found))
    return found is None or isinstance(found, (bool, int, float, str))


def is_settled(found: Value) -> bool:
    """Whether it is known what Python compares: all but texts, which may be anything."""
    return not isinstance(found, (Text, Unknown))


def _name(frame: Frame, node: nodes.Name) -> Value:
    return frame.lookup(node)


def _items(frame: Frame, node: nodes.List | nodes.Tuple | nodes.Set) -> Value:
    found: list[Value] = []
    for item in node.elts:
        if isinstance(item, nodes.Starred):
            several = value(frame, item.value)
            if type(several) not in (tuple, list):
                return opaque(frame, node, several)
            found.extend(several)
        else:
            found.append(value(frame, item))
    if isinstance(node, nodes.Set):
        is_plain = all(one is None or isinstance(one, (bool, int, float, str)) for one in found)
        return set(found) if is_plain else opaque(frame, node)
    return tuple(found) if isinstance(node, nodes.Tuple) else found


def _dict(frame: Frame, node: nodes.Dict) -> Value:
    found: dict[Value, Value] = {}
    for key, item in node.items:
        if isinstance(key, nodes.DictUnpack):
            several = value(frame, item)
            if not isinstance(several, dict):
                return opaque(frame, node, several)
            found.update(several)
            continue
        name = value(frame, key)
        if not isinstance(name, (bool, int, float, str)):
            return opaque(frame, node)
        found[name] = value(frame, item)
    return found


def _binary(frame: Frame, node: nodes.BinOp) -> Value:
    return combined(frame, node, node.op, value(frame, node.left), value(frame, node.right))


def combined(frame: Frame, node: nodes.NodeNG, op: str, left: Value, right: Value) -> Value:
    """What an operator gives for two values, of which one may be a tensor."""
    if isinstance(left, Applied) or isinstance(right, Applied):
        return _of_tensors(frame, node, op, left, right)
    if op in _BINARY and _is_plain(left) and _is_plain(right) and _is_small(op, left, right):
        try:
            return _BINARY[op](left, right)
        except (TypeError, ValueError, ArithmeticError) as error:
            return Unknown(f"line {node.lineno}: {error}")
    texts = written(left), written(right)
    if all(texts) and not any(type(one) in (list, tuple, str) for one in (left, right)):
        reasons = [one.reason for one in (left, right) if isinstance(one, Text)]
        return Text(plain(f"({texts[0]}) {op} ({texts[1]})"), reasons[0])
    return opaque(frame, node, left, right)


def _is_small(op: str, left: Value, right: Value) -> bool:
    """Whether what an operator gives is surely no huge number or text."""
    numbers = [abs(one) for one in (left, right) if isinstance(one, (int, float))]
    if op == "**":
        return len(numbers) == 2 and max(numbers) < _LARGE
    if op == "%" and isinstance(left, str):
        return len(left) < _LARGE and re.search(r"\d{4}", left) is None
    return len(numbers) == 2 or op != "*" or max(numbers, default=0) < _LARGE


def _is_plain(found: Value) -> bool:
    return is_known(found) or type(found) in (tuple, list)


def _of_tensors(frame: Frame, node: nodes.NodeNG, op: str, left: Value, right: Value) -> Value:
    for one in (left, right):
        if isinstance(one, (Text, Unknown)):
            return Unknown(one.reason)
    tensors = [one for one in (left, right) if isinstance(one, Applied)]
    if len(tensors) == 2 and op in _LAYERS:
        return frame.apply(Arguments(_LAYERS[op], {}), tensors)
    texts = [
        f"{{{tensors.index(one)}}}" if isinstance(one, Applied) else written(one)
        for one in (left, right)
    ]
    is_number = all(isinstance(one, (Applied, int, float)) for one in (left, right))
    if op not in {*_LAYERS, "/", "**"} or not is_number:
        return opaque(frame, node)
    return frame.apply(Arguments("Operation", {}, f"({texts[0]} {op} {texts[1]})"), tensors)


def _unary(frame: Frame, node: nodes.UnaryOp) -> Value:
    operand = value(frame, node.operand)
    if node.op == "not":
        return not operand if is_settled(operand) else opaque(frame, node, operand)
    if node.op in _UNARY and isinstance(operand, (int, float)):
        return _UNARY[node.op](operand)
    if isinstance(operand, Applied) and node.op == "-":
        return frame.apply(Arguments("Operation", {}, "(-{0})"), [operand])
    return opaque(frame, node, operand)


def _boolean(frame: Frame, node: nodes.BoolOp) -> Value:
    found: Value = None
    for item in node.values:
        found = value(frame, item)
        if not is_settled(found):
            return opaque(frame, node, found)
        if bool(found) is (node.op == "or"):
            break
    return found


def _compare(frame: Frame, node: nodes.Compare) -> Value:
    left = value(frame, node.left)
    for op, item in node.ops:
        right = value(frame, item)
        is_identity = op in {"is", "is not"} and (left is None or right is None)
        is_comparable = is_known(left) and (is_known(right) or isinstance(right, dict))
        if not (is_identity and is_settled(left) and is_settled(right)) and not is_comparable:
            return opaque(frame, node, left, right)
        try:
            if not _COMPARISONS[op](left, right):
                return False
        except TypeError as error:
            return Unknown(f"line {node.lineno}: {error}")
        left = right
    return True


def _choice(frame: Frame, node: nodes.IfExp) -> Value:
    test = value(frame, node.test)
    if not is_settled(test):
        return opaque(frame, node, test)
    return value(frame, node.body if test else node.orelse)


def _subscript(frame: Frame, node: nodes.Subscript) -> Value:
    whole = value(frame, node.value)
    if isinstance(node.slice, nodes.Slice):
        ends = [
            value(frame, one) if one is not None else None
            for one in (node.slice.lower, node.slice.upper, node.slice.step)
        ]
        key: Value = slice(*ends) if all(map(is_known, ends)) else Text("")
    else:
        key = value(frame, node.slice)
    if not isinstance(key, (int, str, slice)) or type(whole) not in (tuple, list, str, dict):
        return opaque(frame, node, whole)
    try:
        return whole[key]
    except (IndexError, KeyError, TypeError):
        return Unknown(f"line {node.lineno} has no item {key!r}")


def _attribute(frame: Frame, node: nodes.Attribute) -> Value:
    stored = frame.stored(node)
    if stored is not None:
        return stored
    api = frame.api(node)
    if api is not None:
        return Named(api)
    owner = value(frame, node.expr)
    if isinstance(owner, Applied) and node.attrname in SHAPES:
        return frame.shape(owner)
    if isinstance(owner, Model) and owner.layers is None:
        known = {"input": owner.inputs, "inputs": owner.inputs, "output": owner.outputs}
        if node.attrname in known:
            return known[node.attrname]
    return opaque(frame, node, owner)


def _format(frame: Frame, node: nodes.JoinedStr) -> Value:
    parts: list[str] = []
    for item in node.values:
        if isinstance(item, nodes.Const):
            parts.append(str(item.value))
            continue
        found = value(frame, item.value)
        if item.format_spec is not None or not is_known(found):
            return opaque(frame, node, found)
        parts.append(str(found))
    return "".join(parts)


def _comprehension(frame: Frame, node: nodes.ListComp) -> Value:
    generator = node.generators[0]
    items = value(frame, generator.iter)
    if len(node.generators) > 1 or type(items) not in (tuple, list):
        return opaque(frame, node, items)
    found = []
    for item in items:
        frame.step()
        inner = frame.inner()
        inner.assign(generator.target, item)
        tests = [value(inner, test) for test in generator.ifs]
        if not all(map(is_settled, tests)):
            return opaque(frame, node)
        if all(tests):
            found.append(value(inner, node.elt))
    return found


def _lambda(frame: Frame, node: nodes.Lambda) -> Value:
    return Function(node, frame)


def _const(frame: Frame, node: nodes.Const) -> Value:
    return node.value


_EVALUATE: Mapping[type[nodes.NodeNG], Callable[[Frame, nodes.NodeNG], Value]] = {
    nodes.Attribute: _attribute,
    nodes.BinOp: _binary,
    nodes.BoolOp: _boolean,
    nodes.Call: lambda frame, node: calling.called(frame, node),
    nodes.Compare: _compare,
    nodes.Const: _const,
    nodes.Dict: _dict,
    nodes.IfExp: _choice,
    nodes.JoinedStr: _format,
    nodes.Lambda: _lambda,
    nodes.List: _items,
    nodes.ListComp: _comprehension,
    nodes.Name: _name,
    nodes.Set: _items,
    nodes.Subscript: _subscript,
    nodes.Tuple: _items,
    nodes.UnaryOp: _unary,
}


def arguments(
    frame: Frame, call: nodes.Call
) -> tuple[Sequence[Value], Mapping[str, Value]] | Unknown:
    """The values of a call's arguments, stars taken apart."""
    args: list[Value] = []
    for item in call.args:
        found = value(frame, item.value if isinstance(item, nodes.Starred) else item)
        if not isinstance(item, nodes.Starred):
            args.append(found)
        elif type(found) in (tuple, list):
            args.extend(found)
        else:
            return Unknown(f"the arguments of the call on line {call.lineno} cannot be told apart")
    keywords: dict[str, Value] = {}
    for keyword in call.keywords:
        found = value(frame, keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = found
        elif isinstance(found, dict) and all(isinstance(one, str) for one in found):
            keywords.update(found)
        else:
            return Unknown(f"the arguments of the call on line {call.lineno} cannot be told apart")
    return args, keywords
