"""`HTTPX_TIMEOUT` is for httpx: to connect, to read, to write, and to get a connection of the pool."""

from __future__ import annotations

from splice.parts.v1.timeouts import _CONNECT, _READ

HTTPX_TIMEOUT = (_CONNECT, _READ, _READ, _CONNECT)
