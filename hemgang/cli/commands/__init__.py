"""The words of each command: options and help. What takes time to import is imported when a command runs."""
