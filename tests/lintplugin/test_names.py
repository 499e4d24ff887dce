"""What names denote: silence where it is not certain, then every way to bind a framework."""

from __future__ import annotations

import ast
import builtins
import contextlib
import os
import random
import sys
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lintplugin import parsing
from lintplugin.analysis import analyse
from lintplugin.names import Names, parts
from lintplugin.project import Project
from lintplugin.source import Source

ROOTS = frozenset({"tensorflow", "theano"})
KNOWN = frozenset(
    {"tensorflow.Session", "tensorflow.range", "tensorflow.placeholder", "theano.tensor.dot"}
)


def names_of(text: str, path: str = "module.py", project: bool = False) -> Names:
    tree = parsing.parse(Source(path, text))
    exports = Project.around(path) if project else None
    return Names(tree, ROOTS, KNOWN.__contains__, exports, ["run"])


def marked(text: str) -> dict[int, list[str]]:
    """Expected names by line: those after ``# =``, none on a line without."""
    lines = enumerate(text.splitlines(), 1)
    stated = ((number, line.partition("  # = ")[2]) for number, line in lines)
    return {number: sorted(apis.split(", ")) for number, apis in stated if apis}


def found(names: Names) -> dict[int, list[str]]:
    by_line: dict[int, list[str]] = defaultdict(list)
    for reference in names.references():
        by_line[reference.node.lineno].append(reference.api)
    return {line: sorted(apis) for line, apis in by_line.items()}


def check(text: str) -> None:
    text = textwrap.dedent(text).lstrip("\n")
    assert found(names_of(text)) == marked(text)


