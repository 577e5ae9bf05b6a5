"""Who calls the function that makes a call, and who calls those: what repeats it there, and what it would hold up.

Follows the calls of the project that resolve; attempts of layers around each other multiply.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from splice.outbound.calls import OURS, Layer, product
from splice.outbound.layers import Layers
from splice.outbound.sure import Sure
from splice.outbound.transactions import Transaction, Transactions
from splice.patterns import dotted_matches
from splice.symbols import CallSite, Definition, Scope
from splice.values import FuncRef

_DEPTH = 25  # functions that call each other


@dataclass(frozen=True, slots=True)
class Above:
    """What stands above a function or a call: the worst chain of layers, outermost first; a transaction; the loop.

    `waits_on_loop`: the coroutine that calls it without giving up the event loop, as file:line.
    """

    layers: tuple[Layer, ...] = ()
    transaction: Transaction | None = None
    waits_on_loop: str = ""

    def joined(self, other: Above) -> Above:
        """Both ways of being called together: the worse of each."""
        return Above(
            max(self.layers, other.layers, key=weight),
            self.transaction or other.transaction,
            self.waits_on_loop or other.waits_on_loop,
        )


def weight(layers: tuple[Layer, ...]) -> tuple[float, int]:
    """How bad a chain is."""
    attempts = product(layers)
    return (float("inf") if attempts is None else attempts, len(layers))


@dataclass
class Chains:
    """Remembers what stands above each function.

    `atomic`: the setting that puts every handler of Django into a transaction, and `handlers` are these.
    `repeated`: functions that the policy lets us wrap wherever they are called.
    """

    sure: Sure
    layers: Layers
    transactions: Transactions
    handlers: Collection[tuple[str, str]] = ()
    repeated: Collection[str] = ()
    _atomic: list[Transaction | None] = field(default_factory=list)
    _known: dict[int, Above] = field(default_factory=dict)
    _running: list[Definition] = field(default_factory=list)
    _cut: bool = False

    def of_call(self, site: CallSite, in_lambda: bool) -> Above:
        """What stands around a call and above its function."""
        function = self._function(site.scope)
        above = self.of_function(function) if function is not None else Above()
        if in_lambda:
            above = replace(above, waits_on_loop="")
        elif function is not None and function.colour.startswith("async"):
            above = replace(above, waits_on_loop=_place(site))
        return self._through(above, site)

    def _through(self, above: Above, site: CallSite) -> Above:
        layers = (*above.layers, *self.layers.of_site(site))
        return replace(above, layers=layers, transaction=self.transactions.of_site(site) or above.transaction)

    def of_function(self, definition: Definition) -> Above:
        """What stands above a function, its decorators included."""
        if id(definition) in self._known:
            return self._known[id(definition)]
        if definition in self._running or len(self._running) > _DEPTH:
            self._cut = True
            return Above()
        self._running.append(definition)
        try:
            found = self._called(definition)
        finally:
            self._running.pop()
        layers = (*found.layers, *self.layers.of_decorators(definition))
        transaction = self.transactions.of_decorators(definition) or found.transaction
        found = replace(found, layers=layers, transaction=transaction or self._atomic_request(definition))
        if not self._running:
            self._cut = False
        if not self._cut:
            self._known[id(definition)] = found
        return found

    def _called(self, definition: Definition) -> Above:
        found = Above()
        synchronous = not definition.colour.startswith("async")
        for site in self.sure.project.calls_of(definition):
            above = self._caller(site, direct=synchronous)
            if any(dotted_matches(pattern, definition.dotted) for pattern in self.repeated):
                ours = Layer(OURS, self.layers.attempts, site.scope.module.file, site.node.lineno)
                above = replace(above, layers=(*above.layers, ours))
            found = found.joined(above)
        for site in self._handed_to(definition):  # whoever gets the function may repeat it, and runs it elsewhere
            above = self._caller(site, direct=False)
            above = replace(above, layers=(*above.layers, *self.layers.of_caller(site)), transaction=None)
            found = found.joined(above)
        return found

    def _caller(self, site: CallSite, direct: bool) -> Above:
        caller = self._function(site.scope)
        above = self.of_function(caller) if caller is not None else Above()
        if direct and caller is not None and caller.colour.startswith("async"):
            above = replace(above, waits_on_loop=_place(site))
        elif not direct or caller is None:
            above = replace(above, waits_on_loop="")
        return self._through(above, site)

    def _handed_to(self, definition: Definition) -> Iterator[CallSite]:
        for module in list(self.sure.project.modules()):
            for node, site in module.given.get(definition.name, ()):
                if FuncRef(definition) in self.sure.project.values(node, site.scope):
                    yield site

    def _atomic_request(self, definition: Definition) -> Transaction | None:
        if (definition.scope.module.file, definition.symbol) not in self.handlers:
            return None
        if not self._atomic:
            self._atomic.append(self.transactions.of_requests(list(self.sure.project.modules())))
        return None if self.transactions.is_exempt(definition) else self._atomic[0]

    @staticmethod
    def _function(scope: Scope) -> Definition | None:
        function = scope.function()
        return function.module.definitions[function.symbol] if function is not None else None


def _place(site: CallSite) -> str:
    return f"{site.scope.module.file}:{site.node.lineno}"
