"""Guard every operation that the policy does not call public, where nothing of the service's own guards it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from splice.access.findings import misplaced
from splice.codemod import (
    AddArgument,
    AddDecorator,
    AddStatement,
    Circumstances,
    Codemod,
    Decision,
    Declined,
    Satisfied,
    apps,
    handlers,
    urlconfs,
    websockets,
)
from splice.forms import literal
from splice.model import Access, Example, Finding, JoinPoint, NoChange, Reason, Safety
from splice.policies.handed import handed, options_patterns
from splice.policies.requirements import Public, Requires, Undecided, requirement
from splice.policies.unchecked import findings as unchecked

PYJWT = "PyJWT[crypto]>=2.10"
_UNSEEN = Access("unknown", reason="its guards are not understood")
_GUARDS = frozenset({"guard", "guarded", "guarded_view", "protect"})
_RANK = 1  # inside of observation: refused requests are seen
_CONFIG = {
    "auth": {
        "observe-until": "2030-01-01",
        "authenticate": "main:current_principal",
        "public": ["GET /healthz"],
        "rules": [{"operation": "* /orders/**", "require": ["orders:read"]}],
    }
}


def _advise(point: JoinPoint, around: Circumstances) -> Decision | None:
    if not around.config.auth.is_set:
        return Declined(Reason.NO_POLICY, "no authenticate, guard or preset under [auth]")
    if point.kind in ("app", "urlconf"):
        django = point.framework == "django"
        return AddStatement("{part}({target})", "protect") if django == (point.kind == "urlconf") else None
    wanted: dict[str, Requires] = {}
    decided: list[Satisfied | Declined] = []
    for operation in point.operations:
        found = _needed(point, operation, around)
        if isinstance(found, Requires):
            wanted[operation] = found
        else:
            decided.append(found)
    if not wanted:
        return next((d for d in decided if isinstance(d, Declined)), decided[0])
    if point.members:
        doubt = any(isinstance(one, Declined) and one.stays for one in decided)
        members = ((name, wanted[operation]) for name, operation in point.members if operation in wanted)
        given = ", ".join(f"{name}={_value(requires)}" for name, requires in members)
        return AddDecorator("{part}(" + _plain(given) + ")", "guarded_view", "guarded_view", _RANK, doubt)
    (requires,) = wanted.values()
    text = "{part}(" + _plain(_arguments(requires)) + ")"
    if not point.declared:
        return AddDecorator(text, "guarded", rank=_RANK)
    if not point.calls:
        return Declined(
            Reason.REGISTERED_ELSEWHERE, "only `protect` guards it: guard it where it is registered", stays=True
        )
    return AddArgument("dependencies", text, "guard", element=True, rank=_RANK)


def _needed(point: JoinPoint, operation: str, around: Circumstances) -> Requires | Satisfied | Declined:
    """What is still asked of the callers of one operation."""
    asked = requirement(around.config.auth, point, operation)
    if isinstance(asked, Undecided):
        return Declined(Reason.POLICY_UNDECIDED, asked.message, stays=True)
    if isinstance(asked, Public):
        return Satisfied(f"public: {asked.pattern or 'OPTIONS'}")
    access = around.access.get((point.file, point.symbol, point.kind, operation), _UNSEEN)
    if access.state == "unknown":
        return Declined(Reason.ACCESS_UNKNOWN, access.reason, stays=True)
    if access.state == "unguarded":
        return asked
    by = f"{access.state} by {access.by}" + (f" at {access.file}:{access.line}" if access.file else "")
    if access.state == "guarded" and asked.scopes:  # no second guard; one of ours that checks them is not taken away
        return Declined(Reason.SCOPES_UNCHECKED, f"{by}, which is not known to check {asked.needed}", stays=True)
    return Satisfied(by)


def _arguments(requires: Requires) -> str:
    given = [literal(scope) for scope in requires.scopes]
    return ", ".join(given + (["any_of=True"] if requires.any_of and len(given) > 1 else []))


def _value(requires: Requires) -> str:
    """A set is any of them, a tuple all of them."""
    given = [literal(scope) for scope in requires.scopes]
    if requires.any_of and len(given) > 1:
        return "{" + ", ".join(sorted(given)) + "}"
    return "(" + ", ".join(given) + ("," if len(given) == 1 else "") + ")"


def _plain(text: str) -> str:
    """Text in a template: it has no fields."""
    return text.replace("{", "{{").replace("}", "}}")


def _settings(around: Circumstances) -> Mapping[str, str]:
    auth = around.config.auth
    opened = handed(auth, around.points, around.access)
    settings = {
        "_GUARD_MODE": literal(auth.mode),
        "_OBSERVE_UNTIL": literal(auth.observe_until if auth.mode == "observe" else ""),
        "_AUTHENTICATE": literal(auth.authenticate),
        "_GUARD_WITH": literal(auth.guard),
        "_PRESET": literal(auth.preset),
        "_PUBLIC": _tuple(opened.patterns),
        "_PUBLIC_OPERATIONS": _tuple(opened.public),
        "_GUARDED_ELSEWHERE": _tuple(opened.guarded),
        "_GUARDED_BELOW": repr(dict(opened.below)),
        "_GUARD_OPTIONS": _tuple(options_patterns(auth)),
    }
    if auth.preset == "jwt":
        said = auth.jwt.said().items()
        settings["_JWT"] = repr({key: list(value) if isinstance(value, tuple) else value for key, value in said})
    return settings


def _tuple(words: Iterable[str]) -> str:
    found = [literal(word) for word in sorted(words)]
    return "(" + ", ".join(found) + ("," if len(found) == 1 else "") + ")"


def _findings(points: Sequence[JoinPoint], around: Circumstances) -> Iterator[Finding]:
    """Guards of the service's own that never run, and apps that nothing can close: routes that no source shows."""
    yield from misplaced(around.access)
    if not around.config.auth.is_set:
        return
    yield from unchecked(around.config, points, around.access, around.suppressed)
    allowed = {name.replace(":", ".") for name in around.config.auth.unprotected_apps}
    for point in points:
        if point.kind in ("app", "urlconf") and point.skip and point.operation not in allowed:
            why = f"{point.reason.value}: {point.detail}" if point.reason else point.detail
            text = f"{point.operation} is not closed by `protect`: {why}"
            mend = "guard it where it is mounted" if point.reason is Reason.MOUNTED_BELOW else "give the app a name"
            fix = f'{mend}, or list "{_object(point)}" under auth.unprotected-apps'
            yield Finding("error", "app-unprotected", text, point.file, point.line, fix)


