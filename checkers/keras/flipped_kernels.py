"""Convolution kernels that the Theano backend of Keras saved, which are mirrored."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.rules import Finding, Rule

from . import objects

RULE = Rule(
    id="W6936",
    message="'%(api)s' %(effect)s; flip the kernels along their spatial axes",
    summary="Kernels of convolutions that Theano mirrors and no other backend does.",
    why="""\
Theano convolves: it mirrors a kernel before it slides it over the image. TensorFlow and PyTorch
correlate, without mirroring. Weights that the Theano backend of Keras learned or saved give other
outputs anywhere else until the kernels of all convolutions are flipped along their spatial axes.
What is there was executed:

* Keras 2 flipped them when it loaded a file of the other backend. Keras 3.15 reads the name of the
  backend from such a file and does not flip: it loads without a word, and the outputs are others;
* `convert_all_kernels_in_model` and `convert_kernel`, by which programs did it themselves, are
  gone;
* a `Dense` behind the `Flatten` of a `channels_first` image has its rows in another order besides.

With the kernels flipped, a network of the Theano backend gives the same numbers in Keras 3 and in
PyTorch, within float32.

Reported for the two functions, and for names of files that say `th_kernels`, such as the
`vgg16_weights_th_dim_ordering_th_kernels.h5` of the first Keras applications.
""",
    references=(
        "https://github.com/keras-team/keras/wiki/Converting-convolution-kernels-from-Theano-to-TensorFlow-and-vice-versa",
        "https://theano-pymc.readthedocs.io/en/latest/library/tensor/nnet/conv.html",
    ),
)

SYMBOL = "keras-flipped-kernels"

_CONVERTS = re.compile(r"utils\.(?:\w+\.)?(?:convert_all_kernels_in_model|convert_kernel)")

_FILE = re.compile(r"th_kernels\w*\.h(?:df)?5")


def check(module: Module) -> Iterator[Finding]:
    for api, references in module.by_api.items():
        if _CONVERTS.fullmatch(objects.public(api)) and not objects.runs_keras_2(module):
            for reference in references:
                yield _finding(module, reference.node, api, "is gone", reference.confidence)
    if "th_kernels" not in module.source.text or not objects.uses_keras(module):
        return
    for node in module.tree.nodes_of_class(nodes.Const):
        if isinstance(node.value, str) and _FILE.search(node.value) and "\n" not in node.value:
            name = node.value.rpartition("/")[2]
            yield _finding(module, node, name, "has kernels that Theano mirrors")


def _finding(
    module: Module, node: nodes.NodeNG, api: str, effect: str, confidence: str = "INFERENCE"
) -> Finding:
    return module.finding(
        node,
        api,
        confidence=confidence,
        fixes=functools.partial(_fixes, module),
        effect=effect,
    )


def _fixes(module: Module) -> Iterator[Fix]:
    for target in module.settings.targets:
        yield from objects.shown(SYMBOL, "saved", target, "Flip the kernels that Theano learned")
