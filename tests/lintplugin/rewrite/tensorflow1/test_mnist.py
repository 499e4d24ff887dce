"""Programs that read MNIST by the module of the tutorials."""

from __future__ import annotations

import ast

import pytest

from lintplugin.rewrite import convert_text
from lintplugin.rewrite.tensorflow1 import mnist

PROGRAM = """\
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

data = input_data.read_data_sets({arguments})
x = tf.placeholder(tf.float32, [None, 784])
y = tf.reduce_sum(x, 1)
with tf.Session() as sess:
  for step in range(3):
    images, labels = data.train.next_batch(7)
    print(sess.run(y, feed_dict={{x: images}}))
"""


def program(arguments: str = "'data', one_hot=True") -> str:
    return PROGRAM.format(arguments=arguments)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (program("'data', fake_data=True"), "'fake_data' is not converted yet"),
        (program("'data', dtype=tf.uint8"), "'dtype' is not converted yet"),
        (program("'data', seed=3"), "'seed' is not converted yet"),
        (program("**options"), "'**' arguments"),
        (program() + "def read_idx():\n  pass\n", "'read_idx' is already the name"),
        (program() + "class DataSet:\n  pass\n", "'DataSet' is already the name"),
    ],
)
def test_what_is_not_converted(text: str, reason: str) -> None:
    converted, conversion = convert_text(text, "tf2")
    assert converted is None
    assert any(reason in refusal.reason for refusal in conversion.refusals)


@pytest.mark.parametrize("target", ["tf2", "torch"])
def test_the_program_defines_what_it_reads_by(target: str) -> None:
    converted, _ = convert_text(program(), target)
    assert converted is not None
    tree = ast.parse(converted)
    defined = [one.name for one in tree.body if isinstance(one, (ast.ClassDef, ast.FunctionDef))]
    assert defined[:3] == ["DataSet", "read_data_sets", "read_idx"]
    assert "tutorials" not in converted
    assert "data = read_data_sets('data', one_hot=True)\n" in converted
    assert "    def next_batch(" not in converted, "the file indents by two spaces"
    assert "  def next_batch(" in converted
    assert "\n\n\n\n" not in converted


def test_modules_keep_the_names_that_a_file_gives_them() -> None:
    text = program().replace("import tensorflow as tf\n", "import numpy\nimport tensorflow as tf\n")
    converted, _ = convert_text(text, "tf2")
    assert converted is not None
    assert "numpy.concatenate(" in converted
    assert "import numpy as np" not in converted


def test_other_names_of_the_reader() -> None:
    text = program().replace(
        "from tensorflow.examples.tutorials.mnist import input_data\n",
        "from tensorflow.contrib.learn.python.learn.datasets import mnist as input_data\n",
    )
    converted, _ = convert_text(text, "tf2")
    assert converted is not None
    assert "contrib" not in converted


def test_a_program_may_have_the_line_ends_of_windows() -> None:
    converted, _ = convert_text(program().replace("\n", "\r\n"), "tf2")
    assert converted is not None
    assert "\n" not in converted.replace("\r\n", "")


def test_definitions_are_python_by_themselves() -> None:
    text = mnist.DEFINITIONS.format(**{name: name for name in mnist.MODULES})
    names = {
        one.name if not isinstance(one, ast.Assign) else ast.unparse(one.targets[0])
        for one in ast.parse(text).body
        if isinstance(one, (ast.ClassDef, ast.FunctionDef, ast.Assign))
    }
    assert names == mnist.NAMES
