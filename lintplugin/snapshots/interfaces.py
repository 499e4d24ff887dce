"""The argument names of Keras 1 that Keras 2.3.1 still took, and what it took them for.

    LEGACY-PYTHON lintplugin/snapshots/interfaces.py checkers/keras/interfaces.toml

records the wrappers of ``keras/legacy/interfaces.py`` with the classes and methods they are around.
As a script it needs nothing of this package, and runs on Python 3.7.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from typing import Any

HEADER = """\
# Recorded from keras/legacy/interfaces.py of Keras {version} by lintplugin/snapshots/interfaces.py.
# values: source text of the new value, by old argument and old value.
"""


def _states(function: Any) -> dict[str, Any]:
    """What a wrapper, or the decorator that makes it, was made with."""
    return dict(inspect.getclosurevars(function).nonlocals)


def wrappers() -> dict[int, str]:
    """Names of the decorators, by the identity of the list of their conversions."""
    from keras.legacy import interfaces

    return {
        id(_states(value)["conversions"]): name
        for name, value in sorted(vars(interfaces).items())
        if name.startswith("legacy_")
    }


def wrapped() -> Iterator[tuple[str, Any]]:
    """Public classes and methods around which there is a wrapper, by dotted name."""
    import keras

    modules = (keras.layers, keras.models, keras.optimizers)
    classes = {
        id(value): f"{module.__name__}.{name}"
        for module in modules
        for name, value in sorted(vars(module).items(), reverse=True)
        if inspect.isclass(value) and name == value.__name__ and name[0] != "_"
    }
    for module in modules:
        for value in vars(module).values():
            owner = classes.get(id(value), "")
            if not owner.startswith(module.__name__):
                continue
            if hasattr(value.__init__, "_original_function"):
                yield owner, value.__init__
            for name, method in vars(value).items():
                if name[0] != "_" and hasattr(method, "_original_function"):
                    yield f"{owner}.{name}", method


def record() -> Iterator[str]:
    """Lines of the table."""
    import keras

    yield HEADER.format(version=keras.__version__)
    around: dict[int, list[str]] = {}
    for name, function in wrapped():
        around.setdefault(id(_states(function)["conversions"]), []).append(name)
    from keras.legacy import interfaces

    for key, wrapper in wrappers().items():
        stated = _states(getattr(interfaces, wrapper))
        yield "[[row]]"
        yield f"wrapper = {json.dumps(wrapper)}"
        yield f"names = {json.dumps(sorted(set(around.get(key, ()))))}"
        preprocessor = getattr(stated["preprocessor"], "__name__", "")
        yield f"preprocessor = {json.dumps(preprocessor)}"
        pairs = ", ".join(f"{old} = {json.dumps(new)}" for old, new in stated["conversions"])
        yield f"renamed = {{ {pairs} }}"
        for old, values in dict(stated["value_conversions"]).items():
            yield f"values.{old} = {{ {', '.join(_value(*pair) for pair in values.items())} }}"
        yield ""


def _value(old: str, new: Any) -> str:
    return f"{old} = {json.dumps(repr(new))}"


if __name__ == "__main__":
    # What lies beside this file must not be imported in place of a module of the same name.
    del sys.path[0]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write("\n".join(record()))
