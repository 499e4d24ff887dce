"""Arrays that are borrowed and change in place."""

from __future__ import annotations

import pytest

from tests.checkers.findings import found

SYMBOL = "device-borrowed-array"
HEADER = "import numpy as np\nimport theano\na = np.ones(3)\n"


def lines(text: str) -> list[int]:
    return [one.span.line - 3 for one in found(SYMBOL, f"{HEADER}{text}\n")]


@pytest.mark.parametrize(
    "text",
    [
        "s = theano.shared(a, borrow=True)\nb = a + 1",
        "s = theano.shared(a)\na += 1",
        "s = theano.shared(a, borrow=False)\na += 1",
        "a += 1\ns = theano.shared(a, borrow=True)",
        "s = theano.shared(a, borrow=True)\na = np.zeros(3)\na += 1",
        "s = theano.shared(a.copy(), borrow=True)\na += 1",
        "s = theano.shared(a, borrow=True)\na += 1\ns.set_value(a, borrow=True)",
        "s = theano.shared(a)\nv = s.get_value(borrow=True)\nw = v * 2",
        "s = theano.shared(a)\nv = s.get_value()\nv *= 2",
        "s = theano.shared(a)\nv = s.get_value(borrow=True)\nv *= 2\ns.set_value(v)",
        "v = pool.get_value(borrow=True)\nv *= 2",
        "s = theano.shared(a, borrow=True)\nb[a] = 1",
    ],
)
def test_left_alone(text: str) -> None:
    assert lines(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "s = theano.shared(a, borrow=True)\na += 1\na += 2",
        "s = theano.shared(value=a, name='s', borrow=True)\na[0] = 1",
        "from theano import shared as s\nb = s(a, borrow=True); a[1:] *= 2",
        "s = theano.compile.shared(a, borrow=True)\na.fill(0)",
        "s = theano.shared(a)\nv = s.get_value(borrow=True); v *= 2",
        "class C:\n    def __init__(self): self.w = theano.shared(a)\n"
        "    def f(self):\n        v = self.w.get_value(borrow=True)\n        v[0] = 1",
    ],
)
def test_found(text: str) -> None:
    (finding,) = found(SYMBOL, f"{HEADER}{text}\n")
    assert finding.span.line - 3 in (1, 2, 5)
    assert [fix.target for fix in finding.fixes] == ["tf2", "torch"]
