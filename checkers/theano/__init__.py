"""Theano 1.0 and earlier: unmaintained since 2018, does not import on current NumPy."""

PREFIX = "theano"
IDS = "65"
ROOTS = ("theano",)
ENDED = ("theano",)
