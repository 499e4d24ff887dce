"""Arguments of Keras' optimisers that Keras 3 refuses, ignores or takes for something else."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import NamedTuple

from astroid import nodes

from lintplugin import replacements, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.names import Reference
from lintplugin.rules import Finding, Rule

from . import objects

RULE = Rule(
    id="W6930",
    message="'%(api)s': %(effect)s; %(advice)s",
    summary="An argument or default of a Keras optimiser that Keras 3 does not take as it was.",
    why="""\
What Keras 3.15 makes of optimisers that were written for Keras 2 was executed:

* `lr` raises `ValueError`; it is `learning_rate`;
* `decay` is ignored with a warning, and the model trains at the rate it began with.
  `InverseTimeDecay` with a step of 1 is the schedule that it stood for;
* `model.optimizer.lr` raises `AttributeError`, and sets an attribute that nothing reads where it is
  assigned; `learning_rate` is a variable, which may be assigned a number;
* `epsilon=None`, which stood for the default, raises when the first step is made;
* `clipnorm` of stand-alone Keras 2.3 was the norm of all gradients together, and is that of each;
  the former is `global_clipnorm`. Only one of `clipnorm`, `clipvalue` and `global_clipnorm` may be
  given, where Keras 2 applied two;
* `SGD(0.01, 0.9, 1e-6, True)` of Keras 2.2 had the decay third; there stands `nesterov` now, and
  behind it `weight_decay`, so that both mean something else and nothing is said;
* `keras.optimizers.legacy` is still there, and raises `ImportError` when an optimiser is made;
* stand-alone Keras 2.3 began with a learning rate of 1.0 for `Adadelta`, 0.01 for `Adagrad` and
  0.002 for `Adamax` and `Nadam`; all begin with 0.001 now. `Adagrad` also begins with an
  accumulator of 0.1. `Adadelta()` trains at a thousandth of its rate.

Defaults and `clipnorm` are reported only in files that use something else which Keras 3 lacks,
since the same text is right for Keras 3.

Stand-alone Keras 2.3.1 on TensorFlow 1.15 counted its steps from one too many: its decay begins at
the second step, and so does the bias correction of Adam. `tf.keras` and the Theano backend did not.
RMSprop of Keras 2 added epsilon to the root, and Keras 3 adds it below. Neither matters to a
training that converges, and both to a comparison of numbers.

