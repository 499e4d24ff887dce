"""Devices written into the program: GPUs that the next machine may not have."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator

from astroid import nodes

from lintplugin import evidence, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.imports import Imports
from lintplugin.names import Names, Reference
from lintplugin.replacements import NOT_EXECUTED
from lintplugin.rewrite import program_evidence
from lintplugin.rewrite.tensorflow1 import configuration
from lintplugin.rules import TARGET_TITLES, Finding, Rule

from ..theano import flags
from ..torch import objects
from . import choice, device_calls, guards

RULE = Rule(
    id="W6801",
    message="the device '%(device)s' is written into the program; %(effect)s",
    summary="A GPU or TPU is named by a literal, so the program depends on the machine.",
    why="""\
What a literal device does on a machine without it differs; each line was executed on one:

* `tf.device('/gpu:0')` in TensorFlow 1.15 raises `InvalidArgumentError` at the first `run`, unless
  the session was made with `allow_soft_placement=True`.
* The same in TensorFlow 2.21 runs on the CPU, unnoticed; after
  `tf.config.set_soft_device_placement(False)` it raises `InvalidArgumentError`.
* `tf.device('/tpu:0')` in TensorFlow 1.15 raises `ValueError`: that form exists since TensorFlow 2.
* `theano.config.device = 'gpu'` raises on every machine, since Theano has been imported by then.
* `THEANO_FLAGS=device=gpu` makes Theano 1.0 raise `ValueError` when it is imported: that back end
  was removed. With `device=cuda` it prints an error and runs on the CPU. By its manual, the removed
  back end took `float32` only: with `floatX=float64`, which is the default, such a program ran on
  the CPU, unnoticed, and its port is the first to use a GPU.
* `model.cuda()`, `x.to('cuda')` and `torch.zeros(2, device='cuda')` in PyTorch 2.13 raise
  `AssertionError`, `x.cuda(0)` raises `RuntimeError`, `torch.cuda.set_device(0)` raises, too.

