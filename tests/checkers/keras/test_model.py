"""Keras models and the modules written for them."""

from __future__ import annotations

import re

import pytest

from lintplugin import evidence
from lintplugin.analysis import Settings, analyse
from lintplugin.rules import Finding
from lintplugin.source import Source

SYMBOL = "keras-model"

HEADER = """\
import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras.models import Sequential

"""

DENSE = "layers.Dense(2, input_shape=(3,))"


def found(text: str, settings: Settings | None = None) -> list[Finding]:
    settings = settings or Settings(("torch",), True, frozenset({SYMBOL}))
    report = analyse(Source("module.py", text), settings)
    assert not report.problems
    return report.findings


def written(text: str) -> str:
    (finding,) = found(HEADER + text)
    (fix,) = finding.fixes
    compile(fix.replacement, "replacement", "exec")
    return fix.replacement


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(Settings(), id="no target named"),
        pytest.param(Settings(("tf2",), asked=True), id="another target named"),
        pytest.param(Settings(("tf2", "torch")), id="both by default"),
    ],
)
def test_silent_unless_pytorch_is_asked_for(settings: Settings) -> None:
    assert found(HEADER + f"model = Sequential([{DENSE}])\n", settings) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("model = Sequential\n", id="the class itself"),
        pytest.param("from torch.nn import Sequential\nmodel = Sequential()\n", id="of PyTorch"),
        pytest.param("def build(Sequential):\n    return Sequential()\n", id="a parameter"),
        pytest.param("class Model(tf.keras.Model):\n    pass\n", id="a model as a class"),
        pytest.param("model = tf.keras.Model()\n", id="a model of nothing"),
    ],
)
def test_left_alone(text: str) -> None:
    header = HEADER if "torch" not in text else "import tensorflow\n"
    assert found(header + text) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Sequential(parts)", "its layers are not listed in place"),
        ("Sequential()", "its layers are not in sight"),
        ("Sequential([layers.Dense(2)])", "the shape of its input is not stated"),
        (f"Sequential([{DENSE}, block])", "line 5 is not a Keras layer written in place"),
        (f"Sequential([{DENSE}, layers.Masking()])", "Masking on an input of 1 dimensions"),
        (
            "Sequential([layers.Input((4, 3)), layers.Masking(), layers.Conv1D(2, 3)])",
            "a mask into Conv1D",
        ),
        (
            "Sequential([layers.Embedding(9, 2, mask_zero=True), "
            "layers.GRU(2, go_backwards=True, return_sequences=True)])",
            "a mask of what GRU gives backwards",
        ),
        (
            "Sequential([layers.Input((4, 3)), layers.Attention()])",
            "Attention has no counterpart here",
        ),
        (f"Sequential([{DENSE}, layers.GRU(3)])", "GRU on an input of 1 dimensions"),
        (
            "Sequential([layers.Dense(2, input_shape=(3,), kernel_constraint='unit_norm')])",
            "argument 'kernel_constraint' of Dense is not carried over",
        ),
        (
            "Sequential([layers.Dense(2, input_shape=(3,), kernel_regularizer=mine(0.1))])",
            "kernel_regularizer of Dense is not known here",
        ),
        (
            "Sequential([layers.Dense(2, input_shape=(3,), kernel_initializer='identity')])",
            "kernel_initializer of Dense is not known here",
        ),
        (
            "Sequential([layers.Dense(2, input_shape=(3,), trainable=False)])",
            "argument 'trainable' of Dense is not carried over",
        ),
        (
            "Sequential([layers.Input((4, 3)), layers.LayerNormalization(axis=1)])",
            "LayerNormalization along another axis than the last",
        ),
        (
            "Sequential([layers.Input((4, 3)), layers.LayerNormalization(axis=[1, 2])])",
            "LayerNormalization along several axes",
        ),
        (
            "Sequential([layers.Input((4, 3)), layers.Permute((2,))])",
            "Permute of other dimensions than the input has",
        ),
        (
            "Sequential([layers.Input((4, 3)), layers.Reshape((-1, -1))])",
            "Reshape with two open dimensions",
        ),
        (
            "Sequential([layers.Input((4, 3)), layers.PReLU(shared_axes=[3])])",
            "PReLU with slopes shared along what is no dimension",
        ),
        (
            "Sequential([layers.Input((4, 3)), layers.GRU(2, reset_after=False)])",
            "a GRU with reset_after=False, which nn.GRU cannot do",
        ),
        (
            "Sequential([layers.Input((4, 3)), layers.GRU(2, recurrent_dropout=0.2)])",
            "recurrent_dropout of GRU",
        ),
        (
            "Sequential([layers.Input((4, 3)), layers.Masking(), "
            "layers.LSTM(2, recurrent_dropout=0.2)])",
            "recurrent_dropout of LSTM with a mask",
        ),
        (
            "Sequential([layers.Input((4, 3)), layers.Bidirectional(layers.GRU(2, dropout=0.2))])",
            "dropout inside Bidirectional, where each direction drops others",
        ),
        (
            "Sequential([layers.Input((4, 3)), layers.Bidirectional(cell)])",
            "the layer inside Bidirectional is not written in place",
        ),
        (
            "Sequential([layers.Input((4, 3)), layers.Bidirectional(layers.Dense(2))])",
            "Bidirectional around Dense",
        ),
        (
            "Sequential([layers.Input((None, 3, 1)), layers.TimeDistributed(layers.Conv1D(2, 1))])",
            "TimeDistributed over an unknown number of steps",
        ),
        (
            "Sequential([layers.Input((4, 4, 1)), layers.UpSampling2D(interpolation='bilinear')])",
            "UpSampling2D that interpolates",
        ),
        (
            "Sequential([layers.Input((4, 4, 1)), layers.Conv2D(2, 3, padding='causal')])",
            "padding 'causal' of Conv2D has no counterpart here",
        ),
        (
            "Sequential([layers.Dense(2, 'hard_sigmoid', input_shape=(3,))])",
            "activation 'hard_sigmoid' has no counterpart here",
        ),
        (
            "Sequential([layers.Conv2D(2, 3, 3, input_shape=(9, 9, 1))])",
            "Conv2D with three positional arguments: kernel or strides?",
        ),
        (
            "Sequential([layers.Conv2D(2, 3, input_shape=(None, None, 1)), layers.Flatten()])",
            "the size after Flatten is known only when the program runs",
        ),
        (
            "Sequential([layers.Conv2D(2, 3, 2, 'same', input_shape=(9, 9, 1))])",
            "Conv2D with three positional arguments: kernel or strides?",
        ),
        (
            "Sequential([layers.Conv1D(2, 3, 2, 'same', input_shape=(None, 1))])",
            "the height and width of the images are not literal",
        ),
        (
            "Sequential([layers.Input((1, 9, 9)), layers.Flatten('channels_first')])",
            "Flatten of images with their channels first",
        ),
        (
            "Sequential([layers.Input((1, 9, 9)), "
            "layers.Conv2D(2, 3, data_format='channels_first', activation='softmax')])",
            "Conv2D of images with their channels first",
        ),
        (
            "Sequential([layers.Dense(2, 'softmax', activity_regularizer='l2', input_dim=3)])",
            "a regulariser of what softmax gives",
        ),
        (
            "Sequential([layers.Conv2D(2, 9, input_shape=(5, 5, 1))])",
            "a window is larger than the image",
        ),
        (
            "Sequential([layers.Conv2D(2, 3, strides=0, input_shape=(5, 5, 1))])",
            "strides of Conv2D is not literal and positive",
        ),
        ("Sequential([layers.Dense(2, input_shape=())])", "Dense on an input of no dimension"),
        ("Sequential([layers.Dense('2', input_shape=(3,))])", "'2' as a size in Dense"),
        (
            "Sequential([layers.LSTM(2, input_shape=(3, 4), recurrent_activation='hard_sigmoid')])",
            "an LSTM whose activations are not tanh and sigmoid",
        ),
        (
            "Sequential([layers.LSTM(2, input_shape=(3, 4), return_state=True)])",
            "argument 'return_state' of LSTM is not carried over",
        ),
    ],
)
def test_what_stops_the_module_is_named(text: str, reason: str) -> None:
    (finding,) = found(HEADER + f"model = {text}\n")
    assert finding.message.endswith(f"no nn.Module is written for it: {reason}")
    assert finding.fixes == ()


