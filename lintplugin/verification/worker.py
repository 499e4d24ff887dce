"""Executes one side of a pair, in the interpreter and the framework of that side.

Started by path, ``python worker.py theano``, by any Python from 3.7 on that has NumPy and the
framework. The process loads the framework once and forks a child for every job, so that a job that
crashes, hangs or grows takes nothing with it. No framework here starts threads or devices when it
is imported, only at its first operation, and that happens in the children.

Jobs come on standard input and outcomes leave on standard output, as frames: a number of 8 bytes
that the outcome repeats, the length of the rest in 8 bytes, and an encoded dictionary (see
:func:`encode`). The first outcome, number 0, says what was loaded.
"""

# ruff: noqa: B905 - zip() of Python 3.7 knows no strict

from __future__ import annotations

import argparse
import contextlib
import importlib
import inspect
import json
import math
import os
import platform
import queue
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import types
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

import numpy as np

FRAME = struct.Struct(">QQ")
_TREE_LENGTH = struct.Struct(">Q")

#: Seconds between two looks at the running children.
_TICK = 0.005

#: macOS has fork, but its system libraries do not survive one.
_FORKS = hasattr(os, "fork") and sys.platform != "darwin"

_SEED = 1234


def flatten(value: Any, arrays: list[Any]) -> Any:
    """The JSON form of a value; the arrays in it are appended to ``arrays`` in order.

    Accepts None, bool, int, float, complex, str, bytes, lists, tuples, dictionaries, NumPy scalars
    (which become arrays of no dimension) and arrays.

    :raises TypeError: for anything else.
    """
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin-1")}
    if isinstance(value, tuple):
        return {"tuple": [flatten(item, arrays) for item in value]}
    if isinstance(value, list):
        return [flatten(item, arrays) for item in value]
    if isinstance(value, dict):
        return {"dict": [[flatten(k, arrays), flatten(v, arrays)] for k, v in value.items()]}
    if isinstance(value, (np.ndarray, np.generic, complex)):
        array = np.asarray(value)
        if array.dtype.kind == "O":
            return flatten(array.tolist(), arrays)
        if array.dtype.kind in "biufcUS":
            arrays.append(array)
            return {"array": [array.dtype.str, list(array.shape)]}
        raise TypeError(f"an array of {array.dtype} cannot be compared")
    raise TypeError(f"a {type(value).__name__} cannot be compared")


def restore(tree: Any, take: Callable[[Any, tuple[int, ...]], Any]) -> Any:
    """The inverse of :func:`flatten`; ``take`` gives the next array of a dtype and shape."""
    if isinstance(tree, list):
        return [restore(item, take) for item in tree]
    if isinstance(tree, dict):
        ((tag, content),) = tree.items()
        if tag == "array":
            return take(np.dtype(content[0]), tuple(content[1]))
        if tag == "dict":
            return {restore(k, take): restore(v, take) for k, v in content}
        if tag == "tuple":
            return tuple(restore(item, take) for item in content)
        return content.encode("latin-1") if tag == "bytes" else float(content)
    return tree


def encode(value: Any) -> bytes:
    """A value as bytes that any Python and any NumPy reads: no pickle, no ``.npy`` header."""
    arrays: list[Any] = []
    tree = json.dumps(flatten(value, arrays)).encode()
    return b"".join([_TREE_LENGTH.pack(len(tree)), tree, *(array.tobytes() for array in arrays)])


def decode(data: bytes) -> Any:
    """The inverse of :func:`encode`."""
    (length,) = _TREE_LENGTH.unpack_from(data)
    position = _TREE_LENGTH.size + length
    tree = json.loads(data[_TREE_LENGTH.size : position].decode())

    def take(dtype: Any, shape: tuple[int, ...]) -> Any:
        nonlocal position
        count = int(np.prod(shape, dtype=np.int64))
        array = np.frombuffer(data, dtype, count, position) if count else np.empty(0, dtype)
        position += array.nbytes
        return array.reshape(shape).copy()

    return restore(tree, take)


def write_frame(stream: IO[bytes], number: int, payload: bytes) -> None:
    stream.write(FRAME.pack(number, len(payload)))
    stream.write(payload)
    stream.flush()


def read_frame(stream: IO[bytes]) -> tuple[int, bytes] | None:
    """The next frame, None at the end of the stream."""
    head = stream.read(FRAME.size)
    if len(head) < FRAME.size:
        return None
    number, length = FRAME.unpack(head)
    payload = stream.read(length)
    return (number, payload) if len(payload) == length else None


