"""What is compared of a call that is made for what it does: a different deed is told apart."""

from __future__ import annotations

import inspect
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lintplugin import templates
from lintplugin.verification import observers

flags = pytest.importorskip("absl.flags")


@pytest.fixture(autouse=True)
def kept() -> Iterator[None]:
    """The flags of the process and where it is, as they were."""
    folder = os.getcwd()
    before = set(flags.FLAGS)
    yield
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)
    flags.FLAGS.unparse_flags()
    assert os.getcwd() == folder


def _number(default: int | None = 3, **options: Any) -> Callable[[], Any]:
    return lambda: flags.DEFINE_integer("observed", default, "A number.", **options)


def test_definitions_of_flags() -> None:
    seen = observers.definition(_number())
    assert seen == observers.definition(_number())
    assert [1, ["program"]] in seen
    for other in (
        _number(4),
        _number(None),
        _number(lower_bound=1),
        _number(short_name="o"),
        lambda: flags.DEFINE_float("observed", 3, "A number."),
        lambda: flags.DEFINE_integer("observed", 3, "Another."),
    ):
        assert observers.definition(other) != seen


def test_what_parsing_says() -> None:
    nothing = observers.parsing(lambda: None)
    assert nothing == observers.parsing(lambda: None)
    assert observers.parsing(lambda: 1) != nothing
    assert observers.parsing(lambda: flags.mark_flag_as_required("text")) != nothing
    assert observers.parsing(lambda: flags.mark_flag_as_required("missing")) != nothing
    assert observers.parsing(lambda: flags.validator("number")) != nothing
    assert observers.parsing(lambda: flags.DEFINE_alias("alias", "number")) != nothing


def test_how_a_program_ends() -> None:
    def end(argv: list[str]) -> None:
        raise SystemExit(flags.FLAGS(argv, known_only=True))

    assert observers.program(lambda: end(["program", "--observed=2", "a"])) == [
        ["program", "a"],
        2,
    ]
    assert observers.program(lambda: None) == "returned"
    assert observers.program(lambda: 1 / 0) == ["ZeroDivisionError", "division by zero"]


def test_records() -> None:
    seen = observers.records(lambda: logging.warning("a %s", 1))
    assert [30, "WARNING", "a 1", ""] in seen
    assert observers.records(lambda: logging.info("a %s", 1)) != seen
    assert observers.records(lambda: logging.warning("a 1", exc_info=True)) != seen
    assert observers.records(lambda: logging.getLogger("tensorflow").warning("a 1")) == seen


def test_thresholds() -> None:
    logger = logging.getLogger("tensorflow")
    seen = observers.threshold(logger.getEffectiveLevel)
    assert seen == observers.threshold(logger.getEffectiveLevel)
    assert observers.threshold(lambda: None) != seen


def test_files() -> None:
    nothing = observers.files(lambda: None)
    assert nothing == observers.files(lambda: None)
    for deed in (
        lambda: os.mkdir("b"),
        lambda: os.remove("text"),
        lambda: os.replace("text", "a/text"),
        lambda: Path("text").write_text("x"),
        lambda: os.listdir("a"),
        lambda: os.mkdir("a"),
    ):
        assert observers.files(deed) != nothing


def test_kinds_and_members() -> None:
    assert observers.kind(lambda: ValueError("a")) == ["ValueError", True, "a"]
    assert observers.kind(lambda: 1) == ["int", False, ""]
    assert "DEFINE_string" in observers.members(lambda: flags)
    assert "os" not in observers.members(lambda: flags)


#: A layer with the numbers of the observer, and others that must look different.
KERAS = """
import tensorflow as tf
layers = tf.keras.layers
x = tf.reshape(tf.range(2.0 * 5 * 6 * 3) % 7, [2, 5, 6, 3])
of_dense = lambda **options: lambda: layers.Dense(3, **options)(x)
of_conv = lambda **options: lambda: layers.Conv2D(2, 3, **options)(x)
of_norm = lambda **options: lambda: layers.BatchNormalization(**options)(x, training=True)
groups = [
    [of_dense(), of_dense(activation="relu"), of_dense(use_bias=False),
     of_dense(kernel_regularizer="l2"), of_dense(bias_initializer="ones")],
    [of_conv(), of_conv(strides=2), of_conv(padding="same"), of_conv(dilation_rate=2)],
    [of_norm(), of_norm(momentum=0.9), of_norm(epsilon=0.1), of_norm(scale=False)],
    [lambda: layers.Conv2D(2, 3), lambda: layers.Conv2D(3, 3), lambda: layers.Dropout(0.5)],
]
plain = lambda value: repr([leaf.numpy().tolist() for leaf in tf.nest.flatten(value)])
kept = layers.Layer.add_weight
check = lambda: layers.Layer.add_weight is kept
"""

