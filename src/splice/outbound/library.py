"""What a library for outbound calls offers, as data: functions, client classes, where each takes its timeout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: How the result of a call is used: as it is, awaited, or awaited as well as entered (aiohttp).
Style = Literal["sync", "async", "awaitable or context"]


@dataclass(frozen=True, slots=True)
class Limit:
    """How a call takes a timeout."""

    keyword: str = "timeout"  # the argument that limits most
    position: int | None = None  # among the positional arguments, where it may be one of them
    also: tuple[str, ...] = ()  # other arguments that decide about it, so that it is not for us to say
    default: float | None = None  # seconds that the library waits when nothing is said, up to a minute; None: longer
    text: str = ""  # a part of a URL or DSN in the first argument that sets it too
    text_wins: bool = False  # over our argument, so that one that is not known does not matter
    milliseconds: bool = False  # in which our constants are not: it is never added


@dataclass(frozen=True, slots=True)
class Function:
    """A function or a method that goes out to another service.

    `method` is what it asks for, "" where an argument says (`verb`: its keyword and position), None where there is
    no such thing. `limit` is None where only the client object takes a timeout.
    """

    method: str | None = None
    verb: tuple[str, int] | None = None
    limit: Limit | None = None
    style: Style = "sync"
    bodies: tuple[str, ...] = ()  # keywords whose argument may be a stream that can be read once
    body_at: int | None = None  # the position of the first of these
    post_if: str = ""  # an argument that makes a POST of a GET (urllib's `data`)
    repeatable: bool = False  # whether `retried` knows how to judge its outcome


@dataclass(frozen=True, slots=True)
class Client:
    """A class whose objects make calls. `limit` is None where it takes no timeout: then each call does.

    `waits`: methods that wait on purpose (where they have this argument, "" for always), and would be cut short.
    """

    methods: Mapping[str, Function] = field(default_factory=dict)
    limit: Limit | None = None
    waits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Library:
    """One library; its name is the name of its module in `libraries/`.

    `tokens`: a file that holds none of these bytes does not name it. `constant`: the scaffold's part that is a timeout
    for it. `aliases`: other dotted names of the same things, to the ones used here.
    """

    tokens: tuple[bytes, ...]
    constant: str
    functions: Mapping[str, Function] = field(default_factory=dict)
    clients: Mapping[str, Client] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    resends: int = 0  # times that it sends an idempotent request again by itself, when a connection was dropped
    note: str = ""  # what was decided about its default, and why


def verbs(limit: Limit | None, style: Style = "sync", bodies: tuple[str, ...] = (), **more: str) -> dict[str, Function]:
    """Methods named after HTTP's: `get`, `post`, ...; `more` are others (`get_json="GET"`)."""
    named = {verb.lower(): verb for verb in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")} | more
    return {
        name: Function(method=method, limit=limit, style=style, bodies=bodies, repeatable=True)
        for name, method in named.items()
    }
