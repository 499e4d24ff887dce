"""TensorFlow 1 names and programs that TensorFlow 2 no longer runs."""

PREFIX = "tf1"
IDS = "66"
ROOTS = (
    "tensorflow",
    "edward",
    "prettytensor",
    "tensorflow_addons",
    "tensorflow_estimator",
    "tensorflow_hub",
    "tf_slim",
    "tflearn",
)
METHODS = ("eval", "run")
