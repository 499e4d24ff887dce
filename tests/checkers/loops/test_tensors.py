"""Types of Theano expressions, against what Theano 1.0.5 says."""

from __future__ import annotations

import ast

import pytest
from lintplugin.checkers.loops.tensors import Tensor, Types

from lintplugin import parsing
from lintplugin.analysis import Module, Settings
from lintplugin.source import Source

HEADER = """\
import numpy as np
import theano
import theano.tensor as T
X = T.dmatrix(); x = T.dvector(); f = T.fvector(); i = T.lvector(); n = T.iscalar()
"""

# Printed by Theano 1.0.5: an expression, its dtype, its broadcastable dimensions.
TABLE = """
X[:1]                                             float64  (False, False)
X[0:1]                                            float64  (False, False)
X[1:2]                                            float64  (False, False)
X[:, 0]                                           float64  (False,)
X[:, 0:1]                                         float64  (False, False)
X[:-1]                                            float64  (False, False)
X.sum()                                           float64  ()
X.sum(axis=0)                                     float64  (False,)
X.sum(axis=0,keepdims=True)                       float64  (True, False)
i.sum()                                           int64    ()
i.mean()                                          float64  ()
f.sum()                                           float32  ()
f.mean()                                          float32  ()
T.zeros((1,3))[0]                                 float64  (False,)
T.zeros((n,3))                                    float64  (False, False)
T.zeros(3)                                        float64  (False,)
T.zeros([1,3])                                    float64  (True, False)
T.zeros((X.shape[0],1))                           float64  (False, True)
T.zeros_like(X)                                   float64  (False, False)
T.zeros_like(T.zeros((1,3)))                      float64  (True, False)
T.ones_like(i)                                    int64    (False,)
T.alloc(0.,1,3)                                   float32  (True, False)
T.alloc(0,n,3)                                    int8     (False, False)
T.alloc(np.float64(0.),n,3)                       float64  (False, False)
T.alloc(np.asarray(0.),n,1)                       float64  (False, True)
T.alloc(np.zeros(3),n,3)                          float64  (False, False)
T.as_tensor_variable(0)                           int8     ()
T.as_tensor_variable(1000)                        int16    ()
T.as_tensor_variable(0.)                          float32  ()
T.as_tensor_variable(0.1)                         float64  ()
T.as_tensor_variable([0.,0.])                     float64  (False,)
T.as_tensor_variable([0,0])                       int64    (False,)
T.as_tensor_variable(np.zeros((1,3)))             float64  (True, False)
T.as_tensor_variable(np.zeros((1,3),'float32'))   float32  (True, False)
T.constant(0.)                                    float32  ()
T.constant(np.float32(0))                         float32  ()
T.constant(0,dtype='float64')                     float64  ()
T.arange(3)                                       int64    (False,)
T.arange(n)                                       int64    (False,)
T.arange(3.)                                      float32  (False,)
T.arange(X.shape[0])                              int64    (False,)
T.tanh(i)                                         float64  (False,)
T.exp(i)                                          float64  (False,)
T.sqr(i)                                          int64    (False,)
T.nnet.sigmoid(i)                                 float64  (False,)
T.nnet.relu(i)                                    float64  (False,)
T.nnet.softmax(X)                                 float64  (False, False)
T.nnet.softmax(x)                                 float64  (True, False)
i/2                                               float64  (False,)
i//2                                              int64    (False,)
i*0.5                                             float64  (False,)
i*2                                               int64    (False,)
f*2                                               float32  (False,)
f*0.1                                             float64  (False,)
f+i                                               float64  (False,)
f*T.constant(0.1)                                 float64  (False,)
f*np.float64(.1)                                  float64  (False,)
f*np.float32(.1)                                  float32  (False,)
f+np.zeros(3)                                     float64  (False,)
f+T.zeros(3)                                      float64  (False,)
x+T.zeros((1,3))                                  float64  (True, False)
T.dot(x,X)                                        float64  (False,)
T.dot(X,x)                                        float64  (False,)
T.dot(X,X)                                        float64  (False, False)
T.dot(T.zeros((1,3)),X)                           float64  (True, False)
T.dot(f,X)                                        float64  (False,)
T.switch(x>0,x,0)                                 float64  (False,)
T.switch(f>0,f,0.)                                float32  (False,)
T.eq(x,1)                                         bool     (False,)
x>0                                               bool     (False,)
T.maximum(f,0)                                    float32  (False,)
T.minimum(f,x)                                    float64  (False,)
T.cast(x,'float32')                               float32  (False,)
x.astype('float32')                               float32  (False,)
x.dimshuffle('x',0)                               float64  (True, False)
X.dimshuffle(0,'x',1)                             float64  (False, True, False)
X.T                                               float64  (False, False)
T.shape_padleft(x)                                float64  (True, False)
T.shape_padright(x)                               float64  (False, True)
T.shape_padleft(x,2)                              float64  (True, True, False)
T.unbroadcast(T.zeros((1,3)),0)                   float64  (False, False)
T.unbroadcast(T.zeros((1,1)),0,1)                 float64  (False, False)
T.addbroadcast(X,0)                               float64  (True, False)
T.patternbroadcast(X,(True,False))                float64  (True, False)
T.row()                                           float64  (True, False)
T.col()                                           float64  (False, True)
T.scalar()                                        float64  ()
T.concatenate([x,x])                              float64  (False,)
T.stack([x,x])                                    float64  (False, False)
T.concatenate([f,x])                              float64  (False,)
T.clip(f,0,1)                                     float32  (False,)
T.outer(x,x)                                      float64  (False, False)
theano.shared(np.zeros((1,3)))                    float64  (False, False)
theano.shared(0)                                  int64    ()
theano.shared(0.)                                 float64  ()
theano.shared(np.float32(0))                      float32  ()
theano.shared(np.zeros(3,'float32'))              float32  (False,)
X.shape                                           int64    (False,)
X.shape[0]                                        int64    ()
x.reshape((1,3))                                  float64  (True, False)
x.reshape((n,3))                                  float64  (False, False)
T.reshape(x,(1,n))                                float64  (True, False)
T.sum(X,axis=1)                                   float64  (False,)
T.mean(f)                                         float32  ()
T.max(X,axis=0)                                   float64  (False,)
T.argmax(X,axis=0)                                int64    (False,)
T.dot(X.T,X)                                      float64  (False, False)
abs(i)                                            int64    (False,)
-i                                                int64    (False,)
T.abs_(i)                                         int64    (False,)
i**2                                              int64    (False,)
f**2                                              float32  (False,)
f**0.5                                            float32  (False,)
i%2                                               int64    (False,)
T.inv(f)                                          float32  (False,)
T.neq(f,1)                                        bool     (False,)
T.set_subtensor(x[0],1)                           float64  (False,)
T.extra_ops.cumsum(x)                             float64  (False,)
T.zeros((3,),dtype=x.dtype)                       float64  (False,)
T.tile(x,2)                                       float64  (False,)
T.repeat(x,2)                                     float64  (False,)
T.identity_like(X)                                float64  (False, False)
T.eye(3)                                          float64  (False, False)
T.log(f)                                          float32  (False,)
T.sqrt(i)                                         float64  (False,)
theano.tensor.fscalar()                           float32  ()
f[0]                                              float32  ()
f[i]                                              float32  (False,)
X[i]                                              float64  (False, False)
X[n]                                              float64  (False,)
X[n,:]                                            float64  (False,)
X[:,n]                                            float64  (False,)
"""