# Each line that must be found says so; every other line is silent.
SILENT = {
    "no import": "tf.Session()",
    "an unrelated module": """
        import tf
        from unrelated import tf as other
        import tensorflow_probability as tfp
        tf.Session()
        other.Session()
        tfp.Session()
    """,
    "a module of ours in a foreign package": """
        from . import tensorflow
        from .tensorflow import Session
        from ..theano import tensor as T
        tensorflow.Session()
        Session()
        T.dot()
    """,
    "used before it is bound": """
        tf.Session()
        import tensorflow as tf
    """,
    "rebound": """
        import tensorflow as tf
        tf.Session()  # = tensorflow.Session
        tf = load()
        tf.Session()
    """,
    "rebound in one branch": """
        import tensorflow as tf
        if fast:
            tf = load()
            tf.Session()
        tf.Session()
    """,
    "bound in one branch to something else": """
        if fast:
            tf = load()
        else:
            import tensorflow as tf
            tf.Session()  # = tensorflow.Session
        tf.Session()
    """,
    "rebound later, used in a function": """
        import tensorflow as tf
        def f():
            tf.Session()
        tf = load()
    """,
    "rebound in a loop, read at its top": """
        import tensorflow as tf
        for item in items:
            tf.Session()
            tf = load()
    """,
    "rebound in a while loop": """
        import tensorflow as tf
        while tf.Session():
            tf = load()
    """,
    "rebound in a match": """
        import tensorflow as tf
        match value:
            case 1:
                tf = load()
        tf.Session()
    """,
    "bound in a match": """
        tf = load()
        match value:
            case 1:
                import tensorflow as tf
        tf.Session()
    """,
    "captured by a pattern": """
        import tensorflow as tf
        def f(value):
            match value:
                case [1, tf]:
                    tf.Session()
                case {"a": T, **theano}:
                    theano.shared()
                case str() as tf:
                    tf.Session()
                case [*tf]:
                    tf.Session()
        import theano
    """,
    "deleted": """
        import tensorflow as tf
        tf.Session()  # = tensorflow.Session
        del tf
        tf.Session()
    """,
    "deleted in a function, which makes it local": """
        import tensorflow as tf
        def f():
            tf.Session()
            del tf
    """,
    "shadowed by a parameter": """
        import tensorflow as tf
        def f(tf):
            tf.Session()
        def g(*tf):
            tf.Session()
        def h(**tf):
            tf.Session()
        def i(a, /, *, tf=None):
            tf.Session()
        async def j(tf):
            tf.Session()
        k = lambda tf: tf.Session()
    """,
    "a parameter whose calls disagree": """
        import tensorflow as tf
        def build(lib):
            lib.Session()
        build(tf)  # = tensorflow
        build(load())
    """,
    "a parameter of a function that is also passed as a value": """
        import tensorflow as tf
        def build(lib):
            lib.Session()
        build(tf)  # = tensorflow
        register(build)
    """,
    "a parameter that nobody fills": """
        import tensorflow as tf
        def build(lib=tf):  # = tensorflow
            lib.Session()
    """,
    "a parameter filled behind stars": """
        import tensorflow as tf
        def build(lib, other=tf):  # = tensorflow
            lib.Session()
            other.Session()
        build(*arguments)
        build(**options)
    """,
    "shadowed by a target of a comprehension": """
        import tensorflow as tf
        [tf.Session() for tf in libraries]
        {tf.Session() for tf in libraries}
        {tf: tf.Session() for tf in libraries}
        (tf.Session() for tf in libraries if tf.Session())
    """,
    "bound by a loop": """
        import tensorflow as tf
        for tf in libraries:
            tf.Session()
        tf.Session()
    """,
    "bound by an asynchronous loop and manager": """
        import tensorflow as tf
        async def f():
            async for tf in libraries:
                tf.Session()
        async def g():
            async with library() as tf:
                tf.Session()
    """,
    "bound by an exception handler": """
        import tensorflow as tf
        try:
            load()
        except Exception as tf:
            tf.Session()
    """,
    "bound by with": """
        import tensorflow as tf
        with library() as tf:
            tf.Session()
        with libraries() as (a, tf):
            tf.Session()
    """,
    "bound by unpacking": """
        import tensorflow as tf
        a, (b, tf) = libraries
        tf.Session()
        a, *tf = libraries
        tf.Session()
    """,
    "bound by a walrus": """
        import tensorflow as tf
        if (tf := load()):
            tf.Session()
    """,
    "bound by a walrus in a comprehension, which is the function's": """
        import tensorflow as tf
        def f():
            [tf := load() for item in items]
            tf.Session()
    """,
    "bound by an augmented assignment": """
        import tensorflow as tf
        tf += 1
        tf.Session()
    """,
    "the name of a function or class": """
        import tensorflow as tf
        def tf():
            pass
        tf.Session()
        import theano
        class theano:
            pass
        theano.shared()
    """,
    "a name in a class is no name of its methods": """
        class Model:
            import tensorflow as tf
            tf.Session()  # = tensorflow.Session
            def run(self):
                tf.Session()
                return [tf.Session() for item in self.items]
    """,
    "a name in a class is no name of its comprehensions": """
        class Model:
            import tensorflow as tf
            made = [tf.Session() for item in tf.items()]  # = tensorflow.items
    """,
    "imported in another function": """
        def load():
            import tensorflow as tf
        def run():
            tf.Session()
    """,
    "local in this function, though bound outside": """
        import tensorflow as tf
        def f():
            tf.Session()
            tf = load()
    """,
    "rebound through global": """
        import tensorflow as tf
        def switch():
            global tf
            tf = load()
        def run():
            tf.Session()
    """,
    "rebound through nonlocal": """
        def outer():
            import tensorflow as tf
            def switch():
                nonlocal tf
                tf = load()
            def run():
                tf.Session()
    """,
    "a guarded import of the modern name": """
        try:
            import tensorflow.compat.v1 as tf
        except ImportError:
            import tensorflow as tf
        tf.Session()
        def f():
            tf.placeholder()
    """,
    "a guarded import of something else": """
        try:
            import theano.tensor as T
        except ImportError:
            import pytensor.tensor as T
        T.dot()
    """,
    "a choice by condition": """
        if modern:
            import tensorflow as tf
        else:
            import tensorflow.compat.v1 as tf
        tf.Session()
    """,
    "behind a test of the version": """
        import tensorflow as tf
        if tf.__version__.startswith("1."):  # = tensorflow.__version__.startswith
            tf.Session()
        elif tf.VERSION > "2":
            tf.compat.v1.Session()
        else:
            def f():
                tf.Session()
    """,
    "behind a test of the version in an expression": """
        import tensorflow as tf
        is_old = tf.__version__ < "2"  # = tensorflow.__version__
        make = tf.Session if is_old else tf.compat.v1.Session
    """,
    "behind a flag made from the version": """
        import tensorflow as tf
        IS_OLD = int(tf.__version__[0]) < 2  # = tensorflow.__version__
        if IS_OLD:
            tf.Session()
        def f():
            if not IS_OLD:
                tf.compat.v1.Session()
    """,
    "behind a test for the attribute": """
        import tensorflow as tf
        if hasattr(tf, "Session"):  # = tensorflow
            tf.Session()
    """,
    "self that is no method's": """
        import tensorflow as tf
        def f(self):
            self.tf = tf  # = tensorflow
        def g(self):
            self.tf.Session()
    """,
    "an attribute that is set to two things": """
        import tensorflow as tf
        class Model:
            def __init__(self):
                self.tf = tf  # = tensorflow
            def switch(self):
                self.tf = load()
            def run(self):
                self.tf.Session()
    """,
    "an attribute that is changed in place": """
        import tensorflow as tf
        class Model:
            def __init__(self):
                self.x = tf.zeros(3)  # = tensorflow.zeros
            def change(self):
                self.x += 1
            def run(self):
                self.x.eval()
    """,
    "an attribute of another class": """
        import tensorflow as tf
        class Model:
            def __init__(self):
                self.tf = tf  # = tensorflow
        class Other:
            def run(self):
                self.tf.Session()
    """,
    "an attribute of what a static method takes": """
        import tensorflow as tf
        class Model:
            def __init__(self):
                self.tf = tf  # = tensorflow
            @staticmethod
            def run(other):
                other.tf.Session()
            def outer(self):
                def inner(self):
                    self.tf.Session()
    """,
    "names that a star does not provide": """
        from tensorflow import *
        from somewhere import *
        Unknown()
        print()
        _private()
    """,
    "names of our own beside a star": """
        from tensorflow import *
        def Session():
            pass
        Session()
        def f(placeholder):
            placeholder()
    """,
    "what is not a name": """
        import tensorflow as tf
        "tf.Session()"
        tensorflow.Session()
        other.tf.Session()
        f(tf=1)
    """,
    "cycles": """
        a = b
        b = a
        a.Session()
        def f(x):
            return f(x)
        c = c
    """,
}

