"""Callers without a credential whom the service knows all the same: then a guard of a library lets them pass.

`login_manager.anonymous_user` with an `is_authenticated` of its own, `@auth.verify_password` that takes anybody.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from splice.access.absent import Seen
from splice.access.asked import Asked
from splice.access.known import DECORATORS
from splice.access.names import assigned, names_of
from splice.resolve import Project
from splice.resolve.arguments import positional_names
from splice.symbols import Definition
from splice.values import ClassRef, External

_VERIFIES = frozenset({"verify_password", "verify_token"})
_NOBODY = Seen(True, "", True)


def doubted(asked: Asked) -> dict[str, str]:
    """Guards of libraries by dotted name that such a caller passes, and why."""
    found: dict[str, str] = {}
    for why in _anonymous(asked.project):
        found |= {name: why for name in DECORATORS if name.startswith(("flask_login.", "flask_security."))}
    for why in _verified(asked):
        found |= {name: why for name in DECORATORS if name.startswith("flask_httpauth.")}
    return found


def _anonymous(project: Project) -> Iterator[str]:
    """`login_manager.anonymous_user = Guest`."""
    for module in list(project.modules()):
        for node, scope in assigned(module, "anonymous_user"):
            values = project.values(node.value, scope)
            if not all(isinstance(v, ClassRef) and _is_nobody(project, v) for v in values):
                yield f"anonymous_user may be somebody, {module.file}:{node.lineno}"


def _is_nobody(project: Project, cls: ClassRef) -> bool:
    """Whether a class leaves it to Flask-Login that an anonymous user is not authenticated."""
    found = project.class_attribute(cls, "is_authenticated", None)
    return all(isinstance(v, External) and v.name.startswith("flask_login.") for v in found)


def _verified(asked: Asked) -> Iterator[str]:
    """Callbacks of Flask-HTTPAuth that know somebody who gives no name."""
    for module in list(asked.project.modules()):
        for definition in list(module.functions()):
            for node in definition.node.decorator_list:
                if isinstance(node, ast.Attribute) and node.attr in _VERIFIES and _is_httpauth(asked, node, definition):
                    env = dict.fromkeys(positional_names(definition), _NOBODY)
                    outcome = asked.flow.outcome(definition, env)
                    if any(r.seen.known and r.seen.value not in (None, False) for r in outcome.returns):
                        yield f"{definition.name} may know a caller without a name, {module.file}:{node.lineno}"


def _is_httpauth(asked: Asked, node: ast.Attribute, definition: Definition) -> bool:
    values = asked.project.values(node, definition.scope)
    return any(name.startswith("flask_httpauth.") for v in values for name in names_of(asked.project, v))
