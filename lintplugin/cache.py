"""Pages of files that were checked before, as long as all that they rest on is as it was.

A database for each folder in which the command runs, since a page shows paths relative to it. It
holds, for a file and a configuration, the page and the facts that it rests on: the contents of the
file and of the modules that it was followed into, and the names in their folders. SQLite lets
several runs use it at once, and keeps it whole when one is killed. Nothing in it is ever executed.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import os
import sqlite3
import sys
import time
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import platformdirs

import lintplugin
from lintplugin import facts
from lintplugin.baseline import Place
from lintplugin.discovery import File, Found, files_below, tree_of
from lintplugin.facts import Fact
from lintplugin.reporters import Made, Page
from lintplugin.rules import Problem

#: Names the folder of the cache.
VARIABLE = "LINTPLUGIN_CACHE_DIR"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (id INTEGER PRIMARY KEY, kind, path, value,
    UNIQUE (kind, path, value));
CREATE TABLE IF NOT EXISTS pages (run, path, named, facts, texts, rest,
    PRIMARY KEY (run, path, named));
"""

# Pages are long, and are read one after the other.
_SETTINGS = "PRAGMA page_size = 32768;"

_QUERY = "SELECT path, named, facts, texts, rest FROM pages WHERE run = ? AND path IN"

#: Files that are looked up at once, and pages that wait while a file before them is checked.
_CHUNK = 256
_MOST_WAITING = 1024

#: Seconds after which pages are written, so that a run that is killed loses no more.
_OFTEN = 2.0

#: A larger database is begun anew, and one that was not used for so long is removed.
_MOST_BYTES = 1 << 30
_MOST_SECONDS = 30 * 24 * 3600

#: What the answers of the rules come from.
_CODE = (".py", ".toml", ".json")

#: In SQLite's words for what is no fault of the database.
_PASSING = ("locked", "readonly", "unable to open", "is full")

#: What comes of a database that cannot be used, or that holds something else.
_ANY = (sqlite3.Error, OSError, ValueError, LookupError, TypeError)

#: Problems that the content of a file has, rather than a moment.
_LASTING = frozenset({"syntax-error", "python2"})


