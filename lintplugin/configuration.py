"""What the command line, ``[tool.lintplugin]`` and Pylint's configuration say, in this order.

Pylint's own machinery reads the configuration and answers whether a message is enabled, so that
``lintplugin check`` and ``pylint --load-plugins=lintplugin`` print the same findings. It costs
90 ms to import and is imported only when a configuration or a ``pylint:`` comment asks for it.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lintplugin import rules
from lintplugin.baseline import Baseline, BaselineError
from lintplugin.options import NOTHING, ConfigurationError, Options, Section, symbols_of
from lintplugin.rules import Settings

__all__ = ["Configuration", "ConfigurationError", "baseline_of", "stated_in", "symbols_of"]

if TYPE_CHECKING:
    from pylint.lint import PyLinter

    from lintplugin.changes import Changes
    from lintplugin.discovery import File


@dataclass(frozen=True)
class Configuration:
    """What is asked of a run.

    :param file: the file that holds Pylint's configuration, None when there is none.
    :param targets: targets that the command line names.
    :param symbols: the rules to run where no override says more, None for all.
    :param selected: those among them that run even if Pylint's configuration disables them.
    :param overview: of what stops a conversion, name one place where the user named neither the
        file nor a target.
    :param compat_v1: whether the command line allows names of ``tf.compat.v1``.
    :param baseline: the findings that are passed over, None when there are none.
    :param changes: what changed, when only that is asked for.
    :param options: the table ``[tool.lintplugin]``.
    :param command: rules that the command line selects and ignores.
    :param pylint: what Pylint's configuration states, where Pylint has read it.
    """

    file: Path | None
    targets: tuple[str, ...]
    symbols: frozenset[str] | None
    selected: frozenset[str]
    overview: bool = False
    compat_v1: bool = False
    baseline: Baseline | None = None
    changes: Changes | None = None
    options: Options = field(default_factory=Options)
    command: Section = NOTHING
    pylint: Section | None = None

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
        force_exclude: bool = False,
    ) -> Configuration:
        """Combine the command line with the configuration for the current folder.

        :param targets: target names; those of the configuration when empty.
        :param select: symbols, message ids or groups to run instead of those of the configuration.
        :param ignore: symbols, message ids or groups not to run, besides those of the configuration
            unless ``select`` is given.
        :param baseline: the file of known findings; True for that of the configuration or the
            current folder, False for none.
        :param force_exclude: leave out what is excluded even where it is named.
        :raises ConfigurationError: for an unknown name, or a configuration that cannot be followed.
        """
        options = Options.find()
        if force_exclude:
            options = replace(options, force_exclude=True)
        command = Section(select=symbols_of(select) or None, ignore=symbols_of(ignore))
        named = tuple(dict.fromkeys(targets))
        configuration = cls.of(options, named, command, compat_v1=compat_v1)
        configuration = replace(configuration, file=_find(), overview=overview)
        if baseline is not False:
            configuration = replace(configuration, baseline=configuration._baseline(baseline))
        for settings in configuration.all_settings():
            for target in settings.targets:
                if target not in rules.TARGETS:
                    raise ConfigurationError(
                        f"unknown target '{target}', choose from {', '.join(rules.TARGETS)}"
                    )
        return configuration

    @classmethod
    def of(
        cls,
        options: Options,
        targets: tuple[str, ...] = (),
        command: Section = NOTHING,
        *,
        compat_v1: bool = False,
        pylint: Section | None = None,
    ) -> Configuration:
        """Combine the table with what the command line says."""
        stated = options.section if command.select is None else NOTHING
        selected = command.select or stated.select
        ignored = command.ignore | stated.ignore
        symbols = _without(selected, ignored)
        return cls(
            None,
            targets,
            symbols,
            selected or frozenset(),
            compat_v1=compat_v1,
            options=options,
            command=command,
            pylint=pylint,
        )

    def _baseline(self, named: Path | bool) -> Baseline | None:
        if not isinstance(named, bool):
            return baseline_of(str(named))
        stated = self.options.baseline
        if not stated and self.file is not None:
            stated = self.linter.config.lintplugin_baseline
        return baseline_of(stated)

    @functools.cached_property
    def settings(self) -> Settings:
        """What the engine is asked where no override says more."""
        return self._settings(())

    def settings_for(self, path: str) -> Settings:
        """What the engine is asked about a file."""
        overrides = self.options.overrides
        return self._overridden(tuple(globs.match(path) for globs, _ in overrides))

    def all_settings(self) -> Iterator[Settings]:
        """Those of files that no override names, and of files that one names."""
        yield self.settings
        for _, section in self.options.overrides:
            yield self._settings((section,))

    def _overridden(self, matches: tuple[bool, ...]) -> Settings:
        if not any(matches):
            return self.settings
        known = self._by_matches
        if matches not in known:
            sections = [section for _, section in self.options.overrides]
            known[matches] = self._settings(tuple(itertools.compress(sections, matches)))
        return known[matches]

    @functools.cached_property
    def _by_matches(self) -> dict[tuple[bool, ...], Settings]:
        return {}

    def _settings(self, overrides: tuple[Section, ...]) -> Settings:
        """What the engine is asked where these overrides hold, the last above all."""
        targets = self.targets or None
        compat_v1: bool | None = self.compat_v1 or None
        for section in (*reversed(overrides), self.options.section, self._pylint):
            targets = section.target if targets is None else targets
            compat_v1 = section.allow_compat_v1 if compat_v1 is None else compat_v1
        symbols = self.symbols
        for section in overrides:
            if section.select is not None and self.command.select is None:
                symbols = section.select - self.command.ignore
            symbols = _without(symbols, section.ignore)
        return Settings(targets or rules.TARGETS, bool(targets), symbols, bool(compat_v1))

    @functools.cached_property
    def _pylint(self) -> Section:
        """What Pylint's configuration states."""
        if self.pylint is not None:
            return self.pylint
        return stated_in(self.linter) if self.file is not None else NOTHING

    @property
    def key(self) -> str:
        """All that decides the findings of files, as a text."""
        own = (self.options, self.targets, self.command, self.overview, self.compat_v1)
        config = self.file.read_bytes() if self.file is not None else b""
        baseline = sorted(self.baseline.counts.items()) if self.baseline is not None else ""
        where = self.baseline.file if self.baseline is not None else ""
        return f"{_ordered(own)}{self.file}{config!r}{where}{baseline}"

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
        """Whether a path is left out also where it is named.

        Pylint's ``ignore``, ``ignore-patterns`` and ``ignore-paths`` do that.
        """
        if self.options.force_exclude and self.is_excluded(path):
            return True
        if self.file is None:
            return False
        from pylint.lint.expand_modules import _is_ignored_file

        config = self.linter.config
        return bool(
            _is_ignored_file(path, config.ignore, config.ignore_patterns, config.ignore_paths)
        )

    def files(self, paths: Iterable[str]) -> Iterator[File]:
        """The files to check, see :func:`lintplugin.discovery.discover`."""
        from lintplugin.discovery import discover
        from lintplugin.exclusion import Exclusion

        options = self.options
        exclusion = Exclusion(options.exclude, respect_gitignore=options.respect_gitignore)
        return discover(paths, self.ignores, exclusion)

    def is_excluded(self, path: str) -> bool:
        """Whether ``exclude`` names a file."""
        return self.options.exclude.match(path)

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