@pytest.mark.parametrize(
    ("loop", "reason"),
    [
        ("for _ in sizes:\n    model.add(layers.Dense(2))", "are added in a branch or loop"),
        ("if deep:\n    model.add(layers.Dense(2))", "are added in a branch or loop"),
        ("while deep:\n    model.add(layers.Dense(2))", "are added in a branch or loop"),
        (
            "for _ in range(3):\n    if deep:\n        model.add(layers.Dense(2))",
            "are added in a branch or loop",
        ),
    ],
)
def test_layers_added_in_a_loop_or_branch_stop_the_module(loop: str, reason: str) -> None:
    (finding,) = found(f"{HEADER}model = Sequential([{DENSE}])\n{loop}\n")
    assert finding.message.endswith(f"layers {reason}")


def test_layers_that_are_taken_away() -> None:
    text = written(f"model = Sequential([{DENSE}, layers.Dense(9)])\nmodel.pop()\n")
    assert text.count("nn.Linear(") == 1
    (finding,) = found(f"{HEADER}model = Sequential([{DENSE}])\nmodel.layers.pop()\n")
    assert finding.message.endswith("line 6 changes the list of its layers")


def test_layers_that_are_not_trained() -> None:
    text = written(
        f"m = Sequential([{DENSE}])\nm.layers[0].trainable = False\nm.compile('sgd', 'mse')\n"
    )
    assert text.endswith("# compile is not written: line 6 says what is trained\n")


