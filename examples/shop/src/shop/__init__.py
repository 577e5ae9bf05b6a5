"""The web shop."""

__version__ = "1.9.2"
