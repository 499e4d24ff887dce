"""What is compared of a call that is made for what it does: files, flags, records of a log.

A row names one of these functions as ``observe``. Its text is executed on both sides, around the
call as it was and as it became, so it imports nothing of this package and runs on Python 3.7.
"""

from __future__ import annotations

import inspect
import logging
import os
import shutil
import stat
import sys
import tempfile
import unittest
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np


def main(argv: list[str]) -> Any:
    """The ``main`` of a program: what it returns is the status with which the program ends."""
    return list(argv)


def _command_line() -> Any:
    """The command line flags of the process, of which both sides have one and the same object."""
    from absl import flags

    return flags.FLAGS


def definition(call: Callable[[], Any]) -> Any:
    """The flag that a call defines: its kind, help, default, and what it makes of the command line.

    The name of the flag must be ``observed``, and a short one ``o``.
    """
    known = _command_line()
    for name in ("observed", "o"):
        if name in known:
            delattr(known, name)
    call()
    defined = known["observed"]
    described: list[Any] = [type(defined).__name__, defined.help, defined.short_name]
    described.append([defined.flag_type(), defined.boolean, defined.default_unparsed])
    texts = ["1", "-3", "0.25", "0", "true", "no", "red", "red,blue", "red blue", "RED", ""]
    for arguments in [[], ["--observed"], ["--noobserved"], *([f"--observed={t}"] for t in texts)]:
        for again in ([], ["--observed=2", "rest"]):
            known.unparse_flags()
            defined.unparse()
            try:
                rest = known(["program", *arguments, *again])
                described.append([_plain(known.observed), list(rest)])
            except Exception as error:
                described.append(type(error).__name__)
    return described


def holder() -> Any:
    """A flag as its definition returns it, for an argument of a call."""
    from absl import flags as module

    if "held" in module.FLAGS:
        del module.FLAGS.held
    return module.DEFINE_integer("held", 3, "A number.")


def parser() -> Any:
    """What makes a number of a text, for an argument of a call."""
    from absl import flags as module

    return module.IntegerParser(lower_bound=0)


def serializer() -> Any:
    """What makes a text of a value, for an argument of a call."""
    from absl import flags as module

    return module.ArgumentSerializer()


def switch() -> Any:
    """A flag that is not yet defined, for an argument of a call."""
    from absl import flags as module

    return module.BooleanFlag("observed", None, "A switch.")


def accepts(value: Any) -> bool:
    """A check of the value of a flag, or of a dictionary of values."""
    return bool((value["number"] if isinstance(value, dict) else value) != -4)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return getattr(value, "name", value)


def parsing(call: Callable[[], Any]) -> Any:
    """What a call returns, or raises, and what parsing says after it.

    Flags ``number``, ``text``, ``yes`` and ``no`` are there: an integer, a string, two switches.
    """
    from absl import flags as module

    known = _command_line()
    for name in ("number", "text", "yes", "no", "alias"):
        if name in known:
            delattr(known, name)
    module.DEFINE_integer("number", 3, "A number.")
    module.DEFINE_string("text", None, "A text.")
    module.DEFINE_boolean("yes", False, "Yes.")
    module.DEFINE_boolean("no", False, "No.")
    known(["program"])
    described: list[Any] = []
    try:
        result = call()
        described.append(_result(result))
        if inspect.isfunction(result):  # A decorator.
            result(accepts)
    except Exception as error:
        described.append([type(error).__name__, str(error)])
    described.append([known.number, known.text, known.yes, known.no])
    for arguments in (
        [],
        ["--text=a"],
        ["--number=-4"],
        ["--yes"],
        ["--yes", "--no"],
        ["--alias=5"],
    ):
        known.unparse_flags()
        try:
            rest = known(["program", "--text=b", *arguments, "rest"])
            described.append([list(rest), known.number, known.text, known.yes, known.no])
        except Exception as error:
            described.append(type(error).__name__)
    known.unparse_flags()
    try:
        described.append(list(known(["program"])))
    except Exception as error:
        described.append(type(error).__name__)
    return described


def _result(value: Any) -> Any:
    """What can be compared of a result: plain values, else the names of types."""
    if isinstance(value, (bool, int, float, str, type(None))):
        return value
    if isinstance(value, (list, tuple)) or inspect.isgenerator(value):
        return [_result(item) for item in value]
    return type(value).__name__