BOUND = {
    "import": """
        import tensorflow
        tensorflow.Session()  # = tensorflow.Session
    """,
    "import under an alias": """
        import tensorflow as tf
        tf.Session()  # = tensorflow.Session
    """,
    "import of a submodule": """
        import theano.tensor.nnet
        theano.tensor.nnet.sigmoid()  # = theano.tensor.nnet.sigmoid
        theano.shared()  # = theano.shared
    """,
    "import of a submodule under an alias": """
        import theano.tensor as T, theano
        T.dot()  # = theano.tensor.dot
        theano.shared()  # = theano.shared
    """,
    "import twice": """
        import theano
        import theano.tensor
        theano.tensor.dot()  # = theano.tensor.dot
    """,
    "from import": """
        from tensorflow import Session, placeholder as P
        from theano.tensor.nnet import (
            sigmoid,
        )
        Session()  # = tensorflow.Session
        P()  # = tensorflow.placeholder
        sigmoid()  # = theano.tensor.nnet.sigmoid
    """,
    "import in a function": """
        def f():
            import tensorflow as tf
            tf.Session()  # = tensorflow.Session
            def g():
                return lambda: tf.Session()  # = tensorflow.Session
    """,
    "import in a function that is called before its text": """
        def f():
            tf.Session()  # = tensorflow.Session
        import tensorflow as tf
        f()
    """,
    "import that may fail": """
        try:
            import tensorflow as tf
        except ImportError:
            tf = None
        if tf is not None:  # = tensorflow
            tf.Session()  # = tensorflow.Session
        try:
            import theano
        except ImportError:
            raise
        theano.shared()  # = theano.shared
    """,
    "None first": """
        tf = None
        def load():
            global tf
            import tensorflow as tf
        def f():
            tf.Session()  # = tensorflow.Session
    """,
    "assignment": """
        import tensorflow as tf
        tf1 = tf.compat.v1  # = tensorflow.compat.v1
        S = tf.Session  # = tensorflow.Session
        slim = tf.contrib.slim  # = tensorflow.contrib.slim
        tf1.Session()  # = tensorflow.compat.v1.Session
        S()  # = tensorflow.Session
        slim.conv2d()  # = tensorflow.contrib.slim.conv2d
        def f():
            return S()  # = tensorflow.Session
    """,
    "assignment with an annotation": """
        import tensorflow as tf
        lib: object = tf  # = tensorflow
        lib.Session()  # = tensorflow.Session
        session: tf.Session  # = tensorflow.Session
        session = tf.Session()  # = tensorflow.Session
        session.run()  # = tensorflow.Session().run
    """,
    "assignment to two names": """
        import tensorflow as tf
        a = b = tf  # = tensorflow
        a.Session()  # = tensorflow.Session
        b.Session()  # = tensorflow.Session
    """,
    "a long way of assignments": """
        import tensorflow as tf
        a = tf  # = tensorflow
        b = a  # = tensorflow
        c = b  # = tensorflow
        c.Session()  # = tensorflow.Session
    """,
    "rebinding to its own part": """
        import tensorflow as tf
        tf = tf.compat.v1  # = tensorflow.compat.v1
        tf.Session()  # = tensorflow.compat.v1.Session
    """,
    "rebinding seen from a function that follows": """
        import tensorflow as tf
        tf = tf.compat.v1  # = tensorflow.compat.v1
        def f():
            tf.Session()  # = tensorflow.compat.v1.Session
        made = [tf.Session() for item in items]  # = tensorflow.compat.v1.Session
    """,
    "agreement": """
        if fast:
            import tensorflow as tf
        else:
            import tensorflow as tf
        tf.Session()  # = tensorflow.Session
        lib = tf if fast else tf  # = tensorflow, tensorflow
        lib.Session()  # = tensorflow.Session
    """,
    "tuples": """
        import tensorflow as tf, theano
        a, b = tf, theano  # = tensorflow, theano
        [c, d] = a, b  # = tensorflow, theano
        c.Session()  # = tensorflow.Session
        d.shared()  # = theano.shared
        values, updates = theano.scan()  # = theano.scan
        updates.keys()  # = theano.scan()[1].keys
        first = theano.scan()[0]  # = theano.scan
        first.sum()  # = theano.scan()[0].sum
    """,
    "with": """
        import tensorflow as tf
        with tf.Session() as sess, tf.device("x"):  # = tensorflow.Session, tensorflow.device
            sess.run()  # = tensorflow.Session().run
    """,
    "walrus": """
        import tensorflow as tf
        if (sess := tf.Session()):  # = tensorflow.Session
            sess.run()  # = tensorflow.Session().run
        (lib := tf).Session()  # = tensorflow
        lib.Session()  # = tensorflow.Session
    """,
    "attributes of self": """
        import tensorflow as tf
        class Model:
            def __init__(self):
                self.tf = tf  # = tensorflow
                self.sess = self.tf.Session()  # = tensorflow.Session
                self.a, self.b = tf.split()  # = tensorflow.split
            def run(self):
                self.sess.run()  # = tensorflow.Session().run
                self.b.eval()  # = tensorflow.split()[1].eval
                lib = self.tf  # = tensorflow
                return lambda: lib.Session()  # = tensorflow.Session
            async def wait(this, /):
                this.tf.Session()  # = tensorflow.Session
            def closure(self):
                def inner():
                    self.sess.close()  # = tensorflow.Session().close
    """,
    "attributes of self that are None at first": """
        import tensorflow as tf
        class Model:
            def __init__(self):
                self.sess = None
            def open(self):
                self.sess = tf.Session()  # = tensorflow.Session
            def run(self):
                self.sess.run()  # = tensorflow.Session().run
    """,
    "parameters whose calls agree": """
        import tensorflow as tf
        def build(lib, name, /, other=tf, *, last=tf):  # = tensorflow, tensorflow
            lib.Session()  # = tensorflow.Session
            other.Session()  # = tensorflow.Session
            last.Session()  # = tensorflow.Session
            name.strip()
        build(tf, "a")  # = tensorflow
        build(tf, "b", last=tf)  # = tensorflow, tensorflow
    """,
    "parameters with an annotation": """
        import tensorflow as tf
        def f(t: tf.Tensor, /, *, u: tf.Tensor, v: int):  # = tensorflow.Tensor, tensorflow.Tensor
            t.eval()  # = tensorflow.Tensor().eval
            u.eval()  # = tensorflow.Tensor().eval
            v.eval()
    """,
    "parameters of a nested function": """
        import tensorflow as tf
        def main():
            def build(lib):
                lib.Session()  # = tensorflow.Session
            build(tf)  # = tensorflow
    """,
    "star": """
        from tensorflow import *
        Session()  # = tensorflow.Session
        range()  # = tensorflow.range
        def f():
            return placeholder()  # = tensorflow.placeholder
    """,
    "two stars": """
        from tensorflow import *
        from theano.tensor import *
        dot()  # = theano.tensor.dot
        Session()  # = tensorflow.Session
    """,
    "values and calls of calls": """
        import tensorflow as tf
        f(tf.nn.relu, key=tf.float32)  # = tensorflow.nn.relu, tensorflow.float32
        tf.train.Adam().minimize()  # = tensorflow.train.Adam, tensorflow.train.Adam().minimize
        tf.a[0].b()  # = tensorflow.a, tensorflow.a[0].b
    """,
    "places outside the function that stands there": """
        import tensorflow as tf
        @tf.function  # = tensorflow.function
        def f(
            tf,
            b=tf.zeros,  # = tensorflow.zeros
            *args: tf.Tensor,  # = tensorflow.Tensor
            c=tf.ones,  # = tensorflow.ones
        ) -> tf.Tensor:  # = tensorflow.Tensor
            tf.Session()
        @tf.wrap  # = tensorflow.wrap
        class C(tf.Module, key=tf.Meta):  # = tensorflow.Meta, tensorflow.Module
            tf = None
        g = lambda tf=tf.zeros: tf  # = tensorflow.zeros
    """,
    "a class takes what is bound outside it": """
        import tensorflow as tf
        class C:
            made = tf.Session()  # = tensorflow.Session
            tf = tf.compat.v1  # = tensorflow.compat.v1
            later = tf.Session()  # = tensorflow.compat.v1.Session
            def run(self):
                tf.Session()  # = tensorflow.Session
    """,
    "the first iterable of a comprehension is outside it": """
        import tensorflow as tf
        [tf.a for tf in tf.all()]  # = tensorflow.all
        [tf.b for a in tf.all() for tf in tf.some()]  # = tensorflow.all
    """,
    "a generator's own names": """
        import theano
        list(T.dot() for T in [theano.tensor])  # = theano.tensor
    """,
    "global and nonlocal": """
        def load():
            global tf
            import tensorflow as tf
        def f():
            tf.Session()  # = tensorflow.Session
        def outer():
            T = None
            def inner():
                nonlocal T
                import theano.tensor as T
            T.dot()  # = theano.tensor.dot
        global theano
        import theano
        theano.shared()  # = theano.shared
    """,
    "in loops": """
        for item in items:
            if item:
                tf.Session()  # = tensorflow.Session
            import tensorflow as tf
        while True:
            T.dot()  # = theano.tensor.dot
            import theano.tensor as T
    """,
    "strings with expressions": """
        import tensorflow as tf
        f"{tf.A!r:>{tf.B}} {tf.c()}"  # = tensorflow.A, tensorflow.B, tensorflow.c
    """,
    "in all kinds of statements": """
        import tensorflow as tf
        async def f():
            async with tf.a():  # = tensorflow.a
                await tf.b()  # = tensorflow.b
            async for y in tf.c():  # = tensorflow.c
                yield tf.d  # = tensorflow.d
            try:
                raise tf.E  # = tensorflow.E
            except tf.errors.G as e:  # = tensorflow.errors.G
                assert tf.h, tf.i  # = tensorflow.h, tensorflow.i
            finally:
                del z[tf.j]  # = tensorflow.j
        match tf.k:  # = tensorflow.k
            case tf.L | {tf.M: _}:  # = tensorflow.L, tensorflow.M
                {**tf.n, tf.o: tf.p}  # = tensorflow.n, tensorflow.o, tensorflow.p
            case tf.Q(a=tf.R) if tf.s:  # = tensorflow.Q, tensorflow.R, tensorflow.s
                x[tf.t : tf.u]  # = tensorflow.t, tensorflow.u
        0 < tf.v < (yield_ := tf.w)  # = tensorflow.v, tensorflow.w
        tf.x += tf.y  # = tensorflow, tensorflow.y
    """,
    "a test that is no guard": """
        import tensorflow as tf
        if hasattr(self, "session"):
            tf.Session()  # = tensorflow.Session
    """,
}

