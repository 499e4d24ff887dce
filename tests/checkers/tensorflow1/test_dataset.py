"""Iterators and transformations of datasets that TensorFlow 2 lacks."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin import rules, signatures
from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "tf1-dataset"

HEAD = "import tensorflow as tf\n\n"


found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("for x in tf.data.Dataset.range(3):\n    pass\n", id="TensorFlow 2"),
        pytest.param("tf.data.experimental.unbatch()\n", id="a name of both"),
        pytest.param("tf.compat.v1.data.make_one_shot_iterator(d)\n", id="kept below compat"),
        pytest.param("tf.data.Iterator\n", id="a class of both"),
        pytest.param("d.output_types\n", id="of something"),
        pytest.param("tf.train.batch([x], 3)\n", id="another rule"),
        pytest.param("data.make_one_shot_iterator(d)\n", id="another module"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(HEAD + text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i = tf.data.make_one_shot_iterator(d)\n", "data.make_one_shot_iterator"),
        ("i = tf.data.make_initializable_iterator(d)\n", "data.make_initializable_iterator"),
        ("i = tf.data.Iterator.from_structure(t, s)\n", "data.Iterator.from_structure"),
        ("f = tf.data.Dataset.make_one_shot_iterator\n", "data.Dataset.make_one_shot_iterator"),
        ("tf.data.experimental.TensorStructure(t, s)\n", "data.experimental.TensorStructure"),
        ("tf.contrib.data.map_and_batch(f, 3)\n", "contrib.data.map_and_batch"),
        ("tf.contrib.data.nobody_knows(3)\n", "contrib.data"),
        ("tf.contrib.eager.Iterator(d)\n", "contrib.eager.Iterator"),
        ("from tensorflow.contrib.data import unbatch\n", "contrib.data.unbatch"),
        (
            "from tensorflow.contrib.data.python.ops import batching\n",
            "contrib.data.python.ops.batching",
        ),
    ],
)
def test_reported(text: str, expected: str) -> None:
    assert [finding.api for finding in found(HEAD + text)] == [f"tensorflow.{expected}"]


@pytest.mark.parametrize(
    ("expression", "target", "advice"),
    [
        ("tf.data.make_one_shot_iterator(d)", "tf2", "for batch in dataset"),
        ("tf.data.Iterator.from_structure(t, s)", "tf2", "a function that takes the dataset"),
        ("tf.data.Iterator.from_structure(t, s)", "torch", "a function that takes the loader"),
        ("tf.contrib.data.batch_and_drop_remainder(3)", "tf2", "drop_remainder=True"),
        ("tf.contrib.data.unbatch()", "torch", "torch.unbind(batch)"),
    ],
)
def test_the_message_says_what_takes_its_place(expression: str, target: str, advice: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", target)
    assert advice in finding.message


@pytest.mark.parametrize(
    ("before", "kind", "after"),
    [
        (
            "tf.data.get_output_types(dataset)",
            Applicability.SAFE,
            "tf.nest.map_structure(lambda spec: spec.dtype, dataset.element_spec)",
        ),
        (
            "tf.contrib.data.get_single_element(dataset)",
            Applicability.SAFE,
            "dataset.get_single_element()",
        ),
        ("tf.contrib.data.AUTOTUNE", Applicability.SAFE, "tf.data.AUTOTUNE"),
        (
            "tf.contrib.data.map_and_batch(f, 3, drop_remainder=True)",
            Applicability.SAFE,
            "tf.data.experimental.map_and_batch(f, 3, drop_remainder=True)",
        ),
        (
            "tf.contrib.data.shuffle_and_repeat(9)",
            Applicability.UNSAFE,
            "tf.data.experimental.shuffle_and_repeat(9)",
        ),
        (
            "tf.contrib.data.choose_from_datasets([a, b], c)",
            Applicability.DISPLAY,
            "tf.data.Dataset.choose_from_datasets([a, b], c, stop_on_empty_dataset=False)",
        ),
    ],
)
def test_fixes(before: str, kind: Applicability, after: str) -> None:
    (finding,) = found(f"{HEAD}{before}\n", "tf2")
    (fix,) = finding.fixes
    assert (fix.applicability, fix.replacement) == (kind, after)


def test_every_row_is_of_a_name_that_is_gone() -> None:
    for row in rules.by_symbol()[SYMBOL].rows.values():
        is_module = row.entry is not None and row.entry.kind == "module"
        assert is_module or signatures.modern_entry(row.legacy) is None, row.legacy