def weights(shape: tuple[int, ...], dtype: Any) -> Any:
    """The fixed array that an output is multiplied by before it is summed and differentiated.

    Multiples of 1/16 of both signs, exact in every float type, so that both sides use the same.
    """
    count = int(np.prod(shape, dtype=np.int64))
    return ((np.arange(count) * 7 % 13 - 5.5) / 8).astype(dtype).reshape(shape)


def is_floating(dtype: Any) -> bool:
    return bool(np.dtype(dtype).kind == "f")


def leaves(value: Any) -> Iterator[Any]:
    """Items of nested lists, tuples and dictionaries, in order."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    else:
        yield value


def rebuild(value: Any, leaf: Callable[[Any], Any]) -> Any:
    """The same nesting with each leaf replaced, in the order of :func:`leaves`."""
    if isinstance(value, tuple):
        return tuple(rebuild(item, leaf) for item in value)
    if isinstance(value, list):
        return [rebuild(item, leaf) for item in value]
    if isinstance(value, dict):
        return {key: rebuild(item, leaf) for key, item in value.items()}
    return leaf(value)


class DeviceMissingError(Exception):
    """The device that was asked for is not there."""


class Runtime:
    """NumPy alone, and what the frameworks have in common.

    :param device: ``cpu`` or ``cuda``.
    """

    #: Modules to import; the first is the framework.
    modules: Sequence[str] = ("numpy",)
    #: Modules that the framework would import in every job, where its version has them.
    lazy: Sequence[str] = ()
    #: What the version must begin with.
    major = ""

    def __init__(self, device: str) -> None:
        self.device = device
        self.framework: Any = None
        self.path = ""

    def load(self) -> str:
        """Import the framework and return its version; starts no thread and no device.

        :raises ImportError: also for a version that this is not the runtime of.
        """
        self.framework, *_ = [importlib.import_module(name) for name in self.modules]
        # For CUDA not: one of them might look for devices, which a fork does not survive.
        for name in self.lazy if self.device == "cpu" else ():
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        version = str(self.framework.__version__)
        if not version.startswith(self.major):
            raise ImportError(f"version {self.major} is needed, {version} was found")
        return version

    def start(self) -> None:
        """Called once in the process of a job, before anything else.

        :raises DeviceMissingError: when the device is not there.
        """

    def seed(self) -> None:
        """Make random numbers those of every run."""
        random.seed(_SEED)
        np.random.seed(_SEED)

    def reset(self) -> None:
        """Forget what an earlier program left in the framework, and seed it."""
        self.seed()

    def attempt(self, action: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
        """What the action returns, or ``{"raised": type, "text": …, …}``.

        :raises MemoryError: when memory ran out, which is the business of the whole job.
        """
        try:
            result = action(*arguments)
            flatten(result.get("value"), [])
            return result
        except (Exception, SystemExit) as error:
            if _is_exhaustion(error):
                raise MemoryError(str(error)) from error
            frames = traceback.extract_tb(error.__traceback__)
            text = str(error).strip()
            return {
                "raised": type(error).__name__,
                "bases": [base.__name__ for base in type(error).__mro__],
                "text": text if len(text) <= 2000 else text[:2000] + "…",
                "lines": [frame.lineno for frame in frames if frame.filename == self.path],
            }

    def names(self) -> dict[str, Any]:
        """Names that expressions may use."""
        return {"np": np, "math": math}

    def tensor(self, array: Any) -> Any:
        """The framework's tensor of an array."""
        return array

    def array(self, value: Any) -> Any:
        """What a leaf of a result is in NumPy; values of Python pass."""
        return value

    def evaluate(
        self, functions: Sequence[Callable[..., Any]], group: dict[str, Any]
    ) -> list[list[dict[str, Any]]]:
        """Call each function on as many samples as it should be: outcomes by function."""
        return [
            [
                self.attempt(self.differentiate, function, sample, group["gradient"])
                for sample in group["samples"][:count]
            ]
            for function, count in zip(functions, group["counts"])
        ]

    def differentiate(
        self, function: Callable[..., Any], sample: dict[str, Any], gradient: bool
    ) -> dict[str, Any]:
        """Value of the function, and the gradient of its weighted sum by each float input."""
        value = function(**{name: self.tensor(array) for name, array in sample.items()})
        return {"value": rebuild(value, self.array)}


