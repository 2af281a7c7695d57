"""The Prefect tasks: thin wrappers of the worker's sweeps."""
