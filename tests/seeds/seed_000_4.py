import tensorflow as tf

def rnn_layer(x, h_prev, W_xh, W_hh, b):
  h = tf.tanh(tf.matmul(x, W_xh) + tf.matmul(h_prev, W_hh) + b)
  return h

# ... (rest of the RNN definition, likely using tf.scan or tf.keras.layers.RNN) ...
