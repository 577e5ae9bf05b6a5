"""What each enabled codemod decides for each join point: the insertions that files should have, and what stands there.

Two codemods that want the same text at the same place share one insertion.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from splice.codemod import Advice, Codemod, Decision, Declined, Satisfied
from splice.model import JoinPoint, Skipped, State
from splice.plan import FilePlan
from splice.survey import Survey
from splice.wants import Want

#: (file, symbol, kind) of a join point -> codemod -> what it inserts there, in which version, or why not
Decisions = Mapping[tuple[str, str, str], Mapping[str, tuple[Decision, int]]]


def decisions(found: Survey, upgrade: Collection[str]) -> Decisions:
    """For each join point (file, symbol, kind): what each enabled codemod inserts there, in which version, or why not.

    A codemod that has nothing to say there is left out.
    """
    enabled = {name: found.codemods[name] for name in sorted(found.config.codemods)}
    around = found.circumstances
    decided: dict[tuple[str, str, str], dict[str, tuple[Decision, int]]] = {}
    for point in found.matched.points:
        key = (point.file, point.symbol, point.kind)
        for name, codemod in enabled.items():
            if codemod.pointcut.matches(point):
                version = _version(found, point, name, codemod, upgrade)
                advice = codemod.advice_at(version, point, around)
                if advice is not None:
                    decided.setdefault(key, {})[name] = (advice, version)
    return decided


def in_doubt(decided: Decisions) -> frozenset[tuple[str, str, str]]:
    """(file, symbol, codemod) where a codemod cannot say now what it wants, and what it has inserted stays."""
    return frozenset(
        (file, symbol, name)
        for (file, symbol, _), told in decided.items()
        for name, (decision, _) in told.items()
        if isinstance(decision, Declined) and decision.stays
    )


def guards_of(found: Survey) -> frozenset[str]:
    """The enabled codemods whose insertions close something."""
    return frozenset(name for name in found.config.codemods if found.codemods[name].guards)


def settled(found: Survey, decided: Decisions, names: Collection[str]) -> frozenset[tuple[str, str]]:
    """(file, symbol) of which one of these codemods says for sure what it wants there, if anything."""
    return frozenset(
        (point.file, point.symbol)
        for point in found.matched.points
        for name, (decision, _) in decided.get((point.file, point.symbol, point.kind), {}).items()
        if name in names and not point.skip and not (isinstance(decision, Declined) and decision.stays)
    )


def wants_of(found: Survey, decided: Decisions) -> dict[str, tuple[Want, ...]]:
    """What each file should have: for each join point the advice of the enabled codemods, shared where equal."""
    wants: dict[str, list[Want]] = {}
    for point in found.matched.points:
        if point.skip:
            continue
        shared: dict[Advice, list[tuple[str, int]]] = {}
        for name, (advice, version) in decided.get((point.file, point.symbol, point.kind), {}).items():
            if isinstance(advice, Declined | Satisfied) or (point.file, point.symbol, name) in found.suppressed:
                continue
            if found.codemods[name].signal not in _signals(found, point) and advice.part_at(point):
                shared.setdefault(advice, []).append((name, version))
        for advice, users in sorted(shared.items(), key=lambda item: item[0].rank):
            names = tuple(sorted(name for name, _ in users))
            version = min(version for _, version in users)
            places = point.calls if advice.kind in ("argument", "wrap") else (None,)
            mine = wants.setdefault(point.file, [])
            mine += (Want(point, advice, names, version, place) for place in places)
    return {file: tuple(found) for file, found in wants.items()}


def _signals(found: Survey, point: JoinPoint) -> tuple[str, ...]:
    """What a decorator of the service's own makes of a join point already."""
    observer = found.observers.get((point.file, point.symbol, point.kind))
    return observer.signals if observer is not None else ()


def _version(found: Survey, point: JoinPoint, name: str, codemod: Codemod, upgrade: Collection[str]) -> int:
    """The version in the lock is kept until `upgrade` moves it."""
    if name in upgrade:
        return codemod.version
    rows = found.lock.by_symbol.get((point.file, point.symbol), ())
    versions = [
        row.version for row in rows if name in row.codemods and row.kind not in ("import", "scaffold", "dependency")
    ]
    version = max(versions, default=codemod.version)
    return version if version in codemod.previous else codemod.version


def states_of(
    found: Survey, plans: Sequence[FilePlan], skipped: Sequence[Skipped], decided: Decisions
) -> dict[tuple[str, str, str], Mapping[str, State]]:
    """What every join point has of every enabled codemod that speaks of it."""
    planned = {(p.file, *key): state for p in plans for key, state in p.states.items()}
    refused = {item.file for item in skipped}
    states: dict[tuple[str, str, str], Mapping[str, State]] = {}
    for point in found.matched.points:
        key = (point.file, point.symbol, point.kind)
        state: dict[str, State] = {}
        for name in found.config.codemods:
            if name not in decided.get(key, {}):
                continue
            advice = decided[key][name][0]
            off = point.skip or point.file in refused or (point.file, point.symbol, name) in found.suppressed
            if isinstance(advice, Satisfied):
                state[name] = "skipped" if off else "present"
                continue
            off = off or isinstance(advice, Declined) or not advice.part_at(point)
            there: State = "present" if found.codemods[name].signal in _signals(found, point) else "missing"
            state[name] = "skipped" if off else planned.get(key, {}).get(name, there)
        if state:
            states[key] = state
    return states
