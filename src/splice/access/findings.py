"""What a human is told of guards of the service's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from splice.model import Access, Finding

#: Why a mixin does not guard, where that is so.
BEHIND_THE_VIEW = "it stands to the right of the view among the base classes, where it never runs"


def misplaced(access: Mapping[tuple[str, str, str, str], Access]) -> Iterator[Finding]:
    """Guards that never run: whoever wrote them thinks that they do, and everybody passes."""
    seen: set[tuple[str, int]] = set()
    for (_, symbol, _, operation), one in access.items():
        if one.state == "unguarded" and one.by and (one.file, one.line) not in seen:
            seen.add((one.file, one.line))
            text = f"{one.by} does not guard {operation} ({symbol}): {one.reason}"
            mixin = one.reason == BEHIND_THE_VIEW
            fix = "put it first among the base classes" if mixin else "put it directly under the route decorator"
            yield Finding("warning", "guard-never-runs", text, one.file, one.line, fix)
