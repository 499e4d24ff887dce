# What the text before this block defines:
import tensorflow as tf
import torch
import torch.nn as nn
import torch.nn.functional as F

# The block:
# TensorFlow (using Keras)
model = tf.keras.Sequential([
  tf.keras.layers.LSTM(64, input_shape=(timesteps, features)),
  tf.keras.layers.Dense(num_classes, activation='softmax')
])

# PyTorch equivalent
class LSTM(nn.Module):
  def __init__(self, input_size, hidden_size, num_layers, num_classes):
    super(LSTM, self).__init__()
    self.hidden_size = hidden_size
    self.num_layers = num_layers
    self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)
    self.fc = nn.Linear(hidden_size, num_classes)

  def forward(self, x):
    h0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size).to(device)
    c0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size).to(device)
    out, _ = self.lstm(x, (h0, c0))
    out = self.fc(out[:, -1, :])
    return F.softmax(out, dim=1)

model = LSTM(features, 64, 1, num_classes)
