"""Packages that stand on TensorFlow 1."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from lintplugin import replacements, templates
from lintplugin.analysis import Module
from lintplugin.names import parts
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-library"

RULE = Rule(
    id="E6630",
    message="'%(api)s' stands on TensorFlow 1; %(advice)s",
    summary="A package, or a part of one, that stands on what TensorFlow 2 no longer has.",
    why="""\
Packages written for TensorFlow 1 use `tf.contrib`, sessions or the layers that Keras 3 took away.
Their last releases do not import beside TensorFlow 2.21, or import and fail where they are called:

* `tensorflow_estimator` 2.15, `tensorflow_addons` 0.23, `tflearn`, `edward` and `prettytensor`
  raise `ImportError` or `AttributeError` when they are imported;
* `tf_slim` 1.1 imports. Its layers make new weights at each call where operations are computed at
  once, and `tf_slim.batch_norm` raises `AttributeError`;
* `tensorflow_hub` lost `hub.Module` and all that belongs to the format of TensorFlow 1 in its
  release 0.13; `hub.load` and `hub.KerasLayer` remain.
""",
    references=(
        "https://github.com/tensorflow/hub/releases/tag/v0.13.0",
        "https://github.com/tensorflow/addons/issues/2807",
        "https://github.com/google-research/tf-slim",
        "https://www.tensorflow.org/hub/migration_tf2",
    ),
)

ROWS = templates.Table(__file__)


@functools.cache
def _packages() -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in ROWS)


def check(module: Module) -> Iterator[Finding]:
    used = {*module.by_api, *(one.api for one in module.names.imports)}
    if _packages().isdisjoint(api.partition(".")[0] for api in used):
        return  # As most files: their names are not looked for in the table.
    seen = set()
    for imported in module.names.imports:
        listed = next((part for part in parts(imported.api) if part in ROWS), None)
        if listed is None or imported.is_guarded or imported.node in seen:
            continue
        if "." in listed and module.names.uses(imported.name):
            continue  # Reported where it is used.
        seen.add(imported.node)
        yield module.finding(
            imported.node, imported.api, advice=replacements.advice(module, ROWS[listed])
        )
    for finding in replacements.findings(module, ROWS, SYMBOL):
        # A package is reported where it is imported; of one that is not gone, what is.
        if "." in finding.api:
            yield finding
