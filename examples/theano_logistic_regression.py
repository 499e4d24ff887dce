"""Logistic regression in Theano: shared parameters, their gradients, a function that updates."""

import numpy
import theano
import theano.tensor as T

FEATURES = 4
RATE = 0.1

weights = theano.shared(numpy.zeros((FEATURES, 1)), name="weights")
bias = theano.shared(numpy.zeros(1), name="bias", broadcastable=(True,))

x = T.dmatrix("x")
y = T.dmatrix("y")

probability = T.nnet.sigmoid(T.dot(x, weights) + bias)
cost = T.mean(-y * T.log(probability) - (1 - y) * T.log(1 - probability))
weights_gradient, bias_gradient = T.grad(cost, [weights, bias])

train = theano.function(
    inputs=[x, y],
    outputs=cost,
    updates=[
        (weights, weights - RATE * weights_gradient),
        (bias, bias - RATE * bias_gradient),
    ],
)
predict = theano.function(inputs=[x], outputs=probability)
