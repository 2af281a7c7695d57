"""Moved to hemgang.findings; this name goes when nothing imports it any more."""

from hemgang.findings import Code, Finding

__all__ = ["Code", "Finding"]
