"""Seconds that an outbound call may take. `connect` and `read` apart where a library knows them (it
restarts `read` with each byte), `total` where it knows one number only. What is not set (0) follows
from the others.
"""

from __future__ import annotations

_TIMEOUTS: dict[str, float] = {"connect": 5.0, "read": 30.0, "total": 0.0}

_CONNECT = _TIMEOUTS["connect"] or _TIMEOUTS["read"] or _TIMEOUTS["total"]
_READ = _TIMEOUTS["read"] or _TIMEOUTS["total"] or _TIMEOUTS["connect"]
_TOTAL = _TIMEOUTS["total"] or _CONNECT + _READ
