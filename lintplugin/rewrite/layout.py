"""Text of a rewritten block: statements stay, go or become functions, each with its comments.

The text of a block is cut into *items*, one a statement, each with the blank lines and comments
before it, so that what is not rewritten is written back as it was read. A comment belongs to the
statement below it when no blank line is between them, and to the statement on its line.
"""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from astroid import nodes

from lintplugin.edits import Edit, splice
from lintplugin.source import Source

if TYPE_CHECKING:
    from lintplugin.analysis import Module

# As Python's parser splits lines, unlike str.splitlines.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")

_FUNCTION = re.compile(r"(?:#.*\n)*(?:def |@)")


@dataclass(eq=False)
class Item:
    """A statement, or the header of an opened block, and the text since the one before.

    :param start: offset at which its text begins: where the item before ends.
    :param first: offset of the statement itself.
    :param last: offset after the statement, or after the colon of a header.
    :param end: offset after its line, trailing comment included.
    :param indent: white space at the beginning of the line of the statement.
    :param removed: the part of ``indent`` that goes with the header of an opened block.
    :param header: whether this is only the first line of a compound statement.
    """

    node: nodes.NodeNG
    start: int
    first: int
    last: int
    end: int
    indent: str
    removed: str = ""
    header: bool = False


@dataclass
class Change:
    """What becomes of an item.

    :param edits: replacements inside the statement, as edits of the file, when it stays.
    :param stays: whether the statement stays where it is.
    :param comments: further comments that stay where a statement was that goes; None when those
        above it and on its line go with it.
    :param before: functions that stand before it, without indentation.
    :param after: functions or statements that stand after it, without indentation.
    :param block: the header of a block that the statement stands in; those in a row share it.
    """

    edits: Sequence[Edit] = ()
    stays: bool = True
    comments: Sequence[str] | None = ()
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    block: str = ""


def opened(
    statements: Iterable[nodes.NodeNG], opens: Callable[[nodes.NodeNG], bool]
) -> Iterator[tuple[nodes.NodeNG, bool]]:
    """Statements in the order in which they run, and whether each stands for its header only."""
    for statement in statements:
        if opens(statement):
            yield statement, True
            yield from opened(statement.body, opens)
        else:
            yield statement, False


def indentation(source: Source, offset: int) -> str:
    """White space at the beginning of the line that an offset lies in."""
    line = source.line(source.position(offset)[0])
    return line[: len(line) - len(line.lstrip())]


def unit(source: Source) -> str:
    """One level of indentation as the file writes it."""
    for token in source.tokens:
        if token.type == tokenize.INDENT:
            return token.string
    return "    "


def start_of(source: Source, node: nodes.NodeNG) -> int:
    """Offset of a statement, decorators included."""
    decorators = getattr(node, "decorators", None)
    if decorators is None:
        return source.start(node)
    start = source.line_start(decorators.fromlineno)
    return start + len(indentation(source, start))


def body_start(source: Source, home: nodes.Module | nodes.FunctionDef) -> int:
    """Offset at which the text of the first statement of a body begins, comments included."""
    if isinstance(home, nodes.Module):
        return 0
    last = _header_end(source, home)
    first = source.start(home.body[0])
    return min(source.line_start(source.position(last - 1)[0] + 1), first)


def cut(
    source: Source,
    flat: Sequence[tuple[nodes.NodeNG, bool]],
    start: int,
    unwrapped: Callable[[nodes.NodeNG], bool],
) -> list[Item]:
    """Items of the statements that :func:`opened` gave, from the offset ``start`` on.

    :param unwrapped: whether the header of an opened statement goes, so that its body moves left.
    """
    items: list[Item] = []
    headers = [node for node, header in flat if header and unwrapped(node)]
    for index, (node, header) in enumerate(flat):
        first = start_of(source, node)
        following = start_of(source, flat[index + 1][0]) if index + 1 < len(flat) else None
        last = _header_end(source, node) if header else source.end(node)
        end = source.line_start(source.position(max(last - 1, first))[0] + 1)
        if following is not None and following < end:
            end = following
        else:
            end = _continued(source, last, end)
        removed = "".join(_step(source, one) for one in headers if one.parent_of(node))
        indent = indentation(source, first)
        items.append(Item(node, start, first, last, end, indent, removed, header))
        start = end
    return items


