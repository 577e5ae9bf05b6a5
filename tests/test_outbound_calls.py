"""Outbound calls: what is one, what of a library it is, and how long it waits. Soundness first."""

from __future__ import annotations

import pytest

from splice.config import Config
from splice.model import Reason
from splice.outbound.calls import Calls, Outbound
from splice.outbound.find import find
from test_resolve import Files


def calls(main: str, **files: str) -> Calls:
    return find(Files(main=main, **files).project(), Config())


def facts(main: str, **files: str) -> list[Outbound]:
    """The facts of the calls of main.py that are requests, in order; with one line for all of them."""
    found = calls(main, **files).facts.values()
    return sorted((f for f in found if f.file == "main.py" and f.role == "request"), key=lambda f: f.line)


# (source whose one request is on its last line, canonical callee, method, what limits it)
MATCHED = {
    "a function": ("import requests\nrequests.get(u)", "requests.get", "GET", "missing"),
    "an imported function under another name": (
        "from requests import get as fetch\nfetch(u)",
        "requests.get",
        "GET",
        "missing",
    ),
    "a module under another name": ("import requests as r\nr.post(u)", "requests.post", "POST", "missing"),
    "a function of a submodule": ("import requests.api\nrequests.api.put(u)", "requests.put", "PUT", "missing"),
    "a local name for it": ("import requests\nfetch = requests.get\nfetch(u)", "requests.get", "GET", "missing"),
    "a method in an argument": (
        "import requests\nrequests.request('patch', u)",
        "requests.request",
        "PATCH",
        "missing",
    ),
    "a method by keyword": ("import httpx\nhttpx.request(method='HEAD', url=u)", "httpx.request", "HEAD", "default"),
    "a method that is a variable": ("import requests\nrequests.request(m, u)", "requests.request", "", "missing"),
    "with a timeout": ("import requests\nrequests.get(u, timeout=3)", "requests.get", "GET", "own"),
    "without one on purpose": ("import requests\nrequests.get(u, timeout=None)", "requests.get", "GET", "off"),
    "a timeout in a dict": ("import requests\nk = {'timeout': 3}\nrequests.get(u, **k)", "requests.get", "GET", "own"),
    "arguments that are hidden": ("import requests\nrequests.get(u, **k())", "requests.get", "GET", "unknown"),
    "a session": (
        "import requests\ns = requests.Session()\ns.delete(u)",
        "requests.Session.delete",
        "DELETE",
        "missing",
    ),
    "a session in with": (
        "import requests\nwith requests.session() as s:\n    s.get(u)",
        "requests.Session.get",
        "GET",
        "missing",
    ),
    "a session on the spot": ("import requests\nrequests.Session().get(u)", "requests.Session.get", "GET", "missing"),
    "httpx has a default": ("import httpx\nhttpx.get(u)", "httpx.get", "GET", "default"),
    "its client has": ("import httpx\nc = httpx.Client()\nc.get(u)", "httpx.Client.get", "GET", "default"),
    "its client says": ("import httpx\nc = httpx.Client(timeout=1)\nc.get(u)", "httpx.Client.get", "GET", "client"),
    "its client says none": (
        "import httpx\nc = httpx.Client(timeout=None)\nc.get(u)",
        "httpx.Client.get",
        "GET",
        "off",
    ),
    "the call says more": (
        "import httpx\nc = httpx.Client(timeout=None)\nc.get(u, timeout=1)",
        "httpx.Client.get",
        "GET",
        "own",
    ),
    "a parameter of a declared class": (
        "import httpx\ndef f(c: 'httpx.Client | None' = None):\n    c.get(u)",
        "httpx.Client.get",
        "GET",
        "default",
    ),
    "aiohttp counts as missing": (
        "import aiohttp\nasync def f():\n  async with aiohttp.ClientSession() as s:\n    async with s.get(u): ...",
        "aiohttp.ClientSession.get",
        "GET",
        "missing",
    ),
    "where its session is made is not known": (
        "import aiohttp\nasync def f(s: aiohttp.ClientSession):\n    await s.get(u)",
        "aiohttp.ClientSession.get",
        "GET",
        "unknown",
    ),
    "urllib's third argument": (
        "from urllib.request import urlopen\nurlopen(u, None, 5)",
        "urllib.request.urlopen",
        "",
        "own",
    ),
    "urllib": ("import urllib.request\nurllib.request.urlopen(u)", "urllib.request.urlopen", "GET", "missing"),
    "a socket": ("import socket\nsocket.create_connection((h, 1))", "socket.create_connection", None, "missing"),
    "a socket with its second argument": (
        "import socket\nsocket.create_connection((h, 1), 5)",
        "socket.create_connection",
        None,
        "own",
    ),
    "a database": ("import psycopg2\npsycopg2.connect(host=h)", "psycopg2.connect", None, "missing"),
    "a database with a DSN": ("import psycopg2\npsycopg2.connect(d)", "psycopg2.connect", None, "unknown"),
    "a database with a DSN that says it": (
        "import psycopg\npsycopg.connect('host=h connect_timeout=3')",
        "psycopg.connect",
        None,
        "own",
    ),
    "what this tool inserted": (
        "import requests\nfrom scaffold import retried, REQUESTS_TIMEOUT\nretried(requests.get)(u, timeout=REQUESTS_TIMEOUT)",
        "requests.get",
        "GET",
        "ours",
    ),
}


