"""Table rows: a legacy name and the expressions that replace it.

A row is stated over the parameters of the recorded legacy signature, so that positional, keyword,
reordered and defaulted calls are one case. The linter, the module rewriter, the documentation and
``lintplugin verify`` all expand a row with :func:`expand`.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import platformdirs

from lintplugin import evidence, signatures
from lintplugin.evidence import Evidence
from lintplugin.snapshots import Entry

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_T = TypeVar("_T")

#: What the short names in a template stand for.
MODULES = {
    "tf": "tensorflow",
    "keras": "keras",
    "torch": "torch",
    "np": "numpy",
    "F": "torch.nn.functional",
    "math": "math",
    "functools": "functools",
    "itertools": "itertools",
    "logging": "logging",
    "os": "os",
    "shutil": "shutil",
    "glob": "glob",
    "pathlib": "pathlib",
    "unittest": "unittest",
    "absl_app": "absl.app",
    "absl_flags": "absl.flags",
}

#: Names in an answer that is only shown that stand for something of the user's program.
STAND_INS = frozenset({"model", "input_size", "channels"})

#: Functions that always return the same object, so that a method of it is as good as a function.
_SINGLETONS = frozenset({"tensorflow.get_logger"})

_KEYS = {
    "legacy",
    "signature",
    "renamed",
    "tf2",
    "tf2_reason",
    "torch",
    "torch_reason",
    "ignored",
    "inputs",
    "arguments",
    "gradient",
    "tolerance",
    "dtype",
    "unsafe",
    "display",
    "random",
    "empty",
    "note",
    "observe",
    "program",
    "was",
}


class NoExpansion(Exception):
    """A call that a row does not cover; the text says why, for the user."""


class BadRow(ValueError):
    """A table that is not one; the text names file and row."""


#: Source texts of which one must be given, by parameter.
_Condition = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Row:
    """One line of a table.

    :param legacy: canonical dotted name of the legacy API.
    :param templates: per target, alternatives from few arguments to many; empty when there is no
        equivalent.
    :param conditions: per target, what an alternative asks of arguments: one of these source texts
        for each parameter, ``{"padding": ("'VALID'",)}``. In a table such an alternative is
        ``{ code = "…", when = { padding = "'VALID'" } }``.
    :param reasons: per target without an equivalent, why.
    :param renamed: parameters that have two names in the legacy signature, the old by the new;
        templates mention the new one.
    :param ignored: parameters whose arguments carry no meaning in the replacement.
    :param inputs: sampled arguments, input specs by parameter.
    :param arguments: further arguments as source text; each mapping is one executed case.
    :param unsafe: per target, why the replacement is right only sometimes.
    :param display: per target, why the replacement is only shown: it is not executed, or it is
        with the help of an observer, which takes care of what the reason says.
    :param random: True when results are random numbers, which agree in distribution.
    :param empty: per target, or for ``legacy``, why an input without elements is left out: it
        raises or gives something else there. Where legacy takes such an input, it is executed.
    :param observe: the function of :mod:`lintplugin.verification.observers` that makes the call
        and returns what is compared; of a call that is made for what it does, or whose result
        cannot be compared. Empty when the result itself is compared.
    :param was: for a name that was gone before the recorded release, what its release notes say it
        became: an expression of that release, which is executed in its place.
    :param program: the program fixture of the rule that is shown where no expression will do.
    :param data: the row as it stands in the table.
    """

    legacy: str
    templates: Mapping[str, tuple[str, ...]]
    conditions: Mapping[str, Mapping[str, _Condition]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    inputs: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[Mapping[str, str], ...] = ({},)
    unsafe: Mapping[str, str] = field(default_factory=dict)
    display: Mapping[str, str] = field(default_factory=dict)
    random: bool = False
    empty: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    observe: str = ""
    was: str = ""
    program: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_table(cls, data: Mapping[str, Any], where: str) -> Row:
        """Check and convert one TOML table.

        :raises BadRow: for an unknown key, a missing answer or a template that does not parse.
        """
        unknown = set(data) - _KEYS
        if unknown or "legacy" not in data:
            raise BadRow(f"{where}: {'unknown key ' + min(unknown) if unknown else 'no legacy'}")
        if not data.get("empty", {}).keys() <= {"legacy", "tf2", "torch"}:
            raise BadRow(f"{where}: empty is of legacy, tf2 or torch")
        templates: dict[str, tuple[str, ...]] = {}
        conditions: dict[str, Mapping[str, _Condition]] = {}
        reasons: dict[str, str] = {}
        for target in ("tf2", "torch"):
            stated = data.get(target, False)
            if stated is False:
                if f"{target}_reason" not in data:
                    raise BadRow(f"{where}: neither {target} nor {target}_reason")
                templates[target] = ()
                reasons[target] = data[f"{target}_reason"]
                continue
            alternatives = stated if isinstance(stated, list) else [stated]
            for one in alternatives:
                if not isinstance(one, str) and set(one) != {"code", "when"}:
                    raise BadRow(f"{where}: an alternative is a text, or a table of code and when")
            codes = [one if isinstance(one, str) else one["code"] for one in alternatives]
            templates[target] = tuple(codes)
            conditions[target] = {
                one["code"]: {name: _texts(texts) for name, texts in one["when"].items()}
                for one in alternatives
                if not isinstance(one, str)
            }
            if len(set(codes)) < len(codes):
                raise BadRow(f"{where}: an alternative stands twice")
            for template in templates[target]:
                try:
                    parsed(template)
                except SyntaxError as error:
                    raise BadRow(f"{where}: {template!r}: {error.msg}") from error
        return cls(
            data["legacy"],
            templates,
            conditions,
            reasons,
            data.get("renamed", {}),
            frozenset(data.get("ignored", ())),
            data.get("inputs", {}),
            tuple(data.get("arguments", [{}])),
            data.get("unsafe", {}),
            data.get("display", {}),
            data.get("random", False),
            data.get("empty", {}),
            data.get("note", ""),
            data.get("observe", ""),
            data.get("was", ""),
            data.get("program", ""),
            data,
        )

    @functools.cached_property
    def entry(self) -> Entry | None:
        return signatures.legacy_entry(self.legacy)

    @functools.cached_property
    def parameters(self) -> tuple[signatures.Parameter, ...]:
        """Parameters of the recorded legacy signature; empty for a value such as a dtype.

        A row states the signature of a name that was gone before the recorded release.
        """
        if "signature" in self.data:
            return signatures.parse(self.data["signature"])
        return signatures.parameters(self.entry)

    @functools.cached_property
    def defaults(self) -> Mapping[str, str | None]:
        """Source text of the defaults by parameter; None where there is none."""
        return {one.name: one.default for one in self.parameters}

    def is_executed(self, target: str) -> bool:
        """Whether there is something to run on both sides."""
        known = self.entry is not None or self.was
        comparable = target not in self.display or self.observe
        return bool(known and comparable and self.templates[target])

    def current(self, given: Mapping[str, _T]) -> dict[str, _T]:
        """Arguments by the name that templates mention.

        :raises NoExpansion: when one is given under both of its names.
        """
        if not self.renamed:
            return dict(given)
        named: dict[str, _T] = {}
        for name, value in given.items():
            new = self.renamed.get(name, name)
            if new in named:
                raise NoExpansion(f"'{name}' and '{new}' are one argument, given twice")
            named[new] = value
        return named

    def advice(self, target: str) -> str:
        """What to write instead, short: the function that the fullest template calls."""
        templates = self.templates[target]
        return _function(templates[0]) if templates else ""

    def shown(self, target: str) -> str:
        """What to write instead, for a message: the template where it does more than one call."""
        templates = self.templates[target]
        return _shown(templates[0]) if templates else ""

    @functools.cached_property
    def legacy_digest(self) -> str:
        """Hash of what is executed on the legacy side."""
        keys = [
            "legacy",
            "signature",
            "inputs",
            "arguments",
            "gradient",
            "tolerance",
            "dtype",
            "random",
        ]
        if self.was:
            keys.append("was")
        if self.observe:
            keys.append("observe")
        entry = self.entry
        return evidence.digest(
            json.dumps({key: self.data.get(key) for key in keys}, sort_keys=True),
            (entry.signature if entry is not None else None) or "",
        )

    def modern_digest(self, target: str) -> str:
        """Hash of what is executed on the modern side."""
        return self._modern_digests[target]

    @functools.cached_property
    def _modern_digests(self) -> Mapping[str, str]:
        same = [*sorted(self.ignored), *(f"{a}={b}" for a, b in sorted(self.renamed.items()))]
        return {
            target: evidence.digest(target, *templates, *self._conditions(target), *same)
            for target, templates in self.templates.items()
        }

    def _conditions(self, target: str) -> Iterator[str]:
        if self.conditions.get(target):
            yield json.dumps(self.conditions[target], sort_keys=True)

    def evidence(self, symbol: str, target: str) -> Evidence | None:
        """What execution showed for this row as it stands now."""
        return evidence.lookup(
            symbol, self.legacy, target, self.legacy_digest, self.modern_digest(target)
        )


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a table as they stand in its file.

    Reading TOML takes 50 times as long as reading JSON, and every start of the linter would pay
    for it: the rows are kept as JSON in the user's cache, by the hash of the file.

    :raises BadRow: when the file is not TOML.
    """
    text = path.read_text("utf-8")
    kept = _kept_tables() / f"{evidence.digest(text)}.json"
    with contextlib.suppress(OSError, ValueError):
        rows: list[dict[str, Any]] = json.loads(kept.read_text("utf-8"))
        return rows
    try:
        rows = tomllib.loads(text)["row"]
    except tomllib.TOMLDecodeError as error:
        raise BadRow(f"{path.name}: {error}") from error
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        written = kept.with_suffix(f".{os.getpid()}")
        written.write_text(json.dumps(rows), "utf-8")
        written.replace(kept)
    return rows


