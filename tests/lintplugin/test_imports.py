"""Imports: how a file names modules, where a new import goes, and which ones may go."""

from __future__ import annotations

import textwrap

import pytest

from lintplugin import parsing
from lintplugin.analysis import Module, Settings
from lintplugin.edits import parses, splice
from lintplugin.imports import Imports, insertion, removals, unused_after
from lintplugin.source import Source


def module(text: str) -> Module:
    source = Source("module.py", text)
    return Module(parsing.parse(source), source, Settings())


def dedent(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


# Spelling


@pytest.mark.parametrize(
    "text",
    [
        "",
        "def f():\n    import numpy as np\n",
        "if fast:\n    import numpy as np\n",
        "from numpy import zeros as np\n",
        "import numpy as np\nimport numpy.ma as np\n",
        "from . import numpy as np\n",
    ],
)
def test_a_module_that_the_file_does_not_surely_have_must_be_imported(text: str) -> None:
    imports = Imports(module(text))
    assert imports.spell("numpy") == "np"
    assert imports.missing == {"numpy"}


@pytest.mark.parametrize(
    ("text", "wanted", "name"),
    [
        ("import numpy\n", "numpy", "numpy"),
        ("import numpy as xp\n", "numpy", "xp"),
        ("import numpy as a\nimport numpy as b\n", "numpy", "a"),
        ("import numpy as np\nimport numpy as np\n", "numpy", "np"),
        ("import torch.nn as nn\n", "torch.nn.functional", "nn.functional"),
        ("import torch.nn.functional as tnf\n", "torch.nn.functional", "tnf"),
        ("from torch.nn import functional as G\n", "torch.nn.functional", "G"),
        ("from torch import nn\n", "torch.nn.functional", "nn.functional"),
        ("import torch.nn\n", "torch", "torch"),
        ("try:\n    import tensorflow as tf\nexcept ImportError:\n    raise\n", "tensorflow", "tf"),
        ("import tensorflow as τφ\n", "tensorflow", "τφ"),
        ("from absl import flags\n", "absl.flags", "flags"),
        ("from absl import flags as f\n", "absl.flags", "f"),
        ("import absl.app\n", "absl.app", "absl.app"),
        ("import logging as log\n", "logging", "log"),
    ],
)
def test_the_name_under_which_the_file_has_a_module(text: str, wanted: str, name: str) -> None:
    imports = Imports(module(text))
    assert imports.spell(wanted) == name
    assert imports.missing == set()
    assert imports.clash() is None
    assert imports.additions() == []


@pytest.mark.parametrize(
    ("text", "wanted", "name"),
    [
        ("np = 1\n", "numpy", "np"),
        ("import numpy.ma as np\n", "numpy", "np"),
        ("def f(np):\n    pass\n", "numpy", "np"),
        ("def f():\n    for F in fs:\n        pass\n", "torch.nn.functional", "F"),
        ("[tf for tf in x]\n", "tensorflow", "tf"),
        ("class torch:\n    pass\n", "torch", "torch"),
        ("import numpy as np\nnp = 1\n", "numpy", "np"),
        ("del math\n", "math", "math"),
    ],
)
def test_a_customary_name_that_is_taken(text: str, wanted: str, name: str) -> None:
    imports = Imports(module(text))
    imports.spell(wanted)
    binding = imports.clash()
    assert binding is not None
    assert binding.name == name


@pytest.mark.parametrize(
    "text", ["", "def f():\n    import numpy as np\n", "x.np = 1\n", "f(np=1)\n", "np.zeros(1)\n"]
)
def test_a_customary_name_that_is_free(text: str) -> None:
    imports = Imports(module(text))
    imports.spell("numpy")
    assert imports.clash() is None


# Insertion


@pytest.mark.parametrize(
    ("after", "inserted"),
    [
        ("import torch\n", "import torch\n"),
        ("import torch\nx = 1\n", "import torch\n"),
        ("import torch\nx = 1", "import torch\n"),
        ("#!/usr/bin/python\n# coding: utf-8\nimport torch\n\nx = 1\n", "import torch\n"),
        ('"""Doc."""\nimport torch\nx = 1\n', "import torch\n"),
        ('"""Doc."""\nimport torch', "\nimport torch"),
        ('# c\n"""Doc,\nin lines."""\nimport torch\nx = 1\n', "import torch\n"),
        ("from __future__ import a\nfrom __future__ import b\nimport torch\nx\n", "import torch\n"),
        ("import torch\nimport os\nx = 1\n", "import torch\n"),
        ("import os\nimport theano\nimport torch\nx\nimport theano.tensor\n", "import torch\n"),
        ("from theano import (\n    tensor,\n)\nimport torch\nx\n", "import torch\n"),
        ("import theano; import torch; x = theano.shared(1)\n", "; import torch"),
        ("import theano  # old; older\nimport torch\nx\n", "import torch\n"),
        ("import theano\nimport torch", "\nimport torch"),
        ("import theano\r\nimport torch\r\nx = 1\r\n", "import torch\r\n"),
        ("import theano\rimport torch\rx = 1\r", "import torch\r"),
        ("import torch\ndef f():\n    import theano\n", "import torch\n"),
        ("import torch\ntry:\n    import theano\nfinally:\n    pass\n", "import torch\n"),
    ],
)
def test_where_an_import_goes(after: str, inserted: str) -> None:
    before = after.replace(inserted, "", 1)
    assert splice(before, [insertion(module(before), "torch")]) == after
    assert parses(after)


def test_the_customary_name_is_imported() -> None:
    imports = Imports(module("import theano\n"))
    for wanted in ("tensorflow", "numpy", "math", "torch.nn.functional"):
        imports.spell(wanted)
    assert splice("import theano\n", imports.additions()) == dedent(
        """
        import theano
        import math
        import numpy as np
        import tensorflow as tf
        import torch.nn.functional as F
        """
    )


@pytest.mark.parametrize(
    ("text", "wanted", "added"),
    [
        ("", "absl.flags", "from absl import flags\n"),
        ("flags = 1\n", "absl.flags", "from absl import flags as absl_flags\n"),
        ("def f(flags):\n    pass\n", "absl.flags", "from absl import flags as absl_flags\n"),
        ("from flask import app\n", "absl.app", "from absl import app as absl_app\n"),
        ("from absl import logging\n", "logging", "import logging as python_logging\n"),
    ],
)
def test_a_second_name_where_the_customary_one_is_taken(text: str, wanted: str, added: str) -> None:
    imports = Imports(module(text))
    assert f" {imports.spell(wanted)}\n" in added
    assert imports.clash() is None
    assert splice(text, imports.additions()) in (added + text, text + added)


def test_the_second_name_may_be_taken_too() -> None:
    imports = Imports(module("flags = absl_flags = 1\n"))
    imports.spell("absl.flags")
    binding = imports.clash()
    assert binding is not None
    assert binding.name == "absl_flags"


def test_an_import_under_the_name_that_a_rewritten_file_uses() -> None:
    text = "flags = absl_flags.FLAGS\n"
    assert insertion(module(text), "absl.flags").text == "from absl import flags as absl_flags\n"


def test_a_module_of_python_goes_below_others() -> None:
    text = "import os\nimport re, sys\nimport own\nimport theano\n\nimport json\n"
    imports = Imports(module(text))
    for wanted in ("shutil", "functools", "absl.app"):
        imports.spell(wanted)
    assert splice(text, imports.additions()) == dedent(
        """
        import os
        import re, sys
        import functools
        import shutil
        import own
        import theano
        from absl import app

        import json
        """
    )


# Taking the place of a variable

TAKEN = {
    "alone": ("flags = tf.flags\n", ""),
    "of app": ("flags = tf.app.flags\nflags.FLAGS\n", "flags.FLAGS\n"),
    "a paragraph": ("\nflags = tf.flags\n\nflags.FLAGS\n", "\nflags.FLAGS\n"),
    "with a comment": ("flags = tf.flags  # c\nflags.FLAGS\n", "# c\nflags.FLAGS\n"),
    "over lines": ("flags = (\n    tf.flags\n)\nflags.FLAGS\n", "flags.FLAGS\n"),
    "at the end": ("\nflags = tf.flags", "\n"),
}


@pytest.mark.parametrize(("before", "after"), TAKEN.values(), ids=TAKEN)
def test_an_import_takes_the_place_of_a_variable(before: str, after: str) -> None:
    head = "import tensorflow as tf\n"
    imports = Imports(module(head + before))
    assert imports.spell("absl.flags") == "flags"
    assert imports.clash() is None
    assert splice(head + before, imports.additions()) == (f"{head}from absl import flags\n{after}")


@pytest.mark.parametrize(
    "text",
    [
        "f = tf.flags\n",
        "flags = tf.logging\n",
        "flags = tf.flags.FLAGS\n",
        "flags = tf.flags\nflags = 1\n",
        "flags = tf.flags\ndef f(flags):\n    pass\n",
        "flags = other = tf.flags\n",
        "flags = tf.flags; x = 1\n",
        "if x:\n    flags = tf.flags\n",
        "def f():\n    flags = tf.flags\n",
        "flags, x = tf.flags, 1\n",
        "flags = tf.flags\nflags.DEFINE_string('a', default_value='b')\n",
    ],
)
def test_a_variable_that_stays(text: str) -> None:
    text = f"import tensorflow as tf\n{text}"
    imports = Imports(module(text))
    imports.spell("absl.flags")
    assert imports.takeover("absl.flags") is None
    assert splice(text, imports.additions()).count(" = ") == text.count(" = ")


def test_an_assignment_of_a_name_to_itself_is_removed() -> None:
    before, after = module("import a\nx = a.y\n\nz = x\n"), module("x = x\n\nz = x\n")
    assert splice(after.source.text, unused_after(before, after)) == "z = x\n"
    assert unused_after(after, after) == []


# Removal. A line ``x`` stands for what is not removed; the second text is what is left.

KEPT = {
    "still used": "import theano\ntheano\n",
    "never used": "import theano\nx\n",
    "used under another name": "import theano as t\nt\n",
    "exported": "import theano\n__all__ = ['theano']\n",
    "exported later": "import theano\n__all__ = []\n__all__ += ['theano']\n",
    "deleted by name": "import theano\ndel theano\n",
    "in a function": "def f():\n    import theano\n",
    "in a block that would be empty": "try:\n    import theano\nexcept ImportError:\n    x\n",
    "a star": "from theano import *\n",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_an_import_that_stays(text: str) -> None:
    used = text if text == KEPT["never used"] else f"{text}theano\n"
    assert unused_after(module(used), module(text)) == []


REMOVED = {
    "alone": ("import theano\nx\n", "x\n"),
    "at the end of the file": ("x\nimport theano", "x\n"),
    "all there is": ("import theano\n", ""),
    "with a comment": ("import theano  # the old one\nx\n", "# the old one\nx\n"),
    "over lines": ("from theano import (\n    T,\n    R,  # c\n)\nx\n", "x\n"),
    "over lines without brackets": ("from theano \\\n    import T\nx\n", "x\n"),
    "with other line ends": ("import theano\r\nx\r\n", "x\r\n"),
    "several lines": ("import theano\nx\nimport theano.tensor as T\nx\n", "x\nx\n"),
    "first on a line": ("import theano; x\n", "x\n"),
    "last on a line": ("x; import theano\n", "x\n"),
    "last on a line with a semicolon": ("x; import theano;\n", "x;\n"),
    "within a line": ("x; import theano; x\n", "x; x\n"),
    "twice on a line": ("import theano; import theano.tensor as T; x\n", "x\n"),
    "twice at the end of a line": ("x; import theano; import theano.tensor as T\n", "x\n"),
    "all of a line": ("import theano; import theano.tensor as T\nx\n", "x\n"),
    "before what begins on its last line": ("from theano import (T,\n R); x\nx\n", "x\nx\n"),
    "first of the names": ("import theano, os\nx\n", "import os\nx\n"),
    "last of the names": ("import os, theano\nx\n", "import os\nx\n"),
    "between the names": ("import os, theano, sys\nx\n", "import os, sys\nx\n"),
    "around a name": ("import theano, os, theano.tensor as T\nx\n", "import os\nx\n"),
    "two of three": ("import os, theano, theano.tensor as T\nx\n", "import os\nx\n"),
    "of a from import": ("from a import b, T, c as d\nx\n", "from a import b, c as d\nx\n"),
    "of a relative import": ("from ..a import T, b\nx\n", "from ..a import b\nx\n"),
    "in brackets, first": ("from a import (T, b)\nx\n", "from a import (b)\nx\n"),
    "in brackets, last": ("from a import (b, T)\nx\n", "from a import (b)\nx\n"),
    "in brackets, last with a comma": ("from a import (b, T,)\nx\n", "from a import (b,)\nx\n"),
    "on lines, first": (
        "from a import (\n    T,  # one\n    b,  # two\n)\nx\n",
        "from a import (\n    b,  # two\n)\nx\n",
    ),
    "on lines, between": (
        "from a import (\n    b,  # one\n    T,  # two\n    c,\n)\nx\n",
        "from a import (\n    b,  # one\n    c,\n)\nx\n",
    ),
    "on lines, last": (
        "from a import (\n    b,  # one\n    T,\n)\nx\n",
        "from a import (\n    b,  # one\n)\nx\n",
    ),
    "the only statement of a block": (
        "try:\n    import theano\nexcept ImportError:\n    x\n",
        "try:\n    pass\nexcept ImportError:\n    x\n",
    ),
    "all statements of a block": (
        "def f():\n    import theano\n    import theano.tensor as T\nx\n",
        "def f():\n    pass\nx\n",
    ),
    "a block on one line": ("if x: import theano\nx\n", "if x: pass\nx\n"),
    "one of a block": (
        "with x:\n    import theano\n    x\nx\n",
        "with x:\n    x\nx\n",
    ),
    "beside non-ASCII text": ("é = 'ü'; import theano; x\n", "é = 'ü'; x\n"),
}


@pytest.mark.parametrize(("before", "after"), REMOVED.values(), ids=REMOVED)
def test_what_a_removal_leaves(before: str, after: str) -> None:
    parsed = module(before)
    doomed = {}
    for node in dict.fromkeys(one.node for one in parsed.names.imports):
        gone = [
            (name, alias)
            for name, alias in node.names
            if name.startswith("theano") or name in ("T", "R")
        ]
        if gone:
            doomed[node] = gone
    assert splice(before, removals(parsed.source, doomed)) == after
    assert parses(after)


def test_only_what_a_fix_left_unused_is_removed() -> None:
    before = module("import theano, os\nimport theano.tensor as T\nT.dot(os, x)\n")
    after = module("import theano, os\nimport theano.tensor as T\nmatmul(x)\n")
    assert splice(after.source.text, unused_after(before, after)) == "import theano\nmatmul(x)\n"
