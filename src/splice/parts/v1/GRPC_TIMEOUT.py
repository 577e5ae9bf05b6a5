"""`GRPC_TIMEOUT` is for calls of gRPC: the deadline of each call."""

from __future__ import annotations

from splice.parts.v1.timeouts import _TOTAL

GRPC_TIMEOUT = _TOTAL
