"""Why an outbound call is not repeated: one source per reason and shape, and one beside it that may be."""

from __future__ import annotations

import pytest

from splice.config import Config
from splice.model import Reason
from splice.outbound.amplification import amplified
from splice.outbound.calls import Outbound
from splice.outbound.find import find
from splice.policies import RetryPolicy
from test_resolve import Files

GET = "requests.get(u, timeout=3)"


def one(
    source: str, policy: RetryPolicy | None = None, handlers: set[tuple[str, str]] | None = None, **files: str
) -> Outbound:
    """The facts of the one request of main.py."""
    config = Config(retry=policy or RetryPolicy())
    found = find(Files(main=source, **files).project(), config, handlers=handlers or set()).facts.values()
    (fact,) = [f for f in found if f.file == "main.py" and f.repeatable]
    return fact


def reasons(fact: Outbound) -> list[Reason]:
    return [refusal.reason for refusal in fact.refusals]


HEAD = "import requests\n"
LOOP = "import time\nimport requests\n\n\ndef f(u):\n"
MAY = {
    "GET": HEAD + GET,
    "PUT with text": HEAD + "requests.put(u, data='x', timeout=3)",
    "PUT with JSON": HEAD + "requests.put(u, json=body, timeout=3)",
    "PUT with a form": HEAD + "requests.put(u, data={'a': b}, timeout=3)",
    "PUT with encoded text": HEAD + "import json\nrequests.put(u, json.dumps(b).encode(), timeout=3)",
    "PUT with declared bytes": HEAD + "def f(body: bytes):\n    requests.put(u, data=body)",
    "a method in an argument": HEAD + "requests.request('DELETE', u)",
    "a loop over things": LOOP + "    for page in range(9):\n        try:\n            return requests.get(u, params={'p': page})\n        except E:\n            continue\n",
    "a worker's loop": LOOP + "    while True:\n        try:\n            requests.get(u)\n        except E:\n            log()\n",
    "a loop whose failure leaves": LOOP + "    for _ in range(3):\n        try:\n            return requests.get(u)\n        except E:\n            raise\n",
    "a decorator that repeats nothing": "import functools\n" + HEAD + f"@functools.cache\ndef f(u):\n    return {GET}",
    "an adapter that tries once": HEAD + "from requests.adapters import HTTPAdapter\ns = requests.Session()\ns.mount('https://', HTTPAdapter(pool_maxsize=9))\ns.get(u)",
    "an adapter on another session": HEAD + "from requests.adapters import HTTPAdapter\ns = requests.Session()\nt = requests.Session()\nt.mount('https://', HTTPAdapter(max_retries=3))\ns.get(u)",
    "a transport that tries once": "import httpx\nc = httpx.Client(transport=httpx.HTTPTransport(http2=True))\nc.get(u)",
    "a transport of a test": "import httpx\nc = httpx.Client(transport=httpx.MockTransport(h))\nc.get(u)",
    "a task that is not repeated": "from celery import shared_task\n" + HEAD + f"@shared_task\ndef f(u):\n    {GET}",
    "beside a transaction": HEAD + f"from django.db import transaction\nwith transaction.atomic():\n    save()\n{GET}",
    "what runs after the transaction": HEAD
    + f"from django.db import transaction\ndef f(u):\n    {GET}\nwith transaction.atomic():\n    transaction.on_commit(f)",
    "a transaction that is a trace": HEAD + f"import sentry_sdk\nwith sentry_sdk.start_transaction(name='x'):\n    {GET}",
    "in a thread of its own": HEAD + f"import asyncio\ndef f(u):\n    {GET}\nasync def g(u):\n    await asyncio.to_thread(f, u)",
    "a coroutine that is awaited": "import httpx\nasync def f(u, c: httpx.AsyncClient):\n    await c.get(u)",
    "aiohttp's context manager": "import aiohttp\nasync def f(u, s: aiohttp.ClientSession):\n    async with s.get(u) as r:\n        return r",
    "aiohttp awaited": "import aiohttp\nasync def f(u, s: aiohttp.ClientSession):\n    return await s.get(u)",
}  # fmt: skip


