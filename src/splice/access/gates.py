"""Gates: what a request passes on its way to a function, and what several of them come to.

A gate that surely refuses whoever brings no credential is a guard. One that may refuse makes the answer unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from splice.model import Access

OTHERWISE = "it is guarded where it is registered once, and open where it is registered again"


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing between a caller and the function.

    `answers`: it may also answer in the function's place, as a cache does: then a guard further inside is no
    guard of what it answers. `doubt`: it may take away what other gates do.
    """

    kind: Literal["guard", "may", "plain"]
    by: str = ""
    file: str = ""
    line: int = 0
    why: str = ""  # of what may guard: why that is not certain
    answers: bool = False
    doubt: bool = False


PLAIN = Gate("plain")


def may(by: str, file: str, line: int, why: str, *, answers: bool = False, doubt: bool = False) -> Gate:
    """Something that may guard."""
    return Gate("may", by, file, line, why, answers, doubt)


def access_of(gates: Iterable[Gate]) -> Access:
    """Who gets through these gates, outermost first."""
    unsure: Gate | None = None
    before: Gate | None = None
    guard: Gate | None = None
    for gate in gates:
        if gate.doubt:
            return _unknown(gate)
        if guard is None and gate.kind == "guard":
            guard = gate
        elif guard is None and gate.answers:
            before = before or gate
        if gate.kind == "may":
            unsure = unsure or gate
    if guard is not None:
        if before is None:
            return Access("guarded", guard.by, guard.file, guard.line)
        reason = f"{before.by} stands before {guard.by} and may answer in its place"
        return Access("unknown", before.by, before.file, before.line, reason)
    return _unknown(unsure) if unsure is not None else Access("unguarded")


def _unknown(gate: Gate) -> Access:
    return Access("unknown", gate.by, gate.file, gate.line, gate.why)


def together(found: Sequence[Access]) -> Access:
    """One answer for a function that is reached in several ways: guarded is what is guarded in each of them."""
    states = {access.state for access in found}
    for access in found:
        if access.state == "unknown":
            return access
    if states == {"guarded", "unguarded"}:
        guard = next(access for access in found if access.state == "guarded")
        return Access("unknown", guard.by, guard.file, guard.line, OTHERWISE)
    return found[0] if found else Access("unknown", reason="not understood")
