"""Who may call what: the table of `codemod list --auth`, text and JSON, and the one note of a run without policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from splice.access.findings import misplaced
from splice.effective import KINDS
from splice.model import Access, Finding, Reason
from splice.policies.unchecked import point_of, unchecked
from splice.report.terminal import Screen, aligned, clean

if TYPE_CHECKING:
    from splice.pipeline import Planned
    from splice.report.coverage import Covered
    from splice.survey import Survey

STATES = ("guarded", "public", "unguarded", "unknown")
_STYLE = {"guarded": "green", "public": "cyan", "unguarded": "red", "unknown": "yellow"}


@dataclass(frozen=True, slots=True)
class Row:
    """One operation. `kind` is "app" for what a framework serves itself, such as its documentation."""

    file: str
    line: int
    symbol: str
    kind: str
    framework: str
    operation: str
    access: Access
    unchecked: tuple[str, ...] = ()  # scopes that the policy asks for, and nobody is known to check
    any_of: bool = False  # one of these would do

    def as_json(self) -> dict[str, Any]:
        """The row of the versioned schema."""
        access = self.access
        return {
            "file": self.file,
            "line": self.line,
            "symbol": self.symbol,
            "kind": self.kind,
            "framework": self.framework,
            "operation": self.operation,
            "state": access.state,
            "by": access.by or None,
            "by_file": access.file or None,
            "by_line": access.line or None,
            "reason": access.reason or None,
            "unchecked": list(self.unchecked),
        }


def rows(planned: Planned) -> tuple[Row, ...]:
    """Every operation that PATHS selects, by file and line."""
    points = {(p.file, p.symbol, str(p.kind)): p for p in planned.survey.matched.points}
    found = []
    for key, access in planned.survey.access.items():
        (file, symbol, kind, operation), point = key, point_of(key, points)
        asked = unchecked(planned.survey.config.auth, point, operation, access)
        needed = (asked.scopes, asked.any_of) if asked is not None else ((), False)
        access = _with_ours(planned, (file, symbol, kind), operation, access, point.line)
        found.append(Row(file, point.line, symbol, kind, point.framework, operation, access, *needed))
    selected = (row for row in found if planned.request.selects(row.file))
    return tuple(sorted(selected, key=lambda row: (row.file, row.line, row.symbol, row.operation)))


def _with_ours(planned: Planned, key: tuple[str, str, str], operation: str, access: Access, line: int) -> Access:
    """The access as it is with a guard of our own that stands there: the map itself does without."""
    if access.state != "unguarded" or planned.states.get(key, {}).get("auth") not in ("inserted", "present"):
        return access
    for want in planned.wants.get(key[0], ()):
        point = want.point
        if (point.symbol, point.kind) != key[1:] or "auth" not in want.codemods:
            continue
        text = want.advice.text(point, want.part)
        named = [name for name, each in point.members if each == operation]
        if not point.members or any(f"{name}=" in text for name in named):
            only = " (counts only: mode is observe)" if planned.request.config.auth.mode == "observe" else ""
            return Access("guarded", text + only, key[0], line)
    return access


def access_json(planned: Planned) -> dict[str, Any]:
    """What `list --auth --format json` prints."""
    listed = rows(planned)
    return {"schema": 1, "operations": [row.as_json() for row in listed], "counts": _counts(listed)}


def access_table(planned: Planned, screen: Screen) -> str:
    """The table, what the states come to, and guards that never run."""
    listed = rows(planned)
    cells, styles = [["OPERATION", "ACCESS", "PLACE", "BY"]], [["bold"] * 4]
    for row in listed:
        cells.append([row.operation, row.access.state, f"{row.file}:{row.line}", _by(row)])
        styles.append(["", _STYLE[row.access.state], "dim", ""])
    lines = aligned(cells, styles, screen) if listed else ["no handler was found"]
    counts = _counts(listed)
    if listed:
        said = ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state])
        lines += ["", f"{len(listed)} operation{'' if len(listed) == 1 else 's'}: {said}"]
    if counts["unknown"]:
        lines.append("unknown is neither guarded nor missing: `auth.guards` names what guards")
    if open_ended := sum(bool(row.unchecked) for row in listed):
        text = "a rule asks for scopes that no guard is known to check"
        lines.append(f"{open_ended} operation{'' if open_ended == 1 else 's'}: {screen.paint(text, 'yellow')}")
    for finding in misplaced({(r.file, r.symbol, r.kind, r.operation): r.access for r in listed}):
        lines.append(
            f"{clean(finding.file)}:{finding.line}: {screen.paint('warning', 'yellow')}: {clean(finding.message)}"
        )
    return "".join(line + "\n" for line in lines)


def finding(survey: Survey) -> Finding | None:
    """One note where nobody has configured anything: how many endpoints no guard protects."""
    if survey.config.file:
        return None
    states = Counter(access.state for (_, _, kind, _), access in survey.access.items() if kind in KINDS)
    if not states["unguarded"]:
        return None
    unsure = f", and {states['unknown']} may be" if states["unknown"] else ""
    text = f"{states['unguarded']} of {states.total()} endpoints are guarded by nothing{unsure}; nothing was changed"
    return Finding("note", "unguarded", text, fix="codemod list --auth")


def unclosed(planned: Planned, points: Iterable[Covered]) -> Iterator[Finding]:
    """Apps beside which nothing can be put that closes them (a name is taken, say): what no guard stands at is open."""
    config = planned.survey.config
    allowed = {name.replace(":", ".") for name in config.auth.unprotected_apps}
    for row in points:
        point, why = row.point, row.reasons.get("auth")
        # one that is skipped as a whole is told by the codemod; one that is suppressed, its owner has allowed
        if point.kind not in ("app", "urlconf") or why is None or point.skip or point.operation in allowed:
            continue
        if row.states.get("auth") != "skipped" or why[0] in (Reason.SUPPRESSED, Reason.NO_POLICY):
            continue
        text = f"{point.operation} is not closed by `protect`: {why[0].value}" + (f": {why[1]}" if why[1] else "")
        fix = f'mend that, or list "{point.operation.removesuffix(f".{point.symbol}")}:{point.symbol}" under '
        yield Finding("error", "app-unprotected", text, point.file, point.line, f"{fix}auth.unprotected-apps")


def _by(row: Row) -> str:
    access = row.access
    place = f"{access.file}:{access.line}" if access.line else access.file
    if access.state in ("guarded", "public"):
        needed = (" or " if row.any_of else " and ").join(row.unchecked)
        said = f"{access.by}, {place}" if place else access.by
        return f"{said}; not known to check {needed}" if needed else said
    return f"{access.reason} ({place})" if access.reason and place else access.reason


def _counts(listed: Sequence[Row]) -> dict[str, int]:
    counted = Counter(row.access.state for row in listed)
    return {state: counted[state] for state in STATES}  # type: ignore[index]
