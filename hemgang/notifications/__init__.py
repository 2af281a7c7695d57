"""Alerts: who they go to, what they say, when they are bundled and how they are sent (specification 3.3 to 3.5)."""
