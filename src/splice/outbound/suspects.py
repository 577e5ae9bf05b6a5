"""Calls that look like requests, of something that is not known: told to people, and never touched."""

from __future__ import annotations

import ast

from splice.resolve import Project
from splice.symbols import CallSite

_VERBS = frozenset({"get", "head", "options", "post", "put", "patch", "delete", "request"})
#: Arguments that only requests to a server have.
_ARGUMENTS = frozenset(
    {
        *("headers", "json", "params", "allow_redirects", "follow_redirects", "verify", "cookies"),
        *("files", "auth"),
    }
)
#: Who imports none of these sends no requests.
PACKAGES = ("requests", "httpx", "aiohttp")


class Suspects:
    """Tells by its shape whether a call may be a request."""

    def __init__(self, project: Project) -> None:
        self._any = any(project.imports(package) for package in PACKAGES)

    def may_be(self, callee: ast.Attribute, site: CallSite) -> bool:
        """Whether a call has the shape of a request: `client.post(url, json=order)`."""
        shaped = callee.attr in _VERBS and any(keyword.arg in _ARGUMENTS for keyword in site.node.keywords)
        return shaped and self._any