TORCH = """
import torch
from torch import nn
x = torch.arange(2.0 * 3 * 5 * 6).reshape(2, 3, 5, 6) % 7
of_linear = lambda **options: lambda: nn.LazyLinear(3, **options)(x)
of_conv = lambda **options: lambda: nn.LazyConv2d(2, 3, **options)(x)
of_norm = lambda **options: lambda: nn.LazyBatchNorm2d(**options)(x)
groups = [
    [of_linear(), of_linear(bias=False), lambda: torch.relu(nn.Linear(6, 3)(x))],
    [of_conv(), of_conv(stride=2), of_conv(padding=1), lambda: nn.ConvTranspose2d(3, 2, 3)(x),
     lambda: nn.Conv2d(3, 3, 3, groups=3)(x)],
    [of_norm(), of_norm(momentum=0.5), of_norm(eps=0.1)],
    [lambda: nn.Embedding(7, 2)(x.long()), lambda: nn.Embedding(8, 3)(x.long())],
    [lambda: nn.GroupNorm(3, 3)(x), lambda: nn.GroupNorm(1, 3)(x), lambda: nn.LayerNorm(6)(x)],
    [lambda: nn.LazyConv2d(2, 3), lambda: nn.Conv2d(channels, 3, 3), lambda: nn.Flatten(),
     lambda: nn.Sequential(nn.LazyConv2d(2, 3), nn.ReLU()), lambda: nn.LazyConv1d(2, 3)],
    [lambda: nn.LazyBatchNorm2d(), lambda: nn.LazyBatchNorm2d(affine=False),
     lambda: nn.LazyBatchNorm2d(momentum=0.5)],
]
plain = lambda value: repr([value[0].tolist(), value[1].tolist(), [m.tolist() for m in value[2]]])
kept = nn.Linear.forward
check = lambda: nn.Linear.forward is kept
"""

COMPARE = """
for group in groups:
    found = [plain(transplanted(call)) for call in group]
    assert found == [plain(transplanted(call)) for call in group]
    assert len(set(found)) == len(found)
try:
    transplanted(lambda: 1 / 0)
except ZeroDivisionError:
    pass
assert check()
"""


# Apart from this process, in which the import would change logging.
@pytest.mark.executes
@pytest.mark.parametrize(("package", "program"), [("tensorflow", KERAS), ("torch", TORCH)])
def test_layers_with_the_same_weights(package: str, program: str) -> None:
    text = "\n".join([inspect.getsource(observers), program, COMPARE])
    subprocess.run([sys.executable, "-c", text], check=True)


#: A recurrent layer of PyTorch, an optimizer and a parameter, and others that look different.
OBSERVED = """
import torch
from torch import nn
x = torch.arange(2.0 * 3 * 4).reshape(2, 3, 4) % 5
of_layer = lambda kind, **options: lambda: kind(input_size, 3, batch_first=True, **options)
of_steps = lambda kind, **options: lambda: kind(model.parameters(), lr=0.1, **options)
optim = torch.optim
groups = {
    recurrent: [of_layer(nn.RNN), of_layer(nn.LSTM), of_layer(nn.RNN, nonlinearity="relu"),
        lambda: cell("LSTM", 3)(x), lambda: cell("LSTM", 2)(x), lambda: cell("SimpleRNN", 3)(x)],
    steps: [of_steps(optim.SGD), of_steps(optim.SGD, momentum=0.9), of_steps(optim.Adagrad),
        of_steps(optim.Adagrad, initial_accumulator_value=0.1), of_steps(optim.Adam)],
    made: [lambda: nn.Parameter(torch.ones(2)), lambda: nn.Parameter(torch.zeros(2)),
        lambda: nn.Parameter(torch.ones(2), requires_grad=False)],
}
for observer, calls in groups.items():
    found = [repr(observer(call)) for call in calls]
    assert found == [repr(observer(call)) for call in calls]
    assert len(set(found)) == len(found)
outputs, h, c = recurrent(lambda: cell("LSTM", 3)(x))[0]
assert outputs.shape == (2, 3, 3)
assert h.shape == c.shape == (2, 3)  # Without the dimension of layers.
assert torch.equal(outputs[:, -1], h)
kept = nn.LSTM.forward
try:
    recurrent(lambda: 1 / 0)
except ZeroDivisionError:
    pass
assert nn.LSTM.forward is kept
"""