if sys.version_info >= (3, 12):
    SILENT["type parameters"] = """
        import tensorflow as tf
        def f[tf](x: tf.A):
            tf.Session()
        class C[tf]:
            a: tf.A
            def g(self):
                tf.Session()
        type X[tf] = tf.A
    """
    BOUND["bounds of type parameters"] = """
        import tensorflow as tf
        def f[S: tf.A](x: S):  # = tensorflow.A
            tf.Session()  # = tensorflow.Session
        class C[S: tf.A](tf.B):  # = tensorflow.A, tensorflow.B
            pass
        type X[S: tf.A] = tf.B  # = tensorflow.A, tensorflow.B
        tf.Session()  # = tensorflow.Session
    """


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_silent(text: str) -> None:
    check(text)


@pytest.mark.parametrize("text", BOUND.values(), ids=BOUND)
def test_bound(text: str) -> None:
    check(text)


PROJECT_SILENT = {
    "names that the other module does not have": {
        "compat.py": "import tensorflow as tf",
        "main.py": """
            from compat import other, load
            import compat
            other.Session()
            load.tf.Session()
            compat.other.Session()
            compat.Session()
        """,
    },
    "names that the other module rebinds": {
        "compat.py": """
            try:
                import tensorflow.compat.v1 as tf
            except ImportError:
                import tensorflow as tf
            import theano
            theano = load()
        """,
        "main.py": """
            from compat import tf, theano
            tf.Session()
            theano.shared()
        """,
    },
    "a function that is named as the framework": {
        "compat.py": """
            import tensorflow as tf
            def theano():
                return tf
        """,
        "main.py": """
            from compat import theano
            theano.shared()
        """,
    },
    "a file that does not parse, is not text, or is not there": {
        "broken.py": "import tensorflow as tf\n(",
        "bytes.py": "import tensorflow as tf\n\0",
        "main.py": """
            from broken import tf as a
            from bytes import tf as b
            from nowhere import tf as c
            from .nowhere import tf as d
            from ...... import tf as e
            a.Session(), b.Session(), c.Session(), d.Session(), e.Session()
        """,
    },
    "modules that import each other": {
        "other.py": "from main import tf",
        "main.py": """
            from other import tf
            tf.Session()
        """,
    },
    "a module of ours that has the name of a framework": {
        "package/__init__.py": "",
        "package/theano.py": "def shared(): pass",
        "package/main.py": """
            from . import theano
            from .theano import shared
            theano.shared()
            shared()
        """,
    },
}