In PyTorch the schedule is a `LambdaLR` whose `step()` follows each step of the optimiser, and
`clip_grad_norm_` clips the norm of all gradients. Momentum and a schedule together give other
numbers there: PyTorch multiplies the velocity by the rate, and Keras what is added to it.
""",
    references=(
        "https://keras.io/api/optimizers/",
        "https://keras.io/api/optimizers/learning_rate_schedules/inverse_time_decay/",
        "https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html",
    ),
)

SYMBOL = "keras-optimizer-argument"

_LEGACY = "optimizers.legacy."

#: Positional parameters of Keras 2.2 in whose place stands a flag now.
_FLAGS = {"SGD": 2, "Adam": 4}

#: What stand-alone Keras 2.3 took by default and Keras 3 does not, as it is written now, and
#: whether the numbers are the same with it.
_DEFAULTS = {
    "Adadelta": ("learning_rate=1.0", True),
    "Adagrad": ("learning_rate=0.01, initial_accumulator_value=0.0", True),
    "Adamax": ("learning_rate=0.002", False),
    "Nadam": ("learning_rate=0.002", False),
}

_NAMES = frozenset(
    prefix + name
    for prefix in ("optimizers.", _LEGACY)
    for name in (*_DEFAULTS, "Adam", "Ftrl", "RMSprop", "SGD")
)

#: Texts of programs that set the learning rate themselves, which a schedule does not let them.
_SETS = ("LearningRateScheduler", "ReduceLROnPlateau", "optimizer.lr", "optimizer.learning_rate")


class _Change(NamedTuple):
    """One thing that changed.

    :param case: the fixture that shows it.
    :param edits: what to write instead; empty where that is not in sight.
    :param unsafe: why it is right only sometimes.
    """

    node: nodes.NodeNG
    effect: str
    advice: str
    case: str
    edits: Callable[[], list[Edit]] = list
    unsafe: str = ""


def check(module: Module) -> Iterator[Finding]:
    for reference, call, name in objects.calls(module, _NAMES):
        for change in _changes(module, reference, call, name):
            yield module.finding(
                change.node,
                reference.api,
                confidence=reference.confidence,
                fixes=functools.partial(_fixes, module, change),
                effect=change.effect,
                advice=change.advice,
            )
    for node in module.names.by_type["Attribute"] + module.names.by_type["AssignAttr"]:
        if node.attrname == "lr" and _is_optimizer(module, node.expr):
            change = _Change(node, "has no 'lr'", "'learning_rate', a variable", "rate")
            yield module.finding(
                node,
                "keras.Model().optimizer",
                confidence="INFERENCE",
                fixes=functools.partial(_fixes, module, change),
                effect=change.effect,
                advice=change.advice,
            )


def _is_optimizer(module: Module, node: nodes.NodeNG) -> bool:
    """Whether an expression is ``optimizer`` of a model, or of the model of a callback."""
    if not isinstance(node, nodes.Attribute) or node.attrname != "optimizer":
        return False
    if not objects.uses_keras(module):
        return False
    if objects.is_model(module.names, node.expr):
        return True
    owner = objects.enclosing_class(node)
    bases = owner.bases if owner is not None else ()
    return bool(node.expr.as_string() == "self.model") and any(
        _is_callback(module, base) for base in bases
    )


def _is_callback(module: Module, base: nodes.NodeNG) -> bool:
    return objects.public(module.names.api(base) or "").startswith("callbacks.")


def _changes(
    module: Module, reference: Reference, call: nodes.Call, name: str
) -> Iterator[_Change]:
    given = {one.arg: one for one in call.keywords}
    kind = name.rpartition(".")[2]
    is_hidden = None in given or any(isinstance(one, nodes.Starred) for one in call.args)
    if name.startswith(_LEGACY):
        yield _Change(
            reference.node,
            "raises ImportError when an optimiser is made",
            f"keras.optimizers.{kind}",
            "legacy",
            functools.partial(_current, module, reference),
        )
    if "lr" in given and "learning_rate" not in given:
        yield _Change(
            given["lr"],
            "'lr' raises ValueError",
            "'learning_rate'",
            "adam",
            lambda: [objects.renamed(module, given["lr"], "learning_rate")],
        )
    if "decay" in given and not _is_nothing(given["decay"].value):
        yield _decay(module, reference, call, given)
    if "epsilon" in given and _is_none(given["epsilon"].value):
        yield _Change(
            given["epsilon"],
            "'epsilon=None' raises when the first step is made",
            "leave it out",
            "adam",
            lambda: _removed(module, call, given["epsilon"]),
        )
    clips = [one for one in ("clipnorm", "clipvalue") if one in given]
    if len(clips) == 2 and not any(_is_none(given[one].value) for one in clips):
        yield _Change(
            given["clipvalue"],
            "raises ValueError for 'clipnorm' and 'clipvalue' together",
            "clip the gradients in a train_step of your own",
            "clipnorm",
        )
    elif clips == ["clipnorm"] and _is_stand_alone(module, reference):
        yield _Change(
            given["clipnorm"],
            "'clipnorm' was the norm of all gradients together and is that of each",
            "'global_clipnorm'",
            "clipnorm",
            lambda: [objects.renamed(module, given["clipnorm"], "global_clipnorm")],
        )
    place = _FLAGS.get(kind)
    if place is not None and _is_rate(objects.argument(call, "", place)):
        yield _Change(
            call.args[place],
            f"argument {place + 1} was 'decay' and is a flag",
            "give it by name",
            "decay",
        )
    if kind in _DEFAULTS and not (call.args or is_hidden or {"lr", "learning_rate"} & {*given}):
        if _is_stand_alone(module, reference):
            written, is_same = _DEFAULTS[kind]
            yield _Change(
                reference.node,
                "Keras 3 begins with another learning rate than Keras 2.3",
                written,
                "defaults",
                functools.partial(_first, module, call, written),
                "" if is_same else "the learning rate is the same, and the steps are alike",
            )


def _decay(
    module: Module, reference: Reference, call: nodes.Call, given: dict[str, nodes.Keyword]
) -> _Change:
    return _Change(
        given["decay"],
        "'decay' is ignored",
        "learning_rate=InverseTimeDecay(rate, decay_steps=1, decay_rate=decay)",
        "decay",
        functools.partial(_schedule, module, reference, call, given),
        "what sets the learning rate of an optimiser raises where that is a schedule"
        if any(one in module.source.text for one in _SETS)
        else "",
    )


def _schedule(
    module: Module, reference: Reference, call: nodes.Call, given: dict[str, nodes.Keyword]
) -> list[Edit]:
    """The schedule in the place of the learning rate, and no decay."""
    source = module.source
    rate = objects.argument(call, "lr", 0) or objects.argument(call, "learning_rate")
    package = reference.api.partition("optimizers.")[0]
    name, imported = objects.spelled(module, f"{package}optimizers.schedules.InverseTimeDecay")
    decay = source.segment(given["decay"].value)
    if rate is None:
        first = _default(reference)
        text = f"learning_rate={name}({first}, decay_steps=1, decay_rate={decay})"
        return [Edit(source.start(given["decay"]), source.end(given["decay"]), text), *imported]
    removed = _removed(module, call, given["decay"])
    if not removed:
        return []
    text = f"{name}({source.segment(rate)}, decay_steps=1, decay_rate={decay})"
    return [Edit(source.start(rate), source.end(rate), text), *removed, *imported]


def _default(reference: Reference) -> str:
    """The learning rate that the legacy optimiser takes by default."""
    for one in signatures.parameters(signatures.legacy_entry(reference.api)):
        if one.name in {"lr", "learning_rate"} and one.default is not None:
            return one.default
    return "0.001"


def _removed(module: Module, call: nodes.Call, keyword: nodes.Keyword) -> list[Edit]:
    edit = objects.without(module, call, keyword)
    return [edit] if edit is not None else []


def _first(module: Module, call: nodes.Call, text: str) -> list[Edit]:
    """The insertion of arguments before those of a call that has keywords only."""
    if call.keywords:
        start = module.source.start(call.keywords[0])
        return [Edit(start, start, f"{text}, ")]
    start = module.source.end(call) - 1
    return [Edit(start, start, text)]


def _current(module: Module, reference: Reference) -> list[Edit]:
    """The removal of ``legacy`` from a dotted name."""
    node = reference.node
    if isinstance(node, nodes.Attribute) and isinstance(node.expr, nodes.Attribute):
        owner = node.expr
        if owner.attrname == "legacy":
            return [Edit(module.source.end(owner.expr), module.source.end(owner), "")]
    return []


def _is_stand_alone(module: Module, reference: Reference) -> bool:
    return reference.api.startswith("keras.") and objects.is_keras_2(module.names)


def _is_none(node: nodes.NodeNG) -> bool:
    return isinstance(node, nodes.Const) and node.value is None


def _is_nothing(node: nodes.NodeNG) -> bool:
    return isinstance(node, nodes.Const) and not node.value


def _is_rate(node: nodes.NodeNG | None) -> bool:
    """Whether an argument is a number between nothing and one, and no flag."""
    value = objects.literal(node)
    return isinstance(value, float) and value != int(value)


def _fixes(module: Module, change: _Change) -> Iterator[Fix]:
    for target in module.settings.targets:
        edits = change.edits() if target == "tf2" else []
        if not edits:
            yield from objects.shown(SYMBOL, change.case, target, "Train as Keras 2 did")
            continue
        yield replacements.executed_edits(
            target,
            f"Write {change.advice}",
            change.advice,
            edits,
            objects.executed(SYMBOL, change.case, target),
            change.unsafe,
        )
