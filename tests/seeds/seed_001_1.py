# What the text before this block defines:
import theano

# The block:
# Theano-like approach (conceptual): symbolic computation upfront
import numpy as np

# Define weights and biases symbolically
W = theano.tensor.matrix('W') # Conceptual, Theano is deprecated
b = theano.tensor.vector('b') # Conceptual, Theano is deprecated
x = theano.tensor.matrix('x') # Conceptual, Theano is deprecated

# Define the layer's operation symbolically
z = theano.tensor.dot(x, W) + b  # Conceptual, Theano is deprecated
output = theano.tensor.nnet.sigmoid(z) # Conceptual, Theano is deprecated

# Compile the function (Conceptual - Theano's crucial step)
f = theano.function([x, W, b], output)

# Execute with numerical data
X = np.random.rand(1000, 10)
W_val = np.random.rand(10, 5)
b_val = np.random.rand(5)
result = f(X, W_val, b_val)
