"""`REQUESTS_TIMEOUT` is for requests: to connect, and between two reads."""

from __future__ import annotations

from splice.parts.v1.timeouts import _CONNECT, _READ

REQUESTS_TIMEOUT = (_CONNECT, _READ)
