"""How a router makes routes: its slashes, its `routes`, what stands above a nested one.

What a class of the project changes in a way that can be read counts; one that makes routes by a method of its own makes
routes that are not known.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from splice.frameworks._asgi_calls import classes, constructor
from splice.frameworks._django_classes import Classes, arguments
from splice.frameworks._django_names import DEFAULT_ROUTER, NESTED_ROUTER, ROUTER
from splice.frameworks._django_registries import Registries
from splice.frameworks._routing import Site
from splice.resolve import Project
from splice.resolve.arguments import Argument, Passed
from splice.values import ClassRef, Const, External, Instance, Items, Unknown, Value

_OWN_WAY = frozenset({"get_urls", "urls", "get_routes", "get_lookup_regex", "get_method_map", "_get_dynamic_route"})
_ROUTE = frozenset({"rest_framework.routers.Route"})
_DYNAMIC = frozenset({"rest_framework.routers.DynamicRoute"})


@dataclass(frozen=True, slots=True)
class Spec:
    """One of a router's `routes`; without a mapping it is for actions. `given`: what it passes to `as_view`."""

    url: str
    mapping: tuple[tuple[str, str], ...] | None
    detail: bool | None = None
    given: Passed | None = None


LIST = (("get", "list"), ("post", "create"))
DETAIL = (("get", "retrieve"), ("put", "update"), ("patch", "partial_update"), ("delete", "destroy"))
SPECS = (
    Spec("^{prefix}{trailing_slash}$", LIST),
    Spec("^{prefix}/{url_path}{trailing_slash}$", None, detail=False),
    Spec("^{prefix}/{lookup}{trailing_slash}$", DETAIL),
    Spec("^{prefix}/{lookup}/{url_path}{trailing_slash}$", None, detail=True),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a router makes routes; `why` says why that is not known."""

    slash: str | None = "/"
    regex: bool = True
    specs: tuple[Spec, ...] = SPECS
    suffixes: bool = False
    parent: str | None = ""  # what stands before the prefix of a nested one
    root: ClassRef | None = None  # the project's own class for the view of a DefaultRouter's root
    why: str = ""


class RouterSettings:
    """Reads routers."""

    def __init__(self, project: Project, registries: Registries, views: Classes) -> None:
        self.project, self.registries, self.views = project, registries, views

    def of(self, site: Site, router: Instance, depth: int = 0) -> Settings:
        own = classes(self.project, router)
        names = {base.name for base in self.project.bases(router.cls) if isinstance(base, External)}
        if not names & ROUTER or any(not name.startswith(("rest_framework", "builtins", "typing")) for name in names):
            return Settings(why="its router is of a class that is not known")
        changed = sorted(_OWN_WAY & {name for cls in own for name in cls.definition.inner.bindings})
        if changed or site in self.registries.unclear or depth > 5:
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
        found = Settings(written, regex, specs, parent=above.parent)
        return self._default(router, found) if names & DEFAULT_ROUTER else found

    def _default(self, router: Instance, found: Settings) -> Settings:
        """What a DefaultRouter adds, as long as nothing turns it off."""
        cls = router.cls
        suffixes = not self.project.reassigned(router, "include_format_suffixes")
        if not isinstance(cls, ClassRef):
            return replace(found, suffixes=suffixes)
        suffixes = suffixes and Const(False) not in self.project.class_attribute(cls, "include_format_suffixes", None)
        root = self.project.class_attribute(cls, "APIRootView", None)[0]
        shown = Const(False) not in self.project.class_attribute(cls, "include_root_view", None)
        return replace(found, suffixes=suffixes, root=root if shown and isinstance(root, ClassRef) else None)

    def _parent(self, given: Passed, depth: int) -> Settings:
        """The slash and the parent's pattern of a nested router."""
        unknown = Settings(slash=None, parent=None)
        routers = [v for v in given.values("parent_router", 0) if isinstance(v, Instance)]
        prefixes, lookups = given.texts("parent_prefix", 1), given.texts("lookup")
        if len(routers) != 1 or len(prefixes) != 1 or prefixes[0] is None or None in lookups or len(lookups) > 1:
            return unknown
        site = self.registries.see(routers[0])
        settings = self.of(site, routers[0], depth + 1)
        above = next((entry for entry in self.registries.entries(site) if entry.prefix == prefixes[0]), None)
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
            if not isinstance(value, Items) or value.unsure:
                yield Unknown("changed elsewhere")
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
            passed_on = self._keywords(given.get("initkwargs", 3))
            return Spec(urls[0], None, detail[0].value, passed_on) if known else None  # type: ignore[union-attr, arg-type]
        argument = given.get("mapping", 1)
        mapping = self.views.mapping(argument) if value.cls.name in _ROUTE and argument is not None else None
        passed_on = self._keywords(given.get("initkwargs", 4))
        return Spec(urls[0], tuple(mapping.items()), given=passed_on) if mapping is not None else None

    def _keywords(self, argument: Argument | None) -> Passed | None:
        """The keywords that a route has for the views behind it."""
        if argument is None:
            return None
        value = self.project.value(argument.node, argument.scope, argument.env)
        known = isinstance(value, Items) and len(value.keys) == len(value.elements) and not value.unsure
        if not known or not isinstance(value, Items):
            return Passed(self.project, (), {}, complete=False)
        pairs = zip(value.keys, value.elements, strict=True)
        named = {str(key.value): Argument(*element) for key, element in pairs if isinstance(key, ast.Constant)}
        return Passed(self.project, (), named, complete=len(named) == len(value.keys))

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


def _flag(values: tuple[Value, ...], *, default: bool) -> bool | None:
    """A constant taken for true or false; None when it is not constant."""
    if not values:
        return default
    return bool(values[0].value) if len(values) == 1 and isinstance(values[0], Const) else None