@functools.cache
def _kept_tables() -> Path:
    return platformdirs.user_cache_path("lintplugin") / "tables"


class Table(Mapping[str, Row]):
    """The rows beside a checker: ``operation.toml`` for ``operation.py``.

    The file is read when the first linted file asks for it, and a row is made when it is asked
    for. Iteration gives the names in the table; look-up also finds a row by any other name of the
    same object, as the legacy snapshot recorded it.

    :raises BadRow: on look-up, when the file or the row is not well formed.
    """

    def __init__(self, module_file: str) -> None:
        self._path = Path(module_file).with_suffix(".toml")
        self._rows: dict[str, Row] = {}
        #: The name in the table, by the name that was asked for; None when there is none.
        self._found: dict[str, str | None] = {}

    @functools.cached_property
    def _data(self) -> Mapping[str, Mapping[str, Any]]:
        tables: dict[str, Mapping[str, Any]] = {}
        for data in read(self._path):
            name = data.get("legacy", "")
            if name in tables:
                raise BadRow(f"{self._path.name}: {name} stands twice")
            tables[name] = data
        return tables

    def _name(self, asked: str) -> str | None:
        if asked in self._data:
            return asked
        if asked.endswith((")", "]")):  # What a call returned is in no snapshot.
            return None
        if asked not in self._found:
            others = signatures.aliases(asked)
            self._found[asked] = next((name for name in others if name in self._data), None)
        return self._found[asked]

    def __getitem__(self, name: str) -> Row:
        row: Row | None = self.get(name)
        if row is None:
            raise KeyError(name)
        return row

    def get(self, name: str, default: Any = None) -> Any:
        """As of any mapping; without the exception inside, since most names are in no table."""
        found = self._name(name)
        if found is None:
            return default
        if found not in self._rows:
            data = self._data[found]
            self._rows[found] = Row.from_table(data, f"{self._path.name}, {found or 'a row'}")
        return self._rows[found]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._name(name) is not None