def _continued(source: Source, last: int, end: int) -> int:
    """Offset after the lines below that continue the comment on the line of a statement."""
    comment = source.text[last:end]
    if not comment.lstrip(" \t").startswith("#"):
        return end
    column = source.position(last + comment.index("#"))[1]
    while end < len(source.text):
        line = source.line(source.position(end)[0])
        if len(line) - len(line.lstrip()) != column or line[column] != "#":
            break
        end = source.line_start(source.position(end)[0] + 1)
    return end


def _header_end(source: Source, node: nodes.NodeNG) -> int:
    """Offset after the first line of a compound statement and the docstring below it."""
    docstring = getattr(node, "doc_node", None)
    return source.end(docstring) if docstring is not None else _colon(source, node)


def _colon(source: Source, node: nodes.NodeNG) -> int:
    """Offset after the colon that ends the header of a compound statement."""
    depth = 0
    started = False
    for token in source.tokens:
        offset = source.offset(*token.start)
        if offset < source.start(node):
            continue
        if token.string in ("(", "[", "{"):
            depth += 1
        elif token.string in (")", "]", "}"):
            depth -= 1
        elif token.string == "lambda" and depth == 0:
            started = True
        elif token.string == ":" and token.type == tokenize.OP and depth == 0:
            if started:
                started = False
                continue
            return offset + 1
    return source.start(node.body[0])


def _step(source: Source, node: nodes.NodeNG) -> str:
    """White space that the body of a compound statement has more than the statement."""
    first = source.start(node.body[0])
    if source.position(first)[0] == node.lineno:
        return ""
    return indentation(source, first)[len(indentation(source, source.start(node))) :]


class Page:
    """Writes the text of a file whose items change.

    :param source: the file as it is.
    :param items: the items of one block, in order; the rest of the file stays but for ``edits``.
    """

    def __init__(self, source: Source, items: Sequence[Item]) -> None:
        self.source = source
        self.items = list(items)
        self.changes: dict[Item, Change] = {item: Change() for item in items}
        self.edits: list[Edit] = []
        self._open_block = ""

    def comments_of(self, item: Item) -> list[str]:
        """Comments that go where the statement goes: those directly above it."""
        return self._lead(item)[1]

    def trailing(self, item: Item) -> str:
        """The comment on the line of the statement, with the space before it."""
        rest = self.source.text[item.last : item.end]
        return rest.rstrip() if rest.lstrip().startswith("#") else ""

    def is_apart(self, item: Item) -> bool:
        """Whether a blank line separates the item from what stands before it."""
        lead = self.source.text[item.start : item.first]
        return any(not line.strip() for line in lead.split("\n")[:-1])

    def _lead(self, item: Item) -> tuple[list[str], list[str]]:
        """Lines before a statement: those that stand alone, and the comments directly above."""
        if self._shares_line(item):
            return [], []
        lines = [line.strip() for line in lines_of(self.source.text[item.start : item.first])]
        if item.indent:
            lines.pop()  # The indentation of the statement itself.
        above: list[str] = []
        while lines and lines[-1]:
            above.insert(0, lines.pop())
        return lines, above

    def _shares_line(self, item: Item) -> bool:
        """Whether another statement stands before it on its line."""
        return self.source.position(item.first)[1] > len(item.indent)

    def write(self) -> str:
        """The text of the file with every change made."""
        text = self.source.text
        writer = _Lines(self.source)
        suites: list[tuple[nodes.NodeNG, int]] = []
        for item in self.items:
            while suites and not suites[-1][0].parent_of(item.node):
                self._fill(writer, *suites.pop())
            self._write_item(writer, item)
            if item.header and self.changes[item].stays:
                suites.append((item.node, writer.count))
                writer.begin_suite()
        while suites:
            self._fill(writer, *suites.pop())
        home = self.items[0].node.parent
        if not isinstance(home, nodes.Module) and not writer.count:
            writer.insert("pass", self.items[0].indent)
        start, end = self.items[0].start, self.items[-1].end
        before = [edit for edit in self.edits if edit.end <= start]
        after = [
            Edit(edit.start - end, edit.end - end, edit.text)
            for edit in self.edits
            if edit.start >= end
        ]
        return splice(text[:start], before) + writer.finish() + splice(text[end:], after)

    def _fill(self, writer: _Lines, node: nodes.NodeNG, count: int) -> None:
        """A suite that has lost all its statements."""
        if writer.count == count:
            first = self.source.start(node.body[0])
            writer.insert("pass", indentation(self.source, first))

    def _write_item(self, writer: _Lines, item: Item) -> None:
        change = self.changes[item]
        source = self.source
        outer = item.indent[: len(item.indent) - len(item.removed)]
        if change.before or (change.stays and change.block != self._open_block):
            self._open_block = ""
        for text in change.before:
            writer.insert(text, outer)
        if change.stays:
            if change.block and not self._open_block:
                if self.is_apart(item):
                    writer.blank()
                writer.insert(change.block, outer)
                writer.begin_suite()
            self._open_block = change.block
            added = unit(source) if change.block else ""
            shares = self._shares_line(item)
            if shares and not writer.continues:
                origin = item.first
                head = item.indent
            else:
                origin = item.start
                head = ""
            edits = [
                Edit(edit.start - origin, edit.end - origin, edit.text) for edit in change.edits
            ]
            text = head + splice(source.text[origin : item.end], edits)
            writer.keep(shift(text, item.removed, added), shares and writer.continues)
        else:
            alone, above = self._lead(item)
            for line in alone:
                if line:
                    writer.add(outer + line)
                else:
                    writer.blank()
            if change.comments is not None:
                trailing = self.trailing(item).strip()
                for line in (*above, *change.comments, *([trailing] if trailing else [])):
                    writer.add(outer + line)
            writer.drop()
        for text in change.after:
            self._open_block = ""
            writer.insert(text, outer)


