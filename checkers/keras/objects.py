"""What the rules about Keras share: names, models, arguments, and edits of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Container, Iterator

from astroid import nodes

from lintplugin import evidence, imports, replacements, signatures
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.evidence import Evidence
from lintplugin.names import Names, Reference, parts

_KERAS = re.compile(r"(?:tensorflow\.(?:contrib\.|python\.|_api\.v2\.)?)?keras\.(.+)")

_MODEL = re.compile(
    r"(?:Sequential|Model|models\.(?:load_model|clone_model|model_from_\w+)"
    r"|applications\.(?:\w+\.)?[A-Z]\w+)\(\)"
)

# Longest chain of assignments that is followed; a guard against cycles.
_MAX_HOPS = 6


@functools.lru_cache(maxsize=16384)
def public(api: str) -> str:
    """A name of Keras behind ``keras.`` or ``tf.keras.``, ``optimizers.SGD``; else empty.

    What Keras 2 offers under several names has that of its documentation, ``Model`` for
    ``keras.engine.training.Model``.
    """
    made = api.find("(")
    called = api[made:] if made >= 0 else ""
    name = api.removesuffix(called) if called else api
    entry = signatures.legacy_entry(name)
    found = _KERAS.fullmatch(entry.canonical if entry is not None else name)
    return found[1] + called if found is not None else ""


def is_keras_2(names: Names) -> bool:
    """Whether a file was surely written for stand-alone Keras before 3: it uses what 3 lacks."""
    return names.kept(_uses_keras_2)


#: Arguments of Keras 1 and 2 that no function of Keras 3 takes.
_KEYWORDS = frozenset({"border_mode", "lr", "nb_epoch", "samples_per_epoch"})


#: Functions that stand-alone Keras 3 has, and ``tf.keras``, by which the rest is judged, has not.
_KEPT = ("keras.losses.mean_", "keras.metrics.mean_")


def _uses_keras_2(names: Names) -> bool:
    used = {reference.api for reference in names.references()}
    return any(
        api.startswith("keras.")
        and not api.startswith(_KEPT)
        and signatures.legacy_entry(api) is not None
        and signatures.modern_entry(f"tensorflow.{api}") is None
        for api in used
    ) or any(
        one.arg in _KEYWORDS and (names.api(one.parent) or "").startswith("keras.")
        for one in names.by_type["Keyword"]
    )


@functools.lru_cache(maxsize=1)
def uses_keras(module: Module) -> bool:
    """Whether a file imports or names Keras, and does not ask for Keras 2."""
    named = (*(one.api for one in module.names.imports), *module.by_api)
    return any(api == "keras" or public(api) for api in named) and not runs_keras_2(module)


def runs_keras_2(module: Module) -> bool:
    """Whether a file asks TensorFlow for the Keras 2 of the package ``tf_keras``."""
    return "TF_USE_LEGACY_KERAS" in module.source.text


def calls(module: Module, names: Container[str]) -> Iterator[tuple[Reference, nodes.Call, str]]:
    """Calls of functions and classes of Keras, in no file that runs Keras 2.

    :param names: as :func:`public` gives them.
    """
    for api, references in module.by_api.items():
        name = public(api)
        if name in names and not runs_keras_2(module):
            for reference in references:
                if reference.call is not None:
                    yield reference, reference.call, name


def argument(call: nodes.Call, name: str, position: int | None = None) -> nodes.NodeNG | None:
    """An argument of a call, by keyword or position; None where none is in sight."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if position is None or position >= len(call.args):
        return None
    before = call.args[: position + 1]
    return None if any(isinstance(one, nodes.Starred) for one in before) else before[-1]


def keyword(call: nodes.Call, name: str) -> nodes.Keyword | None:
    """The keyword argument of a name."""
    return next((one for one in call.keywords if one.arg == name), None)


def literal(node: nodes.NodeNG | None) -> object:
    """The value of a constant; None for what is none."""
    return node.value if isinstance(node, nodes.Const) else None


def methods(module: Module, names: Container[str]) -> Iterator[tuple[nodes.Call, str]]:
    """Calls of methods of Keras' models, in no file that runs Keras 2."""
    if not uses_keras(module):
        return
    for callee in module.names.by_type["Attribute"]:
        call = callee.parent
        if (
            callee.attrname in names
            and isinstance(call, nodes.Call)
            and call.func is callee
            and is_model(module.names, callee.expr)
        ):
            yield call, callee.attrname


