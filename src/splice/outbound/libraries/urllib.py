"""https://docs.python.org/3/library/urllib.request.html"""

from splice.outbound.library import Client, Function, Library, Limit

_OPEN = Function(method="GET", limit=Limit(position=2), post_if="data", bodies=("data",), body_at=1, repeatable=True)

library = Library(
    tokens=(b"urllib",),
    constant="URLLIB_TIMEOUT",
    functions={"urllib.request.urlopen": _OPEN},
    clients={"urllib.request.OpenerDirector": Client({"open": _OPEN})},
    aliases={"urllib.request.build_opener": "urllib.request.OpenerDirector"},
    note="socket.setdefaulttimeout, which is none unless somebody sets it",
)
