"""Devices that are made visible after they were first used."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Names, Reference
from lintplugin.rules import Finding, Rule

from ..loops import repetition
from ..theano import flags
from .origins import Origins

RULE = Rule(
    id="W6826",
    message="%(what)s after '%(used)s' on line %(line)s, and %(effect)s: set it before",
    summary="The visible or logical devices are set after the first use of a device.",
    why="""\
CUDA reads `CUDA_VISIBLE_DEVICES` once in a process, when it is first asked for a device. A program
that sets it later runs on the GPUs that it saw before, without a word. The first use is

* in PyTorch the first call that needs CUDA: `torch.cuda.is_available()`, `x.cuda()`,
  `torch.zeros(2, device="cuda")`. `import torch`, `torch.cuda.device_count()` and
  `torch.cuda.manual_seed` are none, so that the variable may be set after them;
* in TensorFlow `tf.Session()`, `device_lib.list_local_devices()`,
  `tf.config.list_physical_devices()`, and in TensorFlow 2 the first tensor;
* in Theano `theano.gpuarray.use(device)`.

That is how their sources and maintainers state it, since a machine without a GPU cannot show it.
What TensorFlow 2 says of its own settings was executed: after the first tensor or optimizer
`tf.config.set_logical_device_configuration` raises `RuntimeError: Virtual devices cannot be
modified after being initialized`, and before it takes effect. A layer, or a seed, is no such use.

Reported where the use surely runs before, in the same block, or at the top of the file before the
function that sets the variable. Left alone: settings inside `try`, and programs that start other
processes, which inherit the variable.

