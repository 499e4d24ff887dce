"""The command line.

Exit status: 0 nothing found, 1 findings or Python 2, 2 wrong usage, or input that could not be
analysed in full: unreadable, no Python, or one of our rules failed on it. 2 wins over 1.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import functools
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import lintplugin
from lintplugin.rules import TARGETS

# What a sub-command needs is imported when it runs, so that --help and --version are immediate.
if TYPE_CHECKING:
    from concurrent.futures import Executor

    from lintplugin.cache import Cache
    from lintplugin.changes import Changes
    from lintplugin.configuration import Configuration
    from lintplugin.parallel import Run
    from lintplugin.rules import Problem

CLEAN, FINDINGS, ERROR = 0, 1, 2

#: Formats of findings, see :mod:`lintplugin.reporters`. ``statistics`` is the end of ``text``.
FORMATS = ("text", "statistics", "json", "sarif", "github", "gitlab", "junit", "rdjson")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status.

    :param arguments: those of the process when None, which then ends here.
    """
    if arguments is None:
        # Asked to end, as by a build server: what is written beside a file is taken away.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    status = _main(arguments)
    if arguments is None and sys.getprofile() is None and sys.gettrace() is None:
        # As mypy does: to take all objects apart costs Python a tenth of a run.
        sys.stderr.flush()
        os._exit(status)
    return status


def _main(arguments: Sequence[str] | None) -> int:
    # None where the caller closed it.
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        options = _parser().parse_args(arguments)
        status = int(options.run(options))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        # Python would fail once more when it flushes what could not be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return FINDINGS  # The reader, such as head, has what it wanted.
        print(f"lintplugin: {error}", file=sys.stderr)
        return ERROR
    return status