def members(call: Callable[[], Any]) -> Any:
    """The public functions and classes of a module."""
    found = vars(call())
    return sorted(
        name
        for name, value in found.items()
        if name[0] != "_" and callable(value) and not inspect.ismodule(value)
    )


def kind(call: Callable[[], Any]) -> Any:
    """The type of a result, and what it says as an exception."""
    result = call()
    text = str(result) if isinstance(result, Exception) else ""
    return [type(result).__name__, isinstance(result, Exception), text]


def program(call: Callable[[], Any]) -> Any:
    """How a program ends, and the flag ``observed`` that it parsed."""
    from absl import flags as module

    known = _command_line()
    if "observed" not in known:
        module.DEFINE_integer("observed", 0, "A number.")
    kept = sys.argv
    sys.argv = ["program", "--observed=7", "--undefined=1", "rest"]
    sys.modules["__main__"].main = main  # type: ignore[attr-defined]
    try:
        call()
        return "returned"
    except SystemExit as end:
        return [_result(end.code), known.observed]
    except Exception as error:
        return [type(error).__name__, str(error)]
    finally:
        sys.argv = kept


def records(call: Callable[[], Any]) -> Any:
    """What a call logs at each threshold: levels, texts, and the end of a traceback."""
    root, logger = logging.getLogger(), logging.getLogger("tensorflow")
    found: list[Any] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raised = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
            found.append([record.levelno, record.levelname, record.getMessage(), raised])

    collector = Collector()
    kept = root.level, logger.level
    root.addHandler(collector)
    try:
        for level in (logging.NOTSET, *range(0, 60, 5)):
            root.setLevel(level)
            logger.setLevel(level)
            found.append(level)
            try:
                raise KeyError("text")
            except KeyError:
                found.append(_result(call()))
    finally:
        root.removeHandler(collector)
        root.setLevel(kept[0])
        logger.setLevel(kept[1])
    return found


def threshold(call: Callable[[], Any]) -> Any:
    """The thresholds of a program's own log after a call, and what it logs then."""
    name = "tensorflow" if "tensorflow" in sys.modules else ""
    logger = logging.getLogger(name)
    kept = logger.level
    try:
        found = []
        for level in (logging.DEBUG, logging.ERROR):
            logger.setLevel(level)
            found.append([_result(call()), logger.level, logger.getEffectiveLevel()])
            found.append([logger.isEnabledFor(number) for number in range(0, 60, 5)])
        return found
    finally:
        logger.setLevel(kept)


def files(call: Callable[[], Any]) -> Any:
    """What a call returns, or raises, and the files and folders that are there after it.

    Before it, there are files ``a/b/text``, ``a/text`` and ``text``, with their names as contents,
    and an empty folder ``empty``.
    """
    kept = os.getcwd()
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    try:
        os.makedirs(os.path.join("a", "b"))
        os.mkdir("empty")
        for path in ("a/b/text", "a/text", "text"):
            with open(path, "w") as file:
                file.write(f"{path}\nof two lines\n")
        try:
            described = [_contents(call())]
        except Exception as error:
            described = ["raised " + ("OSError" if "Error" in type(error).__name__ else "")]
        for path, folders, names in os.walk("."):
            folders.sort()
            for name in sorted(names):
                with open(os.path.join(path, name), "rb") as binary:
                    described.append([path, name, binary.read()])
            described.append([path, sorted(folders)])
        return described
    finally:
        os.chdir(kept)
        shutil.rmtree(folder)


def made(call: Callable[[], Any]) -> Any:
    """The variable that a call makes: its value, whether it is trained, its name without scopes.

    A parameter of PyTorch has the name of the attribute that holds it: here w.
    """
    scope = getattr(sys.modules.get("tensorflow"), "variable_scope", None)
    if scope is None:
        variable = call()
    else:  # In a scope of its own: a name is taken but once.
        with scope(None, default_name="made"):
            variable = call()
    if hasattr(variable, "requires_grad"):
        return [variable.detach(), variable.requires_grad, "w:0"]
    return [variable, variable.trainable, variable.name.rpartition("/")[2]]


#: The module whose parameters an optimizer of PyTorch gets, by this name.
model: Any = None