def test_layers_added_in_a_loop_that_repeats() -> None:
    text = written(
        f"model = Sequential([{DENSE}])\n"
        "for n in range(3):\n"
        "    model.add(layers.Dense(2, name=f'hidden_{n}'))\n"
        "    model.add(layers.ReLU())\n"
        "model.add(layers.Dense(1))\n"
    )
    assert text.count("nn.Linear(2, 2)") == 3
    assert text.count("torch.relu(self.hidden_") == 3
    assert "self.dense_1 = nn.Linear(2, 1)\n" in text


@pytest.mark.parametrize(
    ("text", "api"),
    [
        (
            f"import tensorflow as tf\nm = tf.keras.Sequential([tf.keras.{DENSE}])\n",
            "tensorflow.keras.Sequential",
        ),
        (
            "from keras.models import Sequential\nfrom keras.layers.core import Dense\n"
            "m = Sequential([Dense(2, input_dim=3)])\n",
            "keras.models.Sequential",
        ),
        (
            "import keras\n"
            "m = keras.Sequential(layers=[keras.Input((3,)), keras.layers.Dense(2)])\n",
            "keras.Sequential",
        ),
    ],
)
def test_every_spelling_is_reported(text: str, api: str) -> None:
    (finding,) = found(text)
    assert finding.api == api
    assert "nn.Linear(3, 2)" in finding.fixes[0].replacement


def test_the_size_after_flatten() -> None:
    text = written(
        "model = Sequential([\n"
        "    layers.Conv2D(32, (3, 3), activation='relu', input_shape=(28, 28, 1)),\n"
        "    layers.MaxPooling2D((2, 2)),\n"
        "    layers.Flatten(),\n"
        "    layers.Dense(10, activation='softmax'),\n"
        "])\n"
    )
    assert "self.dense = nn.Linear(32 * 13 * 13, 10)\n" in text


def test_forward_ends_before_the_last_softmax() -> None:
    text = written(f"model = Sequential([{DENSE[:-1]}, activation='softmax')])\n")
    assert "        return self.dense(x)\n" in text
    assert "        return torch.softmax(self(x), dim=-1)\n" in text


@pytest.mark.parametrize(
    "call", ["set_image_dim_ordering('th')", "set_image_data_format(data_format='channels_first')"]
)
def test_channels_that_come_first_in_the_whole_file(call: str) -> None:
    finding = last(f"from keras import backend as K\nK.{call}\nmodel = Sequential([{DENSE}])\n")
    assert finding.message.endswith("line 6 puts the channels of images first")


def test_a_lambda_among_layers() -> None:
    text = written(
        "def scaled(x, by):\n    return x / by - 1\n"
        "model = Sequential([layers.Input((4, 4, 3)),"
        " layers.Lambda(scaled, arguments={'by': 127.5}, output_shape=(4, 4, 3)),"
        " layers.Conv2D(2, 3)])\n"
    )
    assert "        x = x / 127.5 - 1\n" in text


def test_a_softmax_in_the_middle_stays() -> None:
    text = written(f"model = Sequential([{DENSE[:-1]}, activation='softmax'), layers.Dense(1)])\n")
    assert "x = torch.softmax(self.dense(x), dim=-1)" in text
    assert "predict" not in text


def test_names_become_parameters_and_constants_numbers() -> None:
    text = written(
        "features = 3\n"
        "model = Sequential([\n"
        "    layers.LSTM(units, input_shape=(None, features)),\n"
        "    layers.Dense(num_classes),\n"
        "])\n"
    )
    assert "def __init__(self, units, num_classes):" in text
    assert "nn.LSTM(3, units, batch_first=True)" in text
    assert "\nmodel = Model(units, num_classes)\n" in text