class Theano(Runtime):
    modules = ("theano", "theano.tensor")

    #: What each module that Theano compiles includes, and takes half of the time to read.
    _HEADERS = (
        "Python.h",
        "algorithm",
        "iostream",
        "math.h",
        "numpy/arrayobject.h",
        "numpy/arrayscalars.h",
        "vector",
    )

    #: Modules of Theano that it compiles when they are imported, which it would in every job.
    _COMPILED = (
        "theano.gof.cutils",
        "theano.gof.lazylinker_c",
        "theano.scan_module.scan_perform_ext",
    )

    def load(self) -> str:
        version = super().load()
        self._compile_fast()
        return version

    def _compile_fast(self) -> None:
        """Have C code compiled without optimisation, with its headers read once for all.

        A module is compiled in a quarter of the time, and runs once or twice on small arrays.
        """
        config = self.framework.config
        cmodule = importlib.import_module("theano.gof.cmodule")
        if not config.cxx or os.name == "nt":
            return
        for name in self._COMPILED:
            importlib.import_module(name)
        config.gcc.cxxflags += " -O0 -g0 -fmath-errno"
        command = [config.cxx, "-g", *cmodule.GCC_compiler.compile_args()]
        command += ["-I" + folder for folder in cmodule.std_include_dirs()]
        command += ["-fvisibility=hidden", "-x", "c++-header"]
        key = zlib.crc32(" ".join([*command, str(cmodule.gcc_version())]).encode())
        folder = os.path.join(config.compiledir, f"headers_{key:08x}")
        header = os.path.join(folder, "headers.hpp")
        if not os.path.isdir(folder):
            made = tempfile.mkdtemp(prefix="headers_", dir=config.compiledir)
            source = os.path.join(made, "headers.hpp")
            with open(source, "w") as file:
                file.writelines(f"#include <{name}>\n" for name in self._HEADERS)
            done = subprocess.run(
                [*command, source, "-o", source + ".gch"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            if done.returncode == 0:
                with contextlib.suppress(OSError):  # Another process was faster.
                    os.rename(made, folder)
            shutil.rmtree(made, ignore_errors=True)
        if os.path.isfile(header):
            config.gcc.cxxflags += " -include " + header

    def names(self) -> dict[str, Any]:
        return {**super().names(), "theano": self.framework, "T": self.framework.tensor}

    def array(self, value: Any) -> Any:
        if isinstance(value, self.framework.compile.SharedVariable):
            return value.get_value()
        if isinstance(value, self.framework.Variable):
            # In Python: a graph of constants would be compiled anew for every sample.
            mode = self.framework.compile.mode.Mode("py", "fast_run")
            mode = mode.excluding("conv_gemm", "fusion")
            return self.framework.function([], value, mode=mode)()
        return value

    def evaluate(
        self, functions: Sequence[Callable[..., Any]], group: dict[str, Any]
    ) -> list[list[dict[str, Any]]]:
        """One compiled graph serves all samples, and all functions that build the same graph."""
        symbols = {
            name: self.framework.tensor.TensorType(
                str(array.dtype),
                [axis in group["ones"].get(name, ()) for axis in range(array.ndim)],
            )(name)
            for name, array in group["samples"][0].items()
        }
        graphs: list[_TheanoGraph] = []
        outcomes = []
        for function, count in zip(functions, group["counts"]):
            built = self.attempt(self._build, function, symbols, group["gradient"])
            if "raised" in built:
                outcomes.append([built] * count)
                continue
            graph = built["graph"]
            same = [other for other in graphs if graph.is_same(other)]
            if not same:
                graphs.append(graph)
            outcomes.append(
                [
                    self.attempt((same or [graph])[0].evaluate, sample)
                    for sample in group["samples"][:count]
                ]
            )
        return outcomes

    def _build(
        self, function: Callable[..., Any], symbols: dict[str, Any], gradient: bool
    ) -> dict[str, Any]:
        return {"graph": _TheanoGraph(self.framework, function(**symbols), symbols, gradient)}


class _TheanoGraph:
    """A symbolic result with the gradients of its weighted sum, compiled when first evaluated.

    :param value: Theano variables and Python values in lists, tuples and dictionaries.
    :param symbols: the inputs, by name.
    """

    def __init__(self, theano: Any, value: Any, symbols: dict[str, Any], gradient: bool) -> None:
        self.theano = theano
        self.value = value
        self.symbols = symbols
        self.variables = [leaf for leaf in leaves(value) if self._is_variable(leaf)]
        self.outputs = [
            place
            for place, variable in enumerate(self.variables)
            if is_floating(getattr(variable, "dtype", object))
        ]
        self.by = [name for name, symbol in symbols.items() if is_floating(symbol.dtype)]
        if not (gradient and self.outputs):
            self.by = []
        self._exists: list[bool] = []
        self._forward: Callable[..., Any] | None = None
        self._backward: Callable[..., Any] | None = None

    def _is_variable(self, leaf: Any) -> bool:
        return isinstance(leaf, self.theano.Variable)

    def is_same(self, other: _TheanoGraph) -> bool:
        """Whether the other graph does the same operations on the same inputs."""
        same = self.theano.gof.graph.is_same_graph
        return len(self.variables) == len(other.variables) and all(
            map(same, self.variables, other.variables)
        )

    def _compile(self) -> None:
        theano = self.theano
        inputs = list(self.symbols.values())
        if self.by:
            outputs = [self.variables[place] for place in self.outputs]
            factors = [output.type() for output in outputs]
            found = theano.grad(
                sum(theano.tensor.sum(output * factor) for output, factor in zip(outputs, factors)),
                [self.symbols[name] for name in self.by],
                disconnected_inputs="ignore",
                return_disconnected="None",
            )
            self._exists = [gradient is not None for gradient in found]
            self._backward = theano.function(
                inputs + factors,
                [gradient for gradient in found if gradient is not None],
                on_unused_input="ignore",
            )
        self._forward = theano.function(inputs, self.variables, on_unused_input="ignore")

    def evaluate(self, sample: dict[str, Any]) -> dict[str, Any]:
        """As :meth:`Runtime.differentiate`."""
        if self._forward is None:
            self._compile()
        assert self._forward is not None
        arrays = self._forward(*sample.values())
        remaining = iter(arrays)
        value = rebuild(
            self.value, lambda leaf: next(remaining) if self._is_variable(leaf) else leaf
        )
        if self._backward is None:
            return {"value": value}
        outputs = [arrays[place] for place in self.outputs]
        factors = [weights(output.shape, output.dtype) for output in outputs]
        found = iter(self._backward(*sample.values(), *factors))
        by_input = [next(found) if exists else None for exists in self._exists]
        return {"value": value, **gradients(sample, self.by, by_input)}


class TensorFlow1(Runtime):
    modules: Sequence[str] = ("tensorflow",)
    major = "1."

    def reset(self) -> None:
        super().reset()
        self.tensorflow.compat.v1.reset_default_graph()
        self.tensorflow.compat.v1.set_random_seed(_SEED)  # Of the graph.

    @property
    def tensorflow(self) -> Any:
        return sys.modules["tensorflow"]

    def names(self) -> dict[str, Any]:
        return {**super().names(), "tf": self.tensorflow}

    @contextlib.contextmanager
    def _session(self) -> Iterator[Any]:
        """The session that is open, else a new one with all variables initialised."""
        tf = self.tensorflow.compat.v1
        opened = tf.get_default_session()
        if opened is not None:
            yield opened
            return
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.tables_initializer()])
            yield session

    def _is_fetched(self, value: Any) -> bool:
        tf = self.tensorflow
        kinds = (tf.Tensor, tf.Variable, tf.Operation, tf.SparseTensor, tf.IndexedSlices)
        return isinstance(value, kinds)

    def array(self, value: Any) -> Any:
        if self._is_fetched(value):
            with value.graph.as_default(), self._session() as session:
                return session.run(value)
        return tensorflow_constant(self.tensorflow, value)

    def differentiate(
        self, function: Callable[..., Any], sample: dict[str, Any], gradient: bool
    ) -> dict[str, Any]:
        tf = self.tensorflow
        with tf.Graph().as_default():
            tf.compat.v1.set_random_seed(_SEED)
            inputs = {
                name: tf.compat.v1.placeholder(array.dtype, array.shape, name=name)
                for name, array in sample.items()
            }
            feeds = {inputs[name]: array for name, array in sample.items()}
            value = function(**inputs)
            fetches = [leaf for leaf in leaves(value) if self._is_fetched(leaf)]
            by = [name for name, array in sample.items() if is_floating(array.dtype)]
            result: dict[str, Any] = {}
            with self._session() as session:
                arrays = session.run(fetches, feeds)
                outputs = [
                    (fetch, tf.constant(weights(array.shape, array.dtype)))
                    for fetch, array in zip(fetches, arrays)
                    if isinstance(fetch, tf.Tensor) and is_floating(np.asarray(array).dtype)
                ]
                if gradient and by and outputs:
                    symbolic = tf.gradients(
                        [fetch for fetch, _ in outputs],
                        [inputs[name] for name in by],
                        [factor for _, factor in outputs],
                    )
                    exist = [tf.convert_to_tensor(g) for g in symbolic if g is not None]
                    found = iter(session.run(exist, feeds))
                    result = gradients(
                        sample, by, [None if g is None else next(found) for g in symbolic]
                    )
        remaining = iter(arrays)
        result["value"] = rebuild(
            value,
            lambda leaf: (
                next(remaining) if self._is_fetched(leaf) else tensorflow_constant(tf, leaf)
            ),
        )
        return result


