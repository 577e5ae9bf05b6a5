"""Where modules live, where a service's scaffold goes, and how a file imports it."""

from splice.layout.layout import Layout
from splice.layout.places import Site

__all__ = ["Layout", "Site"]