@pytest.mark.parametrize("name", MATCHED)
def test_a_call_is_what_it_is(name: str) -> None:
    source, callee, method, state = MATCHED[name]
    found = facts(source + "\n")
    assert [(f.callee, f.method, f.waits.state) for f in found] == [(callee, method, state)]


# Sources in which nothing is surely a library's: a name alone says nothing.
NOTHING = {
    "a local variable": "requests = make()\nrequests.get(u)",
    "a parameter": "import requests\ndef f(requests):\n    requests.get(u)",
    "a parameter of a lambda": "import requests\nf = lambda requests: requests.get(u)",
    "a variable of a comprehension": "import requests\n[requests.get(u) for requests in fakes]",
    "a test double in a local scope": "import requests\ndef f():\n    requests = Fake()\n    requests.get(u)",
    "a double afterwards": "import requests\nrequests = Fake()\nrequests.get(u)",
    "a double in a branch": "import requests\nif testing:\n    requests = load()\nrequests.get(u)",
    "a double in the other branch": "if testing:\n    import requests\nelse:\n    import fakes as requests\nrequests.get(u)",
    "a double that a function sets": "import requests\ndef f():\n    global requests\n    requests = load()\nrequests.get(u)",
    "a loop variable": "import requests\nfor requests in fakes:\n    requests.get(u)",
    "what with gives": "import requests\nwith fake() as requests:\n    requests.get(u)",
    "what except gives": "import requests\ntry:\n    pass\nexcept E as requests:\n    requests.get(u)",
    "an attribute that is replaced": "import requests\nrequests.get = fake\nrequests.get(u)",
    "an attribute that setattr replaces": "import requests\nsetattr(requests, 'get', fake)\nrequests.get(u)",
    "a dict": "import requests\nd = {}\nd.get(u)",
    "an object of a class of that name": "class Session:\n    def get(self, u): ...\nSession().get(u)",
    "a method that the service overrides": "import requests\nclass S(requests.Session):\n    def get(self, u): ...\nS().get(u)",
    "a method that a mixin may override": "import requests, x\nclass S(x.Mixin, requests.Session): ...\nS().get(u)",
    "a session's method that is replaced": "import requests\ns = requests.Session()\ns.get = fake\ns.get(u)",
    "a client that may be another": "import httpx\ndef f(c=None):\n    c = c or httpx.Client()\n    c.get(u)",
    "what an unknown decorator gives": "import httpx, x\n@x.wrap\ndef make():\n    return httpx.Client()\nmake().get(u)",
    "a factory that may give another": "import httpx\ndef make():\n    if t:\n        return fake()\n    return httpx.Client()\nmake().get(u)",
    "a partial": "import functools, requests\nget = functools.partial(requests.get, timeout=3)\nget(u)",
    "a star import after it": "from requests import get\nfrom bottle import *\nget(u)",
    "an attribute set from outside": "import httpx\nclass A:\n    c = httpx.Client()\n    def f(self):\n        self.c.get(u)\nA().c = fake",
    "an attribute that an heir replaces": "import httpx\nclass A:\n    def __init__(self):\n        self.c = httpx.Client()\n"
    "    def f(self):\n        self.c.get(u)\nclass B(A):\n    def __init__(self):\n        self.c = fake()",
    "two libraries": "import requests, httpx\nc = requests if t else httpx\nc.get(u)",
    "a parameter that others may pass": "import httpx, q\ndef f(c):\n    c.get(u)\nf(httpx.Client())\nq.submit(f, fake)",
    "a parameter that somebody unknown may pass": "import httpx\nclass A:\n    def f(self, c):\n        c.get(u)\nA().f(httpx.Client())\nmake().f(fake)",
    "a module of the service": "import requests\nrequests.get(u)",
}


@pytest.mark.parametrize("name", NOTHING)
def test_what_is_not_surely_the_librarys_is_left_alone(name: str) -> None:
    others = {"requests": "def get(u): ...\n"} if name == "a module of the service" else {}
    found = calls(NOTHING[name] + "\n", **others)
    assert [f for f in found.facts.values() if f.role == "request"] == []
    assert all(point.skip for point in found.points if (point.file, point.symbol) not in found.facts)


def test_what_may_be_a_librarys_is_listed_with_its_reason() -> None:
    source = "import requests\nif testing:\n    requests = load()\nrequests.get(u)\n"
    (point,) = calls(source).points
    assert (point.skip, point.reason, point.operation) == (True, Reason.RECEIVER_UNKNOWN, "requests.get")


def test_a_join_point_names_its_scope_and_its_end() -> None:
    source = "import requests\n\n\ndef read(u):\n    a = requests.get(\n        u,\n    )\n    b = requests.get(u)\n    return a, b\n"
    first, second = calls(source).points
    assert (first.symbol, first.operation, first.calls) == ("read:requests.get", "requests.get", ((7, 5),))
    assert (second.symbol, second.calls, second.methods) == ("read:requests.get#2", ((8, 23),), ("GET",))
    assert (first.kind, first.framework, first.colour) == ("call", "requests", "sync")


