"""Texts for people, in Swedish and English: one catalogue, one loader, one way to write a value in each language."""
