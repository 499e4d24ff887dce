import tensorflow as tf

x = tf.Variable([[1, 2], [3, 4]])
y = tf.Variable([[5, 6], [7, 8]])
z = tf.matmul(x, y)

with tf.compat.v1.Session() as sess:
  sess.run(tf.compat.v1.global_variables_initializer())
  result = sess.run(z)
print(result)
