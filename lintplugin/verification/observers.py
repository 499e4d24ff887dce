"""What is compared of a call that is made for what it does: files, flags, records of a log.

A row names one of these functions as ``observe``. Its text is executed on both sides, around the
call as it was and as it became, so it imports nothing of this package and runs on Python 3.7.
"""

from __future__ import annotations

import inspect
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from typing import Any


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


def _contents(value: Any) -> Any:
    """What can be compared of a result that is about files."""
    if inspect.isgenerator(value):
        entries: list[Any] = list(value)
        return sorted([path, sorted(folders), sorted(names)] for path, folders, names in entries)
    if isinstance(value, list):
        return sorted(value)
    if hasattr(value, "length"):
        return [value.length, value.is_directory]
    if not hasattr(value, "close"):
        return value
    with value as file:
        if any(letter in file.mode for letter in "wa"):
            file.write(b"written" if "b" in file.mode else "written")
            return None
        found = [file.name, file.mode, file.size(), file.readline(), file.tell()]
        found.append(list(file))
        file.seek(0)
        return [*found, file.read(4), file.readlines(), file.read()]


def assertion(call: Callable[[], Any]) -> Any:
    """Whether an assertion of TensorFlow raises, where it is made or where its operation runs."""
    tf = sys.modules["tensorflow"]
    try:
        made = call()
        if isinstance(made, tf.Operation):
            with tf.compat.v1.Session() as session:
                session.run(made)
    except (tf.errors.InvalidArgumentError, TypeError, ValueError):
        return "raised"
    return "passed"


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


def decoded(call: Callable[[], Any]) -> Any:
    """The image that was encoded: the bytes depend on the library of the format."""
    return sys.modules["tensorflow"].image.decode_image(call())


def result(call: Callable[[], Any]) -> Any:
    """What a call gives; of one that is executed, and only shown."""
    return call()