class Cache:
    """The pages of one run, looked up and kept.

    :param folder: where databases are; the user's cache folder, or what ``LINTPLUGIN_CACHE_DIR``
        says, when None. Where there can be none, nothing is kept.
    :param run: all that decides what a page says, besides files.
    :ivar failure: why pages are no longer looked up and kept; empty while they are.
    """

    def __init__(self, folder: Path | None, run: str) -> None:
        place = os.environ.get(VARIABLE)
        folder = folder or (Path(place) if place else platformdirs.user_cache_path("lintplugin"))
        self._run = facts.digest(f"{_version()}\0{run}".encode("utf-8", "surrogateescape"))
        self._file = folder / "pages" / f"{facts.digest(os.fsencode(os.getcwd()))[:16]}.sqlite"
        self._known: dict[int, Fact] = {}
        self._last = 0
        self._ids: dict[Fact, int] = {}
        self._values: dict[tuple[str, str], str] = {}
        self._holding: set[int] = set()
        self._made: list[tuple[bool, Made]] = []
        self._written = time.monotonic()
        self._database: sqlite3.Connection | None = None
        self.failure = ""
        with self._whatever_happens():
            self._open()

    @property
    def is_usable(self) -> bool:
        """Whether pages can be looked up and kept."""
        return self._database is not None

    def _open(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            if self._file.stat().st_size > _MOST_BYTES:
                self._file.unlink()
        if not self._file.exists():
            _remove_old(self._file.parent)
        self._database = sqlite3.connect(self._file, timeout=5, isolation_level=None)
        self._database.executescript(_SETTINGS + _SCHEMA)
        os.utime(self._file)
        self._load()

    def _load(self) -> None:
        query = "SELECT id, kind, path, value FROM facts WHERE id > ? ORDER BY id"
        for number, kind, path, value in self._rows(query, [self._last]):
            self._known[number] = Fact(kind, os.fsdecode(path), value)
            self._last = number

    def _rows(self, query: str, values: Sequence[object]) -> Iterable[Sequence[Any]]:
        if self._database is None:
            return ()
        return self._database.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _whatever_happens(self) -> Iterator[None]:
        """Go on without a cache where it fails; one that is broken is removed."""
        try:
            yield
        except _ANY as error:
            self._database = None
            self.failure = str(error)
            if not isinstance(error, OSError) and not any(one in str(error) for one in _PASSING):
                with contextlib.suppress(OSError):
                    self._file.unlink()

    def pages(
        self, files: Iterable[File], make: Callable[[Iterable[File]], Iterator[Made]]
    ) -> Iterator[Page]:
        """A page for each file, in order: the one that is kept, or one that is made and kept.

        :param make: makes the pages of files, in order.
        """
        collects = gc.isenabled()
        gc.disable()  # Pages have no circles; to look for some takes as long as to read the files.
        try:
            yield from self._pages(self._looked_up(files), make)
        finally:
            self._write()
            if collects:
                gc.enable()

    def _pages(
        self,
        found: Iterator[tuple[File, Page | None]],
        make: Callable[[Iterable[File]], Iterator[Made]],
    ) -> Iterator[Page]:
        for first, page in found:
            if page is not None:
                yield page
                continue
            waiting: deque[tuple[File, Page | None]] = deque([(first, None)])
            for made in make(_missing(first, found, waiting)):
                while (kept := waiting.popleft())[1] is not None:
                    yield kept[1]
                self._keep(kept[0], made)
                yield made.page
            yield from (page for _, page in waiting if page is not None)

    def _looked_up(self, files: Iterable[File]) -> Iterator[tuple[File, Page | None]]:
        files = iter(files)
        while chunk := list(itertools.islice(files, _CHUNK)):
            found: dict[tuple[str, bool], Sequence[Any]] = {}
            paths = [os.fsencode(one.path) for one in chunk]
            query = f"{_QUERY} ({','.join('?' * len(paths))})"
            with self._whatever_happens():
                rows = self._rows(query, [self._run, *paths])
                found = {(os.fsdecode(path), named): rest for path, named, *rest in rows}
            for file in chunk:
                row = found.get((file.path, file.named)) if isinstance(file, Found) else None
                page = None
                if row is not None:
                    with self._whatever_happens():
                        page = self._page(file.path, *row)
                yield file, page

    def _page(self, path: str, ids: bytes, texts: str, rest: str) -> Page | None:
        """The page of a row; None when it no longer holds."""
        numbers = set(array("I", ids))
        if not numbers <= self._holding:
            for number in numbers - self._holding:
                if number not in self._known:
                    self._load()
                if not self._holds(self._known[number]):
                    return None
                self._holding.add(number)
        return Page(path, tuple(texts.split("\0")), *_rest(rest))

    def _holds(self, fact: Fact) -> bool:
        kind, path, value = fact
        if kind == "importers":
            tree, _, listed = value.partition(" ")
            if self._tree(facts.package_root(os.path.dirname(path))) == tree:
                return True
            from lintplugin import project

            return facts.digest(repr(project.importers(path)).encode()) == listed
        return self._value(kind, path) == value

    def _value(self, kind: str, path: str) -> str:
        place = kind, path
        if place not in self._values:
            self._values[place] = facts.value_of(kind, path)
        return self._values[place]

    def _tree(self, root: str) -> str:
        place = "tree", root
        if place not in self._values:
            contents = ((path, self._value("file", path)) for path in files_below(root))
            self._values[place] = tree_of([one for one in contents if one[1]])
        return self._values[place]

    def _keep(self, file: File, made: Made) -> None:
        if isinstance(file, Problem) or self._database is None:
            return
        is_lasting = all(problem.kind in _LASTING for problem in made.page.problems)
        if is_lasting and all(map(_is_text, made.page.texts)):
            self._made.append((file.named, made))
        if time.monotonic() - self._written > _OFTEN:
            self._write()

    def _write(self) -> None:
        made, self._made = self._made, []
        if made and self._database is not None:
            with self._whatever_happens(), self._database:
                self._database.execute("BEGIN IMMEDIATE")
                fresh = {fact for _, one in made for fact in one.facts} - self._ids.keys()
                self._database.executemany(
                    "INSERT OR IGNORE INTO facts (kind, path, value) VALUES (?, ?, ?)",
                    [(kind, os.fsencode(path), value) for kind, path, value in fresh],
                )
                self._load()
                self._ids = {fact: number for number, fact in self._known.items()}
                self._database.executemany(
                    "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?)",
                    [self._row(named, one) for named, one in made],
                )
        self._written = time.monotonic()

    def _row(self, named: bool, made: Made) -> tuple[object, ...]:
        page = made.page
        ids = array("I", sorted(map(self._ids.__getitem__, made.facts)))
        texts = "\0".join(page.texts)
        return self._run, os.fsencode(page.path), named, ids.tobytes(), texts, _plain(page)


def _missing(
    first: File,
    found: Iterator[tuple[File, Page | None]],
    waiting: deque[tuple[File, Page | None]],
) -> Iterator[File]:
    """The files that have no page, from the first on; the others wait, up to a number."""
    yield first
    for file, page in found:
        waiting.append((file, page))
        if page is None:
            yield file
        elif len(waiting) > _MOST_WAITING:
            return


def _is_text(text: str) -> bool:
    """Whether a database takes a text, which may show bytes that are none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(page: Page) -> str:
    """All of a page but its path and its texts; empty for a file without findings."""
    counts = (page.found, page.fixes, page.gone, page.new)
    if not (page.problems or page.known or any(counts)):
        return ""
    lists = [list(one.items()) for one in counts]
    return json.dumps([page.problems, page.known, *lists], default=vars)


_NONE: Counter[Any] = Counter()


def _rest(
    text: str,
) -> tuple[
    tuple[Problem, ...],
    Counter[str],
    Counter[tuple[str, str, str]],
    int,
    Counter[Place],
    Counter[Place],
]:
    if not text:
        return (), _NONE, _NONE, 0, _NONE, _NONE
    problems, known, found, fixes, gone, new = json.loads(text)
    return (
        tuple(Problem(**one) for one in problems),
        _counter(found),
        _counter((tuple(key), count) for key, count in fixes),
        known,
        _counter((Place(*place), count) for place, count in gone),
        _counter((Place(*place), count) for place, count in new),
    )


def _counter(pairs: Iterable[tuple[Any, int]]) -> Counter[Any]:
    """As ``Counter(dict(pairs))``, in a third of the time."""
    counter: Counter[Any] = Counter.__new__(Counter)
    dict.update(counter, pairs)
    return counter


def _remove_old(folder: Path) -> None:
    """Remove the databases that nobody used for long."""
    for file in folder.glob("*.sqlite"):
        with contextlib.suppress(OSError):
            if time.time() - file.stat().st_mtime > _MOST_SECONDS:
                file.unlink()


def _version() -> str:
    """What stands for the programs that make pages: in a checkout, they change between releases."""
    import pylint.__pkginfo__

    checkers, fixtures = (
        Path(import_module(f"lintplugin.{name}").__path__[0]) for name in ("checkers", "fixtures")
    )
    folders = [Path(lintplugin.__path__[0]), checkers]
    files = [file for folder in folders for file in _code_below(folder)]
    files += [folder / "evidence.json" for folder in sorted(fixtures.iterdir())]
    state = [sys.version, pylint.__pkginfo__.__version__, lintplugin.__version__]
    for file in files:
        with contextlib.suppress(OSError):
            found = file.stat()
            state.append(f"{file} {found.st_mtime_ns} {found.st_size}")
    return "\n".join(state)


def _code_below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - {"__pycache__", "fixtures"})
        yield from (Path(place, one) for one in sorted(names) if one.endswith(_CODE))
