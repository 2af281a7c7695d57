"""What `hemgang doctor` looks at, and what it makes of it: facts are gathered in one place and judged in another."""
