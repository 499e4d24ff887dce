"""Sums with a factor before the tensor that it multiplies, as PyTorch wrote them before 1.5."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

from astroid import nodes

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.edits import Edit, Fix
from lintplugin.rules import Finding, Rule

from . import objects, tensors

SYMBOL = "torch-scalar-first"

RULE = Rule(
    id="W7017",
    message="PyTorch warns that a number before the tensors of '%(name)s' is deprecated; write "
    "%(advice)s",
    summary="A call such as `p.add_(-lr, grad)`, whose factor stands before the tensor.",
    why="""\
`x.add(2, y)` is `x + 2 * y`, and reads like `x + 2 + y`. Since PyTorch 1.5 it is
`x.add(y, alpha=2)`, and the old form warns, once in a program. With it went the positions of `beta`
and `alpha` in `addmm` and its like, and that of `value` in `addcmul` and `addcdiv`. Both forms were
executed with PyTorch 2.13.

Reported by the number of arguments, which is that of the old form alone: for functions of `torch`,
for methods whose names only tensors have, such as `add_` and `addcdiv`, and for `add` and `sub` of
what is known to be a tensor.

TensorFlow 2 has no such sums: it is `x + 2 * y`, and `x.assign_add(2 * y)` of a variable.
""",
    references=("https://github.com/pytorch/pytorch/releases/tag/v1.5.0",),
)

#: By name, the arguments of the old forms of the method; the tensor itself is ``input``.
_FORMS: dict[str, Sequence[Sequence[str]]] = {
    **dict.fromkeys(("add", "sub"), (("alpha", "other"),)),
    **dict.fromkeys(
        ("addmm", "addmv", "addr", "addbmm", "baddbmm"),
        (("beta", "one", "two"), ("beta", "alpha", "one", "two")),
    ),
    **dict.fromkeys(("addcmul", "addcdiv"), (("value", "one", "two"),)),
}

#: Keywords of today, in the order in which they are written.
_NUMBERS = ("beta", "alpha", "value")

#: Methods that sets and collections have, too.
_COMMON = frozenset({"add", "sub"})


def check(module: Module) -> Iterator[Finding]:
    names = module.names
    found = [
        one
        for one in names.by_type["Attribute"]
        if one.attrname.removesuffix("_") in _FORMS
        and isinstance(one.parent, nodes.Call)
        and one.parent.func is one
    ]
    if not found or not objects.imports_torch(names):
        return
    known = tensors.Tensors(names)
    for node in found:
        given = _given(module, known, node)
        if given is not None:
            text = _written(module, node, given)
            yield module.finding(
                node.parent,
                f"torch.Tensor.{node.attrname}",
                confidence="INFERENCE",
                name=node.attrname,
                advice=" ".join(text.split()),
                fixes=functools.partial(_fixes, module, node, text),
            )


def _given(
    module: Module, known: tensors.Tensors, node: nodes.Attribute
) -> dict[str, nodes.NodeNG] | None:
    """The arguments of an old form by name, None of a call that is none."""
    call = node.parent
    if any(isinstance(one, nodes.Starred) for one in call.args):
        return None
    if any(one.arg in (*_NUMBERS, None) for one in call.keywords):
        return None
    forms = _FORMS[node.attrname.removesuffix("_")]
    if module.names.api(node) == f"torch.{node.attrname}":
        forms = [_of_function(form) for form in forms]
    elif module.names.api(node.expr) == "torch" or not (
        node.attrname not in _COMMON or known.is_tensor(node.expr)
    ):
        return None
    form = next((form for form in forms if len(form) == len(call.args)), None)
    return dict(zip(form, call.args, strict=True)) if form is not None else None


def _of_function(form: Sequence[str]) -> Sequence[str]:
    """The tensor stands first, but behind ``beta``, which multiplies it."""
    return (form[0], "input", *form[1:]) if form[0] == "beta" else ("input", *form)


def _written(module: Module, node: nodes.Attribute, given: dict[str, nodes.NodeNG]) -> str:
    source = module.source
    placed = [source.segment(value) for name, value in given.items() if name not in _NUMBERS]
    named = [f"{name}={source.segment(given[name])}" for name in _NUMBERS if name in given]
    others = [source.segment(one) for one in node.parent.keywords]
    return f"{source.segment(node)}({', '.join([*placed, *named, *others])})"


def _fixes(module: Module, node: nodes.Attribute, text: str) -> Iterator[Fix]:
    source, call = module.source, node.parent
    for target in module.settings.targets:
        if target != "torch":
            yield replacements.example(SYMBOL, "sums", target, "Write the sum")
            continue
        start, end = source.end(node), source.end(call)
        lost = (
            "comments inside the call would be lost" if source.comments_within(start, end) else ""
        )
        edits = [Edit(start, end, text.removeprefix(source.segment(node)))]
        yield replacements.shown_by_programs(
            SYMBOL, target, "Write the factor as a keyword", text, edits, lost
        )