class Keras2(TensorFlow1):
    modules = ("keras", "tensorflow")
    major = "2."

    def reset(self) -> None:
        self.framework.backend.clear_session()
        super().reset()


class TensorFlow2(Runtime):
    modules = ("tensorflow",)
    lazy = ("keras",)
    major = "2."

    def start(self) -> None:
        if self.device == "cuda" and not self.framework.config.list_physical_devices("GPU"):
            raise DeviceMissingError(f"TensorFlow {self.framework.__version__} sees no CUDA device")

    def seed(self) -> None:
        super().seed()
        self.framework.random.set_seed(_SEED)

    def reset(self) -> None:
        self.framework.keras.backend.clear_session()
        super().reset()

    def names(self) -> dict[str, Any]:
        return {**super().names(), "tf": self.framework}

    def tensor(self, array: Any) -> Any:
        return self.framework.constant(array)

    def array(self, value: Any) -> Any:
        tf = self.framework
        if isinstance(value, (tf.Tensor, tf.Variable)):
            return value.numpy()
        if isinstance(value, (tf.SparseTensor, tf.IndexedSlices)):
            return tuple(leaf.numpy() for leaf in tf.nest.flatten(value, expand_composites=True))
        return tensorflow_constant(tf, value)

    def differentiate(
        self, function: Callable[..., Any], sample: dict[str, Any], gradient: bool
    ) -> dict[str, Any]:
        tf = self.framework
        inputs = {name: tf.constant(array) for name, array in sample.items()}
        by = [name for name, array in sample.items() if is_floating(array.dtype)]
        with tf.GradientTape() as tape:
            tape.watch([inputs[name] for name in by])
            value = function(**inputs)
        outputs = [
            leaf for leaf in leaves(value) if isinstance(leaf, tf.Tensor) and leaf.dtype.is_floating
        ]
        result: dict[str, Any] = {}
        if gradient and by and outputs:
            found = tape.gradient(
                outputs,
                [inputs[name] for name in by],
                [tf.constant(weights(tuple(o.shape), o.dtype.as_numpy_dtype)) for o in outputs],
            )
            result = gradients(
                sample, by, [None if g is None else tf.convert_to_tensor(g).numpy() for g in found]
            )
        result["value"] = rebuild(value, self.array)
        return result


