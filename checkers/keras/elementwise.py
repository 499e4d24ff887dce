"""Functions of tensors that are no layers: a ``Lambda``, an activation, what stands in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from astroid import nodes

from .layer_arguments import Arguments
from .values import Applied, Function, Unknown, Value, written
from .vocabulary import ACTIVATIONS, ELEMENTWISE

if TYPE_CHECKING:
    from .frames import Frame

#: Activations of each element by itself.
_ELEMENTS = {name: text for name, text in ACTIVATIONS.items() if "dim=" not in text}

_SIGNS: Mapping[str, str] = {"Add": "+", "Subtract": "-", "Multiply": "*"}


def of_lambda(
    frame: Frame, call: nodes.Call, layer: Arguments, tensors: Sequence[Applied]
) -> Value:
    """A function that is a layer, where it is an expression of its tensors."""
    function, more = layer.value("function"), layer.value("arguments") or {}
    if not isinstance(function, Function) or not isinstance(more, dict):
        return Unknown(f"the function of the Lambda on line {call.lineno} is not in sight")
    template = template_of(frame, call, function, len(tensors), more)
    if isinstance(template, Unknown):
        return template
    return frame.apply(Arguments("Operation", {}, template), tensors)


def template_of_lambda(frame: Frame, call: nodes.Call, layer: Arguments) -> str:
    """What a ``Lambda`` makes of one tensor; empty where that is not known."""
    function, more = layer.given.get("function"), layer.given.get("arguments") or {}
    if not isinstance(function, Function) or not isinstance(more, dict):
        return ""
    template = template_of(frame, call, function, 1, more)
    return template if isinstance(template, str) else ""


def template_of(
    frame: Frame, call: nodes.Call, function: Function, count: int, more: Mapping[str, Value]
) -> str | Unknown:
    """What a function of the file makes of tensors, an expression of ``{0}``, ``{1}`` …"""
    reason = Unknown(f"the function on line {function.node.lineno} is not written as an expression")
    own = [Applied(Arguments("Input", {}), ()) for _ in range(count)]
    with frame.apart():
        found = frame.enter(function, call, [own if count > 1 else own[0]], more)
    if isinstance(found, Unknown):
        return found
    texts = {one: f"{{{index}}}" for index, one in enumerate(own)}

    def text(one: Applied) -> str:
        if one in texts:
            return texts[one]
        inner = [text(before) for before in one.inputs]
        if one.layer.kind == "Activation" and len(inner) == 1:
            return _ELEMENTS[one.layer.given["activation"]].format(x=inner[0])
        if one.layer.kind in _SIGNS:
            return f"({inner[0]} {_SIGNS[one.layer.kind]} {inner[1]})"
        if one.layer.kind != "Operation":
            raise KeyError(one.layer.kind)
        return one.layer.template.format(*inner)

    try:
        return text(found) if isinstance(found, Applied) else reason
    except (IndexError, KeyError):
        return reason


def activated(
    frame: Frame,
    call: nodes.Call,
    name: str,
    args: Sequence[Value],
    keywords: Mapping[str, Value],
) -> Value:
    """A function that is applied to each element, outside of a layer."""
    given = {"alpha": args[1]} if len(args) == 2 and name in {"elu", "leaky_relu", "relu"} else {}
    given.update(keywords)
    given.pop("name", None)
    texts = {one: written(two) for one, two in given.items() if two not in (0, None)}
    if name == "relu" and texts.keys() == {"max_value"}:
        return frame.apply(
            Arguments("Operation", {}, f"torch.relu({{0}}).clamp(max={texts['max_value']})"),
            args[:1],
        )
    if name in {"leaky_relu", "relu"} and texts.keys() in ({"alpha"}, {"negative_slope"}):
        (slope,) = texts.values()
        return frame.apply(Arguments("Operation", {}, f"F.leaky_relu({{0}}, {slope})"), args[:1])
    if texts or len(args) > 1:
        return Unknown(f"line {call.lineno} is not a Keras layer applied to a tensor")
    if name in ELEMENTWISE:
        return frame.apply(Arguments("Operation", {}, ELEMENTWISE[name]), args[:1])
    if name in ACTIVATIONS:
        return frame.apply(Arguments("Activation", {"activation": name}), args[:1])
    return Unknown(f"line {call.lineno} is not a Keras layer applied to a tensor")
