"""Who may call each operation of a Django project: middleware, what stands around the view, the view's own asking.

Of the methods of an operation the most open one counts. Insertions of ours are passed over.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from splice.access.gates import together
from splice.access.names import Named
from splice.config import Config
from splice.frameworks import AccessMap
from splice.frameworks._django_decorators import Decorators
from splice.frameworks._django_guard_names import is_rest
from splice.frameworks._django_inline import Inline
from splice.frameworks._django_layers import Layer, layer, through, weakest
from splice.frameworks._django_names import is_viewset
from splice.frameworks._django_orders import Orders
from splice.frameworks._django_outside import Outside
from splice.frameworks._django_roles import Asked
from splice.frameworks._django_search import Beyond, Search
from splice.frameworks._django_site import Site
from splice.frameworks._django_view_layers import ViewLayers
from splice.frameworks._drf_guards import API_VIEW, RestGuards
from splice.frameworks._drf_permissions import Permissions
from splice.frameworks._routing import Registration, Routing
from splice.model import Access, JoinPoint
from splice.resolve import Project
from splice.resolve.arguments import Argument
from splice.values import ClassRef, External, Instance

_ANY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class Accesses:
    """Works out who gets through to each handler."""

    def __init__(self, project: Project, config: Config) -> None:
        self.project = project
        self.orders = Orders(project)
        guards = [name for name in (*config.auth.guards, config.auth.guard) if name]
        named = Named(project, guards, config.scaffold.rpartition(".")[2])
        self.decorators = Decorators(project, self.orders, named)
        permissions = Permissions(project, self.orders, named)
        self.rest = RestGuards(project, self.orders, permissions)
        self.outside = Outside(project, self.decorators, permissions)
        self.views = ViewLayers(project, self.orders, self.decorators, self.rest)
        self.site = Site(project, self.orders, self.decorators)
        self.inline = Inline(project, self.orders)
        self._replaced = list(self._replacing())

    def of(self, registrations: Iterable[Registration], routing: Routing) -> Access:
        """Who may call what these routes lead to."""
        found: dict[object, list[Access]] = {}  # by route: one route may have a registration for each method
        for registration in registrations:
            known = registration.site is None or bool(routing.prefixes(registration.site))
            wrappers = tuple(id(wrapper.node) for wrapper in registration.origin.wrappers)
            route = (registration.site, registration.path, registration.origin.cls, wrappers)
            answers = (self._one(registration, method, known=known) for method in _methods(registration))
            found.setdefault(route, []).extend(answers)
        return together([weakest(answers) for answers in found.values()])

    def _one(self, registration: Registration, method: str, *, known: bool) -> Access:
        """One route and one method of HTTP."""
        origin, definition = registration.origin, registration.definition
        cls = ClassRef(origin.cls) if origin.cls is not None else None
        layers: list[Layer] = [*self._replaced]
        if not known:
            layers.append(Layer("unknown", "", why="what stands around its route is not known"))
        if cls is not None:
            order = self.orders.of(cls)
            outside = [base for base in order if isinstance(base, External)]
            rest = any(is_rest(base) for base in outside)
            viewset = any(is_viewset(base) for base in outside)
            asked = Asked(method, origin.called if viewset else "", rest, cls)
            for wrapper in origin.wrappers:
                layers += self.decorators.layers(_callee(wrapper), Asked(method))
            layers += self.views.layers(cls, origin, asked)
        else:
            asked, inner = self._function(registration, method)
            layers += inner
        layers = [*self._middleware(layers, asked, cls), *layers]
        if not registration.member:
            layers += self.inline.layers(definition, asked)
        return through(layers)

    def beyond(self, several: Sequence[Beyond]) -> Access:
        """Who may call what is routed here and defined outside the project."""
        found = []
        for one in several:
            for method in _ANY:
                layers, rest = self.outside.layers(one, Asked(method))
                layers = [*self._middleware(layers, Asked(method, rest=rest), None), *self._replaced, *layers]
                found.append(through(layers))
        return weakest(found)

    def _middleware(self, layers: list[Layer], asked: Asked, cls: ClassRef | None) -> list[Layer]:
        """What the settings put before every view."""
        found = self.site.layers(asked)
        login = self.site.login()
        if login is not None and not asked.rest and not any(one.state == "public" for one in layers):
            if cls is not None and login.state == "guarded" and (why := self._maybe_rest(cls)):
                login = Layer("unknown", login.by, login.file, login.line, why)
            found.append(login)
        return found

    def _maybe_rest(self, cls: ClassRef) -> str:
        """Why a class may be a view of REST framework's, which that middleware passes over."""
        if unclear := self.orders.unclear(cls):
            return f"what {unclear} is, is not known"
        for base in self.orders.of(cls):
            if isinstance(base, External) and not base.name.startswith(("django.", "abc.", "typing.")):
                return f"{base.name} may turn off what the middleware asks for"
        return ""

    def _replacing(self) -> Iterator[Layer]:
        """Code that puts another view into the place of one: `pattern.callback = login_required(pattern.callback)`."""
        for module in self.project.modules():
            for node, scope in module.stores.get("callback", ()):
                if any(word in module.source.raw for word in (b"urlpatterns", b"URLPattern", b"django.urls")):
                    why = f"{module.file}:{node.lineno} replaces views of patterns"
                    yield layer("unknown", "callback", scope, node, why)

    def _function(self, registration: Registration, method: str) -> tuple[Asked, list[Layer]]:
        """A function with its decorators, and the calls around it where it is registered."""
        definition = registration.definition
        on_method = definition.owner is not None
        around = [_callee(wrapper) for wrapper in registration.origin.wrappers]
        around += [Argument(node, definition.scope) for node in definition.node.decorator_list]
        api = next((n for n, at in enumerate(around) if self._is_api_view(at)), None)
        if api is None:
            asked = Asked(method)
            return asked, [one for at in around for one in self.decorators.layers(at, asked, method=on_method)]
        asked = Asked(method, rest=True)
        above, below = around[:api], around[api + 1 :]
        layers = [one for at in above for one in self.decorators.layers(at, Asked(method))]
        inner = [self.decorators.layers(at, asked) for at in below]
        asks = self.rest.of_function(below, around[api], asked)
        harmless = [self.decorators.keeps(at) for at in below]
        if self.rest.has_permission_classes(below) and (hides := self.rest.hiding(below, harmless)):
            why = f"{hides} may hide the permissions of the function from @api_view"
            asks = [Layer("unknown", one.by, one.file, one.line, why) for one in asks]
        return asked, [*layers, *asks, *(one for several in inner for one in several)]

    def _is_api_view(self, at: Argument) -> bool:
        values = self.project.values(at.node, at.scope, at.env)
        return any(isinstance(v, Instance) and v.cls == External(API_VIEW) for v in values)


