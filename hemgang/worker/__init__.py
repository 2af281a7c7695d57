"""The engine's loops without Prefect: leases, sweeps, and the fallback where Prefect is away."""
