"""Who may call what is routed in the project and defined outside: Django's own views, the admin, REST framework's."""

from __future__ import annotations

import ast

from splice.frameworks._django_classes import arguments
from splice.frameworks._django_decorators import Decorators
from splice.frameworks._django_guard_names import GUARDED_VIEWS, MARKED_VIEWS, OPEN_VIEWS, is_rest, is_view
from splice.frameworks._django_layers import Layer, layer
from splice.frameworks._django_roles import Asked
from splice.frameworks._django_search import Beyond
from splice.frameworks._drf_permissions import Permissions
from splice.frameworks._views import origin, wrapped
from splice.resolve import Project
from splice.resolve.arguments import Argument
from splice.values import External, Function, Instance, Member

_ADMIN = frozenset({"django.contrib.admin.site.urls", "django.contrib.admin.sites.site.urls"})
_OBTAIN = "rest_framework.authtoken.views.obtain_auth_token"
_KEY = "permission_classes"
_DEEPEST = 8


class Outside:
    """Reads the views of libraries, with what the project puts around them."""

    def __init__(self, project: Project, decorators: Decorators, permissions: Permissions) -> None:
        self.project, self.decorators, self.permissions = project, decorators, permissions

    def layers(self, beyond: Beyond, asked: Asked) -> tuple[list[Layer], bool]:
        """What a request has to pass, and whether REST framework answers."""
        found: list[Layer] = []
        at = beyond.view
        for _ in range(_DEEPEST):
            at = Argument(*origin(self.project, at))
            inner = wrapped(self.project, at.node, at) if isinstance(at.node, ast.Call) else None
            if inner is None or not isinstance(at.node, ast.Call):
                break
            found += self.decorators.layers(Argument(at.node.func, at.scope, at.env), asked)
            at = inner
        values = self.project.values(at.node, at.scope, at.env)
        if len(values) != 1:
            return [*found, self._unknown(at, "what it is, is not known")], False
        value = values[0]
        if isinstance(value, Function):
            return found, False
        if value in [External(name) for name in _ADMIN] or (
            isinstance(value, Member) and value.attr == "urls" and self.decorators.is_admin(value.of)
        ):
            return [*found, layer("guarded", "the admin", at.scope, at.node)], False
        name = value.name if isinstance(value, External) else ""
        if isinstance(value, Instance) and isinstance(value.cls, External):
            name, _, made = value.cls.name.rpartition(".")
            if made == "as_view" and is_view(External(name)):
                return self._view(External(name), value, at, asked, found)
            name = value.cls.name
        if name == _OBTAIN:
            return [*found, layer("open", "obtain_auth_token", at.scope, at.node, "it asks for nothing")], True
        if name.startswith("django.views.") and not beyond.whole:
            return found, False
        # Whether the middleware that asks for a login asks there depends on the view.
        return [*found, self._unknown(at, f"{name or 'what it is'} is outside this project")], True

    def _view(
        self, cls: External, made: Instance, at: Argument, asked: Asked, found: list[Layer]
    ) -> tuple[list[Layer], bool]:
        """A class of Django's or REST framework's, used as it comes."""
        last = cls.name.rpartition(".")[2]
        if is_rest(cls):
            given = arguments(self.project, made)
            if _KEY in given.named:
                return [*found, *self.permissions.listed(given.named[_KEY], asked)], True
            if not given.complete or (last not in OPEN_VIEWS and last != "APIView"):
                return [*found, self._unknown(at, f"what {last} asks for is outside this project")], True
            own = layer("open", last, at.scope, at.node, "it asks for nothing")
            return [*found, *([own] if last in OPEN_VIEWS else self.permissions.default(asked))], True
        if last in GUARDED_VIEWS:
            found.append(layer("guarded", last, at.scope, at.node))
        elif last in MARKED_VIEWS:
            found.append(layer("public", last, at.scope, at.node))
        return found, False

    def _unknown(self, at: Argument, why: str) -> Layer:
        return layer("unknown", "", at.scope, at.node, why)
