"""The production shape on one machine, to try out and to test: see deployments/README.md."""
