"""`SOCKET_TIMEOUT` is for `socket.create_connection`; the socket keeps it for what follows."""

from __future__ import annotations

from splice.parts.v1.timeouts import _TOTAL

SOCKET_TIMEOUT = _TOTAL
