"""Files in which Keras 3 does not save models and weights."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rules import Finding, Rule

from . import objects

RULE = Rule(
    id="E6933",
    message="'%(api)s' %(effect)s; %(advice)s",
    summary="A model or its weights are saved in a format that Keras 3 does not write or read.",
    why="""\
What Keras 3.15 does was executed:

* `model.save(path)` and `save_model` raise `ValueError` unless the path ends in `.keras`, `.h5` or
  `.hdf5`. A folder in the format SavedModel is written by `model.export(path)`, and is for
  inference: no model is made of it again;
* `load_model` of such a folder raises `ValueError`; `keras.layers.TFSMLayer` runs it;
* `save_weights` raises unless the path ends in `.weights.h5`, and takes no `save_format`;
* `ModelCheckpoint` raises when it is made: with `save_weights_only=True` unless the path ends in
  `.weights.h5`, and without unless it ends in `.keras` or `.h5`; the `.hdf5` of so many examples
  is not one of them;

Weights that Keras 2 wrote as `.h5` or `.hdf5` are read as before. What is renamed is renamed
wherever the same text stands in the file; other files, and those already written, keep their names.

In PyTorch `torch.save(model.state_dict(), path)` writes the weights; the model is code.
""",
    references=(
        "https://keras.io/api/models/model_saving_apis/",
        "https://keras.io/guides/migrating_to_keras_3/",
        "https://pytorch.org/tutorials/beginner/saving_loading_models.html",
    ),
)

SYMBOL = "keras-saving-format"

#: What a file must end in, by what writes it.
_MODELS = (".keras", ".h5", ".hdf5")
_WEIGHTS = (".weights.h5",)
_CHECKPOINTS = (".keras", ".h5")

#: Endings that are taken off before the right one is put on.
_OLD = (".weights.hdf5", ".hdf5", ".h5", ".ckpt", ".tf", ".keras")

#: A field of ``%`` at the end of a text.
_FIELD = re.compile(r"%[-+ #\d.]*[a-zA-Z]$")

_FUNCTIONS = frozenset({"callbacks.ModelCheckpoint", "models.save_model"})

_METHODS = frozenset({"save", "save_weights"})


def check(module: Module) -> Iterator[Finding]:
    for reference, call, name in objects.calls(module, _FUNCTIONS):
        if name == "models.save_model":
            path = objects.argument(call, "filepath", 1)
            yield from _saved(module, path, reference.api, _MODELS)
        else:
            path = objects.argument(call, "filepath", 0)
            option = objects.argument(call, "save_weights_only", 4)
            if option is None or isinstance(option, nodes.Const):
                endings = _WEIGHTS if objects.literal(option) else _CHECKPOINTS
                yield from _saved(module, path, reference.api, endings)
    for call, name in objects.methods(module, _METHODS):
        api = f"keras.Model().{name}"
        path = objects.argument(call, "filepath", 0)
        yield from _saved(module, path, api, _MODELS if name == "save" else _WEIGHTS)
        keyword = objects.keyword(call, "save_format")
        if keyword is not None and name == "save_weights":
            yield module.finding(
                keyword,
                api,
                confidence="INFERENCE",
                fixes=functools.partial(_without, module, call, keyword),
                effect="takes no 'save_format'",
                advice="leave it out, the path says it",
            )


def _saved(
    module: Module,
    path: nodes.NodeNG | None,
    api: str,
    endings: tuple[str, ...],
) -> Iterator[Finding]:
    """The finding for a path that surely ends in something else."""
    last = _last(module, path)
    if last is None or str(last.value).endswith(endings) or _is_expected(path):
        return
    listed = ", ".join(f"'{ending}'" for ending in endings)
    yield module.finding(
        path,
        api,
        confidence="INFERENCE",
        fixes=functools.partial(_fixes, module, last, endings),
        effect="raises ValueError for this path",
        advice=f"let it end in {listed}",
    )


def _is_expected(node: nodes.NodeNG) -> bool:
    """Whether a test wants the error."""
    return any(
        "aises" in item.as_string()
        for parent in node.node_ancestors()
        if isinstance(parent, nodes.With)
        for item, _ in parent.items
    )


def _last(module: Module, path: nodes.NodeNG | None, hops: int = 3) -> nodes.Const | None:
    """The literal in which a path ends; None where it ends in something else."""
    if isinstance(path, nodes.Const):
        return path if isinstance(path.value, str) and path.value else None
    if isinstance(path, nodes.JoinedStr) and path.values:
        return _last(module, path.values[-1])
    if isinstance(path, nodes.BinOp) and path.op in {"+", "/"}:
        return _last(module, path.right)
    if isinstance(path, nodes.BinOp) and path.op == "%":
        last = _last(module, path.left)
        return last if last is not None and _FIELD.search(str(last.value)) is None else None
    if isinstance(path, nodes.Call) and isinstance(path.func, nodes.Attribute):
        if path.func.attrname == "format":
            last = _last(module, path.func.expr)
            return last if last is not None and not str(last.value).endswith("}") else None
        if path.func.attrname == "join" and path.args and not path.keywords:
            return _last(module, path.args[-1])
    if isinstance(path, nodes.Name) and hops:
        bindings = module.names.bindings(path)
        if len(bindings) == 1 and bindings[0].item is None and bindings[0].value is not None:
            return _last(module, bindings[0].value, hops - 1)
    return None


def _json(module: Module, node: nodes.NodeNG, new: str) -> Iterator[Fix]:
    for target in module.settings.targets:
        if target != "tf2" or not isinstance(node, nodes.Attribute):
            yield from objects.shown(SYMBOL, "json", target, "Write the configuration as JSON")
            continue
        end = module.source.end(node)
        yield replacements.executed_edits(
            target,
            f"Write {new}",
            new,
            [Edit(end - len(node.attrname), end, new)],
            objects.executed(SYMBOL, "json", target),
            "files that were written as YAML are not read",
        )


def _without(module: Module, call: nodes.Call, keyword: nodes.Keyword) -> Iterator[Fix]:
    for target in module.settings.targets:
        edit = objects.without(module, call, keyword) if target == "tf2" else None
        if edit is None:
            yield from objects.shown(SYMBOL, "weights", target, "Save the weights")
            continue
        found = objects.executed(SYMBOL, "weights", target)
        yield replacements.executed_edits(target, "Leave save_format out", "", [edit], found)


def _fixes(module: Module, last: nodes.Const, endings: tuple[str, ...]) -> Iterator[Fix]:
    case = "weights" if endings is _WEIGHTS else "model"
    for target in module.settings.targets:
        edits = _renamed(module, last, endings[0]) if target == "tf2" else []
        if not edits:
            yield from objects.shown(SYMBOL, case, target, "Save what PyTorch learned")
            continue
        yield replacements.executed_edits(
            target,
            f"Let the path end in {endings[0]}",
            endings[0],
            edits,
            objects.executed(SYMBOL, case, target),
            "what else reads the file must use the new name",
        )


def _renamed(module: Module, last: nodes.Const, ending: str) -> list[Edit]:
    """Edits of the literal, and of those with the same text elsewhere in the file."""
    source = module.source
    text = str(last.value)
    old = next((one for one in _OLD if text.endswith(one)), "")
    edits = []
    for node in module.tree.nodes_of_class(nodes.Const):
        if node.value != text or isinstance(node.parent, nodes.JoinedStr):
            continue
        segment = source.segment(node)
        quote = segment[-1:]
        if quote not in {"'", '"'} or not segment.endswith(old + quote):
            return []
        end = source.end(node) - 1
        edits.append(Edit(end - len(old), end, ending))
    return edits
