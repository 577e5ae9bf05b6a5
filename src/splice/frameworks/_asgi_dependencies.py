"""FastAPI's dependencies: what `Depends(...)` and `Security(...)` do to who may call.

A dependency guards when a request without a credential cannot come past it: through a security scheme, in whatever
it depends on itself, or by refusing on its own. What a handler then gets from it is known as well.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from splice.access.absent import NOTHING, OPEN, UNSURE, Seen
from splice.access.asked import Asked
from splice.access.decorators import gate_of_dependency, stacked
from splice.access.gates import PLAIN, Gate, may
from splice.access.known import CREDENTIAL, DEPENDENCIES, SCHEMES, is_plain
from splice.access.names import names_of, settled, spelled
from splice.access.statuses import denies
from splice.access.uses import raises, use_of
from splice.frameworks._asgi_calls import is_framework
from splice.frameworks._asgi_parameters import DEPENDS, Declared, Parameters
from splice.resolve.arguments import Argument, Passed, passed
from splice.symbols import Definition
from splice.values import NONE, ClassRef, Const, External, FuncRef, Function, Instance, Items, Value

_DEPTH = 12  # dependencies of dependencies
_PARTIAL = External("functools.partial")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a dependency does, and what it gives to a request that carries no credential."""

    gate: Gate
    seen: Seen = OPEN


