"""Who pays for which care days of a month, and why: pure rules from episodes to a statement (specification 4)."""
