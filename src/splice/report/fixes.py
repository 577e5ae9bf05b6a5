"""The edits of a plan for somebody else to make: a code scanning service, an editor."""

from __future__ import annotations

from collections.abc import Iterable

from splice import lock as locks
from splice import scaffold
from splice.model import Change, Edit, Refused
from splice.source import Source

_OURS = frozenset({locks.FILE, ".gitattributes"})


def own_sources(changes: Iterable[Change]) -> dict[str, Source]:
    """The text of each of the service's own files that changes, as it is now; not of the lock and of scaffolds."""
    found: dict[str, Source] = {}
    for change in changes:
        if change.before is None or change.after is None or _is_ours(change):
            continue
        try:
            found[change.file] = Source.decode(change.before)
        except Refused:  # a manifest, say, that no fix can speak of
            continue
    return found


def _is_ours(change: Change) -> bool:
    """The lock and scaffolds: nobody but codemod writes them."""
    if change.file in _OURS:
        return True
    return change.file.endswith(".py") and scaffold.read((change.before or b"").decode("utf-8", "replace")) is not None


def edits_of(change: Change) -> tuple[Edit, ...]:
    """The edits of a change by place, those at one place as one; of a file edited as a whole, the part that differs."""
    assert change.before is not None
    assert change.after is not None
    if not change.edits:
        before, after = Source.decode(change.before).text, Source.decode(change.after).text
        start = next((i for i, (a, b) in enumerate(zip(before, after)) if a != b), min(len(before), len(after)))  # noqa: B905
        end = 0
        while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
            end += 1
        return (Edit(start, len(before) - end, after[start : len(after) - end]),)
    merged: list[Edit] = []
    for edit in sorted(change.edits, key=lambda one: (one.start, one.end)):
        if merged and merged[-1].end == edit.start:
            last = merged.pop()
            edit = Edit(last.start, edit.end, last.text + edit.text)
        merged.append(edit)
    return tuple(merged)
