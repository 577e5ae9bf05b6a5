"""Libraries that repeat what they are given, as data: how each is asked how often, and how often by default.

Going by the documentation of tenacity, stamina, backoff, retrying, retry, opnieuw; Celery, Dramatiq, Huey and RQ for
tasks; urllib3, requests and httpx for transports. `None` is "until it works".
"""

from __future__ import annotations

from dataclasses import dataclass

from splice.outbound.calls import Attempts


@dataclass(frozen=True, slots=True)
class Retrier:
    """A decorator (or an object to be called, or looped over) that repeats.

    `keyword` and `position` say where its number stands; `extra` is added to it to count attempts. `only_with`: it
    repeats only where one of these arguments is given.
    """

    default: Attempts
    keyword: str = ""
    position: int = -1
    extra: int = 0
    only_with: tuple[str, ...] = ()


_STOP = Retrier(None, keyword="stop")  # an object of its own: see `attempts.py`
_BACKOFF = Retrier(None, keyword="max_tries")
_CELERY = Retrier(4, keyword="max_retries", extra=1, only_with=("autoretry_for",))

RETRIERS = {
    "tenacity.retry": _STOP,
    "tenacity.Retrying": _STOP,
    "tenacity.AsyncRetrying": _STOP,
    "tenacity.asyncio.AsyncRetrying": _STOP,
    "stamina.retry": Retrier(10, keyword="attempts"),
    "stamina.retry_context": Retrier(10, keyword="attempts"),
    "stamina.RetryingCaller": Retrier(10, keyword="attempts", position=0),
    "stamina.AsyncRetryingCaller": Retrier(10, keyword="attempts", position=0),
    "backoff.on_exception": _BACKOFF,
    "backoff.on_predicate": _BACKOFF,
    "retrying.retry": Retrier(None, keyword="stop_max_attempt_number"),
    "retrying.Retrying": Retrier(None, keyword="stop_max_attempt_number"),
    "retry.retry": Retrier(None, keyword="tries", position=1),
    "retry.api.retry": Retrier(None, keyword="tries", position=1),
    "retry2.retry": Retrier(None, keyword="tries", position=1),
    "opnieuw.retry": Retrier(3, keyword="max_calls_total"),
    "opnieuw.retry_async": Retrier(3, keyword="max_calls_total"),
    "celery.shared_task": _CELERY,
    "celery.Celery.task": _CELERY,
    "celery.app.base.Celery.task": _CELERY,
    "dramatiq.actor": Retrier(21, keyword="max_retries", extra=1),
    "huey.Huey.task": Retrier(1, keyword="retries", extra=1),
    "huey.RedisHuey.task": Retrier(1, keyword="retries", extra=1),
    "huey.SqliteHuey.task": Retrier(1, keyword="retries", extra=1),
    "huey.contrib.djhuey.task": Retrier(1, keyword="retries", extra=1),
    "huey.contrib.djhuey.db_task": Retrier(1, keyword="retries", extra=1),
}

#: Objects that carry a number of repetitions to a client: `HTTPAdapter(max_retries=3)`, `Retry(5)`.
CARRIERS = {
    "requests.adapters.HTTPAdapter": Retrier(1, keyword="max_retries", position=2, extra=1),
    "urllib3.Retry": Retrier(11, keyword="total", position=0, extra=1),
    "urllib3.util.Retry": Retrier(11, keyword="total", position=0, extra=1),
    "urllib3.util.retry.Retry": Retrier(11, keyword="total", position=0, extra=1),
    "requests.packages.urllib3.util.retry.Retry": Retrier(11, keyword="total", position=0, extra=1),
    "requests.packages.urllib3.util.Retry": Retrier(11, keyword="total", position=0, extra=1),
    "httpx.HTTPTransport": Retrier(1, keyword="retries", position=9, extra=1),
    "httpx.AsyncHTTPTransport": Retrier(1, keyword="retries", position=9, extra=1),
}

#: Words in the name of a decorator that nobody knows: what is called so is taken to repeat.
WORDS = ("retry", "retries", "retrying", "backoff", "resilient")
