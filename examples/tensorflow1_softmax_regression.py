"""Softmax regression in TensorFlow 1: placeholders, variables, a session."""

import tensorflow as tf

FEATURES = 4
CLASSES = 3

x = tf.placeholder(tf.float32, [None, FEATURES], name="x")
y = tf.placeholder(tf.float32, [None, CLASSES], name="y")
weights = tf.Variable(tf.zeros([FEATURES, CLASSES]), name="weights")
bias = tf.Variable(tf.zeros([CLASSES]), name="bias")

probability = tf.nn.softmax(tf.matmul(x, weights) + bias)
loss = tf.reduce_mean(-tf.reduce_sum(y * tf.log(probability), reduction_indices=[1]))

session = tf.Session()
session.run(tf.global_variables_initializer())


def evaluate(inputs, labels):
    return session.run([loss, probability], feed_dict={x: inputs, y: labels})
