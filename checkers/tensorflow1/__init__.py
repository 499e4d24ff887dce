"""TensorFlow 1 names and programs that TensorFlow 2 no longer runs."""

PREFIX = "tf1"
IDS = "66"
ROOTS = ("tensorflow",)
METHODS = ("eval", "run")