class Expansion(NamedTuple):
    """A replacement expression.

    :param text: source text, with the names that ``spell`` gave for modules.
    :param modules: dotted modules that the text needs imported.
    :param template: the alternative of the row that was filled.
    """

    text: str
    modules: frozenset[str]
    template: str


def choose(row: Row, target: str, given: Mapping[str, str]) -> str:
    """The first alternative that mentions every given argument, and whose condition holds.

    :raises NoExpansion: when there is none, naming the argument that has no equivalent.
    """
    templates = row.templates[target]
    if not templates:
        raise NoExpansion(row.reasons[target])
    known = {**row.defaults, **row.current(given)}
    stated = _stated(row, given)
    reason = ""
    for template in templates:
        asked = row.conditions.get(target, {}).get(template, {})
        understood = {*names_in(template), *asked, *row.ignored}
        missing = [name for name in stated if name not in understood]
        unmet = [name for name, texts in asked.items() if _plain(known.get(name)) not in texts]
        if missing:
            reason = f"argument '{missing[0]}' has no equivalent in the replacement"
        elif unmet:
            reason = reason or f"argument '{unmet[0]}' is not {' or '.join(asked[unmet[0]])}"
        else:
            return template
    raise NoExpansion(reason)


def _texts(stated: str | list[str]) -> tuple[str, ...]:
    """The texts that a condition states, as :func:`_plain` writes them."""
    return tuple(map(_plain, [stated] if isinstance(stated, str) else stated))


