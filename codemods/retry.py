"""Repeat outbound calls that fail, where repeating is safe: `retried(requests.get)(url, ...)`."""

from collections.abc import Iterable, Sequence

from splice.codemod import Circumstances, Codemod, Decision, Declined, WrapCallee, calls
from splice.model import Example, Finding, JoinPoint, NoChange, Reason, Safety
from splice.outbound.amplification import amplified
from splice.outbound.limits import ends

STAMINA = "stamina>=25.2"
_CONFIG = {"codemods": ["retry", "timeouts"], "timeouts": {"connect": 3.0, "read": 10.0}}


def _advise(point: JoinPoint, around: Circumstances) -> Decision | None:
    call = around.outbound.get((point.file, point.symbol))
    if call is None or not (call.repeatable or call.role == "named"):
        return None
    if call.refusals:
        return Declined(call.refusals[0].reason, call.refusals[0].detail)
    if call.role != "named" and not ends(call, around.config, around.outbound):
        return Declined(Reason.NO_TIMEOUT, "a call that never ends is not repeated: turn on timeouts, or give it one")
    return WrapCallee("retried")


def _settings(around: Circumstances) -> dict[str, str]:
    policy = around.config.retry
    values = {"attempts": policy.attempts, "total": policy.total, "budget": policy.budget, "burst": policy.burst}
    return {"_RETRY": repr(values)}


def _findings(_: Sequence[JoinPoint], around: Circumstances) -> Iterable[Finding]:
    return amplified(around.outbound.values(), around.config.retry.max_amplification)


codemod = Codemod(
    summary="Wrap outbound calls whose repetition is safe in retries with a deadline and a budget",
    why="a short outage of an upstream is survived; a long one is not multiplied",
    pointcut=calls(),
    advise=_advise,
    shapes=(WrapCallee("retried"),),
    settings=_settings,
    findings=_findings,
    requires=lambda _, used: (STAMINA,) if "retried" in used else (),
    requirements=(STAMINA,),
    safety=Safety.REVIEW,
    rule="retry",
    done="repeated on failure",
    examples=(
        Example(
            "the call, not the function around it",
            before="""\
import requests


def rates(url):
    return requests.get(url).json()
""",
            after="""\
import requests

from scaffold import REQUESTS_TIMEOUT, retried


def rates(url):
    return retried(requests.get)(url, timeout=REQUESTS_TIMEOUT).json()
""",
            config=_CONFIG,
        ),
        NoChange(
            "a POST may have been carried out although no answer came",
            """\
import requests


def pay(url):
    return requests.post(url, timeout=3).json()
""",
            config=_CONFIG,
        ),
        NoChange(
            "without a timeout nothing says when to try again",
            """\
import requests


def rates(url):
    return requests.get(url, timeout=None).json()
""",
            config=_CONFIG,
        ),
    ),
)
