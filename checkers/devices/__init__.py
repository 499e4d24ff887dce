"""Where tensors and operations are placed."""

PREFIX = "device"
ROOTS = ("theano", "tensorflow", "torch")
