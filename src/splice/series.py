"""The worst-case number of metric series, from the source alone: what an unlucky day can cost.

Every label is a literal or a closed set, so the count has a bound: one label set per operation without an error,
and one per operation and value of `error.type`, of which a process knows 16 and `_OTHER`.
"""

from __future__ import annotations

from collections.abc import Iterable

from splice.config import Config
from splice.model import Finding

ERROR_TYPES = 17  # parts/v1/errors.py: _MAX_ERROR_TYPES, and `_OTHER`; tests/test_series.py holds them together


def worst_case(operations: Iterable[str]) -> int:
    """Label sets of the duration histogram over these operations. A backend may store each as 15 or more series."""
    return len(set(operations)) * (1 + ERROR_TYPES)


def gate(config: Config, operations: Iterable[str]) -> list[Finding]:
    """An error when the worst case is above `max-series`."""
    allowed, found = config.metrics.max_series, worst_case(operations)
    if allowed is None or found <= allowed:
        return []
    text = f"{found} series in the worst case, and max-series allows {allowed}"
    place = config.error("metrics.max-series", text)
    fix = "raise max-series, or take handlers out with `# codemod: ignore[metrics] -- reason`"
    return [Finding("error", "max-series", text, place.file, place.line, fix)]
