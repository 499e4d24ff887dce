"""The server as editors use it: over its standard streams, with the capabilities they state."""

from __future__ import annotations

import itertools
import os
import random
import re
import textwrap
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types

from lintplugin import checking, fixing
from lintplugin.configuration import Configuration
from lintplugin.source import Source
from tests.lintplugin.lsp.editor import CODECS, Editor

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning"),
]

CLEAN = "import tensorflow as tf\n\ny = tf.math.log(tf.constant([1.0]))\n"
OLD = "import tensorflow as tf\n\ny = tf.log(tf.constant([1.0]))\n"
REMOVED = "tf1-removed-api"

NAMES = map("module{}.py".format, itertools.count())


@pytest_asyncio.fixture(
    loop_scope="module", scope="module", params=["visual-studio-code", "neovim@v0.11.0", "emacs"]
)
async def editor(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Editor]:
    """Editors of three kinds, which count columns in three ways."""
    one = Editor(tmp_path_factory.mktemp("project"))
    await one.start(request.param)
    yield one
    assert not [words for words in one.messages if "Error in server" in words]
    await one.stop()


#: Where the kind of editor makes no difference.
in_one = pytest.mark.parametrize("editor", ["visual-studio-code"], indirect=True, scope="module")


@pytest.fixture
def name() -> str:
    """A file of its own for each test."""
    return next(NAMES)


@pytest.fixture(scope="session")
def softmax(root: Path) -> str:
    return (root / "examples" / "tensorflow1_softmax_regression.py").read_text("utf-8")


def places(found: Sequence[types.Diagnostic]) -> list[tuple[int, int, int]]:
    """Line, first and last column of each."""
    ranges = (one.range for one in found)
    return [(one.start.line, one.start.character, one.end.character) for one in ranges]


def by_cli(text: str, target: str, *, unsafe: bool = False) -> str:
    """What ``lintplugin fix`` makes of a text."""
    configuration = Configuration.load([target])
    report = checking.check(Source("module.py", text), configuration)
    return fixing.fix(report, configuration, unsafe=unsafe).outcome.text


