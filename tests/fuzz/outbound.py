"""Calls of other services, in every place and spelling that a generated function may hold them.

A call is a callee, its arguments, and how both are laid out; a body is statements with such calls in them.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from .ink import Ink

IMPORTS = (
    "import aiohttp",
    "import httpx",
    "import requests",
    "import urllib.request",
    "from requests import get as fetch",
)
CLIENTS = (
    "session = requests.Session()",
    "client = httpx.Client()",
    "options = {}",
    "where = ['http://x']",
    "URL = 'http://x'",
    "OTHERS = [1]",
)
FREE = (
    "TEXT = {c}",
    "if 0: TEXT = {c}",
    "class Config:\n    TEXT = {c}",
    "def given(a={c}): return a",
    "late = lambda: {c}",
    "print({c}, end='')",
)
_CALLEES = (
    "requests.get",
    "requests.get",
    "requests.post",
    "session.get",
    "session.delete",
    "client.get",
    "httpx.put",
    "fetch",
    "urllib.request.urlopen",
)
_ODD_CALLEES = ("(requests.get)", "requests . get", "(\n{i}requests\n{i}.get\n)", "requests.\\\n{i}get", "( fetch )")
_ARGUMENTS = (
    "URL",
    "URL",
    "URL",
    "'http://é'",
    "url=URL",
    "URL, headers={'a': 'b'}",
    "f'http://x/{URL}'",
    "URL, timeout=3",
    "URL, timeout=None",
    "URL, **options",
    "*where",
    "URL, params=[1, 2]",
    "URL, data=open('x')",
    "URL.format(1)",
    "(URL)",
    "URL, allow_redirects = (\n{i}False\n)",
    "'''http://x/\n{i}y'''",
    "session.get(URL).text",
    "requests.get(requests.get(URL).url).url",
    "url if 0 else URL",
    "(lambda: URL)()",
)
_LAYOUTS = ("{f}({a})", "{f}({a})", "{f}({a})", "{f}({a},)")
_ODD_LAYOUTS = (
    "{f}( {a} )",
    "{f} ({a})",
    "{f}({a}, )",
    "{f}({a} ,)",
    "{f}(\n{i}{a}\n)",
    "{f}(\n{i}{a},\n)",
    "{f}(\n{i}{a},  # where\n{i}verify=None,  # why\n)",
    "{f}(\n{i}{a}  # no comma\n)",
    "{f}(\n{i}{a}\n{i}# alone\n)",
    "{f}(\n{i}{a}\n{i}, # odd\n)",
    "{f}(\n# first\n{i}{a}, verify=None\n)",
    "{f}({a},\n{i}verify=None)",
    "{f}({a}, verify=None,\n)",
    "{f}({a},  # (\n{i}verify=None, )",
    "{f} \\\n({a})",
)
_SYNC: tuple[tuple[str, ...], ...] = (
    ("return {c}.text",),
    ("{c}",),
    ("x = {c}; return x",),
    ("return [{c} for url in where]",),
    ("return {url: {c} for url in (URL, '')}",),
    ("return any({c} for _ in where)",),
    ("return lambda: {c}",),
    ("return {c}, {c}",),
    ("return {c}.json()['a'] + {c}.text",),
    ("with {c} as r:", "{i}return r"),
    ("with requests.Session() as s:", "{i}return s.get(URL).json()"),
    ("with httpx.Client(base_url=URL) as c, {c} as r:", "{i}return c.get('/')"),
    ("try:", "{i}return {c}", "except OSError:", "{i}return ''"),
    ("for attempt in range(3):", "{i}try:", "{i}{i}return {c}", "{i}except OSError: pass"),
    ("if {c}: return {c}", "return ''"),
    ("def inner(url=URL): return {c}", "", "return inner()"),
    ("return f'{requests.get(URL).text!r:>{10}} { fetch(URL) }'",),
    ("return str({c})",),
    ("yield {c}",),
    ("assert {c}, 'é'",),
    ("return not {c}",),
    ("return -{c}.status_code",),
    ("observed = retried = {c}", "return observed"),
    ("s = requests.Session()", "s.headers['a'] = 'b'", "return s.get(URL), {c}"),
    ("return {c}  # why", "# end"),
    ("match {c}:", "{i}case _: return 1"),
)
_ASYNC: tuple[tuple[str, ...], ...] = (
    ("async with aiohttp.ClientSession() as s:", "{i}async with s.get(URL) as r:", "{i}{i}return await r.json()"),
    ("async with aiohttp.ClientSession() as s, s.get(URL) as r:", "{i}return r"),
    ("async with aiohttp.ClientSession(\n{i}headers={},  # none\n) as s:", "{i}return await s.put(URL, json=1)"),
    ("async with httpx.AsyncClient() as c:", "{i}return (await c.get(URL)).json()"),
    ("async with httpx.AsyncClient(timeout=None) as c:", "{i}r = await c.get(URL)", "{i}return r"),
    ("async with httpx.AsyncClient() as c:", "{i}return [await c.get(url) for url in where]"),
    ("c = httpx.AsyncClient()", "return (await(c.get(URL))).text, await c.post(URL)"),
    ("return {c}.text",),
    ("import asyncio", "return await asyncio.to_thread(requests.get, URL)"),
)


@st.composite
def call(draw: DrawFn, ink: Ink) -> str:
    """One outbound call."""
    callees = (*_CALLEES, *_ODD_CALLEES) if ink.noisy else _CALLEES
    layouts = (*_LAYOUTS, *_ODD_LAYOUTS) if ink.noisy else _LAYOUTS
    arguments = draw(st.sampled_from(ink.fits(_ARGUMENTS)))
    layout = draw(st.sampled_from(layouts)) if "**" not in arguments else "{f}({a})"
    text = layout.replace("{f}", draw(st.sampled_from(callees))).replace("{a}", arguments)
    return text.replace("{i}", ink.unit)


@st.composite
def calling(draw: DrawFn, ink: Ink, template: str) -> str:
    """A line of a body, or several, with calls where it wants some."""
    while "{c}" in template:
        template = template.replace("{c}", draw(call(ink)), 1)
    return template.replace("{i}", ink.unit)


@st.composite
def body(draw: DrawFn, ink: Ink, keyword: str) -> list[str]:
    """The lines of a function that calls other services."""
    bodies = [*_SYNC, *_ASYNC, *_ASYNC] if keyword == "async def" else _SYNC
    lines = draw(st.sampled_from([lines for lines in bodies if ink.fits(lines) == list(lines)]))
    return [row for line in lines for row in draw(calling(ink, line)).split("\n")]
