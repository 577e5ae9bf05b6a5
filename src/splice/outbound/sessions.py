"""What a client object does by itself: adapters, transports and overridden methods that repeat calls, or limit them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from splice.forms import dotted
from splice.outbound.calls import Layer
from splice.outbound.layers import Layers
from splice.outbound.sure import Sure
from splice.symbols import CallSite, Scope
from splice.values import ClassRef, External, Instance, Unknown, Value

_SESSION = frozenset(f"requests.{name}" for name in ("Session", "session", "sessions.Session", "sessions.session"))
_ADAPTERS = frozenset({"requests.adapters.HTTPAdapter"})
_ONCE = frozenset({"httpx.MockTransport", "httpx.ASGITransport", "httpx.WSGITransport"})  # that take no number
#: Arguments of a client that decide how it sends.
_SENDING = ("transport", "mounts", "middlewares")
#: Methods through which every call of a client goes.
_THROUGH = ("request", "send", "_request", "_send", "urlopen")


@dataclass(frozen=True, slots=True)
class Mount:
    """`session.mount("https://", adapter)`: on which sessions, and what."""

    site: CallSite
    sessions: tuple[Value, ...]
    adapter: ast.expr


class Sessions:
    """Looks at the objects that calls are made on."""

    def __init__(self, sure: Sure, layers: Layers) -> None:
        self.sure, self.layers = sure, layers
        self._mounts: list[Mount] | None = None

    def repeats(self, owner: Instance) -> Iterator[Layer]:
        """What makes a client object repeat its calls."""
        yield from self._overridden(owner)
        if self.sure.project.is_a(owner, _SESSION):
            for mount in self._mounted(owner):
                if layer := self._layer(mount.adapter, mount.site.scope):
                    yield layer
        if owner.call is not None and owner.scope is not None:
            for keyword in owner.call.keywords:
                if keyword.arg in _SENDING:
                    yield from self._sending(keyword.value, owner.scope)
                elif keyword.arg == "retries" and (layer := self._layer(keyword.value, owner.scope)):
                    yield layer

    def decides(self, owner: Instance) -> str:
        """What may give the calls of a client object a timeout although neither says one; "" for nothing."""
        if any(self._own_methods(owner)):
            return "its class may set one"
        for mount in self._mounted(owner) if self.sure.project.is_a(owner, _SESSION) else ():
            if not self._is_one_of(mount.adapter, mount.site.scope, _ADAPTERS):
                return f"the adapter mounted at {mount.site.scope.module.file}:{mount.site.node.lineno} may set one"
        return ""

    # -- classes -------------------------------------------------------------------------------------

    def _own_methods(self, owner: Instance) -> Iterator[tuple[ClassRef, str]]:
        for base in self.sure.project.bases(owner.cls):
            if isinstance(base, ClassRef):
                yield from ((base, name) for name in _THROUGH if name in base.definition.inner.bindings)

    def _overridden(self, owner: Instance) -> Iterator[Layer]:
        for cls, name in self._own_methods(owner):
            line = cls.definition.inner.bindings[name][0].line
            yield Layer(f"{cls.definition.name}.{name}", None, cls.definition.scope.module.file, line)

    # -- what they are given -------------------------------------------------------------------------

    def _sending(self, node: ast.expr, scope: Scope) -> Iterator[Layer]:
        parts = node.values if isinstance(node, ast.Dict) else [node]
        for part in parts:
            if layer := self._layer(part, scope):
                yield layer

    def _layer(self, node: ast.expr, scope: Scope) -> Layer | None:
        """The layer that an adapter, a transport or a number is; None when it tries once."""
        attempts = self.layers.carried(node, scope)
        if attempts == 1 or (attempts is None and self._is_one_of(node, scope, _ONCE)):
            return None
        callee = node.func if isinstance(node, ast.Call) else node
        return Layer(dotted(callee) or "an adapter", attempts, scope.module.file, node.lineno)

    def _is_one_of(self, node: ast.expr, scope: Scope, names: frozenset[str]) -> bool:
        values = self.sure.values(node, scope)
        return all(isinstance(v, Instance) and isinstance(v.cls, External) and v.cls.name in names for v in values)

    # -- adapters ------------------------------------------------------------------------------------

    def _mounted(self, owner: Instance) -> Iterator[Mount]:
        """The adapters that may be mounted on a session: by the object, by its class, or on one that is not known."""
        if self._mounts is None:
            self._mounts = list(self._find())
        for mount in self._mounts:
            for session in mount.sessions:
                if isinstance(session, Unknown) or self._may_be(session, owner):
                    yield mount
                    break

    def _may_be(self, session: Value, owner: Instance) -> bool:
        if not isinstance(session, Instance):
            return False
        if session.call is not None and owner.call is not None:
            return session.site == owner.site
        one, other = session.cls, owner.cls  # `self`, or an object of a declared class: any of that class
        return one in self.sure.project.bases(other) or other in self.sure.project.bases(one)

    def _find(self) -> Iterator[Mount]:
        for _, site in self.sure.project.calls("mount"):
            node = site.node
            adapter = node.args[1] if len(node.args) == 2 else None
            adapter = next((k.value for k in node.keywords if k.arg == "adapter"), adapter)
            if adapter is None or not isinstance(node.func, ast.Attribute):
                continue
            sessions = self.sure.values(node.func.value, site.scope)
            known = [v for v in sessions if self.sure.project.is_a(v, _SESSION)]
            unknown = [v for v in sessions if isinstance(v, Unknown)]
            if known or (unknown and self._is_one_of(adapter, site.scope, _ADAPTERS)):
                yield Mount(site, tuple(sessions), adapter)
