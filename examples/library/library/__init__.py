"""The project: settings, routes, and what belongs to no app."""

__version__ = "1.3.0"
