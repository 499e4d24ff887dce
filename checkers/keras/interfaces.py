"""Arguments of Keras 1, as Keras 2.3.1 took them, and names of Keras wherever it lies."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from astroid import nodes

from lintplugin import signatures, templates
from lintplugin.analysis import Module

#: Classes of models, and functions that return one.
MODELS = frozenset(
    {
        "keras.Model",
        "keras.Sequential",
        "keras.models.clone_model",
        "keras.models.load_model",
        "keras.models.model_from_json",
    }
)

#: Packages that have the names of stand-alone Keras.
_COPIES = ("tensorflow.keras.", "tensorflow.contrib.keras.", "tensorflow.python.keras.")


@dataclass(frozen=True)
class Interface:
    """What one wrapper of ``keras/legacy/interfaces.py`` did to the arguments of a call.

    :param wrapper: its name there.
    :param names: canonical names of the classes and methods that it was around.
    :param preprocessor: the function that it called first; empty when none.
    :param renamed: new names by the old.
    :param values: source text of new values, by old argument and old value.
    """

    wrapper: str
    names: tuple[str, ...] = ()
    preprocessor: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


#: Of a function or class that no wrapper was around.
PLAIN = Interface("")


@functools.cache
def recorded() -> tuple[Interface, ...]:
    """All wrappers, in the order of their names."""
    rows = templates.read(Path(__file__).with_suffix(".toml"))
    return tuple(Interface(**{**row, "names": tuple(map(canonical, row["names"]))}) for row in rows)


@functools.cache
def _by_name() -> Mapping[str, Interface]:
    return {name: one for one in recorded() for name in one.names}


def of(name: str) -> Interface:
    """The wrapper around a class or method, by its canonical name."""
    return _by_name().get(name, PLAIN)


@functools.lru_cache(maxsize=16384)
def canonical(api: str) -> str:
    """The name that an object of Keras has in the snapshots of stand-alone Keras.

    Empty for what is none of Keras, and for what a call returned.
    """
    for copy in _COPIES:
        if api.startswith(copy):
            api = f"keras.{api.removeprefix(copy)}"
    if not api.startswith("keras.") or "(" in api:
        return ""
    entry = signatures.legacy_entry(api)
    return entry.canonical if entry is not None else api


def are_used(module: Module) -> bool:
    """Whether a file imports Keras, or TensorFlow, which has it."""
    return any(one.api.partition(".")[0] in ("keras", "tensorflow") for one in module.names.imports)


def is_model(module: Module, node: nodes.NodeNG) -> bool:
    """Whether an expression is a model that the file makes or loads."""
    api = module.names.api(node) or ""
    return api.endswith("()") and canonical(api.removesuffix("()")) in MODELS