def steps(call: Callable[[], Any]) -> Any:
    """The values of a variable after each of some steps of an optimizer, also of tiny gradients."""
    tensorflow = sys.modules.get("tensorflow")
    gradients = [[0.3 * n - 1.0, 1e-4 / n, -2.0 / n] for n in range(1, 7)]
    if tensorflow is None:
        return _steps_of_torch(call, gradients)
    optimizer = call()
    variable = tensorflow.Variable(_START, **_of_graphs(tensorflow, use_resource=True))
    found: list[Any] = []
    for numbers in gradients:
        gradient = tensorflow.constant(numbers)
        # Only the session of TensorFlow 1 asks for an order.
        with tensorflow.control_dependencies(found[-1:]):
            step = optimizer.apply_gradients([(gradient, variable)])
        with tensorflow.control_dependencies([step]):
            found.append(tensorflow.identity(variable))
    return found


_START = [1.0, -2.0, 0.5]


def _steps_of_torch(call: Callable[[], Any], gradients: list[list[float]]) -> Any:
    global model
    import torch

    model = torch.nn.ParameterList([torch.nn.Parameter(torch.tensor(_START))])
    (parameter,) = model.parameters()
    optimizer = call()
    found = []
    for numbers in gradients:
        parameter.grad = torch.tensor(numbers)
        optimizer.step()
        found.append(parameter.detach().clone())
    return found


def _of_graphs(tensorflow: Any, **options: Any) -> dict[str, Any]:
    """Options that TensorFlow 1 takes alone."""
    return options if hasattr(tensorflow, "get_variable") else {}


def _contents(value: Any) -> Any:
    """What can be compared of a result that is about files."""
    if isinstance(value, str):  # The new path, which ``shutil`` gives and TensorFlow does not.
        return None
    if inspect.isgenerator(value):
        entries: list[Any] = list(value)
        return sorted([path, sorted(folders), sorted(names)] for path, folders, names in entries)
    if isinstance(value, list):
        return sorted(value)
    if hasattr(value, "length"):
        return [0 if value.is_directory else value.length, bool(value.is_directory)]
    if hasattr(value, "st_mode"):
        is_folder = stat.S_ISDIR(value.st_mode)
        return [0 if is_folder else value.st_size, is_folder]
    if not hasattr(value, "close"):
        return value
    with value as file:
        if any(letter in file.mode for letter in "wa"):
            file.write(b"written" if "b" in file.mode else "written")
            return None
        found = [file.name, file.mode, os.path.getsize(file.name), file.readline(), file.tell()]
        found.append(list(file))
        file.seek(0)
        return [*found, file.read(4), file.readlines(), file.read()]


def transplanted(call: Callable[[], Any]) -> Any:
    """What a call gives that makes layers, the penalty of its weights, and its moving means.

    The weights are numbers that depend on nothing but their role and their shape, plus the initial
    value where that is not random; a convolution of PyTorch gets those of TensorFlow's layout. A
    layer, as the result of a call, is applied to numbers. The moving means are those after the
    call; the variances are left out, which the frameworks estimate with and without Bessel's
    correction.
    """
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None:
        return _transplanted_to_torch(call)
    if tensorflow.__version__.startswith("1."):
        return _transplanted_to_graph(tensorflow, call)
    return _transplanted_to_keras(tensorflow, call)


#: Names that ``tf.contrib.layers`` has for weights, and what other layers call them.
_ROLES = {
    "weights": "kernel",
    "biases": "bias",
    "depthwise_weights": "depthwise_kernel",
    "pointwise_weights": "pointwise_kernel",
}


def _numbers(name: str, shape: Any) -> Any:
    """Numbers of both signs; those of a variance or deviation are positive."""
    role = name.split(":")[0].split("/")[-1]
    role = _ROLES.get(role, role)
    shape = [int(size) for size in shape]
    numbers = (np.arange(int(np.prod(shape))) * 7 + zlib.crc32(role.encode())) % 13 / 8.0 - 0.7
    if "variance" in role or "stddev" in role:
        numbers = abs(numbers) + 0.2
    return numbers.reshape(shape).astype("float32")


#: The dimensions that layers get between batch and channels, by a part of their names.
_SIZES = {"1D": [7], "2D": [7, 6], "3D": [5, 6, 7], "Fl": [3, 2], "BatchNorm": [7, 6]}


def _applied(tf: Any, layer: Any) -> Any:
    """What a layer makes of numbers, as many dimensions of them as its name says."""
    kind = type(layer).__name__
    if kind == "Dropout":
        return [layer(tf.ones([2])), tf.reduce_max(layer(tf.ones([100]), training=True))]
    found = [size for name, size in _SIZES.items() if name in kind] or [[]]
    inputs = tf.constant(_numbers("inputs", [2, *found[0], channels]))
    if "BatchNorm" in kind:
        return layer(inputs, training=True)
    return layer(inputs)


