"""Where tensors and operations are placed."""

PREFIX = "device"
IDS = "68"
ROOTS = ("theano", "tensorflow", "torch")
