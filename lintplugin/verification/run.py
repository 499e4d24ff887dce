"""Execution of pairs: the part that ``lintplugin verify`` calls."""

from __future__ import annotations

import dataclasses
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from lintplugin import evidence, rules
from lintplugin.configuration import symbols_of
from lintplugin.verification import records, userpairs
from lintplugin.verification.comparison import Tolerance
from lintplugin.verification.executor import Executor, JobError
from lintplugin.verification.pairs import FixtureError, Pair, SideError
from lintplugin.verification.programs import Function, ProgramPair
from lintplugin.verification.records import Record, StaleRecordError
from lintplugin.verification.rows import RowPair
from lintplugin.verification.servers import TITLES, Limits, UnavailableError
from lintplugin.verification.userpairs import PairError
from lintplugin.verification.worker import RUNTIMES

#: Verdicts, from good to bad; all after ``not run`` are failures.
VERDICTS = ("agree", "not run", "disagree", "error", "time limit", "memory limit", "stale record")

#: Pairs in flight of each legacy framework: enough that a pair is prepared while others run.
_IN_FLIGHT = 8


@dataclass(frozen=True)
class Verdict:
    """What executing one case for one target showed.

    :param versions: frameworks and interpreters of both sides; empty when nothing ran.
    :param samples: number of executions compared.
    :param max_abs_error: largest absolute difference.
    :param max_rel_error: largest relative difference.
    :param verdict: one of :data:`VERDICTS`.
    :param detail: one line, empty when the sides agree.
    :param note: what the reader should know of a pair that ran, one line: that the legacy side
        was read from its record, which inputs were inferred.
    """

    rule: str
    case: str
    target: str
    device: str
    verdict: str
    detail: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    samples: int = 0
    max_abs_error: float = 0.0
    max_rel_error: float = 0.0
    note: str = ""

    @property
    def fails(self) -> bool:
        return self.verdict not in ("agree", "not run")


def succeeded(verdicts: Sequence[Verdict]) -> bool:
    """Whether nothing failed and something ran."""
    return any(one.verdict == "agree" for one in verdicts) and not any(
        one.fails for one in verdicts
    )


class Reporter:
    """Told how far a run is, by one thread at a time. This one does nothing with it."""

    def started(self, total: int) -> None:
        """The number of verdicts to come."""

    def finished(self, verdict: Verdict) -> None:
        """One more verdict, in the order in which they come."""

    def note(self, text: str) -> None:
        """Something that takes long, or that limits the run, in one line."""


