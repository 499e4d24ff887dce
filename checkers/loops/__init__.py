"""Loops: ``scan``, ``while_loop`` and what they leave to the caller; training loops of PyTorch."""

PREFIX = ""
IDS = "67"
ROOTS = ("theano", "tensorflow", "torch")
