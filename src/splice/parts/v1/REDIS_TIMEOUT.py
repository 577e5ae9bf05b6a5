"""`REDIS_TIMEOUT` is for clients of Redis: their `socket_timeout`, and with it
`socket_connect_timeout`.
"""

from __future__ import annotations

from splice.parts.v1.timeouts import _TOTAL

REDIS_TIMEOUT = _TOTAL
