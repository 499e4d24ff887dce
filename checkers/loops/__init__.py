"""Symbolic loops: ``scan``, ``while_loop`` and what they leave to the caller."""

PREFIX = ""
ROOTS = ("theano", "tensorflow")
