"""What would be, and what may come: other agreements on the same rows, distance to a threshold, the month's end."""