class Torch(Runtime):
    modules = ("torch",)
    lazy = ("torch._dynamo",)

    def start(self) -> None:
        torch = self.framework
        torch.set_num_threads(1)
        if self.device == "cuda":
            if not torch.cuda.is_available():
                raise DeviceMissingError(f"PyTorch {torch.__version__} sees no CUDA device")
            torch.backends.cuda.matmul.allow_tf32 = False
            torch.backends.cudnn.allow_tf32 = False
            torch.set_default_device("cuda")
            self.copy_back()

    def copy_back(self) -> None:
        """Let ``numpy()`` copy from the device, as TensorFlow's does.

        Converted programs are NumPy in and NumPy out, and written for where their tensors are made:
        on the CPU, unless this default device says otherwise.
        """
        tensor = self.framework.Tensor
        numpy = tensor.numpy
        tensor.numpy = lambda self, **options: numpy(self.cpu(), **options)

    def seed(self) -> None:
        super().seed()
        self.framework.manual_seed(_SEED)

    def reset(self) -> None:
        super().reset()
        self.framework.set_default_dtype(self.framework.float32)
        self.framework.set_grad_enabled(True)

    def names(self) -> dict[str, Any]:
        torch = self.framework
        return {**super().names(), "torch": torch, "F": torch.nn.functional}

    def tensor(self, array: Any) -> Any:
        return self.framework.tensor(array)

    def array(self, value: Any) -> Any:
        torch = self.framework
        if isinstance(value, torch.Tensor):
            value = value.detach()
            value = value.to_dense() if value.layout != torch.strided else value
            return value.resolve_conj().resolve_neg().cpu().numpy()
        if isinstance(value, torch.dtype):
            return str(value).partition(".")[2]
        return str(value) if isinstance(value, torch.device) else value

    def differentiate(
        self, function: Callable[..., Any], sample: dict[str, Any], gradient: bool
    ) -> dict[str, Any]:
        torch = self.framework
        inputs = {name: torch.tensor(array) for name, array in sample.items()}
        by = [name for name, array in sample.items() if is_floating(array.dtype)]
        for name in by:
            inputs[name].requires_grad_(gradient)
        value = function(**inputs)
        floats = [
            leaf
            for leaf in leaves(value)
            if isinstance(leaf, torch.Tensor) and leaf.is_floating_point()
        ]
        result: dict[str, Any] = {}
        if gradient and by and floats:
            outputs = [leaf for leaf in floats if leaf.requires_grad]
            factors = [
                torch.tensor(weights(tuple(leaf.shape), self.array(leaf).dtype)) for leaf in outputs
            ]
            found: Sequence[Any] = [None] * len(by)
            if outputs:
                found = torch.autograd.grad(
                    outputs, [inputs[name] for name in by], factors, allow_unused=True
                )
            result = gradients(sample, by, [None if g is None else self.array(g) for g in found])
        result["value"] = rebuild(value, self.array)
        return result


