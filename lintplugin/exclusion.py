"""Files and folders that a search leaves out: those of the configuration, and what Git ignores."""

from __future__ import annotations

import os
from pathlib import Path

from lintplugin.options import Globs


class Exclusion:
    """Decides while folders are walked.

    :param globs: what the configuration excludes.
    :param respect_gitignore: whether to leave out what Git ignores, too. Git is asked, so that all
        its files count, and what it tracks is never ignored.
    """

    def __init__(self, globs: Globs, *, respect_gitignore: bool) -> None:
        self._globs = globs
        self._respects = respect_gitignore
        self._ignored: set[str] = set()
        self._is_asked_for = False

    def begins(self, folder: str) -> None:
        """Note that a folder which was named is walked next."""
        self._is_asked_for = self._globs.match(folder, is_folder=True)
        real = Path(os.path.realpath(folder))
        if any((one / ".git").exists() for one in (real, *real.parents)):
            self.enters_repository(folder)

    def enters_repository(self, folder: str) -> None:
        """Note that a folder is in a repository of its own."""
        if not self._respects:
            return
        from lintplugin.changes import ChangesError, ignored

        try:
            self._ignored.update(os.path.join(folder, name) for name in ignored(folder))
        except ChangesError:
            return  # No Git, or none that reads this repository.

    def covers(self, path: str, *, is_folder: bool) -> bool:
        """Whether a path found in a walked folder is left out."""
        if path in self._ignored:
            return True
        return not self._is_asked_for and self._globs.match(path, is_folder=is_folder)