class _Lines:
    """Collects text and keeps the blank lines between the parts as a reader expects them."""

    def __init__(self, source: Source) -> None:
        self._newline = source.newline
        self._parts: list[str] = []
        self._run = 0
        self._blank = 0
        self._dropped = False
        self._after_function = 0
        self._begins = False
        #: Statements written so far.
        self.count = 0
        #: Whether the line is not at its end: the next statement shares it.
        self.continues = False

    def begin_suite(self) -> None:
        """The header of a block was written: nothing stands apart from it."""
        self._begins = True

    def blank(self) -> None:
        """A blank line before something that goes."""
        self._run += 1
        self._blank = max(self._blank, self._run)

    def drop(self) -> None:
        """Something went."""
        self._run = 0
        self._dropped = True
        self._end_line()

    def keep(self, text: str, same_line: bool) -> None:
        """Text that stays, with what stands before it."""
        if not same_line and (self._dropped or self._after_function):
            lines = lines_of(text)
            blank = 0
            while blank < len(lines) and not lines[blank].strip():
                blank += 1
            self._separate(max(self._blank, blank))
            text = "".join(lines[blank:])
        self._parts.append(text)
        self.count += 1
        self._begins = False
        self._run = self._blank = 0
        self.continues = not text.endswith(("\n", "\r"))

    def add(self, line: str) -> None:
        """A comment on a line of its own."""
        self._separate(self._blank)
        self._parts.append(line + self._newline)
        self._dropped = True

    def insert(self, text: str, indent: str) -> None:
        """A function or a statement, written without indentation and with plain line ends."""
        blank = self._blank
        is_function = _FUNCTION.match(text) is not None
        apart = 1 if indent else 2
        if is_function:
            blank = max(blank, apart)
        self._separate(blank)
        self._parts.append(shift(text, "", indent).replace("\n", self._newline) + self._newline)
        self.count += 1
        self._dropped = True
        self._after_function = apart if is_function else 0

    def _separate(self, blank: int) -> None:
        blank = max(blank, self._after_function)
        self._end_line()
        if any(part.strip() for part in self._parts) and not self._begins:
            self._parts.append(self._newline * min(blank, 2))
        self._begins = False
        self._run = self._blank = 0
        self._dropped = False
        self._after_function = 0

    def _end_line(self) -> None:
        """End a line that the next statement would have shared."""
        if self.continues:
            self._parts[-1] = self._parts[-1].rstrip(" \t;") + self._newline
            self.continues = False

    def finish(self) -> str:
        return "".join(self._parts)


