"""`AIOHTTP_TIMEOUT` is for aiohttp: to connect, between two reads, and in all (if not set:
aiohttp's own five minutes).
"""

from __future__ import annotations

from typing import Any

from splice.parts.v1.timeouts import _CONNECT, _LIMIT, _READ, _TOTAL

AIOHTTP_TIMEOUT: Any = _TOTAL
try:
    import aiohttp
except ImportError:  # pragma: no cover
    pass
else:
    AIOHTTP_TIMEOUT = aiohttp.ClientTimeout(
        total=_LIMIT or 300,
        sock_connect=_CONNECT,
        sock_read=_READ,
    )
