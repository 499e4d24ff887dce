"""What tests of the rules on loops of Theano share."""

from __future__ import annotations

from textwrap import dedent

from tests.checkers.findings import found

HEADER = """\
import numpy as np
import theano
import theano.tensor as T
from theano.tensor.shared_randomstreams import RandomStreams

x = T.vector("x")
y = T.vector("y")
f = T.fvector("f")
i = T.lvector("i")
X = T.dmatrix("X")
S = T.tensor3("S")
n = T.iscalar("n")
W = theano.shared(np.eye(3))
b = theano.shared(np.zeros(3))
stream = RandomStreams(1)
"""


def lines(symbol: str, text: str) -> list[int]:
    """Lines of the findings of a rule, counted in the text after the header."""
    findings = found(symbol, HEADER + dedent(text))
    return [finding.span.line - HEADER.count("\n") for finding in findings]
