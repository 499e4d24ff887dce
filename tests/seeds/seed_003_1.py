# TensorFlow (using Keras)
import tensorflow as tf

model = tf.keras.Sequential([
  tf.keras.layers.Dense(1, input_shape=(1,))
])
model.compile(optimizer='sgd', loss='mse')
model.fit(x_train, y_train, epochs=100)

# PyTorch equivalent
import torch
import torch.nn as nn
import torch.optim as optim

class LinearRegression(nn.Module):
  def __init__(self):
    super(LinearRegression, self).__init__()
    self.linear = nn.Linear(1, 1)

  def forward(self, x):
    return self.linear(x)

model = LinearRegression()
criterion = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.01)

for epoch in range(100):
  optimizer.zero_grad()
  outputs = model(x_train)
  loss = criterion(outputs, y_train)
  loss.backward()
  optimizer.step()
