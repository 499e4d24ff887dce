"""What a change costs the language server: ``python benchmarks/language_server.py FILE…``.

Prints, for each file and with the goals beside them,

* CPU time of the server for a change, warm: the process's own count over twenty changes that are
  each answered with diagnostics. The server waits for a pause between them; that costs nothing.
* how long hovering takes behind a burst of twenty changes, in analyses of the file: the time from
  the last change to the answer, by the time from a single change to the answer that follows it.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from pathlib import Path

from lsprotocol import types
from pygls.lsp.client import LanguageClient

CHANGES = 20
GOAL_MS = 50
GOAL_ANALYSES = 2  # The one that runs, and the one that is asked for.

_TICK = os.sysconf("SC_CLK_TCK")


class Client:
    """An editor with one open file."""

    def __init__(self, path: Path) -> None:
        self.uri = path.resolve().as_uri()
        self.text = path.read_text("utf-8")
        self.version = 1
        self.published: asyncio.Queue[int | None] = asyncio.Queue()
        self.client = LanguageClient("benchmark", "1")

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: types.PublishDiagnosticsParams) -> None:
            self.published.put_nowait(params.version)

    async def start(self) -> None:
        await self.client.start_io(sys.executable, "-m", "lintplugin", "lsp")
        root = self.uri.rpartition("/")[0]
        await self.client.initialize_async(
            types.InitializeParams(types.ClientCapabilities(), root_uri=root)
        )
        self.client.initialized(types.InitializedParams())
        item = types.TextDocumentItem(self.uri, "python", self.version, self.text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        await self.checked()

    async def stop(self) -> None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()

    def change(self) -> None:
        """Type a character into the last line."""
        self.version += 1
        end = types.Position(self.text.count("\n") + 1, 0)
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(uri=self.uri, version=self.version),
                [types.TextDocumentContentChangePartial(types.Range(end, end), "#")],
            )
        )

    async def checked(self) -> None:
        while await self.published.get() != self.version:
            pass

    async def hover(self) -> None:
        place = types.Position(0, 0)
        document = types.TextDocumentIdentifier(self.uri)
        await self.client.text_document_hover_async(types.HoverParams(document, place))

    def cpu_ms(self) -> float:
        """CPU time of the server so far, of all its threads."""
        process = self.client._server
        assert process is not None
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        return 1000 * (int(fields[11]) + int(fields[12])) / _TICK


async def measure(path: Path) -> None:
    client = Client(path)
    await client.start()
    for _ in range(3):  # Warm.
        client.change()
        await client.checked()
    before = client.cpu_ms()
    for _ in range(CHANGES):
        client.change()
        await client.checked()
    cost = (client.cpu_ms() - before) / CHANGES

    single, burst = [], []
    for changes, times in [(1, single), (CHANGES, burst)] * 5:
        for _ in range(changes):
            client.change()
        start = time.perf_counter()
        await client.hover()
        times.append(time.perf_counter() - start)
        await client.checked()
    await client.stop()
    analyses = statistics.median(burst) / statistics.median(single)
    lines = client.text.count("\n")
    print(f"{path} ({lines} lines)")
    print(
        f"  CPU a change: {cost:.0f} ms, of 1,000 lines {1000 * cost / lines:.0f} (goal {GOAL_MS})"
    )
    print(f"  hover behind {CHANGES} changes: {analyses:.1f} analyses (goal {GOAL_ANALYSES})")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        asyncio.run(measure(Path(argument)))
