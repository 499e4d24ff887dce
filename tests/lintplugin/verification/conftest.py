"""Programs without a framework: NumPy on both sides, so that every test can run them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from lintplugin.verification.run import Verdict, verify_pair
from lintplugin.verification.servers import Limits

#: Enough for NumPy, and soon reached by what never ends or grows without end.
LIMITS = Limits(seconds=3, bytes=200 << 20)


@pytest.fixture
def cases(tmp_path: Path) -> Callable[[str, str], list[Verdict]]:
    """Verifies two programs, given as text."""

    def verify(legacy: str, modern: str) -> list[Verdict]:
        for name, text in (("legacy.py", legacy), ("modern.py", modern)):
            (tmp_path / name).write_text(textwrap.dedent(text), "utf-8")
        return verify_pair(tmp_path / "legacy.py", tmp_path / "modern.py", limits=LIMITS)

    return verify
