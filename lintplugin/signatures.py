"""Binding a call to the recorded signature of the API it calls."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Mapping
from typing import NamedTuple

from astroid import nodes

from lintplugin import snapshots

#: Which snapshot a top-level package of linted code is looked up in.
LEGACY = {"tensorflow": "tensorflow1", "theano": "theano", "keras": "keras2", "torch": "torch"}

#: Which snapshot a replacement is looked up in.
MODERN = {"tensorflow": "tensorflow2", "torch": "torch", "keras": "keras3"}


class Unbindable(Exception):
    """A call that does not say which parameter receives which argument; the text says why."""


class Parameter(NamedTuple):
    """One parameter of a recorded signature.

    :param default: source text of the default, None when the parameter is required, ``...`` when
        the default has no source text.
    """

    name: str
    positional: bool
    keyword: bool
    default: str | None


@functools.cache
def parse(signature: str) -> tuple[Parameter, ...]:
    """Parameters of a signature such as ``(x, axis=None, *, name=None)``, without ``*args``."""
    function = ast.parse(f"def f{signature}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [
        *[None] * (len(positional) - len(arguments.defaults)),
        *arguments.defaults,
    ]
    found = [
        Parameter(argument.arg, True, argument not in arguments.posonlyargs, _text(default))
        for argument, default in zip(positional, defaults, strict=True)
    ]
    found.extend(
        Parameter(argument.arg, False, True, _text(default))
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    )
    return tuple(found)


def _text(default: ast.expr | None) -> str | None:
    return ast.unparse(default) if default is not None else None


@functools.lru_cache(maxsize=16384)
def legacy_entry(api: str) -> snapshots.Entry | None:
    """What the legacy package recorded for a dotted name."""
    package = LEGACY.get(api.partition(".")[0])
    return snapshots.load(package).resolve(api) if package else None


@functools.lru_cache(maxsize=16384)
def modern_entry(api: str) -> snapshots.Entry | None:
    """What the modern package recorded for a dotted name."""
    package = MODERN.get(api.partition(".")[0])
    return snapshots.load(package).resolve(api) if package else None


def known(api: str) -> bool:
    """Whether the legacy package has this name."""
    return legacy_entry(api) is not None


def parameters(entry: snapshots.Entry | None) -> tuple[Parameter, ...]:
    """Parameters of a recorded callable, empty when it recorded no signature."""
    if entry is None or not entry.signature:
        return ()
    found = parse(entry.signature)
    if entry.canonical.startswith("tensorflow.raw_ops."):  # They raise for anything by position.
        return tuple(one._replace(positional=False) for one in found)
    if entry.canonical.startswith(("torch.linalg.", "torch.cholesky_")):
        # Some take their tensors under other names than those documented.
        return tuple(one._replace(keyword=one.default is not None) for one in found)
    return found


def takes_more(entry: snapshots.Entry) -> bool:
    """Whether a recorded callable has ``*args`` or ``**kwargs``."""
    return re.search(r"\*\w", entry.signature or "") is not None


def bind(
    call: nodes.Call, accepted: tuple[Parameter, ...], receiver: nodes.NodeNG | None = None
) -> Mapping[str, nodes.NodeNG]:
    """Arguments of a call by parameter name, in the order of the call.

    :param receiver: the object whose method is called, which fills the first parameter.
    :raises Unbindable: for ``*args``, ``**kwargs``, too many arguments, or one that the legacy API
        does not take.
    """
    bound: dict[str, nodes.NodeNG] = {}
    positional = [parameter for parameter in accepted if parameter.positional]
    given = call.args if receiver is None else [receiver, *call.args]
    for index, value in enumerate(given):
        if isinstance(value, nodes.Starred):
            raise Unbindable("'*' arguments hide which parameter they fill")
        if index >= len(positional):
            raise Unbindable(f"more than {len(positional)} positional arguments")
        bound[positional[index].name] = value
    names = {parameter.name for parameter in accepted if parameter.keyword}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise Unbindable("'**' arguments hide which parameter they fill")
        if keyword.arg not in names or keyword.arg in bound:
            raise Unbindable(f"argument '{keyword.arg}' is not one of the recorded signature")
        bound[keyword.arg] = keyword.value
    return bound


@functools.lru_cache(maxsize=16384)
def aliases(api: str) -> tuple[str, ...]:
    """Other names under which the legacy package offers the same object."""
    package = LEGACY.get(api.partition(".")[0])
    return snapshots.load(package).aliases(api) if package else ()