def _object(point: JoinPoint) -> str:
    return point.operation.removesuffix(f".{point.symbol}") + f":{point.symbol}"


codemod = Codemod(
    summary="Guard operations that are not public and that nothing of the service's own guards",
    why="deny by default: who may call an operation is a decision of the policy, not of whoever wrote the handler",
    pointcut=handlers() | websockets() | apps() | urlconfs(),
    advise=_advise,
    shapes=(
        AddDecorator("{part}()", "guarded", "guarded_view", rank=_RANK),
        AddArgument("dependencies", "{part}()", "guard", element=True, rank=_RANK),
        AddStatement("{part}({target})", "protect"),
    ),
    settings=_settings,
    findings=_findings,
    requires=lambda config, used: (PYJWT,) if config.auth.preset == "jwt" and used & _GUARDS else (),
    requirements=(PYJWT,),
    rule="auth",
    done="guarded",
    guards=True,
    safety=Safety.REVIEW,
    examples=(
        Example(
            "under the decorator that registers, and the app closed behind it",
            before="""\
from flask import Flask

app = Flask(__name__)


def current_principal(request):
    return None


@app.get("/orders/<int:order_id>")
def read(order_id):
    return {"id": order_id}


@app.get("/healthz")
def healthz():
    return "ok"
""",
            after="""\
from flask import Flask

from scaffold import guarded, protect

app = Flask(__name__)
protect(app)


def current_principal(request):
    return None


@app.get("/orders/<int:order_id>")
@guarded("orders:read")
def read(order_id):
    return {"id": order_id}


@app.get("/healthz")
def healthz():
    return "ok"
""",
            config=_CONFIG,
        ),
        Example(
            "FastAPI: where its users expect it, so that it runs before the body is looked at",
            before="""\
from fastapi import FastAPI

app = FastAPI()


def current_principal(request):
    return None


@app.get("/orders/{order_id}")
def read(order_id: int):
    return {"id": order_id}
""",
            after="""\
from fastapi import FastAPI

from scaffold import guard, protect

app = FastAPI()
protect(app)


def current_principal(request):
    return None


@app.get("/orders/{order_id}", dependencies=[guard("orders:read")])
def read(order_id: int):
    return {"id": order_id}
""",
            config=_CONFIG,
        ),
        NoChange(
            "a router from elsewhere, of whose guards nothing is known",
            """\
from blueprints import blueprint


def current_principal(request):
    return None


@blueprint.get("/orders")
def orders():
    return "[]"
""",
            config=_CONFIG,
        ),
    ),
)
