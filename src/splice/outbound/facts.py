"""What is known about each outbound call: how long it waits, what repeats it, and why it may not be repeated."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from splice.config import Config
from splice.model import Colour
from splice.outbound import multicallables
from splice.outbound.calls import Key, Outbound, Refusal, Waits
from splice.outbound.catalogue import Named, libraries, named
from splice.outbound.chains import Above, Chains
from splice.outbound.layers import Layers
from splice.outbound.repeat import SAFE, refusals
from splice.outbound.sessions import Sessions
from splice.outbound.sure import Sure
from splice.outbound.surroundings import Surroundings
from splice.outbound.timeouts import Given, given
from splice.outbound.transactions import Transactions
from splice.outbound.waiting import Waiting
from splice.symbols import CallSite, Definition
from splice.values import Const, External, Instance

_BEST = ("off", "missing", "unknown", "default", "client", "own", "ours")


@dataclass(frozen=True, slots=True)
class Match:
    """A call that is a library's: what it is, and the objects that it is called on."""

    site: CallSite
    named: Named
    owners: tuple[Instance, ...]
    functions: tuple[Definition, ...]  # of the project, where the policy names one
    wrapped: bool


class Facts:
    """Answers for one call at a time. `stem` is the last name of the scaffold."""

    def __init__(self, sure: Sure, around: Surroundings, config: Config, handlers: Collection[tuple[str, str]]) -> None:
        self.sure, self.around, self.config = sure, around, config
        self.stem = config.scaffold.rpartition(".")[2]
        self.layers = Layers(sure, self.stem, config.retry.attempts)
        self.waiting = Waiting(sure)
        self.sessions = Sessions(sure, self.layers)
        transactions = Transactions(sure, self.layers.blocks)
        self.chains = Chains(sure, self.layers, transactions, handlers, config.retry.functions)

    def of(self, matches: Mapping[Key, Match]) -> dict[Key, Outbound]:
        """The facts of all calls."""
        keys = {_place(match.site): key for key, match in matches.items()}
        return {key: self._facts(key, match, keys) for key, match in matches.items()}

    def colour(self, site: CallSite) -> Colour:
        """The colour of the function around a call; code in a lambda runs elsewhere."""
        function = site.scope.function()
        if function is None or self.around.in_lambda(site):
            return "sync"
        return function.module.definitions[function.symbol].colour

    def method(self, site: CallSite, found: Named) -> str | None:
        """The HTTP method of a call: "" where an argument says and it is no constant."""
        function = found.function
        if function is None or function.method is None:
            return None
        node = site.node
        if function.post_if and (len(node.args) > 1 or any(k.arg in (function.post_if, None) for k in node.keywords)):
            return ""
        if function.verb is None:
            return function.method
        keyword, position = function.verb
        argument = next((k.value for k in node.keywords if k.arg == keyword), None)
        before = node.args[: position + 1]
        if argument is None and len(before) > position and not any(isinstance(a, ast.Starred) for a in before):
            argument = node.args[position]
        if argument is None or self.around.local_names(site):
            return ""
        values = self.sure.values(argument, site.scope)
        word = values[0].value if len(values) == 1 and isinstance(values[0], Const) else ""
        return word.upper() if isinstance(word, str) else ""

    def _facts(self, key: Key, match: Match, keys: dict[tuple[str, int, int], Key]) -> Outbound:
        found, site = match.named, match.site
        said = self._given(match)
        made = (keys.get(owner.site) for owner in match.owners if owner.call is not None)
        clients = tuple(dict.fromkeys(key for key in made if key is not None))
        method, use = self.method(site, found), self.around.used(site)
        own = tuple(layer for owner in match.owners for layer in self.sessions.repeats(owner))
        if found.library == "grpc":
            own += tuple(layer for owner in match.owners for layer in multicallables.repeats(self.sure, owner))
        own += tuple(layer for definition in match.functions for layer in self.layers.of_decorators(definition))
        above = Above()
        if found.client is None:
            above = self.chains.of_call(site, self.around.in_lambda(site))
        refused: tuple[Refusal, ...] = ()
        if found.function is not None and found.function.repeatable:
            refused = tuple(refusals(self.sure, site, found.function, method, use, above, own, self.config))
        return Outbound(
            file=key[0],
            symbol=key[1],
            line=site.node.lineno,
            library=found.library,
            callee=found.name,
            role="client" if found.client is not None else "request" if found.library else "named",
            method=method,
            style=found.function.style if found.function is not None else "sync",
            colour=self.colour(site),
            waits=said.waits,
            keyword=said.keyword,
            constant=libraries()[found.library].constant if found.library else "",
            clients=clients,
            clients_known=all(owner.call is not None for owner in match.owners),
            wrapped=match.wrapped,
            used=use,
            repeatable=found.function is not None and found.function.repeatable,
            refusals=refused,
            layers=(*above.layers, *own[:1]),
            resends=libraries()[found.library].resends if found.library and method in SAFE else 0,
        )

    def _given(self, match: Match) -> Given:
        """What a call says about its timeout, else what its client object says."""
        site, found = match.site, match.named
        place = (site.scope.module.file, site.node.lineno)
        entry = found.client or found.function
        assert entry is not None
        said = Given(Waits("missing" if found.library else "unknown", "", *place))
        if entry.limit is not None:
            said = given(self.sure, site.node, site.scope, entry.limit, self.stem)
        if found.client is not None and said.waits.state == "missing":
            waiting = self.waiting.on(found.client, _place(site))
            return Given(Waits("unknown", f"it would cut short what waits: {waiting}", *place)) if waiting else said
        if said.waits.state not in ("missing", "default") or not match.owners:
            return said
        by_client = self._by_clients(match)
        if by_client is None and said.waits.state == "missing":
            decided = next(filter(None, map(self.sessions.decides, match.owners)), "")
            return Given(Waits("unknown", decided, *place)) if decided else said
        return said if by_client is None else by_client

    def _by_clients(self, match: Match) -> Given | None:
        """What the objects say that a call is made on; None where their class takes no timeout."""
        outcomes: list[Waits] = []
        for owner in match.owners:
            owned = self._client(owner)
            if owned is None or owned.client is None or owned.client.limit is None:
                return None
            place = (match.site.scope.module.file, match.site.node.lineno)
            if owner.call is None or owner.scope is None or not isinstance(owner.cls, External):
                limit = owned.client.limit
                state = Waits("unknown", f"where the {owned.name} is made is not known", *place)
                outcomes.append(Waits("default", f"{limit.default:g} s", *place) if limit.default else state)
                continue
            waits = given(self.sure, owner.call, owner.scope, owned.client.limit, self.stem).waits
            outcomes.append(replace(waits, state="client") if waits.state == "own" else waits)
        worst = min(outcomes, key=lambda waits: _BEST.index(waits.state))
        return Given(worst)

    def _client(self, owner: Instance) -> Named | None:
        bases = [b.name for b in self.sure.project.bases(owner.cls) if isinstance(b, External)]
        return next((found for name in bases if (found := named(name)) is not None), None)


def _place(site: CallSite) -> tuple[str, int, int]:
    return site.scope.module.file, site.node.lineno, site.node.col_offset
