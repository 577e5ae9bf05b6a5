"""This machine, and the tests."""

from .base import *  # noqa: F403

DEBUG = True
SECRET_KEY = "for development only"
ALLOWED_HOSTS = ["*"]
