"""How a month is agreed, closed and restated: pure rules over recorded events (specification 4.5)."""
