"""All libraries together: from a dotted name to what it is, whatever other names it has."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass

from splice.outbound.library import Client, Function, Library


@functools.cache
def libraries() -> Mapping[str, Library]:
    """Every library by its name, sorted."""
    package = importlib.import_module("splice.outbound.libraries")
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return {name: importlib.import_module(f"{package.__name__}.{name}").library for name in names}


def tokens() -> tuple[bytes, ...]:
    """A file that holds none of these names no library."""
    return tuple(sorted({token for library in libraries().values() for token in library.tokens}))


@dataclass(frozen=True, slots=True)
class Named:
    """A function, a client class, or a method of one, by its canonical dotted name."""

    name: str
    library: str  # as in `libraries()`
    package: str  # top-level name of what is imported: `psycopg2`
    function: Function | None = None
    client: Client | None = None


@functools.cache
def _names() -> Mapping[str, Named]:
    found: dict[str, Named] = {}
    for name, library in libraries().items():
        for dotted, function in library.functions.items():
            found[dotted] = Named(dotted, name, dotted.partition(".")[0], function)
        for dotted, client in library.clients.items():
            found[dotted] = Named(dotted, name, dotted.partition(".")[0], None, client)
        for alias, dotted in library.aliases.items():
            found[alias] = found[dotted]
    return found


def named(dotted: str) -> Named | None:
    """What a dotted name is, None when it is of no library that is known."""
    return _names().get(dotted)


def method(cls: str, attr: str) -> Named | None:
    """A method of a client class, None when it goes nowhere or the class is none."""
    owner = named(cls)
    function = owner.client.methods.get(attr) if owner is not None and owner.client is not None else None
    if owner is None or function is None:
        return None
    return Named(f"{owner.name}.{attr}", owner.library, owner.package, function)


@functools.cache
def last_names() -> frozenset[str]:
    """The last names of whatever may be called: a call of another name is none of a library's, unless it is aliased."""
    found = {name.rpartition(".")[2] for name in _names()}
    for library in libraries().values():
        found |= {attr for client in library.clients.values() for attr in client.methods}
    return frozenset(found)


@functools.cache
def seeds() -> frozenset[str]:
    """Names that are something of a library wherever they come from; `Name()` is what calling one gives."""
    found: set[str] = set()
    for dotted, entry in _names().items():
        last = dotted.rpartition(".")[2]
        found |= {dotted.partition(".")[0], last}
        if entry.client is not None:
            found.add(f"{last}()")
    return frozenset(found)


def client_classes() -> frozenset[str]:
    """Every dotted name of a client class."""
    return frozenset(dotted for dotted, entry in _names().items() if entry.client is not None)
