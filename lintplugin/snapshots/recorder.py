"""Records the public API of the installed package, run by the interpreter that has it.

``python recorder.py PACKAGE FOLDER`` imports PACKAGE, follows its public modules and writes
``FOLDER/PACKAGE-VERSION.json``. Standard library only, Python 3.7 to 3.13, because the
legacy packages need Python 3.7 and this file runs there without the rest of the project.

A snapshot is a JSON object. ``names`` maps a dotted name to one string:

========================= =================================================================
``module``                a module
``class[B, C] (x, y=1)``  a class; B, C are its nearest public bases, in resolution order,
                          and the signature is that of its constructor, without ``self``
``function (x, y=1)``     anything else that can be called; methods are without ``self``
``value 'float32'``       the rest; a literal default follows where one is declared
``= other.name``          one more name of the object recorded under ``other.name``
========================= =================================================================

A callable without a signature means that the package states none. Members of a class are
recorded once, under the canonical name of the class that defines them, so readers look up
inherited members through the bases. A default value that Python could not read back is
written ``...``.
"""

from __future__ import annotations

import argparse
import ast
import enum
import functools
import importlib
import inspect
import json
import logging
import math
import os
import platform
import re
import sys
import types
import typing
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple


class Scope(NamedTuple):
    """Which part of a package is its public API."""

    # Top-level packages whose classes and functions count as the package's own.
    owners: tuple[str, ...]
    # Submodules that no other module of the package imports.
    imports: tuple[str, ...] = ()
    # Modules defined outside the package, or outside their parent, that are part of its API.
    modules: tuple[str, ...] = ()
    # Modules that hold nothing but the API, so that foreign objects in them count as well.
    generated: tuple[str, ...] = ()
    # Public names, as patterns of the whole name, that are not followed or not recorded.
    private: tuple[str, ...] = ()
    # Prefixes that never give the canonical name of an object, the least welcome first.
    copies: tuple[str, ...] = ()
    # Modules that may be left out, each with the module that then stands for it.
    mirrors: tuple[tuple[str, str], ...] = ()
    # The names below this prefix are written to a file of their own.
    split: str = ""
    # Classes whose operators, ``__add__`` and its like, are part of the public API.
    operators: tuple[str, ...] = ()


SCOPES = {
    "tensorflow": Scope(
        owners=("tensorflow", "tensorflow_core", "tensorflow_estimator", "keras"),
        modules=(
            "tensorflow._api.",
            "tensorflow.python.platform.flags",
            "tensorflow_estimator.python.estimator.api",
            "keras.",
            "tensorboard.summary._tf.summary",
        ),
        generated=(
            "tensorflow._api.",
            "tensorflow.experimental",
            "tensorflow_estimator.python.estimator.api",
            "tensorflow.python.keras.api.",
            "tensorflow.python.platform.flags",
            "tensorboard.summary._tf.summary",
            "keras.",
        ),
        private=(
            r"tensorflow\.(core|dtensor|examples|python|pywrap_tensorflow|security|tools)",
            r"tensorflow\.contrib\.(.+\.)?(python|ops)",
            r"tensorflow\.contrib\.keras\.api",
            r"tensorflow\.compat\.v[12]\.compat\.v[12]",
        ),
        copies=("tensorflow.contrib.", "tensorflow.compat.v2.", "tensorflow.compat.v1."),
        mirrors=(
            ("tensorflow.compat.v2", "tensorflow"),
            ("tensorflow.compat.v1.keras", "tensorflow.keras"),
        ),
        split="tensorflow.contrib",
    ),
    "theano": Scope(
        # Elementwise operations claim the module "tensor".
        owners=("theano", "tensor"),
        imports=(
            "theano.compile.nanguardmode",
            "theano.d3viz",
            "theano.gpuarray",
            "theano.gpuarray.dnn",
            "theano.ifelse",
            "theano.misc.pkl_utils",
            "theano.raise_op",
            "theano.sandbox.fourier",
            "theano.sandbox.linalg",
            "theano.sandbox.multinomial",
            "theano.sandbox.neighbours",
            "theano.sandbox.rng_mrg",
            "theano.sandbox.softsign",
            "theano.sandbox.solve",
            "theano.sparse",
            "theano.tensor.fft",
            "theano.tensor.fourier",
            "theano.tensor.inplace",
            "theano.tensor.nnet.Conv3D",
            "theano.tensor.nnet.conv3d2d",
            "theano.tensor.nnet.ctc",
            "theano.tensor.nnet.neighbours",
            "theano.tensor.signal.conv",
            "theano.tensor.signal.downsample",
            "theano.tensor.signal.pool",
            "theano.tensor.slinalg",
            "theano.tensor.sort",
            "theano.typed_list",
        ),
        private=(r"theano\.(.+\.)?tests",),
        operators=("theano.tensor.TensorVariable",),
    ),
    "keras": Scope(
        owners=("keras", "keras_applications", "keras_preprocessing"),
        imports=("keras.engine.topology", "keras.objectives"),
        private=(r"keras\.(api|src|_tf_keras)",),
        copies=(
            "keras.backend.load_backend.",
            "keras.engine.",
            "keras.legacy.",
            "keras.objectives.",
        ),
    ),
    "torch": Scope(
        owners=("torch",),
        private=(
            r"torch\.(ao|classes|distributed|export|fx|masked|mtia|ops|package|quantization)",
            r"torch\.(return_types|testing|xpu)",
            r"torch\.jit\.(annotations|frontend)",
            r"torch\.nn\.(intrinsic|qat|quantizable|quantized)",
            r"torch\.utils\.(collect_env|data\.datapipes)",
        ),
    ),
}