@functools.lru_cache(maxsize=4096)
def _plain(text: str | None) -> str:
    """An argument without what does not matter: quotes of the other kind, spaces, comments."""
    tree = _expression(text) if text is not None else None
    return ast.unparse(tree) if tree is not None else ""


@functools.cache
def parsed(template: str) -> ast.expr:
    """The expression of a template; shared, so not to be changed."""
    return ast.parse(template, mode="eval").body


@functools.cache
def _nodes(template: str) -> Sequence[ast.AST]:
    """All nodes of the expression of a template."""
    return tuple(ast.walk(parsed(template)))


@functools.cache
def _function(template: str) -> str:
    """The function that a template calls, the template itself when it is no call."""
    tree = parsed(template)
    return _titled(ast.unparse(tree.func) if isinstance(tree, ast.Call) else template)


@functools.cache
def _shown(template: str) -> str:
    """The function when the template only passes the arguments on, else the template."""
    tree = parsed(template)
    if not isinstance(tree, ast.Call):
        return _titled(template)
    values = [*tree.args, *(keyword.value for keyword in tree.keywords)]
    plain = modern_name(tree.func) is not None and "(" not in _function(template)
    plain = plain and all(isinstance(value, ast.Name) for value in values)
    return _function(template) if plain else _titled(template)


def _titled(template: str) -> str:
    """A template for readers: ``absl_flags`` is a short name of ours, ``absl.flags`` is not."""
    return re.sub(r"\babsl_(?=\w)", "absl.", template)


def _stated(row: Row, given: Mapping[str, _T]) -> dict[str, _T]:
    """Arguments that say something: one that repeats the default counts as left out."""
    defaults = row.defaults
    return {name: text for name, text in row.current(given).items() if text != defaults.get(name)}


@functools.cache
def names_in(template: str) -> frozenset[str]:
    """Names that a template mentions: its parameters, its modules and its own."""
    return frozenset(node.id for node in _nodes(template) if isinstance(node, ast.Name))


@functools.cache
def _bound_in(template: str) -> frozenset[str]:
    """Names that a template gives to what it computes: of functions, and of loops in brackets."""
    found = _nodes(template)
    stored = {
        node.id for node in found if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return frozenset(stored | {node.arg for node in found if isinstance(node, ast.arg)})


def _names_of(texts: Iterable[str]) -> frozenset[str]:
    """The names that arguments mention."""
    trees = filter(None, map(_expression, texts))
    return frozenset(
        node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)
    )


