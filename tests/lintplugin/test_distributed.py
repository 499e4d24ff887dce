"""Any executor prints what one process does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lintplugin import checking, cli, distributed
from lintplugin.configuration import Configuration
from lintplugin.discovery import discover
from lintplugin.parallel import Run, RunError
from lintplugin.reporters import Output

_FILES = {f"{number:02}.py": "import tensorflow as tf\ntf.Session()\n" for number in range(40)} | {
    "05.py": "x = 1\n",
    "11.py": "import theano\n(",
    "12.py": "from names import tf\ntf.Session()\n",
    "names.py": "import tensorflow as tf\n",
}


@pytest.fixture(autouse=True)
def _here(write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(write(_FILES))
    monkeypatch.setenv("LINTPLUGIN_CACHE_DIR", str(tmp_path / ".cache"))


@pytest.fixture
def run() -> Run:
    return Run(Configuration.load(), (Output("text"), Output("json", "x.json")))


def test_threads_make_the_same_pages_in_the_same_order(run: Run) -> None:
    files = list(discover([".", "missing.py"]))
    alone = list(run.pages(files, 1))
    with ThreadPoolExecutor(4) as executor:
        assert list(run.pages(files, executor=executor)) == alone


def test_a_worker_that_lives_on_sees_files_as_they_are(run: Run) -> None:
    files = list(discover(["12.py"]))
    with ThreadPoolExecutor(1) as executor:
        (page,) = run.pages(files, executor=executor)
        assert page.found
        Path("names.py").write_text("tf = None  # tensorflow\n")
        (page,) = run.pages(files, executor=executor)
        assert not page.found


class _Failing(Executor):
    """Its workers fail at some files."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        files: Sequence[Any] = arguments[1] if arguments else ()
        if any(file.path == "07.py" for file in files):
            future.set_exception(MemoryError("no\nmore"))
        else:
            future.set_result(function(*arguments, **named))
        return future


def test_a_file_that_ends_its_worker_costs_no_other_file(run: Run) -> None:
    files = list(discover(["."]))
    alone = list(run.pages(files, 1))
    pages = list(run.pages(files, executor=_Failing()))
    assert [number for number, page in enumerate(pages) if page != alone[number]] == [7]
    (problem,) = pages[7].problems
    assert (problem.path, problem.kind) == ("07.py", "internal-error")
    assert problem.message == "its worker failed: MemoryError: no more"


def test_workers_need_the_same_release(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed, "_version", lambda: "0.0.1")
    with (
        ThreadPoolExecutor(1) as executor,
        pytest.raises(RunError, match=r"have lintplugin 0\.0\.1"),
    ):
        list(run.pages(discover(["."]), executor=executor))


@pytest.mark.parametrize(
    ("engine", "words"),
    [
        ("spark=there", "unknown, choose from dask=ADDRESS, ray=ADDRESS and MODULE:FUNCTION"),
        ("no_such_module:Pool", "no_such_module is not installed"),
        ("concurrent.futures:Pool", "no attribute"),
        ("os:getcwd", "cannot run lintplugin"),
    ],
)
def test_an_executor_that_cannot_be_had(
    engine: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["check", "--executor", engine, "."])
    assert stopped.value.code == cli.ERROR
    printed = capsys.readouterr().err
    assert printed.startswith(f"lintplugin: --executor {engine}: ")
    assert words in printed


def _printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main(["check", "--no-cache", *arguments, "."]) == cli.ERROR
    return capsys.readouterr().out


def test_an_executor_of_a_module(capsys: pytest.CaptureFixture[str]) -> None:
    alone = _printed(capsys, "--jobs=1")
    assert _printed(capsys, "--executor=concurrent.futures:ThreadPoolExecutor") == alone


def test_pages_of_an_executor_are_kept(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["check", "--executor=concurrent.futures:ThreadPoolExecutor", "."]
    assert cli.main(command) == cli.ERROR
    first = capsys.readouterr()
    monkeypatch.setattr(checking, "check_file", None)
    assert cli.main(["check", "."]) == cli.ERROR
    assert capsys.readouterr() == first


# The engines themselves, each a cluster of two workers that are processes of this machine.


@pytest.fixture
def dask() -> Iterator[str]:
    from distributed import LocalCluster

    options = {"n_workers": 2, "threads_per_worker": 2, "dashboard_address": None}
    with LocalCluster(processes=True, **options) as cluster:
        yield f"dask={cluster.scheduler_address}"


@pytest.fixture
def ray() -> Iterator[str]:
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    cluster.add_node(num_cpus=1)
    yield f"ray={cluster.address}"
    cluster.shutdown()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["dask", "ray"])
def test_a_cluster_prints_what_one_process_does(
    engine: str, request: pytest.FixtureRequest
) -> None:
    address = request.getfixturevalue(engine)
    command = [sys.executable, "-m", "lintplugin", "check", "--no-cache", "--output-format=json"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    def printed(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *arguments, "."],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
            timeout=300,
        )

    alone = printed("--jobs=1")
    assert alone.returncode == cli.ERROR
    assert alone.stdout.count('"tf1-session"') == 38
    for _ in range(2):
        spread = printed(f"--executor={address}")
        assert spread.stdout == alone.stdout
        assert (spread.returncode, spread.stderr) == (alone.returncode, "")
        # The second time the workers have another text to read.
        Path("12.py").write_text(_FILES["12.py"] + "tf.Session()\n")
        alone = printed("--jobs=1")


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["dask", "ray"])
def test_a_cluster_that_is_not_there(engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["check", f"--executor={engine}=127.0.0.1:9", "."])
    assert f"lintplugin: --executor {engine}=127.0.0.1:9: " in capsys.readouterr().err