Not reported: a device that is chosen by a condition or an argument, code under a test or `assert`
that mentions a GPU or a device, code inside `try`, devices of other jobs (`/job:worker/…`), objects
that are not known to be PyTorch's, and programs that use `torch.distributed.rpc`, whose devices
belong to the worker that runs the line.
""",
    references=(
        "https://www.tensorflow.org/api_docs/python/tf/config/set_soft_device_placement",
        "https://github.com/Theano/Theano/issues/5997",
        "https://pytorch.org/docs/stable/notes/cuda.html#device-agnostic-code",
    ),
)

SYMBOL = "device-hard-coded"

_TENSORFLOW = re.compile(r"/?(?:device:)?(?P<kind>gpu|tpu)(?::(?P<index>\d+))?", re.IGNORECASE)
_TORCH = re.compile(r"cuda(?::\d+)?")

#: Methods of tensors and modules that move them.
_METHODS = frozenset({"cuda", "to"})

_TORCH_EFFECT = "anything placed there raises without CUDA"


def check(module: Module) -> Iterator[Finding]:
    yield from _theano(module)
    in_rpc = any(one.api.startswith("torch.distributed.rpc") for one in module.names.imports)
    for reference in module.references:
        if reference.api.startswith("tensorflow."):
            yield from _tensorflow(module, reference)
        elif reference.api.startswith("torch.") and not in_rpc:
            yield from _torch_literal(module, reference)
    if not in_rpc and objects.imports_torch(module.names):
        yield from _torch_methods(module)


def _finding(
    module: Module,
    node: nodes.NodeNG,
    api: str,
    device: str,
    effect: str,
    confidence: str,
    fixes: Callable[[], Iterable[Fix]],
) -> Iterator[Finding]:
    if not guards.is_guarded(node):
        yield module.finding(
            node, api, confidence=confidence, fixes=fixes, device=device, effect=effect
        )


# TensorFlow


def _tensorflow(module: Module, reference: Reference) -> Iterator[Finding]:
    literal = _text(device_calls.given(reference))
    match = _TENSORFLOW.fullmatch(literal.value) if literal is not None else None
    if literal is None or match is None:
        return
    yield from _finding(
        module,
        literal,
        reference.api,
        literal.value,
        _SOFT if _is_soft(module) else _HARD,
        reference.confidence,
        functools.partial(_tensorflow_fixes, module, reference, literal, match),
    )


_HARD = "without it TensorFlow 1 raises, and TensorFlow 2 runs on the CPU unnoticed"

_SOFT = "without it the program runs on the CPU unnoticed, as allow_soft_placement asks"


@functools.lru_cache(maxsize=1)
def _is_soft(module: Module) -> bool:
    """Whether a file says that operations may run elsewhere than where they are placed."""
    return any(
        setting.path == "allow_soft_placement"
        and isinstance(setting.value, nodes.Const)
        and setting.value.value is True
        for setting in configuration.settings(module.names)
    )


def _tensorflow_fixes(
    module: Module, reference: Reference, literal: nodes.Const, match: re.Match[str]
) -> Iterator[Fix]:
    kind, index = match["kind"].upper(), int(match["index"] or 0)
    for target in module.settings.targets:
        if target == "torch":
            yield _shown(target, choice.definition("torch"), "tensorflow1")
            continue
        imports = Imports(module)
        listed = f"{_tensorflow_name(module, reference, imports)}.config.list_physical_devices"
        quote = _quote(module, literal)
        condition = f"{listed}({quote}{kind}{quote})"
        if index:
            condition = f"len({condition}) > {index}"
        written = module.source.segment(literal)
        text = f"{written} if {condition} else {quote}/cpu:0{quote}"
        start, end = module.source.start(literal), module.source.end(literal)
        reason = "a TPU must be connected and initialised first" if kind == "TPU" else ""
        yield _applied(
            target,
            "Use the device where the machine has it",
            text,
            (Edit(start, end, text), *imports.additions()),
            reason or _clash(imports),
        )


def _tensorflow_name(module: Module, reference: Reference, imports: Imports) -> str:
    """How the file spells a module of TensorFlow that has ``config``."""
    node = reference.node
    if isinstance(node, nodes.Attribute):
        api = module.names.api(node.expr)
        if api and signatures.modern_entry(f"{api}.config.list_physical_devices"):
            return module.source.segment(node.expr)
    return imports.spell("tensorflow")


# Theano


def _theano(module: Module) -> Iterator[Finding]:
    for target in module.names.by_type["AssignAttr"]:
        if target.attrname == "device" and module.names.api(target.expr) == "theano.config":
            yield from _theano_literal(
                module,
                target,
                getattr(target.parent, "value", None),
                "setting it raises once Theano is imported",
            )
    for reference in module.references:
        if reference.call is not None and reference.api in _USES:
            literal = _argument(reference.call, ("device",), 0)
            yield from _theano_literal(module, reference.node, literal, "without it Theano raises")
    for setting in flags.settings(module):
        device = setting.gpu()
        if device is not None and flags.imported_before(module, setting.node) is None:
            is_old = device.startswith("gpu")
            effect = _OLD_EFFECT if is_old else "without it Theano 1.0 runs on the CPU"
            if is_old and setting.flags().get("floatX") == "float64":
                effect += "; even that computed float64 on the CPU"
            yield from _theano_device(module, setting.node, device, effect)


_USES = frozenset({"theano.gpuarray.use", "theano.sandbox.cuda.use"})

_OLD_EFFECT = "Theano 1.0 raises when it is imported, since the back end of that name is gone"


def _theano_literal(
    module: Module, node: nodes.NodeNG, value: nodes.NodeNG | None, effect: str
) -> Iterator[Finding]:
    if isinstance(value, nodes.Const) and flags.is_gpu(value):
        yield from _theano_device(module, node, value.value, effect)


def _theano_device(
    module: Module, node: nodes.NodeNG, device: str, effect: str
) -> Iterator[Finding]:
    def fixes() -> Iterator[Fix]:
        for target in module.settings.targets:
            text = choice.definition("torch") if target == "torch" else _TENSORFLOW_2
            yield _shown(target, text, "theano-config")

    yield from _finding(module, node, "theano.config.device", device, effect, "HIGH", fixes)


_TENSORFLOW_2 = """\
device = '/gpu:0' if tf.config.list_physical_devices('GPU') else '/cpu:0'
with tf.device(device):
    ..."""


# PyTorch


def _torch_literal(module: Module, reference: Reference) -> Iterator[Finding]:
    """``torch.device('cuda')`` and the arguments ``device`` and ``map_location`` of any call."""
    call, api = reference.call, reference.api
    if call is None or isinstance(call.parent, nodes.Compare) or api.startswith("torch.amp."):
        return
    if api.rpartition(".")[2] in _METHODS or isinstance(
        call.parent, (nodes.BoolOp, nodes.Arguments)
    ):
        return  # The latter are what is taken when no device is given.
    first: nodes.Const | None
    if api == "torch.cuda.set_device":
        first = _constant(call, 0)
        device, fixes = _cuda_device(first), _number_fixes
    elif api == "torch.device":
        first, device, fixes = _constant(call, 0, "type"), _of_torch_device(call), _literal_fixes
    else:
        first = _argument(call, ("device", "map_location"), _POSITIONS.get(api))
        device, fixes = _cuda_device(first, numbers=False), _literal_fixes
    if first is not None and device is not None:
        yield from _finding(
            module,
            first,
            api,
            device,
            _TORCH_EFFECT,
            reference.confidence,
            functools.partial(fixes, module, first, device),
        )


#: Where functions of PyTorch take a device by position.
_POSITIONS = {
    "torch.Generator": 0,
    "torch.load": 1,
    "torch.serialization.load": 1,
    "torch.set_default_device": 0,
}


def _constant(call: nodes.Call, position: int, name: str = "device") -> nodes.Const | None:
    given = call.args[position] if position < len(call.args) else None
    given = next((one.value for one in call.keywords if one.arg == name), given)
    return given if isinstance(given, nodes.Const) else None


def _cuda_device(literal: nodes.Const | None, *, numbers: bool = True) -> str | None:
    """``cuda:0`` for itself and for 0, the number of a GPU."""
    value = literal.value if literal is not None else None
    if numbers and type(value) is int and value >= 0:
        return f"cuda:{value}"
    return value if isinstance(value, str) and _TORCH.fullmatch(value) else None


def _of_torch_device(call: nodes.Call) -> str | None:
    """The device of ``torch.device('cuda')`` and ``torch.device('cuda', 1)``."""
    kind = _cuda_device(_constant(call, 0, "type"), numbers=False)
    if len(call.args) + len(call.keywords) == 1:
        return kind
    index = _constant(call, 1, "index")
    if not call.args or kind != "cuda" or index is None or type(index.value) is not int:
        return None
    return f"{kind}:{index.value}"


def _torch_methods(module: Module) -> Iterator[Finding]:
    """``.cuda()`` and ``.to('cuda')`` of an object of PyTorch."""
    for callee in module.names.by_type["Attribute"]:
        call = callee.parent
        if callee.attrname not in _METHODS or not isinstance(call, nodes.Call):
            continue
        device = _method_device(call, callee.attrname) if call.func is callee else None
        if device is None or not _is_of_torch(module.names, callee.expr):
            continue
        denotation = module.names.resolve(callee)
        yield from _finding(
            module,
            call,
            denotation.api if denotation else f"torch.nn.Module().{callee.attrname}",
            device,
            _TORCH_EFFECT,
            "HIGH" if denotation and denotation.direct else "INFERENCE",
            functools.partial(_method_fixes, module, call, device),
        )


def _is_of_torch(names: Names, node: nodes.NodeNG) -> bool:
    """Whether an expression is known to be PyTorch's; what a ``DataLoader`` gives, too."""
    if objects.is_object(names, node):
        return True
    bindings = names.bindings(node) if isinstance(node, nodes.Name) else []
    # A loop binds its names anew: what its body binds later is gone.
    before = [one for one in bindings if one.position <= (node.lineno, node.col_offset)]
    loops = [next(_loops_of(one.node), None) for one in before]
    return bool(loops) and all(
        loop is not None and loop.parent_of(node) and _is_loader(names, loop.iter) for loop in loops
    )