def test_added_layers_and_training_with_sgd() -> None:
    text = written(
        "my_model = Sequential()\n"
        f"my_model.add({DENSE})\n"
        "my_model.compile(optimizer='sgd', loss='mse')\n"
    )
    assert text.endswith(
        "my_model = MyModel()\n"
        "criterion = nn.MSELoss()\n"
        "optimizer = torch.optim.SGD(my_model.parameters(), lr=0.01)\n"
    )


def test_an_optimiser_that_adds_epsilon_elsewhere() -> None:
    text = written(f"m = Sequential([{DENSE}])\nm.compile(optimizer='adam', loss='mse')\n")
    assert "class Adam(torch.optim.Adam):\n" in text
    assert "criterion = nn.MSELoss()\noptimizer = Adam(m.parameters(), lr=0.001, " in text


TRAINED = f"net = Sequential([{DENSE[:-1]}, activation='softmax')])\n"


def test_the_loop_of_fit() -> None:
    text = written(
        TRAINED
        + "net.compile('sgd', 'categorical_crossentropy', metrics=['accuracy'])\n"
        + "history = net.fit(x, y, epochs=n, validation_data=(a, b))\n"
        + "print(net.evaluate(a, b))\n"
        + "best = net.predict(a).argmax(-1)\n"
    )
    assert "        for batch in torch.randperm(len(x)).split(batch_size):\n" in text
    assert "            values = measures(net(x[batch]), y[batch])\n" in text
    assert "(outputs.argmax(-1) == y.argmax(-1)).float().mean()" in text
    assert text.endswith(
        "history = fit(inputs_of(x), truth_of(y), epochs=n, batch_size=32, "
        "validation=(inputs_of(a), truth_of(b)))\n"
        "print(list(evaluate(inputs_of(a), truth_of(b)).values()))\n"
        "best = predict(inputs_of(a)).argmax(-1)\n"
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("'sgd', 'mse'", "MeanSquaredError of what softmax gives"),
        ("'sgd', mine", "the loss is not in sight"),
        ("'sgd', 'mine'", "loss 'mine' is not known here"),
        ("made(), 'categorical_crossentropy'", "the optimizer is not in sight"),
        ("'ftrl', 'categorical_crossentropy'", "PyTorch has no FTRL"),
        (
            "'sgd', 'categorical_crossentropy', ['accuracy']",
            "the arguments of compile cannot be told apart",
        ),
        (
            "'sgd', 'categorical_crossentropy', metrics=[mine]",
            "a metric is not a word",
        ),
        (
            "'sgd', 'categorical_crossentropy', loss_weights=[1]",
            "argument 'loss_weights' of compile is not carried over",
        ),
        (
            "'sgd', tf.keras.losses.CategoricalCrossentropy(from_logits=True)",
            "CategoricalCrossentropy of what softmax gives",
        ),
    ],
)
def test_what_stops_compile_is_named(arguments: str, reason: str) -> None:
    text = written(f"{TRAINED}net.compile({arguments})\nnet.fit(x, y)\n")
    assert text.endswith(f"net = Net()\n# compile is not written: {reason}\n")


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("net.fit(x, y, steps_per_epoch=3)", "argument 'steps_per_epoch' of fit is not carried"),
        ("net.fit(x, y, shuffle=flag)", "shuffle is not literal"),
        ("net.fit(x, y, callbacks=found)", "the callbacks are not listed in place"),
        ("net.fit(x, y, callbacks=[Mine()])", "a callback is not in sight"),
        ("net.fit(x, y, validation_data=pair)", "validation_data is not a pair written in place"),
        ("net.fit(x, y, class_weight=w, sample_weight=v)", "both class_weight and sample_weight"),
        ("net.fit(x, y)\nnet.fit(x, y)", "fit is called more than once"),
        ("assert net.evaluate(x, y) < 1", "evaluate on line 7 is part of a larger statement"),
        (
            "net.fit(x, y, callbacks=[tf.keras.callbacks.TensorBoard()])",
            "torch.utils.tensorboard.SummaryWriter",
        ),
        (
            "net.fit(x, y, callbacks=[tf.keras.callbacks.EarlyStopping(),"
            " tf.keras.callbacks.EarlyStopping('loss')])",
            "two callbacks of one kind",
        ),
    ],
)
def test_what_stops_fit_is_named(call: str, reason: str) -> None:
    compiled = "net.compile('sgd', 'sparse_categorical_crossentropy')\n"
    text = written(f"{TRAINED}{compiled}{call}\n")
    assert f"# fit is not written: {reason}" in text.splitlines()[-1]
    assert "criterion = nn.CrossEntropyLoss()\n" in text


