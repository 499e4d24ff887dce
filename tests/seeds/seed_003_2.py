# What the text before this block defines:
import tensorflow as tf
import torch
import torch.nn as nn

# The block:
# TensorFlow (using Keras)
model = tf.keras.Sequential([
  tf.keras.layers.Conv2D(32, (3, 3), activation='relu', input_shape=(28, 28, 1)),
  tf.keras.layers.MaxPooling2D((2, 2)),
  tf.keras.layers.Flatten(),
  tf.keras.layers.Dense(10, activation='softmax')
])

# PyTorch equivalent
import torch.nn.functional as F

class CNN(nn.Module):
  def __init__(self):
    super(CNN, self).__init__()
    self.conv1 = nn.Conv2D(1, 32, kernel_size=3)
    self.pool = nn.MaxPool2D(2, 2)
    self.fc = nn.Linear(32 * 12 * 12, 10)

  def forward(self, x):
    x = self.pool(F.relu(self.conv1(x)))
    x = x.view(-1, 32 * 12 * 12)
    x = self.fc(x)
    return F.softmax(x, dim=1)

model = CNN()
