"""Keras, stand-alone and inside TensorFlow."""

PREFIX = "keras"
ROOTS = ("keras", "tensorflow")