def expand(
    row: Row,
    target: str,
    given: Mapping[str, str],
    spell: Callable[[str], str] | None = None,
) -> Expansion:
    """The replacement of a call whose arguments are given as source text by parameter.

    :param spell: how a module (dotted) is written here; by default its short name in templates.
    :raises NoExpansion: when the row has no answer for these arguments.
    """
    template = choose(row, target, given)
    given = _stated(row, given)
    write = spell or {module: short for short, module in MODULES.items()}.__getitem__
    mentioned = names_in(template).difference(one.name for one in row.parameters)
    modules = {short: MODULES[short] for short in MODULES if short in mentioned}
    written = tuple((short, write(module)) for short, module in modules.items())
    hidden = _bound_in(template) and _bound_in(template) & _names_of(given.values())
    filled = _fill(template, row.parameters, frozenset(given), written, hidden)
    for name in filled.repeated:
        if not _is_simple(given[name]):
            raise NoExpansion(f"argument '{name}' would be evaluated twice")
    for name in _indexed(template).intersection(given):
        if isinstance(getattr(_expression(given[name]), "value", None), (int, float)):
            raise NoExpansion(f"argument '{name}' is one number, and not one for each dimension")
    text = _insert(_with_attributes(filled.text, given), given)
    if _decides(template):
        text = _decided(text)
    return Expansion(text, frozenset(modules.values()), template)


@functools.cache
def _indexed(template: str) -> frozenset[str]:
    """Names that a template takes a part of: ``strides`` of ``strides[1:-1]``."""
    return frozenset(
        node.value.id
        for node in _nodes(template)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)
    )


@functools.cache
def _decides(template: str) -> bool:
    """Whether a template asks something that an argument may answer as it is written."""
    return any(
        isinstance(node, (ast.IfExp, ast.BoolOp, ast.Compare))
        or (isinstance(node, ast.Attribute) and node.attr in _CASES)
        or (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant))
        for node in _nodes(template)
    )


_CASES = ("upper", "lower")

#: Expressions that need no parentheses anywhere but below an attribute of a number.
_WHOLE = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)


def _decided(text: str) -> str:
    """An expression without the questions that constants answer: ``"SAME"`` for ``"same".upper()``.

    So it is ``2`` for ``[1, 2, 2, 1][1]``, and ``x`` for ``(lambda: x)()``.

    What is left is as it was written.
    """
    while True:
        tree = _expression(text)
        answers = map(_answer, ast.walk(tree)) if tree is not None else iter(())
        found = next((answer for answer in answers if answer is not None), None)
        if found is None:
            return text
        node, answer = found
        source = f"({text}\n)"  # As it was parsed.
        start, end = (_offset(source, *place) for place in _ends(node))
        if isinstance(answer, ast.expr):
            first, last = (_offset(source, *place) for place in _ends(answer))
            is_whole = isinstance(answer, _WHOLE) and "\n" not in source[first:last]
            answer = source[first:last]
            if isinstance(node, ast.Call) and not is_whole:
                answer = f"({answer})"
        text = f"{source[:start]}{answer}{source[end:]}"[1:-2]


def _answer(node: ast.AST) -> tuple[ast.expr, ast.expr | str] | None:
    """What an expression surely is: a part of it, or a text."""
    match node:
        case ast.IfExp(test=ast.Constant(value=value)):
            return node, node.body if value else node.orelse
        case ast.BoolOp(values=[ast.Constant(value=value), *rest]) if len(rest) == 1:
            return node, rest[0] if bool(value) == isinstance(node.op, ast.And) else node.values[0]
        case ast.Compare(ast.Constant(value=left), [operator], [ast.Constant(value=right)]):
            if isinstance(operator, (ast.Is, ast.Eq)):
                return node, str(left == right)
            if isinstance(operator, (ast.IsNot, ast.NotEq)):
                return node, str(left != right)
        case ast.Compare(ast.Tuple() | ast.List(), [ast.Eq()], [ast.Constant(value=str())]):
            return node, "False"
        case ast.Call(ast.Attribute(ast.Constant(value=str() as value), attribute), [], []):
            if attribute in _CASES:
                return node, repr(getattr(value, attribute)())
        case ast.Call(ast.Lambda(ast.arguments([], [], None, [], [], None, []), body), [], []):
            return node, body
        case ast.Subscript(ast.List(items) | ast.Tuple(items), ast.Constant(int() as place)):
            if place < len(items) and all(map(_costs_nothing, items)):
                item = items[place]
                return (node, item) if not isinstance(item, ast.UnaryOp) else None
    return None


