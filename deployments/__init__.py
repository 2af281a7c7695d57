"""Where and how often the flows run."""