# Special methods of Python that are no operators.
PROTOCOL = ("__getstate__", "__init__", "__repr__", "__str__")

ANYTHING = "(*args, **kwargs)"
ABSENT = object()


class Source(str):
    """Text that prints as itself where :class:`inspect.Signature` prints a default."""

    __repr__ = str.__str__


def source(value: Any) -> str:
    """A default value as a Python expression, ``...`` where its repr is none."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{value!r}')"
    if isinstance(value, enum.Enum):
        return "..."
    text = repr(value)
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return "..."
    return "..." if "\n" in text else text


def written(signature: inspect.Signature, bound: bool = False) -> str:
    """A signature without annotations, and without its first parameter if that is bound."""
    parameters = []
    for parameter in signature.parameters.values():
        if parameter.default is not parameter.empty:
            parameter = parameter.replace(default=Source(source(parameter.default)))
        parameters.append(parameter.replace(annotation=parameter.empty))
    takes_self = bool(parameters) and parameters[0].kind in (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    return str(inspect.Signature(parameters[1:] if bound and takes_self else parameters))


def introspected(function: Any, bound: bool = False) -> str | None:
    """The signature of a Python function; decorators that keep ``__wrapped__`` are undone."""
    torch = sys.modules.get("torch._jit_internal")
    if torch is not None and isinstance(function, types.FunctionType):
        # max_pool2d and its like choose between two functions by a flag, return_indices.
        function = torch.boolean_dispatched.get(function, {}).get("if_false", function)
    try:
        text = written(inspect.signature(function), bound)
    except (TypeError, ValueError):
        return None
    overloads = getattr(typing, "get_overloads", None)
    if text == ANYTHING and overloads and isinstance(function, types.FunctionType):
        declared = overloads(function)
        if declared:
            return written(inspect.signature(declared[0]), bound)
    return text


def documented(doc: Any) -> str | None:
    """The signature that opens a docstring: ``exp(input, *, out=None) -> Tensor``."""
    text = " ".join(doc.split()) if isinstance(doc, str) else ""
    opening = re.match(r"[\w.]+\(", text)
    if not opening:
        return None
    parts = []
    keyword = defaulted = False
    for part in split(text[opening.end() :]):
        # "Tensor input" and "input: Tensor" both name a type, on either side.
        name, equals, default = (piece.strip() for piece in part.partition("="))
        name = name.replace("\\", "").split(":")[0].split(" ")[-1]
        if name == "self":
            continue
        if name == "*" and keyword:
            # "zeros(*size, *, out=None)"
            continue
        keyword = keyword or name.startswith("*")
        if equals:
            try:
                ast.parse(default, mode="eval")
            except SyntaxError:
                default = "..."
        elif defaulted and not keyword:
            # "randint(low=0, high, size, *, out=None)"
            default = "..."
        defaulted = defaulted or bool(default)
        parts.append(name + "=" + default if default else name)
    signature = "(" + ", ".join(parts) + ")"
    try:
        ast.parse("def f" + signature + ": ...")
    except SyntaxError:
        return None
    return signature


def split(text: str) -> Iterator[str]:
    """The parts between commas, up to the bracket that closes the list."""
    depth = start = 0
    for position, character in enumerate(text):
        if depth == 0 and character in ",)":
            if text[start:position].strip():
                yield text[start:position].strip()
            start = position + 1
            if character == ")":
                return
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)


def operation(instance: Any) -> str | None:
    """The call signature of a Theano operation, an instance whose class takes ``*inputs``.

    ``tensor/basic.py`` writes ``def switch(cond, ift, iff)`` and replaces that function by
    an Elemwise, on which the function stays as ``__epydoc_asRoutine``. Other operations
    pass their inputs to ``make_node``.
    """
    op = sys.modules.get("theano.gof.op")
    if op is None or not isinstance(instance, op.PureOp):
        return None
    if type(instance).__call__ is not op.PureOp.__call__:
        return None
    declared = vars(instance).get("__epydoc_asRoutine")
    if declared is not None:
        return introspected(declared)
    scalar = getattr(instance, "scalar_op", None)
    arity = getattr(scalar, "nin", -1)
    if arity > 0:
        return f"({', '.join('abcdefgh'[:arity])})"
    return introspected(instance.make_node)


def called(function: Any, bound: bool = False) -> str:
    """The ``function`` entry of a callable that is not a class."""
    signature = operation(function) or introspected(function, bound)
    if signature in (None, ANYTHING):
        doc = getattr(function, "__doc__", None)
        signature = documented(doc) or stubs().get(stub_name(function)) or signature
    return "function " + signature if signature else "function"


def stub_name(function: Any) -> str:
    """``dropout`` for ``torch.dropout``, ``TensorBase.relu`` for ``torch.Tensor.relu``."""
    name = getattr(function, "__qualname__", "")
    return re.sub(r"^_VariableFunctions(Class)?\.", "", name)


@functools.lru_cache(maxsize=None)  # noqa: UP033 (Python 3.7)
def stubs() -> dict[str, str]:
    """The signatures in the stub files that PyTorch installs for its compiled functions."""
    torch = sys.modules.get("torch")
    names: dict[str, str] = {}
    if torch is None:
        return names
    folder = os.path.join(os.path.dirname(str(torch.__file__)), "_C")
    for file in ("__init__.pyi", "_nn.pyi", "_VariableFunctions.pyi"):
        with open(os.path.join(folder, file), encoding="utf-8") as stream:
            tree = ast.parse(stream.read())
        for statement in tree.body:
            if isinstance(statement, ast.FunctionDef):
                names.setdefault(statement.name, parameters(statement))
            elif isinstance(statement, ast.ClassDef):
                for member in statement.body:
                    if isinstance(member, ast.FunctionDef):
                        dotted = statement.name + "." + member.name
                        names.setdefault(dotted, parameters(member, bound=True))
    return names


def parameters(function: ast.FunctionDef, bound: bool = False) -> str:
    """The parameters of a definition in a stub file, without annotations."""
    static = any(getattr(d, "id", "") == "staticmethod" for d in function.decorator_list)
    for node in ast.walk(function.args):
        if isinstance(node, ast.arg):
            node.annotation = None
    text = "(" + ast.unparse(function.args) + ")"
    return re.sub(r"^\((self|cls)(, )?", "(", text) if bound and not static else text


def constructor(cls: type) -> str | None:
    """The signature of a class: ``__init__`` or ``__new__``, whichever says more.

    ``inspect.signature`` of the class would prefer the metaclass, which hides the
    arguments of ``tensorflow.Variable`` behind ``(*args, **kwargs)``.
    """
    message = getattr(getattr(cls, "DESCRIPTOR", None), "fields_by_name", None)
    if message is not None:
        fields = sorted(message)
        return f"(*, {'=None, '.join(fields)}=None)" if fields else "()"
    found = []
    for attribute in ("__init__", "__new__"):
        static = inspect.getattr_static(cls, attribute)
        function = getattr(static, "__func__", static)
        if isinstance(function, types.FunctionType):
            found.append(introspected(function, bound=True))
    if not any({"__init__", "__new__"} & set(vars(base)) for base in cls.__mro__[:-1]):
        return "()"
    for signature in found:
        if signature not in (None, ANYTHING):
            return signature
    if found:
        return documented(cls.__doc__) or found[0]
    return documented(cls.__doc__) or stubs().get(cls.__name__ + ".__init__")


def stated(value: Any, attribute: str, default: Any) -> Any:
    """``getattr`` for objects that raise more than AttributeError when they are touched."""
    try:
        return getattr(value, attribute)
    except Exception:
        return default


def module_name(module: Any) -> str:
    """``__name__``, or nothing where a lazy module refuses to be loaded."""
    # TensorFlow 1.15 ships under both names.
    return re.sub(r"^tensorflow_core\b", "tensorflow", stated(module, "__name__", ""))


def identity(value: Any) -> Any:
    """What two names of one object have in common; ``None`` for plain data."""
    if isinstance(value, types.MethodType):
        return id(value.__self__), id(value.__func__)
    if isinstance(value, types.ModuleType):
        return None
    if type(value).__module__ == "builtins" and not callable(value):
        return None
    return id(value)


class Recorder:
    """One walk over one package."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.scope = SCOPES[package]
        self.root = importlib.import_module(package)
        for name in self.scope.imports:
            try:
                importlib.import_module(name)
            except Exception as error:
                print(f"{name}: not importable: {error}", file=sys.stderr)
        self.objects: dict[str, Any] = {}
        self.canonical: dict[Any, str] = {}
        self.members: dict[str, dict[str, Any]] = {}
        self.bases: dict[str, list[str]] = {}

    def record(self) -> dict[str, str]:
        """Every public name with its entry."""
        self.objects[self.package] = self.root
        self.walk(self.package, self.root, {id(self.root)})
        names = {m: "= " + t for m, t in self.scope.mirrors if self.fold(m, t)}
        for name in sorted(self.objects, key=self.preference):
            value = self.objects[name]
            key = identity(value)
            first = name if key is None else self.canonical.setdefault(key, name)
            if first != name:
                names[name] = "= " + first
        classes = [
            name
            for name, value in self.objects.items()
            if isinstance(value, type) and name not in names
        ]
        # Bases first: a member that a public base records already is not recorded again.
        for name in sorted(classes, key=lambda name: (len(self.objects[name].__mro__), name)):
            self.record_members(name, self.objects[name], names)
        for name, value in self.objects.items():
            if name not in names:
                names[name] = self.entry(name, value)
        if self.package == "theano":
            names.update(flags())
        return names

    def fold(self, mirror: str, target: str) -> bool:
        """Drops what a module repeats, if it repeats everything that the target has.

        ``tensorflow.compat.v2`` is such a mirror in TensorFlow 2, and is none in 1.15.
        """
        aside = mirror.rpartition(".")[0]
        shared = [
            name[len(target) :]
            for name in self.objects
            if name.startswith(target + ".") and not (name + ".").startswith(aside + ".")
        ]
        if not shared or any(mirror + name not in self.objects for name in shared):
            return False
        for name in shared:
            copy, original = self.objects[mirror + name], self.objects[target + name]
            if copy is original or isinstance(copy, types.ModuleType):
                del self.objects[mirror + name]
        del self.objects[mirror]
        return True

    def preference(self, name: str) -> tuple[int, int, bool, int, str]:
        """Sorts the canonical name of an object before its other names.

        A module that contains the definition goes before a package that collects names from
        elsewhere (``keras.layers``), and that before a module that merely imports the object;
        the name that the object has in its own source goes before other names for it.
        """
        copy = 0
        for rank, prefix in enumerate(reversed(self.scope.copies), start=1):
            copy = rank if name.startswith(prefix) else copy
        parent, _, attribute = name.rpartition(".")
        renamed = attribute != stated(self.objects[name], "__name__", attribute)
        defined = str(stated(self.objects[name], "__module__", ""))
        if (defined + ".").startswith(parent + "."):
            place = 0
        else:
            place = 1 if hasattr(self.objects.get(parent), "__path__") else 2
        return copy, place, renamed, name.count("."), name

    def walk(self, name: str, module: Any, path: set[int]) -> None:
        """Collects the public attributes of a module, and of the public modules in it."""
        try:
            attributes = sorted(dir(module))
        except ImportError:
            # A lazy module of a package that is not installed: tensorflow.compat.v1.layers
            # of TensorFlow 2.16 and later needs tf_keras.
            return
        for attribute in attributes:
            dotted = name + "." + attribute
            if attribute.startswith("_") or self.is_private(dotted):
                continue
            try:
                value = getattr(module, attribute)
            except Exception:
                continue
            if not isinstance(value, types.ModuleType):
                if self.is_api(module, attribute, value):
                    self.objects[dotted] = value
            elif self.is_public_module(value, name, module):
                self.objects[dotted] = value
                if id(value) not in path:
                    self.walk(dotted, value, path | {id(value)})

    def is_apart(self, name: str) -> bool:
        """Whether a name goes to the file of its own."""
        return bool(self.scope.split) and (name + ".").startswith(self.scope.split + ".")

    def is_private(self, name: str) -> bool:
        return any(re.fullmatch(pattern, name) for pattern in self.scope.private)

    def is_public_module(self, module: Any, parent_name: str, parent: Any) -> bool:
        """A submodule by place or by name, rather than a module that the parent imports."""
        name = module_name(module)
        if name == self.package:
            return False
        places = (parent_name + ".", module_name(parent) + ".", *self.scope.modules)
        return not name or name.startswith(places)

    def is_api(self, module: Any, attribute: str, value: Any) -> bool:
        """Whether a module offers this attribute, rather than happens to import it."""
        if attribute in stated(module, "__all__", ()):
            return True
        if module_name(module).startswith(self.scope.generated):
            return True
        if isinstance(value, functools.partial):
            value = value.func
        if callable(value):
            return self.owns(stated(value, "__module__", None))
        kind = type(value).__module__
        return kind in ("builtins", "numpy") or self.owns(kind)

    def owns(self, module: str | None) -> bool:
        return module is None or str(module).split(".")[0] in self.scope.owners

    def record_members(self, name: str, cls: type, names: dict[str, str]) -> None:
        """Adds the public members of a class that none of its public bases has recorded."""
        if type(cls).__name__ == "tensortype":
            # torch.FloatTensor and its like copy every method of torch.Tensor.
            self.bases[name], self.members[name] = ["torch.Tensor"], {}
            return
        bases: list[str] = []
        ancestors: set[type] = set()
        for ancestor in cls.__mro__[1:]:
            base = self.canonical.get(id(ancestor), "")
            # The main file is read without the part that is split off.
            apart = self.is_apart(base) and not self.is_apart(name)
            if base in self.members and ancestor not in ancestors and not apart:
                bases.append(base)
                ancestors.update(ancestor.__mro__)
        self.bases[name] = bases
        own = self.members[name] = {}
        for attribute in sorted(dir(cls)):
            if attribute.startswith("_") and not self.is_operator(name, cls, attribute):
                continue
            try:
                owner = next(c for c in cls.__mro__ if attribute in vars(c))
                static = inspect.getattr_static(cls, attribute)
            except (AttributeError, StopIteration):
                continue
            if not self.owns(owner.__module__) or self.inherited(bases, attribute) is static:
                continue
            own[attribute] = static
            dotted = name + "." + attribute
            # A namespace class may hold what a module offers as well.
            names.setdefault(dotted, self.member(cls, attribute, static))

    def is_operator(self, name: str, cls: type, attribute: str) -> bool:
        """Whether an attribute is what an operator or a function of Python calls."""
        return (
            name in self.scope.operators
            and re.fullmatch("__[a-z]+__", attribute) is not None
            and attribute not in PROTOCOL
            and isinstance(inspect.getattr_static(cls, attribute), types.FunctionType)
        )

    def inherited(self, bases: list[str], attribute: str) -> Any:
        """What a reader finds who looks the member up through the recorded bases."""
        for base in bases:
            found = self.members[base].get(attribute, ABSENT)
            if found is ABSENT:
                found = self.inherited(self.bases[base], attribute)
            if found is not ABSENT:
                return found
        return ABSENT

    def member(self, cls: type, attribute: str, static: Any) -> str:
        if isinstance(static, type):
            known = self.canonical.get(id(static))
            return "= " + known if known else self.class_entry(static, [])
        if isinstance(static, staticmethod):
            return called(static.__func__)
        if isinstance(static, classmethod):
            return called(static.__func__, bound=True)
        if isinstance(static, (types.FunctionType, types.MethodDescriptorType)):
            return called(static, bound=True)
        value = getattr(cls, attribute, None)
        is_data = isinstance(static, (property, enum.Enum)) or not callable(value)
        if is_data or inspect.isdatadescriptor(static):
            return "value"
        return called(value)

    def entry(self, name: str, value: Any) -> str:
        if isinstance(value, types.ModuleType):
            return "module"
        if isinstance(value, type):
            return self.class_entry(value, self.bases[name])
        if callable(value):
            return called(value)
        return "value"

    @staticmethod
    def class_entry(cls: type, bases: list[str]) -> str:
        signature = constructor(cls)
        head = f"class[{', '.join(bases)}]" if bases else "class"
        return head + " " + signature if signature else head


