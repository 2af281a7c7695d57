"""Retention as a service: what may go by an installation's rules, letting it go, and what must then be refused (6)."""
