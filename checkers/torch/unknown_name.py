"""Names that PyTorch does not have, mostly Keras layers under the name that Keras gives them."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from astroid import nodes

from lintplugin import snapshots
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Edit, Fix
from lintplugin.names import Import
from lintplugin.replacements import NOT_EXECUTED
from lintplugin.rewrite import program_evidence
from lintplugin.rules import Finding, Rule

from .removed_api import listed_in

RULE = Rule(
    id="E7001",
    message="PyTorch %(version)s has no '%(api)s': AttributeError when the line runs; "
    "write '%(advice)s'",
    summary="A name that PyTorch does not have, close to one that it has.",
    why="""\
Ports of Keras models mix the names: `nn.Conv2D`, `nn.MaxPool2D` and `nn.Dense` are Keras spelling,
PyTorch writes `nn.Conv2d`, `nn.MaxPool2d` and `nn.Linear`. Attributes of modules are looked up when
the line runs, so the file is imported without complaint and the model fails when it is built.

A name is reported when the recorded PyTorch does not have it and has one in the same module that is
written alike, or when it is the name of a Keras layer; anything else may belong to another version.
The fix changes upper and lower case only.
""",
    references=("https://pytorch.org/docs/stable/nn.html",),
)

SYMBOL = "torch-unknown-name"

#: Modules whose names are looked at.
_MODULES = (
    "torch",
    "torch.nn",
    "torch.nn.functional",
    "torch.nn.init",
    "torch.optim",
    "torch.optim.lr_scheduler",
    "torch.utils.data",
)

#: Those that the snapshot leaves parts of out.
_IN_PART = ("torch", "torch.utils.data")

#: Counterparts of Keras layers in ``torch.nn`` whose names are not alike.
_KERAS = {
    "AveragePooling1D": "AvgPool1d",
    "AveragePooling2D": "AvgPool2d",
    "AveragePooling3D": "AvgPool3d",
    "BatchNormalization": "BatchNorm2d",
    "Conv2DTranspose": "ConvTranspose2d",
    "Dense": "Linear",
    "LayerNormalization": "LayerNorm",
    "MaxPooling1D": "MaxPool1d",
    "MaxPooling2D": "MaxPool2d",
    "MaxPooling3D": "MaxPool3d",
    "SimpleRNN": "RNN",
    "UpSampling2D": "Upsample",
}


class _Unknown(NamedTuple):
    """A name that is not there.

    :param advice: the name to write instead.
    :param respelled: whether the two differ in upper and lower case only.
    """

    api: str
    advice: str
    respelled: bool


def check(module: Module) -> Iterator[Finding]:
    for imported in module.names.imports:
        # The name imported itself, not the modules on the way: there may be more than are recorded.
        if isinstance(imported.node, nodes.ImportFrom) and imported.node.modname in _MODULES:
            unknown = _unknown(imported.api) if listed_in(imported.api) is None else None
            if unknown is not None and not isinstance(imported.node.parent, nodes.Try):
                yield _finding(module, imported.node, unknown, "HIGH", imported)
    for api, references in module.by_api.items():
        unknown = _unknown(api) if api.startswith("torch.") else None
        if unknown is None or listed_in(api) is not None:
            continue
        for reference in references:
            node = reference.part(unknown.api)
            if not isinstance(node, nodes.Attribute):
                continue  # A Name stands for an import, which was reported.
            yield _finding(module, node, unknown, reference.confidence, None)


def _finding(
    module: Module,
    node: nodes.NodeNG,
    unknown: _Unknown,
    confidence: str,
    imported: Import | None,
) -> Finding:
    return module.finding(
        node,
        unknown.api,
        confidence=confidence,
        fixes=functools.partial(_fixes, module, node, unknown, imported is None),
        version=snapshots.load("torch").version,
        advice=unknown.advice,
    )


@functools.cache
def _children() -> Mapping[str, tuple[str, ...]]:
    """Names directly in each of the modules."""
    children: dict[str, list[str]] = {module: [] for module in _MODULES}
    for name in snapshots.load("torch"):
        parent, _, child = name.rpartition(".")
        if parent in children:
            children[parent].append(child)
    return {module: tuple(names) for module, names in children.items()}


@functools.lru_cache(maxsize=1024)
def _unknown(api: str) -> _Unknown | None:
    """The part of a dotted name that PyTorch does not have, when there is one like it."""
    path = api.partition("(")[0].partition("[")[0]
    parent = max(
        (module for module in _MODULES if path.startswith(f"{module}.")), key=len, default=None
    )
    if parent is None:
        return None
    name = path.removeprefix(f"{parent}.").partition(".")[0]
    known = _children()[parent]
    if not name or name.startswith("_") or f"{parent}.{name}" in snapshots.load("torch"):
        return None
    alike = [one for one in known if one.lower() == name.lower()]
    # nn.relu is no misspelt nn.ReLU: a function is meant, and the class takes other arguments.
    respelled = [one for one in alike if one[0] == name[0]]
    if len(respelled) == 1:
        return _Unknown(f"{parent}.{name}", f"{parent}.{respelled[0]}", True)
    if parent == "torch.nn" and name in _KERAS:
        return _Unknown(f"{parent}.{name}", f"{parent}.{_KERAS[name]}", False)
    close = alike if parent == "torch.nn" else []
    if parent not in _IN_PART and not alike:
        import difflib  # Wanted seldom, and slow to load.

        close = difflib.get_close_matches(name, known, 1, 0.85)
    return _Unknown(f"{parent}.{name}", f"{parent}.{close[0]}", False) if close else None


def meant(api: str) -> str:
    """The name that PyTorch has in place of one that differs in upper and lower case only."""
    unknown = _unknown(api)
    return unknown.advice if unknown is not None and unknown.respelled else api


def _fixes(module: Module, node: nodes.NodeNG, unknown: _Unknown, in_place: bool) -> Iterator[Fix]:
    if "torch" not in module.settings.targets:
        return
    name = unknown.advice.rpartition(".")[2]
    evidence = program_evidence(SYMBOL, "torch")
    if not unknown.respelled:
        reason = "another name, whose arguments may differ"
    elif not in_place:
        reason = "the imported name must change wherever it is used"
    else:
        reason = "" if evidence is not None else NOT_EXECUTED
    end = module.source.end(node)
    edit = Edit(end - len(name), end, name)
    yield Fix(
        "torch",
        Applicability.DISPLAY if reason else Applicability.SAFE,
        f"Write {name}",
        unknown.advice if reason else f"{module.source.segment(node)[: -len(name)]}{name}",
        reason,
        () if reason else (edit,),
        evidence,
    )