@pytest.mark.executes
def test_layers_and_optimizers_of_pytorch() -> None:
    text = "\n".join([inspect.getsource(observers), OBSERVED])
    subprocess.run([sys.executable, "-c", text], check=True)


def test_an_observer_has_what_templates_name() -> None:
    assert vars(observers).keys() >= templates.STAND_INS


@pytest.mark.executes
def test_penalties(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)  # Which decides what is made.

    seen = observers.penalty(lambda: torch.sum)
    assert len(seen) == 2
    assert observers.penalty(lambda: torch.sum) == seen
    assert observers.penalty(lambda: torch.mean) != seen
    assert observers.penalty(lambda: None) == [0.0, 0.0]


def test_variables_that_are_made() -> None:
    def variable(**other: Any) -> Callable[[], Any]:
        return lambda: SimpleNamespace(**{"trainable": True, "name": "scope/w:0", **other})

    made, trainable, name = observers.made(variable())
    assert (made.name, trainable, name) == ("scope/w:0", True, "w:0")
    assert observers.made(variable(trainable=False))[1:] == [False, "w:0"]
    assert observers.made(variable(name="v:0"))[1:] == [True, "v:0"]


def test_whether_a_call_raises() -> None:
    assert observers.raises(lambda: 1 / 0) is True
    assert observers.raises(lambda: None) is False


def test_eigenvectors_up_to_sign() -> None:
    vectors = np.array([[0.6, 0.8], [-0.8, 0.6]])

    def squares(found: Any) -> Any:
        return observers.up_to_sign(lambda: (np.array([1.0, 2.0]), found))[1]

    assert np.array_equal(squares(vectors), squares(vectors * [1, -1]))
    assert not np.array_equal(squares(vectors), squares(vectors * [[1], [-1]]))
    assert observers.up_to_sign(lambda: (3, vectors))[0] == 3


def test_fields_of_all_releases() -> None:
    names = ("key", "vocabulary_file", "vocabulary_size", "num_oov_buckets", "dtype")
    made = SimpleNamespace(**dict.fromkeys(names, 1), default_value=2, file_format="text")
    assert observers.fields(lambda: made) == [1, 1, 1, 1, 1, 2]


def test_what_an_initialiser_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(float32="float32"))

    def initializer(shape: tuple[int, ...], dtype: str) -> Any:
        return shape, dtype

    assert observers.filled(lambda: initializer) == ((3, 5), "float32")
    assert observers.drawn_matrix(lambda: initializer) == ((500, 400), "float32")
    assert [shape for shape, _ in observers.drawn(lambda: initializer)][1] == (3, 4, 100, 150)


def test_a_tensor_of_pytorch_has_its_outputs_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)

    class Tensor:
        def __init__(self, *shape: int) -> None:
            self.shape = shape

        def permute(self, *axes: int) -> tuple[int, ...]:
            return tuple(self.shape[axis] for axis in axes)

    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(empty=Tensor))
    seen: list[tuple[int, ...]] = []

    def initializer(tensor: Tensor) -> Tensor:
        seen.append(tensor.shape)
        return tensor

    assert observers.drawn(lambda: initializer) == [(500, 400), (3, 4, 100, 150)]
    assert seen == [(400, 500), (150, 100, 3, 4)]


def test_a_kernel_that_is_drawn() -> None:
    assert observers.drawn_kernel(lambda: list) == [5, 5, 200, 200]
