"""The machine: messages, episodes, duties, liability (pure), and the doors to the world around them."""

__version__ = "0.1.0"