_CALLED = """
    def train(s):
        s.run()
"""

for _title, _caller in {
    "passes two things": "train(tf.Session())\ntrain(1)",
    "passes something unknown": "train(other())",
    "passes a star": "train(*[tf.Session()])",
    "passes two stars": "train(**{'s': tf.Session()})",
    "passes too little": "train()",
    "gives the function away": "train(tf.Session())\nprint(train)",
    "keeps the module": "train(tf.Session())\nimport main\nprint(main)",
    "imports all of it": "train(tf.Session())\nfrom main import *",
    "does not parse": "train(tf.Session())\n(",
}.items():
    PROJECT_SILENT[f"a parameter, where another module {_title}"] = {
        "main.py": _CALLED,
        "caller.py": f"import tensorflow as tf\nfrom main import train\n{_caller}\n",
    }
PROJECT_SILENT["a parameter, where a package passes the function on"] = {
    "package/main.py": _CALLED,
    "package/__init__.py": "from .main import train",
    "package/caller.py": """
        import tensorflow as tf
        from .main import train
        train(tf.Session())
    """,
}
PROJECT_SILENT["parameters of modules that call each other"] = {
    "main.py": """
        import other
        def train(s):
            s.run()
            other.train(s)
    """,
    "other.py": """
        import main
        def train(s):
            s.run()
            main.train(s)
    """,
}
PROJECT_SILENT["a parameter, where a module of the same name is called"] = {
    "main.py": _CALLED,
    "package/__init__.py": "",
    "package/inner/__init__.py": "",
    "package/inner/main.py": _CALLED,
    "package/inner/caller.py": """
        import tensorflow as tf
        from . import main
        main.other(tf.Session())
    """,
}

