"""What the legacy and the modern packages offer: names, kinds, signatures, aliases.

The files beside this module are recorded from the installed packages by
``python -m lintplugin.snapshots record``; :mod:`lintplugin.snapshots.recorder` describes
their format. Opening one costs one JSON parse. An entry is read when it is asked for.

>>> load("tensorflow1")["tensorflow.placeholder"].signature
'(dtype, shape=None, name=None)'
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent

_ENTRY = re.compile(
    r"(?P<kind>module|class|function|value)"
    r"(?:\[(?P<bases>[^]]*)\])?"
    r"(?: (?P<detail>.*))?",
    re.DOTALL,
)
_ALIAS = "= "


class Entry(NamedTuple):
    """One public name.

    :param name: the name that was asked for.
    :param kind: ``module``, ``class``, ``function`` or ``value``. A callable object, such as
        ``theano.tensor.tanh``, is a function.
    :param signature: parameters as in the source, without annotations and without ``self``;
        a class has those of its constructor. ``None`` where the package states none.
    :param canonical: the name under which the object is recorded; two names of one object
        agree in it.
    :param default: the declared default of a configuration flag, as Python source.
    """

    name: str
    kind: str
    signature: str | None
    canonical: str
    default: str | None = None


class Snapshot(Mapping[str, Entry]):
    """The public names of one version of one package.

    As a mapping it holds the recorded names. :meth:`resolve` answers for more: inherited
    members of classes, members of aliases, names in modules that are aliases. Ask it, not
    the mapping, whether a name exists.

    :param package: the import name.
    :param version: the recorded release.
    :param python: the version of Python that recorded it.
    :param part: a prefix whose names lie in a file of their own, which is opened when one of
        them is asked for; iteration asks for all.
    """

    def __init__(self, path: Path, part: tuple[str, Path] | None = None) -> None:
        data = _read(path)
        self.package: str = data["package"]
        self.version: str = data["version"]
        self.python: str = data["python"]
        self._names: dict[str, str] = data["names"]
        self._prefix: str = part[0] if part else ""
        self._part: Path | None = part[1] if part else None

    def __repr__(self) -> str:
        return f"<Snapshot {self.package} {self.version}>"

    def __getitem__(self, name: str) -> Entry:
        raw = self._raw(name)
        if raw is None:
            raise KeyError(name)
        canonical = name
        if raw.startswith(_ALIAS):
            canonical = raw[len(_ALIAS) :]
            raw = self._raw(canonical)
            if raw is None:
                raise ValueError(f"{self}: {name} is an alias of {canonical}, which is missing")
        kind, _, detail = _split(raw)
        if kind == "value":
            return Entry(name, kind, None, canonical, detail)
        return Entry(name, kind, detail, canonical)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._raw(name) is not None

    def __iter__(self) -> Iterator[str]:
        yield from self._names
        yield from self._apart

    def __len__(self) -> int:
        return len(self._names) + len(self._apart)

    def resolve(self, name: str) -> Entry | None:
        """The entry of a name, or of the member of a class or alias that it denotes."""
        if name in self:
            return self[name]
        owner_name, _, attribute = name.rpartition(".")
        owner = self.resolve(owner_name) if owner_name else None
        if owner is None:
            return None
        if owner.canonical != owner_name:
            found = self.resolve(f"{owner.canonical}.{attribute}")
        else:
            bases = (self.resolve(f"{base}.{attribute}") for base in self.bases(owner_name))
            found = next((entry for entry in bases if entry is not None), None)
        if found is None:
            return None
        return Entry(name, found.kind, found.signature, found.canonical, found.default)

    def bases(self, name: str) -> tuple[str, ...]:
        """The nearest public bases of a class, by canonical name, in resolution order."""
        entry = self.resolve(name)
        raw = self._raw(entry.canonical) if entry else None
        return _split(raw)[1] if raw else ()

    def aliases(self, name: str) -> tuple[str, ...]:
        """All recorded names of the object that a name denotes, itself among them, sorted.

        A member of a class has the names of that class, not those of its subclasses. Names in
        the part file are listed only for names of that file.
        """
        entry = self.resolve(name)
        if entry is None:
            return ()
        canonical = entry.canonical
        names = {name, canonical, *self._aliases.get(canonical, ())}
        if self._in_part(name):
            names.update(self._aliases_apart.get(canonical, ()))
        owner, _, attribute = canonical.rpartition(".")
        if owner in self and self[owner].kind == "class":
            names.update(f"{alias}.{attribute}" for alias in self.aliases(owner))
        return tuple(sorted(names))

    def _raw(self, name: str) -> str | None:
        return (self._apart if self._in_part(name) else self._names).get(name)

    def _in_part(self, name: str) -> bool:
        return bool(self._prefix) and (name + ".").startswith(self._prefix + ".")

    @functools.cached_property
    def _apart(self) -> dict[str, str]:
        names: dict[str, str] = _read(self._part)["names"] if self._part else {}
        return names

    @functools.cached_property
    def _aliases(self) -> dict[str, list[str]]:
        return _by_canonical(self._names)

    @functools.cached_property
    def _aliases_apart(self) -> dict[str, list[str]]:
        return _by_canonical(self._apart)


def _by_canonical(names: Mapping[str, str]) -> dict[str, list[str]]:
    aliases: dict[str, list[str]] = {}
    for name, raw in names.items():
        if raw.startswith(_ALIAS):
            aliases.setdefault(raw[len(_ALIAS) :], []).append(name)
    return aliases


@functools.cache
def load(package: str, version: str | None = None) -> Snapshot:
    """The snapshot of a package: of one version, or of its newest recorded one.

    A major version may follow the name: ``tensorflow1``, ``tensorflow2``, ``keras2``.

    :raises LookupError: nothing that fits is recorded.
    """
    found = re.fullmatch(r"(.*?)(\d*)", package)
    stem, major = found.groups() if found else (package, "")
    fitting = [
        recorded
        for recorded in _recorded().get(stem, ())
        if (not major or recorded.split(".")[0] == major) and version in (None, recorded)
    ]
    if not fitting:
        known = ", ".join(f"{name} {v}" for name, vs in sorted(_recorded().items()) for v in vs)
        wanted = package if version is None else f"{package} {version}"
        raise LookupError(f"no snapshot of {wanted}; recorded are: {known}")
    return _open(f"{stem}-{fitting[-1]}")


@functools.cache
def _recorded() -> Mapping[str, list[str]]:
    """The recorded versions of every package, oldest first."""
    versions: dict[str, list[str]] = {}
    for path in FOLDER.glob("*-*.json"):
        package, version, *part = path.stem.split("-")
        if not part:
            versions.setdefault(package, []).append(version)
    for found in versions.values():
        found.sort(key=lambda version: [int(n) for n in re.findall(r"\d+", version)])
    return versions


@functools.cache
def _open(stem: str) -> Snapshot:
    """One object for each file, however it is asked for."""
    part = next(FOLDER.glob(f"{stem}-*.json"), None)
    if part is None:
        return Snapshot(FOLDER / f"{stem}.json")
    prefix = f"{stem.split('-')[0]}.{part.stem.removeprefix(stem + '-')}"
    return Snapshot(FOLDER / f"{stem}.json", (prefix, part))


def _read(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def _split(raw: str) -> tuple[str, tuple[str, ...], str | None]:
    """Kind, bases and signature (or default) of an entry that is no alias."""
    found = _ENTRY.fullmatch(raw)
    if found is None:
        raise ValueError(f"not an entry of a snapshot: {raw!r}")
    kind, bases, detail = found.group("kind", "bases", "detail")
    return kind, tuple(bases.split(", ")) if bases else (), detail
