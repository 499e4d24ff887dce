"""Names and questions that only Keras on Theano, or on CNTK, has a use for."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.names import Reference
from lintplugin.rules import Finding, Rule

from . import objects

RULE = Rule(
    id="W6935",
    message="'%(api)s' %(effect)s; %(advice)s",
    summary="Code for the Theano or CNTK backend of Keras, or for its names of image layouts.",
    why="""\
Keras 3 runs on TensorFlow, PyTorch and JAX; Theano and CNTK ended with Keras 2.3. What Keras 3.15
makes of programs that could run on both was executed:

* `K.image_dim_ordering()` and `K.set_image_dim_ordering('th')` of Keras 1 are gone. What they
  called `th` and `tf` is `channels_first` and `channels_last` of `K.image_data_format()`;
* `K.backend() == 'theano'` is never true. What stands behind it is dead, most often a conversion of
  kernels: see `keras-flipped-kernels`;
* `K._BACKEND` and `keras.backend.theano_backend` are gone; `K.backend()` tells the backend.

`KERAS_BACKEND=theano` and `keras.json` are reported by `theano-library`. Convolutions with
`channels_first` run on the CPU with TensorFlow 2.21, which those of TensorFlow 1 did not.
""",
    references=(
        "https://keras.io/api/utils/config_utils/",
        "https://github.com/keras-team/keras/releases/tag/2.0.0",
    ),
)

SYMBOL = "keras-theano-backend"

_LAYOUTS = {"th": "channels_first", "tf": "channels_last"}

_ENDED = frozenset({"cntk", "theano"})

_GONE = frozenset({"_BACKEND", "cntk_backend", "theano_backend"})


def check(module: Module) -> Iterator[Finding]:
    for api, references in module.by_api.items():
        name = objects.public(api)
        if not name.startswith("backend.") or objects.runs_keras_2(module):
            continue
        name = name.removeprefix("backend.").removeprefix("common.")
        for reference in references:
            if name in {"image_dim_ordering", "set_image_dim_ordering"}:
                new = name.replace("dim_ordering", "data_format")
                edits = functools.partial(_edits, module, reference, new)
                fixes = functools.partial(_fixes, module, new, edits)
                yield _finding(module, reference, "is gone", new, fixes)
            elif name.partition(".")[0] in _GONE:
                yield _finding(module, reference, "is gone", "K.backend() names the backend")
            elif name == "backend" and (ended := _compared(reference.call)) is not None:
                effect = f"is never '{ended}' in Keras 3"
                yield _finding(module, reference, effect, "what stands behind it is dead")


def _finding(
    module: Module,
    reference: Reference,
    effect: str,
    advice: str,
    fixes: functools.partial[Iterator[Fix]] | type[tuple[Fix, ...]] = tuple,
) -> Finding:
    return module.finding(
        reference.node,
        reference.api,
        confidence=reference.confidence,
        fixes=fixes,
        effect=effect,
        advice=advice,
    )


def _compared(call: nodes.Call | None) -> str | None:
    """The ended backend to which a call alone is compared."""
    comparison = call.parent if call is not None else None
    if not isinstance(comparison, nodes.Compare) or len(comparison.ops) != 1:
        return None
    operator, right = comparison.ops[0]
    other = right if comparison.left is call else comparison.left
    value = objects.literal(other)
    return value if operator in {"==", "!="} and value in _ENDED else None


def _edits(module: Module, reference: Reference, new: str) -> list[Edit]:
    """The new name, and the new word for the layout that it is given or compared to."""
    node, call = reference.node, reference.call
    literal = _layout(call) if call is not None else None
    if not isinstance(node, nodes.Attribute) or literal is None:
        return []
    end, start = module.source.end(node), module.source.start(literal)
    word = str(literal.value)
    return [
        Edit(end - len(node.attrname), end, new),
        Edit(start + 1, start + 1 + len(word), _LAYOUTS[word]),
    ]


def _layout(call: nodes.Call) -> nodes.Const | None:
    """The literal layout that a call is given, or that its result is compared to."""
    given = call.args[0] if call.args else None
    if given is None and isinstance(call.parent, nodes.Compare) and call.parent.left is call:
        given = call.parent.ops[0][1]
    return given if objects.literal(given) in _LAYOUTS else None


def _fixes(module: Module, new: str, edits: functools.partial[list[Edit]]) -> Iterator[Fix]:
    for target in module.settings.targets:
        changes = edits() if target == "tf2" else []
        if not changes:
            yield from objects.shown(SYMBOL, "layout", target, "State the layout of images")
            continue
        found = objects.executed(SYMBOL, "layout", target)
        yield replacements.executed_edits(target, f"Write {new}", new, changes, found)