RUNTIMES = {
    "numpy": Runtime,
    "theano": Theano,
    "tensorflow1": TensorFlow1,
    "keras2": Keras2,
    "tensorflow2": TensorFlow2,
    "torch": Torch,
}


def tensorflow_constant(tf: Any, value: Any) -> Any:
    """Plain values of TensorFlow's constants; everything else passes."""
    if isinstance(value, tf.DType):
        return value.name
    return value.as_list() if isinstance(value, tf.TensorShape) else value


def gradients(sample: dict[str, Any], names: Sequence[str], found: Sequence[Any]) -> dict[str, Any]:
    """Gradients by input; zeros where there is none, which ``missing`` names."""
    return {
        "gradients": {
            name: np.zeros_like(sample[name]) if gradient is None else gradient
            for name, gradient in zip(names, found)
        },
        "missing": [name for name, gradient in zip(names, found) if gradient is None],
    }


def _is_exhaustion(error: BaseException) -> bool:
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ in ("ResourceExhaustedError", "OutOfMemoryError")
        or "can't allocate memory" in str(error)
    )


def _evaluate(runtime: Runtime, job: dict[str, Any]) -> list[Any]:
    """Expressions: for each group, outcomes by source and sample."""
    outcomes = []
    for group in job["groups"]:
        runtime.seed()
        functions = []
        for source in group["sources"]:
            names = runtime.names()
            exec(compile(source, job["path"], "exec"), names)
            functions.append(names["case"])
        outcomes.append(runtime.evaluate(functions, group))
    return outcomes


def _run_program(runtime: Runtime, job: dict[str, Any]) -> list[Any]:
    """A program: for each load of its module, the outcomes of its steps and its results."""
    sys.argv = [job["path"]]
    if job["folder"]:
        sys.path.append(job["folder"])
    code = compile(job["source"], job["path"], "exec")
    home = os.getcwd()
    loads = []
    for number, steps in enumerate(job["loads"]):
        folder = os.path.join(home, str(number))
        os.mkdir(folder)
        os.chdir(folder)
        runtime.reset()
        # A name of our own: a file called torch.py must not become the module torch.
        module = types.ModuleType("lintplugin_program")
        module.__file__ = job["path"]
        sys.modules[module.__name__] = module
        loaded = runtime.attempt(_load, code, module)
        if "raised" in loaded:
            loads.append(loaded)
            continue
        results = [runtime.attempt(_result, runtime, module, name) for name in job["results"]]
        convert = runtime.tensor if job["tensors"] else np.copy
        done = [runtime.attempt(_step, runtime, module, step, convert) for step in steps]
        loads.append({"steps": done, "results": results})
    return loads


