"""Give outbound calls the timeout that the policy names, where neither the call nor its client has one."""

from splice.codemod import AddArgument, Circumstances, Codemod, Decision, Declined, Satisfied, calls
from splice.model import Example, JoinPoint, NoChange, Reason, Safety
from splice.outbound.limits import may_have, through_clients

_CONFIG = {"timeouts": {"connect": 3.0, "read": 10.0}}


def _advise(point: JoinPoint, around: Circumstances) -> Decision | None:
    call = around.outbound.get((point.file, point.symbol))
    if call is None:
        return None
    if through_clients(call, around.config, around.outbound):
        return Satisfied("its client object has it")
    if may_have(call, around.config):
        if not around.config.timeouts.is_set:
            return Declined(Reason.NO_POLICY, "no value under [timeouts]: it is only reported")
        return AddArgument(call.keyword, "{part}", call.constant)
    if call.waits.state == "unknown":
        return Declined(Reason.TIMEOUT_UNKNOWN, call.waits.by)
    if call.waits.state == "missing":
        return None  # nothing takes one here; its client object does
    return Satisfied(call.waits.by or call.waits.state)


def _settings(around: Circumstances) -> dict[str, str]:
    policy = around.config.timeouts
    values = {"connect": policy.connect, "read": policy.read, "total": policy.total}
    return {"_TIMEOUTS": repr({name: float(value) for name, value in values.items() if value})}


codemod = Codemod(
    summary="Add the policy's timeout to outbound calls that would wait for ever",
    why="a call without a timeout waits as long as its peer likes, and takes a worker with it",
    pointcut=calls(),
    advise=_advise,
    shapes=tuple(
        AddArgument(keyword, "{part}", part)
        for part, keywords in (
            ("AIOHTTP_TIMEOUT", ("timeout",)),
            ("DATABASE_TIMEOUT", ("connect_timeout", "timeout", "serverSelectionTimeoutMS")),
            ("GRPC_TIMEOUT", ("timeout",)),
            ("HTTPX_TIMEOUT", ("timeout",)),
            ("REDIS_TIMEOUT", ("socket_timeout",)),
            ("REQUESTS_TIMEOUT", ("timeout",)),
            ("SMTP_TIMEOUT", ("timeout",)),
            ("SOCKET_TIMEOUT", ("timeout",)),
            ("URLLIB3_TIMEOUT", ("timeout",)),
            ("URLLIB_TIMEOUT", ("timeout",)),
        )
        for keyword in keywords
    ),
    settings=_settings,
    safety=Safety.REVIEW,
    rule="timeouts",
    done="limited in time",
    examples=(
        Example(
            "the argument comes last, as a named constant of the scaffold",
            before="""\
import requests


def rates(url):
    return requests.get(url).json()
""",
            after="""\
import requests

from scaffold import REQUESTS_TIMEOUT


def rates(url):
    return requests.get(url, timeout=REQUESTS_TIMEOUT).json()
""",
            config=_CONFIG,
        ),
        Example(
            "the client object where there is one, not each of its calls",
            before="""\
import aiohttp


async def rates(url):
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            return await response.json()
""",
            after="""\
import aiohttp

from scaffold import AIOHTTP_TIMEOUT


async def rates(url):
    async with aiohttp.ClientSession(timeout=AIOHTTP_TIMEOUT) as session:
        async with session.get(url) as response:
            return await response.json()
""",
            config=_CONFIG,
        ),
        NoChange(
            "httpx waits five seconds by itself",
            """\
import httpx


def rates(url):
    return httpx.get(url).json()
""",
            config=_CONFIG,
        ),
        NoChange(
            "without a value in the policy it is only reported",
            """\
import requests


def rates(url):
    return requests.get(url).json()
""",
        ),
        NoChange(
            "somebody has thought about this one",
            """\
import requests


def rates(url):
    return requests.get(url, timeout=None).json()
""",
            config=_CONFIG,
        ),
    ),
)
