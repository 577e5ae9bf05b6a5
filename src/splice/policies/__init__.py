"""What the owner of a service has decided about guards, retries and timeouts: the tables of the configuration as data.

Checked by read.py; what they mean for one operation, requirements.py says.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class AuthRule:
    """Operations (a pattern), and what a caller must have. Neither `require` nor `require_any`: identity only."""

    operation: str
    require: tuple[str, ...] = ()  # all of these scopes or roles
    require_any: tuple[str, ...] = ()  # at least one of these
    file: str = field(default="", compare=False)  # where it stands
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class JwtPolicy:
    """How bearer tokens are verified (`preset = "jwt"`). Nothing here is a secret: the keys of `jwks` are public.

    What differs from one environment to the next is read by the service from a variable that `*_env` names, instead.
    """

    issuer: str = ""
    audience: tuple[str, ...] = ()
    jwks: str = ""  # https URL of the key set
    algorithms: tuple[str, ...] = ("RS256",)
    leeway: int = 30  # seconds
    scope_claim: str = "scope"
    issuer_env: str = ""
    audience_env: str = ""  # of a variable that holds one, or several with commas between
    jwks_env: str = ""

    def said(self) -> dict[str, object]:
        """What shows in the scaffold: of a value and a variable the one that is given."""
        said = asdict(self)
        for key in ENV_KEYS:
            said.pop(key if said[f"{key}_env"] else f"{key}_env")
        return said


#: What `[auth.jwt]` takes as it is, or from an environment variable: `issuer`, `issuer-env`.
ENV_KEYS = ("issuer", "audience", "jwks")


@dataclass(frozen=True, slots=True)
class AuthPolicy:
    """`[auth]`. Everything that is not public must be guarded: deny by default.

    Who the caller is comes from one of `authenticate` (`module:function`, request -> Principal | None), `guard`
    (`module:decorator` of the service's own, or a dependency of FastAPI's) and `preset`.
    """

    mode: Literal["observe", "enforce"] = "observe"
    observe_until: str = ""  # ISO date; required in observe mode
    authenticate: str = ""
    guard: str = ""
    preset: Literal["", "jwt", "flask-login", "django"] = ""
    public: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()  # `module:object` of decorators and dependencies of the service's own that guard
    unprotected_apps: tuple[str, ...] = ()  # app objects that `protect` cannot attach to, and that may stay so
    policy: str = ""  # path of an OpenAPI document whose `security` is the policy
    rules: tuple[AuthRule, ...] = ()
    jwt: JwtPolicy = JwtPolicy()

    @property
    def is_set(self) -> bool:
        """Whether it says who a caller is: without that nothing can be guarded."""
        return bool(self.authenticate or self.guard or self.preset)

    def said(self) -> dict[str, object]:
        """What shows in insertions and in the scaffold. `guards` and `unprotected_apps` only say where code goes."""
        said: dict[str, object] = {name: getattr(self, name) for name in _WHO}
        said["public"] = sorted(self.public)
        said["rules"] = sorted([rule.operation, rule.require, rule.require_any] for rule in self.rules)
        said["jwt"] = self.jwt.said() if self.preset == "jwt" else {}
        return said


_WHO = ("mode", "observe_until", "authenticate", "guard", "preset")


@dataclass(frozen=True, slots=True)
class TimeoutsPolicy:
    """`[timeouts]`, in seconds. Without a value calls are only reported.

    `connect` and `read` apart where a library knows them, `total` where it knows only one (else their sum).
    """

    connect: float = 0.0
    read: float = 0.0
    total: float = 0.0
    httpx: bool = False  # also replace httpx's own default of 5 s

    @property
    def is_set(self) -> bool:
        return bool(self.total or self.read)

    def said(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`[retry]`. Times in seconds; `total` is a cap on all attempts and waits together."""

    attempts: int = 3
    total: float = 10.0
    budget: float = 0.1  # share of calls that may be repeated, per call site and process
    burst: int = 10
    functions: tuple[str, ...] = ()  # dotted names of functions that are safe to repeat
    post: tuple[str, ...] = ()  # dotted names of functions in which a POST with an idempotency key may be repeated
    max_amplification: int = 9  # attempts along one chain of calls, reported beyond

    def said(self) -> dict[str, object]:
        """What shows in the scaffold; the names of functions only say where code goes."""
        return {"attempts": self.attempts, "total": self.total, "budget": self.budget, "burst": self.burst}


@dataclass(frozen=True, slots=True)
class Aspect:
    """`[[aspects]]`: a codemod of the owner's own, as data."""

    name: str
    kind: str  # of join points: handler, websocket, function
    operation: str  # a pattern
    decorator: str  # `module:object`
    order: Literal["outside", "inside"] = "inside"  # of what this tool inserts
    line: int = field(default=0, compare=False)

    def said(self) -> list[str]:
        return [self.name, self.kind, self.operation, self.decorator, self.order]
