"""Models of Theano that are pickled as objects, GPU and all."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Fix
from lintplugin.names import Names
from lintplugin.rules import Finding, Rule

from ..theano import flags

SYMBOL = "device-pickled-model"

RULE = Rule(
    id="W6836",
    message="%(what)s, which a program without Theano cannot read; %(advice)s",
    summary="A pickle of Theano's variables, functions or of objects that hold them.",
    why="""\
A pickle names the classes of what is in it. That of a `theano.shared`, of a compiled function or of
a model that keeps either names those of Theano, and loading it imports them:
`ModuleNotFoundError: No module named 'theano'` in a program that was ported. This was executed. One
that was written on a GPU by Theano 0.9 names `CudaNdarrayType` and `CudaNdarraySharedVariable`,
which Theano 1.0 removed: only Theano 0.9 reads it.

Arrays are read by everyone. While Theano still runs, write them once:

```python
numpy.savez("model.npz", *[parameter.get_value() for parameter in model.params])
```

Then models are built by code, and read their numbers: `tf.train.Checkpoint`, `save_weights` of a
Keras model, or `torch.save(model.state_dict(), file)`.

Reported where what is written is Theano's, or is an object of a class of the file that keeps
something of Theano in an attribute; and where what is read goes into a call of Theano. Data sets
and lists of arrays are left alone.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/tutorial/loading_and_saving.html",
        "https://docs.pytorch.org/docs/stable/notes/serialization.html",
        "https://www.tensorflow.org/guide/checkpoint",
    ),
)

_PICKLE = re.compile(r"(?:six\.moves\.)?(?:_pickle|c?[pP]ickle|dill|joblib)(?:\.(?:dump|load)s?)?")

_WRITES = frozenset({"dump", "dumps"})

_READS = frozenset({"load", "loads"})

_WRITE_ARRAYS = "write the arrays that get_value() gives"

_READ_ARRAYS = "build the model by code and read arrays into it"


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    if not flags.imports_theano(module):
        return
    pickles = {one.name: one.api for one in names.imports if _PICKLE.fullmatch(one.api)}
    for call in names.by_type["Call"] if pickles else ():
        does = _function(pickles, call.func) if call.args else ""
        if does in _WRITES and _is_of_theano(names, call.args[0]):
            what = f"'{call.args[0].as_string()}' is pickled as an object of Theano"
            yield _finding(module, call, what, _WRITE_ARRAYS)
        elif does in _READS and _goes_into_theano(names, call):
            yield _finding(module, call, "an object of Theano is read from a pickle", _READ_ARRAYS)


def _function(pickles: Mapping[str, str], callee: nodes.NodeNG) -> str:
    """``dump`` of ``pickle.dump`` and of what was imported from ``pickle``; else empty."""
    if isinstance(callee, nodes.Name):
        return pickles.get(callee.name, "").rpartition(".")[2]
    if isinstance(callee, nodes.Attribute) and isinstance(callee.expr, nodes.Name):
        return str(callee.attrname) if callee.expr.name in pickles else ""
    return ""


def _finding(module: Module, call: nodes.Call, what: str, advice: str) -> Finding:
    return module.finding(
        call,
        "theano.shared",
        confidence="INFERENCE",
        fixes=functools.partial(_fixes, module),
        what=what,
        advice=advice,
    )


def _is_of_theano(names: Names, node: nodes.NodeNG) -> bool:
    """Whether an expression is an object of Theano, or holds one."""
    if isinstance(node, (nodes.Tuple, nodes.List)):
        return any(_is_of_theano(names, one) for one in node.elts)
    if isinstance(node, nodes.Dict):
        return any(_is_of_theano(names, value) for _, value in node.items)
    if _is_made(names.api(node)):
        return True
    bindings = names.bindings(node) if isinstance(node, nodes.Name) else []
    values = [one.value if one.item is None else None for one in bindings]
    return bool(values) and all(
        isinstance(one, nodes.Call) and _is_holder(names, one.func) for one in values
    )


def _is_made(api: str | None) -> bool:
    """Whether a name is that of what a call of Theano returned, not of a value taken out of it."""
    return api is not None and api.startswith("theano.") and api.count("()") == 1 and api[-1] == ")"


def _is_holder(names: Names, callee: nodes.NodeNG) -> bool:
    """Whether a class of this file keeps something of Theano, and nothing about its pickles."""
    bindings = names.bindings(callee) if isinstance(callee, nodes.Name) else []
    (owner, *others) = [one.node for one in bindings] or [None]
    if not isinstance(owner, nodes.ClassDef) or others:
        return False
    methods = {one.name for one in owner.body if isinstance(one, nodes.FunctionDef)}
    if methods & {"__getstate__", "__reduce__"}:
        return False
    return any(
        isinstance(target.expr, nodes.Name)
        and target.expr.name == "self"
        and isinstance(target.parent, nodes.Assign)
        and _is_made(names.api(target.parent.value))
        for target in owner.nodes_of_class(nodes.AssignAttr)
    )


def _goes_into_theano(names: Names, load: nodes.Call) -> bool:
    """Whether what is read is given to a call of Theano by its name."""
    target = load.parent.targets[0] if isinstance(load.parent, nodes.Assign) else None
    if not isinstance(target, nodes.AssignName):
        return False
    for use in names.uses(target.name):
        is_it = any(binding.node is target for binding in names.bindings(use))
        node = use.parent.parent if isinstance(use.parent, nodes.Attribute) else None
        while isinstance(node, (nodes.List, nodes.Tuple, nodes.Keyword)):
            node = node.parent
        if is_it and isinstance(node, nodes.Call):
            api = names.api(node.func)
            if api is not None and api.startswith("theano."):
                return True
    return False


def _fixes(module: Module) -> Iterator[Fix]:
    for target in module.settings.targets:
        yield replacements.example(SYMBOL, "model", target, "Write and read arrays")