PROJECT_BOUND = {
    "beside": {
        "compat.py": "import tensorflow as tf\nSession = tf.Session",
        "main.py": """
            from compat import tf, Session as S
            import compat
            import compat as c
            tf.Session()  # = tensorflow.Session
            S()  # = tensorflow.Session
            compat.tf.Session()  # = tensorflow.Session
            c.Session().run()  # = tensorflow.Session, tensorflow.Session().run
        """,
    },
    "relative": {
        "package/__init__.py": "import theano",
        "package/compat.py": "import tensorflow as tf",
        "package/inner/__init__.py": "",
        "package/inner/main.py": """
            from ..compat import tf
            from .. import theano, compat
            from ... import nothing
            tf.Session()  # = tensorflow.Session
            theano.shared()  # = theano.shared
            compat.tf.Session()  # = tensorflow.Session
        """,
    },
    "absolute, from the root of the package": {
        "package/__init__.py": "",
        "package/compat/__init__.py": "from .tensors import tf",
        "package/compat/tensors.py": "import tensorflow as tf",
        "package/inner/__init__.py": "",
        "package/inner/main.py": """
            from package.compat import tf
            import package.compat as c
            tf.Session()  # = tensorflow.Session
            c.tf.Session()  # = tensorflow.Session
        """,
    },
    "through several modules": {
        "a.py": "import tensorflow as tf",
        "b.py": "from a import tf as lib",
        "main.py": """
            from b import lib
            lib.Session()  # = tensorflow.Session
        """,
    },
    "by star": {
        "compat.py": "import tensorflow as tf",
        "main.py": """
            from compat import *
            tf.Session()  # = tensorflow.Session
        """,
    },
    "parameters that another module fills": {
        "main.py": """
            def train(s, steps=2):
                s.run(steps)  # = tensorflow.Session().run
            class Model:
                def __init__(self, name, s):
                    self.name = name
                    self.s = s  # = tensorflow.Session()
                def step(self):
                    self.s.run()  # = tensorflow.Session().run
                    self.name.run()
        """,
        "scripts/start.py": """
            import tensorflow as tf
            import main
            with tf.Session() as sess:
                main.train(sess)
        """,
        "start.py": """
            import tensorflow as tf
            from main import (
                Model as M, train
            )
            sess = tf.Session()
            train(steps=3, s=sess)
            M("a", sess)
        """,
    },
    "parameters that the modules of a package fill": {
        "package/__init__.py": "",
        "package/main.py": """
            def train(s):
                s.run()  # = tensorflow.Session().run
            def again(s):
                train(s)  # = tensorflow.Session()
        """,
        "package/a/__init__.py": "",
        "package/a/b.py": """
            from tensorflow import Session
            from ..main import again
            from .. import main
            import package.main
            import package.main as alias
            again(Session())
            main.again(Session())
            package.main.again(Session())
            alias.again(Session())
        """,
    },
    "parameters that are passed on from module to module": {
        "main.py": """
            def train(s):
                s.run()  # = tensorflow.Session().run
        """,
        "b.py": """
            import main
            def go(t):
                main.train(t)
                t.run
        """,
        "c.py": """
            import b
            import tensorflow as tf
            b.go(tf.Session())
        """,
    },
}


@pytest.mark.parametrize("files", PROJECT_SILENT.values(), ids=PROJECT_SILENT)
def test_silent_across_modules(files: dict[str, str], write: Callable[..., Path]) -> None:
    check_project(files, write)


@pytest.mark.parametrize("files", PROJECT_BOUND.values(), ids=PROJECT_BOUND)
def test_bound_across_modules(files: dict[str, str], write: Callable[..., Path]) -> None:
    check_project(files, write)


def check_project(files: Mapping[str, str], write: Callable[..., Path]) -> None:
    path = write(dict(files)) / next(name for name in files if name.endswith("main.py"))
    text = path.read_text("utf-8")
    assert found(names_of(text, str(path), project=True)) == marked(text)


def test_what_is_followed_is_less_certain() -> None:
    names = names_of(
        "import tensorflow as tf\n"
        "from tensorflow import *\n"
        "tf.zeros(3)\n"
        "S = tf.Session\n"
        "S()\n"
        "placeholder()\n"
    )
    confidence = {reference.api: reference.confidence for reference in names.references()}
    assert confidence == {
        "tensorflow.zeros": "HIGH",
        "tensorflow.Session": "INFERENCE",
        "tensorflow.placeholder": "INFERENCE",
    }
    assert [one.confidence for one in names.references() if one.api.endswith("Session")] == [
        "HIGH",
        "INFERENCE",
    ]


def test_a_reference_knows_its_call_and_its_parts() -> None:
    names = names_of("import theano.tensor as T\nT.nnet.relu(x)\nf(T.nnet)\n")
    called, passed = names.references()
    assert called.call is not None
    assert called.call.args[0].name == "x"
    assert list(parts(called.api))[:3] == [
        "theano.tensor.nnet.relu",
        "theano.tensor.nnet",
        "theano.tensor",
    ]
    written = [one and one.as_string() for one in map(called.part, parts(called.api))]
    assert written == ["T.nnet.relu", "T.nnet", "T", None]
    assert called.part("theano.tensor.nnet.rel") is None
    assert passed.call is None


def test_references_and_imports_come_in_the_order_of_the_text() -> None:
    names = names_of(
        "import os\n"
        "import tensorflow as tf, theano\n"
        "f(tf.a(tf.b), g(tf.c)).h(theano.d)\n"
        "from theano import tensor\n"
        "def f():\n"
        "    import sys\n"
    )
    assert [reference.api for reference in names.references()] == [
        "tensorflow.a",
        "tensorflow.b",
        "tensorflow.c",
        "theano.d",
    ]
    assert [(one.api, one.name) for one in names.imports] == [
        ("os", "os"),
        ("tensorflow", "tf"),
        ("theano", "theano"),
        ("theano.tensor", "tensor"),
        ("sys", "sys"),
    ]


