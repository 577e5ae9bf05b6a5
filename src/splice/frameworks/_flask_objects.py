"""Apps, blueprints and Flask-RESTful APIs: what an object is, and below which path it answers.

A blueprint's prefix belongs to its registration (the blueprint's own is the default), so prefixes are edges of
the graph in `_routing.py`. Flask-RESTful puts its three parts together by plain concatenation; Flask does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from splice.frameworks._contexts import Contexts
from splice.frameworks._routing import Routing, Site
from splice.resolve import Project
from splice.resolve.arguments import Passed, bind, passed
from splice.symbols import CallSite
from splice.values import NONE, ClassRef, Const, External, FuncRef, Instance, Member, Unknown, Value

APP = frozenset({"flask.Flask", "flask.app.Flask", "flask.sansio.app.App"})
BLUEPRINT = frozenset({"flask.Blueprint", "flask.blueprints.Blueprint", "flask.sansio.blueprints.Blueprint"})
API = frozenset({"flask_restful.Api"})
FOREIGN = ("flask_restx.", "flask_restplus.", "flask_smorest.", "flask_openapi3.", "connexion.", "apiflask.")
CURRENT: Site = ("", 0, 0)  # `current_app`: one of the apps
Kinds = Literal["app", "blueprint", "api", "foreign", ""]


def join(above: str, path: str) -> str:
    """As Flask puts a prefix before a rule, or before the prefix of a nested blueprint."""
    if not above or not path:
        return above or path
    return above.rstrip("/") + "/" + path.lstrip("/")


class Objects:
    """The receivers of one project, noted in `routing` as they are met."""

    def __init__(self, project: Project, contexts: Contexts, routing: Routing) -> None:
        self.project, self.contexts, self.routing = project, contexts, routing
        self._kinds: dict[External | ClassRef, Kinds] = {}
        self._sites: dict[Site, Site] = {}
        self.apis: dict[Site, Instance] = {}
        self.plain_joins: set[Site] = set()  # blueprints with a Flask-RESTful API, and these APIs

    def kind(self, value: Value) -> Kinds:
        """What an object is to Flask."""
        cls = value.cls if isinstance(value, Instance) else value
        if not isinstance(cls, (External, ClassRef)):
            return ""
        if cls not in self._kinds:
            names = [b.name for b in self.project.bases(cls) if isinstance(b, External)]
            self._kinds[cls] = next((kind for name in names if (kind := _kind(name))), "")
        return self._kinds[cls]

    def receivers(
        self, found: tuple[Value, ...], names: frozenset[str]
    ) -> Iterator[tuple[Kinds, Site, Instance | None, str]]:
        """The objects of Flask's whose methods (of these names) an expression may be."""
        for value in found:
            if isinstance(value, Member) and value.attr in names and (kind := self.kind(value.of)):
                yield kind, self.site(value.of), value.of, value.attr
            elif isinstance(value, External) and value.name.startswith("flask.current_app."):
                attr = value.name.rpartition(".")[2]
                if attr in names:
                    self.routing.apps.add(CURRENT)
                    yield "app", CURRENT, None, attr

    def site(self, instance: Instance) -> Site:
        """The node of an object in the graph; objects that one factory makes for several callers are several."""
        base, factory, kind = instance.site, instance.factory, self.kind(instance)
        site = base
        if factory is not None:
            made = " ".join(f"{file}:{line}:{column}" for file, line, column in factory.calls)
            site = (f"{base[0]} by {made}", base[1], base[2])
        if site in self._sites:
            return site
        self._sites[site] = base
        if site != base:
            self.routing.mount(base, site, "")  # what the factory itself registers, each of its objects answers
        if kind == "app":
            self.routing.apps |= {base, site}
        elif isinstance(instance.cls, ClassRef):
            for cls in self.project.bases(instance.cls):  # what methods register on `self`
                if isinstance(cls, ClassRef):
                    own = (cls.definition.scope.module.file, cls.definition.node.lineno, -9)
                    if own != site:
                        self.routing.mount(own, site, "")
        if instance.call is None and kind in ("blueprint", "api") and base[2] != -9:
            self.routing.open_world = True  # known by its annotation only: mounted, who knows where
        if kind == "api":
            self._api(instance, site)
        return site

    def base(self, site: Site) -> Site:
        """Where an object is made, whoever called the factory."""
        return self._sites.get(site, site)

    def class_name(self, instance: Instance | None) -> str:
        """The outside class that an object is of."""
        bases = self.project.bases(instance.cls) if instance is not None else ()
        return next((base.name for base in bases if isinstance(base, External)), "this object")

    def overrides(self, instance: Instance | None, method: str) -> bool:
        """Whether the class of an object has a method of its own in place of Flask's."""
        cls = instance.cls if instance is not None else None
        found = self.project.class_attribute(cls, method, None) if isinstance(cls, ClassRef) else ()
        return any(isinstance(value, FuncRef) for value in found)

    # -- blueprints ----------------------------------------------------------------------------------

    def mount_blueprints(self, names: frozenset[str]) -> None:
        """Every `register_blueprint` of the project; `names` are what it is called there."""
        for _, call in self.project.calls(*sorted(names), "register"):
            spelled = call.node.func
            direct = getattr(spelled, "attr", getattr(spelled, "id", "")) == "register"
            for env in self.contexts.turns(call.scope, call.loops, [call.node]):
                found = self.project.values(call.node.func, call.scope, env)
                given = passed(self.project, call.node, call.scope, env)
                if direct:  # Blueprint.register(app, options)
                    for kind, site, instance, _ in self.receivers(found, frozenset({"register"})):
                        if kind == "blueprint" and instance is not None:
                            self._registered_directly(site, given)
                    continue
                if any(isinstance(value, Unknown) for value in found):
                    self.routing.open_world = True
                for kind, parent, _, _ in self.receivers(found, frozenset({"register_blueprint"})):
                    if kind in ("app", "blueprint"):
                        self._mount(kind, parent, given)

    def _registered_directly(self, child: Site, given: Passed) -> None:
        for value in given.values("app", 0):
            if isinstance(value, Instance) and self.kind(value) == "app":
                self.routing.mount(child, self.site(value), None)

    def _mount(self, kind: Kinds, parent: Site, given: Passed) -> None:
        children = given.values("blueprint", 0)
        for child in children:
            if not isinstance(child, Instance) or self.kind(child) != "blueprint":
                if not isinstance(child, External):
                    self.routing.open_world = True
                continue
            prefixes = given.texts("url_prefix") or self.own_prefixes(child)
            for prefix in prefixes:
                if prefix == "" and kind == "blueprint" and (given.texts("url_prefix") or self._has_own(child)):
                    prefix = "/"  # Flask tells an empty prefix from none where blueprints nest
                self.routing.mount(self.site(child), parent, prefix)

    def own_prefixes(self, instance: Instance) -> tuple[str | None, ...]:
        """The prefix that a blueprint was made with; `("",)` for none."""
        made = self.constructor(instance)
        if self.project.reassigned(instance, "url_prefix"):
            return (None,)
        return (None,) if made is None else made.texts("url_prefix", 5) or ("",)

    def _has_own(self, instance: Instance) -> bool:
        made = self.constructor(instance)
        return made is not None and bool(made.texts("url_prefix", 5))

    def constructor(self, instance: Instance) -> Passed | None:
        """What an object passed to the framework's own `__init__`, through those of subclasses; None if not seen."""
        if instance.call is None or instance.scope is None:
            return None
        env = instance.factory.env if instance.factory is not None else instance.env or NONE
        given = passed(self.project, instance.call, instance.scope, env)
        for base in self.project.bases(instance.cls):
            if isinstance(base, External):
                break
            inits = [b.target for b in base.definition.inner.bindings.get("__init__", ()) if b.target is not None]
            for init in inits[-1:]:
                calls = init.scope.module.calls_by_name.get("__init__", ())
                above = next((call for call in calls if call.scope is init.inner), None)
                if above is None:
                    return None
                given = passed(self.project, above.node, above.scope, bind(init, given), _explicit_self(above))
        return given

    # -- Flask-RESTful -------------------------------------------------------------------------------

    def _api(self, instance: Instance, site: Site) -> None:
        self.apis[site] = instance
        made = self.constructor(instance)
        if made is not None:
            for value in made.values("app", 0):
                self._serve(site, value)

    def init_apis(self) -> None:
        """Every `api.init_app(app)`."""
        for _, call in self.project.calls("init_app"):
            for env in self.contexts.turns(call.scope, call.loops, [call.node]):
                found = self.project.values(call.node.func, call.scope, env)
                for kind, site, _, _ in self.receivers(found, frozenset({"init_app"})):
                    if kind == "api":
                        for value in passed(self.project, call.node, call.scope, env).values("app", 0):
                            self._serve(site, value)

    def _serve(self, api: Site, value: Value) -> None:
        kind = self.kind(value) if isinstance(value, Instance) else ""
        if isinstance(value, Instance) and kind in ("app", "blueprint"):
            self.routing.mount(api, self.site(value), "")
            if kind == "blueprint":
                self.plain_joins |= {api, self.site(value)}
        elif value != Const(None):
            self.routing.open_world = True

    def api_prefixes(self, instance: Instance | None) -> tuple[str | None, ...]:
        """The prefix of an API; not static when its parts come in an order of their own."""
        made = self.constructor(instance) if instance is not None else None
        if made is None or made.texts("url_part_order", 6) not in ((), ("bae",)):
            return (None,)
        return made.texts("prefix", 1) or ("",)


def _kind(name: str) -> Kinds:
    if name in APP:
        return "app"
    if name in BLUEPRINT:
        return "blueprint"
    if name in API:
        return "api"
    return "foreign" if name.startswith(FOREIGN) else ""


def _explicit_self(call: CallSite) -> int:
    """1 for `Base.__init__(self, ...)`, 0 for `super().__init__(...)`."""
    target = getattr(call.node.func, "value", None)
    return 0 if getattr(getattr(target, "func", None), "id", "") == "super" else 1
