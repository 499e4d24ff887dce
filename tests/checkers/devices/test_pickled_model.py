"""Pickles of Theano's objects."""

from __future__ import annotations

import pytest

from lintplugin.edits import Applicability
from tests.checkers.findings import found

SYMBOL = "device-pickled-model"

HEAD = "import pickle\nimport theano\nimport theano.tensor as T\n"
MODEL = (
    "class Model:\n    def __init__(self, x):\n        self.W = theano.shared(1.0)\n"
    "        self.y = x * self.W\n"
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("w = theano.shared(1.0)\npickle.dump(w.get_value(), f)\n", id="an array"),
        pytest.param(
            "ps = [theano.shared(1.0)]\npickle.dump([p.get_value() for p in ps], f)\n", id="arrays"
        ),
        pytest.param("pickle.dump(options, f)\n", id="of unknown type"),
        pytest.param("train, test = pickle.load(f)\nx = theano.shared(train)\n", id="data"),
        pytest.param("data = pickle.load(f)\nx = theano.shared(data)\n", id="one array"),
        pytest.param("class Options:\n    pass\no = Options()\npickle.dump(o, f)\n", id="a class"),
        pytest.param(
            f"{MODEL}    def __getstate__(self):\n        return self.W.get_value()\n"
            "m = Model(T.vector())\npickle.dump(m, f)\n",
            id="a class that says what is pickled",
        ),
        pytest.param("w = theano.shared(1.0)\nother.dump(w, f)\n", id="another module"),
        pytest.param(
            f"{MODEL}m = Model(T.vector())\npickle.dump(m.W.get_value(), f)\n", id="of an attribute"
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert found(SYMBOL, HEAD + text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("w = theano.shared(1.0)\npickle.dump(w, f)\n", id="a variable"),
        pytest.param("w = theano.shared(1.0)\npickle.dump({'w': w}, f, -1)\n", id="in a dict"),
        pytest.param("g = theano.function([], [])\npickle.dumps(g)\n", id="a function"),
        pytest.param(f"{MODEL}m = Model(T.vector())\npickle.dump(m, f)\n", id="a model"),
        pytest.param(
            "import six.moves.cPickle as pkl\nw = theano.shared(1.0)\npkl.dump(w, f)\n", id="alias"
        ),
        pytest.param("from pickle import dump\ndump(theano.shared(1.0), f)\n", id="from import"),
        pytest.param(
            "m = pickle.load(f)\ng = theano.function(inputs=[m.input], outputs=m.y)\n",
            id="read for a function",
        ),
    ],
)
def test_found(text: str) -> None:
    (finding,) = found(SYMBOL, HEAD + text)
    assert {fix.target for fix in finding.fixes} == {"tf2", "torch"}
    for fix in finding.fixes:
        assert fix.applicability is Applicability.DISPLAY
        assert fix.evidence is not None