def lines_of(text: str) -> list[str]:
    """Lines of a text with their ends."""
    return _LINE.findall(text)


def shift(text: str, removed: str, added: str = "") -> str:
    """Move lines to the left or right, except blank ones and those that begin inside a string."""
    if not removed and not added:
        return text
    inside = _lines_in_strings(text)
    lines = lines_of(text)
    for index, line in enumerate(lines):
        if index in inside or not line.strip():
            continue
        white = line[: len(line) - len(line.lstrip(" \t"))]
        lines[index] = added + line[min(len(removed), len(white)) :]
    return "".join(lines)


def _lines_in_strings(text: str) -> set[int]:
    """Indices of lines that begin inside a string of several lines."""
    found: set[int] = set()
    stack: list[int] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            name = tokenize.tok_name[token.type]
            if name in ("FSTRING_START", "TSTRING_START"):
                stack.append(token.start[0])
            elif name in ("FSTRING_END", "TSTRING_END"):
                found.update(range(stack.pop(), token.end[0]))
            elif token.type == tokenize.STRING:
                found.update(range(token.start[0], token.end[0]))
    except (tokenize.TokenError, IndentationError):
        pass  # A part of a statement: what was read up to here still holds.
    return found


def lost_comments(source: Source, node: nodes.NodeNG, text: str) -> list[str]:
    """Comments inside a node that another text for it lacks."""
    found = source.comments_within(start_of(source, node), source.end(node))
    kept = text
    lost = []
    for comment in found:
        if comment in kept:
            kept = kept.replace(comment, "", 1)
        else:
            lost.append(comment)
    return lost


def removal(source: Source, statement: nodes.NodeNG) -> Edit:
    """Remove a statement of an inner block with its line; comments stay on lines of their own."""
    start, end = source.start(statement), source.end(statement)
    first = source.line_start(statement.lineno)
    last = source.line_start(source.position(end)[0] + 1)
    rest = source.text[end:last]
    indent = indentation(source, start)
    if source.text[first:start].strip() or rest.lstrip(" \t").startswith(";"):
        # Another statement shares the line.
        skipped = len(rest) - len(rest.lstrip(" \t;"))
        return Edit(start, end + skipped, "")
    comments = source.comments_within(start, end)
    if "#" in rest:
        comments.append(rest.strip())
    return Edit(first, last, "".join(f"{indent}{one}{source.newline}" for one in comments))


def differences(before: str, after: str) -> tuple[Edit, ...]:
    """Edits, whole lines each, that turn one text into another."""
    old, new = lines_of(before), lines_of(after)
    offsets = [0]
    for line in old:
        offsets.append(offsets[-1] + len(line))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return tuple(
        Edit(offsets[start], offsets[end], "".join(new[first:last]))
        for tag, start, end, first, last in matcher.get_opcodes()
        if tag != "equal"
    )


def definition(module: Module, name: str, text: str) -> Edit:
    """The insertion of a definition: below the last import above the first use of a name.

    :param text: indented by four spaces, which become the unit of the file.
    """
    source = module.source
    first = min(use.lineno for use in module.names.uses(name))
    imports = [
        node
        for node in module.tree.body
        if isinstance(node, (nodes.Import, nodes.ImportFrom)) and node.lineno < first
    ]
    offset = source.line_start((imports[-1].end_lineno or imports[-1].lineno) + 1)
    step = unit(source)
    indented = re.sub(r"^(?: {4})+", lambda one: step * (len(one[0]) // 4), text, flags=re.M)
    written = indented.replace("\n", source.newline)
    there = next(n for n in (2, 1, 0) if source.text.startswith(source.newline * n, offset))
    return Edit(offset, offset, f"{source.newline * 2}{written}{source.newline * (2 - there)}")