@pytest.mark.parametrize("name", MAY)
def test_it_may_be_repeated(name: str) -> None:
    fact = one(MAY[name] + "\n")
    assert (fact.refusals, fact.repeatable) == ((), True)


TENACITY = "import tenacity\n" + HEAD
MOUNTED = HEAD + "from requests.adapters import HTTPAdapter\nfrom urllib3.util import Retry\n"
NOT = {
    # the method
    "POST": (Reason.NOT_IDEMPOTENT, HEAD + "requests.post(u)"),
    "PATCH": (Reason.NOT_IDEMPOTENT, HEAD + "requests.patch(u)"),
    "POST in an argument": (Reason.NOT_IDEMPOTENT, HEAD + "requests.request('post', u)"),
    "a method that is a variable": (Reason.METHOD_UNKNOWN, HEAD + "requests.request(m, u)"),
    "one of two methods": (Reason.METHOD_UNKNOWN, HEAD + "requests.request('GET' if x else 'POST', u)"),
    # the body
    "an open file": (Reason.STREAMING_BODY, HEAD + "requests.put(u, data=open(p))"),
    "a file in with": (Reason.STREAMING_BODY, HEAD + "with open(p) as f:\n    requests.put(u, data=f)"),
    "a generator": (Reason.STREAMING_BODY, HEAD + "requests.put(u, data=(line for line in lines))"),
    "what a generator gives": (Reason.STREAMING_BODY, HEAD + "def lines():\n    yield b''\nrequests.put(u, data=lines())"),
    "a parameter that may be one": (Reason.STREAMING_BODY, HEAD + "def f(body):\n    requests.put(u, body)"),
    "files": (Reason.STREAMING_BODY, HEAD + "requests.put(u, files={'f': f})"),
    "content of httpx": (Reason.STREAMING_BODY, "import httpx\nhttpx.put(u, content=stream())"),
    "hidden arguments": (Reason.STREAMING_BODY, HEAD + "requests.put(u, **kw())"),
    # what repeats it already
    "tenacity": (Reason.ALREADY_RETRIED, TENACITY + f"@tenacity.retry\ndef f(u):\n    {GET}"),
    "tenacity with a stop": (Reason.ALREADY_RETRIED, TENACITY + f"@tenacity.retry(stop=tenacity.stop_after_attempt(3))\ndef f(u):\n    {GET}"),
    "tenacity's loop": (Reason.ALREADY_RETRIED, TENACITY + f"for attempt in tenacity.Retrying():\n    with attempt:\n        {GET}"),
    "tenacity's call": (Reason.ALREADY_RETRIED, TENACITY + f"def f(u):\n    {GET}\ntenacity.Retrying()(f, u)"),
    "stamina": (Reason.ALREADY_RETRIED, "import stamina\n" + HEAD + f"@stamina.retry(on=E)\ndef f(u):\n    {GET}"),
    "stamina's loop": (Reason.ALREADY_RETRIED, "import stamina\n" + HEAD + f"for a in stamina.retry_context(on=E):\n    with a:\n        {GET}"),
    "backoff": (Reason.ALREADY_RETRIED, "import backoff\n" + HEAD + f"@backoff.on_exception(backoff.expo, E)\ndef f(u):\n    {GET}"),
    "retrying": (Reason.ALREADY_RETRIED, "from retrying import retry\n" + HEAD + f"@retry\ndef f(u):\n    {GET}"),
    "a decorator of that name": (Reason.ALREADY_RETRIED, "from ours import retry_on_failure\n" + HEAD + f"@retry_on_failure\ndef f(u):\n    {GET}"),
    "by hand": (Reason.ALREADY_RETRIED, LOOP + "    for _ in range(3):\n        try:\n            return requests.get(u)\n        except E:\n            time.sleep(1)\n"),
    "by hand, by status": (Reason.ALREADY_RETRIED, LOOP + "    for _ in range(3):\n        r = requests.get(u)\n        if r.ok:\n            break\n"),
    "by hand, for ever": (Reason.ALREADY_RETRIED, LOOP + "    while True:\n        try:\n            r = requests.get(u)\n            break\n        except E:\n            pass\n"),
    "a caller": (Reason.ALREADY_RETRIED, TENACITY + f"def f(u):\n    {GET}\n@tenacity.retry\ndef g(u):\n    f(u)"),
    "a caller's caller": (Reason.ALREADY_RETRIED, TENACITY + f"def f(u):\n    {GET}\ndef g(u):\n    f(u)\n@tenacity.retry\ndef h(u):\n    g(u)"),
    "a caller of the method": (Reason.ALREADY_RETRIED, TENACITY + f"class A:\n    def f(self, u):\n        {GET}\n    @tenacity.retry\n    def g(self, u):\n        self.f(u)"),
    "a loop around the caller": (Reason.ALREADY_RETRIED, LOOP + f"    return {GET}\n\n\ndef g(u):\n    for _ in range(3):\n        try:\n            return f(u)\n        except E:\n            pass\n"),
    "Celery": (Reason.ALREADY_RETRIED, "from celery import shared_task\n" + HEAD + f"@shared_task(autoretry_for=(E,))\ndef f(u):\n    {GET}"),
    "Celery by an app": (Reason.ALREADY_RETRIED, "from celery import Celery\n" + HEAD + f"app = Celery()\n@app.task(autoretry_for=(E,), max_retries=2)\ndef f(u):\n    {GET}"),
    "Celery by hand": (Reason.ALREADY_RETRIED, "from celery import shared_task\n" + HEAD + f"@shared_task(bind=True)\ndef f(self, u):\n    try:\n        {GET}\n    except E:\n        self.retry()"),
    "Dramatiq": (Reason.ALREADY_RETRIED, "import dramatiq\n" + HEAD + f"@dramatiq.actor\ndef f(u):\n    {GET}"),
    "an adapter": (Reason.ALREADY_RETRIED, MOUNTED + "s = requests.Session()\ns.mount('https://', HTTPAdapter(max_retries=3))\ns.get(u)"),
    "an adapter with Retry": (Reason.ALREADY_RETRIED, MOUNTED + "s = requests.Session()\nr = Retry(total=2)\ns.mount('https://', HTTPAdapter(max_retries=r))\ns.get(u)"),
    "an adapter of the service's own": (Reason.ALREADY_RETRIED, MOUNTED + "class A(HTTPAdapter): ...\ns = requests.Session()\ns.mount('https://', A())\ns.get(u)"),
    "an adapter that a helper mounts": (Reason.ALREADY_RETRIED, MOUNTED + "def make():\n    s = requests.Session()\n    s.mount('https://', HTTPAdapter(max_retries=3))\n    return s\nmake().get(u)"),
    "an adapter that a helper mounts on its argument": (Reason.ALREADY_RETRIED, MOUNTED + "def more(s):\n    s.mount('https://', HTTPAdapter(max_retries=3))\ns = requests.Session()\nmore(s)\ns.get(u)"),
    "an adapter on something unknown": (Reason.ALREADY_RETRIED, MOUNTED + "for x in xs():\n    x.mount('https://', HTTPAdapter(max_retries=3))\ns = requests.Session()\ns.get(u)"),
    "a session class that mounts": (Reason.ALREADY_RETRIED, MOUNTED + "class S(requests.Session):\n    def __init__(self):\n        super().__init__()\n        self.mount('https://', HTTPAdapter(max_retries=3))\nS().get(u)"),
    "a session class that sends in its own way": (Reason.ALREADY_RETRIED, HEAD + "class S(requests.Session):\n    def send(self, *a, **kw): return again(super().send, *a, **kw)\nS().get(u)"),
    "httpx's transport": (Reason.ALREADY_RETRIED, "import httpx\nc = httpx.Client(transport=httpx.HTTPTransport(retries=2))\nc.get(u)"),
    "a transport that is not known": (Reason.ALREADY_RETRIED, "import httpx, httpx_retries\nc = httpx.Client(transport=httpx_retries.RetryTransport())\nc.get(u)"),
    "a middleware of aiohttp": (Reason.ALREADY_RETRIED, "import aiohttp\nasync def f(u):\n    async with aiohttp.ClientSession(middlewares=[again]) as s:\n        await s.get(u)"),
    # a transaction
    "Django's atomic": (Reason.IN_TRANSACTION, HEAD + f"from django.db import transaction\nwith transaction.atomic():\n    {GET}"),
    "Django's atomic function": (Reason.IN_TRANSACTION, HEAD + f"from django.db import transaction\n@transaction.atomic\ndef f(u):\n    {GET}"),
    "SQLAlchemy": (Reason.IN_TRANSACTION, HEAD + f"with session.begin():\n    {GET}"),
    "SQLAlchemy, asynchronous": (Reason.IN_TRANSACTION, "import httpx\nasync def f(u, c: httpx.AsyncClient):\n    async with session.begin():\n        await c.get(u)"),
    "a connection of psycopg2": (Reason.IN_TRANSACTION, HEAD + f"import psycopg2\nconn = psycopg2.connect()\nwith conn:\n    {GET}"),
    "a transaction of the caller": (Reason.IN_TRANSACTION, HEAD + f"from django.db import transaction\ndef f(u):\n    {GET}\ndef g(u):\n    with transaction.atomic():\n        f(u)"),
    "a transaction of the caller's decorator": (Reason.IN_TRANSACTION, HEAD + f"from django.db import transaction\ndef f(u):\n    {GET}\n@transaction.atomic\ndef g(u):\n    f(u)"),
    # the event loop
    "in a coroutine": (Reason.BLOCKS_EVENT_LOOP, HEAD + f"async def f(u):\n    {GET}"),
    "in a function that a coroutine calls": (Reason.BLOCKS_EVENT_LOOP, HEAD + f"def f(u):\n    {GET}\nasync def g(u):\n    f(u)"),
    # what becomes of the result
    "a task of aiohttp's": (Reason.RESULT_USE, "import aiohttp, asyncio\nasync def f(u, s: aiohttp.ClientSession):\n    asyncio.create_task(s.get(u))"),
    "a coroutine that is passed on": (Reason.RESULT_USE, "import httpx\nasync def f(u, c: httpx.AsyncClient):\n    return c.get(u)"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT)
def test_it_may_not_be_repeated(name: str) -> None:
    reason, source = NOT[name]
    assert reasons(one(source + "\n")) == [reason]


def test_where_it_is_repeated_is_said() -> None:
    source = (
        TENACITY + f"def f(u):\n    {GET}\n@tenacity.retry(stop=tenacity.stop_after_attempt(4))\ndef g(u):\n    f(u)\n"
    )
    (refusal,) = one(source).refusals
    assert refusal.detail == "by @tenacity.retry (4), main.py:5"


POST = "requests.post(u, json=j, headers={headers})"


@pytest.mark.parametrize(
    ("headers", "names", "may"),
    [
        ("{'Idempotency-Key': k}", ("main.pay",), True),
        ("{'idempotency-key': k, **more}", ("main.*",), True),
        ("{'Idempotency-Key': k}", (), False),
        ("{'Idempotency-Key': k}", ("main.other",), False),
        ("{'X-Key': k}", ("main.pay",), False),
        ("headers", ("main.pay",), False),
    ],
)
def test_post_needs_a_key_and_a_policy(headers: str, names: tuple[str, ...], may: bool) -> None:
    source = HEAD + f"def pay(u, headers):\n    {POST.format(headers=headers)}\n"
    assert (not one(source, RetryPolicy(post=names)).refusals) is may


SETTINGS = "DATABASES = {'default': {'ENGINE': 'x', 'ATOMIC_REQUESTS': %s}}\n"
VIEW = HEAD + f"%sdef view(request):\n    return f(request)\ndef f(u):\n    return {GET}\n"


@pytest.mark.parametrize(
    ("value", "decorator", "handlers", "may"),
    [
        ("True", "", {("main.py", "view")}, False),
        ("env.bool('A')", "", {("main.py", "view")}, False),
        ("False", "", {("main.py", "view")}, True),
        ("True", "", set(), True),
        ("True", "@transaction.non_atomic_requests\n", {("main.py", "view")}, True),
    ],
)
def test_atomic_requests_put_every_handler_into_a_transaction(
    value: str, decorator: str, handlers: set[tuple[str, str]], may: bool
) -> None:
    fact = one(VIEW % decorator, handlers=handlers, settings=SETTINGS % value)
    assert reasons(fact) == ([] if may else [Reason.IN_TRANSACTION])


def test_what_we_have_wrapped_is_not_repeated_by_others() -> None:
    source = HEAD + f"from scaffold import retried\n{GET.replace('requests.get', 'retried(requests.get)')}\n"
    fact = one(source)
    assert (fact.wrapped, fact.refusals, fact.attempts) == (True, (), 3)


def test_functions_that_the_policy_names_are_join_points() -> None:
    source = HEAD + f"def rates(u):\n    return {GET}\ndef read(u):\n    return rates(u)\n"
    config = Config(retry=RetryPolicy(functions=("main.rates",)))
    found = find(Files(main=source).project(), config)
    named, inner = sorted(found.facts.values(), key=lambda f: -f.line)
    assert (named.callee, named.role, named.refusals) == ("main.rates", "named", ())
    assert [r.reason for r in inner.refusals] == [Reason.ALREADY_RETRIED]  # by the wrap around the function
    point = next(p for p in found.points if p.operation == "main.rates")
    assert (point.kind, point.symbol, point.calls) == ("call", "read:main.rates", ((5, 19),))


def test_attempts_multiply_along_the_chain() -> None:
    source = (
        TENACITY
        + MOUNTED
        + "s = requests.Session()\ns.mount('https://', HTTPAdapter(max_retries=2))\n"
        + "def f(u):\n    return s.get(u)\n"
        + "@tenacity.retry(stop=tenacity.stop_after_attempt(3))\ndef g(u):\n    return f(u)\n"
    )
    fact = one(source)
    assert fact.attempts == 9
    (note,) = amplified([fact], 9)
    assert (note.level, note.code, note.line) == ("note", "amplification", fact.line)
    assert note.message == (
        "requests.Session.get may be tried 9 times: @tenacity.retry (3), main.py:10 x HTTPAdapter (3), main.py:7"
    )
    (warning,) = amplified([fact], 8)
    assert warning.level == "warning"


@pytest.mark.parametrize(("verb", "times"), [("get", 6), ("put", 6), ("post", 3)])
def test_what_a_library_sends_again_by_itself_counts(verb: str, times: int) -> None:
    """aiohttp sends an idempotent request once more when its connection was dropped."""
    source = (
        "import aiohttp, tenacity\n@tenacity.retry(stop=tenacity.stop_after_attempt(3))\n"
        f"async def f(u, s: aiohttp.ClientSession):\n    return await s.{verb}(u)\n"
    )
    fact = one(source)
    assert fact.attempts == times
    assert not list(amplified([fact], 6))
    told = [finding.message for finding in amplified([fact], 5)]
    assert [text.endswith("@tenacity.retry (3), main.py:2 x aiohttp itself (2)") for text in told] == [True] * (
        times > 5
    )


def test_the_worst_of_several_chains_counts() -> None:
    source = (
        TENACITY + f"def f(u):\n    return {GET}\n"
        "@tenacity.retry(stop=tenacity.stop_after_attempt(2))\ndef g(u):\n    return f(u)\n"
        "@tenacity.retry(stop=tenacity.stop_after_attempt(3) | tenacity.stop_after_delay(9))\ndef h(u):\n    return f(u)\n"
        "@tenacity.retry(stop=tenacity.stop_after_attempt(5))\ndef i(u):\n    return g(u)\n"
    )
    assert [layer.attempts for layer in one(source).layers] == [5, 2]
    assert one(source).attempts == 10


def test_one_layer_is_no_amplification_and_no_limit_is() -> None:
    alone = one(TENACITY + f"@tenacity.retry\ndef f(u):\n    return {GET}\n")
    assert alone.attempts is None and not list(amplified([alone], 9))
    both = one(
        TENACITY
        + f"@tenacity.retry\ndef f(u):\n    for _ in range(3):\n        try:\n            return {GET}\n        except E:\n            pass\n"
    )
    (warning,) = amplified([both], 9)
    assert (warning.level, "without a limit" in warning.message) == ("warning", True)


def test_functions_that_call_each_other_come_to_an_end() -> None:
    source = TENACITY + f"def f(u):\n    g(u)\n    return {GET}\n@tenacity.retry\ndef g(u):\n    return f(u)\n"
    assert reasons(one(source)) == [Reason.ALREADY_RETRIED]
