"""One generated module: an app, a router, or helpers, with its handlers and what stands between them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from .functions import NAMES, definition, placed
from .headers import header
from .ink import Ink, gap, inks

Framework = Literal["flask", "fastapi"]
_PATHS = ("/x", "/x/{id}", "/", "/a b/", "/é", '/q"', "/p'", "/{{n}}", "/long/" + "y" * 70)
_WORDS = {"flask": ("get", "post", "route"), "fastapi": ("get", "put", "api_route", "websocket")}
_FREE = (
    "x = 1",
    "x: int = 1",
    "if True: x = 1",
    "class Thing:\n    y = 1",
    "print('hello', end='')",
    "lambda: 0",
    "x = [\n1]",
)


@dataclass(frozen=True)
class Module:
    """A file and the functions in it that a framework registers, by name."""

    file: str
    raw: bytes
    handlers: tuple[str, ...] = ()


@st.composite
def module(
    draw: DrawFn, file: str, framework: Framework, receiver: str, makes: Sequence[str], mounts: Sequence[str]
) -> Module:
    """A module that makes `receiver`, registers handlers on it and mounts others.

    `makes`: its import and the statement that makes it; `mounts`: imports, then statements.
    """
    ink = draw(inks())
    imports = [makes[0], *(line for line in mounts if " import " in f" {line}")]
    lines = draw(header(ink, imports))
    own = ["", "", "def logged(f): return f", "cached = tagged = observe = lambda *a: logged"]
    lines += own if draw(st.booleans()) else []
    statement = makes[1]
    factory = draw(st.integers(0, 4)) == 4
    body: list[str] = [statement]
    handlers: list[str] = []
    for number in range(draw(st.integers(1, 4))):
        name = f"{draw(st.sampled_from(ink.fits(NAMES)))}_{number}"
        body += draw(gap(ink))
        if ink.noisy and draw(st.booleans()):
            body.append(draw(st.sampled_from(_FREE)).replace("    ", ink.unit))
            body += draw(gap(ink))
        kind = draw(st.sampled_from(["handler", "handler", "handler", "call", "class", "plain"]))
        body += draw(_item(ink, kind, framework, receiver, name))
        if kind != "plain":
            handlers.append(unicodedata.normalize("NFKC", name))  # as Python reads it
    body += ["", *(line for line in mounts if " import " not in f" {line}")]
    if factory:
        made = ["def make():", *ink.inner([*body, f"return {receiver}"]), "", f"{receiver} = make()"]
        lines += ["", "", *made]
    else:
        lines += ["", *body]
    return Module(file, ink.bytes_of(lines), tuple(handlers))


@st.composite
def _item(draw: DrawFn, ink: Ink, kind: str, framework: Framework, receiver: str, name: str) -> list[str]:
    path = draw(st.sampled_from(ink.fits(_PATHS)))
    if framework == "flask":
        path = path.replace("{", "<").replace("}", ">")
    if kind == "handler":
        registering = draw(st.lists(_registering(ink, framework, receiver, path), min_size=1, max_size=2))
        return draw(placed(ink, draw(definition(ink, name, registering))))
    if kind == "class" and framework == "flask":
        methods = [
            draw(definition(ink, word, (), "self")) for word in draw(st.sampled_from([["get"], ["get", "post"]]))
        ]
        inner = [line for method in methods for line in (*method, "")]
        register = f"{receiver}.add_url_rule({path!r}, view_func={name}.as_view('{name}'))"
        return ["from flask.views import MethodView", f"class {name}(MethodView):", *ink.inner(inner), register]
    lines = draw(definition(ink, name))
    if kind == "plain":
        return draw(placed(ink, lines))
    adder = "add_url_rule" if framework == "flask" else "add_api_route"
    handed = f"view_func={name}" if framework == "flask" else name
    return [*lines, f"{receiver}.{adder}({path!r}, {handed})"]


@st.composite
def _registering(draw: DrawFn, ink: Ink, framework: Framework, receiver: str, path: str) -> str:
    """A decorator that registers, in one of its spellings."""
    word = draw(st.sampled_from(_WORDS[framework]))
    more = draw(st.sampled_from(["", ', methods=["GET", "POST"]'])) if word in ("route", "api_route") else ""
    quoted = draw(st.sampled_from([repr(path), '"' + path.replace('"', '\\"') + '"']))
    shapes = [f"@{receiver}.{word}({quoted}{more})"]
    if ink.noisy:
        shapes += [
            f"@{receiver}.{word}(\n{{i}}{quoted}{more},\n)",
            f"@ {receiver} . {word}({quoted}{more})",
            f"@({receiver}.{word}({quoted}{more}))",
            f"@(\n{{i}}{receiver}.{word}({quoted}{more})\n)",
            f"@{receiver}.{word} \\\n{{i}}({quoted}{more})",
        ]
    return draw(st.sampled_from(shapes))
