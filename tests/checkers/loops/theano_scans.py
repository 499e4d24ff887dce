"""What tests of the rules on loops of Theano share."""

from __future__ import annotations

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