ROWS = [(line[:50].strip(), *line[50:].split(maxsplit=1)) for line in TABLE.strip().splitlines()]


def typed(expression: str, header: str = HEADER) -> Tensor | None:
    source = Source("module.py", f"{header}result = {expression}\n")
    module = Module(parsing.parse(source), source, Settings())
    return Types(module.names, source.text).of(module.tree.body[-1].value)


@pytest.mark.parametrize(("expression", "dtype", "dims"), ROWS, ids=[row[0] for row in ROWS])
def test_what_is_said_is_what_theano_says(expression: str, dtype: str, dims: str) -> None:
    found = typed(expression)
    assert found is not None
    assert found.dtype in (None, dtype)
    expected = ast.literal_eval(dims)
    if found.dims is not None:
        assert len(found.dims) == len(expected)
        assert all(one in (None, other) for one, other in zip(found.dims, expected, strict=True))


def test_most_is_known() -> None:
    found = [typed(row[0]) for row in ROWS]
    known = [
        one for one in found if one and one.dtype and one.dims is not None and None not in one.dims
    ]
    assert len(known) > 0.75 * len(ROWS)


@pytest.mark.parametrize(
    "expression",
    ["T.grad(x.sum(), x)", "T.max_and_argmax(x)", "unknown", "unknown(x)", "[x, x]", "'x'", "True"],
)
def test_no_tensor_for_sure(expression: str) -> None:
    assert typed(expression) is None


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("", "float64"),
        ("theano.config.floatX = 'float32'", "float32"),
        ("import os; os.environ['THEANO_FLAGS'] = 'device=cpu,floatX=float32'", "float32"),
        ("theano.config.floatX = options.floatX", None),
        ("floatX = theano.config.floatX", "float64"),
        ("floatX = 'float32'", "float64"),
        ("os.environ['THEANO_FLAGS'] = 'floatX=' + given", None),
        ("assert theano.config.floatX == 'float32'", "float64"),
    ],
)
def test_floatx_is_what_the_module_sets(setting: str, expected: str | None) -> None:
    found = typed("T.vector()", f"{HEADER}{setting}\n")
    assert found is not None
    assert found.dtype == expected


def test_functions_of_the_module_are_followed() -> None:
    function = "def cast(value):\n    return np.asarray(value, dtype=theano.config.floatX)\n"
    assert typed("T.alloc(cast(0.), 1, n)", HEADER + function) == Tensor("float64", (True, False))


def test_a_cycle_ends() -> None:
    assert typed("loop", f"{HEADER}loop = 1\nwhile n:\n    loop = loop + loop\n") is None


@pytest.mark.parametrize(
    "expression",
    [
        "T.mean(axis=-1)",
        "T.zeros()",
        "T.alloc()",
        "T.dot(x)",
        "T.switch(x)",
        "T.cast(x)",
        "T.unbroadcast(x, n)",
        "T.concatenate(x)",
        "T.tanh(*[x])",
        "x.dimshuffle([0, 'x'], 1)",
        "x[None, ..., 0]",
        "X.sum(axis=7)",
        "T.scalar().sum(0)",
        "x ** ''",
    ],
)
def test_calls_that_raise_or_hide_their_arguments_are_tensors_of_some_type(expression: str) -> None:
    found = typed(expression)
    assert found is not None
    assert found.symbolic
