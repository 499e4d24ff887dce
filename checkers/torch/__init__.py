"""PyTorch as ports of Keras and TensorFlow programs write it: names, losses and sizes."""

PREFIX = "torch"
IDS = "70"
ROOTS = ("torch",)
