"""Seconds that an outbound call may take. `connect` and `read` apart where a library knows them (it
restarts `read` with each byte), `total` where it knows one number only. What is not set follows from
the others.
"""

from __future__ import annotations

_TIMEOUTS: dict[str, float] = {"connect": 5.0, "read": 30.0}

_LIMIT = _TIMEOUTS.get("total", 0.0)
_CONNECT = _TIMEOUTS.get("connect", 0.0) or _TIMEOUTS.get("read", 0.0) or _LIMIT
_READ = _TIMEOUTS.get("read", 0.0) or _LIMIT or _CONNECT
_TOTAL = _LIMIT or _CONNECT + _READ
