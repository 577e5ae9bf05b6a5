"""Splice: grafts observability scaffolding into Python services that already exist."""

import os
import sys

__version__ = "0.1.0"
__all__ = ["__version__"]

# `python -m splice.cli` in a repository puts that folder first on the path, and its `click.py` would be imported.
if sys.argv[:1] == ["-m"] and sys.path[:1] in ([""], [os.getcwd()]):  # noqa: PTH109 - pathlib is another import
    del sys.path[0]
