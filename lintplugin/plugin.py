"""The Pylint adapter: one checker per folder of rules, all under one name.

``--enable=lintplugin`` after ``--disable=all`` enables every rule, since Pylint takes the name of a
checker for all its messages, and our checkers share theirs.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from astroid import nodes
from pylint import interfaces
from pylint.checkers import BaseChecker
from pylint.reporters import MultiReporter

from lintplugin import analysis, pylint2, rules
from lintplugin.analysis import Module, Report, Settings
from lintplugin.baseline import Baseline
from lintplugin.configuration import Configuration, baseline_of, stated_in
from lintplugin.options import ConfigurationError, Options, Section
from lintplugin.project import may_use_framework
from lintplugin.reporters import adapter
from lintplugin.rules import Checker, Finding
from lintplugin.source import Source

if TYPE_CHECKING:
    from pylint.lint import PyLinter

NAME = "lintplugin"

#: Reported when one of our rules raises.
INTERNAL_ERROR = "lintplugin-internal-error"

#: Pylint's exit status for an option that it does not take.
_USAGE_ERROR = 32

#: Where modules are searched for, before Pylint adds what it lints.
_PATH = sys.path[:]

_CONFIDENCE = {"HIGH": interfaces.HIGH, "INFERENCE": interfaces.INFERENCE}


def register(linter: PyLinter) -> None:
    """Register every rule once; Pylint calls this again in each worker of ``--jobs``."""
    if any(isinstance(checker, RuleChecker) for checker in linter.get_checkers()):
        return
    atexit.unregister(_end)
    atexit.register(_end, linter)
    with _garbage_waits():
        linter.register_checker(Main(linter))
        pylint2.register(linter)
        adapter.register(linter)
        for members in _groups().values():
            linter.register_checker(RuleChecker(linter, members))


def _end(linter: PyLinter) -> None:
    """Leave the trees as they are when the process ends.

    They are one circle, which Python would search and take apart, for nothing, in more time than
    our rules take. It would also close the files of ``--output-format=json:FILE``: they are closed
    here.
    """
    if isinstance(linter.reporter, MultiReporter):
        linter.reporter.close_output_files()
    gc.freeze()


def load_configuration(linter: PyLinter) -> None:
    """Check the options once Pylint has read them; ends the run as its own bad options do."""
    unknown = [name for name in linter.config.lintplugin_target if name not in rules.TARGETS]
    if unknown:
        choices = ", ".join(rules.TARGETS)
        print(f"lintplugin-target: unknown '{unknown[0]}', choose from {choices}", file=sys.stderr)
        sys.exit(_USAGE_ERROR)
    try:
        for kept in (_options, _configuration):
            kept.cache_clear()
        _options()
    except ConfigurationError as error:
        print(f"lintplugin: {error}", file=sys.stderr)
        sys.exit(_USAGE_ERROR)
    try:
        _baseline(_named_baseline(linter))
    except ConfigurationError as error:
        print(f"lintplugin-baseline: {error}", file=sys.stderr)
        sys.exit(_USAGE_ERROR)


def settings_of(linter: PyLinter, path: str) -> Settings | None:
    """What the engine is asked about a file; None where it is excluded.

    Pylint's command line wins over the table of pyproject.toml, and that over Pylint's own.
    """
    configuration = _configuration(stated_in(linter))
    return None if configuration.is_excluded(path) else configuration.settings_for(path)


@functools.lru_cache(maxsize=1)
def _options() -> Options:
    return Options.find()


@functools.lru_cache(maxsize=1)
def _configuration(stated: Section) -> Configuration:
    targets = stated.target if _on_command_line("target") else None
    compat_v1 = _on_command_line("allow-compat-v1") and bool(stated.allow_compat_v1)
    return Configuration.of(_options(), targets or (), compat_v1=compat_v1, pylint=stated)


def _named_baseline(linter: PyLinter) -> str:
    stated: str = linter.config.lintplugin_baseline
    return stated if _on_command_line("baseline") else _options().baseline or stated


def _on_command_line(option: str) -> bool:
    """Whether an option is given there; Pylint does not say where it has a value from."""
    return any(one.startswith(f"--lintplugin-{option}") for one in sys.argv[1:])


class Main(BaseChecker):
    """Finds Theano, TensorFlow 1 and old Keras, and offers replacements that were executed."""

    # Pylint's --help prints the line above. Here are the options and the message about our own
    # failures.

    name = NAME
    msgs = {  # noqa: RUF012
        "I6401": (
            "%s",
            INTERNAL_ERROR,
            "A rule of lintplugin raised an exception; the other rules ran.",
        ),
    }
    options = (
        (
            "lintplugin-target",
            {
                "default": (),
                "type": "csv",
                "metavar": "<tf2,torch>",
                "help": "Frameworks to suggest replacements for; both when empty. Naming one also "
                "turns on the rules that wait for it.",
            },
        ),
        (
            "lintplugin-allow-compat-v1",
            {
                "default": False,
                "type": "yn",
                "metavar": "<y or n>",
                "help": "Offer the name below tf.compat.v1 where TensorFlow 2 still has it and no "
                "native replacement can be applied.",
            },
        ),
        (
            "lintplugin-python2",
            {
                "default": False,
                "type": "yn",
                "metavar": "<y or n>",
                "help": "Lint files in Python 2, too, as if they had been repaired, where Pylint "
                "would stop at a syntax error.",
            },
        ),
        (
            "lintplugin-baseline",
            {
                "default": "",
                "type": "string",
                "metavar": "<file>",
                "help": "Findings to pass over, written by 'lintplugin baseline'; when empty, "
                ".lintplugin-baseline in the current folder or one above.",
            },
        ),
    )

    def visit_module(self, node: nodes.Module) -> None:
        """Report what failed in one of our rules."""
        _pass_over_trees()
        for message in _messages(node, self.linter)[NAME]:
            self.add_message(**message)


class RuleChecker(BaseChecker):
    """Reports what the rules of one folder find."""

    name = NAME

    def __init__(self, linter: PyLinter, members: list[Checker]) -> None:
        self.members = members
        self.msgs = {
            checker.rule.id: (
                checker.rule.message,
                checker.symbol,
                f"{checker.rule.summary} {checker.docs_url}",
            )
            for checker in members
        }
        super().__init__(linter)

    def visit_module(self, node: nodes.Module) -> None:
        """Report what the rules of this folder find in Pylint's own tree."""
        _pass_over_trees()
        messages = _messages(node, self.linter)
        for message in messages[_group(self.members[0])]:
            self.add_message(**message)

    def close(self) -> None:
        """End what :func:`_pass_over_trees` began."""
        if _pass_over_trees.cache_info().currsize:
            _pass_over_trees.cache_clear()
            gc.unfreeze()