def test_a_long_chain_is_followed_from_whichever_end_it_is_asked() -> None:
    steps = 40
    lines = ["import tensorflow as a0", *(f"a{n + 1} = a{n}" for n in range(steps))]
    text = "\n".join([*lines, f"a{steps}.Session()", ""])
    names = names_of(text)
    last = names.uses(f"a{steps}")[0]
    assert names.api(last) == "tensorflow"
    assert found(names_of(text))[steps + 2] == ["tensorflow.Session"]


def test_a_parser_limit_of_nesting_is_no_limit_here() -> None:
    depth = 3000
    text = "import tensorflow as tf\nx = " + "+".join(["tf.a"] * depth) + "\n"
    assert len(names_of(text).references()) == depth
    text = "import tensorflow as tf\ntf.a" + ".b()" * 400 + "\n"
    assert len(names_of(text).references()) == 400


# Programs made of pieces that do not touch each other's names.

PIECES = [
    "import tensorflow as tf\ntf.Session()\n",
    "import theano.tensor as T\nshape = T.dot\nshape(1)\n",
    "from tensorflow import Session as S\nwith S() as sess:\n    sess.run(1)\n",
    "def build(lib):\n    return lib.zeros(3)\nimport tensorflow as frame\nbuild(frame)\n",
    "class Model:\n    def __init__(self):\n        import theano\n        self.t = theano\n"
    "    def run(self):\n        return self.t.shared(1)\n",
    "try:\n    import theano as th\nexcept ImportError:\n    th = None\n"
    "def g():\n    th.shared(0)\n",
]

UNRELATED = [
    "x1 = 1\n",
    "def h1(a1, *b1, c1=2, **d1):\n    return a1\n",
    "class C1:\n    def m1(self):\n        self.e1 = h1\n",
    "for i1 in range(3):\n    j1 = i1\nelse:\n    k1 = 0\n",
    "[l1 for l1 in (m1 := [1])]\n",
    "import os as n1, sys\n",
    "with open('f') as o1:\n    p1, *q1 = o1\n",
    "try:\n    r1 = 1\nexcept ValueError as s1:\n    pass\nfinally:\n    del r1\n",
    "def t1():\n    global u1\n    u1 = lambda v1: v1\n    return build1(1)\n",
    "def build1(lib1):\n    return lib1.zeros(3)\n",
    "match 1:\n    case [w1, *x1]:\n        pass\n    case _:\n        y1: int\n",
    "async def z1():\n    async for a2 in z1():\n        await a2\n",
]


@given(
    pieces=st.permutations(PIECES),
    unrelated=st.lists(st.tuples(st.sampled_from(UNRELATED), st.integers(0, len(PIECES)))),
)
@settings(max_examples=150, derandomize=True)
def test_resolution_is_independent_of_unrelated_code(
    pieces: list[str], unrelated: list[tuple[str, int]]
) -> None:
    alone = [names_of(piece).references() for piece in pieces]
    mixed = list(pieces)
    for text, place in unrelated:
        mixed.insert(place, text)
    together = names_of("".join(mixed)).references()
    assert [reference.api for reference in together] == [
        reference.api for references in alone for reference in references
    ]


# Programs that run: what a name denotes must be what it was when it was read.


class Thing:
    """Anything that is no framework."""

    def __init__(self, api: str = "") -> None:
        self.__dict__["api"] = api

    def __getattr__(self, name: str) -> Thing:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(self)(f"{self.api}.{name}")

    def __setattr__(self, name: str, value: object) -> None:
        pass

    def __call__(self, *args: object, **kwargs: object) -> Thing:
        return type(self)(f"{self.api}()")

    def __iter__(self) -> Iterator[Thing]:
        return iter([type(self)(f"{self.api}[{index}]") for index in range(2)])

    def __enter__(self) -> Thing:
        return self

    def __exit__(self, *args: object) -> None:
        pass


class Framework(Thing):
    """Stands for a framework or something made by it, and knows its dotted name."""


