"""https://requests.readthedocs.io/en/latest/api/"""

from dataclasses import replace

from splice.outbound.library import Client, Function, Library, Limit, verbs

_EACH = Limit()
_BODIES = ("data", "files")
_REQUEST = Function(method="", verb=("method", 0), limit=_EACH, bodies=_BODIES, repeatable=True)
_VERBS = verbs(_EACH, bodies=_BODIES)
_VERBS |= {name: replace(_VERBS[name], body_at=1) for name in ("post", "put", "patch")}

library = Library(
    tokens=(b"requests",),
    constant="REQUESTS_TIMEOUT",
    functions={f"requests.{name}": function for name, function in _VERBS.items()} | {"requests.request": _REQUEST},
    clients={
        "requests.Session": Client(
            methods={**_VERBS, "request": replace(_REQUEST, body_at=3), "send": Function(limit=_EACH)}
        )
    },
    aliases={
        **{f"requests.api.{name}": f"requests.{name}" for name in (*_VERBS, "request")},
        "requests.session": "requests.Session",
        "requests.sessions.Session": "requests.Session",
        "requests.sessions.session": "requests.Session",
    },
    note="no default, and a session takes none: each call does",
)
