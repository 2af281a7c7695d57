"""What each command does once its words are understood: services asked, results laid out; no arithmetic, no rules."""
