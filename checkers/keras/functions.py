"""Functions of a file: their parameters, and what a call gives for these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from astroid import nodes

from .values import Value


def is_plain(node: nodes.FunctionDef | nodes.Lambda) -> bool:
    """Whether a function returns what it returns, and changes no names of others."""
    if getattr(node, "decorators", None) is not None:
        return False
    odd = (nodes.Global, nodes.Nonlocal, nodes.Yield, nodes.YieldFrom, nodes.Await)
    return next(node.nodes_of_class(odd), None) is None


def outside(node: nodes.FunctionDef | nodes.Lambda) -> Iterator[str]:
    """The names around a function that it assigns."""
    for one in node.nodes_of_class((nodes.Global, nodes.Nonlocal)):
        yield from one.names


def bound(
    node: nodes.FunctionDef | nodes.Lambda, args: Sequence[Value], keywords: Mapping[str, Value]
) -> dict[str, Value] | None:
    """Arguments by the names of the parameters; None where they do not fit."""
    accepted = node.args
    positional = [one.name for one in (*accepted.posonlyargs, *(accepted.args or ()))]
    named = {*positional, *(one.name for one in accepted.kwonlyargs)}
    found: dict[str, Value] = dict(zip(positional, args, strict=False))
    if len(args) > len(positional):
        if accepted.vararg is None:
            return None
        found[accepted.vararg] = tuple(args[len(positional) :])
    elif accepted.vararg is not None:
        found[accepted.vararg] = ()
    more = {name: one for name, one in keywords.items() if name not in named}
    if more and accepted.kwarg is None:
        return None
    found.update((name, one) for name, one in keywords.items() if name in named)
    if accepted.kwarg is not None:
        found[accepted.kwarg] = more
    defaults = {name for name, _ in defaults_of(node)}
    return found if named <= {*found, *defaults} else None


def defaults_of(
    node: nodes.FunctionDef | nodes.Lambda,
) -> Iterator[tuple[str, nodes.NodeNG]]:
    """The parameters that have a default."""
    accepted = node.args
    positional = [*accepted.posonlyargs, *(accepted.args or ())]
    defaults = accepted.defaults or []
    for parameter, default in zip(
        positional[len(positional) - len(defaults) :], defaults, strict=True
    ):
        yield parameter.name, default
    for parameter, default in zip(accepted.kwonlyargs, accepted.kw_defaults, strict=True):
        if default is not None:
            yield parameter.name, default


def undefined(node: nodes.FunctionDef) -> Iterator[str]:
    """The parameters that have no default."""
    accepted = node.args
    defaults = {name for name, _ in defaults_of(node)}
    for one in (*accepted.posonlyargs, *(accepted.args or ()), *accepted.kwonlyargs):
        if one.name not in defaults:
            yield one.name
