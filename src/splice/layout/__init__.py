"""Where modules live, where a service's scaffold goes, and how a file imports it."""

from splice.layout.layout import Layout, Site

__all__ = ["Layout", "Site"]
