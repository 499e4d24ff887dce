"""``trainable`` between ``compile`` and training."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.checkers import findings

SYMBOL = "keras-trainable-after-compile"

HEADER = "from tensorflow import keras\nfrom keras.models import Model, Sequential\n\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """\
            for layer in model.layers[:5]:
                layer.trainable = False
            model.compile("sgd")
            model.fit(x, y)
            """,
            id="before compile",
        ),
        pytest.param(
            """\
            model.compile("sgd")
            model.fit(x, y)
            base.trainable = True
            model.compile("adam")
            model.fit(x, y)
            """,
            id="compiled again",
        ),
        pytest.param(
            """\
            d.compile("sgd")
            d.trainable = False
            gan = Sequential([g, d])
            gan.compile("sgd")
            for x in batches:
                d.trainable = True
                d.train_on_batch(x, y)
                d.trainable = False
                gan.train_on_batch(z, y)
            """,
            id="to and fro",
        ),
        pytest.param(
            """\
            d.compile("sgd")
            d.trainable = False
            d.predict(x)
            """,
            id="not trained",
        ),
        pytest.param(
            """\
            def freeze(model):
                model.trainable = False
                return model
            """,
            id="a function that freezes",
        ),
        pytest.param(
            """\
            def define(base):
                base.trainable = False
                model = Sequential([base])
                model.compile("sgd")
                return model

            define(base).fit(x, y)
            """,
            id="transfer learning",
        ),
    ],
)
def test_left_alone(text: str) -> None:
    assert findings.found(SYMBOL, HEADER + dedent(text)) == []


def test_of_pytorch() -> None:
    text = "import torch\nmodel.compile()\nmodel.trainable = False\nmodel.fit(x)\n"
    assert findings.found(SYMBOL, text) == []


@pytest.mark.parametrize(
    ("text", "line", "effect"),
    [
        pytest.param(
            """\
            d.compile("sgd")
            d.trainable = False
            gan = Sequential([g, d])
            gan.compile("sgd")
            for x in batches:
                d.train_on_batch(x, y)
                gan.train_on_batch(z, y)
            """,
            2,
            "Keras 3 does not",
            id="adversarial",
        ),
        pytest.param(
            """\
            class GAN:
                def __init__(self):
                    self.d = self.build()
                    self.d.compile("sgd")
                    self.d.trainable = False
                    self.combined = Model(z, self.d(self.g(z)))
                    self.combined.compile("sgd")

                def train(self):
                    self.d.train_on_batch(x, y)
                    self.combined.train_on_batch(z, y)
            """,
            5,
            "Keras 3 does not",
            id="adversarial in a class",
        ),
        pytest.param(
            """\
            def define_gan(g_model, d_model):
                d_model.trainable = False
                model = Sequential()
                model.add(g_model)
                model.add(d_model)
                model.compile("adam")
                return model

            def train(g_model, d_model, gan_model):
                d_model.train_on_batch(x, y)
                gan_model.train_on_batch(z, y)
            """,
            2,
            "Keras 3 does not",
            id="adversarial in functions",
        ),
        pytest.param(
            """\
            model.compile("sgd")
            for layer in model.layers:
                layer.trainable = False
            model.fit(x, y)
            """,
            3,
            "Keras 3 does not",
            id="layers before training",
        ),
        pytest.param(
            """\
            model.compile("sgd")
            model.fit(x, y)
            model.layers[0].trainable = True
            model.fit(x, y)
            """,
            3,
            "no effect",
            id="layer between trainings",
        ),
        pytest.param(
            """\
            model.compile("sgd")
            model.fit(x, y)
            base.trainable = True
            model.fit(x, y)
            """,
            3,
            "no effect",
            id="part between trainings",
        ),
    ],
)
def test_found(text: str, line: int, effect: str) -> None:
    (finding,) = findings.found(SYMBOL, HEADER + dedent(text))
    assert finding.span.line - HEADER.count("\n") == line
    assert effect in finding.message
    assert len(finding.fixes) == 2
    assert all(fix.evidence is not None for fix in finding.fixes)
