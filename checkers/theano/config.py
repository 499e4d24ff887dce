"""Flags of Theano: ``theano.config``, ``THEANO_FLAGS`` and ``.theanorc``."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator

from astroid import nodes

from lintplugin import replacements, signatures, templates
from lintplugin.analysis import Module
from lintplugin.names import parts
from lintplugin.rules import Finding, Rule
from lintplugin.templates import Row

from . import flags

SYMBOL = "theano-config"

RULE = Rule(
    id="W6507",
    message="'%(api)s' is a flag of Theano%(effect)s; %(advice)s",
    summary="A flag of Theano, in the program, its environment or a `.theanorc`.",
    why="""\
Theano takes its settings from `.theanorc`, from the environment variable `THEANO_FLAGS`, which goes
first, and from assignments to `theano.config`. Neither TensorFlow 2 nor PyTorch reads any of them.
A port that loses `floatX = float32` computes in other types: layers and constants of `float64`
against those of `float32`, or the reverse.

What Theano 1.0.5 does was executed, flag by flag:

* `THEANO_FLAGS` set after `import theano` has no effect: the variable is read once;
* 29 of the 140 flags, `device` among them, raise when a program assigns to them, since Theano has
  been imported by then; the others change what is compiled later;
* a flag that Theano does not know, in the environment or assigned, is taken without a word, so that
  `lib.cnmem` and others of Theano 0.x do nothing.

Literal GPUs, as in `device=gpu`, are reported by `device-hard-coded`.

`lintplugin check` also reads files of the name `.theanorc`, `theanorc` or `.theanorc.txt`, those
that are named and those in a folder that is checked.
""",
    references=(
        "https://theano-pymc.readthedocs.io/en/latest/library/config.html",
        "https://keras.io/api/utils/config_utils/",
        "https://pytorch.org/docs/stable/generated/torch.set_default_dtype.html",
    ),
)

ROWS = templates.Table(__file__)

_CONFIG = "theano.config"

#: What raises ``Can't change the value of this config parameter after initialization!``; found by
#: assigning to each flag of Theano 1.0.5 its own value.
_FIXED = frozenset(
    {
        "base_compiledir",
        "cmodule.age_thresh_use",
        "cmodule.preload_cache",
        "compile.timeout",
        "compile.wait",
        "compiledir",
        "compiledir_format",
        "contexts",
        "ctc.root",
        "device",
        "dnn.conv.algo_bwd",
        "dnn.conv.workmem",
        "dnn.conv.workmem_bwd",
        "force_device",
        "gpuarray.cache_path",
        "gpuarray.preallocate",
        "gpuarray.sync",
        "init_gpu_device",
        "numpy.seterr_all",
        "numpy.seterr_divide",
        "numpy.seterr_invalid",
        "numpy.seterr_over",
        "numpy.seterr_under",
        "optimizer_excluding",
        "optimizer_including",
        "optimizer_requiring",
        "print_active_device",
        "tensor.cmp_sloppy",
        "warn.ignore_bug_before",
    }
)

_LINE = re.compile(r"\[(?P<section>[^]]+)\]|(?P<name>[A-Za-z_][\w.]*)\s*[=:]")


def check(module: Module) -> Iterator[Finding]:
    for name, references in module.by_api.items():
        known = _canonical(name) if "config" in name and name.startswith("theano.") else None
        for reference in references if known is not None else ():
            node, api, effect = reference.node, str(known), ""
            target = node.parent
            if isinstance(target, nodes.AssignAttr):
                api = f"{api}.{target.attrname}"
                node = target
                effect = _assigned(api)
                if api == f"{_CONFIG}.device" and flags.is_gpu(
                    getattr(target.parent, "value", None)
                ):
                    continue  # Of device-hard-coded.
            if replacements.is_spelled(module, reference.node):
                yield _finding(module, node, api, effect, reference.confidence)
    for setting in flags.settings(module):
        imported = flags.imported_before(module, setting.node)
        if imported is not None:
            effect = f", set without effect, since line {imported.lineno} has imported Theano"
            yield _finding(module, setting.node, flags.VARIABLE, effect)
            continue
        found, gpu = setting.flags(), setting.gpu()
        for flag, value in found.items():
            if not gpu or value != gpu:
                yield _finding(module, setting.node, f"{_CONFIG}.{flag}", _known(flag))
        if not found and not _is_empty(setting.value):
            yield _finding(module, setting.node, flags.VARIABLE, "")


def read(module: Module) -> Iterator[Finding]:
    """The flags of a ``.theanorc``: ``name = value`` below ``[section]``."""
    source = module.source
    if source.path.endswith(".json"):
        return
    section = ""
    for number in range(1, source.line_count + 1):
        match = _LINE.match(source.line(number))
        if match is None:
            continue
        if match["section"] is not None:
            section = "" if match["section"] == "global" else f"{match['section']}."
            continue
        flag = f"{section}{match['name']}"
        start = source.line_start(number) + match.start("name")
        span = source.span_of(start, start + len(match["name"]))
        finding = _finding(module, module.tree, f"{_CONFIG}.{flag}", _known(flag))
        yield dataclasses.replace(finding, span=span)


def _finding(
    module: Module, node: nodes.NodeNG, api: str, effect: str, confidence: str = "HIGH"
) -> Finding:
    return module.finding(
        node,
        api,
        confidence=confidence,
        effect=effect,
        advice=replacements.advice(module, _row(api)),
    )


@functools.lru_cache(maxsize=1024)
def _canonical(name: str) -> str | None:
    """``theano.config.floatX``, whatever module it is reached by; None for what is no flag."""
    for part in parts(name):
        entry = signatures.legacy_entry(part)
        if entry is not None and f"{entry.canonical}.".startswith(f"{_CONFIG}."):
            return entry.canonical + name.removeprefix(part)
    return None


def _row(api: str) -> Row:
    """What is said of a flag, else of the section that it is in, else of flags."""
    return next((ROWS[part] for part in parts(api) if part in ROWS), ROWS[_CONFIG])


def _assigned(api: str) -> str:
    flag = api.removeprefix(f"{_CONFIG}.")
    if flag in _FIXED:
        return ", and raises where it is set, since Theano has been imported"
    return _known(flag)


def _known(flag: str) -> str:
    if signatures.legacy_entry(f"{_CONFIG}.{flag}") is not None:
        return ""
    return " that Theano 1.0 does not know, and ignores"


def _is_empty(value: nodes.NodeNG) -> bool:
    return isinstance(value, nodes.Const) and value.value == ""
