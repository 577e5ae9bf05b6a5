"""What `check` says: each thing that `run` would change, from the plan alone.

Nothing is transformed for it, so that the gate of a pull request needs neither libcst nor semgrep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

from splice import lock as locks
from splice.model import Change
from splice.plan import FilePlan
from splice.recognise import Node
from splice.wants import Insert, Remove, Replace, Want

if TYPE_CHECKING:
    from splice.landing import Refusals
    from splice.pipeline import Planned

What = Literal["missing", "stale", "misplaced", "not wanted"]


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between what is and what the configuration wants. Line 0: the file as a whole."""

    file: str
    line: int
    what: What
    subject: str  # codemods, or what the file is
    detail: str = ""
    codemods: tuple[str, ...] = ()  # those that want it; empty for what follows from insertions
    symbol: str = ""  # where in the file, in words that moving code does not change

    @property
    def keys(self) -> frozenset[tuple[str, str, str]]:
        """What to ask for (`Request.only`) so that this is put right, and nothing else."""
        subject = "import" if self.subject.startswith("import of ") else self.subject
        return frozenset((self.file, self.symbol, name) for name in self.codemods or (subject,))

    @property
    def text(self) -> str:
        """One line, not yet escaped: `orders/views.py:12: spans,metrics missing: GET /orders/{order_id}`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.subject} {self.what}" + (f": {self.detail}" if self.detail else "")


def drift(planned: Planned) -> tuple[Drift, ...]:
    """Every difference: insertions by file and line, then scaffolds, manifests and the lock."""
    found = [item for plan in planned.files for item in _file(planned, plan)]
    found.sort(key=lambda item: (item.file, item.line, item.what, item.subject))
    found += [_scaffold(change) for change in planned.support.scaffolds]
    found += [item for change in planned.support.manifests for item in _manifest(planned, change)]
    if not found:  # it follows from what stands above; alone it means that the lock itself was edited
        rows = {plan.file: plan.kept for plan in planned.files}
        found += [_lock(change) for change in planned.lock_after(rows)]
    return tuple(found)


def tried(planned: Planned) -> tuple[Planned, Refusals]:
    """The plan without what no run can place, and why that is.

    Only where something is missing after a run is anything tried out, so that a gate stays fast: before the first
    run nobody knows. (A run that can place nothing at all leaves a lock without rows.)
    """
    if not planned.survey.lock.present or not any(
        isinstance(step, Insert) for plan in planned.files for step in plan.steps
    ):
        return planned, {}
    from splice.landing import tried as really

    return really(planned)


def _file(planned: Planned, plan: FilePlan) -> Iterator[Drift]:
    moved: set[int] = set()
    for step, following in zip_longest(plan.steps, plan.steps[1:]):
        if isinstance(step, Remove) and isinstance(following, Insert) and _same(step.node, following.want):
            moved.add(id(following))
            yield _inserted(planned, plan, _line(step.node), "misplaced", following.want, following.want.shown)
        elif isinstance(step, Remove):
            names = _names(planned, step.row.codemods if step.row is not None else ())
            subject = ",".join(names) or step.node.part
            node = step.node
            yield Drift(plan.file, _line(node), "not wanted", subject, node.shown, names, node.symbol)
        elif isinstance(step, Replace):
            yield _inserted(planned, plan, _line(step.node), "stale", step.want, step.want.instead(step.node))
        elif id(step) not in moved:
            yield _inserted(planned, plan, step.want.point.line, "missing", step.want, step.want.shown)
    if not plan.steps:
        for part, local in plan.imports:
            shown = local if local != part else ""
            yield Drift(plan.file, 0, "missing", f"import of {part}", shown, symbol=part)
        for alias in plan.dropped:
            yield Drift(plan.file, alias.node.lineno, "not wanted", f"import of {alias.part}", symbol=alias.part)


def _inserted(planned: Planned, plan: FilePlan, line: int, what: What, want: Want, detail: str) -> Drift:
    names = _names(planned, want.codemods)
    return Drift(plan.file, line, what, ",".join(names), detail, names, want.point.symbol)


def _same(node: Node, want: Want) -> bool:
    return (node.kind, node.part, node.symbol) == (want.kind, want.part, want.scope)


def _names(planned: Planned, codemods: Iterable[str]) -> tuple[str, ...]:
    """Codemods in the order of the configuration, then those that it no longer names."""
    order = planned.request.config.codemods
    found = sorted(codemods, key=lambda name: (order.index(name) if name in order else len(order), name))
    return tuple(found)


def _line(node: Node) -> int:
    return node.expression.lineno


def _whole(change: Change) -> What:
    return "missing" if change.before is None else "not wanted" if change.after is None else "stale"


def _scaffold(change: Change) -> Drift:
    return Drift(change.file, 0, _whole(change), "scaffold")


def _manifest(planned: Planned, change: Change) -> Iterator[Drift]:
    """Which requirements a manifest lacks, or holds for nobody any more."""
    old = {row for row in planned.survey.lock.rows if row.kind == "dependency" and row.file == change.file}
    new = {row for row in planned.support.rows if row.kind == "dependency" and row.file == change.file}
    for row in sorted(new - old, key=lambda row: row.symbol):
        yield Drift(change.file, 0, "missing", "dependency", row.form, symbol=row.symbol)
    for row in sorted(old - new, key=lambda row: row.symbol):
        yield Drift(change.file, 0, "not wanted", "dependency", row.form, symbol=row.symbol)
    if old == new:
        yield Drift(change.file, 0, "stale", "dependencies")


def _lock(change: Change) -> Drift:
    return Drift(
        change.file,
        0,
        _whole(change),
        "record of insertions" if change.file == locks.FILE else "merge rule of the lock",
    )
