"""Lines of random programs: what programs of every framework share."""

from __future__ import annotations

from random import Random


class Lines:
    """Takes down the lines of a program, with empty lines and comments here and there.

    :ivar comments: the comments, each another.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._lines: list[str] = []
        self.comments: list[str] = []

    def _add(self, line: str, indent: str = "") -> None:
        random = self._random
        if random.random() < 0.2:
            self._lines.append("")
        if random.random() < 0.3:
            self._lines.append(indent + self._comment())
        trailing = f"  {self._comment()}" if random.random() < 0.2 else ""
        self._lines.append(f"{indent}{line}{trailing}")

    def _comment(self) -> str:
        self.comments.append(f"# comment {len(self.comments)}.")
        return self.comments[-1]
