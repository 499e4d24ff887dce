"""The recorded APIs: facts about the real packages, the format of the files, the loader."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from lintplugin import snapshots
from lintplugin.snapshots import FOLDER, Entry, Snapshot, load, recorder

FILES = sorted(FOLDER.glob("*-*.json"))
RECORDED = ("tensorflow1", "theano", "keras2", "keras3", "tensorflow2", "torch")


@pytest.mark.parametrize(
    ("package", "name", "kind", "signature"),
    [
        ("tensorflow1", "tensorflow.placeholder", "function", "(dtype, shape=None, name=None)"),
        (
            # The deprecated arguments come last, behind two decorators.
            "tensorflow1",
            "tensorflow.reduce_sum",
            "function",
            "(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, "
            "keep_dims=None)",
        ),
        (
            "tensorflow1",
            "tensorflow.nn.softmax",
            "function",
            "(logits, axis=None, name=None, dim=None)",
        ),
        (
            "tensorflow1",
            "tensorflow.nn.dropout",
            "function",
            "(x, keep_prob=None, noise_shape=None, seed=None, name=None, rate=None)",
        ),
        ("tensorflow1", "tensorflow.Session", "class", "(target='', graph=None, config=None)"),
        (
            "tensorflow1",
            "tensorflow.Session.run",
            "function",
            "(fetches, feed_dict=None, options=None, run_metadata=None)",
        ),
        ("tensorflow1", "tensorflow.float32", "value", None),
        ("tensorflow1", "tensorflow.nn.rnn_cell", "module", None),
        ("tensorflow1", "tensorflow.app.flags.FLAGS", "function", "(*args, **kwargs)"),
        (
            "tensorflow1",
            "tensorflow.contrib.layers.flatten",
            "function",
            "(inputs, outputs_collections=None, scope=None)",
        ),
        (
            "tensorflow2",
            "tensorflow.reduce_sum",
            "function",
            "(input_tensor, axis=None, keepdims=False, name=None)",
        ),
        (
            "tensorflow2",
            "tensorflow.compat.v1.placeholder",
            "function",
            "(dtype, shape=None, name=None)",
        ),
        ("theano", "theano.tensor.dot", "function", "(a, b)"),
        ("theano", "theano.tensor.tanh", "function", "(a)"),
        ("theano", "theano.tensor.switch", "function", "(cond, ift, iff)"),
        ("theano", "theano.tensor.dmatrix", "function", "(name=None)"),
        (
            "theano",
            "theano.tensor.TensorVariable.mean",
            "function",
            "(axis=None, dtype=None, keepdims=False, acc_dtype=None)",
        ),
        ("keras2", "keras.layers.Layer", "class", "(**kwargs)"),
        ("torch", "torch.matmul", "function", "(input, other, *, out=None)"),
        ("torch", "torch.exp", "function", "(input, *, out=None)"),
        ("torch", "torch.relu", "function", "(input)"),
        ("torch", "torch.Tensor.detach", "function", "()"),
        (
            "torch",
            "torch.nn.Linear",
            "class",
            "(in_features, out_features, bias=True, device=None, dtype=None)",
        ),
    ],
)
def test_facts(package: str, name: str, kind: str, signature: str | None) -> None:
    entry = load(package).resolve(name)
    assert entry is not None
    assert (entry.name, entry.kind, entry.signature) == (name, kind, signature)


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("tensorflow1", "tensorflow.reduce_summ"),
        ("tensorflow1", "tensorflow.Session.walk"),
        ("tensorflow1", "tensorflow.python"),
        ("tensorflow1", "tensorflow.float32.bits"),
        ("tensorflow2", "tensorflow.placeholder"),
        ("tensorflow2", "tensorflow.Session"),
        ("tensorflow2", "tensorflow.contrib"),
        ("tensorflow2", "tensorflow.estimator"),
        # Keras 3 refuses the layers of TensorFlow 1, although the module is there.
        ("tensorflow2", "tensorflow.compat.v1.layers.dense"),
        ("theano", "theano.tests"),
        ("torch", "torch._C"),
        ("torch", ""),
    ],
)
def test_absent(package: str, name: str) -> None:
    assert load(package).resolve(name) is None
    assert load(package).aliases(name) == ()
    assert name not in load(package)


def test_aliases_name_one_object() -> None:
    tensorflow = load("tensorflow1")
    names = tensorflow.aliases("tensorflow.math.reduce_sum")
    assert {"tensorflow.reduce_sum", "tensorflow.compat.v1.reduce_sum"} < set(names)
    assert {tensorflow[name].canonical for name in names} == {"tensorflow.reduce_sum"}
    assert all(tensorflow.aliases(name) == names for name in names)


def test_aliases_of_a_member_follow_its_class() -> None:
    assert load("tensorflow1").aliases("tensorflow.Session.run") == (
        "tensorflow.Session.run",
        "tensorflow.compat.v1.Session.run",
    )


def test_aliases_in_contrib_are_listed_for_names_in_contrib() -> None:
    tensorflow = load("tensorflow1")
    assert "tensorflow.contrib.rnn.LSTMCell" in tensorflow.aliases(
        "tensorflow.contrib.rnn.LSTMCell"
    )
    assert tensorflow["tensorflow.contrib.rnn.LSTMCell"].canonical == (
        "tensorflow.nn.rnn_cell.LSTMCell"
    )
    assert not [
        name
        for name in tensorflow.aliases("tensorflow.nn.rnn_cell.LSTMCell")
        if ".contrib." in name
    ]


@pytest.mark.parametrize(
    ("package", "name", "canonical"),
    [
        # Inherited, through an alias of the class, through a module that is an alias.
        (
            "tensorflow1",
            "tensorflow.train.AdamOptimizer.minimize",
            "tensorflow.train.Optimizer.minimize",
        ),
        (
            "tensorflow1",
            "tensorflow.compat.v1.Session.run",
            "tensorflow.Session.run",
        ),
        (
            "tensorflow2",
            "tensorflow.compat.v2.keras.layers.Dense.call",
            "tensorflow.keras.layers.Dense.call",
        ),
        ("torch", "torch.nn.Linear.parameters", "torch.nn.Module.parameters"),
        ("torch", "torch.FloatTensor.sum", "torch.Tensor.sum"),
    ],
)
def test_members_are_found_where_they_are_recorded(package: str, name: str, canonical: str) -> None:
    snapshot = load(package)
    entry = snapshot.resolve(name)
    assert entry is not None
    assert name not in snapshot
    assert entry == Entry(name, "function", snapshot[canonical].signature, canonical)


def test_methods_of_layers_follow_the_resolution_order_of_python() -> None:
    # tf.layers.Conv1D inherits keras' Conv1D first, but add_weight is that of tf.layers.Layer.
    tensorflow = load("tensorflow1")
    assert tensorflow.bases("tensorflow.layers.Conv1D")[0] == "tensorflow.keras.layers.Conv1D"
    entry = tensorflow.resolve("tensorflow.layers.Conv1D.add_weight")
    assert entry is not None
    assert entry.signature is not None
    assert entry.signature.startswith("(name, shape, dtype=None,")


def test_configuration_flags_keep_their_default() -> None:
    theano = load("theano")
    assert theano["theano.config.floatX"].default == "'float64'"
    assert theano["theano.config.gpuarray.preallocate"].kind == "value"
    assert len([name for name in theano if name.startswith("theano.config.")]) > 140


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_are_sorted_complete_and_hold_valid_python(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    data = json.loads(text)
    names = data["names"]
    assert path.stem.startswith(f"{data['package']}-{data['version']}")
    assert list(names) == sorted(names)
    assert text.count("\n") == len(names) + 7
    for name in names:
        assert all(part.isidentifier() for part in name.split(".")), name
        hidden = any(part.startswith("_") for part in name.split("."))
        assert (
            not hidden or name.rpartition(".")[0] in recorder.SCOPES[data["package"]].operators
        ), name

    snapshot = load(data["package"], data["version"])
    for name in names:
        entry = snapshot[name]
        assert snapshot[entry.canonical].canonical == entry.canonical
        assert (entry.kind in ("class", "function")) or entry.signature is None, name
        if entry.signature is not None:
            ast.parse(f"def f{entry.signature}: ...")
        if entry.default is not None:
            ast.parse(entry.default, mode="eval")
        for base in snapshot.bases(name):
            assert snapshot[base].kind == "class"
            assert snapshot[base].canonical == base


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_hold_nothing_of_the_recording_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert " at 0x" not in text
    assert "/home/" not in text
    assert "/root" not in text
    assert "site-packages" not in text


def test_no_canonical_name_of_the_main_file_lies_in_contrib() -> None:
    names = json.loads((FOLDER / "tensorflow-1.15.5.json").read_text(encoding="utf-8"))["names"]
    assert not [name for name, entry in names.items() if "tensorflow.contrib" in name + entry]


def test_contrib_is_read_when_a_name_in_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    read = snapshots._read

    def spy(path: Path) -> dict[str, object]:
        opened.append(path.name)
        return read(path)

    monkeypatch.setattr(snapshots, "_read", spy)
    main, contrib = FOLDER / "tensorflow-1.15.5.json", FOLDER / "tensorflow-1.15.5-contrib.json"
    tensorflow = Snapshot(main, ("tensorflow.contrib", contrib))
    assert tensorflow.resolve("tensorflow.train.AdamOptimizer.minimize")
    assert tensorflow.resolve("tensorflow.contributions") is None
    assert tensorflow.aliases("tensorflow.nn.relu")
    assert opened == [main.name]
    assert tensorflow.resolve("tensorflow.contrib.slim.conv2d")
    assert "tensorflow.contrib" in tensorflow
    assert len(tensorflow) == len(list(tensorflow)) == len(set(tensorflow))
    assert opened == [main.name, contrib.name]


def test_importing_the_loader_reads_no_file() -> None:
    code = (
        "import sys\n"
        "sys.addaudithook(lambda event, args: event == 'open' and str(args[0]).endswith('.json')"
        " and sys.exit(str(args[0])))\n"
        "import lintplugin.snapshots"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("package", RECORDED)
def test_load_gives_one_object_for_every_spelling(package: str) -> None:
    snapshot = load(package)
    assert load(snapshot.package, snapshot.version) is snapshot
    assert snapshot[snapshot.package] == Entry(snapshot.package, "module", None, snapshot.package)
    assert repr(snapshot) == f"<Snapshot {snapshot.package} {snapshot.version}>"


def test_load_without_a_version_takes_the_newest() -> None:
    assert load("tensorflow") is load("tensorflow2")
    assert load("tensorflow1").version == "1.15.5"
    assert load("keras2").python.startswith("3.7.")


@pytest.mark.parametrize("arguments", [("jax",), ("tensorflow3",), ("theano", "0.9.0"), ("",)])
def test_load_says_what_is_recorded(arguments: tuple[str, ...]) -> None:
    with pytest.raises(
        LookupError, match=r"recorded are: keras 2\.3\.1, keras 3\.15\.1, tensorflow 1\.15\.5"
    ):
        load(*arguments)


def test_a_damaged_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "pkg-1.0.json"
    head = {"package": "pkg", "version": "1.0", "python": "3.11.0"}
    names = {"pkg": "module", "pkg.f": "= pkg.g", "pkg.h": "procedure (x)"}
    path.write_text(json.dumps({**head, "names": names}), encoding="utf-8")
    snapshot = Snapshot(path)
    with pytest.raises(ValueError, match=r"alias of pkg\.g, which is missing"):
        snapshot["pkg.f"]
    with pytest.raises(ValueError, match="not an entry"):
        snapshot["pkg.h"]
    with pytest.raises(KeyError):
        snapshot["pkg.x"]


PACKAGE = {
    "__init__.py": """
        import functools, json
        from pkg import extra, tests
        from pkg.base import Base, Derived, helper, wrapped
        from pkg.base import helper as assist
        __version__ = "2.1+local"
        LIMIT = 3
        partial = functools.partial(helper, 1)
    """,
    "base.py": """
        import functools
        from json import dumps
        def helper(a, b=float("inf"), *rest, c: int = None, d={"k": (1, 2)}, e=object()) -> int: ...
        @functools.wraps(helper)
        def wrapped(*args, **kwargs): ...
        class _Hidden:
            def shared(self, x): ...
        class Base(_Hidden):
            limit = 3
            def __init__(self, size, *, name=None): ...
            def method(self): ...
            @classmethod
            def make(cls, size): ...
            @staticmethod
            def check(size): ...
            @property
            def area(self): ...
        class Derived(Base):
            def method(self, more): ...
    """,
    "extra.py": """
        from pkg.base import Base
        class Extra(Base): ...
    """,
    "tests.py": "def check(): ...",
}


def test_recorder_follows_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pkg").mkdir()
    for name, text in PACKAGE.items():
        (tmp_path / "pkg" / name).write_text(textwrap.dedent(text), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    scope = recorder.Scope(owners=("pkg",), private=(r"pkg\.tests",), split="pkg.extra")
    monkeypatch.setitem(recorder.SCOPES, "pkg", scope)
    recorder.record("pkg", str(tmp_path))
    for name in [name for name in sys.modules if name.split(".")[0] == "pkg"]:
        monkeypatch.delitem(sys.modules, name)

    main, extra = tmp_path / "pkg-2.1.json", tmp_path / "pkg-2.1-extra.json"
    signature = "(a, b=float('inf'), *rest, c=None, d={'k': (1, 2)}, e=...)"
    assert json.loads(main.read_text(encoding="utf-8"))["names"] == {
        "pkg": "module",
        "pkg.Base": "class (size, *, name=None)",
        "pkg.Base.area": "value",
        "pkg.Base.check": "function (size)",
        "pkg.Base.limit": "value",
        "pkg.Base.make": "function (size)",
        "pkg.Base.method": "function ()",
        "pkg.Base.shared": "function (x)",
        "pkg.Derived": "class[pkg.Base] (size, *, name=None)",
        "pkg.Derived.method": "function (more)",
        "pkg.LIMIT": "value",
        "pkg.assist": "= pkg.helper",
        "pkg.base": "module",
        "pkg.base.Base": "= pkg.Base",
        "pkg.base.Derived": "= pkg.Derived",
        "pkg.base.helper": "= pkg.helper",
        "pkg.base.wrapped": "= pkg.wrapped",
        "pkg.helper": f"function {signature}",
        "pkg.partial": f"function {signature.replace('a, ', '')}",
        "pkg.wrapped": f"function {signature}",
    }
    assert json.loads(extra.read_text(encoding="utf-8"))["names"] == {
        "pkg.extra": "module",
        "pkg.extra.Base": "= pkg.Base",
        "pkg.extra.Extra": "class[pkg.Base] (size, *, name=None)",
    }
    snapshot = Snapshot(main, ("pkg.extra", extra))
    assert snapshot.resolve("pkg.extra.Extra.shared") == Entry(
        "pkg.extra.Extra.shared", "function", "(x)", "pkg.Base.shared"
    )


@pytest.mark.parametrize(
    ("doc", "signature"),
    [
        ("exp(input, *, out=None) -> Tensor", "(input, *, out=None)"),
        ("zeros(*size, *, out=None) -> Tensor", "(*size, out=None)"),
        ("randint(low=0, high, size, \\*, out=None)", "(low=0, high=..., size=..., *, out=None)"),
        ("view(Tensor input, int dim=(1, 2)) -> Tensor", "(input, dim=(1, 2))"),
        ("linalg.norm(A,\n    ord=None)\n\nMore (or less).", "(A, ord=None)"),
        ("seed(self: object, value: int = 3) -> None", "(value=3)"),
        ("pad(input, mode=<mode>)", "(input, mode=...)"),
        ("call()", "()"),
        ("call(a, ...)", None),
        ("Applies a function (or two).", None),
        (None, None),
    ],
)
def test_signatures_in_docstrings(doc: str | None, signature: str | None) -> None:
    assert recorder.documented(doc) == signature


def test_a_package_that_cannot_be_recorded_leaves_the_snapshots_alone() -> None:
    before = {path: path.stat().st_mtime_ns for path in FILES}
    command = [sys.executable, "-m", "lintplugin.snapshots", "record", "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "invalid choice: 'nothing'" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in FILES} == before


def test_counts() -> None:
    command = [sys.executable, "-m", "lintplugin.snapshots", "counts"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"(\d+) names outside contrib.*\n +(\d+) of them no longer", done.stdout)
    assert found is not None
    assert 3800 <= int(found[1]) <= 4000
    assert 1000 <= int(found[2]) <= 1200
