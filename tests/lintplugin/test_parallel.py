"""Several processes print what one does."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from lintplugin import checking, cli, parallel
from lintplugin.analysis import Report
from lintplugin.configuration import Configuration
from lintplugin.discovery import File, discover
from lintplugin.parallel import Run
from lintplugin.reporters import Output, Page

_FILES = {f"{number:02}.py": "import tensorflow as tf\ntf.Session()\n" for number in range(21)} | {
    "05.py": "x = 1\n",
    "11.py": "import theano\n(",
    "13.py": "import theano\nimport theano.tensor as T\nT.dot  # pylint: disable=all\n",
}

# A fork has what the test puts into this process, which a fresh one has not.
_forks = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="Windows cannot fork"
)


@pytest.fixture(autouse=True)
def _here(
    write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterable[None]:
    write(_FILES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(parallel, "_ALONE", 0)
    yield
    assert multiprocessing.active_children() == []


def _files() -> list[File]:
    return list(discover([".", "missing.py"]))


def _run(form: str = "text") -> Run:
    return Run(Configuration.load(), (Output(form),))


def test_few_files_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Run, "_executor", None)
    assert len(list(_run().pages(_files()[:1], 4))) == 1
    monkeypatch.setattr(parallel, "_ALONE", 60)
    assert len(list(_run().pages(_files(), 4))) == 22


def test_many_files_start_processes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = list(_run().pages(_files(), 1))
    monkeypatch.setattr(parallel, "_ALONE", 60)
    monkeypatch.setattr(parallel, "_MANY", 22)
    checked = Run._pages
    here: list[File] = []

    def noted(self: Run, files: Iterable[File]) -> Iterator[Page]:
        for file in files:
            here.append(file)
            yield from checked(self, [file])

    monkeypatch.setattr(Run, "_pages", noted)
    assert list(_run().pages(_files(), 2)) == alone
    assert here == []


def test_one_process_starts_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Run, "_executor", None)
    assert len(list(_run().pages(_files(), 1))) == 22


@pytest.mark.parametrize("form", cli.FORMATS)
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_the_same_pages_in_the_same_order(
    form: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "_START_METHOD", method)
    run = _run(form)
    alone = list(run.pages(_files(), 1))
    assert sum(map(bool, (page.found for page in alone))) == 18
    assert list(run.pages(_files(), 3)) == alone


def test_a_configuration_that_was_used_can_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("pyproject.toml").write_text("[tool.pylint.main]\nlintplugin-target = ['tf2']\n")
    monkeypatch.setattr(parallel, "_START_METHOD", "spawn")
    run = _run()
    assert run.configuration.linter is run.configuration.linter
    alone = list(run.pages(_files(), 1))
    assert list(run.pages(_files(), 2)) == alone
    assert not any("PyTorch" in page.texts[0] for page in alone)


def test_where_processes_share_no_locks_one_does_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise PermissionError("no semaphores here")

    alone = list(_run().pages(_files(), 1))
    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", fail)
    assert list(_run().pages(_files(), 4)) == alone


@_forks
def test_a_file_that_ends_its_process_costs_no_other_file(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = list(_run().pages(_files(), 1))
    check = checking.check_file

    def dying(path: str, configuration: Configuration, *, named: bool) -> Report:
        if path in ("07.py", "18.py"):
            os._exit(9)
        return check(path, configuration, named=named)

    monkeypatch.setattr(checking, "check_file", dying)
    monkeypatch.setattr(parallel, "_START_METHOD", "fork")
    pages = list(_run().pages(_files(), 2))
    died = [number for number, page in enumerate(pages) if page != alone[number]]
    assert died == [7, 18]
    (problem,) = pages[7].problems
    assert (problem.path, problem.kind) == ("07.py", "internal-error")
    assert "the process that checked it died" in pages[7].texts[0]


def test_no_process_outlives_a_reader_that_stops() -> None:
    pages = _run().pages(_files(), 2)
    next(pages)
    next(pages)
    pages.close()


def test_what_is_in_flight_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_MANY", 1)
    monkeypatch.setattr(parallel, "_CHUNK", 4)
    monkeypatch.setattr(parallel, "_AHEAD", 1)
    taken = []

    def noted() -> Iterable[File]:
        for file in _files():
            taken.append(file)
            yield file

    pages = _run().pages(noted(), 2)
    next(pages)
    next(pages)
    assert len(taken) <= 1 + 3 * 4
    pages.close()


def test_the_command_takes_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--jobs", "2", "00.py", "01.py", "02.py"]) == cli.FINDINGS
    assert "3 findings in 3 of 3 files" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stopped:
        cli.main(["check", "--jobs", "0", "00.py"])
    assert stopped.value.code == cli.ERROR
