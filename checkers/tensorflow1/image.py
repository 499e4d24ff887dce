"""Functions on images that TensorFlow 2 no longer has under their names."""

from __future__ import annotations

from collections.abc import Iterator

from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-image"

RULE = Rule(
    id="E6631",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="A function on images of TensorFlow 1 that TensorFlow 2 no longer has.",
    why="""\
Most of `tf.image` is where it was. What is gone are the resizing functions, and they cannot simply
be renamed: TensorFlow 1 scaled the corners of pixels, or the grid of `align_corners`, and
TensorFlow 2 scales their centres. The same picture, resized by `tf.image.resize`, is shifted by a
part of a pixel, and a trained network sees other values.

The replacements below call the operation that TensorFlow 1 called, with the same corners. Where a
model is trained anew, `tf.image.resize` is the better one.
""",
    references=(
        "https://www.tensorflow.org/api_docs/python/tf/image/resize",
        "https://github.com/tensorflow/tensorflow/issues/6720",
    ),
)

ROWS = templates.Table(__file__)


def check(module: Module) -> Iterator[Finding]:
    yield from removed_api.findings(module, SYMBOL)
