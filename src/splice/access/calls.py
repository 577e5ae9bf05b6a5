"""Calls in a request that carries no credential: what refuses, what responds, what goes on inside the project."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from splice.access.absent import NOTHING, OPEN, UNSURE, Absent, Ended, Frame, Seen, joined
from splice.access.known import CALLS, DENIES, REFUSES, SCHEMES, is_plain
from splice.access.names import names_of, settled
from splice.access.statuses import REFUSED, argument, of_class, response
from splice.access.uses import raises, use_of
from splice.access.wrapped import hand_on, handed, is_called
from splice.mutation import last_name
from splice.resolve import Project
from splice.resolve.arguments import defaults, positional_names
from splice.symbols import Definition
from splice.values import ClassRef, External, FuncRef, Instance, Member, Value

if TYPE_CHECKING:
    from splice.access.flow import Flow, Outcome

_ABORT = frozenset({"flask.abort", "flask.helpers.abort", "werkzeug.exceptions.abort", "werkzeug.abort"})
_ABORT |= {"flask_restful.abort", "flask_restx.abort", "flask_smorest.abort"}
_ACCEPTED = "accept()"  # in an environment: a websocket has been accepted
_CALLED = frozenset({"request", "websocket"})  # what people call it where they do not declare it
# Decorators that leave a function what it is, when somebody calls it.
_SAME = frozenset({"staticmethod", "classmethod", "contextmanager", "asynccontextmanager", "override", "final"})
REQUESTS = frozenset(
    f"{module}.{name}"
    for name, modules in {
        "Request": ("fastapi", "fastapi.requests", "starlette.requests"),
        "HTTPConnection": ("fastapi.requests", "starlette.requests"),
        "WebSocket": ("fastapi", "fastapi.websockets", "starlette.websockets"),
    }.items()
    for module in modules
)


class Calls:
    """The calls of one function at work; what they end in is noted in `end`."""

    def __init__(self, flow: Flow, end: Outcome, file: str, wrapped: str) -> None:
        self.flow, self.project, self.end, self.file, self.wrapped = flow, flow.project, end, file, wrapped

    def called(self, node: ast.Call, at: Frame, given: list[Seen]) -> Seen | None:
        """What a call gives; None for what nothing is known of. Raises Ended when it does not come back."""
        if self.wrapped and is_called(node, self.wrapped):
            self.end.passed = True
            return Seen(passed=True)
        if self.wrapped and (taker := handed(node, self.wrapped)) is not None:
            hand_on(self.flow, taker, at.scope, self.wrapped, self.end)
            return Seen(passed=True)
        self._socket(node, at)
        found: list[Seen | None] = []
        values = self.project.values(node.func, at.scope)
        for value in values:
            try:
                found.append(self._of(value, node, at, given))
            except Ended:
                if value is values[-1] and not found:
                    raise
        known = [one for one in found if one is not None]
        return joined(*known) if known and len(known) == len(found) else None

    def _socket(self, node: ast.Call, at: Frame) -> None:
        """A websocket that is closed before it was accepted, or with the code that says why: its caller is refused."""
        func = node.func
        if not isinstance(func, ast.Attribute) or not isinstance(func.value, ast.Name) or id(node) not in at.runs:
            return
        if at.env.get(func.value.id, OPEN).thing != "request":
            return
        if func.attr == "accept":
            at.env[_ACCEPTED] = Seen(True, True)
        elif func.attr == "close":
            refused = argument(self.project, node, at.scope, ("code",), 0) in REFUSED
            if refused or _ACCEPTED not in at.env:
                self.end.refusals.append((self.file, node.lineno, f"{func.value.id}.close()"))

    def _of(self, value: Value, node: ast.Call, at: Frame, given: list[Seen]) -> Seen | None:
        match value:
            case FuncRef(definition=definition):
                return self.inside(definition, node, at, given)
            case Instance(cls=ClassRef() as cls):
                called = [v for v in self.project.class_attribute(cls, "__call__", None) if isinstance(v, FuncRef)]
                if len(called) == 1:
                    return self.inside(called[0].definition, node, at, given)
                return self._scheme(value, node, at) if self.project.is_a(value, SCHEMES) else None
            case Instance() if self.project.is_a(value, SCHEMES):
                return self._scheme(value, node, at)
            case ClassRef() if (status := self._exception(value, node, at)) is not None:
                return Seen(status=status)
        names = names_of(self.project, value) if isinstance(value, (External, Member)) else []
        for name in names:
            if name in CALLS or name.rpartition(".")[0] in SCHEMES:
                return self._outside(name, node, at, given)
        return self._outside(names[0], node, at, given) if names else None

    def _outside(self, name: str, node: ast.Call, at: Frame, given: list[Seen]) -> Seen | None:
        if name in _ABORT:
            status = argument(self.project, node, at.scope, ("code", "status", "http_status_code"), 0)
            status = status or (given[0].status if given else 0)
            self._refused(status, node.lineno, f"abort({status or ''})")
            if settled(self.project, node.func, at.scope):
                raise Ended
            return OPEN
        base, _, method = name.rpartition(".")
        if name in CALLS and (method != "acquire" or id(node) in at.runs):
            use, _ = use_of(self.project, CALLS[name], node, at.scope, {})
            if use != "nothing":
                self.end.refusals.append((self.file, node.lineno, method))
            if use == "guards" and settled(self.project, node.func, at.scope):
                raise Ended
            return UNSURE
        if method == "__call__" and base in SCHEMES and isinstance(node.func, ast.Attribute):
            return self._super(node, at)
        if (made := response(self.project, name, node, at.scope, given)) is not None:
            return made
        if REFUSES.search(name) and not is_plain(name):
            self.end.refusals.append((self.file, node.lineno, name))
            return UNSURE
        return None

    def _scheme(self, value: Instance, node: ast.Call, at: Frame) -> Seen:
        """A security scheme of FastAPI's, called by hand."""
        refuses = raises(self.project, value) if id(node) in at.runs else None
        if refuses is False:
            return NOTHING
        name = value.cls.name if isinstance(value.cls, External) else value.cls.definition.name
        self.end.refusals.append((self.file, node.lineno, name))
        if refuses:
            raise Ended
        return UNSURE

    def _super(self, node: ast.Call, at: Frame) -> Seen:
        """`super().__call__(request)` in a scheme of the project: it refuses as that was made to."""
        name = at.scope.symbol.rpartition(".")[0]
        owner = next((d for s, d in at.scope.module.definitions.items() if s == name), None)
        made = self._makers(owner) if owner is not None and id(node) in at.runs else []
        if made and all(raises(self.project, one) for one in made):
            self.end.refusals.append((self.file, node.lineno, "super().__call__"))
            raise Ended
        if made and all(raises(self.project, one) is False for one in made):
            return NOTHING
        self.end.refusals.append((self.file, node.lineno, "super().__call__"))
        return UNSURE

    def _makers(self, owner: Definition) -> list[Instance]:
        """Every object of a class of the project."""
        found: list[Instance] = []
        for spelled in sorted(self.project.spellings(owner.name, classes=True)):
            for call in self.project.calls_named.get(spelled, ()):
                for cls in self.project.values(call.node.func, call.scope):
                    if isinstance(cls, ClassRef) and ClassRef(owner) in self.project.bases(cls):
                        site = (call.scope.module.file, call.node.lineno, call.node.col_offset)
                        found.append(Instance(cls, site, call.node, call.scope))
        return found

    # -- functions of the project --------------------------------------------------------------------

    def bound(self, definition: Definition, node: ast.Call, given: list[Seen]) -> dict[str, Seen]:
        """The parameters of a function in this call of it."""
        names = positional_names(definition)
        hidden = any(isinstance(part, ast.Starred) for part in node.args) or any(not w.arg for w in node.keywords)
        env: dict[str, Seen] = {}
        if not hidden:
            env |= zip(names, given, strict=False)
            env |= {w.arg: g for w, g in zip(node.keywords, given[len(node.args) :], strict=True) if w.arg}
            for name, default in defaults(definition).items():
                if name not in env and isinstance(default, ast.Constant):
                    env[name] = Seen(True, default.value)
        return typed(self.project, definition, env)

    def inside(self, definition: Definition, node: ast.Call, at: Frame, given: list[Seen]) -> Seen:
        """What a function of the project gives to this call; what it refuses, it refuses here."""
        if definition.colour != "sync" and id(node) not in at.runs:
            return OPEN  # nothing of it runs
        found = self.flow.outcome(definition, self.bound(definition, node, given))
        self.end.refusals += [place for place in found.refusals if place not in self.end.refusals]
        self.end.failed = self.end.failed or found.failed
        self.end.cut = self.end.cut or found.cut
        names = [last_name(d.func if isinstance(d, ast.Call) else d) for d in definition.node.decorator_list]
        if not _SAME.issuperset(names):
            return UNSURE if found.refusals else OPEN
        if found.value is None:
            raise Ended
        return found.value

    # -- exceptions ----------------------------------------------------------------------------------

    def raised(self, node: ast.expr | None, line: int, at: Frame, look: Absent) -> None:
        """A `raise`: a refusal, or another error."""
        if node is None:
            self.end.failed = True
            return
        seen = look.value(node, at) if isinstance(node, (ast.Call, ast.Name)) else OPEN
        status, name = seen.status, ast.unparse(node.func if isinstance(node, ast.Call) else node)[:60]
        for value in self.project.values(node, at.scope) if not status else ():
            scope = value.scope if isinstance(value, Instance) and value.scope is not None else at.scope
            cls = value.cls if isinstance(value, Instance) else value
            made = value.call if isinstance(value, Instance) else None
            if isinstance(cls, ClassRef):
                status = of_class(self.project, cls, made, scope, self.flow.mapped)
                name = cls.definition.name
            elif isinstance(cls, External):
                made_response = response(self.project, cls.name, made, scope, []) if made is not None else None
                status = made_response.status if made_response is not None else self.flow.mapped.get(cls.name, 0)
                name = cls.name.rpartition(".")[2]
        denies = not status and bool(DENIES.search(name))
        denies = denies or (300 <= status < 400 and (at.by or at.after))
        self._refused(401 if denies else status, line, f"{name}({status})" if status else name)

    def _exception(self, cls: ClassRef, node: ast.Call, at: Frame) -> int | None:
        """The status of an exception of the project that is made here; None for what is no exception."""
        names = [base.name.rpartition(".")[2] for base in self.project.bases(cls) if isinstance(base, External)]
        if not any(name.endswith(("Exception", "Error")) for name in names):
            return None
        return of_class(self.project, cls, node, at.scope, self.flow.mapped) or None

    def _refused(self, status: int, line: int, what: str) -> None:
        if status in REFUSED:
            self.end.refusals.append((self.file, line, what))
        else:
            self.end.failed = True


def typed(project: Project, definition: Definition, env: dict[str, Seen]) -> dict[str, Seen]:
    """Arguments, with those parameters that are declared to be the request."""
    node = definition.node
    assert not isinstance(node, ast.ClassDef)
    for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
        if env.get(each.arg, OPEN) == OPEN and each.annotation is None and each.arg in _CALLED:
            env[each.arg] = Seen(thing="request")
        elif env.get(each.arg, OPEN) == OPEN and each.annotation is not None:
            values = project.values(each.annotation, definition.scope)
            if any(isinstance(value, External) and value.name in REQUESTS for value in values):
                env[each.arg] = Seen(thing="request")
    return env