def flags() -> dict[str, str]:
    """Theano's configuration, whose flags are descriptors that the walk cannot see."""
    parser = importlib.import_module("theano.configparser")
    names = {}
    for flag in parser._config_var_list:
        dotted = "theano.config." + flag.fullname
        # Where the compiler and the home folder lie is a fact of the recording machine.
        local = isinstance(flag.default, str) and os.path.isabs(flag.default)
        unknown = callable(flag.default) or local
        names[dotted] = "value" if unknown else "value " + source(flag.default)
        section = dotted.rpartition(".")[0]
        if section != "theano.config":
            names[section] = "value"
    return names


def write(folder: str, package: str, version: str, part: str, names: dict[str, str]) -> None:
    """One name a line, so that two recordings compare well."""
    head = {"package": package, "version": version, "python": platform.python_version()}
    lines = [f"{json.dumps(key)}: {json.dumps(value)},\n" for key, value in head.items()]
    entries = [f"{json.dumps(name)}: {json.dumps(names[name])}" for name in sorted(names)]
    path = os.path.join(folder, f"{package}-{version}{part}.json")
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        stream.write("{\n" + "".join(lines) + '"names": {\n' + ",\n".join(entries) + "\n}\n}\n")


def record(package: str, folder: str) -> None:
    """Writes the snapshot of a package, and its part, into a folder."""
    recorder = Recorder(package)
    names = recorder.record()
    version = recorder.root.__version__.split("+")[0]
    apart = {name: entry for name, entry in names.items() if recorder.is_apart(name)}
    if apart:
        write(folder, package, version, "-" + recorder.scope.split.rpartition(".")[2], apart)
    rest = {name: entry for name, entry in names.items() if name not in apart}
    write(folder, package, version, "", rest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("package", choices=sorted(SCOPES))
    parser.add_argument("folder")
    arguments = parser.parse_args()

    # Packages announce every deprecated name that is touched, and the walk touches them all.
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    record(arguments.package, arguments.folder)


if __name__ == "__main__":
    main()
