"""Every way from an app down to an object that routes are registered on, with the gates on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from splice.access.gates import Gate, may
from splice.frameworks._routing import Site

_MOST = 50  # ways: more are not told apart
Way = tuple[Gate, ...]


class Ways:
    """The ways of one graph.

    `own`: the gates before everything on an object; `between`: for an object below another, the gates of each time
    that it is put there; `everywhere`: the gates before all apps.
    """

    def __init__(
        self,
        mounts: Mapping[Site, Sequence[tuple[Site, str | None]]],
        apps: Collection[Site],
        own: Callable[[Site], Sequence[Gate]],
        everywhere: Sequence[Gate],
        between: Callable[[Site, Site], Sequence[Way]] = lambda _, __: ((),),
    ) -> None:
        self.mounts, self.apps, self.own, self.everywhere, self.between = mounts, apps, own, everywhere, between
        self._known: dict[Site, list[Way]] = {}

    def to(self, site: Site) -> list[Way]:
        """Every way, the outermost gate first; never empty."""
        return self._to(site, frozenset())

    def _to(self, site: Site, below: frozenset[Site]) -> list[Way]:
        if site in self._known:
            return self._known[site]
        parents = [parent for parent, _ in self.mounts.get(site, ()) if parent not in below | {site}]
        own = tuple(self.own(site))
        found = [
            (*way, *edge, *own)
            for parent in dict.fromkeys(parents)
            for way in self._to(parent, below | {site})
            for edge in self.between(site, parent)
        ]
        if not found and site in self.apps:
            found = [(*self.everywhere, *own)]
        elif not found:
            found = [(*self.everywhere, *own, may("", "", 0, "no app of this project is seen to mount it"))]
        found = list(dict.fromkeys(found))
        if len(found) > _MOST:
            found = [(may("", "", 0, "it is mounted in more ways than can be followed"),)]
        if not below:
            self._known[site] = found
        return found
