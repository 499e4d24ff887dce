"""What Pylint's configuration and the command line say about our messages.

Pylint's own machinery reads the configuration and answers whether a message is enabled, so that
``lintplugin check`` and ``pylint --load-plugins=lintplugin`` print the same findings. It costs
90 ms to import and is imported only when a configuration or a ``pylint:`` comment asks for it.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lintplugin import rules
from lintplugin.analysis import Settings
from lintplugin.baseline import Baseline, BaselineError

if TYPE_CHECKING:
    from pylint.lint import PyLinter

    from lintplugin.changes import Changes


class ConfigurationError(Exception):
    """An option or a configuration file that cannot be followed; the message is for the user."""


@dataclass(frozen=True)
class Configuration:
    """What is asked of a run.

    :param file: the file that holds Pylint's configuration, None when there is none.
    :param targets: targets that the command line names.
    :param symbols: the rules to run, None for all.
    :param selected: those among them that run even if the configuration disables them.
    :param overview: of what stops a conversion, name one place where the user named neither the
        file nor a target.
    :param compat_v1: whether the command line allows names of ``tf.compat.v1``.
    :param baseline: the findings that are passed over, None when there are none.
    :param changes: what changed, when only that is asked for.
    """

    file: Path | None
    targets: tuple[str, ...]
    symbols: frozenset[str] | None
    selected: frozenset[str]
    overview: bool = False
    compat_v1: bool = False
    baseline: Baseline | None = None
    changes: Changes | None = None

    @classmethod
    def load(
        cls,
        targets: Iterable[str] = (),
        select: Iterable[str] = (),
        ignore: Iterable[str] = (),
        *,
        overview: bool = False,
        compat_v1: bool = False,
        baseline: Path | bool = False,
    ) -> Configuration:
        """Combine the command line with Pylint's configuration for the current folder.

        :param targets: target names; those of the configuration when empty.
        :param select: symbols, message ids or groups to run, all when empty.
        :param ignore: symbols, message ids or groups not to run.
        :param baseline: the file of known findings; True for that of the configuration or the
            current folder, False for none.
        :raises ConfigurationError: for an unknown name, or a configuration that Pylint cannot
            read.
        """
        selected = symbols_of(select)
        symbols = selected or None
        if ignored := symbols_of(ignore):
            symbols = (selected or frozenset(rules.by_symbol())) - ignored
        named = tuple(dict.fromkeys(targets))
        configuration = cls(_find(), named, symbols, selected, overview, compat_v1)
        if baseline is not False:
            configuration = replace(configuration, baseline=configuration._baseline(baseline))
        for target in configuration.settings.targets:
            if target not in rules.TARGETS:
                raise ConfigurationError(
                    f"unknown target '{target}', choose from {', '.join(rules.TARGETS)}"
                )
        return configuration

    def _baseline(self, named: Path | bool) -> Baseline | None:
        if isinstance(named, bool):
            stated = self.linter.config.lintplugin_baseline if self.file is not None else ""
            return baseline_of(stated)
        return baseline_of(str(named))

    @functools.cached_property
    def settings(self) -> Settings:
        """What the engine is asked."""
        targets, compat_v1 = self.targets, self.compat_v1
        if self.file is not None:
            targets = targets or tuple(self.linter.config.lintplugin_target)
            compat_v1 = compat_v1 or self.linter.config.lintplugin_allow_compat_v1
        return Settings(targets or rules.TARGETS, bool(targets), self.symbols, compat_v1)

    def runs(self, symbol: str) -> bool:
        """Whether a rule is asked."""
        return self.symbols is None or symbol in self.symbols

    @functools.cached_property
    def linter(self) -> PyLinter:
        """Pylint with our messages alone, configured."""
        return _linter(self.file, self.selected)

    @functools.cached_property
    def running(self) -> frozenset[str]:
        """Message ids of the Pylint checkers that run.

        Pylint runs none whose messages the configuration disables all, and then a comment that
        enables one has no effect.
        """
        return frozenset(id for checker in self.linter.prepare_checkers() for id in checker.msgs)

    def ignores(self, path: str) -> bool:
        """Whether Pylint's ``ignore``, ``ignore-patterns`` or ``ignore-paths`` leave a path out."""
        if self.file is None:
            return False
        from pylint.lint.expand_modules import _is_ignored_file

        config = self.linter.config
        return bool(
            _is_ignored_file(path, config.ignore, config.ignore_patterns, config.ignore_paths)
        )

    def module_name(self, path: str) -> str:
        """The name that Pylint gives a module: from the folder above its outermost package."""
        from astroid import modutils
        from pylint.lint.expand_modules import discover_package_path

        roots = self.linter.config.source_roots if self.file is not None else []
        try:
            parts = modutils.modpath_from_file(path, [".", discover_package_path(path, roots)])
        except ImportError:
            return Path(path).stem
        return ".".join(parts).removesuffix(".__init__")