def _nowhere() -> TextIO:
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lintplugin", description="Move code off Theano, TensorFlow 1 and old Keras."
    )
    parser.add_argument("--version", action="version", version=lintplugin.__version__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    input_first = (_add_check, _add_fix, _add_baseline, _add_report)
    for add_parser in (*input_first, _add_explain, _add_lsp, _add_verify, _add_new):
        add_parser(commands)
    return parser


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _targets(text: str) -> list[str]:
    targets = _split(text)
    for target in targets:
        if target not in TARGETS:
            raise argparse.ArgumentTypeError(
                f"unknown target '{target}', choose from {', '.join(TARGETS)}"
            )
    return targets


def _add_input(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files, or folders to search")
    parser.add_argument(
        "--force-exclude",
        action="store_true",
        help="leave out what the configuration excludes also where it is named, as by a hook",
    )
    for option, words in (("--select", "only these"), ("--ignore", "all but these")):
        parser.add_argument(
            option,
            action="extend",
            type=_split,
            default=[],
            metavar="RULES",
            help=f"{words} symbols, message ids or groups, separated by commas",
        )
    parser.add_argument(
        "--allow-compat-v1",
        action="store_true",
        help="offer tf.compat.v1 where it works and no native replacement can be applied",
    )


def _add_targets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--target",
        action="extend",
        type=_targets,
        default=[],
        metavar="tf2,torch",
        help="frameworks to suggest replacements for (default: both)",
    )


def _configuration(
    options: argparse.Namespace,
    targets: Sequence[str],
    *,
    overview: bool = False,
    baseline: Path | bool = False,
) -> Configuration:
    """The configuration of a run; ends the program with status 2 when it cannot be followed."""
    from lintplugin.configuration import Configuration, ConfigurationError

    try:
        return Configuration.load(
            targets,
            options.select,
            options.ignore,
            overview=overview,
            compat_v1=options.allow_compat_v1,
            baseline=baseline,
            force_exclude=options.force_exclude,
        )
    except ConfigurationError as error:
        raise _usage(str(error)) from error


def _usage(message: str) -> SystemExit:
    print(f"lintplugin: {message}", file=sys.stderr)
    return SystemExit(ERROR)


def _add_check(commands: Any) -> None:
    parser = commands.add_parser(
        "check", help="print findings with their replacements", description="Print findings."
    )
    _add_input(parser)
    _add_targets(parser)
    parser.add_argument(
        "--output-format",
        action="extend",
        type=_outputs,
        default=[],
        metavar="FORMAT[:FILE],…",
        help=f"{', '.join(FORMATS)}; several at once, of which all but one name a file "
        f"(default: {FORMATS[0]})",
    )
    work = parser.add_mutually_exclusive_group()
    _add_jobs(work)
    work.add_argument(
        "--executor",
        metavar="ENGINE",
        help="what carries the work: dask=ADDRESS, ray=ADDRESS or MODULE:FUNCTION, which gives a "
        "concurrent.futures.Executor",
    )
    parser.add_argument(
        "--statistics",
        dest="output_format",
        action="append_const",
        const=("statistics", None),
        help="only how often each rule found something, as --output-format statistics",
    )
    parser.add_argument(
        "--fail-on",
        action="extend",
        type=_split,
        default=[],
        metavar="RULES",
        help="exit with status 1 only for these symbols, message ids or groups (default: for all)",
    )
    parser.add_argument(
        "--diff",
        metavar="REVISION",
        help="only what the changes since the merge base with this commit or branch brought",
    )
    cache = parser.add_mutually_exclusive_group()
    cache.add_argument(
        "--no-cache",
        dest="cache",
        action="store_false",
        help="check all files, also those that are as they were in an earlier run",
    )
    cache.add_argument(
        "--cache-dir",
        type=Path,
        metavar="FOLDER",
        help="where findings are kept between runs (default: LINTPLUGIN_CACHE_DIR, else the "
        "user's cache folder)",
    )
    known = parser.add_mutually_exclusive_group()
    known.add_argument(
        "--baseline",
        type=Path,
        default=True,
        metavar="FILE",
        help="findings to pass over (default: .lintplugin-baseline here or in a folder above)",
    )
    known.add_argument(
        "--no-baseline",
        dest="baseline",
        action="store_const",
        const=False,
        help="show the findings of the baseline, too",
    )
    parser.set_defaults(run=_check)


def _outputs(text: str) -> list[tuple[str, str | None]]:
    """``sarif:report.sarif,text`` as Pylint writes it."""
    found = []
    for part in _split(text):
        form, _, file = part.partition(":")
        if form not in FORMATS:
            raise argparse.ArgumentTypeError(
                f"unknown format '{form}', choose from {', '.join(FORMATS)}"
            )
        found.append((form, file or None))
    return found


def _check(options: argparse.Namespace) -> int:
    from lintplugin import progress, reporters
    from lintplugin.parallel import Run, RunError

    outputs = [reporters.Output(*one) for one in options.output_format or [(FORMATS[0], None)]]
    if sum(one.file is None for one in outputs) > 1:
        raise _usage("only one format can go to the standard output; write FORMAT:FILE")
    overview = all(one.form in ("text", "statistics") for one in outputs)
    configuration = _configuration(
        options, options.target, overview=overview, baseline=options.baseline
    )
    failing = _symbols(options.fail_on) if options.fail_on else configuration.options.fail_on
    status = CLEAN
    files = configuration.files(options.paths)
    if options.diff is not None:
        changes = _changes(options.diff)
        configuration = dataclasses.replace(configuration, changes=changes)
        files = (one for one in files if changes.has(one.path))
    run = Run(configuration, tuple(outputs))
    executor = _executor(options.executor)
    # What a change brought also rests on what Git has.
    cache = _cache(options, run) if options.cache and options.diff is None else None
    work = functools.partial(run.pages, jobs=options.jobs, executor=executor, cache=cache)
    with (
        reporters.opened(outputs, configuration) as reporter,
        contextlib.closing(progress.followed(files, work, lambda page: any(page.texts))) as pages,
    ):
        try:
            for page in pages:
                reporter.add(page)
                if failing is None:
                    fails = bool(page.found or page.problems)
                else:
                    fails = not failing.isdisjoint(page.found)
                status = max(status, _status(page.problems, fails))
        except RunError as error:
            raise _usage(f"--executor {options.executor}: {error}") from error
    return status


def _status(problems: Iterable[Problem], fails: bool) -> int:
    """The exit status of a file.

    :param fails: whether what was found in it is asked for.
    """
    if any(problem.fails for problem in problems):
        return ERROR
    return FINDINGS if fails else CLEAN


def _executor(text: str | None) -> Executor | None:
    if text is None:
        return None
    from lintplugin.distributed import connected
    from lintplugin.parallel import RunError

    try:
        return connected(text)
    except RunError as error:
        raise _usage(f"--executor {text}: {error}") from error


def _cache(options: argparse.Namespace, run: Run) -> Cache | None:
    from lintplugin.cache import Cache

    cache = Cache(options.cache_dir, run.key)
    if options.cache_dir is not None and not cache.is_usable:
        print(f"lintplugin: no cache in {options.cache_dir}: {cache.failure}", file=sys.stderr)
    return cache


def _symbols(names: Sequence[str]) -> frozenset[str]:
    from lintplugin.configuration import ConfigurationError, symbols_of

    try:
        return symbols_of(names)
    except ConfigurationError as error:
        raise _usage(str(error)) from error


def _changes(revision: str) -> Changes:
    from lintplugin.changes import Changes, ChangesError

    try:
        return Changes.since(revision)
    except ChangesError as error:
        raise _usage(f"--diff {revision}: {error}") from error


def _add_baseline(commands: Any) -> None:
    parser = commands.add_parser(
        "baseline",
        help="pass over the findings that are there, so that only new ones are shown",
        description="Write the findings of files to .lintplugin-baseline, which 'check' and the "
        "Pylint plugin pass over. What it says of other files stays, unless they are gone.",
    )
    _add_input(parser)
    parser.add_argument(
        "--file", type=Path, metavar="FILE", help="the baseline (default: the one found, or here)"
    )
    parser.add_argument(
        "--prune", action="store_true", help="take out what is gone, and add nothing"
    )
    parser.add_argument(
        "--add-suppressions",
        action="store_true",
        help="write '# pylint: disable-next=…' above the findings instead",
    )
    _add_jobs(parser)
    parser.set_defaults(run=_baseline)


def _baseline(options: argparse.Namespace) -> int:
    from lintplugin import accepting
    from lintplugin.baseline import BaselineError
    from lintplugin.console import Console

    if options.add_suppressions and (options.prune or options.file):
        raise _usage("--add-suppressions writes no baseline")
    configuration = _configuration(options, [])
    files = configuration.files(options.paths)
    if options.add_suppressions:
        is_whole = accepting.suppress(files, configuration, Console())
        return CLEAN if is_whole else ERROR
    try:
        is_whole = accepting.write(
            files, configuration, options.file, Console(), prune=options.prune, jobs=options.jobs
        )
    except BaselineError as error:
        raise _usage(str(error)) from error
    return CLEAN if is_whole else ERROR


def _add_report(commands: Any) -> None:
    parser = commands.add_parser(
        "report",
        help="write a page for the person who plans the migration",
        description="Write how much there is to do, what is safe to fix, and what needs a person.",
    )
    _add_input(parser)
    _add_targets(parser)
    parser.add_argument(
        "--format",
        choices=("html", "markdown"),
        help="(default: markdown where the name of the output ends in .md, else html)",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="'-' for the standard output (default: report.html; for markdown, '-')",
    )
    trend = parser.add_mutually_exclusive_group()
    trend.add_argument(
        "--compare",
        type=Path,
        metavar="FILE",
        help="an earlier page, or the output of 'check --output-format json', to compare with",
    )
    trend.add_argument(
        "--history",
        type=Path,
        metavar="FILE",
        help="a file to compare with and to add the counts of this report to",
    )
    _add_jobs(parser)
    parser.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> int:
    from lintplugin import reporters
    from lintplugin.console import plural
    from lintplugin.parallel import Run
    from lintplugin.report import pages, trend
    from lintplugin.report.summary import Survey

    configuration = _configuration(options, options.target)
    try:
        if options.compare is not None:
            earlier = [trend.read_earlier(options.compare)]
        else:
            earlier = trend.read_history(options.history) if options.history else []
    except trend.TrendError as error:
        raise _usage(str(error)) from error
    survey = Survey(configuration.settings.targets)
    run = Run(configuration, (reporters.Output("survey"),))
    files = configuration.files(options.paths)
    with contextlib.closing(run.pages(files, options.jobs)) as found:
        for page in found:
            survey.add(page)
    as_comment = options.format == "markdown" or (
        options.format is None and (options.output or "").endswith(".md")
    )
    output = options.output or ("-" if as_comment else "report.html")
    now = trend.Snapshot.of(survey)
    write = pages.comment if as_comment else pages.page
    text = write(survey, options.paths, now, earlier)
    with reporters.written(None if output == "-" else output) as stream:
        stream.write(text)
    if options.history is not None:
        trend.write_history(options.history, [*earlier, now])
    if output != "-":
        print(f"{output}: {plural(now.findings, 'finding')} in {plural(survey.files, 'file')}")
    return ERROR if survey.problems else CLEAN


def _add_fix(commands: Any) -> None:
    parser = commands.add_parser(
        "fix",
        help="apply the fixes that were executed and agreed",
        description="Apply safe fixes in place. Exit status 1 when findings remain in the files.",
    )
    _add_input(parser)
    parser.add_argument("--target", choices=TARGETS, help="the framework to move to")
    parser.add_argument(
        "--unsafe-fixes", action="store_true", help="apply those with a stated condition, too"
    )
    parser.add_argument(
        "--python3",
        action="store_true",
        help="convert files in Python 2 first, with fissix; prints what to look at",
    )
    parser.add_argument(
        "--diff",
        action="store_true",
        help="write nothing, print a unified diff; what remains goes to the standard error",
    )
    parser.set_defaults(run=_fix)


def _fix(options: argparse.Namespace) -> int:
    from lintplugin import checking, progress, python3
    from lintplugin.console import Console
    from lintplugin.fixing import fix
    from lintplugin.reporters.fixes import FixReporter

    configuration = _configuration(options, [options.target] if options.target else [])
    if any(len(one.targets) != 1 for one in configuration.all_settings()):
        raise _usage(f"fix needs --target, one of {' and '.join(TARGETS)}")
    if options.python3 and not python3.is_installed():
        raise _usage("--python3 needs fissix: pip install lintplugin[python2]")
    reporter = FixReporter(
        Console(sys.stderr if options.diff else sys.stdout),
        "would be applied" if options.diff else "applied",
    )
    status = CLEAN
    files = configuration.files(options.paths)
    work = functools.partial(checking.reports, configuration=configuration)
    with checking.many_short_lived_trees():
        for report in progress.followed(files, work, lambda report: not report.is_clean):
            fixed = fix(report, configuration, unsafe=options.unsafe_fixes, python3=options.python3)
            if options.diff:
                sys.stdout.buffer.write(fixed.diff())
            written = not options.diff and fixed.save()
            reporter.add(fixed)
            left = (fixed.after if written else fixed.before).findings
            status = max(status, _status(fixed.problems, bool(left or fixed.problems)))
    reporter.close()
    return status


def _add_explain(commands: Any) -> None:
    parser = commands.add_parser(
        "explain",
        help="say what a rule or a legacy API is and what replaces it",
        description="Explain a rule (tf1-session) or a legacy API (tf.placeholder, T.dot).",
    )
    parser.add_argument("name", metavar="SYMBOL_OR_API")
    parser.set_defaults(run=_explain)


def _explain(options: argparse.Namespace) -> int:
    from lintplugin.console import Console
    from lintplugin.explain import UnknownNameError, explain

    try:
        Console().markdown(explain(options.name))
    except UnknownNameError as error:
        raise _usage(str(error)) from error
    return CLEAN


def _add_lsp(commands: Any) -> None:
    parser = commands.add_parser(
        "lsp",
        help="serve an editor, see docs/editors.md",
        description="A language server on the standard streams.",
    )
    parser.add_argument("--stdio", action="store_true", help="the default, and all there is")
    parser.set_defaults(run=_lsp)


def _lsp(options: argparse.Namespace) -> int:
    try:
        from lintplugin.lsp.features import serve
    except ModuleNotFoundError as error:
        raise _usage(
            f'lsp needs {error.name}, which is not installed: pip install "lintplugin[lsp]"'
        ) from error
    return serve()


def _add_verify(commands: Any) -> None:
    parser = commands.add_parser(
        "verify",
        help="execute legacy and modern code side by side and compare",
        description="Execute the fixtures of rules, or two files of your own, and compare what "
        "they compute. Exit status 1 when a pair disagrees or fails, 2 when none could run.",
    )
    parser.add_argument("symbols", nargs="*", metavar="SYMBOL", help="rules (default: all)")
    parser.add_argument(
        "--pair",
        nargs=2,
        metavar=("LEGACY", "MODERN"),
        help="two files that define the same functions, instead of the fixtures",
    )
    parser.add_argument(
        "--function",
        action="append",
        default=[],
        metavar="NAME",
        help="with --pair: a function to compare (default: all that both define)",
    )
    parser.add_argument(
        "--input",
        action="append",
        type=_input,
        default=[],
        metavar="NAME=SPEC",
        help="with --pair: what a parameter takes, such as x='float32[m,n] 0.1..10'; NAME is "
        "PARAMETER or FUNCTION.PARAMETER",
    )
    parser.add_argument("--rtol", type=float, help="with --pair: relative tolerance")
    parser.add_argument("--atol", type=float, help="with --pair: absolute tolerance")
    parser.add_argument("--target", action="extend", type=_targets, default=[], metavar="tf2,torch")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--legacy-python", metavar="PATH", help="a Python 3.7")
    parser.add_argument("--modern-python", metavar="PATH", help="one with TensorFlow 2 or PyTorch")
    parser.add_argument(
        "--record", action="store_true", help="write evidence and outputs beside the fixtures"
    )
    _add_jobs(parser)
    parser.set_defaults(run=_verify)


def _add_jobs(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--jobs", type=_count, metavar="N", help="processes (default: one a core)")


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"expected a positive number, got '{text}'")
    return int(text)


def _input(text: str) -> tuple[str, str]:
    name, equals, spec = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError("expected NAME=SPEC")
    return name.strip(), spec.strip()


def _verify(options: argparse.Namespace) -> int:
    try:
        from lintplugin.reporters.verification import ProgressReporter, print_table
        from lintplugin.verification import VerificationError, run
        from lintplugin.verification.comparison import Tolerance
    except ModuleNotFoundError as error:
        raise _usage(
            f'verify needs {error.name}, which is not installed: pip install "lintplugin[verify]"'
        ) from error
    from lintplugin.configuration import ConfigurationError
    from lintplugin.console import Console

    fixtures_only = [options.symbols, options.target, options.record, options.jobs]
    pair_only = [
        options.function,
        options.input,
        options.rtol is not None,
        options.atol is not None,
    ]
    if any(fixtures_only if options.pair else pair_only):
        raise _usage(
            "SYMBOL, --target, --record and --jobs are for fixtures, the others for --pair"
        )
    progress = ProgressReporter(Console(sys.stderr))
    try:
        if options.pair:
            default = Tolerance()
            verdicts = run.verify_pair(
                *options.pair,
                functions=options.function,
                inputs=dict(options.input),
                tolerance=Tolerance(
                    default.rtol if options.rtol is None else options.rtol,
                    default.atol if options.atol is None else options.atol,
                ),
                device=options.device,
                legacy_python=options.legacy_python,
                modern_python=options.modern_python,
                report=progress,
            )
        else:
            verdicts = run.verify(
                options.symbols,
                targets=options.target or TARGETS,
                device=options.device,
                legacy_python=options.legacy_python,
                modern_python=options.modern_python,
                record=options.record,
                jobs=options.jobs,
                report=progress,
            )
    except (ConfigurationError, VerificationError) as error:
        raise _usage(str(error)) from error
    finally:
        progress.close()
    print_table(Console(), verdicts)
    if any(verdict.fails for verdict in verdicts):
        return FINDINGS
    return CLEAN if run.succeeded(verdicts) else ERROR


def _add_new(commands: Any) -> None:
    parser = commands.add_parser(
        "new",
        help="create the files of a new rule, in a source checkout",
        description="Create the files of a new rule: checker, fixture, tests, documentation.",
    )
    parser.add_argument("symbol", metavar="SYMBOL", help="such as tf1-session")
    parser.set_defaults(run=_new)


def _new(options: argparse.Namespace) -> int:
    from lintplugin.docs import NotACheckoutError, checkout
    from lintplugin.scaffold import BadSymbolError, new

    try:
        root = checkout()
        paths = new(options.symbol, root)
    except (BadSymbolError, NotACheckoutError) as error:
        raise _usage(str(error)) from error
    for path in paths:
        print(path.relative_to(root))
    return CLEAN
