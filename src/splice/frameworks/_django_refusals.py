"""How code turns a request away: an exception, a redirect, an answer that says so."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from splice.frameworks._django_roles import Bound, Place
from splice.frameworks._django_ways import End, Ways
from splice.values import Const, External, FuncRef, Instance

_REDIRECTS = frozenset({"redirect", "redirect_to_login", "HttpResponseRedirect", "HttpResponsePermanentRedirect"})
_ERRORS = frozenset(
    {
        *("HttpResponseForbidden", "HttpResponseNotFound", "HttpResponseBadRequest", "HttpResponseNotAllowed"),
        *("HttpResponseGone", "HttpResponseServerError", "permission_denied", "page_not_found"),
    }
)
_ANSWERS = frozenset({"HttpResponse", "JsonResponse", "Response", "TemplateResponse", "render"})
_OWN = frozenset({"handle_no_permission", "permission_denied"})  # of views: they raise or redirect
_NUMBER = re.compile(r"HTTP_(\d{3})_")
_NAMES = {"UNAUTHORIZED": 401, "FORBIDDEN": 403, "NOT_FOUND": 404, "BAD_REQUEST": 400}
_DEEPEST = 3


class Refusals:
    """Tells refusals from other ends of the ways through a function."""

    def __init__(self, ways: Ways) -> None:
        self.ways, self.project = ways, ways.project

    def all_of(self, ends: Sequence[End]) -> bool:
        """Whether every way ends with a refusal."""
        return bool(ends) and all(self.is_refusal(end) for end in ends)

    def is_refusal(self, end: End) -> bool:
        if end.how == "raise":
            return True
        return end.how == "return" and end.node is not None and self._answer(end.node, end.at, 0)

    def _answer(self, node: ast.expr, at: Place, depth: int) -> bool:
        """Whether an answer says that the request is refused."""
        if isinstance(node, ast.Await):
            return self._answer(node.value, at, depth)
        if isinstance(node, ast.Name) and isinstance(known := at.names.get(node.id), Bound):
            return self._answer(known.node, known.at, depth)
        if not isinstance(node, ast.Call) or depth > _DEEPEST:
            return False
        values = self.ways.conditions.called(node, at)
        return bool(values) and all(self._by(value, node, at, depth) for value in values)

    def _by(self, value: object, node: ast.Call, at: Place, depth: int) -> bool:
        if isinstance(value, FuncRef):
            ends = self.ways.inside(value.definition, node, at)
            return bool(ends) and all(
                end.how == "raise"
                or (end.how == "return" and end.node is not None and self._answer(end.node, end.at, depth + 1))
                for end in ends
            )
        if not isinstance(value, External) or not value.name.startswith(("django.", "rest_framework.")):
            return False
        last = value.name.rpartition(".")[2]
        if last in _REDIRECTS | _ERRORS or last in _OWN:
            return True
        return last in _ANSWERS and any(self._status(word.value, at) for word in node.keywords if word.arg == "status")

    def _status(self, node: ast.expr, at: Place) -> bool:
        """Whether a status is a refusal's."""
        for value in self.project.values(node, at.scope):
            number = 0
            if isinstance(value, Const) and isinstance(value.value, int):
                number = value.value
            elif isinstance(value, (External, Instance)):
                name = value.name if isinstance(value, External) else ""
                match = _NUMBER.search(name)
                number = int(match[1]) if match else _NAMES.get(name.rpartition(".")[2], 0)
            if not 300 <= number < 600:
                return False
        return True
