"""The routes that the routers of Django REST framework make of what is registered on them.

`SimpleRouter`, `DefaultRouter`, the nested ones of drf-nested-routers, and classes of the project derived from them,
as long as they only change what can be read. Below others a viewset's routes are not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from splice.frameworks._django_classes import Action, Classes, Handler, registration
from splice.frameworks._django_registries import Entry, Registries
from splice.frameworks._django_router_settings import DETAIL, LIST, RouterSettings, Settings, Spec
from splice.frameworks._django_routes import Suffixes, suffixed
from splice.frameworks._django_search import Search
from splice.frameworks._routing import Origin, Site
from splice.frameworks._views import NoTarget
from splice.model import Reason
from splice.resolve.arguments import Passed
from splice.values import ClassRef, External, Instance

_PLACE = re.compile(r"\{\{|\}\}|\{(\w*)\}")


class Routers:
    """The nodes of routers in the graph of `_routing`."""

    def __init__(self, search: Search, views: Classes, registries: Registries, settings: RouterSettings) -> None:
        self.search, self.routing, self.forms, self.views = search, search.routing, search.forms, views
        self.registries, self.settings = registries, settings
        self._wanted: set[tuple[Site, Suffixes]] = set()

    def node(self, router: Instance, suffixes: Suffixes = None) -> Site:
        """Where what a router serves hangs; with `suffixes` each route also with a format behind it."""
        site = self.registries.see(router)
        self._wanted.add((site, suffixes))
        return _node(site, suffixes)

    def register(self) -> None:
        """A registration for each route of each router; routers that nothing uses are mounted nowhere."""
        for site, router in sorted(self.registries.routers.items(), key=lambda pair: pair[0]):
            settings = self.settings.of(site, router)
            wanted = [suffixes for at, suffixes in sorted(self._wanted, key=str) if at == site]
            for suffixes in wanted or ([] if site in self.registries.taken else [None]):
                node = _node(site, suffixes)
                for entry in self.registries.entries(site):
                    self._entry(node, entry, settings, suffixes)
                if settings.root is not None and not settings.why:
                    self._root(node, settings.root, settings, suffixes)

    def _entry(self, node: Site, entry: Entry, settings: Settings, suffixes: Suffixes) -> None:
        cls = entry.viewset
        if not isinstance(cls, ClassRef):
            none = NoTarget(Reason.ENDPOINT_UNKNOWN, "the class of the viewset is not known")
            if isinstance(cls, External):
                none = NoTarget(Reason.ENDPOINT_OUTSIDE, f"{cls.name} is not a class of this project")
            self.search.refuse(entry.scope, entry.node, none)
            return
        if settings.why:
            self._unknown(node, cls, settings.why)
            return
        for url, mapping, origin in self._routes(cls, settings):
            path = self._path(url, entry, cls, settings)
            for handler in self.views.by_action(cls, mapping):
                if isinstance(handler, NoTarget):
                    self.search.refuse(entry.scope, entry.node, handler)
                else:
                    origin = replace(handler.origin, action=origin.action, given=origin.given)
                    handler = replace(handler, origin=origin)
                    for native in self._variants(path, settings, suffixes):
                        why = "its prefix or the pattern of its key is not a constant"
                        self.routing.registrations.append(registration(handler, node, native, why))

    def _root(self, node: Site, cls: ClassRef, settings: Settings, suffixes: Suffixes) -> None:
        """The project's own view of what there is, at the router's root: a `path`, whatever the others are."""
        for handler in self.views.by_verb(cls):
            if isinstance(handler, Handler):
                native = self.forms.piece("", regex=False)
                self.routing.registrations.append(registration(handler, node, native))
                if settings.suffixes or suffixes is not None:
                    other = suffixed(self.forms, native, suffixes, regex=False)
                    self.routing.registrations.append(registration(handler, node, other))

    def _unknown(self, node: Site, cls: ClassRef, why: str) -> None:
        """Whatever a viewset has, below a router that makes routes in a way of its own."""
        for verbs in (dict(LIST), dict(DETAIL), *(action.mapping for action in self.views.actions(cls))):
            for handler in self.views.by_action(cls, verbs):
                if isinstance(handler, Handler):
                    given = Passed(self.views.project, (), {}, complete=False)
                    handler = replace(handler, origin=replace(handler.origin, given=given))
                    self.routing.registrations.append(registration(handler, node, None, why))

    def _routes(self, cls: ClassRef, settings: Settings) -> Iterator[tuple[str | None, dict[str, str], Origin]]:
        """The pattern (None: not constant) and mapping of each route of a viewset, and what is passed on."""
        for spec in settings.specs:
            if spec.mapping is not None:
                yield spec.url, dict(spec.mapping), Origin(given=spec.given)
                continue
            for action in self.views.actions(cls):
                if action.detail in (spec.detail, None):
                    origin = Origin(given=spec.given, action=action.name)
                    yield self._action_url(spec, action), dict(action.mapping), origin

    def _action_url(self, spec: Spec, action: Action) -> str | None:
        if action.path is None or action.detail is None:
            return None
        return spec.url.replace("{url_path}", action.path.replace("{", "{{").replace("}", "}}"))

    def _path(self, url: str | None, entry: Entry, cls: ClassRef, settings: Settings) -> str | None:
        lookup = self.settings.lookup(cls, settings)
        if url is None or entry.prefix is None or settings.slash is None or settings.parent is None:
            return None
        if lookup is None and "{lookup}" in url:
            return None
        texts = {"prefix": entry.prefix, "lookup": lookup or "", "trailing_slash": settings.slash}
        parent = settings.parent.replace("{", "{{").replace("}", "}}")
        plain = parent + url.removeprefix("^").removesuffix("$")
        url = url.replace("^", "^" + parent) if settings.regex else plain
        path = _PLACE.sub(lambda m: m[0][0] if m[1] is None else texts.get(m[1], ""), url)
        if not entry.prefix:
            path = re.sub(r"^(\^?)/", r"\1", path)
        return path

    def _variants(self, path: str | None, settings: Settings, suffixes: Suffixes) -> Iterator[str | None]:
        """The native route, and with suffixes the one with a format behind it."""
        if path is None:
            yield None
            return
        native = self.forms.piece(path, regex=settings.regex)
        yield native
        if settings.suffixes or suffixes is not None:
            yield suffixed(self.forms, native, suffixes, regex=settings.regex)


def _node(site: Site, suffixes: Suffixes) -> Site:
    return (f"{site[0]} routes with suffixes {suffixes}", site[1], site[2])
