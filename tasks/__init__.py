"""The Prefect tasks: each touches the world once."""
