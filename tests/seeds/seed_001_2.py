# TensorFlow approach (using Eager Execution for direct comparison)
import tensorflow as tf
import numpy as np

# Define weights and biases directly as tensors
W = tf.Variable(tf.random.normal([10, 5]))
b = tf.Variable(tf.random.normal([5]))
x = tf.placeholder(tf.float32, shape=[None, 10])  #Placeholder for comparison

# Define the layer's operation directly
z = tf.matmul(x, W) + b
output = tf.sigmoid(z)

# Execute directly using eager execution
X = np.random.rand(1000, 10)
with tf.GradientTape() as tape:  #GradientTape shows a key TensorFlow feature
    result = output.numpy() #Use numpy for output to highlight the direct execution.
