"""`DATABASE_TIMEOUT` is for database drivers: to connect, in whole seconds because libpq takes no
others.
"""

from __future__ import annotations

import math

from splice.parts.v1.timeouts import _CONNECT

DATABASE_TIMEOUT = max(1, math.ceil(_CONNECT))