def is_model(names: Names, node: nodes.NodeNG, hops: int = _MAX_HOPS) -> bool:
    """Whether an expression is known to be a model of Keras.

    What a class or function of Keras makes, an instance of a subclass of ``Model`` that the file
    defines, ``self`` in one, or what a function of the file always returns.
    """
    api = names.api(node)
    if api is not None:
        return _MODEL.fullmatch(public(api)) is not None
    if not hops:
        return False
    if isinstance(node, nodes.Call) and isinstance(node.func, nodes.Name):
        return _makes_model(names, node.func, hops - 1)
    if isinstance(node, nodes.Attribute) and identifier(node.expr) == "self":
        values = attribute_values(names, node)
        return bool(values) and all(is_model(names, one, hops - 1) for one in values)
    if not isinstance(node, nodes.Name):
        return False
    bindings = names.bindings(node)
    if bindings and isinstance(bindings[0].node.parent, nodes.Arguments):
        owner = node.scope().parent
        return (
            node.name == "self"
            and isinstance(owner, nodes.ClassDef)
            and is_model_class(names, owner)
        )
    return bool(bindings) and all(
        binding.item is None
        and binding.value is not None
        and is_model(names, binding.value, hops - 1)
        for binding in bindings
    )


def _makes_model(names: Names, callee: nodes.Name, hops: int) -> bool:
    """Whether a class or function of the file makes a model whenever it is called."""
    made = [binding.node for binding in names.bindings(callee)]
    if len(made) != 1:
        return False
    if isinstance(made[0], nodes.ClassDef):
        return is_model_class(names, made[0])
    if not isinstance(made[0], nodes.FunctionDef):
        return False
    returned = [one.value for one in made[0].nodes_of_class(nodes.Return) if one.frame() is made[0]]
    return bool(returned) and all(
        value is not None and is_model(names, value, hops) for value in returned
    )


def is_model_class(names: Names, owner: nodes.ClassDef) -> bool:
    """Whether a class of the file derives from Keras' ``Model`` or ``Sequential``."""
    return any(public(names.api(base) or "") in {"Model", "Sequential"} for base in owner.bases)


def is_keras_class(names: Names, owner: nodes.ClassDef, hops: int = _MAX_HOPS) -> bool:
    """Whether a class derives from a layer or model of Keras, through classes of the file too."""
    for base in owner.bases:
        name = public(names.api(base) or "")
        if name in {"Model", "Sequential"} or name.startswith("layers."):
            return True
        if hops and isinstance(base, nodes.Name):
            for binding in names.bindings(base):
                if isinstance(binding.node, nodes.ClassDef) and is_keras_class(
                    names, binding.node, hops - 1
                ):
                    return True
    return False


def attribute_values(names: Names, node: nodes.Attribute) -> list[nodes.NodeNG]:
    """What the class around assigns to ``self.name``."""
    owner = enclosing_class(node)
    return [
        target.parent.value
        for target in names.by_type["AssignAttr"]
        if target.attrname == node.attrname
        and isinstance(target.parent, nodes.Assign)
        and enclosing_class(target) is owner
    ]


def enclosing_class(node: nodes.NodeNG) -> nodes.ClassDef | None:
    """The innermost class around a node."""
    return next((one for one in node.node_ancestors() if isinstance(one, nodes.ClassDef)), None)


def identifier(node: nodes.NodeNG) -> str | None:
    """The name that an expression is; None for what is no plain name."""
    return node.name if isinstance(node, nodes.Name) else None


def renamed(module: Module, argument: nodes.Keyword, name: str) -> Edit:
    """The edit that gives a keyword argument another name."""
    start = module.source.start(argument)
    return Edit(start, start + len(argument.arg), name)


def without(module: Module, call: nodes.Call, argument: nodes.Keyword) -> Edit | None:
    """The edit that takes a keyword argument out of a call; None where it would lose a comment."""
    source = module.source
    start, end = source.start(argument), source.end(argument)
    before = source.text[:start].rstrip()
    after = source.text[end : source.end(call)]
    in_comment = any(one < len(before) <= other for one, other, _ in source.comments)
    if before.endswith(",") and not in_comment:
        start = len(before) - 1
    elif after.lstrip().startswith(","):
        end += len(after) - len(after.lstrip()) + 1
        rest = source.text[end : source.end(call)]
        end += len(rest) - len(rest.lstrip())
    if source.comments_within(start, end):
        return None
    return Edit(start, end, "")


def spelled(module: Module, api: str) -> tuple[str, list[Edit]]:
    """How a file writes a name of Keras, and the import that it needs for that, if any."""
    bound = imports.spellings(module)
    for part in parts(api):
        if part in bound:
            return bound[part] + api.removeprefix(part), []
    package = api.partition(".")[0]
    needed = imports.Imports(module)
    text = needed.spell(package) + api.removeprefix(package)
    return text, needed.additions()


def executed(symbol: str, case: str, target: str) -> Evidence | None:
    """What executing a program fixture of a rule showed."""
    return evidence.lookup_fixture(evidence.fixtures() / symbol / case, target)


def shown(symbol: str, case: str, target: str, title: str) -> Iterator[Fix]:
    """A program fixture of a rule to read, where it has a side for the target."""
    if (evidence.fixtures() / symbol / case / f"{target}.py").is_file():
        yield replacements.example(symbol, case, target, title)
