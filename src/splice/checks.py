"""What one value of the configuration must look like: a function per kind, value in, checked value out.

Each raises WrongError with words for the user; the caller adds key, file and line. Every value comes from
the repository and may end up in a path, a specifier or generated code, so nothing loose gets through.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Callable

from splice import __version__
from splice.patterns import refusal
from splice.tomlfile import show

MOST = 1000  # items of a list, and characters of an item: patterns meet every file and every function


class WrongError(Exception):
    """A value that a check refuses: what it should be, the item of a list that is meant, and the fix."""

    def __init__(self, message: str, *, item: str = "", fix: str = "") -> None:
        self.message, self.item, self.fix = message, item, fix


def text(value: object) -> str:
    if not isinstance(value, str):
        raise WrongError(f"must be a string, not {_kind(value)}")
    return value


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise WrongError(f"must be true or false, not {_kind(value)}")
    return value


def count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**9:
        raise WrongError(f"must be a whole number above 0, not {_kind(value)}")
    return value


def texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise WrongError('must be a list of strings, such as ["a", "b"]')
    seen: set[str] = set()
    if len(value) > MOST or max(map(len, value), default=0) > MOST:
        raise WrongError(f"must hold no more than {MOST} strings, each of no more than {MOST} characters")
    for item in value:
        if item in seen:
            raise WrongError(f"names {show(item)} twice", item=item)
        seen.add(item)
    return tuple(value)


def matching(expression: str, example: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if isinstance(value, float):
            raise WrongError("must be a string, not a number", fix=f'write it in quotes, such as "{example}"')
        if not re.fullmatch(expression, text(value)):
            raise WrongError(f'must look like "{example}", not {show(value)}')
        return str(value)

    return check


def module(value: object) -> str:
    """A stem or dotted module; it becomes a path, so nothing else gets through."""
    if not all(_is_name(part) for part in text(value)[: MOST + 1].split(".")) or len(str(value)) > MOST:
        raise WrongError(f'must be a module such as "scaffold" or "orders.scaffold", not {show(value)}')
    return str(value)


def _is_name(part: str) -> bool:
    """Whether a file of this name can be imported under it: Python reads `\N{LATIN SMALL LETTER LONG S}` as `s`."""
    plain = part.isidentifier() and not keyword.iskeyword(part) and unicodedata.normalize("NFKC", part) == part
    return plain and not part.startswith("__") and len(part) <= 100


def folder(value: object) -> str:
    parts = text(value).split("/")
    if ".." in parts or str(value).startswith("/") or "\\" in str(value) or "\0" in str(value):
        raise WrongError(f'must be a folder below the root such as "src", not {show(value)}')
    return "/".join(part for part in parts if part not in ("", "."))


def patterns(value: object) -> tuple[str, ...]:
    for item in texts(value):
        if why := refusal(item):
            raise WrongError(why, item=item)
    return texts(value)


def names(value: object) -> tuple[str, ...]:
    """Patterns of dotted names."""
    for item in texts(value):
        if not re.fullmatch(r"[\w*]+(\.[\w*]+)*", item):
            raise WrongError(f'must hold dotted names such as "orders.service.*", not {show(item)}', item=item)
    return texts(value)


def objects(value: object) -> tuple[str, ...]:
    """Objects of modules, as entry points name them."""
    for item in texts(value):
        if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*", item):
            raise WrongError(f'must hold objects such as "orders.tracing:traced", not {show(item)}', item=item)
    return texts(value)


def mode(value: object) -> str:
    if text(value) not in ("enrich", "child"):
        raise WrongError(f'must be "enrich" or "child", not {show(value)}')
    return str(value)


def instrument(value: object) -> str:
    if str(value).startswith("http.server."):
        raise WrongError("http.server.* belongs to server instrumentation, and sums would count twice")
    return matching(r"[A-Za-z][A-Za-z0-9_.\-/]{0,254}", "app.operation.duration")(value)


def required(value: object) -> str:
    from packaging.specifiers import SpecifierSet

    try:
        wanted = SpecifierSet(text(value))
        fits = wanted.contains(__version__, prereleases=True)
    except ValueError:  # InvalidSpecifier is one; so are numbers of thousands of digits
        raise WrongError(f'must be a version range such as ">=0.1,<0.2", not {show(value)}') from None
    if not fits:
        raise WrongError(f"asks for {show(value)}, and this is {__version__}", fix="install a splice that fits")
    return str(value)


def settings(value: object) -> object:
    if not isinstance(value, dict):
        raise WrongError(f"must be a table, not {_kind(value)}")
    return value


def _kind(value: object) -> str:
    if isinstance(value, int) and abs(value) < 10**9:
        return show(value).lower()
    kinds = {int: "a huge number", float: "a number", str: "a string", list: "a list", dict: "a table"}
    return kinds.get(type(value), "a date or time")
