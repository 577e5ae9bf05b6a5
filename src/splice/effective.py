"""The effective-access map: who may call each operation, by what the service itself does and what its owner decided.

Frameworks say what guards; what they do not understand is `unknown`; `public` is only what the policy says so. Our own
insertions do not count, so that a guard of ours is never a reason to take it away.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from splice.config import Config
from splice.frameworks import AccessMap, Framework
from splice.model import Access, JoinPoint
from splice.policies.requirements import Public, requirement
from splice.resolve import Project

Key = tuple[str, str, str, str]
KINDS = ("handler", "websocket")
_UNKNOWN = Access("unknown", reason="not understood")


class Deferred(Mapping[Key, Access]):
    """A map that is made when somebody first asks for it: most runs never do."""

    def __init__(self, make: Callable[[], AccessMap]) -> None:
        self._map = functools.cache(make)

    @property
    def is_made(self) -> bool:
        return bool(self._map.cache_info().currsize)

    def __getitem__(self, key: Key) -> Access:
        return self._map()[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._map())

    def __len__(self) -> int:
        return len(self._map())


def effective(
    project: Project, points: Sequence[JoinPoint], config: Config, frameworks: Mapping[str, Framework]
) -> AccessMap:
    """Who may call each operation of every handler and websocket, by file, symbol, kind and operation.

    A framework may add operations that it serves itself, under the kind "app".
    """
    said: dict[Key, Access] = {}
    for framework in frameworks.values():
        said.update(framework.access(project, points, config))
    found: dict[Key, Access] = {}
    for point in points:
        for operation in point.operations if point.kind in KINDS else ():
            key: Key = (point.file, point.symbol, point.kind, operation)
            access = said.pop(key, None) or (_skipped(point) if point.skip else _UNKNOWN)
            found[key] = _decided(access, config, point, operation)
    for served, access in said.items():
        file, symbol, _, operation = served
        found[served] = _decided(access, config, JoinPoint(file, 0, symbol, "app", "", operation), operation)
    return dict(sorted(found.items()))


def _skipped(point: JoinPoint) -> Access:
    return Access("unknown", reason=point.detail or "not understood")


def _decided(access: Access, config: Config, point: JoinPoint, operation: str) -> Access:
    """Open by decision, where nothing of the service's own guards.

    A marker in the source decides only where the policy says nothing of the operation, and no outer policy is there.
    """
    if access.state == "guarded":
        return access
    decided = requirement(config.auth, point, operation)
    if access.state == "public" and not isinstance(decided, Public):
        if not config.trusts_markers or decided.rule is not None:
            reason = f"marked as public ({access.by}), and the policy asks for more"
            return replace(access, state="unguarded", by="", reason=reason)
        return access
    if not isinstance(decided, Public) or not decided.pattern:
        return access
    return Access("public", decided.pattern, *config.public_place(decided.pattern))
