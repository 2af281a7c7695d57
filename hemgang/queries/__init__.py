"""The one door for reading: what a reader may see, and the log of what was read."""