PAIRS = """\
def pairs(n):
    while True:
        yield x[:n], y[:n]

def single():
    yield x

class Numbered(tf.keras.utils.Sequence):
    def __getitem__(self, index):
        return x[index], y[index]

"""


@pytest.mark.parametrize(
    ("call", "lines"),
    [
        pytest.param(
            "fit_generator(pairs(3), 10, 5)",
            ["for x, y in itertools.islice(batches, steps):", "fit(pairs(3), epochs=5, steps=10)"],
            id="a generator in the way of Keras 2",
        ),
        pytest.param(
            "fit(pairs(n=3), steps_per_epoch=10, workers=2)",
            ["    batches = iter(batches)", "fit(pairs(n=3), epochs=1, steps=10)"],
            id="a generator",
        ),
        pytest.param(
            "fit_generator(generator=Numbered(), epochs=2)",
            ["for index in torch.randperm(len(batches)).tolist():", "fit(Numbered(), epochs=2)"],
            id="a Sequence",
        ),
        pytest.param(
            "fit(Numbered(), shuffle=False, validation_data=(a, b))",
            ["for index in range(len(batches)):", "in evaluate(*validation).items():"],
            id="a Sequence in order",
        ),
    ],
)
def test_batches_that_come_one_after_another(call: str, lines: list[str]) -> None:
    text = written(f"{PAIRS}{TRAINED}net.compile('sgd', 'categorical_crossentropy')\nnet.{call}\n")
    for line in lines:
        assert line in text


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("fit(pairs(3))", "fit of a generator without steps_per_epoch"),
        ("fit(Numbered(), steps_per_epoch=3)", "fit of a Sequence with steps_per_epoch"),
        ("fit(data)", "fit without 'y', of no generator or Sequence of pairs in sight"),
        ("fit(single(), steps_per_epoch=3)", "of no generator or Sequence of pairs in sight"),
        ("fit(pairs(3), batch_size=3)", "argument 'batch_size' of fit that is given batches"),
        ("fit_generator(epochs=3)", "fit_generator without batches"),
    ],
)
def test_what_stops_batches_is_named(call: str, reason: str) -> None:
    text = written(f"{PAIRS}{TRAINED}net.compile('sgd', 'categorical_crossentropy')\nnet.{call}\n")
    assert reason in text.splitlines()[-1]


FUNCTIONAL = """\
inputs = layers.Input((3,))
hidden = layers.Dense(4)
"""


def test_a_functional_model() -> None:
    text = written(
        FUNCTIONAL
        + "x = hidden(inputs)\n"
        + "y = layers.Dense(4, activation='relu')(x)\n"
        + "x = layers.add([x, y])\n"
        + "scores = tf.keras.Model(inputs, layers.Dense(2, activation='softmax')(x))\n"
    )
    assert "        x = self.dense(inputs)\n" in text
    assert "        y = torch.relu(self.dense_1(x))\n" in text
    assert "        x = x + y\n        return self.dense_2(x)\n" in text
    assert "\nscores = Scores()\n" in text


def test_a_layer_that_is_applied_twice_is_made_once() -> None:
    text = written(
        FUNCTIONAL
        + "other = layers.Input((3,))\n"
        + "model = tf.keras.Model([inputs, other], [hidden(inputs), hidden(other)])\n"
    )
    assert text.count("nn.Linear") == 1
    assert text.count("load_keras") == text.count("copy_") - 1 == 1
    assert "def forward(self, inputs, other):\n" in text
    assert "        return inputs, other\n" in text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "model = tf.keras.Model(inputs, block(inputs))",
            "'block' on line 7 is no tensor in sight",
        ),
        (
            "x = hidden(inputs)\nif deep:\n    x = layers.Dense(2)(x)\n"
            "model = tf.keras.Model(inputs, x)",
            "line 9 assigns 'x' in a branch or loop",
        ),
        (
            "model = tf.keras.Model(inputs, hidden(tf.abs(inputs)))",
            "line 7 is not a Keras layer applied to a tensor",
        ),
        (
            "model = tf.keras.Model(inputs, hidden(inputs, training=True))",
            "line 7 is not a Keras layer applied to a tensor",
        ),
        (
            "model = tf.keras.Model(layers.Input((2,)), hidden(inputs))",
            "an input of its layers is not among its inputs",
        ),
        ("model = tf.keras.Model(inputs, hidden)", "a layer where a tensor belongs"),
        ("model = tf.keras.Model([], [])", "its inputs are not in sight"),
        ("model = tf.keras.Model(inputs, layers.add([]))", "Add of no tensor"),
        (
            "x, y = pair\nmodel = tf.keras.Model(inputs, x)",
            "line 7 assigns 'x' not as a layer's output",
        ),
        (
            "model = tf.keras.Model(inputs, layers.Dot(1)([inputs, inputs]))",
            "Dot of several tensors",
        ),
        (
            "wide = layers.Input((4, 3))\n"
            "model = tf.keras.Model([inputs, wide], layers.Add()([inputs, wide]))",
            "Add of tensors with different numbers of dimensions",
        ),
    ],
)
def test_what_stops_a_functional_model_is_named(text: str, reason: str) -> None:
    (finding,) = found(f"{HEADER}{FUNCTIONAL}{text}\n")
    assert finding.message.endswith(f"no nn.Module is written for it: {reason}")


