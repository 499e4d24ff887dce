"""Imports of Theano."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from lintplugin import replacements
from lintplugin.analysis import Module
from lintplugin.rules import Finding, Rule

SYMBOL = "theano-import"

RULE = Rule(
    id="W6501",
    message="'%(api)s' is imported, and Theano is unmaintained since 2020 and does not import with "
    "current NumPy; convert the module",
    summary="An import of Theano.",
    why="""\
The last release of Theano is 1.0.5, of 2020. `import theano` fails with current NumPy, which no
longer has `numpy.distutils` and names such as `numpy.bool`. Aesara and PyTensor, which continue it,
have other names.

Half a conversion does not run, so a module leaves Theano as a whole. `lintplugin fix --target tf2`
or `--target torch` rewrites one when every symbolic expression in it is understood: its element
type, its number of dimensions and which shared variables it depends on. Symbolic inputs and the
statements that compute with them go into the functions that `theano.function` made of them; shared
variables become `tf.Variable` objects or tensors. Otherwise the file stays as it is, and the fix
names the first line that stops it.

`theano.config.floatX` is taken to be `float64`, its default, unless the module sets it.
Numbers agree within rounding: Theano's optimiser rewrites expressions for numerical stability, as
`log(1 + exp(x))`, and the converted function computes what the program says.
""",
    references=(
        "https://github.com/Theano/Theano/releases/tag/rel-1.0.5",
        "https://github.com/pymc-devs/pytensor",
    ),
)


def check(module: Module) -> Iterator[Finding]:
    seen = set()
    for imported in module.names.imports:
        node = imported.node
        if imported.api.partition(".")[0] == "theano" and node not in seen:
            seen.add(node)
            yield module.finding(
                node,
                imported.api,
                fixes=partial(replacements.conversion_fixes, module, SYMBOL, node),
            )
