"""The process that executes: its encoding, and how it survives what it executes.

Everything here runs on NumPy alone; :mod:`test_run` executes the frameworks.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lintplugin.verification import worker
from lintplugin.verification.servers import Limits, Server

_LIMITS = Limits(seconds=3, bytes=200 << 20)

_leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0)).filter(
        lambda array: array.dtype.kind not in "mM"
    ),
)
_values = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.text(), st.integers()), inner, max_size=3),
    ),
    max_leaves=8,
)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return (
            one.shape == other.shape
            and one.dtype.str.lstrip("=<>|") == other.dtype.str.lstrip("=<>|")
            and one.astype(one.dtype.newbyteorder("=")).tobytes()
            == other.astype(other.dtype.newbyteorder("=")).tobytes()
        )
    if isinstance(one, (list, tuple)):
        return type(one) is type(other) and all(map(_same, one, other)) and len(one) == len(other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(_same, one.values(), other.values()))
    return type(one) is type(other) and repr(one) == repr(other)


@given(_values)
def test_encoding_keeps_everything(value: Any) -> None:
    assert _same(value, worker.decode(worker.encode(value)))


@pytest.mark.parametrize("value", [object(), {1, 2}, np.array(["2020-01-01"], "datetime64[D]")])
def test_encoding_refuses(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot be compared"):
        worker.encode(value)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_weights_are_exact_and_not_zero(dtype: str) -> None:
    weights = worker.weights((5, 7), dtype)
    assert weights.dtype == dtype
    assert (weights == worker.weights((5, 7), np.float64)).all()
    assert (weights != 0).all()
    assert (weights > 0).any()
    assert (weights < 0).any()


def test_rebuild_follows_leaves() -> None:
    value = {"a": [1, (2, 3)], "b": 4}
    order = iter(worker.leaves(value))
    assert worker.rebuild(value, lambda leaf: (leaf, next(order))[1] * 10) == {
        "a": [10, (20, 30)],
        "b": 40,
    }


@pytest.fixture(scope="module", params=[False, True], ids=["forked", "fresh"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """NumPy in this interpreter, with a forked child or a fresh process for every job."""
    slots = threading.Semaphore(4)
    one = Server(sys.executable, "numpy", "cpu", slots, _LIMITS, fresh=request.param)
    yield one
    one.close()


def _program(source: str, **changes: Any) -> dict[str, Any]:
    job = {
        "kind": "program",
        "path": "program.py",
        "folder": "",
        "source": source,
        "results": [],
        "tensors": False,
        "loads": [[]],
    }
    return {**job, **changes}


def _step(name: str, **arguments: Any) -> dict[str, Any]:
    return {"function": name, "arguments": list(map(list, arguments.items())), "keywords": False}


def test_about(server: Server) -> None:
    about = server.about()
    assert about["version"] == about["numpy"] == np.__version__
    assert about["python"].startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")


def test_program(server: Server) -> None:
    source = """\
import os, sys
count = 0
print("noise")
def f(x):
    global count
    count += 1
    x += 1
    return {"sum": x.sum(), "again": (x * count, None)}
def seen():
    return count
where = os.listdir("."), __name__
open("left", "w").close()
"""
    x = np.ones((2, 3))
    load = [_step("f", x=x), _step("f", x=x), _step("seen")]
    outcome = server.run(_program(source, loads=[load, load], results=["where", "nothing"]))
    assert outcome["status"] == "done"
    for done in outcome["value"]:
        first, second, seen = (step["value"] for step in done["steps"])
        assert first["sum"] == second["sum"] == 12.0
        np.testing.assert_array_equal(second["again"][0], x * 4)
        assert seen == 2
        where, nothing = done["results"]
        assert where["value"] == ([], "lintplugin_program")
        assert nothing["raised"] == "AttributeError"


def test_program_that_raises_goes_on(server: Server) -> None:
    source = "def f():\n    pass\n    raise KeyError('x')\ndef g():\n    return 1\n"
    outcome = server.run(_program(source, loads=[[_step("f"), _step("g"), _step("h")]]))
    f, g, h = outcome["value"][0]["steps"]
    assert (f["raised"], f["lines"]) == ("KeyError", [3])
    assert "LookupError" in f["bases"]
    assert g == {"value": 1}
    assert h["raised"] == "AttributeError"


def test_same_random_numbers_at_every_load(server: Server) -> None:
    source = "import numpy, random\nvalue = numpy.random.rand(), random.random()\n"
    outcome = server.run(_program(source, loads=[[], []], results=["value"]))
    one, other = (load["results"][0]["value"] for load in outcome["value"])
    assert _same(one, other)


@pytest.mark.parametrize(
    ("source", "status", "text"),
    [
        ("import os; os._exit(3)", "crashed", "exited with status 3"),
        ("import ctypes; ctypes.string_at(0)", "crashed", "SIGSEGV"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "crashed", "SIGKILL"),
        ("while True: pass", "time limit", ""),
        ("import subprocess; subprocess.run(['sleep', '60'])", "time limit", ""),
        ("kept = []\nwhile True: kept.append(bytearray(10_000_000))", "memory limit", ""),
        ("import numpy; numpy.zeros(10**12)", "memory limit", "Unable to allocate"),
        (
            "import sys; sys.stderr.write('std::bad_alloc'); import os; os.abort()",
            "memory limit",
            "",
        ),
        ("x = = 1", "error", "line 1: invalid syntax"),
    ],
)
def test_program_that_ends_its_process(server: Server, source: str, status: str, text: str) -> None:
    outcome = server.run(_program(source))
    assert outcome["status"] == status
    assert text in outcome["text"]
    assert server.run(_program("x = 1", results=["x"]))["status"] == "done"


def test_jobs_run_side_by_side(server: Server) -> None:
    outcomes: list[dict[str, Any]] = []
    jobs = [
        threading.Thread(target=lambda: outcomes.append(server.run(_program("while True: pass"))))
        for _ in range(3)
    ]
    for job in jobs:
        job.start()
    quick = server.run(_program("x = 1", results=["x"]))
    assert quick["status"] == "done"
    assert outcomes == []
    for job in jobs:
        job.join()
    assert [outcome["status"] for outcome in outcomes] == ["time limit"] * 3


def test_expressions(server: Server) -> None:
    group = {
        "sources": [
            "def case(x, y):\n    return np.dot(x, y)\n",
            "def case(x, y):\n    return missing\n",
        ],
        "samples": [
            {"x": np.ones((2, 3)), "y": np.ones(3)},
            {"x": np.ones((1, 1)), "y": np.ones(1)},
        ],
        "counts": [2, 1],
        "ones": {},
        "gradient": False,
    }
    outcome = server.run({"kind": "expressions", "path": "<case>", "groups": [group]})
    ((first, second),) = outcome["value"]
    np.testing.assert_array_equal(first[0]["value"], [3.0, 3.0])
    np.testing.assert_array_equal(first[1]["value"], [1.0])
    assert [one["raised"] for one in second] == ["NameError"]


def test_what_is_on_a_device_is_copied_from_it() -> None:
    class Tensor:
        device = "cuda"

        def cpu(self) -> Tensor:
            tensor = Tensor()
            tensor.device = "cpu"
            return tensor

        def numpy(self, force: bool = False) -> Any:
            assert self.device == "cpu", "can't convert cuda:0 device type tensor to numpy"
            return np.zeros(2), force

    runtime = worker.Torch("cuda")
    runtime.framework = SimpleNamespace(Tensor=Tensor)
    runtime.copy_back()
    array, force = Tensor().numpy(force=True)
    assert array.shape == (2,)
    assert force
