"""The device that a PyTorch program chooses, and the line that chooses one."""

from __future__ import annotations

from astroid import nodes

from lintplugin.analysis import Module
from lintplugin.edits import Edit
from lintplugin.imports import Imports, statement

NAME = "device"


def expression(torch: str, device: str = "cuda", quote: str = '"') -> str:
    """A device that is there: ``device`` where the machine has it, else the CPU.

    :param torch: how the file spells PyTorch.
    """
    return f"{quote}{device}{quote} if {condition(torch, device)} else {quote}cpu{quote}"


def condition(torch: str, device: str) -> str:
    """What holds where a machine has a device."""
    kind, _, index = device.partition(":")
    return f"{torch}.{kind}." + (
        f"device_count() > {index}" if int(index or 0) else "is_available()"
    )


def definition(torch: str) -> str:
    """The line that chooses a device once, for the whole file."""
    return f"{NAME} = {torch}.device({expression(torch)})"


def chosen(module: Module, use: nodes.NodeNG) -> str | None:
    """A name at the top of the module that already holds a device chosen by a condition."""
    single = [bound[0] for bound in module.names.scope.bindings.values() if len(bound) == 1]
    for binding in sorted(single, key=lambda binding: binding.position):
        value = binding.value
        if value is None or module.names.api(value) != "torch.device()":
            continue
        decided = isinstance(value, nodes.IfExp) or not _is_literal(value)
        before = binding.position < (use.lineno or 0, use.col_offset or 0)
        if decided and (before or use.scope() is not module.tree):
            return binding.name
    return None


def _is_literal(call: nodes.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return all(isinstance(value, nodes.Const) for value in given)


def place(
    module: Module, use: nodes.NodeNG, imports: Imports, device: str = "cuda"
) -> tuple[str, list[Edit]]:
    """How a device is written at a use, and what defines it.

    The name that the file has for it, else a new one, else the choice itself; one with an index is
    always chosen in place.
    """
    if device == "cuda":
        name = chosen(module, use)
        if name is not None:
            return name, []
        definition = insertion(module) if is_free(module) else None
        if definition is not None:
            return NAME, [definition]
    return expression(imports.spell("torch"), device), imports.additions()


def is_free(module: Module) -> bool:
    """Whether nothing in the file gives :data:`NAME` a meaning."""
    by_type = module.names.by_type
    functions = [*by_type["FunctionDef"], *by_type["AsyncFunctionDef"], *by_type["Lambda"]]
    imports = [*by_type["Import"], *by_type["ImportFrom"]]
    bound = {node.name for node in (*by_type["AssignName"], *by_type["ClassDef"])}
    bound.update(node.name for node in functions)
    bound.update(name for node in functions for name in node.argnames())
    bound.update(name for node in by_type["Global"] for name in node.names)
    bound.update(alias or name.partition(".")[0] for node in imports for name, alias in node.names)
    return not {NAME, "*"} & bound


def insertion(module: Module) -> Edit | None:
    """The definition, after the imports that PyTorch stands among; None when there is no place."""
    source = module.source
    body = module.tree.body
    place = next(
        (
            index
            for index, node in enumerate(body)
            if isinstance(node, (nodes.Import, nodes.ImportFrom)) and _imports_torch(node)
        ),
        None,
    )
    if place is None:
        return None
    while place + 1 < len(body) and isinstance(body[place + 1], (nodes.Import, nodes.ImportFrom)):
        place += 1
    imports = Imports(module)
    torch = imports.spell("torch")
    lines = [statement("torch")] if imports.missing else []
    if imports.clash() is not None:
        return None
    lines.extend(["", definition(torch)])
    offset = source.line_start((body[place].end_lineno or body[place].lineno) + 1)
    text = source.newline.join(lines) + source.newline
    if offset == len(source.text) and not source.text.endswith(("\n", "\r")):
        text = source.newline + text
    return Edit(offset, offset, text)


def _imports_torch(node: nodes.Import | nodes.ImportFrom) -> bool:
    modules = [node.modname] if isinstance(node, nodes.ImportFrom) else [n for n, _ in node.names]
    return any(module.partition(".")[0] == "torch" for module in modules)
