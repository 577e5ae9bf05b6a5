"""One generated module: an app, a router, or helpers, with its handlers and what stands between them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from . import outbound
from .functions import NAMES, definition, placed
from .headers import header
from .ink import Ink, gap, inks

Framework = Literal["flask", "fastapi"]
_PATHS = ("/x", "/x/{id}", "/", "/a b/", "/é", '/q"', "/p'", "/{{n}}", "/long/" + "y" * 70)
_WORDS = {"flask": ("get", "post", "route"), "fastapi": ("get", "put", "api_route", "websocket")}
# What a route of FastAPI's may be given beside its path, and what its handler may ask for.
_DEPENDENCIES = (
    "",
    "",
    ", dependencies=[]",
    ", dependencies=[Depends(logged)]",
    ", dependencies=[Depends(logged), Depends(cached)]",
    ", dependencies=[\n{i}# first\n{i}Depends(logged),  # why\n]",
    ", dependencies=[Depends(logged),], tags=[]",
    ", dependencies=[ ]  # none\n{i}",
    ", dependencies=OTHERS",
    ", dependencies=(Depends(logged),)",
    ", dependencies=[*OTHERS]",
    ", dependencies = list()",
    ", **options",
)
_MORE = {
    "flask": ("from flask_login import login_required", "from gate import checked"),
    "fastapi": ("from fastapi import Depends, Request, Security", "from gate import checked"),
}
_ASKING = (
    None,
    None,
    None,
    None,
    None,
    None,
    "user=Depends(checked)",
    "request: Request, user: str = Security(checked, scopes=['a'])",
)
_GUARDED = ("@login_required", "@checked")
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
    draw: DrawFn,
    file: str,
    framework: Framework,
    receiver: str,
    makes: Sequence[str],
    mounts: Sequence[str],
    talks: bool = False,
) -> Module:
    """A module that makes `receiver`, registers handlers on it and mounts others.

    `makes`: its import and the statement that makes it; `mounts`: imports, then statements. `talks`: see `Ink`.
    """
    ink = draw(inks(talks))
    imports = [makes[0], *(line for line in mounts if " import " in f" {line}")]
    imports += [*outbound.IMPORTS, *_MORE[framework]] if talks else []
    lines = draw(header(ink, imports))
    lines += ["", *outbound.CLIENTS] if talks else []
    own = ["", "", "def logged(f): return f", "cached = tagged = observe = lambda *a: logged"]
    lines += own if talks or draw(st.booleans()) else []
    statement = makes[1]
    factory = draw(st.integers(0, 4)) == 4
    body: list[str] = [statement]
    handlers: list[str] = []
    for number in range(draw(st.integers(1, 4))):
        name = f"{draw(st.sampled_from(ink.fits(NAMES)))}_{number}"
        body += draw(gap(ink))
        if ink.noisy and draw(st.booleans()):
            free = draw(st.sampled_from((*_FREE, *outbound.FREE) if talks else _FREE)).replace("    ", ink.unit)
            body.append(draw(outbound.calling(ink, free)))
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
        asking = None
        if ink.talks and framework == "flask" and draw(st.integers(0, 3)) == 3:
            registering.append(draw(st.sampled_from(_GUARDED)))
        elif ink.talks and framework == "fastapi":
            asking = draw(st.sampled_from(_ASKING))
        return draw(placed(ink, draw(definition(ink, name, registering, asking))))
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
    if ink.talks and framework == "fastapi":
        handed += draw(st.sampled_from(_DEPENDENCIES)).replace("{i}", ink.unit)
    return [*lines, f"{receiver}.{adder}({path!r}, {handed})"]


@st.composite
def _registering(draw: DrawFn, ink: Ink, framework: Framework, receiver: str, path: str) -> str:
    """A decorator that registers, in one of its spellings."""
    word = draw(st.sampled_from(_WORDS[framework]))
    more = draw(st.sampled_from(["", ', methods=["GET", "POST"]'])) if word in ("route", "api_route") else ""
    more += draw(st.sampled_from(_DEPENDENCIES)) if ink.talks and framework == "fastapi" else ""
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