def _loops_of(target: nodes.NodeNG) -> Iterator[nodes.For]:
    """The loop that gives a name its value, itself or in a tuple."""
    while isinstance(target.parent, nodes.Tuple):
        target = target.parent
    if isinstance(target.parent, nodes.For) and target.parent.target is target:
        yield target.parent


def _is_loader(names: Names, iterated: nodes.NodeNG) -> bool:
    """Whether a loop goes over a ``DataLoader``, by ``enumerate`` or a progress bar."""
    while isinstance(iterated, nodes.Call) and names.api(iterated) is None and iterated.args:
        iterated = iterated.args[0]
    return (names.api(iterated) or "") in _LOADERS


_LOADERS = frozenset({"torch.utils.data.DataLoader()", "torch.utils.data.dataloader.DataLoader()"})


def _method_device(call: nodes.Call, name: str) -> str | None:
    """The literal device of ``.cuda(…)`` or ``.to(…)``; None when it is not literal."""
    given = call.args[0] if call.args else None
    for keyword in call.keywords:
        if keyword.arg == "device":
            given = keyword.value
        elif keyword.arg is None:
            return None
    if name == "cuda" and given is None:
        return "cuda"
    return _cuda_device(given) if isinstance(given, nodes.Const) else None


def _literal_fixes(module: Module, literal: nodes.Const, device: str) -> Iterator[Fix]:
    """Choose the device in the place of a literal, and of the index behind it."""
    if "torch" not in module.settings.targets:
        return
    imports, last = Imports(module), literal
    if device != literal.value:
        *_, last = literal.parent.nodes_of_class(nodes.Const)
    text = choice.expression(imports.spell("torch"), device, _quote(module, literal))
    edit = Edit(module.source.start(literal), module.source.end(last), text)
    edits = (edit, *imports.additions())
    yield _applied("torch", "Choose the device", text, edits, _clash(imports))