class TestAnyEditor:
    async def test_right_code_is_left_alone(self, editor: Editor, name: str) -> None:
        assert not await editor.open(name, CLEAN)
        assert await editor.actions(name, 2, 5) == {}
        assert await editor.hover(name, 2, 5) is None

    async def test_what_a_finding_says(self, editor: Editor, name: str) -> None:
        (found,) = await editor.open(name, OLD)
        assert found.message.startswith("'tensorflow.log' does not exist in TensorFlow 2")
        assert (found.source, found.code) == ("lintplugin", REMOVED)
        assert found.severity is types.DiagnosticSeverity.Error
        assert places([found]) == [(2, 4, 10)]
        assert list(found.tags) == [types.DiagnosticTag.Deprecated]

    async def test_columns_are_those_of_the_client(self, editor: Editor, name: str) -> None:
        line = "z = 'é😀', tf.to_float(1), tf.to_float('😀')"
        found = await editor.open(name, f"import tensorflow as tf\n{line}\n")
        codec, unit = CODECS[editor.encoding]
        starts = [line.index("tf."), line.rindex("tf.")]
        counted = [len(line[:start].encode(codec)) // unit for start in starts]
        assert places(found) == [(1, start, start + len("tf.to_float")) for start in counted]
        actions = await editor.actions(name, 1, counted[1])
        after = await editor.apply(
            name, actions["Replace with tf.cast(x, tf.float32) (TensorFlow 2)"]
        )
        assert after.endswith("\nz = 'é😀', tf.to_float(1), tf.cast('😀', tf.float32)\n")

    async def test_changes_of_ranges_and_of_the_whole(self, editor: Editor, name: str) -> None:
        await editor.open(name, CLEAN)
        where = types.Range(types.Position(2, 7), types.Position(2, 12))
        editor.change(name, types.TextDocumentContentChangePartial(where, ""))
        assert places(await editor.news(name)) == [(2, 4, 10)]
        editor.write(name, CLEAN)
        assert not await editor.news(name)

    async def test_conversion_of_the_whole_file(
        self, editor: Editor, name: str, softmax: str
    ) -> None:
        await editor.open(name, softmax)
        actions = await editor.actions(name, 7, 5)
        for target, title in (("tf2", "TensorFlow 2"), ("torch", "PyTorch")):
            expected = by_cli(softmax, target)
            for action in (
                f"Convert the whole file to {title}",
                f"Apply all safe fixes for {title}",
            ):
                assert await editor.apply(name, actions[action]) == expected
            assert f"Convert the module to {title}" in actions

    async def test_hover_shows_what_was_executed(
        self, editor: Editor, name: str, softmax: str
    ) -> None:
        await editor.open(name, softmax)
        shown = await editor.hover(name, 7, 6)
        assert shown is not None
        for part in (
            "[tf1-placeholder](https://",
            '**Before**\n\n```python\ntf.placeholder(tf.float32, [None, FEATURES], name="x")\n```',
            "**TensorFlow 2**: Convert the module to TensorFlow 2. Executed on cpu: ",
            "**PyTorch**: Convert the module to PyTorch. Executed on cpu: ",
            "y = torch.tensor(y, dtype=torch.float32)",
        ):
            assert part in shown

    async def test_random_changes(self, editor: Editor, name: str, softmax: str) -> None:
        """Whatever was typed, what is found is what is found in a file with that text."""
        chance = random.Random(0)
        await editor.open(name, softmax)
        for _ in range(10):
            for _ in range(chance.randrange(1, 30)):
                editor.replace(name, *_random_change(editor.texts[name], chance))
            found = await editor.news(name)
            other = next(NAMES)
            anew = await editor.open(other, editor.texts[name])
            editor.close(other)
            assert (found, len(found) > 5) == (anew, True)


def _random_change(text: str, chance: random.Random) -> tuple[int, int, str]:
    """One after which the text still parses: a line more, a line less, a longer comment."""
    starts = [0, *(match.end() for match in re.finditer("\n\n", text))]
    start = chance.choice(starts)
    added = re.compile(r"(?:n|#).*\n").match(text, start)
    if added is not None and chance.random() < 0.5:
        if added.group().startswith("#"):
            place = chance.randrange(start + 1, added.end())
            return place, place, chance.choice(["é", "😀", "\f", "x"])
        return start, added.end(), ""
    line = chance.choice(["n = tf.log(1.0), '😀', tf.log(2.0)\n", "# é😀\n", "n = '\u2028'\n"])
    return start, start, line


@in_one
class TestCapabilities:
    async def test_links_only_where_they_are_understood(self, editor: Editor, name: str) -> None:
        (found,) = await editor.open(name, OLD)
        assert found.code_description.href.endswith(f"/docs/rules/{REMOVED}.md")

    async def test_registers_only_what_can_be_registered(self, editor: Editor) -> None:
        assert sorted(editor.registered) == [
            types.WORKSPACE_DID_CHANGE_CONFIGURATION,
            types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
        ]

    async def test_conversion_is_previewed(self, editor: Editor, name: str, softmax: str) -> None:
        await editor.open(name, softmax)
        actions = await editor.actions(name, 7, 5)
        action = actions["Convert the whole file to PyTorch"]
        edit = (await editor.client.code_action_resolve_async(action)).edit
        assert edit is not None
        assert [one.needs_confirmation for one in (edit.change_annotations or {}).values()] == [
            True
        ]

    async def test_says_why_a_file_is_not_converted(self, editor: Editor, name: str) -> None:
        await editor.open(name, OLD)
        action = (await editor.actions(name, 2, 5))["Convert the whole file to PyTorch"]
        assert action.disabled is not None
        assert action.disabled.reason == "line 1: no run of a graph is found in this file"


@in_one
class TestActions:
    async def test_one_place(self, editor: Editor, name: str) -> None:
        await editor.open(name, OLD)
        action = (await editor.actions(name, 2, 5))["Replace with tf.math.log (TensorFlow 2)"]
        assert action.kind == types.CodeActionKind.QuickFix
        assert [one.code for one in action.diagnostics or ()] == [REMOVED]
        assert await editor.apply(name, action) == CLEAN

    async def test_suppression(self, editor: Editor, name: str) -> None:
        await editor.open(name, OLD)
        action = (await editor.actions(name, 2, 5))[f"Suppress {REMOVED} here"]
        after = await editor.apply(name, action)
        assert f"\n# pylint: disable-next={REMOVED}\ny = tf.log" in after
        editor.write(name, after)
        assert not await editor.news(name)

    async def test_only_the_kinds_that_are_asked_for(self, editor: Editor, name: str) -> None:
        await editor.open(name, OLD)
        for only, kinds in (
            (["quickfix"], {"quickfix"}),
            (["refactor"], {"refactor.rewrite"}),
            (["source"], {"source.lintplugin.tf2", "source.lintplugin.torch"}),
            # On save, where there is nobody to choose one of two.
            (["source.fixAll"], set()),
            (["source.organizeImports"], set()),
        ):
            actions = await editor.actions(name, 2, 5, only)
            assert {one.kind for one in actions.values()} == kinds

    async def test_light_bulb_away_from_findings(self, editor: Editor, name: str) -> None:
        await editor.open(name, OLD)
        automatic = types.CodeActionTriggerKind.Automatic
        assert await editor.actions(name, 0, 0, trigger=automatic) == {}
        assert "Apply all safe fixes for TensorFlow 2" in await editor.actions(name, 0, 0)

    async def test_unsafe_fix_says_so_and_is_confirmed(self, editor: Editor, name: str) -> None:
        await editor.open(name, OLD.replace("tf.log(", "tf.div(2, "))
        titles = await editor.actions(name, 2, 5)
        (title,) = (one for one in titles if "unsafe" in one)
        assert "(TensorFlow 2), unsafe: right for floats; integers were rounded down" in title
        annotations = (titles[title].edit or types.WorkspaceEdit()).change_annotations or {}
        assert [one.needs_confirmation for one in annotations.values()] == [True]
        assert not titles[title].is_preferred

    async def test_nothing_is_converted_around_a_suppressed_place(
        self, editor: Editor, name: str, softmax: str
    ) -> None:
        text = softmax.replace("tf.Session()", "tf.Session()  # pylint: disable=tf1-session")
        await editor.open(name, text)
        actions = await editor.actions(name, 7, 5)
        disabled = actions["Convert the whole file to PyTorch"].disabled
        assert disabled is not None
        assert disabled.reason == "a place that it would change is suppressed"
        assert "Convert the module to PyTorch" not in actions

    async def test_suppressed_place_is_left_alone(self, editor: Editor, name: str) -> None:
        text = OLD.replace("\n\n", "\n\n# pylint: disable=tf1-removed-api\n")
        assert not await editor.open(name, text)
        assert await editor.actions(name, 3, 5) == {}


@in_one
class TestTexts:
    async def test_last_findings_stay_while_a_statement_is_written(
        self, editor: Editor, name: str
    ) -> None:
        await editor.open(name, OLD)
        seen = len(editor.published)
        editor.write(name, OLD + "def f(:\n")
        assert await editor.hover(name, 2, 5) is None
        editor.write(name, OLD + "def f(): pass\n")
        assert places(await editor.news(name)) == [(2, 4, 10)]
        assert [one.version for one in editor.published[seen:]] == [3]

    async def test_file_that_does_not_parse_at_first(self, editor: Editor, name: str) -> None:
        found = await editor.open(name, "import theano\nx = (\n")
        assert [one.code for one in found] == ["syntax-error"]
        editor.write(name, "import theano\n")
        assert [one.code for one in await editor.news(name)] == ["theano-import"]

    async def test_python2(self, editor: Editor, name: str) -> None:
        found = await editor.open(name, "import theano\nprint 'x'\n")
        assert [one.code for one in found] == ["python2", "theano-import"]

    @pytest.mark.parametrize("end", ["\r\n", "\r"])
    async def test_line_ends_and_separators(self, editor: Editor, name: str, end: str) -> None:
        text = OLD.replace("\n\n", "\n# \f\u2028 of another\n").replace("\n", end)
        assert places(await editor.open(name, text)) == [(2, 4, 10)]
        where = types.Range(types.Position(2, 7), types.Position(2, 10))
        editor.change(name, types.TextDocumentContentChangePartial(where, "math.log"))
        assert not await editor.news(name)

    async def test_untitled(self, editor: Editor) -> None:
        assert places(await editor.open("untitled:Untitled-1", OLD)) == [(2, 4, 10)]
        assert await editor.hover("untitled:Untitled-1", 2, 5)

    async def test_file_of_settings(self, editor: Editor) -> None:
        found = await editor.open(".theanorc", "[global]\ndevice = gpu0\n", "ini")
        assert [one.source for one in found] == ["lintplugin"]
        assert await editor.actions(".theanorc", 1, 0) == {}  # Its comments are no Pylint's.

    async def test_renamed_file(self, editor: Editor, name: str) -> None:
        await editor.open(name, OLD)
        seen = len(editor.published)
        editor.close(name)
        assert places(await editor.open(f"new_{name}", OLD)) == [(2, 4, 10)]
        assert [(one.uri, len(one.diagnostics)) for one in editor.published[seen:]] == [
            (editor.uri(name), 0),
            (editor.uri(f"new_{name}"), 1),
        ]

    async def test_many_files(self, editor: Editor) -> None:
        names = [next(NAMES) for _ in range(20)]
        for one in names:
            assert places(await editor.open(one, OLD)) == [(2, 4, 10)]
        for one in names:
            assert await editor.hover(one, 2, 5)

    async def test_burst_is_checked_once(self, editor: Editor, name: str) -> None:
        await editor.open(name, CLEAN)
        seen = len(editor.published)
        for _ in range(20):
            editor.write(name, CLEAN)
        editor.write(name, OLD)
        # Asked while the changes wait: of the text as it is now.
        assert "Replace with tf.math.log (TensorFlow 2)" in await editor.actions(name, 2, 5)
        assert places(await editor.news(name)) == [(2, 4, 10)]
        assert len(editor.published) == seen + 1

    async def test_what_another_file_of_the_project_says(self, editor: Editor) -> None:
        frame = editor.folder / "frame.py"
        frame.write_text("import tensorflow as backend\n", "utf-8")
        text = "from frame import backend\n\ny = backend.log(1)\n"
        assert places(await editor.open("uses_frame.py", text)) == [(2, 4, 15)]
        frame.write_text("import numpy as backend\n", "utf-8")
        editor.save("frame.py")
        assert not await editor.news("uses_frame.py")

    async def test_saving_concerns_only_what_names_the_file(self, editor: Editor) -> None:
        for name, text in (
            ("callee.py", OLD),
            ("caller.py", "import callee\n" + OLD),
            ("tens.py", OLD),
        ):
            await editor.open(name, text)
        seen = len(editor.published)
        editor.save("callee.py")
        await editor.news("caller.py")
        await editor.open("last.py", OLD)  # Behind all that was to be checked.
        uris = {one.uri for one in editor.published[seen:]}
        assert uris == {editor.uri(name) for name in ("caller.py", "last.py")}


@in_one
class TestConfiguration:
    @pytest_asyncio.fixture(loop_scope="module")
    async def project(self, editor: Editor, tmp_path: Path) -> AsyncIterator[Path]:
        """A workspace folder more."""
        folder = types.WorkspaceFolder(tmp_path.as_uri(), "more")
        for event in (
            types.WorkspaceFoldersChangeEvent([folder], []),
            types.WorkspaceFoldersChangeEvent([], [folder]),
        ):
            editor.client.workspace_did_change_workspace_folders(
                types.DidChangeWorkspaceFoldersParams(event)
            )
            if event.added:
                yield tmp_path

    def write(self, project: Path, text: str) -> None:
        file = project / "pyproject.toml"
        file.write_text(textwrap.dedent(text), "utf-8")
        # Two writes within one tick of the file system's clock look alike.
        os.utime(file, ns=(0, next(self._clock)))

    _clock = itertools.count(10**9, 10**9)

    def tell(self, editor: Editor, project: Path) -> None:
        """What a client says that watches files."""
        event = types.FileEvent((project / "pyproject.toml").as_uri(), types.FileChangeType.Changed)
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))

    async def test_project_decides_and_is_read_again(self, editor: Editor, project: Path) -> None:
        module = (project / "module.py").as_uri()
        self.write(project, '[tool.pylint."messages control"]\ndisable = ["tf1-removed-api"]\n')
        assert not await editor.open(module, OLD)
        self.write(project, '[tool.pylint.lintplugin]\nlintplugin-target = ["tf2"]\n')
        self.tell(editor, project)
        assert places(await editor.news(module)) == [(2, 4, 10)]
        # One target is configured: it can be left to a save, and is preferred.
        actions = await editor.actions(module, 2, 5)
        assert actions["Apply all safe fixes for TensorFlow 2"].kind == "source.fixAll.lintplugin"
        assert actions["Replace with tf.math.log (TensorFlow 2)"].is_preferred

    async def test_ignored_paths(self, editor: Editor, project: Path) -> None:
        self.write(project, '[tool.pylint.main]\nignore = ["vendored"]\n')
        assert not await editor.open((project / "vendored" / "module.py").as_uri(), OLD)
        assert await editor.open((project / "own.py").as_uri(), OLD)

    async def test_baseline(self, editor: Editor, project: Path) -> None:
        entry = f'["module.py", "{REMOVED}", "", 1]\n'
        (project / ".lintplugin-baseline").write_text(entry, "utf-8")
        module = (project / "module.py").as_uri()
        assert not await editor.open(module, OLD)
        editor.write(module, OLD + "z = tf.log(1.0)\n")
        assert places(await editor.news(module)) == [(3, 4, 10)]

    async def test_nothing_of_the_project_is_run(self, editor: Editor, project: Path) -> None:
        trap = f"open({str(project / 'sprung')!r}, 'w')"
        for name in ("sitecustomize", "frame", "tensorflow", "pylint_trap", "difflib", "numpy"):
            (project / f"{name}.py").write_text(trap + "\nimport tensorflow\n", "utf-8")
        self.write(
            project, f'[tool.pylint.main]\ninit-hook = "{trap}"\nload-plugins = ["pylint_trap"]\n'
        )
        module = (project / "module.py").as_uri()
        await editor.open(module, OLD + f"{trap}\nfrom frame import tensorflow\n")
        action = (await editor.actions(module, 2, 5))["Apply all safe fixes for TensorFlow 2"]
        assert "tf.math.log" in await editor.apply(module, action)
        assert not (project / "sprung").exists()

    async def test_what_cannot_be_followed_is_said_once(
        self, editor: Editor, project: Path
    ) -> None:
        module = (project / "module.py").as_uri()
        assert await editor.open(module, OLD)
        seen = len(editor.messages)
        self.write(project, '[tool.pylint.lintplugin]\nlintplugin-target = ["tf3"]\n')
        self.tell(editor, project)
        assert places(await editor.news(module)) == [(2, 4, 10)]  # As before.
        self.tell(editor, project)
        await editor.news(module)
        (message,) = editor.messages[seen:]
        assert message.startswith("lintplugin: ")
        assert "tf3" in message

    async def test_settings_of_the_client(self, editor: Editor, name: str) -> None:
        await editor.open(name, OLD)
        changed = types.DidChangeConfigurationParams(None)
        editor.settings = {"ignore": [REMOVED]}
        editor.client.workspace_did_change_configuration(changed)
        assert not await editor.news(name)
        editor.settings = {"ignored": [REMOVED]}
        seen = len(editor.messages)
        editor.client.workspace_did_change_configuration(changed)
        await editor.until(lambda: editor.messages[seen:])
        assert editor.messages[seen:] == [
            "lintplugin: unknown setting 'ignored'; did you mean ignore?"
        ]
        editor.settings = {}
        editor.client.workspace_did_change_configuration(changed)
        assert places(await editor.news(name)) == [(2, 4, 10)]
