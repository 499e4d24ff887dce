"""Programs that build a model, followed to where it is made."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator

from astroid import nodes

from lintplugin.analysis import Module

from . import expressions, functions, interfaces, statements
from .frames import Building, Found, Frame
from .values import Model, NotConvertible, Text, Unknown, Value

_SETTERS = frozenset(
    {
        "keras.backend.set_image_data_format",
        "keras.backend.set_image_dim_ordering",
        "keras.config.set_image_data_format",
    }
)


def model(module: Module, call: nodes.Call) -> tuple[Model, Building]:
    """The model that a call makes.

    The program is followed from the module, where the function around the call is called there
    once, and from the function with its defaults otherwise.

    :raises NotConvertible: when it is not made.
    """
    _refuse_channels_first(module)
    reason = "its layers are not in sight"
    for start in _starts(module, call):
        building = Building(module, call)
        frame = Frame(building, _given(building, start), None, False)
        try:
            if isinstance(start.parent, nodes.ClassDef):
                _construct(building, start.parent)
            statements.follow(frame, start.body)
        except statements.Ended as ended:
            if isinstance(ended.value, Unknown):
                reason = ended.value.reason
        except Found:
            pass
        if building.model is not None:
            return building.model, building
    raise NotConvertible(reason)


def _refuse_channels_first(module: Module) -> None:
    """Refuse a file that has the channels of all images first.

    :raises NotConvertible: where it says so outside of functions.
    """
    for api, references in module.by_api.items():
        if interfaces.canonical(api) not in _SETTERS:
            continue
        for reference in references:
            call = reference.call
            if call is None or not isinstance(call.frame(), nodes.Module):
                continue
            for value in (*call.args, *(one.value for one in call.keywords)):
                if isinstance(value, nodes.Const) and value.value in {"channels_first", "th"}:
                    raise NotConvertible(f"line {call.lineno} puts the channels of images first")


def _given(building: Building, start: nodes.NodeNG) -> dict[str, Value]:
    """The parameters of a function: their defaults, and themselves where they have none."""
    values: dict[str, Value] = {}
    if isinstance(start, nodes.FunctionDef):
        outer = Frame(building, {}, None, True)
        for name in functions.undefined(start):
            values[name] = Text(name, f"'{name}' is no tensor in sight")
        for name, default in functions.defaults_of(start):
            values[name] = expressions.value(outer, default)
    return values


def _construct(building: Building, owner: nodes.ClassDef) -> None:
    """Keep what the constructor of a class assigns to ``self``, where nothing else assigns it."""
    names = Counter(node.as_string() for node in owner.nodes_of_class(nodes.AssignAttr))
    for one in owner.body:
        if isinstance(one, nodes.FunctionDef) and one.name == "__init__":
            with contextlib.suppress(statements.Ended):
                statements.follow(Frame(building, _given(building, one), None, False), one.body)
    kept = {name: one for name, one in building.attributes.items() if names[name] == 1}
    building.attributes = kept


def _starts(module: Module, call: nodes.Call) -> Iterator[nodes.Module | nodes.FunctionDef]:
    """Where to begin: the module or function that calls what is around the call, then that."""
    around = call.frame()
    if isinstance(around, nodes.Lambda):
        raise NotConvertible("it is made in a lambda")
    if isinstance(around, nodes.FunctionDef):
        uses = module.names.uses(around.name)
        if len(uses) == 1 and isinstance(uses[0].parent, nodes.Call):
            outer = uses[0].frame()
            if outer is not around and not isinstance(outer, nodes.ClassDef):
                yield outer
    yield around
