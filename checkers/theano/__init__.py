"""Theano 1.0 and earlier: unmaintained since 2018, does not import on current NumPy."""

PREFIX = "theano"
IDS = "65"
# Packages that stand on Theano are among them. A variable, or a module of a package whose name many
# have, only makes a file worth parsing.
ROOTS = (
    "theano",
    "KERAS_BACKEND",
    "THEANO_FLAGS",
    "aesara",
    "aesara_theano_fallback",
    "blocks.bricks",
    "blocks.main_loop",
    "deepy",
    "fuel.datasets",
    "fuel.streams",
    "lasagne",
    "nolearn",
    "pylearn2",
    "pymc3",
    "sklearn_theano",
)
FILES = (".theanorc", "theanorc", ".theanorc.txt", "keras.json")
ENDED = ("theano",)
