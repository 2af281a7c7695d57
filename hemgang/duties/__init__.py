"""What must be done by when, who is told, and what was said (specification 3): pure, no database and no sending."""
