"""Arguments that Keras 3 takes under another name, in another place or not at all."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Fix
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

from . import arguments, calls, interfaces

SYMBOL = "keras-renamed-argument"

RULE = Rule(
    id="E6910",
    message="'%(api)s' changed in Keras 3: %(change)s",
    summary="A call with arguments of Keras 1 or 2 that Keras 3 takes otherwise, or not at all.",
    why="""\
Keras 2 renamed most arguments of Keras 1 and still took the old names, with a warning:
`keras/legacy/interfaces.py` of Keras 2.3.1 has 33 wrappers that convert 36 arguments. Keras 3 has
none of them. `border_mode`, `nb_filter`, `output_dim`, `W_regularizer` or `dim_ordering` raise when
the layer is made, `nb_epoch` when the training begins.

Some change more than their name, and a search and replace gets them wrong:

* `samples_per_epoch`, `nb_val_samples` and `val_samples` counted samples; `steps_per_epoch`,
  `validation_steps` and `steps` count batches. With the name alone changed, an epoch is as many
  times longer as a batch has samples;
* `dim_ordering='th'` is `data_format='channels_first'`; `consume_less='gpu'` chose an
  implementation, and Keras 3 chooses by itself;
* `Convolution2D(32, 3, 3)` was a kernel of 3 by 3. Keras 3 reads a kernel size of 3 and strides of
  3, and nothing is raised: the feature maps have a ninth of their size. It is reported where the
  file shows that it is Keras 1, or the numbers are odd and equal and nothing else in the call is of
  Keras 2, since `Conv2D(64, 2, 2)` may well mean strides;
* `batch_input_shape` belongs to an `Input` before the layer.

Keras 3 itself renamed and removed arguments of Keras 2: `workers` and `use_multiprocessing` of
`fit` belong to the `PyDataset` it is given, `l2(l=0.1)` is `l2(0.1)`. Arguments that Keras 3 takes
and ignores are the business of other rules.
""",
    references=(
        "https://github.com/keras-team/keras/blob/2.3.1/keras/legacy/interfaces.py",
        "https://github.com/keras-team/keras/wiki/Keras-2.0-release-notes",
        "https://keras.io/guides/migrating_to_keras_3/",
    ),
)


def check(module: Module) -> Iterator[Finding]:
    for api, references in module.by_api.items():
        name = interfaces.canonical(api)
        if not name or not _is_callable(name):
            continue
        for reference in references:
            if reference.call is not None:
                yield from _findings(
                    module,
                    reference.call,
                    reference.node,
                    name,
                    reference.api,
                    reference.confidence,
                )
    yield from _methods(module)


@functools.lru_cache(maxsize=16384)
def _is_callable(name: str) -> bool:
    entry = signatures.legacy_entry(name) or signatures.modern_entry(name)
    return entry is not None and entry.kind in ("class", "function")


def _findings(
    module: Module,
    call: nodes.Call,
    node: nodes.NodeNG,
    name: str,
    api: str = "",
    confidence: str = "INFERENCE",
) -> Iterator[Finding]:
    """A finding for a call in which something changes.

    :param name: canonical name of what is called.
    :param api: its name in the file.
    """
    changes = tuple(arguments.changes(module, call, name))
    if changes:
        yield module.finding(
            node,
            api or name,
            confidence=confidence,
            fixes=functools.partial(_fixes, module, call, changes),
            change="; ".join(change.text for change in changes),
        )


def _methods(module: Module) -> Iterator[Finding]:
    """Calls of methods of models, known as such or by arguments that no other library's take."""
    found: dict[nodes.Call, bool] = {}
    for keyword in module.names.by_type["Keyword"]:
        if keyword.arg in arguments.OF_METHODS and isinstance(keyword.parent, nodes.Call):
            is_own = keyword.arg not in arguments.COMMON
            found[keyword.parent] = found.get(keyword.parent, False) or is_own
    if not found or not interfaces.are_used(module):
        return
    for call, is_own in found.items():
        callee = call.func
        if not isinstance(callee, nodes.Attribute) or callee.attrname not in arguments.METHODS:
            continue
        if is_own or interfaces.is_model(module, callee.expr):
            yield from _findings(module, call, callee, f"keras.Model.{callee.attrname}")


def _fixes(module: Module, call: nodes.Call, changes: tuple[calls.Change, ...]) -> Iterator[Fix]:
    if "tf2" not in module.settings.targets:
        return
    edits = [edit for change in changes for edit in change.edits]
    written = calls.spliced(module, call, edits)
    unsafe = "; ".join(dict.fromkeys(one.unsafe for one in changes if one.unsafe))
    executed = program_evidence(SYMBOL, "tf2")
    stopped = next((one.text for one in changes if not one.edits), "")
    if stopped:
        title, reason = "Change the arguments", f"to be written by hand: {stopped}"
        yield Fix("tf2", Applicability.DISPLAY, title, written, reason, evidence=executed)
    else:
        yield replacements.executed_edits(
            "tf2", "Change the arguments", written, edits, executed, unsafe
        )
