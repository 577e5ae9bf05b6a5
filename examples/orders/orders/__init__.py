"""The orders service."""

from .app import create_app

__all__ = ["create_app"]
__version__ = "2.4.0"
