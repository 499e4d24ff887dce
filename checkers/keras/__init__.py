"""Keras, stand-alone and inside TensorFlow."""

PREFIX = "keras"
IDS = "69"
ROOTS = ("keras", "tensorflow")