def test_a_wrapped_call_is_the_call_inside() -> None:
    plain = "import requests\nfrom scaffold import retried\nrequests.get(u)\n"
    wrapped = plain.replace("requests.get(u)", "retried(requests.get)(u)")
    (before,), (after,) = calls(plain).points, calls(wrapped).points
    assert (before.symbol, before.operation) == (after.symbol, after.operation)
    assert after.calls == ((3, 24),)
    (fact,) = facts(wrapped)
    assert fact.wrapped


def test_a_client_is_a_join_point_where_it_takes_a_timeout() -> None:
    source = "import httpx, redis, requests, smtplib\nhttpx.Client()\nredis.Redis()\nrequests.Session()\nsmtplib.SMTP(h, 25, None, 3)\n"
    found = calls(source).facts.values()
    assert [(f.callee, f.role, f.waits.state, f.keyword) for f in found] == [
        ("httpx.Client", "client", "default", "timeout"),
        ("redis.Redis", "client", "missing", "socket_timeout"),
        ("smtplib.SMTP", "client", "own", ""),
    ]


def test_a_call_knows_the_join_point_that_makes_its_client() -> None:
    source = "import aiohttp\nasync def f():\n    async with aiohttp.ClientSession() as s:\n        await s.get(u)\n"
    (fact,) = facts(source)
    assert (fact.clients, fact.clients_known, fact.keyword) == ((("main.py", "f:aiohttp.ClientSession"),), True, "")


def test_a_call_in_a_lambda_is_listed_and_left_alone() -> None:
    (point,) = calls("import requests\nf = lambda: requests.get(u)\n").points
    assert (point.skip, point.reason) == (True, Reason.LAMBDA)


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("functools.partial(requests.get, u)", "partial"),
        ("asyncio.to_thread(requests.get, u)", "to_thread"),
        ("pool.submit(session.get, u, timeout=3)", "submit"),
        ("loop.run_in_executor(None, requests.get, u)", "run_in_executor"),
    ],
)
def test_a_call_that_something_else_makes_is_listed_with_its_reason(text: str, by: str) -> None:
    source = f"import asyncio, functools, requests\nsession = requests.Session()\ndef f(u, pool, loop):\n    {text}\n"
    point = next(point for point in calls(source).points if point.symbol.startswith("f:"))
    assert (point.skip, point.reason, point.operation) == (True, Reason.RECEIVER_UNKNOWN, "requests.get") or (
        point.operation == "requests.Session.get" and point.skip
    )
    assert point.detail == f"it is handed to {by}, which calls it"


@pytest.mark.parametrize(
    "text", ["functools.partial(g, u)", "pool.submit(requests.Session, u)", "partial(*a)", "submit()"]
)
def test_what_is_handed_on_and_goes_nowhere_is_no_join_point(text: str) -> None:
    source = f"import functools, requests\ndef f(u, pool, a, g):\n    {text}\n"
    assert not calls(source).points


def test_what_looks_like_a_request_of_something_unknown_is_listed_with_its_reason() -> None:
    source = "import httpx\ndef f(client, url):\n    client.post(url, json={})\n    client.get(url)\n    {}.get(url)\n"
    (point,) = calls(source).points
    assert (point.skip, point.reason, point.operation) == (True, Reason.RECEIVER_UNKNOWN, "client.post")
    assert (point.symbol, point.framework) == ("f:client.post", "")
    assert "parameter client" in point.detail


def test_a_client_that_waits_on_purpose_is_given_no_timeout() -> None:
    """`socket_timeout` would end `blpop`, which waits for the next job."""
    made = "import redis\nr = redis.Redis()\ns = redis.Redis()\n"
    states = {
        "r.blpop('jobs')": ["unknown", "missing"],
        "r.xread({'s': '$'}, block=0)": ["unknown", "missing"],
        "r.xread({'s': '$'})": ["missing", "missing"],
        "unknown().brpop('jobs')": ["unknown", "unknown"],
    }
    for call, expected in states.items():
        found = calls(made + call + "\n").facts.values()
        assert [fact.waits.state for fact in found] == expected, call


@pytest.mark.parametrize(
    ("before", "name", "state"),
    [
        ("", "REQUESTS_TIMEOUT", "ours"),
        ("", "_splice_REQUESTS_TIMEOUT", "ours"),
        ("", "UPSTREAM_TIMEOUT", "own"),
        ("from names import *\n", "REQUESTS_TIMEOUT", "own"),
        ("globals()['REQUESTS_TIMEOUT'] = 3\n", "REQUESTS_TIMEOUT", "own"),
        ("REQUESTS_TIMEOUT = 3\n", "REQUESTS_TIMEOUT", "own"),
    ],
)
def test_a_name_without_an_import_is_ours_only_if_nothing_else_may_set_it(before: str, name: str, state: str) -> None:
    (fact,) = calls(f"import requests\n{before}requests.get('u', timeout={name})\n").facts.values()
    assert fact.waits.state == state
