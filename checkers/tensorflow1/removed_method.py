"""Methods that an object of TensorFlow 1 had and one of TensorFlow 2 lacks."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import graph_mode

from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-removed-method"

RULE = Rule(
    id="E6622",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A method of a dataset or an iterator that TensorFlow 2 no longer has.",
    why="""\
A dataset of TensorFlow 2 is iterated as any Python object is: `for batch in dataset`, or
`iter(dataset)` and `next`. There is nothing to initialise, and no tensor that gives the next
element at each run of a session. Its types and shapes are in `element_spec`.

The methods have names that nothing else has, so that they are found on objects of which nothing is
known, in files that use TensorFlow.
""",
    references=("https://www.tensorflow.org/guide/migrate/upgrade#iterate_over_datasets",),
)

_ITERATION = "iterate over the dataset: for batch in dataset, or next(iter(dataset))"

#: By name of the method, the legacy API and what takes its place.
_METHODS = {
    "make_one_shot_iterator": ("tensorflow.data.Dataset", _ITERATION),
    "make_initializable_iterator": ("tensorflow.data.Dataset", _ITERATION),
    "map_with_legacy_function": ("tensorflow.data.Dataset", "map(function)"),
    "filter_with_legacy_function": ("tensorflow.data.Dataset", "filter(function)"),
    "from_string_handle": ("tensorflow.data.Iterator", _ITERATION),
    "from_sparse_tensor_slices": (
        "tensorflow.data.Dataset",
        "tf.data.Dataset.from_tensor_slices(sparse_tensor)",
    ),
}


def check(module: Module) -> Iterator[Finding]:
    if graph_mode.is_on(module):
        return
    if not module.uses("tensorflow"):
        return
    for node in module.names.by_type["Attribute"]:
        known = _METHODS.get(node.attrname)
        if known is not None:
            owner, advice = known
            yield module.finding(
                node, f"{owner}.{node.attrname}", confidence="INFERENCE", advice=advice
            )
