"""Names of Theano that no other rule is about."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements, signatures, templates
from lintplugin.analysis import Module
from lintplugin.names import parts
from lintplugin.rewrite.expressions import row_of
from lintplugin.rules import Finding, Rule
from lintplugin.templates import Row

SYMBOL = "theano-api"

#: Rules whose rows are reported here where they are named: of an operator, that rule reports uses.
_OURS = (SYMBOL, "theano-operator")

RULE = Rule(
    id="W6505",
    message="'%(api)s' needs Theano, which is unmaintained; %(advice)s",
    summary="A name of Theano that has no replacement for itself.",
    why="""\
Theano has had no release since 1.0.5 (2020) and does not import with current NumPy. Every use of a
name of Theano is reported, with what takes its place: symbolic inputs become parameters of
functions, shared variables become variables, and `theano.scan` becomes a loop.

Operations with a replacement that was executed are reported by `theano-operation`, compiled
functions by `theano-function`, gradients by `theano-grad` and flags by `theano-config`. Methods of
tensors, such as `x.dimshuffle(0, 'x')`, are reported where the object is known to be Theano's.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/library/index.html",
        "https://github.com/Theano/Theano/blob/rel-1.0.5/NEWS.txt",
    ),
)

ROWS = templates.Table(__file__)

#: Constructors of symbolic inputs: ``theano.tensor.fmatrix``, ``theano.tensor.dvectors``.
_INPUT = re.compile(
    r"theano\.tensor\.(?:basic\.)?"
    r"[bwilfdcz]?(?:scalar|vector|row|col|matri(?:x|ces)|tensor[3-7]?)s?"
)

#: Calls of these are reported by the rules that convert a program as a whole.
_ELSEWHERE = frozenset({"theano.function", "theano.grad"})

#: Classes of what calls of Theano return.
_RESULTS = ("theano.tensor.TensorVariable", "theano.tensor.sharedvar.TensorSharedVariable")


def check(module: Module) -> Iterator[Finding]:
    for name, references in module.by_api.items():
        if not f"{name}.".startswith("theano."):
            continue
        for reference in references:
            api, node = name, reference.node
            if isinstance(node.parent, nodes.AssignAttr):
                api = f"{name}.{node.parent.attrname}"
            is_stored = api != name
            row = _answer(api, reference.call is not None, is_stored) if api != "theano" else None
            if row is None or not replacements.is_spelled(module, node):
                continue
            if "(" not in api:
                known = _known(api)
                node = node.parent if is_stored and known == api else reference.part(known) or node
                api = known
            yield module.finding(
                node,
                api,
                confidence=reference.confidence,
                advice=replacements.advice(module, row),
            )
    yield from of_one_of_several(module, SYMBOL)


def of_one_of_several(module: Module, symbol: str) -> Iterator[Finding]:
    """Names that denote one thing of Theano or another: imports with those of older releases.

    :param symbol: the rule whose rows answer.
    """
    for name, bindings in module.names.scope.bindings.items():
        if len({one.api for one in bindings if (one.api or "").startswith("theano.")}) < 2:
            continue
        for use in module.names.uses(name):
            found = [one.api or "" for one in module.names.bindings(use)]
            if len(set(found)) < 2 or not all(api.startswith("theano.") for api in found):
                continue
            node: nodes.NodeNG = use
            names = ""
            while isinstance(node.parent, nodes.Attribute):
                node = node.parent
                names += f".{node.attrname}"
            several = [f"{api}{names}" for api in found]
            api = next(filter(_is_known, several), several[0])
            called = isinstance(node.parent, nodes.Call) and node.parent.func is node
            row = _answer(api, called, symbol=symbol)
            if row is not None:
                yield module.finding(
                    node,
                    _known(api),
                    confidence="INFERENCE",
                    advice=replacements.advice(module, row),
                )


@functools.lru_cache(maxsize=16384)
def _known(api: str) -> str:
    """The longest part of a name that Theano had."""
    return next(filter(_is_known, parts(api)))


def _is_known(api: str) -> bool:
    return signatures.known(api) or row_of(api) is not None


@functools.lru_cache(maxsize=16384)
def _answer(api: str, called: bool, is_stored: bool = False, symbol: str = SYMBOL) -> Row | None:
    """What to say of a name of Theano; None when another rule reports it.

    :param is_stored: whether the name is assigned to, which others report of flags alone.
    :param symbol: the rule that asks.
    """
    if "(" in api or "[" in api:
        made, _, name = api.rpartition(".")
        if not made.endswith((")", "]")):
            return None
        methods = (f"{result}.{name}" for result in _RESULTS)
        known = next(filter(signatures.known, methods), None)
        return _nearest(known)[1] if known is not None else None
    entry = signatures.legacy_entry(api)
    if entry is not None and called and entry.canonical in _ELSEWHERE:
        return None
    if _INPUT.fullmatch(api):
        api = "theano.tensor.matrix"
    owner, row = _nearest(api)
    ours = _OURS if symbol == SYMBOL else (symbol,)
    is_ours = owner in ours or (is_stored and not api.startswith("theano.config."))
    return row if is_ours else None


def _nearest(api: str) -> tuple[str, Row]:
    """The row of a name, else of the nearest class or module around it, with its rule."""
    return next(found for part in parts(api) if (found := row_of(part)) is not None)
