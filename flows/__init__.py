"""The Prefect flows: when things happen; the rules decide what."""
