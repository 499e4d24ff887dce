"""Names below ``tensorflow.python`` that TensorFlow 1 had and TensorFlow 2 lacks.

They are private, so that no snapshot has them, and real code imports them all the same.

    LEGACY-PYTHON lintplugin/snapshots/private.py legacy FILE
    MODERN-PYTHON lintplugin/snapshots/private.py modern FILE

records ``private.json``: the first writes what TensorFlow 1 has to FILE, the second keeps of it
what TensorFlow 2 has not. As a script it needs nothing of this package, and runs on Python 3.7.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import pkgutil
import sys
import types
import warnings
from collections.abc import Mapping

PREFIX = "tensorflow.python"


def is_private(api: str) -> bool:
    return (api + ".").startswith(PREFIX + ".")


def is_gone(api: str) -> bool:
    """Whether TensorFlow 1 had a private module, or a name in one, that TensorFlow 2 lacks."""
    recorded = _recorded()
    owner = api.rpartition(".")[0]
    return api in recorded["modules"] or api in recorded["names"] or owner in recorded["modules"]


def public(api: str) -> str:
    """The public name that TensorFlow 1 had for a private one; empty when it had none."""
    name: str = _recorded()["names"].get(api, "")
    return name


@functools.cache
def _recorded() -> Mapping[str, Mapping[str, str]]:
    path = os.path.join(os.path.dirname(__file__), "private.json")
    with open(path, encoding="utf-8") as file:
        data: Mapping[str, Mapping[str, str]] = json.load(file)
    return data


# Recording


def _public_objects() -> dict[int, str]:
    """Shortest public names by the identity of what they name."""
    import tensorflow

    found: dict[int, str] = {}
    seen = set()
    waiting = [("tensorflow", tensorflow)]
    for name, module in waiting:
        for attribute in dir(module):
            full = f"{name}.{attribute}"
            if attribute.startswith("_") or attribute in ("python", "contrib", "compat", "core"):
                continue
            try:
                value = getattr(module, attribute)
            except Exception:
                continue
            if isinstance(value, types.ModuleType):
                if full.count(".") < 5 and id(value) not in seen and "tensorflow" in value.__name__:
                    seen.add(id(value))
                    waiting.append((full, value))
            elif callable(value):
                known = found.get(id(value))
                if known is None or full.count(".") < known.count("."):
                    found[id(value)] = full
    return found


def legacy(path: str) -> None:
    """Record the private modules of TensorFlow 1, and what is defined or public in them."""
    public_objects = _public_objects()
    package = importlib.import_module(PREFIX)
    modules = {one.name for one in pkgutil.walk_packages(package.__path__, PREFIX + ".", _ignore)}
    modules |= {name for name in sys.modules if is_private(name)}
    names = {}
    for name in sorted(modules):
        module = sys.modules.get(name)
        for attribute, value in sorted(vars(module).items()) if module is not None else ():
            if attribute.startswith("_") or isinstance(value, types.ModuleType):
                continue
            stands_for = public_objects.get(id(value), "") if callable(value) else ""
            if stands_for or getattr(value, "__module__", None) == name:
                names[f"{name}.{attribute}"] = stands_for
    _write(path, {"modules": sorted(modules), "names": names})


def _ignore(name: str) -> None:
    """What cannot be imported holds no names."""


def modern(path: str) -> None:
    """Of what TensorFlow 1 had, keep what is not there."""
    with open(path, encoding="utf-8") as file:
        recorded = json.load(file)
    gone = {name for name in recorded["modules"] if _module(name) is None}
    names = {}
    for name, stands_for in recorded["names"].items():
        owner, _, attribute = name.rpartition(".")
        if owner in gone or not _has(owner, attribute):
            names[name] = stands_for
    # A module is enough to know that what is in it is gone; a name, to know what it stood for.
    kept = {name: one for name, one in names.items() if one or name.rpartition(".")[0] not in gone}
    target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "private.json")
    _write(target, {"modules": dict.fromkeys(sorted(gone), ""), "names": kept})


def _has(module: str, attribute: str) -> bool:
    try:
        return hasattr(_module(module), attribute)
    except Exception:  # What is loaded when it is asked for, from a package that is not there.
        return False


def _module(name: str) -> types.ModuleType | None:
    try:
        return importlib.import_module(name)
    except Exception:
        return None


def _write(path: str, data: object) -> None:
    with open(path, "w", encoding="utf-8") as file:
        json.dump(data, file, indent=0, sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    # What lies beside this file must not be imported in place of a module of the same name.
    sys.path[:] = [one for one in sys.path if one != os.path.dirname(os.path.abspath(__file__))]
    {"legacy": legacy, "modern": modern}[sys.argv[1]](sys.argv[2])