def last(text: str) -> Finding:
    """The finding of the model that a program makes last."""
    return found(HEADER + text)[-1]


BLOCK = """\
def block(x, units, activation='relu', name=None, **options):
    if units > 2:
        x = layers.Dense(units, name=name, **options)(x)
    else:
        x = layers.Dropout(0.5)(x)
    return layers.Activation(activation)(x)


"""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param(
            "x = inputs\nfor i, units in enumerate((3, 5)):\n"
            "    x = block(x, units, name='hidden' + str(i))\n",
            ["self.hidden0 = nn.Linear(3, 3)", "self.hidden1 = nn.Linear(3, 5)"],
            id="a loop over units",
        ),
        pytest.param(
            "x = block(inputs, 4, 'tanh', use_bias=False)\n",
            ["self.dense = nn.Linear(3, 4, bias=False)", "return torch.tanh(self.dense(inputs))"],
            id="keywords that are passed on",
        ),
        pytest.param(
            "x = block(block(inputs, 2), units=4)\n",
            ["self.dropout = nn.Dropout(0.5)", "self.dense = nn.Linear(3, 4)"],
            id="a branch that the argument takes",
        ),
        pytest.param(
            "x = layers.concatenate([block(inputs, n) for n in [3, 4] if n != 3] + [inputs])\n",
            ["return torch.cat([x, inputs], dim=1)"],
            id="a comprehension",
        ),
        pytest.param(
            "sizes = {'a': 4}\nx = block(inputs, sizes.get('a') * 2)\n",
            ["self.dense = nn.Linear(3, 8)"],
            id="a dictionary",
        ),
        pytest.param("x = block(inputs, n)\n", [], id="a branch by what only the program knows"),
        pytest.param(
            "x = layers.Lambda(lambda a: 2 * a - 1)(inputs)\n",
            ["return 2 * inputs - 1"],
            id="a Lambda",
        ),
        pytest.param(
            "x = tf.nn.relu(1 - inputs ** 2)\n",
            ["inputs = inputs ** 2", "inputs = 1 - inputs", "return torch.relu(inputs)"],
            id="operators and functions",
        ),
        pytest.param("x = block(inputs, 4)\nx += inputs[0]\n", [], id="an item of a tensor"),
        pytest.param("x = inputs * n\n", [], id="a factor that may be a tensor"),
    ],
)
def test_functions_are_followed(text: str, lines: list[str]) -> None:
    finding = last(f"{BLOCK}inputs = layers.Input((3,))\n{text}model = tf.keras.Model(inputs, x)\n")
    written = [fix.replacement for fix in finding.fixes]
    assert bool(written) == bool(lines), finding.message
    for line in lines:
        assert line in written[0]


BUILT = """\
def {name}(units{default}, top=True):
    model = Sequential([layers.Dense(units, input_shape=(3,))])
    if top:
        model.add(layers.Dense(1))
    return model


"""


@pytest.mark.parametrize(
    ("default", "call", "made"),
    [
        pytest.param("=4", "", "nn.Linear(3, 4)", id="its defaults"),
        pytest.param("", "", "nn.Linear(3, units)", id="a parameter without a default"),
        pytest.param("=4", "net = build(5)\n", "nn.Linear(3, 5)", id="the arguments of its call"),
        pytest.param(
            "=4", "a = build(5)\nb = build(6)\n", "nn.Linear(3, 4)", id="two calls that differ"
        ),
        pytest.param("", "net = build(n)\n", "nn.Linear(3, n)", id="an argument of another name"),
        pytest.param(
            "", "net = build(n + 1)\n", "nn.Linear(3, n + 1)", id="an argument to be worked out"
        ),
    ],
)
def test_the_arguments_of_the_function_that_builds_it(default: str, call: str, made: str) -> None:
    text = written(BUILT.format(name="build", default=default) + call)
    assert f"= {made}\n" in text
    assert text.count("nn.Linear(") == 2