def accesses(project: Project, points: Sequence[JoinPoint], config: Config, search: Search) -> AccessMap:
    """Who may call each operation of the handlers among `points`."""
    routing = search.routing
    routes: dict[tuple[str, str], list[Registration]] = {}
    for registration in routing.registrations:
        definition = registration.definition
        routes.setdefault((definition.scope.module.file, definition.symbol), []).append(registration)
    known = Accesses(project, config)
    found: dict[tuple[str, str, str, str], Access] = {}
    for point in points:
        if point.kind != "handler" or point.framework != "django":
            continue
        registrations = routes.get((point.file, point.symbol), [])
        for member, operation in point.members or (("", point.operation),):
            key = (point.file, point.symbol, point.kind, operation)
            mine = [one for one in registrations if one.member == member]
            behind = search.beyond.get((point.file, point.symbol), [])
            if mine or behind:
                found[key] = known.of(mine, routing) if mine else known.beyond(behind)
    return found


def _callee(wrapper: Argument) -> Argument:
    """The decorator of `login_required(view)`."""
    assert isinstance(wrapper.node, ast.Call)
    return Argument(wrapper.node.func, wrapper.scope, wrapper.env)


def _methods(registration: Registration) -> tuple[str, ...]:
    """The methods of HTTP to ask about: HEAD goes with GET."""
    methods = registration.methods
    if "*" in methods or not methods:
        return _ANY
    return (*methods, "HEAD") if "GET" in methods else methods
