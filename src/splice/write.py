"""Put changes on disk, in an order in which a kill at any moment leaves a service that starts.

Every file is whole at any moment (`atomic`). A step that needs another file to have been written is left out when
that failed; all others go on. Two runs on one repository go one after the other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from splice.atomic import PREFIX, is_inside, put, sweep
from splice.model import Change, Changed, Failed, Outcome, Reason, Refused, SpliceError

__all__ = ["PREFIX", "Step", "alone", "is_inside", "sweep", "write"]

WAIT = 600.0  # seconds for another run to end, which takes far less
_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Step:
    """One change, and the files without which it must not be made. A file may have several steps."""

    change: Change
    needs: frozenset[str] = frozenset()


def write(root: Path, steps: Sequence[Step], failed: dict[str, Failed] | None = None) -> list[Outcome]:
    """Make changes in the order given and say of each what became of it; raises nothing for a file's sake.

    `failed`: files that could not be written before; those of these steps are added.
    """
    failed = {} if failed is None else failed
    outcomes: list[Outcome] = []
    for step in steps:
        outcome = _attempt(root, step, failed)
        if isinstance(outcome, Failed):
            failed.setdefault(outcome.file, outcome)
        outcomes.append(outcome)
    return outcomes


def _attempt(root: Path, step: Step, failed: dict[str, Failed]) -> Outcome:
    file = step.change.file
    if file in failed:
        return failed[file]
    if blocker := min(step.needs & failed.keys(), default=""):
        return Failed(file, Reason.UNWRITABLE, f"left as it is, because {blocker} could not be written")
    try:
        put(root, step.change)
    except Refused as refused:
        return Failed(file, refused.reason, refused.detail)
    return Changed(step.change)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """No other run writes below this root meanwhile: an advisory lock on the folder itself, which a kill releases.

    It is held from the first look on: a plan made of what another run had half written would take a scaffold from
    below its files. Raises SpliceError when another run does not end. Where there are no such locks, the look at
    each file just before it is replaced is all there is.
    """
    try:
        import fcntl
    except ImportError:  # pragma: no cover - no such lock on this platform
        yield
        return
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # what cannot be read has nothing to write
        yield
        return
    try:
        until = monotonic() + WAIT
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() > until:
                    message = f"another codemod has been running here for {WAIT:g} s; nothing is written"
                    raise SpliceError(message, fix="wait for it, or end it, and run again") from None
                sleep(_PAUSE)
            except OSError:  # a network file system without such locks
                break
        yield
    finally:
        os.close(descriptor)
