"""`SMTP_TIMEOUT` is for smtplib, which has one timeout for whatever waits on the network."""

from __future__ import annotations

from splice.parts.v1.timeouts import _TOTAL

SMTP_TIMEOUT = _TOTAL
