import theano
import theano.tensor as T

def custom_activation(x):
    return T.log(1 + T.exp(x)) # Example; the gradient is easily calculated

x = T.scalar('x')
y = custom_activation(x)
gy = T.grad(y, x)
f = theano.function([x], gy)
print(f(1))
