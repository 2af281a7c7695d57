"""The services around the rules: ingest, advance, deliver, close; each without Prefect."""
