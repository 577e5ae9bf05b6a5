"""The status that a response or an exception stands for, as far as the source says it."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from http import HTTPStatus

from splice.access.absent import Seen
from splice.frameworks._asgi_calls import constructor
from splice.resolve import Project
from splice.symbols import Scope
from splice.values import ClassRef, Const, External, Instance, Value

REFUSED = frozenset({401, 403})
_CONSTANT = re.compile(r"(?:\w+\.)*status\.(?:HTTP|WS)_(\d{3,4})_\w+")
_HTTP_STATUS = re.compile(r"http\.HTTPStatus\.(\w+?)(?:\.value)?")
_CLOSED = 1008  # a websocket is closed because its caller may not use it
# Exceptions of werkzeug, by name; others raise what they are called with.
_WERKZEUG = {"".join(word.capitalize() for word in status.phrase.split()): status.value for status in HTTPStatus}
_SPOKEN = frozenset({401, 403, "401", "403", "401 Unauthorized", "403 Forbidden"})
_REDIRECTS = frozenset({"redirect", "RedirectResponse", "HttpResponseRedirect"})
_PLAIN = frozenset({"jsonify", "render_template", "render_template_string"})


def number(value: Value) -> int:
    """A status in any of the ways to write one; 0 for what is none."""
    if isinstance(value, Const) and isinstance(value.value, (int, str)) and not isinstance(value.value, bool):
        text = str(value.value)[:4].strip()
        return _as_http(int(text)) if text.isdigit() else 0
    if isinstance(value, External):
        if match := _CONSTANT.fullmatch(value.name):
            return _as_http(int(match[1]))
        if (match := _HTTP_STATUS.fullmatch(value.name)) and match[1] in HTTPStatus.__members__:
            return HTTPStatus[match[1]].value
    return 0


def _as_http(status: int) -> int:
    return 403 if status == _CLOSED else status


def argument(project: Project, node: ast.Call, scope: Scope, names: tuple[str, ...], position: int) -> int | None:
    """The status that a call is given by name or position; None when it is given none, 0 when it cannot be read."""
    named = next((word.value for word in node.keywords if word.arg in names), None)
    if named is None and 0 <= position < len(node.args):
        named = node.args[position]
    if named is None:
        return None if all(word.arg for word in node.keywords) else 0
    found = {number(value) for value in project.values(named, scope)}
    return found.pop() if len(found) == 1 else 0


def response(project: Project, name: str, node: ast.Call, scope: Scope, given: list[Seen]) -> Seen | None:
    """What a call of something outside the project makes, where that is a response."""
    last, passed = name.rpartition(".")[2], any(one.passed for one in given)
    if last in _REDIRECTS:
        code = argument(project, node, scope, ("code", "status_code"), 1)
        return Seen(status=302 if code is None else code)
    if last == "make_response":
        status = argument(project, node, scope, ("status",), 1)
        first = given[0] if given else Seen()
        return Seen(status=first.status if status is None else status, passed=passed)
    if last in _PLAIN:
        return Seen(status=200, passed=passed)
    if last == "unauthorized":  # LoginManager.unauthorized()
        return Seen(status=401)
    if last.endswith("Response"):
        status = argument(project, node, scope, ("status", "status_code"), 1)
        return Seen(status=200 if status is None else status, passed=passed)
    if (status := exception(project, External(name), node, scope)) is not None:
        return Seen(status=status)
    return None


def exception(project: Project, cls: External, node: ast.Call | None, scope: Scope) -> int | None:
    """The status of an exception of a library, 0 when it cannot be read; None for what is no such exception."""
    last = cls.name.rpartition(".")[2]
    if last in _WERKZEUG and ("werkzeug" in cls.name or "exceptions" in cls.name):
        return _WERKZEUG[last]
    if last in ("HTTPException", "HTTPError", "WebSocketException"):
        names = ("status_code", "code", "status")
        return (argument(project, node, scope, names, 0) if node is not None else None) or 0
    return None


def of_class(project: Project, cls: ClassRef, node: ast.Call | None, scope: Scope, mapped: Mapping[str, int]) -> int:
    """The status of an exception of the project, by its handler, its bases or its attributes; 0 when none says it."""
    bases = project.bases(cls)
    for base in bases:
        if isinstance(base, ClassRef) and (status := mapped.get(base.definition.dotted)):
            return status
    for attr in ("status_code", "code", "status"):
        found = {number(value) for value in project.class_attribute(cls, attr, None)} - {0}
        if len(found) == 1:
            return found.pop()
    for base in (b for b in bases if isinstance(b, External)):
        site = (scope.module.file, node.lineno if node is not None else 0, 0)
        given = constructor(project, Instance(cls, site, node, scope)) if node is not None else None
        if given is not None:
            values = given.values("status_code", 0)
            if len(values) == 1 and number(values[0]):
                return number(values[0])
        status = exception(project, base, None, scope)
        if status:
            return status
    return 0


def denies(node: ast.AST) -> bool:
    """Whether a piece of code speaks of a status that refuses a caller."""
    return any(
        (isinstance(part, ast.Constant) and part.value in _SPOKEN)
        or (isinstance(part, ast.Attribute) and part.attr in ("UNAUTHORIZED", "FORBIDDEN"))
        or (isinstance(part, (ast.Name, ast.Attribute)) and "HTTP_40" in ast.unparse(part)[-40:])
        for part in ast.walk(node)
    )
