"""Routers of Django REST framework: what is registered on them, and the routes that they make of it.

`SimpleRouter`, `DefaultRouter`, the nested ones of drf-nested-routers, and classes of the project derived from them,
as long as they only change what can be read: their `routes`, slashes, suffixes. Others make routes that are not known.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from splice.frameworks._asgi_calls import classes, constructor
from splice.frameworks._contexts import Contexts
from splice.frameworks._django_names import DEFAULT_ROUTER, NESTED_ROUTER, ROUTER
from splice.frameworks._django_routes import Forms
from splice.frameworks._django_views import Action, Handler, Views, arguments, registration
from splice.frameworks._routing import Routing, Site
from splice.frameworks._views import NoTarget
from splice.model import Reason
from splice.resolve import Project
from splice.resolve.arguments import Argument, Passed, passed
from splice.symbols import Scope
from splice.values import ClassRef, Const, External, Instance, Items, Member, Value

Refuse = Callable[[Scope, ast.AST, NoTarget], None]
_OWN_WAY = frozenset({"get_urls", "urls", "get_routes", "get_lookup_regex", "get_method_map", "_get_dynamic_route"})
_ROUTE = frozenset({"rest_framework.routers.Route"})
_DYNAMIC = frozenset({"rest_framework.routers.DynamicRoute"})
_PLACE = re.compile(r"\{\{|\}\}|\{(\w*)\}")
SUFFIX = r"\.(?P<format>[a-z0-9]+)/?$"
SUFFIX_PARAMETER = "<drf_format_suffix:format>"


@dataclass(frozen=True, slots=True)
class Spec:
    """One of a router's `routes`; without a mapping it is for actions."""

    url: str
    mapping: tuple[tuple[str, str], ...] | None
    detail: bool | None = None


