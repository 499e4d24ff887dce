"""What the client configures, besides Pylint's configuration and that of the project."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from lintplugin.configuration import ConfigurationError

#: Settings of the client by their names in JSON, with the fields of :class:`Options`.
NAMES = {
    "target": "target",
    "select": "select",
    "ignore": "ignore",
    "allowCompatV1": "allow_compat_v1",
}

#: Settings of ours that the extension for Visual Studio Code reads itself.
OF_THE_CLIENT = ("interpreter", "trace")


@dataclass(frozen=True)
class Options:
    """As the options of ``lintplugin check``.

    :param target: targets; those of the project's configuration when empty.
    :param select: symbols, message ids or groups to run, all when empty.
    :param ignore: symbols, message ids or groups not to run.
    :param allow_compat_v1: offer names of ``tf.compat.v1``.
    """

    target: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    allow_compat_v1: bool = False

    @classmethod
    def read(cls, stated: Any) -> Options:
        """Options from the client's JSON; null stands for none.

        :raises ConfigurationError: for a name or a value that is none of an option.
        """
        if stated is None:
            return cls()
        if not isinstance(stated, dict):
            raise ConfigurationError(f"expected an object of settings, got {stated!r}")
        fields: dict[str, Any] = {}
        for name, value in stated.items():
            if name in OF_THE_CLIENT:
                continue
            field = _field(name)
            if value is not None:
                fields[field] = _value(name, value)
        return cls(**fields)


def _field(name: str) -> str:
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES)
        hint = f"; did you mean {near[0]}?" if near else f", choose from {', '.join(NAMES)}"
        raise ConfigurationError(f"unknown setting '{name}'{hint}")
    return NAMES[name]


def _value(name: str, value: Any) -> bool | tuple[str, ...]:
    if name == "allowCompatV1":
        if isinstance(value, bool):
            return value
        raise ConfigurationError(f"{name}: expected true or false, got {value!r}")
    listed = [value] if isinstance(value, str) else value
    if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
        return tuple(listed)
    raise ConfigurationError(f"{name}: expected a list of names, got {value!r}")
