import theano
import theano.tensor as T

def rnn_layer(x, h_prev, W_xh, W_hh, b):
    h = T.tanh(T.dot(x, W_xh) + T.dot(h_prev, W_hh) + b)
    return h

# ... (rest of the RNN definition with Theano's scan) ...
