"""How a guard is used: whether its arguments, or a setting of the service, take away what it does."""

from __future__ import annotations

import ast
from typing import Literal

from splice.access.known import Known
from splice.frameworks._asgi_calls import arguments, constructor
from splice.resolve import Project
from splice.resolve.arguments import passed
from splice.symbols import Scope
from splice.values import Const, Env, External, Instance

_SCHEME_POSITIONS = 4  # `OAuth2PasswordBearer(tokenUrl, scheme_name, scopes, description, auto_error)`


Use = Literal["guards", "nothing", "unsure"]


def use_of(project: Project, known: Known, node: ast.expr, scope: Scope, env: Env) -> tuple[Use, str]:
    """Whether a use of a guard guards, surely guards nothing, or why that is not certain."""
    called = isinstance(node, ast.Call)
    if (known.form == "called" and not called) or (known.form == "bare" and called):
        return "unsure", "it is not called" if known.form == "called" else "it is called with something"
    if known.disabled and (at := project.mentions(known.disabled)) is not None:
        return "unsure", f"the setting {known.disabled} switches it off, {at[0]}:{at[1]}"
    if not isinstance(node, ast.Call):
        return "guards", ""
    given = passed(project, node, scope, env)
    if known.off is not None:
        name, position = known.off
        values = given.values(name, position)
        if values == (Const(True),):
            return "nothing", ""
        if any(value not in (Const(False), Const(None)) for value in values):
            return "unsure", f"{name}= is not a constant"
    if known.needs:
        first = given.positional[0] if given.positional else next(iter(given.named.values()), None)
        if first is None or not _demands(project, first.node, first.scope, first.env):
            return "unsure", "what it demands is not a constant"
    return "guards", ""


def _demands(project: Project, node: ast.expr, scope: Scope, env: Env) -> bool:
    """Whether an argument names at least one thing."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return any(not isinstance(part, ast.Starred) for part in node.elts)
    return bool(project.text(node, scope, env))


def raises(project: Project, scheme: Instance) -> bool | None:
    """Whether a security scheme of FastAPI's refuses by itself; None when that cannot be told."""
    if scheme.call is None or project.reassigned(scheme, "auto_error"):
        return None
    given = arguments(project, scheme) if isinstance(scheme.cls, External) else constructor(project, scheme)
    if given is None:
        return None
    found = given.values("auto_error", _SCHEME_POSITIONS)
    if not found or found == (Const(True),):
        return True
    return False if found == (Const(False),) else None
