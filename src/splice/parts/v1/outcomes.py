"""Worth another attempt is what a network or an overloaded server does: a response with the status
408, 429, 502, 503 or 504, a broken connection or a timeout of requests, httpx, aiohttp or the standard
library, and UNAVAILABLE of gRPC. Not its DEADLINE_EXCEEDED: the time of the call is used up, and the
server may still be at work on it. Nor a certificate that is not trusted: it stays so.
"""

from __future__ import annotations

import functools
from email.utils import mktime_tz, parsedate_tz
from time import time
from typing import Any

_STATUSES = {408, 429, 502, 503, 504}

# Classes are told by package and name: whatever is not in use here is not imported.
_RESPONSES = {"aiohttp.ClientResponse", "httpx.Response", "requests.Response"}
_STATUS_ERRORS = {
    "aiohttp.ClientResponseError",
    "httpx.HTTPStatusError",
    "requests.HTTPError",
    "urllib.HTTPError",
}
_TRANSIENT = {
    "aiohttp.ClientConnectionError",
    "asyncio.TimeoutError",
    "builtins.ConnectionError",
    "builtins.TimeoutError",
    "httpx.NetworkError",
    "httpx.ProxyError",
    "httpx.RemoteProtocolError",
    "httpx.TimeoutException",
    "requests.ChunkedEncodingError",
    "requests.ConnectionError",
    "requests.Timeout",
    "socket.timeout",
}
_LASTING = {
    "aiohttp.ServerFingerprintMismatch",
    "httpx.PoolTimeout",  # our own pool is too small: more calls make it no larger
    "ssl.SSLCertVerificationError",
}
_SAFE = {"DELETE", "GET", "HEAD", "OPTIONS", "PUT"}
_STREAMS = ("read", "__next__", "__anext__", "__aiter__")


def _worth(outcome: Any) -> tuple[str, Any]:
    """Why an outcome is worth another attempt ("": it is not), and its headers."""
    names = _names(outcome)
    if names & _STATUS_ERRORS:
        answer = getattr(outcome, "response", None)
        answer = outcome if answer is None else answer
    elif names & _RESPONSES:
        answer = outcome
    elif "grpc.RpcError" in names:
        return ("UNAVAILABLE" if outcome.code().name == "UNAVAILABLE" else ""), None
    else:
        cls = type(outcome)
        name = f"{cls.__module__}.{cls.__qualname__}"
        return (name if _is_transient(outcome) else ""), None
    status = getattr(answer, "status_code", None) or getattr(answer, "status", 0)
    return (str(int(status)) if status in _STATUSES else ""), answer.headers


def _is_transient(error: Any) -> bool:
    """Whether a network does this, and it may do better the next time."""
    wrapped = "urllib.URLError" in _names(error) and isinstance(error.reason, OSError)
    if not (wrapped or _names(error) & _TRANSIENT):
        return False
    for _ in range(8):  # of the errors that it came from
        if error is None:
            break
        if _names(error) & _LASTING:
            return False
        error = error.__cause__ or error.__context__
    return True


def _names(value: Any) -> frozenset[str]:
    """The class of a value and the bases of that as `package.Class`."""
    cls: Any = type(value)
    return _class_names(cls)


@functools.lru_cache(maxsize=512)
def _class_names(cls: type) -> frozenset[str]:
    packages = [(str(base.__module__).partition(".")[0], base) for base in cls.__mro__]
    return frozenset(f"{package}.{base.__qualname__}" for package, base in packages)


def _retry_after(headers: Any) -> float | None:
    """In how many seconds the server wants to be asked again, if it says so."""
    value = str(headers.get("Retry-After") or "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    date = parsedate_tz(value)
    return None if date is None else max(0.0, mktime_tz(date) - time())


def _can_be_sent_again(args: Any, kwargs: Any) -> bool:
    """Whether no argument is a stream, which the first attempt would use up."""
    requests = [value for value in args if hasattr(value, "get_method")]  # of urllib's
    if any(one.data is not None or one.get_method() not in _SAFE for one in requests):
        return False
    bodies = [kwargs[name] for name in ("content", "data", "files") if name in kwargs]
    if not all(_is_plain(body) for body in bodies):
        return False
    odd = [value for value in args if not _is_plain(value)]
    if any(hasattr(value, "__iter__") and not hasattr(value, "keys") for value in odd):
        return False  # requests takes the body by position, too
    return not any(
        callable(getattr(value, name, None))
        for value in (*args, *kwargs.values())
        for name in _STREAMS
    )


def _is_plain(body: Any, depth: int = 4) -> bool:
    """Whether a body consists of text, bytes and numbers, in dicts and lists."""
    if body is None or isinstance(body, (str, bytes, bytearray, int, float)):
        return True
    if isinstance(body, dict):
        body = [*body, *body.values()]
    within = isinstance(body, (list, tuple)) and depth > 0
    return within and all(_is_plain(item, depth - 1) for item in body)


def _shortened(timeout: Any, left: float) -> Any:
    """A timeout of any of the libraries, none of its numbers above `left`."""
    if timeout is None or isinstance(timeout, (int, float)):
        return left if timeout is None else min(timeout, left)
    if isinstance(timeout, tuple):
        return tuple(_shortened(one, left) for one in timeout)
    fields: tuple[str, ...] = ()
    if "httpx.Timeout" in _names(timeout):
        fields = ("connect", "read", "write", "pool")
    elif "aiohttp.ClientTimeout" in _names(timeout):
        fields = ("total", "connect", "sock_connect", "sock_read")
    short = {name: _shortened(getattr(timeout, name), left) for name in fields}
    return type(timeout)(**short) if short else timeout
