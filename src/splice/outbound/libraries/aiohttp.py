"""https://docs.aiohttp.org/en/stable/client_reference.html"""

from splice.outbound.library import Client, Function, Library, Limit, verbs

_EACH = Limit()
_BODIES = ("data",)
_REQUEST = Function(
    method="", verb=("method", 0), limit=_EACH, style="awaitable or context", bodies=_BODIES, repeatable=True
)

library = Library(
    tokens=(b"aiohttp",),
    constant="AIOHTTP_TIMEOUT",
    functions={"aiohttp.request": _REQUEST},
    clients={
        "aiohttp.ClientSession": Client(
            {**verbs(_EACH, "awaitable or context", _BODIES), "request": _REQUEST},
            Limit(also=("read_timeout", "conn_timeout")),
        )
    },
    aliases={"aiohttp.client.ClientSession": "aiohttp.ClientSession", "aiohttp.client.request": "aiohttp.request"},
    resends=1,
    note="five minutes in all is a net below long downloads, not a limit that a caller survives: it counts as missing",
)
