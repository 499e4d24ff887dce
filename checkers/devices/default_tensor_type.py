"""A default type of tensors that carries a device, and what a default device breaks."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from astroid import nodes

from lintplugin import evidence, replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.imports import Imports
from lintplugin.names import Reference
from lintplugin.rules import Finding, Rule

from . import choice, guards, tensor_types
from .origins import Origins
from .tensor_types import TensorType

RULE = Rule(
    id="W6824",
    message="%(what)s: %(advice)s",
    summary="A default tensor type is set, or a loader shuffles under a default device.",
    why="""\
`torch.set_default_tensor_type` is deprecated since PyTorch 2.1, and warns. What 2.13 makes of it
was executed:

* `torch.set_default_tensor_type("torch.cuda.FloatTensor")` raises `TypeError` without CUDA;
* `torch.set_default_tensor_type(torch.DoubleTensor)` does what
  `torch.set_default_dtype(torch.float64)` does;
* `torch.set_default_device(device)` places what factories and layers make; `torch.Tensor(2)`,
  `torch.FloatTensor(2)` and `torch.from_numpy` stay on the CPU.

Under a default device that is not the CPU, `DataLoader(shuffle=True)`, `RandomSampler` and
`random_split` raise, as was executed on the device `meta`: they draw indices with a generator of
the CPU, on the default device. `with torch.device(device):` around what makes the model leaves the
loader alone.

Left alone: `torch.set_default_device` by itself, loaders with a `generator`, and types that are not
written out.

In TensorFlow a `tf.data.Dataset` shuffles on the host, whatever the device.
""",
    references=(
        "https://pytorch.org/docs/stable/generated/torch.set_default_tensor_type.html",
        "https://pytorch.org/docs/stable/generated/torch.set_default_device.html",
    ),
)

SYMBOL = "device-default-tensor-type"

_SETS_TYPE = "torch.set_default_tensor_type"
_SETS_DEVICE = "torch.set_default_device"

#: What draws indices, and the keyword that says so where not all do.
_DRAWS = {
    "torch.utils.data.DataLoader": "shuffle",
    "torch.utils.data.dataloader.DataLoader": "shuffle",
    "torch.utils.data.RandomSampler": None,
    "torch.utils.data.random_split": None,
}


def check(module: Module) -> Iterator[Finding]:
    types = [one for one in module.by_api.get(_SETS_TYPE, ()) if _is_statement(one)]
    devices = [one for one in module.by_api.get(_SETS_DEVICE, ()) if _is_statement(one)]
    places = []
    for reference in types:
        kind = tensor_types.of(module.names, _given(reference))
        if kind is not None:
            yield _of_type(module, reference, kind)
            if kind.is_cuda:
                places.append(reference)
    if devices:
        origins = Origins(module.names, module.source.text)
        places += [one for one in devices if origins.is_on_gpu(_given(one))]
    for reference in places[:1]:
        yield from _draws(module, reference)


def _is_statement(reference: Reference) -> bool:
    call = reference.call
    return call is not None and len(call.args) == 1 and isinstance(call.parent, nodes.Expr)


def _given(reference: Reference) -> nodes.NodeNG:
    assert reference.call is not None
    return reference.call.args[0]


def _of_type(module: Module, reference: Reference, kind: TensorType) -> Finding:
    call = reference.call
    assert call is not None
    is_guarded = guards.is_guarded(call)
    effect = "raises without CUDA" if kind.is_cuda and not is_guarded else "is deprecated"
    return module.finding(
        call,
        _SETS_TYPE,
        confidence=reference.confidence,
        fixes=functools.partial(_type_fixes, module, call, kind, is_guarded),
        what=f"torch.set_default_tensor_type({kind.name}) {effect}",
        advice="use " + " and ".join(_setters(kind, "torch", "device")),
    )


def _setters(kind: TensorType, torch: str, device: str) -> list[str]:
    """The calls that set what a type stands for."""
    found = [f"{torch}.set_default_device({device})"] if kind.is_cuda else []
    if not kind.is_cuda or kind.dtype != "float32":
        found.append(f"{torch}.set_default_dtype({torch}.{kind.dtype})")
    return found


def _draws(module: Module, reference: Reference) -> Iterator[Finding]:
    """Loaders that draw indices, in a file that sets a default device."""
    for api, keyword in _DRAWS.items():
        for draws in module.by_api.get(api, ()):
            call = draws.call
            if call is None:
                continue
            given = {one.arg: one.value for one in call.keywords}
            if {"generator", None, "sampler", "batch_sampler"} & given.keys():
                continue
            stated = given.get(keyword)
            shuffles = isinstance(stated, nodes.Const) and bool(stated.value)
            if keyword is None or shuffles:
                yield module.finding(
                    call,
                    draws.api,
                    confidence=draws.confidence,
                    fixes=functools.partial(_draw_fixes, module),
                    what=f"{draws.api.rpartition('.')[2]} draws with a generator of the CPU, and "
                    f"raises on the GPU that line {reference.node.lineno} makes the default",
                    advice="make the model in 'with torch.device(device):' instead",
                )


# Fixes


def _type_fixes(
    module: Module, call: nodes.Call, kind: TensorType, is_guarded: bool
) -> Iterator[Fix]:
    if "torch" in module.settings.targets:
        imports = Imports(module)
        torch = imports.spell("torch")
        device, added = '"cuda"', list[Edit]()
        if kind.is_cuda and not is_guarded:
            device, added = choice.place(module, call, imports)
        text = "; ".join(_setters(kind, torch, device))
        edits = (Edit(module.source.start(call), module.source.end(call), text), *added)
        folder = evidence.fixtures() / SYMBOL / ("cuda" if kind.is_cuda else "dtype")
        reason = "torch.Tensor(…) and torch.FloatTensor(…) are then made on the CPU"
        yield replacements.executed_edits(
            "torch",
            "Set the device and the element type",
            text,
            edits,
            evidence.lookup_fixture(folder, "torch"),
            reason if kind.is_cuda else "",
        )
    if "tf2" in module.settings.targets:
        yield replacements.example(SYMBOL, "dtype", "tf2", "Set the default of Keras")


def _draw_fixes(module: Module) -> Iterator[Fix]:
    for target in module.settings.targets:
        yield replacements.example(SYMBOL, "loader", target, "Place the model, not the indices")
