"""https://urllib3.readthedocs.io/en/stable/reference/"""

from splice.outbound.library import Client, Function, Library, Limit

_EACH = Limit()
_REQUEST = Function(method="", verb=("method", 0), limit=_EACH, bodies=("body", "fields"))
_METHODS = {"request": _REQUEST, "urlopen": _REQUEST}

library = Library(
    tokens=(b"urllib3",),
    constant="URLLIB3_TIMEOUT",
    functions={"urllib3.request": Function(method="", verb=("method", 0), limit=Limit(default=3.0))},
    clients={
        "urllib3.PoolManager": Client(_METHODS, Limit()),
        "urllib3.ProxyManager": Client(_METHODS, Limit()),
        "urllib3.HTTPConnectionPool": Client(_METHODS, Limit(position=2)),
        "urllib3.HTTPSConnectionPool": Client(_METHODS, Limit(position=2)),
    },
    aliases={
        "urllib3.poolmanager.PoolManager": "urllib3.PoolManager",
        "urllib3.poolmanager.ProxyManager": "urllib3.ProxyManager",
        "urllib3.connectionpool.HTTPConnectionPool": "urllib3.HTTPConnectionPool",
        "urllib3.connectionpool.HTTPSConnectionPool": "urllib3.HTTPSConnectionPool",
        "urllib3.connection_from_url": "urllib3.HTTPConnectionPool",
        "urllib3.proxy_from_url": "urllib3.ProxyManager",
    },
    note="none for pools; it repeats connection errors three times by itself, so that nothing is wrapped",
)
