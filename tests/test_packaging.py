"""The distribution: what it holds, and that it works in every way to install it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import textwrap
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.packaging

LEGACY = "import theano.tensor as T\n\nT.dot(1, 2)\n"

#: Of the user: neither may hide ours, nor be hidden by ours.
OWN = {"checkers/__init__.py": "MINE = True\n", "fixtures.py": "MINE = True\n"}

SOURCES = ("lintplugin", "checkers", "fixtures")


def call(*command: str | Path, cwd: Path, status: int = 0) -> str:
    """Run a command outside of this process's environment and return what it prints."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
    }
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """A copy of the source tree without what earlier builds left in it."""
    copy = tmp_path_factory.mktemp("checkout") / "lintplugin"
    left_out = shutil.ignore_patterns(
        *(".git", "__pycache__", "build", "dist", "*.egg-info", ".*_cache", ".hypothesis", ".venv"),
        *("node_modules", "*.vsix"),
    )
    return Path(shutil.copytree(root, copy, ignore=left_out))


@pytest.fixture(scope="module")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    call(sys.executable, "-m", "build", "--outdir", folder, checkout, cwd=folder)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's project, with folders named as ours are."""
    for name, text in {"model.py": LEGACY, **OWN}.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "project"


def install(folder: Path, *arguments: str | Path) -> Path:
    """Install into a new virtual environment and return its folder of programs."""
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    call(programs / "python", "-m", "pip", "install", "--quiet", *arguments, cwd=folder)
    return programs


def check_installed(programs: Path, project: Path) -> None:
    """Run what is installed as a user does, in a user's project."""
    ours = ("--load-plugins=lintplugin", "--disable=all", "--enable=theano-operation")
    for extra in ((), ("--init-hook=import sys; sys.path.insert(0, '.')",)):
        printed = call(programs / "pylint", *ours, *extra, "model.py", cwd=project, status=4)
        assert "model.py:3:0: W6504: 'theano.tensor.dot'" in printed
    printed = call(
        programs / "lintplugin", "check", "--select=theano-operation", ".", cwd=project, status=1
    )
    assert "3:0 W6504 theano-operation" in printed
    assert "torch.matmul(1, 2)" in printed
    assert "# theano-operation" in call(
        programs / "lintplugin", "explain", "theano-operation", cwd=project
    )
    code = """
        import checkers, fixtures
        from lintplugin import evidence, rules
        assert checkers.MINE and fixtures.MINE
        assert evidence.fixtures().joinpath("scan-updates-dropped").is_dir()
        print(len(rules.checkers()))
    """
    printed = call(programs / "python", "-c", textwrap.dedent(code), cwd=project)
    assert int(printed) > 0


def test_the_wheel_holds_one_top_level_package(built: Path, checkout: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"lintplugin"}
    sources = {
        path.relative_to(checkout).as_posix()
        for top in SOURCES
        for path in (checkout / top).rglob("*")
        if is_source(path)
    }
    expected = {
        name if name.startswith("lintplugin/") else f"lintplugin/{name}" for name in sources
    }
    assert expected == {name for name in names if ".dist-info/" not in name}


def test_the_sdist_holds_the_source_tree(built: Path, checkout: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    files = {
        path.relative_to(checkout).as_posix() for path in checkout.rglob("*") if is_source(path)
    }
    assert files <= names


def test_installed_from_the_wheel(built: Path, project: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    programs = install(tmp_path / "venv", wheel)
    check_installed(programs, project)
    refused = call(programs / "lintplugin", "new", "theano-something", cwd=project, status=2)
    assert refused == ""
    installed = call(programs / "python", "-m", "pip", "list", cwd=project)
    assert not {"numpy", "torch", "tensorflow"} & set(installed.split())


@pytest.mark.parametrize("mode", [None, "compat", "strict"])
def test_installed_in_place(
    mode: str | None, checkout: Path, project: Path, tmp_path: Path
) -> None:
    options = [] if mode is None else [f"--config-settings=editable_mode={mode}"]
    programs = install(tmp_path / "venv", *options, "--editable", checkout)
    check_installed(programs, project)
    in_checkout = call(programs / "python", "-m", "lintplugin", "--version", cwd=checkout)
    assert in_checkout.strip()


def test_a_new_rule_passes_the_tests(checkout: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(checkout, tmp_path / "checkout"))
    python = sys.executable
    printed = call(python, "-m", "lintplugin", "new", "tf1-import", cwd=copy)
    assert printed.splitlines() == [
        "checkers/tensorflow1/import_.py",
        "fixtures/tf1-import/first/fixture.toml",
        "fixtures/tf1-import/first/legacy.py",
        "fixtures/tf1-import/first/tf2.py",
        "fixtures/tf1-import/first/torch.py",
        "tests/checkers/tensorflow1/test_import.py",
        "docs/rules/README.md",
        "docs/rules/tf1-import.md",
    ]
    tests = ("tests/test_stems.py", "tests/checkers/tensorflow1/test_import.py")
    call(python, "-m", "pytest", "-q", *tests, cwd=copy)
    call(python, "-m", "lintplugin", "new", "tf1-import", cwd=copy, status=2)
