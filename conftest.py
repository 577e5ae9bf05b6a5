"""What holds for every test: no answer of one test is another's, and the cache of whoever runs them stays as it is."""

from __future__ import annotations

import os

os.environ["CODEMOD_CACHE_DIR"] = ""  # nowhere; tests/test_cache.py names a folder
