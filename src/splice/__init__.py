"""Splice: grafts observability scaffolding into Python services that already exist."""

__version__ = "0.1.0"
__all__ = ["__version__"]
