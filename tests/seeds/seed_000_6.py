import tensorflow as tf

@tf.custom_gradient
def custom_activation(x):
  y = tf.math.log(1.0 + tf.math.exp(x))
  def grad(dy):
    return dy * tf.math.exp(x) / (1.0 + tf.math.exp(x))
  return y, grad

x = tf.Variable(1.0)
with tf.GradientTape() as tape:
    y = custom_activation(x)
    
dy_dx = tape.gradient(y, x)
print(dy_dx)