def _number_fixes(module: Module, literal: nodes.Const, device: str) -> Iterator[Fix]:
    """Select a GPU where it is there; a number below 0 selects none."""
    if "torch" not in module.settings.targets:
        return
    imports, source = Imports(module), module.source
    condition = choice.condition(imports.spell("torch"), device)
    text = f"{source.segment(literal)} if {condition} else -1"
    edits = (Edit(source.start(literal), source.end(literal), text), *imports.additions())
    yield _applied("torch", "Select the GPU", text, edits, _clash(imports))


def _method_fixes(module: Module, call: nodes.Call, device: str) -> Iterator[Fix]:
    """Move to a device that the file chooses once; one with an index is chosen in place."""
    if "torch" not in module.settings.targets:
        return
    source, imports = module.source, Imports(module)
    name, added = choice.place(module, call, imports, device)
    start, end = source.end(call.func) - len(call.func.attrname), source.end(call)
    kept = [source.segment(argument) for argument in _other_arguments(call)]
    text = f"to({', '.join([name, *kept])})"
    reason = _clash(imports)
    if source.comments_within(start, end):
        reason = "comments inside the call would be lost"
    shown = source.text[source.start(call) : start] + text
    edits = (Edit(start, end, text), *added)
    yield _applied("torch", "Choose the device once", shown, edits, reason)


def _other_arguments(call: nodes.Call) -> Iterator[nodes.NodeNG]:
    """Arguments of ``.cuda`` and ``.to`` behind the device; they mean the same in ``.to``."""
    yield from call.args[1:]
    yield from (keyword for keyword in call.keywords if keyword.arg != "device")


# Fixes and literals


def _clash(imports: Imports) -> str:
    name = imports.clash()
    return f"'{name}' is already the name of something else in this file" if name else ""


def _applied(target: str, title: str, text: str, edits: tuple[Edit, ...], reason: str) -> Fix:
    """A fix that is applied when nothing speaks against it and it was executed."""
    found = program_evidence(SYMBOL, target)
    if found is None:
        reason = reason or NOT_EXECUTED
    if reason:
        return Fix(target, Applicability.DISPLAY, title, text, reason, evidence=found)
    return Fix(target, Applicability.SAFE, title, text, edits=edits, evidence=found)


def _shown(target: str, text: str, case: str) -> Fix:
    """What a converted program does instead, from a fixture."""
    return Fix(
        target,
        Applicability.DISPLAY,
        f"Choose the device in {TARGET_TITLES[target]}",
        text,
        "applied only with its whole module, since half a conversion does not run",
        evidence=evidence.lookup_fixture(evidence.fixtures() / SYMBOL / case, target),
    )


def _argument(
    call: nodes.Call, names: tuple[str, ...], position: int | None = None
) -> nodes.Const | None:
    """An argument of a call, when it is a string written in place."""
    given = call.args[position] if position is not None and position < len(call.args) else None
    for keyword in call.keywords:
        if keyword.arg in names:
            given = keyword.value
    return _text(given)


def _text(node: nodes.NodeNG | None) -> nodes.Const | None:
    """A string that is written in place."""
    return node if isinstance(node, nodes.Const) and isinstance(node.value, str) else None


def _quote(module: Module, literal: nodes.Const) -> str:
    """The quotation mark of a literal."""
    first = module.source.segment(literal)[:1]
    return first if first in {"'", '"'} else '"'
