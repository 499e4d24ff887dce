"""What takes the place of ``tensorflow.examples.tutorials.mnist`` in a converted program.

Most tutorials of TensorFlow 1 read their data by it. It gives the same arrays in the same batches,
from the same files, with NumPy alone; :data:`DEFINITIONS` is written into the program.
"""

from __future__ import annotations

#: Names that TensorFlow 1 gave the function.
READERS = frozenset(
    f"tensorflow.{module}.read_data_sets"
    for module in (
        "examples.tutorials.mnist.input_data",
        "contrib.learn.datasets.mnist",
        "contrib.learn.python.learn.datasets.mnist",
    )
)

#: What a program must not use for anything else.
NAMES = frozenset({"DataSet", "DataSets", "read_data_sets", "read_idx"})

#: The one of them whose signature is recorded, and those of its parameters that are kept.
RECORDED = "tensorflow.contrib.learn.datasets.mnist.read_data_sets"
PARAMETERS = "train_dir one_hot reshape validation_size"

#: What the definitions import, by the name that stands for it in them.
MODULES = {
    "collections": "collections",
    "gzip": "gzip",
    "np": "numpy",
    "os": "os",
    "request": "urllib.request",
}

# Shuffles as the legacy class does, by the same calls, so that a seed of NumPy's gives the same
# batches.
DEFINITIONS = '''\
DataSets = {collections}.namedtuple("DataSets", ["train", "validation", "test"])


class DataSet:
    """Images and labels, in batches that are shuffled anew in every epoch."""

    def __init__(self, images, labels):
        self.images = images
        self.labels = labels
        self.num_examples = len(images)
        self.epochs_completed = 0
        self._start = 0

    def next_batch(self, batch_size, shuffle=True):
        """The next images and labels, which may reach into the next epoch."""
        if shuffle and self.epochs_completed == 0 and self._start == 0:
            self._shuffle()
        start, stop = self._start, self._start + batch_size
        images, labels = self.images[start:stop], self.labels[start:stop]
        if stop > self.num_examples:
            self.epochs_completed += 1
            if shuffle:
                self._shuffle()
            stop -= self.num_examples
            images = {np}.concatenate([images, self.images[:stop]])
            labels = {np}.concatenate([labels, self.labels[:stop]])
        self._start = stop
        return images, labels

    def _shuffle(self):
        order = {np}.arange(self.num_examples)
        {np}.random.shuffle(order)
        self.images, self.labels = self.images[order], self.labels[order]


def read_data_sets(train_dir, one_hot=False, reshape=True, validation_size=5000):
    """The MNIST data set from a folder, to which its files are fetched when they are not there."""
    images, labels = {{}}, {{}}
    for name in "train", "t10k":
        pixels = read_idx(train_dir, name + "-images-idx3-ubyte.gz")
        pixels = pixels.reshape(len(pixels), 784) if reshape else pixels[..., {np}.newaxis]
        images[name] = {np}.multiply(pixels.astype({np}.float32), 1.0 / 255.0)
        digits = read_idx(train_dir, name + "-labels-idx1-ubyte.gz")
        labels[name] = {np}.eye(10)[digits] if one_hot else digits
    count = validation_size
    return DataSets(
        train=DataSet(images["train"][count:], labels["train"][count:]),
        validation=DataSet(images["train"][:count], labels["train"][:count]),
        test=DataSet(images["t10k"], labels["t10k"]),
    )


def read_idx(folder, name):
    """The array of a file in the format IDX."""
    path = {os}.path.join(folder, name)
    if not {os}.path.exists(path):
        {os}.makedirs(folder, exist_ok=True)
        source = "https://storage.googleapis.com/cvdf-datasets/mnist/"
        {request}.urlretrieve(source + name, path)
    with {gzip}.open(path) as file:
        data = file.read()
    dimensions = data[3]
    shape = {np}.frombuffer(data, ">u4", dimensions, 4)
    return {np}.frombuffer(data, {np}.uint8, -1, 4 + 4 * dimensions).reshape(shape)
'''
