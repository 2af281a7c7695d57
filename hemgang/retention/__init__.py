"""How long what is kept of whom: an installation's rules as data, and why something old is kept all the same (6)."""