def test_the_function_that_builds_it_may_leave_layers_out() -> None:
    text = written(BUILT.format(name="build", default="") + "net = build(5, top=False)\n")
    assert text.count("nn.Linear(") == 1
    assert '    """As it is made with units=5, top=False."""\n' in text
    assert text.endswith("\nnet = Net()\n")


def test_a_model_that_a_function_returns_is_trained_outside() -> None:
    text = written(
        BUILT.format(name="build", default="")
        + "net = build(5)\nnet.load_weights('a.h5')\nnet.compile('sgd', 'mse')\nnet.fit(x, y)\n"
    )
    assert "fit(inputs_of(x), truth_of(y), epochs=1, batch_size=32)\n" in text
    assert text.endswith("load_keras(model.get_weights()) takes them.\n")


def test_a_function_in_capitals_names_the_class() -> None:
    assert "class Net(nn.Module):\n" in written(BUILT.format(name="Net", default="=4"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = block(inputs)\n", "the call on line 14 cannot be followed"),
        ("x = block(inputs, n)\n", "line 9 assigns 'x' in a branch or loop"),
        (
            "@cached\ndef other(x):\n    return x\nx = other(inputs)\n",
            "the function on line 14 cannot be followed",
        ),
        (
            "def other(x):\n    raise ValueError('no')\nx = other(inputs)\n",
            "line 15 raises",
        ),
        (
            "def other(x):\n    return other(x)\nx = other(inputs)\n",
            "the call on line 15 cannot be followed",
        ),
        ("class Mine:\n    pass\nx = Mine()(inputs)\n", "'Mine' on line 16 is a class of the file"),
        (
            "x = layers.Lambda(lambda a: a[:, 0])(inputs)\n",
            "line 14 is not a Keras layer applied to a tensor",
        ),
        (
            "parts = []\nfor n in sizes:\n    parts.append(inputs)\nx = layers.add(parts)\n",
            "line 16 changes 'parts' in a branch",
        ),
        (
            "x = inputs\nfor i in range(3):\n    if flags[i]:\n        continue\n"
            "    x = layers.Dense(3)(x)\n",
            "line 18 assigns 'x' in a branch or loop",
        ),
        (
            "if deep:\n    def other(x):\n        return x\nx = other(inputs)\n",
            "line 15 defines 'other' in a branch",
        ),
        (
            "x = inputs\ndef other():\n    global x\n    x = layers.Dense(2)(x)\nother()\n",
            "the function on line 15 cannot be followed",
        ),
        (
            "x = layers.Lambda(lambda a: layers.Dense(2)(a))(inputs)\n",
            "the function on line 14 is not written as an expression",
        ),
        (
            "x = layers.Lambda(lambda a: tf.nn.softmax(a))(inputs)\n",
            "the function on line 14 is not written as an expression",
        ),
    ],
)
def test_what_stops_the_following_is_named(text: str, reason: str) -> None:
    finding = last(f"{BLOCK}inputs = layers.Input((3,))\n{text}model = tf.keras.Model(inputs, x)\n")
    assert finding.message.endswith(f"no nn.Module is written for it: {reason}")


def test_arguments_of_keras_1() -> None:
    (finding,) = found(
        "from keras.models import Sequential\n"
        "from keras.layers.convolutional import Convolution2D\n"
        "from keras.layers import BatchNormalization\n"
        "model = Sequential()\n"
        "model.add(Convolution2D(4, 3, 5, border_mode='same', input_shape=(6, 6, 2)))\n"
        "model.add(Convolution2D(4, nb_row=3, nb_col=3, subsample=(2, 2), bias=False))\n"
        "model.add(BatchNormalization(axis=1, mode=0))\n"
    )
    text = finding.fixes[0].replacement
    assert "nn.Conv2d(2, 4, (3, 5))" in text
    assert "nn.Conv2d(4, 4, (3, 3), stride=(2, 2), bias=False)" in text


