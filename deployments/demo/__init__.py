"""The demo: a month of an invented county through the real engine."""