class _Serial(Reporter):
    """Passes on what several threads tell, one at a time."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._lock = threading.Lock()

    def started(self, total: int) -> None:
        with self._lock:
            self._reporter.started(total)

    def finished(self, verdict: Verdict) -> None:
        with self._lock:
            self._reporter.finished(verdict)

    def note(self, text: str) -> None:
        with self._lock:
            self._reporter.note(text)


SILENT = Reporter()
DEFAULT_LIMITS = Limits()
DEFAULT_TOLERANCE = Tolerance()


@dataclass(frozen=True)
class _Task:
    """A pair to execute.

    :param folder: fixture folder of its rule, None for a user's own pair.
    :param targets: those of its targets that are wanted.
    """

    pair: Pair
    folder: Path | None
    targets: tuple[str, ...]


class _Run:
    """Executes tasks and turns whatever happens to one into its verdicts.

    :ivar live: what executed legacy sides gave, by task.
    """

    def __init__(self, executor: Executor, device: str, report: Reporter) -> None:
        self.executor = executor
        self._device = device
        self._report = report
        # Hypothesis swaps the state of the global random module while it draws, and Python before
        # 3.11.8 counts the depth of all trees being made as one (CPython gh-106905).
        self._preparing = threading.Lock()
        self.live: dict[tuple[str, str], Record] = {}

    def all(self, tasks: Sequence[_Task], broken: Sequence[Verdict] = ()) -> list[Verdict]:
        """Verdicts in the order of the tasks.

        :param broken: verdicts on what could not become a task.
        """
        self._report.started(sum(len(task.targets) for task in tasks) + len(broken))
        for verdict in broken:
            self._report.finished(verdict)
        # Theano compiles for seconds; what waits for it must not stop the others.
        runtimes = dict.fromkeys(task.pair.runtime for task in tasks)
        pools = {runtime: ThreadPoolExecutor(_IN_FLIGHT) for runtime in runtimes}
        try:
            futures = [pools[task.pair.runtime].submit(self._execute, task) for task in tasks]
            return [*broken, *(verdict for future in futures for verdict in future.result())]
        finally:
            for pool in pools.values():
                pool.shutdown(wait=False, cancel_futures=True)

    def _execute(self, task: _Task) -> list[Verdict]:
        verdicts = []
        for verdict in self.verdicts(task):
            verdicts.append(verdict)
            self._report.finished(verdict)
        return verdicts

    def verdicts(self, task: _Task) -> Iterator[Verdict]:
        """Execute the legacy side, then each modern side."""
        pair, device = task.pair, self._device
        available = []
        for target in task.targets:
            outcome = _guarded(self.executor.about, pair.modern[target], device)
            if isinstance(outcome, JobError):
                yield self.failed(pair, target, outcome)
            else:
                available.append(target)
        legacy = _guarded(self._legacy, task) if available else None
        for target in available:
            outcome = legacy
            if not isinstance(outcome, JobError):
                outcome = _guarded(self._compare, pair, target, legacy)
            if isinstance(outcome, JobError):
                yield self.failed(pair, target, outcome)
            else:
                yield outcome

    def failed(self, pair: Pair, target: str, failed: JobError) -> Verdict:
        return Verdict(pair.rule, pair.case, target, self._device, failed.verdict, str(failed))

    def _legacy(self, task: _Task) -> tuple[Record, str]:
        """What the legacy side gives, now or when it was recorded, and a note on which."""
        pair = task.pair
        try:
            record = self._legacy_now(pair)
        except UnavailableError as error:
            found = (
                records.read(task.folder, pair.case, pair.legacy_digest) if task.folder else None
            )
            if found is None:
                raise
            version = f"{TITLES[pair.runtime]} {found.provenance['version']}"
            return found, f"recorded outputs of {version}: {error}"
        self.live[pair.rule, pair.case] = record
        return record, ""

    def _legacy_now(self, pair: Pair) -> Record:
        about = self.executor.about(pair.runtime)
        with self._preparing:
            inputs = pair.draw()
            job = pair.job("legacy", inputs)
        for runtime, exception in pair.fails.items():
            try:
                pair.check_failure(self.executor.run(runtime, job), exception)
            except UnavailableError:
                if runtime == pair.runtime:
                    raise
            except SideError as error:
                raise SideError(f"legacy side on {TITLES[runtime]} {error}") from error
        try:
            if pair.runtime in pair.fails:
                with self._preparing:
                    job = pair.job("reference", inputs)
                value = self.executor.run("numpy", job)
            else:
                value = self.executor.run(pair.runtime, job)
            expected = pair.expected(inputs, value)
        except SideError as error:
            raise SideError(f"legacy side, {error}") from error
        provenance = {"runtime": pair.runtime}
        provenance.update((key, about[key]) for key in ("version", "python", "numpy", "platform"))
        return Record(pair.legacy_digest, provenance, inputs, expected)

    def _compare(self, pair: Pair, target: str, legacy: tuple[Record, str]) -> Verdict:
        record, note = legacy
        runtime, device = pair.modern[target], self._device
        modern = self.executor.about(runtime, device)
        with self._preparing:
            job = pair.job(target, record.inputs)
        value = self.executor.run(runtime, job, device)
        try:
            comparison = pair.compare(record.inputs, record.expected, value)
        except SideError as error:
            raise SideError(f"{TITLES[runtime]}, {error}") from error
        return Verdict(
            pair.rule,
            pair.case,
            target,
            device,
            "disagree" if comparison.problems else "agree",
            comparison.detail,
            _versions(record.provenance, runtime, modern),
            comparison.samples,
            comparison.max_abs_error,
            comparison.max_rel_error,
            "; ".join(filter(None, [note, *sorted(comparison.notes)])),
        )


def _guarded(action: Callable[..., Any], *arguments: Any) -> Any:
    """What the action returns, or why there is nothing, as a verdict."""
    try:
        return action(*arguments)
    except JobError as failed:
        return failed
    except UnavailableError as error:
        return JobError("not run", str(error))
    except StaleRecordError as error:
        return JobError("stale record", str(error))
    except (FixtureError, SideError, PairError) as error:
        return JobError("error", str(error))
    except Exception as error:  # One pair's mistake, or ours, must not cost the others theirs.
        return JobError("error", f"internal error: {type(error).__name__}: {error}")


def _versions(legacy: Mapping[str, str], runtime: str, modern: Mapping[str, str]) -> dict[str, str]:
    """Versions of both sides by package; of one that both have, from which to which."""
    sides = {
        RUNTIMES[legacy["runtime"]].modules[0]: [legacy["version"]],
    }
    sides.setdefault(RUNTIMES[runtime].modules[0], []).append(modern["version"])
    sides["python"] = [legacy["python"], modern["python"]]
    return {name: " -> ".join(dict.fromkeys(versions)) for name, versions in sides.items()}


def _tasks(
    symbols: Sequence[str], targets: Sequence[str], device: str
) -> tuple[list[_Task], list[Verdict]]:
    """The pairs of rules, and verdicts on the rows and fixtures that are not well formed.

    :param symbols: rules by symbol, message id or group; all when empty.
    :raises ConfigurationError: for an unknown name, with the nearest known ones.
    """
    chosen = symbols_of(symbols)
    tasks: list[_Task] = []
    broken: list[Verdict] = []

    def add(make: Callable[..., Pair], rule: str, case: str, *arguments: Any) -> None:
        try:
            pair = make(*arguments, rules.TARGETS)
        except FixtureError as error:
            broken.extend(
                Verdict(rule, case, target, device, "error", str(error)) for target in targets
            )
            return
        wanted = tuple(target for target in targets if target in pair.modern)
        if wanted:
            tasks.append(_Task(pair, evidence.fixtures() / rule, wanted))

    for checker in rules.checkers():
        symbol = checker.symbol
        if symbols and symbol not in chosen:
            continue
        for name, row in checker.rows.items():
            if any(map(row.is_executed, rules.TARGETS)):
                add(RowPair.of, symbol, name, symbol, row)
        for file in sorted((evidence.fixtures() / symbol).glob("*/fixture.toml")):
            add(ProgramPair.of, symbol, file.parent.name, file.parent)
    return tasks, broken


def _record(
    tasks: Sequence[_Task], verdicts: Iterable[Verdict], live: Mapping[Any, Record]
) -> None:
    """Write outputs of executed legacy sides, and evidence of what agreed."""
    by_key = {(one.rule, one.case, one.target): one for one in verdicts}
    for folder, group in itertools.groupby(tasks, key=lambda task: task.folder):
        if folder is None:
            continue
        pairs = [task.pair for task in group]
        results: dict[tuple[str, str, str], Mapping[str, Any] | None] = {}
        for pair in pairs:
            if (pair.rule, pair.case) in live:
                records.write(folder, pair.case, live[pair.rule, pair.case])
            for target in pair.modern:
                verdict = by_key.get((pair.rule, pair.case, target))
                if verdict is not None and verdict.verdict != "not run":
                    results[pair.case, target, verdict.device] = (
                        None if verdict.fails else _entry(pair, verdict)
                    )
        records.prune(folder, (pair.case for pair in pairs))
        records.write_evidence(folder, {pair.case: tuple(pair.modern) for pair in pairs}, results)


def _entry(pair: Pair, verdict: Verdict) -> dict[str, Any]:
    return {
        "versions": dict(verdict.versions),
        "samples": verdict.samples,
        "maxAbsError": float(f"{verdict.max_abs_error:.3g}"),
        "maxRelError": float(f"{verdict.max_rel_error:.3g}"),
        "legacySha256": pair.legacy_digest,
        "modernSha256": pair.modern_digest(verdict.target),
        "tolerance": pair.tolerance.as_json(),
    }


def verify(
    symbols: Sequence[str] = (),
    *,
    targets: Sequence[str] = rules.TARGETS,
    device: str = "cpu",
    legacy_python: str | None = None,
    modern_python: str | None = None,
    record: bool = False,
    jobs: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    report: Reporter = SILENT,
) -> list[Verdict]:
    """Execute the rows and fixtures of rules.

    :param symbols: the rules, all when empty.
    :param device: ``cpu`` or ``cuda``, of the modern sides; legacy sides run on the CPU.
    :param legacy_python: see :func:`environments.legacy_base`.
    :param modern_python: see :func:`environments.modern_python`.
    :param record: write evidence, and the outputs of legacy sides that were executed.
    :param jobs: processes at once, by default one for each core.
    :returns: a verdict for each case and target, in the order of the rules.
    :raises ConfigurationError: for an unknown symbol, with the nearest known ones.
    :raises VerificationError: when an interpreter asked for is not what it should be.
    """
    report = _Serial(report)
    tasks, broken = _tasks(symbols, targets, device)
    with Executor(legacy_python, modern_python, jobs, limits, report.note) as executor:
        run = _Run(executor, device, report)
        verdicts = run.all(tasks, broken)
    if record:
        _record(tasks, verdicts, run.live)
    return verdicts


def verify_pair(
    legacy: str | Path,
    modern: str | Path,
    *,
    functions: Sequence[str] = (),
    inputs: Mapping[str, str] | None = None,
    tolerance: Tolerance = DEFAULT_TOLERANCE,
    device: str = "cpu",
    legacy_python: str | None = None,
    modern_python: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    report: Reporter = SILENT,
) -> list[Verdict]:
    """Execute a user's own two files, function by function.

    A function of PyTorch or TensorFlow 2 that does not take arrays is called with tensors.

    :param functions: names of functions, all that both files define when empty.
    :param inputs: input specs by ``parameter`` or ``function.parameter``; without any, those of a
        ``fixture.toml`` beside the legacy file, else what the legacy side takes.
    :raises VerificationError: when the files cannot be verified against each other.
    """
    found = userpairs.pairs(
        userpairs.Program.read(legacy), userpairs.Program.read(modern), functions
    )
    userpairs.refuse_unknown_inputs(found, inputs or ())
    stated = [userpairs.stated_function(pair, names, inputs or {}) for pair, names in found]
    verdicts = []
    with Executor(legacy_python, modern_python, None, limits, report.note) as executor:
        run = _Run(executor, device, report)
        report.started(len(found))
        for (pair, names), function in zip(found, stated, strict=True):
            pair = dataclasses.replace(pair, tolerance=tolerance)
            verdict = _verify_function(run, pair, names, function)
            report.finished(verdict)
            verdicts.append(verdict)
    return verdicts


def _verify_function(
    run: _Run, pair: ProgramPair, parameters: Sequence[str], function: Function | None
) -> Verdict:
    (target,) = pair.modern
    notes = []
    if function is None:
        inferred = _guarded(
            userpairs.infer, pair, parameters, partial(run.executor.run, pair.runtime)
        )
        if isinstance(inferred, JobError):
            return run.failed(pair, target, inferred)
        function, tensors = inferred
        specs = ", ".join(f"{name} = {spec}" for name, spec in function.specs.items())
        notes.append(f"inferred inputs {specs}")
        if tensors:
            pair = dataclasses.replace(pair, tensors=frozenset(["legacy"]))
    pair = dataclasses.replace(pair, functions=(function,))
    (verdict,) = run.verdicts(_Task(pair, None, (target,)))
    if verdict.verdict == "error" and pair.modern[target] in ("tensorflow2", "torch"):
        again = dataclasses.replace(pair, tensors=pair.tensors | {target})
        (retried,) = run.verdicts(_Task(again, None, (target,)))
        if retried.verdict != "error":
            verdict = retried
            notes.append("called with tensors")
    return dataclasses.replace(verdict, note="; ".join(filter(None, [verdict.note, *notes])))
