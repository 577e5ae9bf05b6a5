"""Proven changes go to the disk, in an order that a kill cannot break.

First the lock, with all that may be there from now on: what was there and what comes (a lock is a hint, and rows
of what is not there do no harm). Then scaffolds, which only gain parts; manifests; the service's files; then
scaffolds lose what nobody imports any more; last the lock again, with what is there. `strip` starts with the files.
At every moment each import finds what it imports, and each insertion has its row, so that the next run converges
and `strip` knows every byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from posixpath import dirname

from splice import lock as locks
from splice.atomic import inspect
from splice.model import Change, Changed, Failed, Outcome, Reason, Refused, Row
from splice.pipeline import Planned
from splice.write import Step, sweep, write


def ordered(planned: Planned, changes: Mapping[str, Change]) -> tuple[Change, ...]:
    """Every change but the lock's, each file once, for those who read: scaffolds, manifests, files."""
    own = [changes[file] for file in sorted(changes)]
    arriving = [c for c in planned.support.scaffolds if c.after is not None]
    leaving = [c for c in planned.support.scaffolds if c.after is None]
    return (*arriving, *planned.support.manifests, *own, *leaving)


def commit(
    planned: Planned, changes: Mapping[str, Change], rows: Mapping[str, Sequence[Row]]
) -> tuple[list[Outcome], tuple[Change, ...]]:
    """Write everything; what became of each file, and the changes of the lock and its merge rule.

    A file that cannot be written does not stop the others, except those that need it.
    """
    root, survey = planned.request.root, planned.survey
    failed: dict[str, Failed] = {}
    sweep(root, {dirname(file) for file in survey.discovery.files} | {""})
    ahead, steps = planned.lock_ahead(rows), _steps(planned, changes)
    _look_again(planned, changes, {change.file for change in (*ahead, *(step.change for step in steps))}, failed)
    write(root, [Step(change) for change in ahead], failed)
    write(root, steps, failed)
    final = planned.lock_after(rows, [file for file in failed if file != locks.FILE])
    write(root, [Step(change) for change in _remaining(ahead, final, failed)], failed)
    body = ordered(planned, changes)
    outcomes: list[Outcome] = [failed.pop(change.file, Changed(change)) for change in (*body, *final)]
    return [*outcomes, *failed.values()], final


def _steps(planned: Planned, changes: Mapping[str, Change]) -> list[Step]:
    """What is written, each step with the files that it cannot do without."""
    support, lock = planned.support, frozenset({locks.FILE})
    own = [
        Step(changes[file], lock if planned.request.strip else lock | {planned.sites[file].path})
        for file in sorted(changes)
    ]
    gain: list[Step] = []
    lose: list[Step] = []
    for change in support.scaffolds:
        users = frozenset(_users(planned, changes, change.file))
        bridge = None if planned.request.strip else support.bridges.get(change.file)
        if bridge is not None and bridge != change.before:
            gain.append(Step(Change(change.file, change.before, bridge), lock))
            change = Change(change.file, bridge, change.after)
        stays = change.after is not None and bridge is None and not planned.request.strip
        (gain if stays else lose).append(Step(change, lock if stays else users))
    if planned.request.strip:
        gone = frozenset(step.change.file for step in lose)
        return [*own, *lose, *(Step(change, gone) for change in support.manifests)]
    return [*gain, *(Step(change, lock) for change in support.manifests), *own, *lose]


def _look_again(planned: Planned, changes: Mapping[str, Change], written: Set[str], failed: dict[str, Failed]) -> None:
    """What the plan builds on and leaves as it is must be what it was: the lock, and scaffolds that files import."""
    survey = planned.survey
    for file in sorted({locks.FILE, *(planned.sites[file].path for file in changes)} - written):
        raw = survey.files.get(file) if file == locks.FILE or file in survey.files.names else None
        try:
            inspect(planned.request.root, Change(file, raw, raw))
        except Refused as refused:
            if refused.reason is Reason.CHANGED_ON_DISK:
                failed[file] = Failed(file, refused.reason, refused.detail)


def _users(planned: Planned, changes: Mapping[str, Change], scaffold: str) -> set[str]:
    """The changed files that import this scaffold, or did before they moved: unwritten, they still do."""
    moved = {plan.file for plan in planned.files if plan.leaving}
    return {file for file in changes if planned.sites[file].path == scaffold or file in moved}


def _remaining(ahead: Sequence[Change], final: Sequence[Change], failed: Mapping[str, Failed]) -> list[Change]:
    """From the lock as it was written first to what it is in the end."""
    before = {change.file: change.before for change in (*ahead, *final)}
    now = before | {change.file: change.after for change in ahead if change.file not in failed}
    last = before | {change.file: change.after for change in final}
    return [Change(file, now[file], last[file]) for file in sorted(before) if now[file] != last[file]]
