"""What every join point has of the enabled codemods, and why it has not: the rows of the coverage table.

Before a run this is what the plan found, after it what was written; text and JSON show the same rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from splice.codemod import Declined
from splice.model import JoinPoint, Reason, Refused, State

if TYPE_CHECKING:
    from splice.landing import Refusals
    from splice.pipeline import Planned

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Covered:
    """One join point. `states` is what it has now, `before` what it had when the plan was made.

    `reason` says why something is skipped, or why the operation is the dotted name.
    """

    point: JoinPoint
    states: Mapping[str, State]
    before: Mapping[str, State]
    reason: Reason | None = None
    detail: str = ""
    reasons: Mapping[str, tuple[Reason, str]] = field(default_factory=dict)  # of each codemod that is skipped
    observed_by: str = ""  # a decorator of the service's own that observes it already, and its place

    @property
    def state(self) -> State:
        """The least of what its codemods have: what is missing counts first, then what is skipped."""
        return _least(self.states.values())

    @property
    def skipped(self) -> tuple[str, ...]:
        """The codemods that may not insert here."""
        return tuple(name for name, state in self.states.items() if state == "skipped")

    def only(self, codemods: Collection[str]) -> Covered | None:
        """The row as far as some codemods go; None where they have nothing to say here."""
        states = {name: state for name, state in self.states.items() if name in codemods}
        before = {name: state for name, state in self.before.items() if name in codemods}
        told = {name: why for name, why in self.reasons.items() if name in codemods}
        reason, detail = next(iter(told.values()), (None, "") if self.skipped else (self.reason, self.detail))
        return (
            replace(self, states=states, before=before, reasons=told, reason=reason, detail=detail) if states else None
        )

    @property
    def remark(self) -> str:
        """Why something is skipped, or why the operation is the dotted name, in a word or two; "" for neither."""
        if self.reason is not None:
            return self.reason.value
        if self.observed_by:
            return f"observed by {self.observed_by}"
        dotted = self.point.kind in ("handler", "websocket") and any(" " not in name for name in self.point.operations)
        return f"{len(self.point.routes)} routes" if dotted and self.point.routes else ""

    @property
    def is_new(self) -> bool:
        """Whether this run inserted something here."""
        return self.state == "inserted" and _least(self.before.values()) == "missing"

    def as_json(self) -> dict[str, Any]:
        """The row of the versioned schema."""
        point = self.point
        return {
            "file": point.file,
            "line": point.line,
            "symbol": point.symbol,
            "kind": point.kind,
            "framework": point.framework,
            "operation": point.operation,
            "members": dict(point.members),
            "methods": list(point.methods),
            "route": point.routes[0] if point.routes else None,
            "routes": list(point.routes),
            "codemods": dict(self.states),
            "observed_by": self.observed_by or None,
            "reasons": {name: {"reason": r.value, "detail": d} for name, (r, d) in self.reasons.items()},
            "reason": self.reason.value if self.reason else None,
            "detail": self.detail,
        }


def coverage(
    planned: Planned, now: Mapping[Key, Mapping[str, State]] | None = None, refused: Refusals | None = None
) -> tuple[Covered, ...]:
    """Every join point that an enabled codemod speaks of, by file and line.

    `now`: the states that differ from the plan's, because something was written or could not be placed; `refused`:
    why it could not.
    """
    rows = []
    for point in planned.survey.matched.points:
        key = (point.file, point.symbol, point.kind)
        before = planned.states.get(key)
        if before is None:
            continue
        states = (now or {}).get(key, before)
        off = [name for name, state in states.items() if state == "skipped"]
        reasons = {name: _reason(planned, point, name, (refused or {}).get((*key, name))) for name in off}
        reason, detail = next(iter(reasons.values()), (point.reason, point.detail))
        observer = planned.survey.observers.get(key)
        rows.append(Covered(point, states, before, reason, detail, reasons, str(observer or "")))
    return tuple(sorted(rows, key=lambda row: (row.point.file, row.point.line, row.point.symbol, row.point.kind)))


def operations(rows: Iterable[Covered]) -> int:
    """How many handlers: a class stands for each method that it inherits."""
    return sum(len(row.point.operations) for row in rows)


def _least(states: Collection[State]) -> State:
    order: tuple[State, ...] = ("missing", "skipped", "inserted", "present")
    return next((state for state in order if state in states), "missing")


def _reason(planned: Planned, point: JoinPoint, name: str, refused: Refused | None) -> tuple[Reason, str]:
    """Why a codemod is skipped here."""
    if point.skip and point.reason is not None:
        return point.reason, point.detail
    decision = planned.decided.get((point.file, point.symbol, point.kind), {}).get(name)
    if decision is not None and isinstance(decision[0], Declined):
        return decision[0].reason, decision[0].detail
    if (point.file, point.symbol, name) in planned.survey.suppressed:
        return Reason.SUPPRESSED, planned.survey.suppressed[point.file, point.symbol, name]
    if refused is not None:
        return refused.reason, refused.detail
    for item in planned.skipped:
        if item.file == point.file:
            return item.reason, item.detail
    return Reason.NAME_TAKEN, "the scaffold's names mean something else in this file"