def _ends(node: ast.expr) -> tuple[tuple[int, int], tuple[int, int]]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def _offset(text: str, line: int, column: int) -> int:
    """Characters before a place that the parser gives, whose columns are bytes."""
    lines = text.split("\n")
    return sum(len(one) + 1 for one in lines[: line - 1]) + len(
        lines[line - 1].encode()[:column].decode()
    )


def _with_attributes(text: str, given: Mapping[str, str]) -> str:
    """``torch.int32`` for ``getattr(torch, dtype)`` when the argument is ``'int32'``."""
    for name, argument in given.items():
        if f", {_marker(name)})" in text:
            value = getattr(_expression(argument), "value", None)
            if isinstance(value, str) and value.isidentifier():
                text = re.sub(rf"getattr\(([\w.]+), {_marker(name)}\)", rf"\1.{value}", text)
    return text


class _Filled(NamedTuple):
    """A template with its modules written and a marker for each argument.

    :param repeated: arguments that stand more than once.
    """

    text: str
    repeated: frozenset[str]


# Most calls of one API are alike, and only their arguments differ.
@functools.lru_cache(maxsize=4096)
def _fill(
    template: str,
    parameters: tuple[signatures.Parameter, ...],
    given: frozenset[str],
    written: tuple[tuple[str, str], ...],
    hidden: frozenset[str],
) -> _Filled:
    """Fill a template except for the arguments themselves.

    :param given: names of the arguments.
    :param written: how modules are written, by short name.
    :param hidden: names of the template's own that would hide one that an argument mentions.
    :raises NoExpansion: when an argument that is left out has no default to write.
    """
    fill = _Fill({one.name: one for one in parameters}, given, dict(written), hidden)
    text = ast.unparse(fill.visit(ast.parse(template, mode="eval").body))
    return _Filled(text, frozenset(name for name, count in fill.counts.items() if count > 1))


class _Fill(ast.NodeTransformer):
    """Writes modules and defaults into a template, and marks where arguments go.

    :ivar counts: how often each argument is used.
    """

    def __init__(
        self,
        known: Mapping[str, signatures.Parameter],
        given: frozenset[str],
        modules: Mapping[str, str],
        hidden: frozenset[str],
    ) -> None:
        self._known = known
        self._given = given
        self._modules = modules
        self._hidden = hidden
        self.counts: Counter[str] = Counter()

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.keywords = [one for one in node.keywords if not self._is_default(one, node.func)]
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        name = node.id
        if name in self._known:
            return self._argument(name)
        if name in self._modules:
            return ast.parse(self._modules[name], mode="eval").body
        if name in self._hidden:
            return ast.Name(f"{name}_", node.ctx)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg(f"{node.arg}_") if node.arg in self._hidden else node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._repeating(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        return self._repeating(node)

    def _repeating(self, node: ast.ListComp | ast.GeneratorExp) -> ast.AST:
        """A comprehension, which evaluates its element again and again."""
        self.counts.update(
            one.id
            for one in ast.walk(node.elt)
            if isinstance(one, ast.Name) and one.id in self._given
        )
        return self.generic_visit(node)

    def _argument(self, name: str) -> ast.AST:
        if name not in self._given:
            default = self._known[name].default
            if default is None:
                raise NoExpansion(f"required argument '{name}' is missing")
            if default == "...":
                raise NoExpansion(f"the default of '{name}' has no source text")
            return ast.parse(default, mode="eval").body
        self.counts[name] += 1
        return ast.Name(_marker(name), ast.Load())

    def _is_default(self, keyword: ast.keyword, function: ast.expr) -> bool:
        """Whether a keyword only repeats, for an argument left out, what the target assumes."""
        value = keyword.value
        if not isinstance(value, ast.Name) or value.id not in self._known:
            return False
        if value.id in self._given:
            return False
        legacy = self._known[value.id].default
        name = modern_name(function)
        accepted = signatures.parameters(signatures.modern_entry(name)) if name else ()
        if not accepted and keyword.arg == "keepdim":
            return legacy == "False"  # PyTorch's built-in reductions state no signature.
        return any(one.name == keyword.arg and one.default == legacy for one in accepted)


def _marker(name: str) -> str:
    return f"__lintplugin_{name}__"


def modern_name(function: ast.expr) -> str | None:
    """Dotted name of a function named in a template: ``tf.math.log`` is ``tensorflow.math.log``.

    That of a method of an object that there is only one of is ``tensorflow.get_logger().info``.
    """
    if isinstance(function, ast.Name):
        return MODULES.get(function.id)
    if isinstance(function, ast.Call) and not (function.args or function.keywords):
        name = modern_name(function.func)
        return f"{name}()" if name in _SINGLETONS else None
    if not isinstance(function, ast.Attribute):
        return None
    owner = modern_name(function.value)
    return owner and f"{owner}.{function.attr}"


@functools.lru_cache(maxsize=4096)
def _expression(text: str) -> ast.expr | None:
    """An argument, parsed; None when it is no expression by itself."""
    try:
        return ast.parse(f"({text}\n)", mode="eval").body
    except SyntaxError:
        return None


@functools.lru_cache(maxsize=4096)
def _stands_alone(text: str) -> bool:
    """Whether an expression may stand outside brackets: its line ends lie within its own."""
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return False
    return True


def _is_simple(text: str) -> bool:
    """Whether an expression may be written twice: evaluating it costs nothing and does nothing."""
    node = _expression(text)
    return node is not None and _costs_nothing(node)


def _costs_nothing(node: ast.expr) -> bool:
    if isinstance(node, (ast.List, ast.Tuple)):
        return all(_costs_nothing(item) for item in node.elts)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.operand, ast.Constant)
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, (ast.Name, ast.Constant))


