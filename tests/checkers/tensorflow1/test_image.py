"""Functions on images that TensorFlow 2 no longer has under their names."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin.edits import Applicability
from tests.checkers import findings

SYMBOL = "tf1-image"

HEAD = "import tensorflow as tf\n"

found = partial(findings.found, SYMBOL)
fixed = partial(findings.fixed, SYMBOL)


@pytest.mark.parametrize(
    "expression",
    [
        "tf.image.flip_left_right(x)",
        "tf.image.resize_with_pad(x, 3, 4)",
        "other.image.resize_images(x, [3, 4])",
    ],
)
def test_left_alone(expression: str) -> None:
    assert found(f"{HEAD}{expression}\n") == []


@pytest.mark.parametrize(
    "name",
    [
        "image.resize_images",
        "image.resize_bilinear",
        "extract_image_patches",
        "image.resize_image_with_crop_or_pad",
    ],
)
def test_reported(name: str) -> None:
    (finding,) = found(f"{HEAD}y = tf.{name}\n")
    assert finding.api == f"tensorflow.{name}"
    assert "counterpart" not in finding.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "tf.image.resize_image_with_crop_or_pad(x, 3, h)",
            "tf.image.resize_with_crop_or_pad(x, 3, h)",
        ),
    ],
)
def test_fixed(before: str, after: str) -> None:
    assert fixed(f"{HEAD}y = {before}\n", "tf2") == f"{HEAD}y = {after}\n"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("tf.image.resize_images(x, [4, 4])", "batch of images"),
        ("tf.contrib.image.translate(x, [1, 2])", "of rank 4"),
    ],
)
def test_unsafe(expression: str, reason: str) -> None:
    (finding,) = found(f"{HEAD}{expression}\n", "tf2")
    (fix,) = finding.fixes
    assert fix.applicability is Applicability.UNSAFE
    assert reason in fix.reason


def test_what_pixels_are_resized_by_is_kept() -> None:
    (finding,) = found(f"{HEAD}tf.image.resize_images(x, [4, 4])\n", "tf2")
    assert finding.fixes[0].replacement == (
        "tf.raw_ops.ResizeBilinear(images=x, size=[4, 4], align_corners=False, "
        "half_pixel_centers=False)"
    )
