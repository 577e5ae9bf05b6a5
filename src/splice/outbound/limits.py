"""What the policy of timeouts comes to for one call: whether it may have one from us, and whether it will end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from splice.outbound.calls import Key, Outbound

if TYPE_CHECKING:
    from splice.config import Config


def may_have(call: Outbound, config: Config) -> bool:
    """Whether a call lacks a timeout that could be added to it, or has it from here."""
    replaced = call.waits.state == "default" and call.library == "httpx" and config.timeouts.httpx
    return bool(call.keyword) and (call.waits.state in ("missing", "ours") or replaced)


def through_clients(call: Outbound, config: Config, facts: Mapping[Key, Outbound]) -> bool:
    """Whether every client object that it may be called on gets, or has, a timeout that counts for its calls."""
    clients = [facts[key] for key in call.clients if key in facts]
    known = bool(clients) and len(clients) == len(call.clients) and call.clients_known
    return known and all(may_have(client, config) for client in clients)


def ends(call: Outbound, config: Config, facts: Mapping[Key, Outbound]) -> bool:
    """Whether something limits how long a call takes, once the codemod `timeouts` has been there."""
    if call.waits.is_limited and call.waits.state != "ours":
        return True
    given = "timeouts" in config.codemods and config.timeouts.is_set
    return given and (may_have(call, config) or through_clients(call, config, facts))
