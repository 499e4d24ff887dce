"""Symbolic loops: ``scan``, ``while_loop`` and what they leave to the caller."""

PREFIX = ""
IDS = "67"
ROOTS = ("theano", "tensorflow")
