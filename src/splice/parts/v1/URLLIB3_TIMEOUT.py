"""`URLLIB3_TIMEOUT` is for urllib3: to connect, between two reads, and in all if that is set.
"""

from __future__ import annotations

from typing import Any

from splice.parts.v1.timeouts import _CONNECT, _LIMIT, _READ, _TOTAL

URLLIB3_TIMEOUT: Any = _TOTAL
try:
    import urllib3
except ImportError:  # pragma: no cover
    pass
else:
    URLLIB3_TIMEOUT = urllib3.Timeout(
        total=_LIMIT or None, connect=_CONNECT, read=_READ
    )
