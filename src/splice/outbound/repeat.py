"""Whether a call may be repeated: every reason not to, in the order in which people would ask."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from splice.config import Config
from splice.model import Reason
from splice.outbound.bodies import unrepeatable
from splice.outbound.calls import OURS, Layer, Refusal
from splice.outbound.chains import Above
from splice.outbound.library import Function
from splice.outbound.sure import Sure
from splice.outbound.surroundings import Use
from splice.patterns import dotted_matches
from splice.resolve.arguments import passed
from splice.symbols import CallSite
from splice.values import Items

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})  # RFC 9110 9.2.2, without TRACE
_KEY = "idempotency-key"


def idempotency_key(sure: Sure, site: CallSite) -> bool:
    """Whether a call sends an `Idempotency-Key`: its arguments are evaluated once, so that attempts share it."""
    argument = passed(sure.project, site.node, site.scope).get("headers")
    if argument is None:
        return False
    values = sure.project.values(argument.node, argument.scope)
    return bool(values) and all(isinstance(v, Items) and _KEY in _keys(v) for v in values)


def _keys(items: Items) -> set[str]:
    keys = (key.value for key in items.keys if isinstance(key, ast.Constant) and key.value not in items.unsure)
    return {key.lower() for key in keys if isinstance(key, str)}


def refusals(
    sure: Sure,
    site: CallSite,
    function: Function,
    method: str | None,
    use: Use,
    above: Above,
    own: tuple[Layer, ...],
    config: Config,
) -> Iterator[Refusal]:
    """Why a call may not be repeated. `own`: what its client object repeats by itself."""
    yield from _by_method(sure, site, method, config)
    if body := unrepeatable(sure, site, function):
        yield Refusal(Reason.STREAMING_BODY, f"{body} may be a stream, which can be read once")
    layers = [layer for layer in (*own, *reversed(above.layers)) if not _is_ours_at(layer, site)]
    if layers:
        yield Refusal(Reason.ALREADY_RETRIED, f"by {layers[0]}")
    if above.transaction is not None:
        yield Refusal(Reason.IN_TRANSACTION, f"{above.transaction} is open while it waits")
    if function.style == "sync" and above.waits_on_loop:
        detail = f"the event loop would wait between attempts, {above.waits_on_loop}"
        yield Refusal(Reason.BLOCKS_EVENT_LOOP, detail)
    allowed = ("awaited", "entered") if function.style == "awaitable or context" else ("awaited",)
    if function.style != "sync" and use not in allowed:
        yield Refusal(Reason.RESULT_USE, "its result is neither awaited nor entered here")


def _by_method(sure: Sure, site: CallSite, method: str | None, config: Config) -> Iterator[Refusal]:
    if method is None or method in SAFE:
        return
    if not method:
        yield Refusal(Reason.METHOD_UNKNOWN, "which HTTP method it is, no constant says")
    elif method != "POST" or not _may_post(site, config):
        yield Refusal(Reason.NOT_IDEMPOTENT, f"{method} may do its work twice")
    elif not idempotency_key(sure, site):
        yield Refusal(Reason.NOT_IDEMPOTENT, "POST without an Idempotency-Key in headers= may do its work twice")


def _may_post(site: CallSite, config: Config) -> bool:
    scope = site.scope.function()
    if scope is None:
        return False
    name = scope.module.definitions[scope.symbol].dotted
    return any(dotted_matches(pattern, name) for pattern in config.retry.post)


def _is_ours_at(layer: Layer, site: CallSite) -> bool:
    """Whether a layer is what we have wrapped around this very call."""
    return layer.text == OURS and (layer.file, layer.line) == (site.scope.module.file, site.node.lineno)
