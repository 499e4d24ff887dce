import theano
import theano.tensor as T

x = T.matrix('x')
y = T.matrix('y')
z = T.dot(x, y)
f = theano.function([x, y], z)

result = f([[1, 2], [3, 4]], [[5, 6], [7, 8]])
print(result)
