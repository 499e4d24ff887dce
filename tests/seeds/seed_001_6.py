# What the text before this block defines:
import tensorflow as tf

# The block:
# TensorFlow approach: using tf.custom_gradient
@tf.custom_gradient
def my_custom_op(x):
  y = tf.math.sin(x)  # Example custom operation
  def grad(dy):
    return dy * tf.math.cos(x)  # Define custom gradient
  return y, grad

#Use the custom op
result = my_custom_op(tf.constant([1.0,2.0]))
