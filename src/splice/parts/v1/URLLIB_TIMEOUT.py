"""`URLLIB_TIMEOUT` is for urllib, which has one timeout for whatever waits on the network."""

from __future__ import annotations

from splice.parts.v1.timeouts import _TOTAL

URLLIB_TIMEOUT = _TOTAL
