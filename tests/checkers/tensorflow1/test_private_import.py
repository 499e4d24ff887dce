"""Private names that TensorFlow 2 lacks."""

from __future__ import annotations

from functools import partial

import pytest

from lintplugin.snapshots import private
from tests.checkers import findings

SYMBOL = "tf1-private-import"


found = partial(findings.found, SYMBOL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("from tensorflow.python.ops import math_ops\nmath_ops.exp(x)\n", id="there"),
        pytest.param("from tensorflow.python.client import device_lib\n", id="a module there"),
        pytest.param("from tensorflow import python\nx = python.nobody_knows\n", id="unknown"),
        pytest.param("import tensorflow as tf\ntf.math.bessel_i0e(x)\n", id="public"),
        pytest.param(
            "try:\n    from tensorflow.python import estimator\nexcept ImportError:\n    pass\n",
            id="guarded",
        ),
        pytest.param("from other.python.ops import math_ops\nmath_ops.bessel_i0e(x)\n", id="other"),
        pytest.param(
            "from tensorflow.python.ops import math_ops\nmath_ops = other\n"
            "math_ops.bessel_i0e(x)\n",
            id="bound again",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "line", "api", "advice"),
    [
        (
            "from tensorflow.python.ops import math_ops\nmath_ops.bessel_i0e(x)\n",
            2,
            "ops.math_ops.bessel_i0e",
            "tf.math.bessel_i0e",
        ),
        (
            "from tensorflow.python.ops.math_ops import bessel_i0e\nbessel_i0e(x)\n",
            1,
            "ops.math_ops.bessel_i0e",
            "tf.math.bessel_i0e",
        ),
        (
            "from tensorflow.python import estimator\nestimator.run_config.RunConfig()\n",
            1,
            "estimator",
            "public API",
        ),
        ("import tensorflow.python.estimator.estimator\n", 1, "estimator.estimator", "public API"),
    ],
)
def test_reported(text: str, line: int, api: str, advice: str) -> None:
    findings = [one for one in found(text) if private.is_gone(one.api)]
    (finding,) = findings
    assert (finding.span.line, finding.api) == (line, f"tensorflow.python.{api}")
    assert advice in finding.message


def test_what_is_recorded() -> None:
    assert (
        private.public("tensorflow.python.ops.math_ops.bessel_i0e") == "tensorflow.math.bessel_i0e"
    )
    assert private.public("tensorflow.python.ops.nothing") == ""
    assert private.is_gone("tensorflow.python.estimator.anything")
    assert not private.is_gone("tensorflow.python")
