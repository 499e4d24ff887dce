"""What calls give in a program that builds a model: layers, tensors, models, plain objects."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from astroid import nodes

from . import elementwise, expressions, interfaces, layer_arguments
from .layer_arguments import Arguments
from .values import (
    Applied,
    Function,
    Made,
    Model,
    Named,
    NotConvertible,
    Partial,
    Text,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from .frames import Frame

#: Layers of several tensors, which are functions in small letters, too.
MERGES = frozenset({"Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"})

_MODELS = frozenset({"keras.Model", "keras.Sequential"})

#: What functions of Keras say of the machine: TensorFlow, with the channels of images last.
_SETTINGS: Mapping[str, str | float] = {
    "keras.backend.backend": "tensorflow",
    "keras.backend.epsilon": 1e-7,
    "keras.backend.floatx": "float32",
    "keras.backend.image_data_format": "channels_last",
    "keras.backend.image_dim_ordering": "tf",
    "keras.config.backend": "tensorflow",
    "keras.config.image_data_format": "channels_last",
}

_BUILTINS: Mapping[str, Callable[..., Value]] = {
    "abs": abs,
    "bool": bool,
    "dict": dict,
    "enumerate": lambda *one: list(enumerate(*one)),
    "float": float,
    "int": int,
    "len": len,
    "list": list,
    "max": max,
    "min": min,
    "range": lambda *one: list(range(*one)),
    "reversed": lambda one: list(reversed(one)),
    "round": round,
    "sorted": sorted,
    "str": str,
    "sum": sum,
    "tuple": tuple,
    "zip": lambda *one: list(zip(*one, strict=False)),
}

#: Those that look into what they are given.
_DEEP = frozenset({"bool", "float", "int", "max", "min", "round", "sorted", "str", "sum"})

#: Longest range that is written out.
_LONGEST = 10_000

#: Methods of plain objects.
_METHODS: Mapping[type, frozenset[str]] = {
    str: frozenset({"endswith", "format", "join", "lower", "replace", "split", "startswith"}),
    list: frozenset({"append", "copy", "extend", "index", "insert", "pop", "reverse"}),
    tuple: frozenset({"index"}),
    dict: frozenset({"copy", "get", "pop", "update"}),
}

_VIEWS = frozenset({"items", "keys", "values"})

_ACTIVATIONS = ("keras.activations.", "keras.backend.", "keras.ops.", "tensorflow.nn.")


def called(frame: Frame, call: nodes.Call) -> Value:
    """What a call returns, once its function and arguments are known."""
    callee = call.func
    if isinstance(callee, nodes.Attribute) and frame.api(callee) is None:
        changed = callee.expr.expr if isinstance(callee.expr, nodes.Attribute) else None
        if changed is not None and callee.expr.attrname == "layers":
            whole = expressions.value(frame, changed)
            if isinstance(whole, Model) and whole.layers is not None:
                reason = f"line {call.lineno} changes the list of its layers"
                whole.layers.append((Unknown(reason), call.lineno))
        owner = frame.method_owner(callee)
        if owner is not None:
            found = _method(frame, call, callee, owner)
            if found is not None:
                return found
    given = expressions.arguments(frame, call)
    if isinstance(given, Unknown):
        return given
    if isinstance(callee, nodes.Name) and frame.is_builtin(callee):
        return _builtin(frame, call, callee.name, given[0], given[1])
    return _call(frame, call, expressions.value(frame, callee), given[0], given[1])


def _call(
    frame: Frame,
    call: nodes.Call,
    function: Value,
    args: Sequence[Value],
    keywords: Mapping[str, Value],
) -> Value:
    if isinstance(function, Partial):
        more = {**function.keywords, **keywords}
        return _call(frame, call, function.function, [*function.args, *args], more)
    if isinstance(function, Function):
        return frame.enter(function, call, args, keywords)
    if isinstance(function, (Arguments, Model)):
        if len(args) != 1 or keywords:
            return Unknown(f"line {call.lineno} is not a Keras layer applied to a tensor")
        return _on(frame, call, function, args[0])
    if isinstance(function, Named):
        return _of_package(frame, call, function.api, args, keywords)
    return expressions.opaque(frame, call, function)


def _on(frame: Frame, call: nodes.Call, layer: Arguments | Model, given: Value) -> Value:
    """A layer or model applied to a tensor, or to several."""
    tensors = list(given) if type(given) in (list, tuple) else [given]
    for one in tensors:
        if isinstance(one, Unknown):
            return one
        if not isinstance(one, Applied):
            reason = f"line {call.lineno} is not a Keras layer applied to a tensor"
            return Unknown(one.reason or reason if isinstance(one, Text) else reason)
    if isinstance(layer, Model):
        return frame.copy(layer, tensors)
    if layer.kind == "Lambda":
        return elementwise.of_lambda(frame, call, layer, tensors)
    return frame.apply(layer, tensors)


def _of_package(
    frame: Frame,
    call: nodes.Call,
    api: str,
    args: Sequence[Value],
    keywords: Mapping[str, Value],
) -> Value:
    name = interfaces.canonical(api) or api
    if name in _SETTINGS:
        return _SETTINGS[name]
    if api == "functools.partial" and args:
        return Partial(args[0], args[1:], keywords)
    if name in _MODELS:
        return frame.made(call, _model(call, name, args, keywords))
    if name.endswith(".is_keras_tensor") and args:
        return isinstance(args[0], Applied)
    if name in {"keras.backend.int_shape", "keras.ops.shape"} and len(args) == 1:
        is_tensor = isinstance(args[0], Applied)
        return frame.shape(args[0]) if is_tensor else expressions.opaque(frame, call, *args)
    if name.endswith("._obtain_input_shape"):
        return _obtained(args, keywords)
    try:
        layer = layer_arguments.layer(api, args, keywords)
    except NotConvertible as error:
        return Unknown(str(error))
    if layer is not None:
        return _layer(frame, call, layer)
    last = name.rpartition(".")[2]
    if name.startswith(_ACTIVATIONS) and args and isinstance(args[0], Applied):
        return elementwise.activated(frame, call, last, args, keywords)
    if not interfaces.canonical(api) and not api.startswith("tensorflow."):
        return expressions.opaque(frame, call)
    given = layer_arguments.bound(layer_arguments.canonical(api) or api, args, keywords)
    return Made(api, given) if given is not None else expressions.opaque(frame, call)


def _layer(frame: Frame, call: nodes.Call, layer: Arguments) -> Value:
    if layer.kind == "Input":
        return frame.apply(layer, [])
    if layer.kind[0].islower() and layer.kind.capitalize() in MERGES:
        given = dict(layer.given)
        tensors = given.pop("inputs", None)
        return _on(frame, call, Arguments(layer.kind.capitalize(), given), tensors)
    if layer.kind == "Lambda":
        layer.template = elementwise.template_of_lambda(frame, call, layer)
    activation = layer.given.get("activation")
    if isinstance(activation, Function):
        template = elementwise.template_of(frame, call, activation, 1, {})
        if isinstance(template, Unknown):
            return template
        layer.given = {**layer.given, "activation": template.replace("{0}", "{x}")}
    return layer


def _model(
    call: nodes.Call, name: str, args: Sequence[Value], keywords: Mapping[str, Value]
) -> Model:
    if name.endswith("Model"):
        given = dict(keywords)
        given.update(zip(("inputs", "outputs"), args, strict=False))
        return Model(
            inputs=given.get("inputs", given.get("input")),
            outputs=given.get("outputs", given.get("output")),
        )
    layers = args[0] if args else keywords.get("layers")
    if layers is None:
        return Model([])
    if type(layers) not in (list, tuple):
        return Model([(Unknown("its layers are not listed in place"), call.lineno)])
    return Model([(one, call.lineno) for one in layers])


def _obtained(args: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
    """The shape of the images that a network of ``keras.applications`` is for.

    As ``_obtain_input_shape`` of Keras 2 works it out where the channels come last.
    """
    names = ("input_shape", "default_size", "min_size", "data_format", "require_flatten")
    given = {"weights": None, **keywords, **dict(zip(names, args, strict=False))}
    is_whole = given.get("require_flatten", given.get("include_top"))
    shape, size = given.get("input_shape"), given.get("default_size")
    if not all(map(expressions.is_settled, (is_whole, shape, size, given["weights"]))):
        return Unknown("the shape of its input is not stated")
    if shape is not None:
        return shape
    return (size, size, 3) if is_whole else (None, None, 3)


def _builtin(
    frame: Frame, call: nodes.Call, name: str, args: Sequence[Value], keywords: Mapping[str, Value]
) -> Value:
    is_known = expressions.is_known if name in _DEEP else expressions.is_settled
    if name == "isinstance" and len(args) == 2:
        kinds = call.args[1].elts if isinstance(call.args[1], nodes.Tuple) else [call.args[1]]
        wanted = [one.name if isinstance(one, nodes.Name) else "" for one in kinds]
        if expressions.is_known(args[0]) and all(one in _BUILTINS for one in wanted):
            return type(args[0]).__name__ in wanted
    if name not in _BUILTINS or not all(map(is_known, args)) or keywords:
        return expressions.opaque(frame, call, *args)
    if name == "range" and max([abs(one) for one in args if type(one) is int] or [0]) > _LONGEST:
        return expressions.opaque(frame, call)
    try:
        return _BUILTINS[name](*args)
    except (ArithmeticError, TypeError, ValueError) as error:
        return Unknown(f"line {call.lineno}: {error}")


def _method(frame: Frame, call: nodes.Call, callee: nodes.Attribute, owner: Value) -> Value | None:
    """What a method of a value gives; None when it is not followed, Python's None as a text."""
    given = expressions.arguments(frame, call)
    if isinstance(given, Unknown):
        return given
    args, keywords = given
    name = callee.attrname
    if isinstance(owner, Function):
        return frame.enter(owner, call, args, keywords)
    if isinstance(owner, Model) and owner.layers is not None and name == "add":
        for one in (*args, *keywords.values()):
            owner.layers.append((one, call.lineno))
        return Text("None")
    if isinstance(owner, Model) and owner.layers and name == "pop" and not args:
        return owner.layers.pop()[0]
    if isinstance(owner, Applied) and name == "get_shape":
        return frame.shape(owner)
    if type(owner) is tuple and name == "as_list":
        return list(owner)
    if type(owner) is dict and name in _VIEWS:
        return list(getattr(owner, name)())
    if name in _METHODS.get(type(owner), ()):
        is_known = all(map(expressions.is_known, (*args, *keywords.values())))
        if isinstance(owner, str) and not (is_known and re.search(r"\d{4}", owner) is None):
            return expressions.opaque(frame, call, *args)
        try:
            found = getattr(owner, name)(*args, **keywords)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            return Unknown(f"line {call.lineno}: {error}")
        return Text("None") if found is None else found
    return None