class Dependencies:
    """The dependencies of one project."""

    def __init__(self, asked: Asked) -> None:
        self.asked, self.project = asked, asked.project
        self.parameters = Parameters(asked.project)
        self._known: dict[Value, Answer] = {}
        self._running: list[Value] = []

    # -- where they stand ----------------------------------------------------------------------------

    def listed(self, given: Passed | None) -> tuple[Gate, ...]:
        """The gates in the `dependencies=` of a call; None: a call that was not seen."""
        if given is None:
            return (may("dependencies", "", 0, "how a router of it is made is not seen"),)
        made = tuple(self._route_class(given))
        argument = given.get("dependencies")
        if argument is None:
            return made if given.complete else (may("dependencies", "", 0, "dependencies may be behind * or **"),)
        return (*made, *self._list(argument))

    def _route_class(self, given: Passed) -> Iterator[Gate]:
        """`APIRouter(route_class=X)`: the class may refuse before anything else does."""
        argument = given.get("route_class")
        for value in given.values("route_class") if argument is not None else ():
            own = isinstance(value, ClassRef) and not is_framework(value.definition.dotted)
            if not own or (isinstance(value, ClassRef) and denies(value.definition.node)):
                assert argument is not None
                file, line, name = argument.scope.module.file, argument.node.lineno, spelled(argument.node)
                yield may(name, file, line, f"the route class {name} may guard")

    def _list(self, argument: Argument) -> list[Gate]:
        """The gates in a list of dependencies: of one that may be several, only what all of them hold."""
        file, line = argument.scope.module.file, getattr(argument.node, "lineno", 0)
        values = self.project.values(argument.node, argument.scope, argument.env)
        lists = [self._elements(value, file, line) for value in values]
        if len(lists) == 1 and self._sure(argument):
            return lists[0]
        if all(gate.kind == "plain" for gates in lists for gate in gates):
            return []
        return [may("dependencies", file, line, "what its dependencies are depends on the run")]

    def _elements(self, value: Value, file: str, line: int) -> list[Gate]:
        if value == Const(None):
            return []
        if not isinstance(value, Items) or value.keys or value.unsure:
            return [may("dependencies", file, line, "what its dependencies are is not a constant")]
        found: list[Gate] = []
        for node, scope in value.elements:
            if isinstance(node, ast.Starred):
                found += self._list(Argument(node.value, scope))
            elif not self.asked.named.is_ours(node, scope):
                found.append(self.of_expression(Argument(node, scope)).gate)
        return found

    def parameters_of(self, definition: Definition) -> tuple[list[Gate], dict[str, Seen]]:
        """The gates that the parameters of a function are, and what each is in a request without a credential."""
        gates: list[Gate] = []
        env: dict[str, Seen] = {}
        for declared in self.parameters.of(definition):
            answer = self._declared(declared, definition)
            gates.append(answer.gate)
            env[declared.name] = answer.seen
        return gates, env

    def _declared(self, declared: Declared, definition: Definition) -> Answer:
        file, line = definition.scope.module.file, declared.line
        if declared.depends is not None:
            if self.asked.named.is_ours(declared.depends.node, declared.depends.scope):
                return Answer(PLAIN)
            answer = self.of_expression(declared.depends, declared.cls)
            if declared.sure or answer.gate.kind != "guard":
                return answer
            return Answer(may(answer.gate.by, file, line, f"what {declared.name} is depends on the run"), OPEN)
        if declared.unknown:
            why = f"the parameter {declared.name} is {declared.unknown}, which may be a dependency"
            return Answer(may(declared.unknown, file, line, why), UNSURE)
        if declared.request:
            return Answer(PLAIN, Seen(thing="request"))
        if declared.source and CREDENTIAL.search(declared.alias):
            if not declared.required:
                return Answer(PLAIN, Seen(True, declared.default, True) if declared.constant else UNSURE)
            why = f"it needs the {declared.source.lower()} {declared.alias}, and answers 422 without"
            return Answer(may(declared.alias, file, line, why), UNSURE)
        return Answer(PLAIN)

    # -- what they are -------------------------------------------------------------------------------

    def of_expression(self, argument: Argument, cls: Argument | None = None) -> Answer:
        """What `Depends(f)` does, wherever that call stands; `cls` is what `Depends()` stands for then."""
        node, scope = argument.node, argument.scope
        if isinstance(node, ast.Call) and self._is_framework(node, argument):  # its source is part of the project
            return self._given(passed(self.project, node, scope, argument.env), cls, scope.module.file, node.lineno)
        found = [self._made(v, cls) for v in self.project.values(node, scope, argument.env)]
        if len(found) == 1 and (found[0].gate.kind != "guard" or self._sure(argument)):
            return found[0]
        gates = [answer.gate for answer in found]
        if all(gate.kind == "plain" for gate in gates):
            return Answer(PLAIN)
        why = f"what {ast.unparse(node)[:60]} is depends on the run"
        return Answer(may(spelled(node), scope.module.file, getattr(node, "lineno", 0), why), UNSURE)

    def _made(self, value: Value, cls: Argument | None) -> Answer:
        """`Depends(...)`, made in place or by whoever returns one."""
        if not isinstance(value, Instance) or not self.project.is_a(value, DEPENDS) or value.call is None:
            return Answer(may("dependencies", "", 0, "it has a dependency that is not known"), UNSURE)
        assert value.scope is not None
        env = (value.factory.env if value.factory is not None else value.env) or NONE
        given = passed(self.project, value.call, value.scope, env)
        return self._given(given, cls, value.scope.module.file, value.call.lineno)

    def _is_framework(self, node: ast.Call, argument: Argument) -> bool:
        values = self.project.values(node.func, argument.scope, argument.env)
        return any(isinstance(v, FuncRef) and is_framework(v.definition.dotted) for v in values)

    def _given(self, given: Passed, cls: Argument | None, file: str, line: int) -> Answer:
        """What the arguments of `Depends` say."""
        argument = given.get("dependency", 0) or cls
        if argument is None:
            hidden = "it has a dependency that is not known"
            return Answer(PLAIN if given.complete else may("Depends", file, line, hidden), UNSURE)
        return self._called(argument, file, line)

    def _called(self, argument: Argument, file: str, line: int) -> Answer:
        """The callable of a dependency, as `name` at this place."""
        name = spelled(argument.node)
        values = self.project.values(argument.node, argument.scope, argument.env)
        if self.asked.named.configured(values, argument.scope.module.file):
            return Answer(Gate("guard", name, file, line), UNSURE)
        answers = [self.of_callable(value) for value in values]
        kinds = {answer.gate.kind for answer in answers}
        first = answers[0]
        if len(answers) > 1 and (len(kinds) > 1 or "may" in kinds):
            return Answer(may(name, file, line, f"what {name} is depends on the run"), UNSURE)
        if first.gate.kind == "guard" and not self._sure(argument):
            return Answer(may(name, file, line, f"what {name} is depends on the run"), UNSURE)
        seen = first.seen if len(answers) == 1 else OPEN
        why = f"{name}: {first.gate.why}" if first.gate.why else ""
        return Answer(Gate(first.gate.kind, name, file, line, why), seen)

    def _sure(self, argument: Argument) -> bool:
        """Whether a name means one thing; what a caller passes, or is made in place, does."""
        root = argument.node
        while isinstance(root, (ast.Attribute, ast.Call)):
            root = root.value if isinstance(root, ast.Attribute) else root.func
        if not isinstance(root, ast.Name):
            return True
        known = root.id in argument.env or root.id.startswith("<")  # what a caller passed
        return known or settled(self.project, argument.node, argument.scope)

    def of_callable(self, value: Value) -> Answer:
        """What something callable does as a dependency."""
        try:
            known = self._known.get(value)
        except TypeError:
            return self._of_callable(value)
        if known is not None:
            return known
        if value in self._running or len(self._running) > _DEPTH:
            return Answer(may("", "", 0, "dependencies that depend on each other"), UNSURE)
        self._running.append(value)
        try:
            answer = self._known[value] = self._of_callable(value)
        finally:
            self._running.pop()
        return answer

    def _of_callable(self, value: Value) -> Answer:
        match value:
            case FuncRef(definition=definition):
                return self._function(definition)
            case ClassRef():
                return self._class(value)
            case Function(node=node):
                calls = any(isinstance(part, ast.Call) for part in ast.walk(node.body))
                return Answer(may("", "", 0, "a lambda that calls something") if calls else PLAIN)
            case Instance(cls=External(name=name), call=ast.Call() as call, scope=scope) if name in DEPENDENCIES:
                assert scope is not None
                use, why = use_of(self.project, DEPENDENCIES[name], call, scope, value.env or NONE)
                gate = Gate("guard") if use == "guards" else PLAIN if use == "nothing" else may("", "", 0, why)
                return Answer(gate, UNSURE)
            case Instance() if value.cls == _PARTIAL and value.call is not None and value.scope is not None:
                inner = (
                    self.project.values(value.call.args[0], value.scope, value.env or NONE) if value.call.args else ()
                )
                return self.of_callable(inner[0]) if len(inner) == 1 else Answer(self._outside("a partial"), UNSURE)
            case Instance():
                return self._object(value)
        names = names_of(self.project, value)
        if names and is_plain(names[0]):
            return Answer(PLAIN)
        return Answer(self._outside(names[0] if names else "it"), UNSURE)

    def _outside(self, name: str) -> Gate:
        return may("", "", 0, f"what {name} does is not in this project")

    def _function(self, definition: Definition) -> Answer:
        """A function: what it depends on, its decorators, then what it does itself."""
        if isinstance(definition.node, ast.ClassDef):
            return Answer(self._outside(definition.name), UNSURE)
        gates, env = self.parameters_of(definition)
        around = list(self.asked.decorators.gates(_own(definition), definition.scope))
        outcome = self.asked.flow.outcome(definition, env)
        gate = stacked([*gates, *around, gate_of_dependency(outcome)])
        plain = all(each.kind == "plain" for each in around)
        return Answer(gate, outcome.value or UNSURE if plain and definition.colour in ("sync", "async") else UNSURE)

    def _class(self, cls: ClassRef) -> Answer:
        """A class: FastAPI calls it, so its `__init__` or its fields are what it depends on."""
        if is_framework(cls.definition.dotted):
            return Answer(PLAIN if is_plain(cls.definition.dotted) else self._outside(cls.definition.dotted))
        gates: list[Gate] = []
        for value in self.project.class_attribute(cls, "__init__", None):
            if isinstance(value, FuncRef):
                own, env = self.parameters_of(value.definition)
                outcome = self.asked.flow.outcome(value.definition, env)
                gates += [*own, gate_of_dependency(outcome)]
        for base in self.project.bases(cls):
            if isinstance(base, ClassRef):
                gates += self.fields_of(base.definition)
            elif not is_plain(base.name) and not base.name.startswith(("builtins.", "abc.", "typing.")):
                gates.append(self._outside(base.name))
        return Answer(stacked(gates))

    def fields_of(self, cls: Definition) -> list[Gate]:
        """The dependencies that the body of a class declares: of a dataclass, or of a class-based view."""
        return [self._declared(declared, cls).gate for declared in self.parameters.fields(cls)]

    def _object(self, value: Instance) -> Answer:
        """An object that is called: a security scheme, or one of the project's own."""
        if isinstance(value.cls, ClassRef):
            called = self.project.class_attribute(value.cls, "__call__", None)
            own = [v for v in called if isinstance(v, FuncRef) and not is_framework(v.definition.dotted)]
            if own and len(own) == len(called):
                answers = [self._function(v.definition) for v in own]
                return answers[0] if len(answers) == 1 else Answer(self._outside("it"), UNSURE)
        if self.project.is_a(value, SCHEMES):
            refuses = raises(self.project, value)
            if refuses is None:
                return Answer(may("", "", 0, "its auto_error is not a constant"), UNSURE)
            return Answer(Gate("guard"), UNSURE) if refuses else Answer(PLAIN, NOTHING)
        names = names_of(self.project, value)
        return Answer(self._outside(names[0].removesuffix(".__call__") if names else "it"), UNSURE)


def _own(definition: Definition) -> Sequence[ast.expr]:
    """The decorators of a function that stand for something else than how it is bound."""
    bound = ("staticmethod", "classmethod", "abstractmethod", "asynccontextmanager", "contextmanager")
    return [d for d in definition.node.decorator_list if getattr(d, "attr", getattr(d, "id", "")) not in bound]
