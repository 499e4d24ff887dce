"""``tf.app``, ``tf.flags``, ``tf.logging``, ``tf.gfile``: what is around a program."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from astroid import nodes
from lintplugin.checkers.tensorflow1 import removed_api

from lintplugin import templates
from lintplugin.analysis import Module
from lintplugin.edits import Applicability, Fix
from lintplugin.imports import Imports
from lintplugin.rules import Finding, Rule

SYMBOL = "tf1-app"

RULE = Rule(
    id="E6610",
    message="'%(api)s' does not exist in TensorFlow 2; %(advice)s",
    summary="`tf.app`, `tf.flags`, `tf.logging` or `tf.gfile`, which TensorFlow 2 no longer has.",
    why="""\
TensorFlow 2 left out what has nothing to do with tensors; using it raises `AttributeError`.

* `tf.flags` was `absl.flags` of the package absl-py, which TensorFlow still depends on, and which
  PyTorch users install by itself. `flags = tf.flags` becomes `from absl import flags`, and what is
  below stays. `tf.flags` took arguments by older names, `flag_name`, `default_value` and
  `docstring`, which `absl.flags` does not. `tf.flags.FLAGS` parsed the command line when it was
  first read, whereas `absl.flags.FLAGS` raises `UnparsedFlagAccessError` until `app.run` has parsed
  it. The fix is therefore safe only in a file that calls `tf.app.run`, and reads no flag while it
  is imported.
* `tf.app.run` was `absl.app.run` with two differences, which the fix keeps: without an argument it
  called the function `main` of the program, and it passed flags that nobody defined on to `main`.
  Where such a flag should be an error, `app.run(main)` is enough.
* `tf.logging` wrote to the logger `tensorflow` of Python's `logging`. `tf.get_logger()` returns
  that logger in both versions, with the same handler, format and threshold, and the levels are
  those of `logging`. `absl.logging` is another logger, with other levels. For PyTorch, the
  functions of `logging` write the same levels and texts to the root logger.
* `tf.gfile` is `tf.io.gfile` with names in lower case. PyTorch has no such module; `os` and
  `shutil` do the same with local files.

The replacements were executed on both sides: flags by the values and errors that command lines
give, logging by the records at each threshold, files by what is there afterwards.
""",
    references=(
        "https://abseil.io/docs/python/guides/flags",
        "https://abseil.io/docs/python/guides/app",
        "https://www.tensorflow.org/api_docs/python/tf/get_logger",
        "https://www.tensorflow.org/api_docs/python/tf/io/gfile",
    ),
)

ROWS = templates.Table(__file__)

_FLAGS = ("tensorflow.flags.FLAGS", "tensorflow.app.flags.FLAGS")
_NO_MAIN = "the function 'main' of the program is not at the top level of this file"


def check(module: Module) -> Iterator[Finding]:
    for finding in removed_api.findings(module, SYMBOL):
        finding.compute = functools.partial(_fixes, module, finding, finding.compute)
        yield finding


def _fixes(module: Module, finding: Finding, compute: Callable[[], Iterable[Fix]]) -> Iterator[Fix]:
    """The fixes by the rows, with what depends on the rest of the file."""
    for fix in compute():
        if fix.target == "tf2" and fix.evidence is not None:
            fix = _where_parsed(module, finding, _in_variable(module, finding, fix))
            if fix.edits and _needs_main(module, finding):
                fix = replace(fix, applicability=Applicability.DISPLAY, reason=_NO_MAIN, edits=())
        yield fix


def _in_variable(module: Module, finding: Finding, fix: Fix) -> Fix:
    """The fix of a name below ``flags`` after ``flags = tf.flags``: the import in its place."""
    imports = Imports(module)
    taken = imports.takeover("absl.flags")
    if taken is None or imports.spell("absl.flags") != taken.name:
        return fix
    root = finding.node
    while isinstance(root, nodes.Attribute):
        root = root.expr
    if finding.node is not taken.value and not (
        finding.node is not root and isinstance(root, nodes.Name) and root.name == taken.name
    ):
        return fix
    edits = tuple(imports.additions())
    return replace(fix, applicability=Applicability.SAFE, reason="", edits=edits)


def _where_parsed(module: Module, finding: Finding, fix: Fix) -> Fix:
    """A fix that makes ``FLAGS`` absl's, which is safe where the command line is parsed in time."""
    taken = Imports(module).takeover("absl.flags")
    replaces = taken is not None and any(
        edit.start <= module.source.start(taken.node) < edit.end for edit in fix.edits
    )
    if not fix.edits or not (finding.api in _FLAGS or replaces):
        return fix
    if _is_parsed_in_time(module):
        return replace(fix, applicability=Applicability.SAFE, reason="")
    reason = ROWS[_FLAGS[0]].unsafe["tf2"]
    return replace(fix, applicability=Applicability.UNSAFE, reason=reason)


@functools.lru_cache(maxsize=1)
def _is_parsed_in_time(module: Module) -> bool:
    """Whether a program parses its command line, and reads no flag while it is imported.

    A file that does not mention ``FLAGS`` reads none.
    """
    is_parsed = "tensorflow.app.run" in module.by_api or any(
        binding.api == "absl.app"
        for bindings in module.names.scope.bindings.values()
        for binding in bindings
    )
    for reference in module.references:
        if not reference.api.startswith(_FLAGS):
            continue
        is_read = reference.api not in _FLAGS
        if not is_parsed or (is_read and _runs_on_import(reference.node)):
            return False
    return True


def _runs_on_import(node: nodes.NodeNG) -> bool:
    """Whether an expression stands outside of functions, or is the default of an argument."""
    around = list(node.node_ancestors())
    return not any(isinstance(one, (nodes.FunctionDef, nodes.Lambda)) for one in around) or any(
        isinstance(one, (nodes.Arguments, nodes.Decorators)) for one in around
    )


def _needs_main(module: Module, finding: Finding) -> bool:
    """Whether ``tf.app.run()`` means a ``main`` that the place of the call does not have."""
    call = finding.node.parent
    if finding.api != "tensorflow.app.run" or not isinstance(call, nodes.Call):
        return False
    if call.args or any(keyword.arg == "main" for keyword in call.keywords):
        return False
    return "main" not in module.names.scope.bindings or len(module.names.everywhere("main")) > 1
