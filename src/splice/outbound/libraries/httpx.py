"""https://www.python-httpx.org/api/"""

from splice.outbound.library import Client, Function, Library, Limit, Style, verbs

_DEFAULT = Limit(default=5.0)
_BODIES = ("content", "data", "files")
_EXTRA = {"stream": Function(method="", verb=("method", 0), limit=_DEFAULT, bodies=_BODIES)}


def _methods(style: Style) -> dict[str, Function]:
    request = Function(method="", verb=("method", 0), limit=_DEFAULT, style=style, bodies=_BODIES, repeatable=True)
    return {**verbs(_DEFAULT, style, _BODIES), "request": request}


library = Library(
    tokens=(b"httpx",),
    constant="HTTPX_TIMEOUT",
    functions={f"httpx.{name}": function for name, function in {**_methods("sync"), **_EXTRA}.items()},
    clients={
        "httpx.Client": Client({**_methods("sync"), **_EXTRA, "send": Function()}, _DEFAULT),
        "httpx.AsyncClient": Client({**_methods("async"), **_EXTRA, "send": Function(style="async")}, _DEFAULT),
    },
    note="five seconds for each of connect, read, write and pool: left alone unless the policy says so",
)