class Program:
    """A random program of bindings and uses of four names, in every order and nesting."""

    NAMES = ("a", "b", "c", "d")

    def __init__(self, numbers: random.Random) -> None:
        self.numbers = numbers
        self.lines = ["import tensorflow as a", "import theano as b", "c = a.x", "d = thing()"]
        for _ in range(numbers.randint(4, 9)):
            self.statement("", 3, "module")
        self.text = "\n".join([*self.lines, ""])

    def expression(self, depth: int = 2) -> str:
        name = self.numbers.choice(self.NAMES)
        kind = self.numbers.randrange(12) if depth else 0
        if kind < 4:
            return name
        one, other = self.expression(depth - 1), self.expression(depth - 1)
        return {
            4: f"{one}.p",
            5: f"{one}()",
            6: f"({one} if choose() else {other})",
            7: f"({name} := {one})",
            8: f"(lambda {name}: {one})({other})",
            9: f"[{one} for {name} in [{other}]][0]".replace(":=", "or"),
            10: f"keep(lambda: {one})",
            11: "thing()",
        }[kind]

    def block(self, indent: str, depth: int, where: str, first: str = "") -> None:
        if first:
            self.lines.append(f"{indent}    {first}")
        for _ in range(self.numbers.randint(1, 3)):
            self.statement(f"{indent}    ", depth - 1, where)

    def statement(self, indent: str, depth: int, where: str) -> None:
        name, other = self.numbers.sample(self.NAMES, k=2)
        one, two = self.expression(1), self.expression(1)
        if depth and self.numbers.random() < 0.4:
            self.compound(indent, depth, where, name, other, one)
            return
        simple = [
            f"import tensorflow as {name}",
            f"import tensorflow as {name}",
            f"import theano as {name}",
            f"{name} = {self.expression()}",
            f"{name}, {other} = {one}, {two}",
            f"{name} = {other} = {one}",
            f"{name}: int = {one}",
            f"{name} = thing()",
            f"del {name}",
            self.expression(),
            f"return {one}" if where == "function" else self.expression(),
        ]
        self.lines.append(indent + self.numbers.choice(simple))

    def compound(
        self, indent: str, depth: int, where: str, name: str, other: str, value: str
    ) -> None:
        kind = self.numbers.randrange(7)
        if kind == 0:
            self.lines.append(f"{indent}for {name} in [{value}, thing()]:")
            self.block(indent, depth, where)
        elif kind == 1:
            self.lines.append(f"{indent}with {value} as {name}:")
            self.block(indent, depth, where)
        elif kind in (2, 3):
            self.lines.append(f"{indent}if choose():")
            self.block(indent, depth, where)
            if kind == 3:
                self.lines.append(f"{indent}else:")
                self.block(indent, depth, where)
        elif kind == 4:
            self.lines.append(f"{indent}try:")
            self.block(indent, depth, where)
            self.lines.append(f"{indent}    fail()")
            self.lines.append(f"{indent}except Exception as {name}:")
            self.block(indent, depth, where)
        elif kind == 5:
            self.lines.append(f"{indent}class {name}:")
            self.block(indent, depth, "class")
            self.lines.append(f"{indent}    def method(self):")
            self.block(f"{indent}    ", 1, "function")
            self.lines.append(f"{indent}{name}().method()")
        else:
            self.lines.append(f"{indent}def {name}({other}=None):")
            outer = f"nonlocal {name}" if where == "function" else f"global {name}"
            self.block(indent, depth, "function", self.numbers.choice(["pass", outer]))
            self.lines.append(f"{indent}{name}({self.numbers.choice(self.NAMES)})")

    def run(self, seed: int) -> list[tuple[tuple[int, int], object]]:
        """What each name was when it was read, by place, on one way through the program."""
        numbers = random.Random(seed)
        read: list[tuple[tuple[int, int], object]] = []
        kept: list[Callable[[], object]] = []

        def watch(place: tuple[int, int], value: object) -> object:
            read.append((place, value))
            return value

        def fail() -> None:
            raise ValueError

        class Watched(ast.NodeTransformer):
            def visit_Name(self, node: ast.Name) -> ast.AST:
                if node.id not in Program.NAMES or not isinstance(node.ctx, ast.Load):
                    return node
                place = ast.Constant((node.lineno, node.col_offset))
                return ast.Call(ast.Name("watch", ast.Load()), [place, node], [])

        tree = ast.fix_missing_locations(Watched().visit(ast.parse(self.text)))
        scope = {
            "__builtins__": {**vars(builtins), "__import__": lambda name, *_: Framework(name)},
            "__name__": "program",
            "watch": watch,
            "fail": fail,
            "keep": lambda function: kept.append(function) or Thing(),
            "thing": Thing,
            "choose": lambda: numbers.random() < 0.5,
        }
        # Most programs end with an exception; what they read until then counts.
        with contextlib.suppress(Exception):
            exec(compile(tree, "program", "exec"), scope)
        for function in kept:
            with contextlib.suppress(Exception):
                function()
        return read


def compilable(seed: int) -> Program:
    numbers = random.Random(seed)
    while True:
        program = Program(numbers)
        with contextlib.suppress(SyntaxError):
            compile(program.text, "program", "exec")
            return program


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_what_is_denoted_is_what_running_the_program_shows(start: int) -> None:
    denoted = 0
    for seed in range(start, start + 50):
        program = compilable(seed)
        names = names_of(program.text)
        apis = {
            (node.lineno, node.col_offset): names.api(node)
            for name in Program.NAMES
            for node in names.uses(name)
        }
        for way in range(4):
            for place, value in program.run(way):
                api = apis[place]
                if api is not None:
                    shown = value.api if isinstance(value, Framework) else None
                    assert api == shown, f"seed {seed}, {place}:\n{program.text}"
                    denoted += 1
    assert denoted > 50


def test_a_pipe_beside_a_module_is_not_waited_for(tmp_path: Path) -> None:
    """Callers are looked for in the files around, of which one that is no file is none."""
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "gone.py").symlink_to("nowhere.py")
    (tmp_path / "loop.py").symlink_to("loop.py")
    main = tmp_path / "main.py"
    main.write_text("import tensorflow as tf\n\n\ndef train(s):\n    s.run(tf.log(1.0))\n")
    (tmp_path / "caller.py").write_text(
        "import tensorflow as tf\nfrom main import train\n\ntrain(tf.Session())\n"
    )
    report = analyse(Source.read(main))
    assert not report.problems
    assert "tensorflow.Session().run" in {finding.api for finding in report.findings}
