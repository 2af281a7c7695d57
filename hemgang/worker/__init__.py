"""The engine's loops without Prefect: the worker with all its state, leases, sweeps, and the fallback."""