@functools.cache
def _pass_over_trees() -> None:
    """Have the garbage collector leave out what is there when the first file is linted.

    That is the trees of all files, which live to the end, and each search through them costs more
    than our work on several files.
    """
    gc.freeze()


def _group(checker: Checker) -> str:
    """The digits that all message ids of one Pylint checker share."""
    return checker.rule.id[1:3]


def _groups() -> Mapping[str, list[Checker]]:
    groups: dict[str, list[Checker]] = defaultdict(list)
    for checker in rules.checkers():
        groups[_group(checker)].append(checker)
    return groups


@functools.lru_cache(maxsize=1)
def _messages(node: nodes.Module, linter: PyLinter) -> Mapping[str, list[dict[str, Any]]]:
    """Arguments of ``add_message`` for a file, by group, computed once for all our checkers.

    Nothing else of the analysis outlives this call.
    """
    messages: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with _garbage_waits(), own_modules():
        module = _module(node, linter)
        if module is not None:
            for group, message in _reported(module, linter):
                messages[group].append(message)
    return messages


@contextlib.contextmanager
def _garbage_waits() -> Iterator[None]:
    """Keep our short-lived objects from starting the garbage collector.

    Pylint keeps the trees of all files; each search through them costs more than a file does.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@contextlib.contextmanager
def own_modules() -> Iterator[None]:
    """Import what we need from where this file found it, and nothing that is linted.

    Pylint puts the folders of the linted packages first, so that our rules, which are loaded when a
    file needs them, would get a ``struct.py`` from there.
    """
    path = sys.path[:]
    sys.path[:] = _PATH
    try:
        yield
    finally:
        sys.path[:] = path


def _reported(module: Module, linter: PyLinter) -> Iterator[tuple[str, dict[str, Any]]]:
    source = module.source
    report = Report(source.path)
    analysis.run_rules(module, rules.checkers(), report)
    baseline = _baseline(_named_baseline(linter))
    if baseline is not None:
        report.findings, _, _ = baseline.split(
            source.path, report.findings, functools.partial(_is_shown, linter)
        )
    for finding in report.findings:
        span = finding.span
        yield (
            _group(finding.checker),
            {
                "msgid": finding.symbol,
                "node": finding.node,
                "line": span.line,
                "col_offset": source.byte_column(span.line, span.column),
                "end_lineno": span.end_line,
                "end_col_offset": source.byte_column(span.end_line, span.end_column),
                "args": dict(finding.args),
                "confidence": _CONFIDENCE[finding.confidence],
            },
        )
    for problem in report.problems:
        yield (
            NAME,
            {
                "msgid": INTERNAL_ERROR,
                "node": module.tree,
                "line": problem.line,
                "args": problem.message,
            },
        )


def _is_shown(linter: PyLinter, finding: Finding) -> bool:
    """Whether no comment and no configuration turns a finding off, so that the baseline counts."""
    confidence = _CONFIDENCE[finding.confidence]
    return linter.is_message_enabled(finding.checker.rule.id, finding.span.line, confidence)


@functools.lru_cache(maxsize=1)
def _baseline(stated: str) -> Baseline | None:
    return baseline_of(stated)


def _module(node: nodes.Module, linter: PyLinter) -> Module | None:
    """The file as the rules see it; None when it is excluded, or names no framework."""
    path = node.file or node.name
    settings = settings_of(linter, path)
    if settings is None:
        return None
    python2 = pylint2.source_of(node)
    if python2 is not None:
        source = python2
    elif node.file_bytes is not None:  # From standard input, which Pylint hands on as UTF-8.
        data = node.file_bytes
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        source = Source(path, text)
    else:
        source = Source.read(path)
    if not may_use_framework(source.text.encode(), path):
        return None
    return Module(node, source, settings)