def stated_in(linter: PyLinter) -> Section:
    """What Pylint's configuration states in our options."""
    config = linter.config
    return Section(
        tuple(config.lintplugin_target) or None,
        allow_compat_v1=config.lintplugin_allow_compat_v1 or None,
    )


def _ordered(value: object) -> str:
    """A representation that is the same in every process, which sets have not."""
    if isinstance(value, frozenset):
        return repr(sorted(value))
    if isinstance(value, tuple):
        return f"({', '.join(map(_ordered, value))})"
    if is_dataclass(value):
        values = (getattr(value, one.name) for one in fields(value))
        return f"{type(value).__name__}{_ordered(tuple(values))}"
    return repr(value)


def _without(symbols: frozenset[str] | None, ignored: frozenset[str]) -> frozenset[str] | None:
    if not ignored:
        return symbols
    return (frozenset(rules.by_symbol()) if symbols is None else symbols) - ignored


def baseline_of(stated: str) -> Baseline | None:
    """The baseline of a file that is named, else that of the current folder, if it has one.

    :raises ConfigurationError: when it cannot be read.
    """
    file = Path(stated) if stated else Baseline.find()
    try:
        return Baseline.read(file) if file is not None else None
    except BaselineError as error:
        raise ConfigurationError(str(error)) from error


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
    from pylint.reporters.ureports.nodes import Section as Layout

    from lintplugin import plugin

    class Silent(BaseReporter):
        """Keeps what Pylint says about its configuration; drops the rest."""

        def handle_message(self, msg: Message) -> None:
            if msg.symbol == "config-parse-error":
                raise ConfigurationError(f"{file}: {msg.msg}")

        def _display(self, layout: Layout) -> None:
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
