# What the text before this block defines:
import tensorflow as tf

W = tf.Variable(tf.random.normal([10, 5]))
b = tf.Variable(tf.random.normal([5]))
x = tf.random.normal([1000, 10])

# The block:
# TensorFlow approach (using tf.GradientTape)
# ... (TensorFlow code from Example 1) ...

with tf.GradientTape() as tape:
    z = tf.matmul(x,W) + b
    output = tf.sigmoid(z)
    loss = tf.reduce_mean(tf.square(output))  #Example loss function

gradients = tape.gradient(loss, [W,b])