#: The channels of the numbers that a layer gets, by this name.
channels = 4


def _applied_in_torch(layer: Any) -> Any:
    """What a module makes of the same numbers, whose channels are second."""
    import torch
    from torch import nn

    if isinstance(layer, nn.Dropout):
        return [layer.eval()(torch.ones([2])), torch.max(layer.train()(torch.ones([100])))]
    kind = type(next(layer.children(), layer)).__name__
    found = [size for name, size in _SIZES.items() if name.lower() in kind.lower()] or [[]]
    inputs = torch.tensor(_numbers("inputs", [2, *found[0], channels]))
    if isinstance(layer, nn.Flatten):
        return layer(inputs)
    return layer(inputs.movedim(-1, 1)).movedim(1, -1)


def _transplanted_to_graph(tf: Any, call: Callable[[], Any]) -> Any:
    def weight(getter: Any, name: str, **options: Any) -> Any:
        first = options.get("initializer")

        def initial(shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
            numbers = tf.constant(_numbers(name, shape), dtype)
            if first is None or "stddev" in name:
                return numbers
            draw: Any = first() if inspect.isclass(first) else first
            known = tf.get_static_value(draw(shape, dtype=dtype))  # Of what is not random.
            return numbers if known is None else numbers + known

        return getter(name=name, **{**options, "initializer": initial})

    with tf.variable_scope(tf.get_variable_scope(), custom_getter=weight):
        result = call()
        if isinstance(result, tf.keras.layers.Layer):
            result = _applied(tf, result)
    losses = tf.losses.get_regularization_losses()
    total = tf.add_n(losses) if losses else tf.constant(0.0)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        means = [v.read_value() for v in tf.global_variables() if "moving_mean" in v.name]
    return [result, total, means]


def _transplanted_to_keras(tf: Any, call: Callable[[], Any]) -> Any:
    kind = tf.keras.layers.Layer
    add_weight = kind.add_weight
    layers, means = [], []

    def weight(self: Any, *arguments: Any, **options: Any) -> Any:
        variable = add_weight(self, *arguments, **options)
        first = options.get("initializer")
        first = "glorot_uniform" if first is None else first
        first = tf.keras.initializers.get(first)
        numbers = _numbers(options["name"], variable.shape)
        is_constant = not ("random" in type(first).__module__ or "stddev" in options["name"])
        variable.assign(numbers + variable.numpy() if is_constant else numbers)
        if self not in layers:
            layers.append(self)
        if "moving_mean" in options["name"]:
            means.append(variable)
        return variable

    kind.add_weight = weight
    try:
        result = call()
        if isinstance(result, kind):
            result = _applied(tf, result)
    finally:
        kind.add_weight = add_weight
    total = sum((loss for layer in layers for loss in layer.losses), tf.constant(0.0))
    return [result, total, [tf.constant(mean.numpy()) for mean in means]]


def _transplanted_to_torch(call: Callable[[], Any]) -> Any:
    import torch
    from torch import nn

    modules: list[Any] = []

    def fill(module: Any) -> None:
        weight = module.weight
        roles = {"bias": "bias"}
        if module in modules:
            return
        if weight is None:  # A normalisation without one.
            roles, numbers = {"running_mean": "moving_mean"}, None
        elif isinstance(module, nn.Linear):
            numbers = _numbers("kernel", reversed(weight.shape)).T
        elif isinstance(module, nn.Embedding):
            numbers = _numbers("embeddings", weight.shape)
        elif weight.dim() == 1:
            roles = {"bias": "beta", "running_mean": "moving_mean"}
            roles["running_var"] = "moving_variance"
            numbers = _numbers("gamma", weight.shape) + 1.0
        else:
            numbers = _kernel(module, any(getattr(one, "groups", 1) > 1 for one in modules))
        modules.append(module)
        with torch.no_grad():
            if weight is not None:
                weight.copy_(torch.tensor(np.ascontiguousarray(numbers)))
            for attribute, role in roles.items():
                held = getattr(module, attribute, None)
                if held is not None:
                    held.copy_(torch.tensor(_numbers(role, held.shape)))
                    held += 1.0 if role == "moving_variance" else 0.0

    def filling(forward: Any) -> Any:
        def filled(self: Any, *arguments: Any, **options: Any) -> Any:
            fill(self)
            return forward(self, *arguments, **options)

        return filled

    # A hook would be called before a lazy module knows its shape.
    names = "Linear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d"
    kinds = [getattr(nn, name) for name in names.split()]
    kinds += [nn.Embedding, nn.LayerNorm, nn.GroupNorm, nn.BatchNorm1d.__base__]
    kept = {kind: kind.forward for kind in kinds}
    try:
        for kind in kinds:
            kind.forward = filling(kind.forward)
        result = call()
        if isinstance(result, nn.Module):
            result = _applied_in_torch(result)
    finally:
        for kind, forward in kept.items():
            kind.forward = forward
    means = [one.running_mean.clone() for one in modules if hasattr(one, "running_mean")]
    return [result, torch.zeros(()), means]


def _kernel(module: Any, is_second: bool) -> Any:
    """The numbers of a convolution, which TensorFlow lays out with the channels last.

    :param is_second: whether a depthwise convolution came before.
    """
    first, second, *sizes = module.weight.shape
    axes = list(range(len(sizes)))
    if module.transposed:
        return _numbers("kernel", (*sizes, second, first)).transpose(-1, -2, *axes)
    if module.groups == 1:
        role = "pointwise_kernel" if is_second else "kernel"
        return _numbers(role, (*sizes, second, first)).transpose(-1, -2, *axes)
    channels = module.groups
    numbers = _numbers("depthwise_kernel", (*sizes, channels, first // channels))
    return numbers.reshape(*sizes, 1, first).transpose(-1, -2, *axes)


def drawn_kernel(call: Callable[[], Any]) -> Any:
    """The weights of a convolution that an initialiser gives, a million of them."""
    return call()([5, 5, 200, 200])


def penalty(call: Callable[[], Any]) -> Any:
    """What a regulariser makes of two arrays of weights; one that is off may give None."""
    regularizer = call()
    weights = [_numbers("kernel", shape) for shape in ((5, 3), (7,))]
    framework = sys.modules.get("tensorflow") or sys.modules["torch"]
    convert = getattr(framework, "convert_to_tensor", None) or framework.tensor
    found = [None if regularizer is None else regularizer(convert(one)) for one in weights]
    return [np.float32(0.0) if one is None else one for one in found]


def elements(call: Callable[[], Any]) -> Any:
    """What a transformation makes of a dataset of vectors, whose lengths differ."""
    import tensorflow as tf

    def vector(number: Any) -> Any:
        return tf.range(number, number + number % 5 + 1)

    dataset = tf.data.Dataset.range(11).map(vector).apply(call())
    found = []
    if tf.executing_eagerly():
        found = list(dataset)
    else:
        following = tf.compat.v1.data.make_one_shot_iterator(dataset).get_next()
        with tf.compat.v1.Session() as session:
            try:
                while True:
                    found.append(session.run(following))
            except tf.errors.OutOfRangeError:
                pass
    return [_arrays(element) for element in found]


def _arrays(element: Any) -> Any:
    """The arrays of an element; those of a sparse tensor in the order of its constructor."""
    if hasattr(element, "dense_shape"):
        return [_arrays(part) for part in (element.indices, element.values, element.dense_shape)]
    if isinstance(element, (list, tuple)):
        return [_arrays(part) for part in element]
    return element.numpy() if hasattr(element, "numpy") else element


def recurrent(call: Callable[[], Any]) -> Any:
    """What a recurrent cell, or a loop over one, computes: outputs and states, h before c.

    The weights are numbers that depend on nothing but their role and their shape, plus the initial
    value of biases; on the modern side they are those that TensorFlow 1 had, rearranged. A cell, as
    the result of a call, is applied to numbers, and differentiated by them. That of PyTorch is a
    layer; its states are taken without their first dimension, which is of layers.
    """
    tf = sys.modules.get("tensorflow")
    if tf is None:
        return _recurrent_torch(call)
    inputs = tf.constant(_numbers("inputs", [3, 4, input_size]))
    if tf.__version__.startswith("1."):
        found, gradient = _recurrent_graph(tf, call, inputs)
    else:
        found, gradient = _recurrent_keras(tf, call, inputs)
    return [found, gradient]


def cell(name: str, units: int) -> Any:
    """A recurrent cell, for an argument of a call; in PyTorch a layer."""
    tf = sys.modules.get("tensorflow")
    if tf is None:
        return _layer_of_torch(name, units)
    if tf.__version__.startswith("1."):
        named = {"SimpleRNN": "BasicRNNCell", "GRU": "GRUCell", "LSTM": "BasicLSTMCell"}
        return getattr(tf.nn.rnn_cell, named[name])(units)
    options = {"reset_after": False} if name == "GRU" else {}
    made = getattr(tf.keras.layers, f"{name}Cell")(units, **options)
    if name == "GRU":
        made.bias_initializer = tf.keras.initializers.Constant([1.0] * 2 * units + [0.0] * units)
    return made


def _recurrent_graph(tf: Any, call: Callable[[], Any], inputs: Any) -> Any:
    roles = {"w_ru": "kernel", "w_c": "kernel", "b_ru": "bias", "b_c": "bias"}

    def weight(getter: Any, name: str, **options: Any) -> Any:
        first: Any = options.get("initializer")
        role = name.split("/")[-1]

        def initial(shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
            numbers = tf.constant(_numbers(roles.get(role, role), shape), dtype)
            if len(shape) > 1:
                return numbers
            made: Any = first() if inspect.isclass(first) else first
            return numbers + made(shape, dtype=dtype)

        return getter(name=name, **{**options, "initializer": initial})

    with tf.variable_scope(tf.get_variable_scope(), custom_getter=weight):
        found = call()
        if not hasattr(found, "state_size"):
            return _states_first(found), []
        found = tf.nn.dynamic_rnn(found, inputs, dtype=tf.float32)
    return _states_first(found), tf.gradients(tf.reduce_sum(found[0] ** 2), inputs)


def _states_first(value: Any) -> Any:
    """Results of TensorFlow 1 in one list; of a state with names, h comes first."""
    if hasattr(value, "h"):
        return [value.h, value.c]
    if isinstance(value, (list, tuple)):
        return [one for item in value for one in _states_first(item)]
    return [value]


def _recurrent_keras(tf: Any, call: Callable[[], Any], inputs: Any) -> Any:
    kind = tf.keras.layers.RNN
    inherited = kind.__call__
    filled: list[Any] = []

    def fill(cell: Any) -> None:
        for one in getattr(cell, "cells", [cell]):
            if one not in filled:
                filled.append(one)
                kernel, recurrent_kernel, bias = _rearranged(one, one.kernel.shape[0], one.units)
                one.set_weights([kernel, recurrent_kernel, bias + one.bias.numpy()])

    def filling(self: Any, sequences: Any, *arguments: Any, **options: Any) -> Any:
        if not self.built:
            self.build(sequences.shape)
        fill(self.cell)
        return inherited(self, sequences, *arguments, **options)

    kind.__call__ = filling
    try:
        found = call()
        if not hasattr(found, "state_size"):
            return tf.nest.flatten(found), []
        layer = kind(found, return_sequences=True, return_state=True)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            found = tf.nest.flatten(layer(inputs))
            value = tf.reduce_sum(found[0] ** 2)
        return found, [tape.gradient(value, inputs)]
    finally:
        del kind.__call__


def _rearranged(cell: Any, rows: int, units: int) -> list[Any]:
    """Two kernels and a bias, of the numbers that the cell of TensorFlow 1 has.

    The gates stand as in Keras, which is also how they stand in PyTorch's LSTM.
    """
    name = type(cell).__name__

    def parts(gates: int) -> Any:
        kernel = _numbers("kernel", [rows + units, gates * units])
        bias = _numbers("bias", [gates * units])
        together = np.concatenate([kernel, bias[None]])
        return np.split(together, gates, axis=1)

    if "LSTM" in name:
        i, c, f, o = parts(4)
        gates = [i, f, c, o]
    elif name == "GRUCell":
        (r, z), (candidate,) = parts(2), parts(1)
        gates = [z, r, candidate]
    else:
        gates = parts(1)
    kernel, recurrent_kernel, bias = np.split(np.concatenate(gates, 1), [rows, rows + units])
    return [kernel, recurrent_kernel, bias[0]]


#: The size of the numbers that a recurrent layer of PyTorch gets, by this name.
input_size = 5


def _layer_of_torch(name: str, units: int) -> Callable[..., Any]:
    from torch import nn

    kinds = {"SimpleRNN": nn.RNN, "LSTM": nn.LSTM}  # That of a GRU resets after the product.

    def layer(inputs: Any) -> Any:
        return kinds[name](inputs.data.shape[-1], units, batch_first=True)(inputs)

    return layer


def _recurrent_torch(call: Callable[[], Any]) -> Any:
    import torch
    from torch import nn

    states: list[Any] = []

    def fill(module: Any) -> None:
        kernel, recurrent_kernel, bias = _rearranged(module, module.input_size, module.hidden_size)
        if isinstance(module, nn.LSTM):  # TensorFlow 1 added 1, unless another number is given.
            bias[module.hidden_size : 2 * module.hidden_size] += 1.0
        with torch.no_grad():
            module.weight_ih_l0.copy_(torch.tensor(kernel.T.copy()))
            module.weight_hh_l0.copy_(torch.tensor(recurrent_kernel.T.copy()))
            module.bias_ih_l0.copy_(torch.tensor(bias))
            module.bias_hh_l0.zero_()

    def filling(forward: Any) -> Any:
        def filled(self: Any, *arguments: Any, **options: Any) -> Any:
            fill(self)
            outputs, state = forward(self, *arguments, **options)
            states.extend(_leaves(state))
            return outputs, state

        return filled

    kinds: list[Any] = [nn.RNN, nn.LSTM]
    kept = [(kind, kind.forward) for kind in kinds]
    try:
        for kind, forward in kept:
            kind.forward = filling(forward)
        found, gradient = call(), []
        if isinstance(found, nn.Module):
            inputs = torch.tensor(_numbers("inputs", [3, 4, input_size])).requires_grad_()
            found = found(inputs)
            gradient = list(torch.autograd.grad(torch.sum(found[0] ** 2), inputs))
    finally:
        for kind, forward in kept:
            kind.forward = forward
    leaves = _leaves(found)
    return [[one[0] if any(one is state for state in states) else one for one in leaves], gradient]


def _leaves(value: Any) -> list[Any]:
    """The tensors in nested lists and tuples."""
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def schedule(call: Callable[[], Any]) -> Any:
    """The learning rates that a schedule gives, at its beginning, within, at and after its end."""
    made = call()
    return [made(step) for step in (0, 1, 3, 5, 8, 10, 25)]


def raises(call: Callable[[], Any]) -> bool:
    """Whether a call raises, or what it adds to a graph does when it runs."""
    try:
        result = call()
        if hasattr(result, "op_def"):
            import tensorflow as tf

            with tf.compat.v1.Session(graph=result.graph) as session:
                session.run(result)
    except Exception:
        return True
    return False


def stated(call: Callable[[], Any]) -> Any:
    """What an object was made with: its attributes that are numbers, names or types."""
    return {
        name: value if isinstance(value, (bool, int, float, str)) else str(value)
        for name, value in vars(call()).items()
        if not isinstance(value, (dict, list, set))
    }


def up_to_sign(call: Callable[[], Any]) -> Any:
    """Eigenvalues, and of each eigenvector the products of its numbers, which have one sign."""
    values, vectors = call()
    if len(vectors.shape) < 2:  # They were not asked for.
        return [values, vectors]
    return [values, vectors[..., :, None, :] * vectors[..., None, :, :]]


def fields(call: Callable[[], Any]) -> Any:
    """The fields of a named tuple that it has in all releases."""
    made = call()
    names = ("key", "vocabulary_file", "vocabulary_size", "num_oov_buckets", "dtype")
    return [getattr(made, name) for name in (*names, "default_value")]


def filled(call: Callable[[], Any]) -> Any:
    """The matrix that an initialiser gives."""
    return _initialised(call(), (3, 5))


def drawn(call: Callable[[], Any]) -> Any:
    """The random numbers that an initialiser gives for a matrix, and for filters of images."""
    initializer = call()
    return [_initialised(initializer, shape) for shape in ((500, 400), (3, 4, 100, 150))]


def drawn_matrix(call: Callable[[], Any]) -> Any:
    """The random numbers that an initialiser gives for a matrix."""
    return _initialised(call(), (500, 400))


def _initialised(initializer: Any, shape: tuple[int, ...]) -> Any:
    """A tensor with the outputs last. One of PyTorch has them first, and is there before."""
    if "tensorflow" in sys.modules:
        return initializer(shape, dtype=sys.modules["tensorflow"].float32)
    *place, inputs, outputs = shape
    tensor = initializer(sys.modules["torch"].empty(outputs, inputs, *place))
    return tensor.permute(*range(2, len(shape)), 1, 0)


def repeated(call: Callable[[], Any]) -> Any:
    """The first numbers of what a call gives, made again and again: each time it draws others."""
    made = [call() for _ in range(400)]
    if "tensorflow" in sys.modules:
        tf = sys.modules["tensorflow"]
        return tf.stack([tf.reshape(one, [-1])[0] for one in made])
    return sys.modules["torch"].stack([one.flatten()[0] for one in made])


def extremes(call: Callable[[], Any]) -> Any:
    """The least and the greatest number at each place of what a call gives, made again and again.

    So it shows which results there are, of a call that chooses one of few.
    """
    made = [call() for _ in range(150)]
    if "tensorflow" in sys.modules:
        tf = sys.modules["tensorflow"]
        return [tf.reduce_min(tf.stack(made), 0), tf.reduce_max(tf.stack(made), 0)]
    together = sys.modules["torch"].stack(made)
    return [together.amin(0), together.amax(0)]


def dense(call: Callable[[], Any]) -> Any:
    """The matrix that a linear operator stands for; PyTorch has the matrix itself."""
    return call().to_dense()


def reseeded(call: Callable[[], Any]) -> bool:
    """Whether the random numbers after a call are the same when the call is made again."""
    drawn = []
    for _ in range(2):
        if "tensorflow" not in sys.modules:
            call()
            drawn.append(sys.modules["torch"].randn(5))
            continue
        tf = sys.modules["tensorflow"]
        if tf.executing_eagerly():
            call()
            drawn.append(tf.random.normal([5]).numpy())
            continue
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            call()
            drawn.append(session.run(tf.random.normal([5])))
    return bool((drawn[0] == drawn[1]).all())


def rows(call: Callable[[], Any]) -> Any:
    """The elements of a dataset, in one array for each part of them."""
    dataset = call()
    if "tensorflow" not in sys.modules:
        loader = sys.modules["torch"].utils.data.DataLoader(dataset, batch_size=1000)
        return list(next(iter(loader)))
    tf = sys.modules["tensorflow"]
    together = dataset.batch(1000)
    if tf.executing_eagerly():
        return _parts(next(iter(together)))
    following = tf.compat.v1.data.make_initializable_iterator(together)
    with tf.control_dependencies([following.initializer]):
        return _parts(following.get_next())


def _parts(element: Any) -> list[Any]:
    return list(element) if isinstance(element, tuple) else [element]


def asserting(call: Callable[[], Any]) -> Any:
    """What the assertions of a test case raise."""
    case = call()
    tried: list[tuple[str, tuple[Any, ...]]] = [
        ("assertEqual", (1, 1)),
        ("assertEqual", ([1], [2])),
        ("assertTrue", ([],)),
        ("assertIn", (3, {3: 4})),
        ("assertAlmostEqual", (1.0, 1.1)),
        ("assertRaises", (ValueError, int, "text")),
        ("assertRaises", (ValueError, int, "3")),
        ("fail", ("failed",)),
    ]
    found: list[Any] = []
    for name, arguments in tried:
        try:
            found.append(repr(getattr(case, name)(*arguments)))
        except Exception as error:
            found.append([type(error).__name__, str(error)])
    return found


def testing(call: Callable[[], Any]) -> Any:
    """How a program ends that runs its tests, and which of them ran."""
    ran: list[str] = []
    failing: list[bool] = []

    class Tests(unittest.TestCase):
        def test_first(self) -> None:
            ran.append("first")

        def test_second(self) -> None:
            ran.append("second")
            if failing:
                self.fail("failed")

    kept = sys.argv
    main = sys.modules["__main__"]
    sys.argv = ["program"]
    main.Tests = Tests  # type: ignore[attr-defined]
    found: list[Any] = []
    try:
        for _ in range(2):
            try:
                found.append(_result(call()))
            except SystemExit as end:
                found.append(bool(end.code))
            failing.append(True)
        return [found, ran]
    finally:
        sys.argv = kept
        del main.Tests


def within(call: Callable[[], Any]) -> Any:
    """What is computed within a context."""
    with call():
        return sys.modules["tensorflow"].range(3) + 1


def serialized(call: Callable[[], Any]) -> Any:
    """The bytes of a message."""
    return call().SerializeToString()


def decoded(call: Callable[[], Any]) -> Any:
    """The image that was encoded: the bytes depend on the library of the format."""
    return sys.modules["tensorflow"].image.decode_image(call())


def result(call: Callable[[], Any]) -> Any:
    """What a call gives; of one that is executed, and only shown."""
    return call()
