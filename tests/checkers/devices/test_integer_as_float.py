"""Integers stored as floats."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers.findings import found

SYMBOL = "device-integer-as-float"

HEAD = "import numpy\nimport theano\nimport theano.tensor as T\nfloatX = theano.config.floatX\n"
SHARED = "y = theano.shared(numpy.asarray(data, dtype=theano.config.floatX), borrow=True)\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{SHARED}z = T.cast(y, 'float64')\n", id="to floats"),
        pytest.param(f"{SHARED}z = T.cast(y, 'int32')\nw = y * 2\n", id="floats, also read so"),
        pytest.param(f"{SHARED}def f():\n    return y, T.cast(y, 'int32')\n", id="given out"),
        pytest.param(f"{SHARED}", id="never cast"),
        pytest.param(
            "y = theano.shared(numpy.asarray(data, dtype='int32'))\nz = T.cast(y, 'int64')\n",
            id="integers",
        ),
        pytest.param("y = theano.shared(data)\nz = T.cast(y, 'int32')\n", id="of unknown type"),
        pytest.param("y = T.vector()\nz = T.cast(y, 'int32')\n", id="an input"),
        pytest.param(f"{SHARED}z = T.cast(T.floor(y), 'int32')\n", id="rounded on purpose"),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, HEAD + text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{SHARED}z = T.cast(y, 'int32')\n", id="the tutorial"),
        pytest.param(f"{SHARED}z = y.astype('int32')\n", id="a method"),
        pytest.param(f"{SHARED}z = T.cast(y, dtype='int64')\n", id="a keyword"),
        pytest.param(
            f"{SHARED.replace('theano.config.floatX', 'floatX')}z = T.cast(y, 'int32')\n",
            id="floatX by another name",
        ),
        pytest.param(
            "def share(d):\n    y = theano.shared(numpy.array(d, 'float32'))\n"
            "    return T.cast(y, 'int32')\n",
            id="in a function",
        ),
        pytest.param(
            "z = T.cast(theano.shared(d.astype(theano.config.floatX)), 'int32')\n", id="at once"
        ),
        pytest.param(
            "from theano import shared as s\nfrom theano.tensor import cast\n"
            "y = s(numpy.asarray(d, dtype=numpy.float32))\nz = cast(y, 'int32')\n",
            id="from imports",
        ),
    ],
)
def test_found(text: str) -> None:
    (finding,) = found(SYMBOL, HEAD + text)
    assert {fix.target for fix in finding.fixes} == {"tf2", "torch"}
    for fix in finding.fixes:
        assert fix.applicability is Applicability.DISPLAY
        assert fix.evidence is not None
