"""The order of operations in a graph, which TensorFlow 2 takes from the order of the statements."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import graph_mode, removed_api

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-control-dependencies"

RULE = Rule(
    id="W6641",
    message="'%(api)s' orders operations of a graph; TensorFlow 2 computes them where they stand: "
    "%(advice)s",
    summary="`tf.control_dependencies` or `tf.group` in a program that builds a graph.",
    why="""\
A session of TensorFlow 1 ran what was fetched, and what that depended on, in no order but that of
`tf.control_dependencies`; `tf.group` made one operation of several, to be fetched together. Both
are still there, raise nothing, and do nothing where TensorFlow 2 computes at once:
`tf.control_dependencies` is a context without effect, and `tf.group` returns `None`.

What had to come first stands first: a variable is assigned when `assign` is called, and read after
it with its new value. Two things change without a word. What a graph computed only when it was
fetched is computed each time its line is reached. And an operation that was only named in
`control_dependencies`, such as the update of a moving average, acts as soon as it is made. Within
`tf.function` the same order is kept for all that has an effect, without being told.

Reported in files that use a name which no TensorFlow 2 has had.
""",
    references=(
        "https://www.tensorflow.org/api_docs/python/tf/control_dependencies",
        "https://www.tensorflow.org/guide/function#executing_python_side_effects",
    ),
)

_ADVICE = {
    "tensorflow.control_dependencies": "write what must come first above it",
    "tensorflow.group": "call one after another",
}


def check(module: Module) -> Iterator[Finding]:
    if graph_mode.is_on(module):
        return
    for api, advice in _ADVICE.items():
        for reference in module.by_api.get(api, ()):
            if removed_api.is_version_1(module):
                yield module.finding(
                    reference.node,
                    api,
                    confidence=reference.confidence,
                    fixes=functools.partial(
                        replacements.conversion_fixes, module, "tf1-session", reference.node
                    ),
                    advice=advice,
                )
