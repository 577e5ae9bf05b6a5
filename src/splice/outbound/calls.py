"""What is known of one outbound call, for those who would add to it: frozen facts, keyed like its join point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from splice.model import Colour, Finding, JoinPoint, Reason
from splice.outbound.library import Style

#: own: the call says it; client: its client object does; ours: a constant of the scaffold; default: the library has
#: one; off: switched off on purpose (`timeout=None`); missing: it waits for ever; unknown: that cannot be said.
TimeoutState = Literal["own", "client", "ours", "default", "off", "missing", "unknown"]
Key = tuple[str, str]  # file and symbol of the join point
#: How often something tries, the first time included; None: until it works, or nobody can say.
Attempts = int | None
OURS = "retried(...)"  # how a layer of our own is called


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a call waits, going by the source; `by` says what decides, at `file`:`line`."""

    state: TimeoutState
    by: str = ""
    file: str = ""
    line: int = 0

    @property
    def is_limited(self) -> bool:
        """Whether something ends it."""
        return self.state in ("own", "client", "ours", "default")


@dataclass(frozen=True, slots=True)
class Layer:
    """One thing that repeats, where it stands, and how many attempts it makes (None: not limited, or not known)."""

    text: str
    attempts: Attempts
    file: str
    line: int

    def __str__(self) -> str:
        times = "?" if self.attempts is None else str(self.attempts)
        return f"{self.text} ({times}), {self.file}:{self.line}"


def product(layers: Iterable[Layer]) -> Attempts:
    """The attempts of layers around each other; None when one of them is not limited."""
    total = 1
    for layer in layers:
        if layer.attempts is None:
            return None
        total *= layer.attempts
    return total


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call is not to be repeated."""

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Outbound:
    """One call of a library, or of a constructor of one of its clients.

    `keyword`: the argument that would give it a timeout, "" where none can be added here; `constant` is the scaffold's
    part for it. `clients`: the keys of the join points that make the objects it is called on, as far as they are in
    the project; `clients_known` when these are all that it may be. `repeatable`: whether `retried` knows this kind of
    call at all; `refusals`: every reason not to repeat it, none for a call that may be. `wrapped`: it stands in
    `retried(...)` of ours already. `layers`: what repeats it, in the worst chain of calls, outermost first.
    """

    file: str
    symbol: str
    line: int
    library: str  # as in libraries/: "requests", "databases"
    callee: str  # canonical: "requests.Session.get"
    role: Literal["request", "client", "named"]  # named: a function that the policy says may be repeated
    method: str | None  # "GET"; "" when an argument says and it is no constant; None: HTTP is not spoken
    style: Style
    colour: Colour
    waits: Waits
    keyword: str = ""
    constant: str = ""
    clients: tuple[Key, ...] = ()
    clients_known: bool = True
    wrapped: bool = False
    refusals: tuple[Refusal, ...] = ()
    used: Literal["plain", "awaited", "entered"] = "plain"
    repeatable: bool = False
    layers: tuple[Layer, ...] = ()
    resends: int = 0  # by the library itself, below all layers

    @property
    def key(self) -> Key:
        return self.file, self.symbol

    @property
    def attempts(self) -> Attempts:
        """How often it may be made for one call of the outermost layer."""
        times = product(self.layers)
        return None if times is None else times * (1 + self.resends)


@dataclass(frozen=True, slots=True)
class Calls:
    """All outbound calls of a project: their join points, the facts of each, and what a human is told."""

    points: tuple[JoinPoint, ...] = ()
    facts: Mapping[Key, Outbound] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
