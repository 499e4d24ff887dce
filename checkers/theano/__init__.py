"""Theano 1.0 and earlier: unmaintained since 2018, does not import on current NumPy."""

PREFIX = "theano"
IDS = "65"
# A program that only sets the variable for others names no package.
ROOTS = ("theano", "THEANO_FLAGS")
FILES = (".theanorc", "theanorc", ".theanorc.txt")