_LIST = (("get", "list"), ("post", "create"))
_DETAIL = (("get", "retrieve"), ("put", "update"), ("patch", "partial_update"), ("delete", "destroy"))
SPECS = (
    Spec("^{prefix}{trailing_slash}$", _LIST),
    Spec("^{prefix}/{url_path}{trailing_slash}$", None, detail=False),
    Spec("^{prefix}/{lookup}{trailing_slash}$", _DETAIL),
    Spec("^{prefix}/{lookup}/{url_path}{trailing_slash}$", None, detail=True),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One `register(prefix, viewset)`; the prefix is None when it is not constant."""

    prefix: str | None
    viewset: Value
    scope: Scope = field(compare=False)
    node: ast.AST = field(compare=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a router makes routes; `why` says why that is not known."""

    slash: str | None = "/"
    regex: bool = True
    specs: tuple[Spec, ...] = SPECS
    suffixes: bool = False
    parent: str | None = ""  # what stands before the prefix of a nested one
    why: str = ""


class Routers:
    """Every router of a project, with its registry."""

    def __init__(
        self, project: Project, contexts: Contexts, routing: Routing, forms: Forms, views: Views, refuse: Refuse
    ) -> None:
        self.project, self.contexts, self.routing = project, contexts, routing
        self.forms, self.views, self.refuse = forms, views, refuse
        self._instances: dict[Site, Instance] = {}
        self._entries: dict[Site, list[Entry]] = {}
        self._extended: dict[Site, list[Site]] = {}
        self._wanted: set[tuple[Site, bool]] = set()
        self._unclear: set[Site] = set()

    def is_router(self, value: Value) -> bool:
        """Whether an object makes routes of viewsets, in a way that is known or not."""
        if not isinstance(value, Instance):
            return False
        names = [base.name for base in self.project.bases(value.cls) if isinstance(base, External)]
        return any(name in ROUTER or name.endswith("Router") for name in names)

    def node(self, router: Instance, suffixes: bool = False) -> Site:
        """Where what a router serves hangs; with `suffixes` each route also with a format behind it."""
        site = self.see(router)
        self._wanted.add((site, suffixes))
        return _node(site, suffixes)

    def see(self, router: Instance) -> Site:
        """Note a router: those that one factory makes for several callers are several."""
        site = router.site
        if router.factory is not None:
            calls = " ".join(f"{file}:{line}:{column}" for file, line, column in router.factory.calls)
            self._extended.setdefault((f"{site[0]} by {calls}", *site[1:]), [site])
            site = (f"{site[0]} by {calls}", *site[1:])
        self._instances.setdefault(site, router)
        return site

    # -- registries ----------------------------------------------------------------------------------

    def collect(self) -> None:
        """Everything that is put into a registry anywhere."""
        for _, call in self.project.calls(*sorted(self.project.spellings("register"))):
            for env in self.contexts.turns(call.scope, call.loops, [call.node]):
                for value in self.project.values(call.node.func, call.scope, env):
                    if isinstance(value, Member) and value.attr == "register" and self.is_router(value.of):
                        given = passed(self.project, call.node, call.scope, env)
                        prefixes = given.texts("prefix", 0) or (None,)
                        for viewset in given.values("viewset", 1):
                            self._register(value.of, prefixes, viewset, call.scope, call.node)
        for _, call in self.project.calls("append", "extend"):
            match call.node.func:
                case ast.Attribute(value=ast.Attribute(value=owner, attr="registry"), attr=attr) if call.node.args:
                    for env in self.contexts.turns(call.scope, call.loops, [call.node]):
                        for router in self.project.values(owner, call.scope, env):
                            if isinstance(router, Instance) and self.is_router(router):
                                self._grow(router, attr, Argument(call.node.args[0], call.scope, env))
        for module in self.project.modules():
            for node, scope in module.stores.get("registry", ()):
                self._unclear |= {self.see(v) for v in self.project.values(node, scope) if isinstance(v, Instance)}

    def _register(
        self, router: Instance, prefixes: tuple[str | None, ...], viewset: Value, scope: Scope, node: ast.AST
    ) -> None:
        entries = self._entries.setdefault(self.see(router), [])
        for prefix in prefixes:
            entry = Entry(prefix, viewset, scope, node)
            if entry not in entries:
                entries.append(entry)

    def _grow(self, router: Instance, attr: str, argument: Argument) -> None:
        """`router.registry.extend(other.registry)`, or entries put there by hand."""
        site = self.see(router)
        for value in self.project.values(argument.node, argument.scope, argument.env):
            if isinstance(value, Member) and value.attr == "registry" and self.is_router(value.of):
                self._extended.setdefault(site, []).append(self.see(value.of))
            elif isinstance(value, Items) and attr == "append" and len(value.elements) in (2, 3):
                prefix = self.project.text(*value.elements[0], argument.env)
                for viewset in self.project.values(*value.elements[1], argument.env):
                    self._register(router, (prefix,), viewset, argument.scope, argument.node)
            else:
                none = NoTarget(Reason.ENDPOINT_UNKNOWN, "what is put into this registry is not known")
                self.refuse(argument.scope, argument.node, none)

    def _registry(self, site: Site) -> list[Entry]:
        """The entries of a router, with those that it takes over from others."""
        found: list[Entry] = []
        seen, queue = set(), [site]
        while queue:
            at = queue.pop(0)
            if at not in seen:
                seen.add(at)
                found += self._entries.get(at, [])
                queue += self._extended.get(at, [])
        return found

    # -- routes --------------------------------------------------------------------------------------

    def register(self) -> None:
        """A registration for each route of each router; routers that nothing uses are mounted nowhere."""
        for site in sorted(self._instances):
            settings = self._settings(site, self._instances[site])
            nodes = [suffixes for at, suffixes in sorted(self._wanted) if at == site]
            taken = any(site in others for others in self._extended.values())
            for suffixes in nodes or ([] if taken else [False]):
                for entry in self._registry(site):
                    self._entry(_node(site, suffixes), entry, settings, suffixes)

    def _entry(self, node: Site, entry: Entry, settings: Settings, suffixes: bool) -> None:
        cls = entry.viewset
        if not isinstance(cls, ClassRef):
            none = NoTarget(Reason.ENDPOINT_UNKNOWN, "the class of the viewset is not known")
            if isinstance(cls, External):
                none = NoTarget(Reason.ENDPOINT_OUTSIDE, f"{cls.name} is not a class of this project")
            self.refuse(entry.scope, entry.node, none)
            return
        if settings.why:
            self._unknown(node, cls, settings.why)
            return
        for url, mapping in self._routes(cls, settings):
            path = self._path(url, entry, cls, settings)
            for handler in self.views.by_action(cls, mapping):
                if isinstance(handler, NoTarget):
                    self.refuse(entry.scope, entry.node, handler)
                else:
                    for native in self._variants(path, settings, suffixes):
                        why = "its prefix or the pattern of its key is not a constant"
                        self.routing.registrations.append(registration(handler, node, native, why))

    def _unknown(self, node: Site, cls: ClassRef, why: str) -> None:
        """Whatever a viewset has, below a router that makes routes in a way of its own."""
        for verbs in (dict(_LIST), dict(_DETAIL), *(action.mapping for action in self.views.actions(cls))):
            for handler in self.views.by_action(cls, verbs):
                if isinstance(handler, Handler):
                    self.routing.registrations.append(registration(handler, node, None, why))

    def _routes(self, cls: ClassRef, settings: Settings) -> Iterator[tuple[str | None, dict[str, str]]]:
        """The pattern and mapping of each route of a viewset; the pattern is None when it is not constant."""
        for spec in settings.specs:
            if spec.mapping is not None:
                yield spec.url, dict(spec.mapping)
                continue
            for action in self.views.actions(cls):
                if action.detail in (spec.detail, None):
                    yield self._action_url(spec, action), dict(action.mapping)

    def _action_url(self, spec: Spec, action: Action) -> str | None:
        if action.path is None or action.detail is None:
            return None
        return spec.url.replace("{url_path}", action.path.replace("{", "{{").replace("}", "}}"))

    def _path(self, url: str | None, entry: Entry, cls: ClassRef, settings: Settings) -> str | None:
        lookup = self.lookup(cls, settings)
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

    def lookup(self, cls: ClassRef, settings: Settings, prefix: str = "") -> str | None:
        """The part of a route that names one object; None when it is not constant."""
        field_name = self._attribute(cls, "lookup_field", "pk")
        name = self._attribute(cls, "lookup_url_kwarg", "") or field_name
        value = "" if settings.regex else self._attribute(cls, "lookup_value_converter", "")
        if value == "":
            value = self._attribute(cls, "lookup_value_regex", "[^/.]+" if settings.regex else "str")
        if field_name is None or name is None or value is None:
            return None
        return f"(?P<{prefix}{name}>{value})" if settings.regex else f"<{value}:{prefix}{name}>"

    def _attribute(self, cls: ClassRef, attr: str, default: str) -> str | None:
        """The text of a class attribute; None when it is not constant."""
        for base in self.project.bases(cls):
            if isinstance(base, ClassRef) and attr in base.definition.inner.bindings:
                values = self.project.class_attribute(base, attr, None)
                if values == (Const(None),):
                    return default if attr == "lookup_url_kwarg" else None
                value = values[0] if len(values) == 1 else None
                return value.value if isinstance(value, Const) and isinstance(value.value, str) else None
        return default if not self.views.unknown_bases(cls) else None

    def _variants(self, path: str | None, settings: Settings, suffixes: bool) -> Iterator[str | None]:
        """The native route, and with suffixes the one with a format behind it."""
        if path is None:
            yield None
            return
        native = self.forms.piece(path, regex=settings.regex)
        yield native
        if settings.suffixes or suffixes:
            yield suffixed(self.forms, native, regex=settings.regex)

    # -- settings ------------------------------------------------------------------------------------

    def _settings(self, site: Site, router: Instance, depth: int = 0) -> Settings:
        own = classes(self.project, router)
        names = {base.name for base in self.project.bases(router.cls) if isinstance(base, External)}
        if not names & ROUTER or any(not name.startswith(("rest_framework", "builtins", "typing")) for name in names):
            return Settings(why="its router is of a class that is not known")
        changed = sorted(_OWN_WAY & {name for cls in own for name in cls.definition.inner.bindings})
        if changed or site in self._unclear or depth > 5:
            what = f"{own[0].definition.symbol}.{changed[0]}" if changed else "the router"
            return Settings(why=f"{what} makes routes in a way of its own")
        given = constructor(self.project, router)
        if given is None or self.project.reassigned(router, "routes"):
            return Settings(why="what its router is made with is not known")
        specs = self._specs(own)
        if specs is None:
            return Settings(why="the routes of its router are not constant")
        nested = bool(names & NESTED_ROUTER)
        shift = 2 if nested else 0  # a nested one gets its parent and the prefix there first
        regex = _flag(given.values("use_regex_path", 1 + shift), default=True)
        slash = _flag(given.values("trailing_slash", shift), default=True)
        texts = {True: "/", False: "", None: None}
        above = self._parent(given, depth) if nested else Settings()
        written = texts[slash] if given.get("trailing_slash", shift) is not None else above.slash
        for cls in own:
            for binding in cls.definition.inner.attributes.get("trailing_slash", ())[-1:]:
                written = self.project.text(binding.value, binding.scope) if binding.value is not None else None
        if self.project.reassigned(router, "trailing_slash"):
            written = None
        if regex is None:
            return Settings(why="whether its router uses regular expressions is not known")
        suffixes = bool(names & DEFAULT_ROUTER) and not self.project.reassigned(router, "include_format_suffixes")
        for cls in own:
            suffixes = suffixes and Const(False) not in self.project.class_attribute(
                cls, "include_format_suffixes", None
            )
        return Settings(written, regex, specs, suffixes, above.parent)

    def _parent(self, given: Passed, depth: int) -> Settings:
        """The slash and the parent's pattern of a nested router."""
        unknown = Settings(slash=None, parent=None)
        routers = [v for v in given.values("parent_router", 0) if isinstance(v, Instance)]
        prefixes, lookups = given.texts("parent_prefix", 1), given.texts("lookup")
        if len(routers) != 1 or len(prefixes) != 1 or prefixes[0] is None or None in lookups or len(lookups) > 1:
            return unknown
        site = self.see(routers[0])
        settings = self._settings(site, routers[0], depth + 1)
        above = next((entry for entry in self._registry(site) if entry.prefix == prefixes[0]), None)
        if settings.why or settings.parent is None or above is None or not isinstance(above.viewset, ClassRef):
            return unknown
        lookup = self.lookup(above.viewset, settings, f"{lookups[0]}_" if lookups else "nested_1_")
        if lookup is None or (not lookups and settings.parent):
            return Settings(slash=settings.slash, parent=None)
        own = f"{prefixes[0]}/{lookup}/".removeprefix("/")
        return Settings(slash=settings.slash, parent=settings.parent + own)

    def _specs(self, own: list[ClassRef]) -> tuple[Spec, ...] | None:
        """The `routes` of a router: its class's, or the usual ones; None when they are not constant."""
        for cls in own:
            inner = cls.definition.inner
            if "routes" in inner.attributes:
                return None
            if "routes" in inner.bindings:
                specs = [self._spec(value) for value in self._listed(cls)]
                return None if None in specs else tuple(spec for spec in specs if spec is not None)
        return SPECS

    def _listed(self, cls: ClassRef) -> Iterator[Value]:
        for value in self.project.class_attribute(cls, "routes", None):
            if not isinstance(value, Items):
                yield value
                continue
            for node, scope in value.elements:
                yield self.project.value(node, scope)

    def _spec(self, value: Value) -> Spec | None:
        if not isinstance(value, Instance) or not isinstance(value.cls, External) or value.call is None:
            return None
        given = arguments(self.project, value)
        urls = given.texts("url", 0)
        if len(urls) != 1 or urls[0] is None:
            return None
        if value.cls.name in _DYNAMIC:
            detail = given.values("detail", 2)
            known = len(detail) == 1 and isinstance(detail[0], Const) and isinstance(detail[0].value, bool)
            return Spec(urls[0], None, detail[0].value) if known else None  # type: ignore[union-attr, arg-type]
        argument = given.get("mapping", 1)
        mapping = self.views.mapping(argument) if value.cls.name in _ROUTE and argument is not None else None
        return Spec(urls[0], tuple(mapping.items())) if mapping is not None else None


def _flag(values: tuple[Value, ...], *, default: bool) -> bool | None:
    """A constant taken for true or false; None when it is not constant."""
    if not values:
        return default
    return bool(values[0].value) if len(values) == 1 and isinstance(values[0], Const) else None


def _node(site: Site, suffixes: bool) -> Site:
    return (f"{site[0]} {'with suffixes' if suffixes else 'routes'}", site[1], site[2])


def suffixed(forms: Forms, native: str, *, regex: bool) -> str:
    """The route that `format_suffix_patterns` adds beside another: the same endpoint, so it reads the same."""
    plain = forms.plain(native)
    text = native.rstrip("$").rstrip("/") + (SUFFIX if regex else SUFFIX_PARAMETER)
    return forms.note(text, plain.removeprefix("/") if plain is not None else None)
