r"""Django's routes in two forms: as the running resolver shows them, and as people read them.

`api/books/<int:pk>/` reads `/api/books/{pk}/`; `^articles/(?P<year>[0-9]{4})/$` reads `/articles/{year}/`. A regular
expression that stands for several paths reads as nothing. Native forms are the keys: pieces are joined as Django does.
"""

from __future__ import annotations

import re

_PARAMETER = re.compile(r"<(?:[^>:]+:)?([^>]+)>")
_GROUP = re.compile(r"\?P<(\w+)>|\?:|")
Suffixes = tuple[str, ...] | None  # the formats that may stand behind a route, () for any, None where none may
LANGUAGE = "<language>/"  # `i18n_patterns`: the running resolver shows the language of the request here


class Forms:
    """The readable form of every route met; None where there is no single one."""

    def __init__(self) -> None:
        self._readable: dict[str, str | None] = {"": ""}

    def note(self, native: str, readable: str | None) -> str:
        """Remember how a native route reads; two readings of the same text cancel out. Gives back `native`."""
        if self._readable.setdefault(native, readable) != readable:
            self._readable[native] = None
        return native

    def piece(self, native: str, *, regex: bool) -> str:
        """The route of one `path(...)`, or `re_path(...)` with `regex`."""
        return self.note(native, readable(native) if regex else _PARAMETER.sub(r"{\1}", native))

    def join(self, above: str, below: str) -> str:
        """A route below a prefix: `^` of the second one is dropped, unless it is the first text at all."""
        if not above or not below:
            return above or below
        first, second = self._readable.get(above), self._readable.get(below)
        native = above + below.removeprefix("^")
        if above.endswith("$"):
            first = None  # below the end of a path
        return self.note(native, None if first is None or second is None else first + second)

    def plain(self, native: str) -> str | None:
        """The path of an operation, None where it has no single one."""
        found = self._readable.get(native)
        return None if found is None else f"/{found}"


def suffixed(forms: Forms, native: str, suffixes: Suffixes, *, regex: bool) -> str:
    """The route that `format_suffix_patterns` adds beside another: the same endpoint, so it reads the same."""
    allowed = suffixes or ()
    plain = forms.plain(native)
    ending = "<" + "_".join(("drf_format_suffix", *allowed)) + ":format>"
    if regex:
        inner = f"({'|'.join(allowed)})" if len(allowed) > 1 else "".join(allowed) or "[a-z0-9]+"
        ending = rf"\.(?P<format>{inner})/?$"
    text = native.rstrip("$").rstrip("/") + ending
    return forms.note(text, plain.removeprefix("/") if plain is not None else None)


def readable(regex: str) -> str | None:
    """The one path that a regular expression stands for, `{name}` for each group; None when it stands for several."""
    text = re.sub(r"^(?:\^|\\A)", "", regex)
    text = re.sub(r"(?<!\\)(?:\$|\\Z)$", "", text)
    if text.endswith(("/?", "/*")):
        text = text[:-1]  # with or without the last slash: one endpoint
    return _read(text)


def _read(text: str) -> str | None:
    out: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "(":
            end = _closing(text, at)
            head = _GROUP.match(text, at + 1)
            if end is None or head is None or text[end + 1 : end + 2] in ("?", "*", "+", "{"):
                return None
            if head[0] == "?:":
                inner = _read(text[head.end() : end])
                if inner is None:
                    return None
                out.append(inner)
            elif not head[0] and text[at + 1] == "?":
                return None  # a flag, or a look around
            else:
                out.append(f"{{{head[1] or 'var'}}}")
            at = end + 1
            continue
        if char == "\\":
            at += 1
            char = text[at : at + 1]
            if not char or char.isalnum():
                return None  # a class of characters
        elif char in "[]*+?{}|^$)":
            return None
        if text[at + 1 : at + 2] in ("?", "*", "+", "{"):
            return None
        out.append(char)
        at += 1
    return "".join(out)


def _closing(text: str, start: int) -> int | None:
    """Where the group that opens at `start` closes."""
    depth, at, opened = 0, start, -1  # `opened`: where a set of characters starts
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif opened >= 0:
            first = opened + 1 + text.startswith("^", opened + 1)
            opened = -1 if char == "]" and at > first else opened
        elif char == "[":
            opened = at
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if not depth:
                return at
        at += 1
    return None