def _load(code: types.CodeType, module: types.ModuleType) -> dict[str, Any]:
    exec(code, module.__dict__)
    return {}


def _step(
    runtime: Runtime,
    module: types.ModuleType,
    step: dict[str, Any],
    convert: Callable[[Any], Any],
) -> dict[str, Any]:
    function = getattr(module, step["function"])
    arguments = {name: convert(array) for name, array in step["arguments"]}
    # A compiled theano.function knows its inputs by position only.
    if step["keywords"] and inspect.isfunction(function):
        value = function(**arguments)
    else:
        value = function(*arguments.values())
    return _now(runtime, value)


def _result(runtime: Runtime, module: types.ModuleType, name: str) -> dict[str, Any]:
    return _now(runtime, getattr(module, name))


def _now(runtime: Runtime, value: Any) -> dict[str, Any]:
    """A value as it is at this moment: an array may share memory with the state of its module."""

    def copied(leaf: Any) -> Any:
        plain = runtime.array(leaf)
        return plain.copy() if isinstance(plain, np.ndarray) else plain

    return {"value": rebuild(value, copied)}


def perform(runtime: Runtime, job: dict[str, Any]) -> dict[str, Any]:
    """Do a job in this process.

    :returns: ``{"status": "done", "value": …}``, or a status with a ``text`` that says why not.
    """
    try:
        runtime.start()
        if job["kind"] == "probe":
            return {"status": "done", "value": None}
        runtime.path = job["path"]
        action = {"expressions": _evaluate, "program": _run_program}[job["kind"]]
        return {"status": "done", "value": action(runtime, job)}
    except DeviceMissingError as error:
        return {"status": "no device", "text": str(error)}
    except MemoryError as error:
        return {"status": "memory limit", "text": str(error)}
    except SyntaxError as error:
        return {"status": "error", "text": f"line {error.lineno}: {error.msg}"}


def _statistics(process: str) -> list[int] | None:
    """Sizes of a process in bytes, as ``/proc/PID/statm`` orders them; None where it is not."""
    try:
        with open(f"/proc/{process}/statm") as file:
            return [int(pages) * os.sysconf("SC_PAGE_SIZE") for pages in file.read().split()]
    except (OSError, ValueError):
        return None


def _limit_memory(allowance: int) -> None:
    """Make allocations fail that the supervisor would see too late."""
    try:
        import resource
    except ImportError:
        return
    now = _statistics("self")
    # Stacks and pools that are reserved and never touched count here, hence twice.
    limit = 2 * allowance + (now[5] if now else 0)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _child(runtime: Runtime, job: dict[str, Any], folder: str) -> None:
    """Do a job and leave its outcome in the folder; does not return."""
    status = 1
    try:
        errors = os.open(os.path.join(folder, "stderr"), os.O_WRONLY | os.O_CREAT)
        for target, source in ((0, os.devnull), (1, os.devnull)):
            os.dup2(os.open(source, os.O_RDWR), target)
        os.dup2(errors, 2)
        if hasattr(signal, "alarm"):
            # Should the supervisor be killed, this ends the job nevertheless.
            signal.alarm(math.ceil(job["seconds"]) + 5)
        _limit_memory(job["bytes"])
        home = os.path.join(folder, "home")
        os.mkdir(home)
        os.chdir(home)
        os.environ.update(TMPDIR=home, TEMP=home, TMP=home)
        tempfile.tempdir = None
        try:
            data = encode(perform(runtime, job))
        except MemoryError:
            data = encode({"status": "memory limit", "text": ""})
        path = os.path.join(folder, "outcome")
        with open(path + ".part", "wb") as file:
            file.write(data)
        os.rename(path + ".part", path)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


