"""Messages as they come in by NDJSON or CSV, checked before anything else sees them (specification 1.2)."""
