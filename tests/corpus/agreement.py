"""The routing table of the running framework beside `codemod list`: who is right about what a handler is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .routing import WHOLE, Found, Running, Served, Where


@dataclass(frozen=True, slots=True)
class Agreement:
    """Both tables compared. Every difference is listed by name."""

    running: int
    found: int
    both: int
    missed: tuple[str, ...]
    extra: tuple[str, ...]
    other_routes: tuple[str, ...]
    fewer_routes: tuple[str, ...]  # a handler that is named after the function may have routes that hang on a condition
    unasked: tuple[str, ...]  # listed in files that cannot be imported here

    @property
    def recall(self) -> str:
        return _share(self.both, self.running)

    @property
    def precision(self) -> str:
        return _share(self.both, self.found)


def as_a_whole(actual: Running, said: Found) -> Running:
    """The same, with `dispatch` for the methods of each class that is observed there.

    So are classes that answer only with what a base outside the project has, of which nothing is known.
    """
    whole = {where for where, names in said.members.items() if names == WHOLE and where in actual.members}
    handlers = {where: (("*",), row[1]) if where in whole else row for where, row in actual.handlers.items()}
    members = {where: WHOLE if where in whole else names for where, names in actual.members.items()}
    return replace(actual, handlers=handlers, members=members)


def compare(actual: Running, said: Found) -> Agreement:
    """Recall, precision and every difference. Files that cannot be imported here are left out.

    Each method that a class inherits from outside the project is a handler of its own. A handler that is named after
    its function, with the reason, has routes that are not known; those that are listed must be served. Several routes,
    of which some are not served here, are told apart: that handler is named after its function, too, so no name is
    wrong.
    """
    handlers = {where: row for where, row in said.handlers.items() if where[0] not in actual.broken}
    both = actual.handlers.keys() & handlers.keys()
    serves, lists = _each(actual.handlers, actual.members), _each(handlers, said.members)
    missed = [
        f"{_place(where)} {name}serves {_served(actual.handlers[where])}: {said.skipped.get(where, 'not listed')}"
        for where, name in sorted(serves - lists)
    ]
    extra = [
        f"{_place(where)} {name}{said.symbols[where]} ({_served(handlers[where])}) is no handler of the running app"
        for where, name in sorted(lists - serves)
    ]
    other: list[str] = []
    fewer: list[str] = []
    for where in sorted(both):
        runs, listed = actual.handlers[where], handlers[where]
        text = f"{_place(where)}: runs {_served(runs)}, listed {_served(listed)}"
        if listed[0] != runs[0]:
            other.append(text)
        elif where in said.unnamed:
            other += [text] if set(listed[1]) - set(runs[1]) else []
        elif len(listed[1]) > 1 and set(listed[1]) > set(runs[1]):
            fewer.append(text)
        elif listed[1] != runs[1]:
            other.append(text)
    unasked = [f"{_place(where)} {said.symbols[where]}" for where in sorted(said.handlers.keys() - handlers.keys())]
    counts = (len(serves), len(lists), len(serves & lists))
    return Agreement(*counts, tuple(missed), tuple(extra), tuple(other), tuple(fewer), tuple(unasked))


def _place(where: Where) -> str:
    return f"{where[0]}:{where[1]}"


def _each(rows: Mapping[Where, Served], members: Mapping[Where, tuple[str, ...]]) -> set[tuple[Where, str]]:
    return {(where, f"{name} " if name else "") for where in rows for name in members.get(where, ("",))}


def _served(row: Served) -> str:
    return f"{'|'.join(row[0])} {', '.join(row[1])}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} % ({part}/{whole})" if whole else "-"