def baseline_of(stated: str) -> Baseline | None:
    """The baseline of a file that is named, else that of the current folder, if it has one.

    :raises ConfigurationError: when it cannot be read.
    """
    file = Path(stated) if stated else Baseline.find()
    try:
        return Baseline.read(file) if file is not None else None
    except BaselineError as error:
        raise ConfigurationError(str(error)) from error


def symbols_of(names: Iterable[str]) -> frozenset[str]:
    """The rules that symbols, message ids and groups (``theano``, ``tensorflow1`` …) name.

    :raises ConfigurationError: for an unknown name, with the nearest known ones.
    """
    found: set[str] = set()
    for name in names:
        known = _symbols_by_name()
        if name not in known:
            import difflib

            near = difflib.get_close_matches(name, known)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise ConfigurationError(f"unknown rule '{name}'{hint}")
        found |= known[name]
    return frozenset(found)


def _symbols_by_name() -> Mapping[str, set[str]]:
    known: dict[str, set[str]] = {}
    for checker in rules.checkers():
        for name in (checker.symbol, checker.rule.id, checker.group):
            known.setdefault(name, set()).add(checker.symbol)
    return known


def _find() -> Path | None:
    from pylint.config import find_default_config_files

    # It prints to the standard output when a pyproject.toml is not TOML.
    with contextlib.redirect_stdout(sys.stderr):
        return next(find_default_config_files(), None)


def _linter(file: Path | None, selected: frozenset[str]) -> PyLinter:
    from pylint.config.config_file_parser import _ConfigurationFileParser
    from pylint.config.config_initialization import _order_all_first
    from pylint.config.exceptions import _UnrecognizedOptionError
    from pylint.lint import PyLinter
    from pylint.message import Message
    from pylint.reporters import BaseReporter
    from pylint.reporters.ureports.nodes import Section

    from lintplugin import plugin

    class Silent(BaseReporter):
        """Keeps what Pylint says about its configuration; drops the rest."""

        def handle_message(self, msg: Message) -> None:
            if msg.symbol == "config-parse-error":
                raise ConfigurationError(f"{file}: {msg.msg}")

        def _display(self, layout: Section) -> None:
            """Nothing is displayed."""

    linter = PyLinter(reporter=Silent())
    plugin.register(linter)
    # One name for all files: Pylint keeps statistics by module, and memory must not grow.
    linter.set_current_module("lintplugin")
    # Not Pylint's own initialisation, which runs init-hook and loads other plugins.
    _, arguments = _ConfigurationFileParser(False, linter).parse_config_file(file)
    try:
        linter._parse_configuration_file(_order_all_first(arguments, joined=False))
    except _UnrecognizedOptionError:
        pass  # Options of the checkers that are not loaded here.
    except SystemExit as error:
        raise ConfigurationError(f"{file}: Pylint rejects an option in it") from error
    linter.enable_fail_on_messages()
    for symbol in selected:
        linter.enable(symbol)
    return linter