class _Job:
    """A job that is running in a process of its own."""

    def __init__(self, number: int, payload: bytes, server: _Server) -> None:
        job = decode(payload)
        self.number = number
        self.folder = tempfile.mkdtemp(prefix="lintplugin-")
        self.allowance = job["bytes"]
        self.deadline = time.monotonic() + job["seconds"]
        self.process: subprocess.Popen[bytes] | None = None
        if server.forks:
            self.base = (_statistics("self") or [0, 0])[1]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # From 3.12 on, about the thread that reads.
                self.pid = os.fork()
            if self.pid == 0:
                os.setpgid(0, 0)
                os.close(server.output.fileno())
                _child(server.runtime, job, self.folder)
            with contextlib.suppress(OSError):
                os.setpgid(self.pid, self.pid)
        else:
            self.base = 0
            with open(os.path.join(self.folder, "job"), "wb") as file:
                file.write(payload)
            self.process = subprocess.Popen(
                [sys.executable, *server.arguments, "--job", self.folder],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self.pid = self.process.pid

    def poll(self) -> int | None:
        """Exit status, negative for a signal; None while it runs."""
        if self.process is not None:
            return self.process.poll()
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0:
            return None
        return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

    def kill(self) -> None:
        """End the process and all that it started."""
        if self.process is not None:
            self.process.kill()
        if hasattr(os, "killpg"):
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)

    def check(self) -> dict[str, Any] | bytes | None:
        """The outcome, as it is or encoded; None while there is none."""
        status = self.poll()
        if status is not None:
            self.kill()
            return self._outcome(status)
        size = _statistics(str(self.pid))
        if size is not None and size[1] - self.base > self.allowance:
            verdict = "memory limit"
        elif time.monotonic() > self.deadline:
            verdict = "time limit"
        else:
            return None
        self.kill()
        while self.poll() is None:
            time.sleep(_TICK)
        return {"status": verdict, "text": ""}

    def _outcome(self, status: int) -> dict[str, Any] | bytes:
        path = os.path.join(self.folder, "outcome")
        with contextlib.suppress(OSError), open(path, "rb") as file:
            return file.read()
        if -status == getattr(signal, "SIGALRM", None):
            return {"status": "time limit", "text": ""}
        lines = []
        path = os.path.join(self.folder, "stderr")
        with contextlib.suppress(OSError), open(path, errors="replace") as file:
            lines = [line.strip() for line in file if line.strip()]
        if any("bad_alloc" in line or "allocate memory" in line for line in lines):
            return {"status": "memory limit", "text": lines[-1]}
        if status < 0:
            text = f"the process was ended by {signal.Signals(-status).name}"
        else:
            text = f"the process exited with status {status}"
        return {"status": "crashed", "text": ": ".join([text, *lines[-1:]])}

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class _Server:
    """Runs the jobs that come on standard input until it closes."""

    def __init__(self, runtime: Runtime, output: IO[bytes], arguments: list[str], forks: bool):
        self.runtime = runtime
        self.output = output
        self.arguments = arguments
        self.forks = forks
        self.running: list[_Job] = []
        self.incoming: queue.Queue[tuple[int, bytes] | None] = queue.Queue()

    def read(self) -> None:
        while True:
            frame = read_frame(sys.stdin.buffer)
            self.incoming.put(frame)
            if frame is None:
                return

    def serve(self) -> None:
        threading.Thread(target=self.read, daemon=True).start()
        while True:
            try:
                frame = self.incoming.get(timeout=_TICK if self.running else None)
            except queue.Empty:
                pass
            else:
                if frame is None:
                    break
                self.running.append(_Job(*frame, self))
            for job in list(self.running):
                outcome = job.check()
                if outcome is not None:
                    self.running.remove(job)
                    job.remove()
                    data = outcome if isinstance(outcome, bytes) else encode(outcome)
                    write_frame(self.output, job.number, data)
        for job in self.running:
            job.kill()
            job.remove()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("runtime", choices=sorted(RUNTIMES))
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--fresh", action="store_true", help="start a new process for every job")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    options = parser.parse_args()
    # What lies beside this file must not be imported in place of a module of the same name.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != here]
    # Frames go where standard output went; what frameworks and programs print does not.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    runtime = RUNTIMES[options.runtime](options.device)
    if options.job:
        runtime.load()
        with open(os.path.join(options.job, "job"), "rb") as file:
            _child(runtime, decode(file.read()), options.job)
    try:
        version = runtime.load()
    except Exception as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name in runtime.modules
        hello = {"status": "missing" if missing else "error", "text": str(error)}
        write_frame(output, 0, encode(hello))
        return
    hello = {
        "status": "done",
        "version": version,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": platform.platform(),
    }
    write_frame(output, 0, encode(hello))
    arguments = [os.path.abspath(__file__), options.runtime, "--device", options.device]
    _Server(runtime, output, arguments, _FORKS and not options.fresh).serve()


if __name__ == "__main__":
    main()
