"""Packages that stand on Theano."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator
from pathlib import Path

from astroid import nodes

from lintplugin import facts, replacements, templates
from lintplugin.analysis import Module
from lintplugin.names import Import
from lintplugin.project import Project
from lintplugin.rules import Finding, Rule

from . import flags

SYMBOL = "theano-library"

RULE = Rule(
    id="W6506",
    message="'%(api)s' %(fault)s; %(advice)s",
    summary="A package that stands on Theano, or Keras with Theano below it.",
    why="""\
Lasagne, nolearn, Blocks with Fuel, Pylearn2, deepy, sklearn-theano and PyMC3 import Theano, or
Theano-PyMC, which has its name, and end with it. Aesara, which followed it, was followed by
PyTensor in turn. Keras 3 has no Theano below it: `KERAS_BACKEND=theano`, or `"backend": "theano"`
in a `keras.json`, makes its import fail.

What a package's successor is, is said where it is imported; for the names of Lasagne that programs
use most, what takes their place is said at each use. Lasagne 0.1 was executed with Theano 1.0.5,
after a module that this Theano lacks, `theano.tensor.signal.downsample`, was put back, beside
TensorFlow 2.21 and PyTorch 2.13:

* `Conv2DLayer` flips its filters, and like `DenseLayer` ends in `rectify` unless told otherwise;
* `sgd`, `momentum`, `nesterov_momentum` and `adadelta` make the steps of the optimizers of both;
* `adagrad`, `rmsprop` and `adam` make the steps of Keras' optimizers with the same numbers.
  PyTorch's put `eps` elsewhere: with `epsilon=0.1`, Adam's first four steps differ by 0.002.
* losses are one number for each example or element, and Lasagne's programs take the mean.

`BatchNormLayer` came after 0.1, and what is said of it was read, not executed.

Silent on packages of these names that are part of the project, and on `blocks` and `fuel` unless a
file imports a part that only the libraries have, such as `blocks.bricks`.
""",
    references=(
        "https://lasagne.readthedocs.io/en/latest/",
        "https://github.com/pymc-devs/pytensor",
        "https://www.pymc.io/projects/docs/en/stable/learn.html",
        "https://keras.io/getting_started/#configuring-your-backend",
    ),
)

ROWS = templates.Table(__file__)

_STANDS = "stands on Theano"

_COMPUTES = "makes Keras compute with Theano, which Keras 3 cannot"

#: Parts of packages whose names others have, too, and that no other such package is known to have.
_ONLY_THERE = {
    "blocks": re.compile(r"blocks\.(?:bricks|extensions|main_loop|theano_expressions)\b"),
    "fuel": re.compile(r"fuel\.(?:converters|datasets|schemes|streams|transformers)\b"),
}

_BACKEND = re.compile(r"(?:tensorflow\.)?(?:python\.)?keras\.backend\.theano_backend\b")

_JSON = re.compile(r"\"backend\"\s*:\s*(?P<value>\"theano\")")


def check(module: Module) -> Iterator[Finding]:
    packages = _packages()
    imported = [one for one in module.names.imports if one.api.partition(".")[0] in packages]
    if imported:
        yield from _imports(module, imported)
    yield from _keras(module)


@functools.cache
def _packages() -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in ROWS if name[0].islower())


def _imports(module: Module, imported: list[Import]) -> Iterator[Finding]:
    """Imports of packages that are not the project's own, and the names in them that have rows."""
    packages = {one.api.partition(".")[0] for one in imported}
    foreign = {
        package
        for package in packages
        if not _is_own(package, module.source.path)
        and (
            package not in _ONLY_THERE
            or any(_ONLY_THERE[package].match(one.api) for one in imported)
        )
    }
    seen = set()
    for one in imported:
        package = one.api.partition(".")[0]
        if package in foreign and one.node not in seen and not one.is_guarded:
            seen.add(one.node)
            yield _finding(module, one.node, one.api, package)
    for api, references in module.by_api.items():
        row = _row(api) if api.partition(".")[0] in foreign else None
        if row is None:
            continue
        for reference in references:
            if replacements.is_spelled(module, reference.node):
                yield _finding(module, reference.node, api, row, confidence=reference.confidence)


def _is_own(package: str, path: str) -> bool:
    """Whether a package is part of a file's project: beside it, or in the project's folder."""
    if Project.around(path).locate(package, 0) is not None:
        return True
    for folder in Path(path).absolute().parents:
        if any(facts.exists(f"{folder}/{name}") for name in _ROOT_FILES):
            names = (f"{package}.py", f"{package}/__init__.py")
            return any(facts.exists(f"{folder}/{name}") for name in names)
    return False


#: What lies in the uppermost folder of a project.
_ROOT_FILES = (".git", "pyproject.toml", "setup.cfg", "setup.py")


def _row(api: str) -> str | None:
    """The row of a name, by whatever module of the package it is reached."""
    if "(" in api or api.count(".") < 2:
        return None
    name = ".".join([*api.split(".")[:2], api.rpartition(".")[2]])
    return name if name in ROWS else None


def _keras(module: Module) -> Iterator[Finding]:
    """Keras with Theano below it."""
    for setting in flags.settings(module, "KERAS_BACKEND"):
        if isinstance(setting.value, nodes.Const) and setting.value.value == "theano":
            yield _finding(module, setting.node, "KERAS_BACKEND", "KERAS_BACKEND", _COMPUTES)
    for one in module.names.imports:
        if _BACKEND.match(one.api) and not one.is_guarded:
            yield _finding(module, one.node, one.api, "KERAS_BACKEND", _COMPUTES)


def read(module: Module) -> Iterator[Finding]:
    """The backend that a ``keras.json`` names."""
    source = module.source
    match = _JSON.search(source.text) if source.path.endswith(".json") else None
    if match is not None:
        finding = _finding(module, module.tree, "keras.json", "KERAS_BACKEND", _COMPUTES)
        yield dataclasses.replace(finding, span=source.span_of(*match.span("value")))


def _finding(
    module: Module,
    node: nodes.NodeNG,
    api: str,
    row: str,
    fault: str = _STANDS,
    *,
    confidence: str = "HIGH",
) -> Finding:
    return module.finding(
        node,
        api,
        confidence=confidence,
        fault=fault,
        advice=replacements.advice(module, ROWS[row]),
    )
