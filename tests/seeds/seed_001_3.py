# What the text before this block defines:
import theano

W = theano.tensor.matrix('W')
b = theano.tensor.vector('b')
x = theano.tensor.matrix('x')
cost = theano.tensor.nnet.sigmoid(theano.tensor.dot(x, W) + b).mean()

# The block:
# Theano-like approach (conceptual): automatic differentiation within compiled graph
# ... (Theano code from Example 1) ...

# Calculate gradients symbolically (Conceptual Theano)
gradients = theano.grad(cost, [W, b])  # Conceptual: Theano's symbolic differentiation

# Compile gradient calculation function (Conceptual Theano)
gradient_function = theano.function([x, W, b], gradients)