`torch.device("cuda", 1)` and `tf.config.set_visible_devices` choose a GPU without the variable.
""",
    references=(
        "https://github.com/pytorch/pytorch/issues/23544",
        "https://github.com/pytorch/pytorch/issues/40618",
        "https://www.tensorflow.org/api_docs/python/tf/config/set_visible_devices",
    ),
)

SYMBOL = "device-visible-devices-late"

VARIABLE = "CUDA_VISIBLE_DEVICES"

#: Functions of PyTorch that ask CUDA for a device; others read files or wait for it.
_TORCH = frozenset(
    f"torch.cuda.{name}"
    for name in (
        "Event Stream current_device current_stream get_device_capability get_device_name "
        "get_device_properties init is_available mem_get_info set_device synchronize"
    ).split()
)

#: What makes TensorFlow look for GPUs.
_TENSORFLOW = re.compile(
    r"tensorflow\.(?:compat\.v\d\.)?(?:Session|InteractiveSession|test\.is_gpu_available"
    r"|config\.(?:experimental\.)?list_(?:physical|logical)_devices"
    r"|python\.client\.device_lib\.list_local_devices)"
)

_THEANO = frozenset({"theano.gpuarray.use", "theano.sandbox.cuda.use"})

#: What makes TensorFlow 2 settle its devices.
_EAGER = re.compile(
    r"tensorflow\.(?:constant|convert_to_tensor|eye|fill|ones|range|zeros|Variable"
    r"|random\.(?:normal|shuffle|truncated_normal|uniform)"
    r"|config\.(?:experimental\.)?list_logical_devices|keras\.optimizers\.[A-Z]\w+)"
)

#: Settings of TensorFlow 2 that raise afterwards.
_SETTERS = re.compile(
    r"tensorflow\.config\.(?:experimental\.)?(?:set_visible_devices|set_memory_growth"
    r"|set_logical_device_configuration|set_virtual_device_configuration)"
)

#: What starts other processes, which get the variable from this one.
_STARTS = re.compile(r"\b(?:subprocess|multiprocessing|os\.system|os\.exec|Popen|spawn|fork)\b")


def check(module: Module) -> Iterator[Finding]:
    yield from _variable(module)
    setters = [api for api in module.by_api if _SETTERS.fullmatch(api)]
    if not setters:
        return
    uses = [one for one in _called(module) if _EAGER.fullmatch(one.api)]
    for api in setters:
        for reference in module.by_api[api]:
            if reference.call is not None:
                yield from _finding(
                    module,
                    reference.call,
                    [(one.call, one.api) for one in uses if one.call is not None],
                    f"tf.{api.partition('.')[2]} is called",
                    "raises RuntimeError",
                )


def _variable(module: Module) -> Iterator[Finding]:
    settings = list(flags.settings(module, VARIABLE))
    if not settings or _STARTS.search(module.source.text):
        return
    uses = [(one.call, one.api) for one in _called(module) if _finds_gpus(one) and one.call]
    uses += _moves(module)
    for setting in settings:
        yield from _finding(module, setting.node, uses, f"{VARIABLE} is set", "has no effect")


def _finding(
    module: Module,
    node: nodes.NodeNG,
    uses: list[tuple[nodes.Call, str]],
    what: str,
    effect: str,
) -> Iterator[Finding]:
    if any(isinstance(one, nodes.Try) and one.handlers for one in node.node_ancestors()):
        return
    before = [(call, api) for call, api in uses if _runs_before(module.names, call, node)]
    if before:
        call, api = min(before, key=lambda one: (one[0].lineno, one[0].col_offset))
        yield module.finding(
            node,
            api,
            fixes=functools.partial(_fixes, module),
            what=what,
            used=" ".join(module.source.segment(call).split()),
            line=str(call.lineno),
            effect=effect,
        )


def _called(module: Module) -> list[Reference]:
    return [one for one in module.references if one.call is not None]


def _finds_gpus(reference: Reference) -> bool:
    api = reference.api
    return api in _TORCH or api in _THEANO or _TENSORFLOW.fullmatch(api) is not None


def _moves(module: Module) -> Iterator[tuple[nodes.Call, str]]:
    """Calls of PyTorch that surely place something on a GPU."""
    origins = Origins(module.names, module.source.text)
    for call in module.names.by_type["Call"]:
        name = getattr(call.func, "attrname", "")
        api = module.names.api(call.func) or ""
        if not api.startswith("torch.") or api == "torch.load":
            continue
        given = [one.value for one in call.keywords if one.arg == "device"]
        if name == "to":
            given += call.args[:1]
        is_literal = any(isinstance(one, nodes.Const) and origins.is_on_gpu(one) for one in given)
        if api != "torch.device" and (is_literal or (name == "cuda" and "()" in api)):
            yield call, api


# What runs first


def _runs_before(names: Names, first: nodes.NodeNG, second: nodes.NodeNG) -> bool:
    """Whether a node surely runs before another: in the same block, or before its function."""
    if (first.lineno, first.col_offset) >= (second.lineno, second.col_offset):
        return False
    frame, other = repetition.frame_of(first), repetition.frame_of(second)
    if frame is other:
        return _is_on_way(first, second)
    if not isinstance(frame, nodes.Module) or not isinstance(other, nodes.FunctionDef):
        return False
    if not _is_on_way(first, other):
        return False
    calls = (use for use in names.uses(other.name) if isinstance(use.parent, nodes.Call))
    return all(call.lineno > first.lineno for call in calls)


def _is_on_way(first: nodes.NodeNG, second: nodes.NodeNG) -> bool:
    """Whether what is around a node, and may not run it, is around another, in the same branch."""
    child, parent = first, first.parent
    while parent is not None and not isinstance(parent, (nodes.FunctionDef, nodes.Module)):
        if isinstance(parent, (nodes.Lambda, *repetition.COMPREHENSIONS)):
            return False
        is_test = child is getattr(parent, "test", None)
        if isinstance(parent, (nodes.If, nodes.For, nodes.While)) and not is_test:
            if not any(_holds(block, child, second) for block in _blocks(parent)):
                return False
        elif isinstance(parent, (nodes.IfExp, nodes.BoolOp, nodes.ExceptHandler)) and not is_test:
            if child is not next(iter(parent.get_children())):
                return False
        child, parent = parent, parent.parent
    return True


def _blocks(node: nodes.NodeNG) -> Iterator[list[nodes.NodeNG]]:
    yield node.body
    yield node.orelse


def _holds(block: list[nodes.NodeNG], child: nodes.NodeNG, other: nodes.NodeNG) -> bool:
    return child in block and any(one is other or one.parent_of(other) for one in block)


def _fixes(module: Module) -> Iterator[Fix]:
    for target in module.settings.targets:
        yield replacements.example(SYMBOL, "logical", target, "Choose the devices first")
