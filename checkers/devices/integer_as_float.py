"""Integers that Theano programs store as floats, for a GPU that took nothing else."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

SYMBOL = "device-integer-as-float"

RULE = Rule(
    id="W6835",
    message="'%(name)s' stores integers as floats, which no GPU asks for any more, and in float32 "
    "those above 2**24 are rounded; keep them integers, int64 for PyTorch",
    summary="A shared variable of floats that is only ever cast to integers.",
    why="""\
The old back end of Theano put only `float32` into the memory of a GPU. Theano's tutorials therefore
store labels as `theano.config.floatX` and give out `T.cast(shared_y, 'int32')`, and programs made
after them do so for words and other indices. Between two integers above 2**24 `float32` has no
number for each: 16777217, stored so, comes back as 16777216. This was executed.

TensorFlow 2 and PyTorch keep integers of any type on any device. A port that carries the two casts
over carries the loss. In PyTorch it fails besides: `F.cross_entropy` wants labels of `int64`, and
raises for those of `int32`. `tf.nn.sparse_softmax_cross_entropy_with_logits` takes both.

Reported where a `theano.shared` of values that are made floats in the same line is read by nothing
but casts to integers.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/tutorial/using_gpu.html",
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
    ),
)

_INTEGERS = ("int", "uint")

_FLOATS = ("theano.config.floatX", "float32", "float64")


def check(module: Module) -> Iterator[Finding]:
    for api, references in module.by_api.items():
        if not api.startswith("theano.") or "theano.shared" not in signatures.aliases(api):
            continue
        for reference in references:
            call = reference.call
            if call is None or not call.args or not _makes_floats(module.names, call.args[0]):
                continue
            name, casts = _casts(module.names, call)
            for cast in casts:
                yield module.finding(
                    cast,
                    api,
                    confidence="INFERENCE",
                    fixes=functools.partial(_fixes, module),
                    name=name,
                )


def _makes_floats(names: Names, value: nodes.NodeNG) -> bool:
    """Whether ``numpy.asarray(x, dtype=floatX)``, or a method ``astype``, makes the value."""
    if not isinstance(value, nodes.Call):
        return False
    dtypes = [keyword.value for keyword in value.keywords if keyword.arg == "dtype"]
    if isinstance(value.func, nodes.Attribute) and value.func.attrname in _MAKERS:
        dtypes += value.args[_MAKERS[value.func.attrname] :][:1]
    return any(_dtype(names, one) in _FLOATS for one in dtypes)


#: Functions of NumPy and methods of arrays, by the place of the type among their arguments.
_MAKERS = {"asarray": 1, "array": 1, "astype": 0}


def _dtype(names: Names, node: nodes.NodeNG) -> str:
    if isinstance(node, nodes.Const):
        return str(node.value)
    api = names.api(node)
    return node.attrname if api is None and isinstance(node, nodes.Attribute) else api or ""


def _casts(names: Names, shared: nodes.Call) -> tuple[str, list[nodes.NodeNG]]:
    """The name of a shared variable and the casts that read it, none where anything else does."""
    cast = _cast_of(names, shared)
    if cast is not None:
        return shared.as_string(), [cast]
    statement = shared.parent
    target = statement.targets[0] if isinstance(statement, nodes.Assign) else None
    if not isinstance(target, nodes.AssignName) or len(statement.targets) > 1:
        return "", []
    uses = [
        use
        for use in names.uses(target.name)
        if any(binding.node is target for binding in names.bindings(use))
    ]
    casts = [_cast_of(names, use) for use in uses]
    return target.name, [one for one in casts if one is not None] if all(casts) else []


def _cast_of(names: Names, node: nodes.NodeNG) -> nodes.Call | None:
    """The cast to integers that an expression goes into: ``T.cast(x, t)`` or ``x.astype(t)``."""
    parent = node.parent
    if isinstance(parent, nodes.Attribute) and parent.attrname == "astype":
        call, dtypes = parent.parent, slice(0, 1)
        if not (isinstance(call, nodes.Call) and call.func is parent):
            return None
    else:
        call, dtypes = parent, slice(1, 2)
        api = names.api(call.func) if isinstance(call, nodes.Call) else None
        if api is None or node is not call.args[0]:
            return None
        if "theano.tensor.cast" not in signatures.aliases(api):
            return None
    given = [*call.args[dtypes], *(one.value for one in call.keywords if one.arg == "dtype")]
    is_integer = any(_dtype(names, one).startswith(_INTEGERS) for one in given)
    return call if is_integer else None


def _fixes(module: Module) -> Iterator[Fix]:
    for target in module.settings.targets:
        yield replacements.example(SYMBOL, "labels", target, "Keep integers")