def _insert(text: str, arguments: Mapping[str, str]) -> str:
    """Put argument texts in the place of their markers, in parentheses where precedence asks."""
    by_marker = {_marker(name): argument for name, argument in arguments.items()}
    for place in _places(text):
        argument = by_marker[place.marker]
        if not _fits(argument, place.parent, place.field):
            argument = f"({argument})"
        text = text[: place.start] + argument + text[place.end :]
    return text


class _Place(NamedTuple):
    """Where a marker stands in a text, in characters, and in which field of which node."""

    start: int
    end: int
    marker: str
    parent: ast.AST
    field: str


@functools.lru_cache(maxsize=4096)
def _places(text: str) -> tuple[_Place, ...]:
    """The markers in a text, the last first."""
    found = [
        _Place(_offset(text, *first), _offset(text, *last), node.id, parent, name)
        for parent in ast.walk(ast.parse(text, mode="eval"))
        for name, value in ast.iter_fields(parent)
        for node in (value if isinstance(value, list) else [value])
        if isinstance(node, ast.Name) and node.id.startswith("__lintplugin_")
        for first, last in [_ends(node)]
    ]
    return tuple(sorted(found, key=lambda place: place.start, reverse=True))


def _fits(argument: str, parent: ast.AST, name: str) -> bool:
    """Whether an argument needs no parentheses as this field of this node."""
    enclosed = isinstance(parent, (ast.keyword, ast.List, ast.Tuple)) or (
        (isinstance(parent, ast.Call) and name == "args")
        or (isinstance(parent, ast.Subscript) and name == "slice")
    )
    node = _expression(argument)
    if node is None or not (enclosed or _stands_alone(argument)):
        return False
    if isinstance(node, (ast.GeneratorExp, ast.NamedExpr, ast.Yield, ast.YieldFrom)):
        return argument.startswith("(")
    if isinstance(node, ast.Tuple):
        return argument.startswith("(") or (enclosed and not isinstance(parent, ast.Call))
    if enclosed or isinstance(parent, ast.Expression):
        return True
    return isinstance(
        node,
        (
            ast.Name,
            ast.Attribute,
            ast.Call,
            ast.Subscript,
            ast.List,
            ast.Dict,
            ast.Set,
            ast.ListComp,
            ast.SetComp,
            ast.DictComp,
        ),
    ) or (
        isinstance(node, ast.Constant)
        and (isinstance(parent, (ast.BinOp, ast.Slice)) or not isinstance(node.value, (int, float)))
    )