def test_what_many_layers_share_is_written_once() -> None:
    text = written(
        "model = Sequential([layers.Input((3,))])\n"
        "for i in range(40):\n"
        "    model.add(layers.Dense(3, name=f'hidden_{i}'))\n"
    )
    assert "        def load_linear(layer):\n" in text
    assert "            load_linear(self.hidden_39)\n" in text
    assert text.count("nn.init.") == 2


def test_a_name_that_a_module_has_already_is_not_given_to_a_layer() -> None:
    text = written(f"model = Sequential([{DENSE[:-1]}, name='train')])\n")
    assert "self.dense = nn.Linear" in text


OUTPUTS = """\
inputs = layers.Input((3,))
outputs = [layers.Dense(1, name='a')(inputs), layers.Dense(1, name='b')(inputs)]
net = tf.keras.Model(inputs, outputs)
"""


@pytest.mark.parametrize(
    ("given", "terms"),
    [
        ("'mse'", ["outputs[0]", "+ (outputs[1]"]),
        ("['mse', 'mae'], loss_weights=[w, 1]", ["w * (", "+ 1 * ((outputs[1] - y[1]).abs()"]),
        ("{'b': 'mae', 'a': 'mse'}, loss_weights={'b': 2}", ["(outputs[0]", "+ 2 * ((outputs[1]"]),
        ("{'b': 'mae'}", ["        (outputs[1] - y[1]).abs()"]),
    ],
)
def test_the_losses_of_several_outputs(given: str, terms: list[str]) -> None:
    text = written(f"{OUTPUTS}net.compile('sgd', {given})\nnet.fit(x, y)\n")
    assert text.endswith("# fit is not written: a model with several outputs\n")
    for term in terms:
        assert term in text


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("['mse']", "loss is not given for each output in place"),
        ("{'c': 'mse'}", "loss is not given for each output in place"),
        ("{}", "no output has a loss"),
        ("'mse', loss_weights=w", "loss_weights is not given for each output in place"),
        ("made", "the loss is not in sight"),
    ],
)
def test_what_stops_the_losses_of_several_outputs(given: str, reason: str) -> None:
    text = written(f"{OUTPUTS}net.compile('sgd', {given})\n")
    assert text.endswith(f"# compile is not written: {reason}\n")


def test_what_a_constructor_keeps() -> None:
    text = last(
        "class Net:\n"
        "    def __init__(self, units=4):\n"
        "        self.units = units\n"
        "        self.size, self.depth = 3, 1\n"
        "        self.depth = 2\n"
        "    def block(self, x):\n"
        "        self.wide = 6\n"
        "        return layers.Dense(self.units)(x)\n"
        "    def build(self):\n"
        "        inputs = layers.Input((self.size,))\n"
        "        self.wide = 5\n"
        "        x = self.block(inputs)\n"
        "        self.model = tf.keras.Model(inputs, layers.Dense(self.wide)(x))\n"
    )
    assert "nn.Linear(3, 4)" in text.fixes[0].replacement
    assert "nn.Linear(4, 6)" in text.fixes[0].replacement


def test_the_penalty_of_regularisers() -> None:
    text = written(f"model = Sequential([{DENSE[:-1]}, kernel_regularizer='l1_l2')])\n")
    assert "            0.01 * self.dense.weight.abs().sum()\n" in text
    assert "            + 0.01 * self.dense.weight.square().sum()\n" in text


def test_first_weights_are_drawn_as_keras_does() -> None:
    text = written(
        f"model = Sequential([{DENSE[:-1]}, kernel_initializer='he_normal', bias_initializer="
        "tf.keras.initializers.Constant(0.1))])\n"
    )
    assert "(self.dense.weight, (2 / fans(self.dense.weight)[0]) ** 0.5)\n" in text
    assert "nn.init.constant_(self.dense.bias, 0.1)\n" in text
    assert "def truncated_normal_(weight, stddev):\n" in text


#: What a fixture adds between the functions and the calls of them.
ADDED = re.compile(r"# What the fixture trains with\.\n.*# So far\.\n", re.DOTALL)


def test_the_fixtures_hold_what_is_written() -> None:
    folders = sorted(file.parent for file in (evidence.fixtures() / SYMBOL).glob("*/fixture.toml"))
    folders.extend((evidence.fixtures() / "keras-callback").glob("*"))
    assert len(folders) > 20
    for folder in folders:
        if not (folder / "legacy.py").is_file():
            continue
        (fix,) = found((folder / "legacy.py").read_text("utf-8"))[-1].fixes
        text = ADDED.sub("", (folder / "torch.py").read_text("utf-8"))
        assert text.startswith(fix.replacement)
        assert fix.evidence is not None
